"""``pbr explain``: why a participant is paid or not."""

from __future__ import annotations

import click

from pbr.cli import say


@click.command("explain")
@click.argument("out", type=click.Path())
@click.option("--participant", required=True, help="Id of the participant.")
@click.option("--outcome", help="Only this outcome and the lines that pay for it.")
@click.option("--line", help="Only the outcome of this line, by its line_id.")
def command(out: str, participant: str, outcome: str | None, line: str | None) -> int:
    """Explain one participant of the run in the folder OUT: every outcome, row, window, price and cut.

    The participant is evaluated again from the files the run names, which must be unchanged.
    """
    from pbr.explanation import explain

    say(explain(out, participant, outcome, line).text, nl=False)
    return 0
