"""``pbr explain``: why a participant is paid or not."""

from __future__ import annotations

import click

from pbr.cli import say
from pbr.cli.own_kinds import kinds_option, load_kinds


@click.command("explain")
@click.argument("out", type=click.Path())
@click.option("--participant", help="Id of the participant; left out for an outcome of groups.")
@click.option("--outcome", help="Only this outcome and the lines that pay for it.")
@click.option("--line", help="Only the outcome of this line, by its line_id.")
@kinds_option
@click.option("--ids", is_flag=True, help="Name the members of groups by their ids, and do not only count them.")
def command(  # the options of the command
    out: str,
    participant: str | None,
    outcome: str | None,
    line: str | None,
    *,
    modules: tuple[str, ...],
    ids: bool,
) -> int:
    """Explain one participant of the run in the folder OUT: every outcome, row, window, price and cut.

    Without a participant, an outcome of groups or one of its lines is explained: who was counted, and what that is
    compared with. The participant is evaluated again from the files the run names, which must be unchanged.
    """
    from pbr.explanation import explain

    if participant is None and outcome is None and line is None:
        message = "name --participant ID; or an outcome of groups by --outcome, or one of its lines by --line"
        raise click.UsageError(message)
    say(explain(out, participant, outcome, line, ids=ids, kinds=load_kinds(modules)).text, nl=False)
    return 0
