"""``pbr check``: what is wrong with a contract, before money moves."""

from __future__ import annotations

import click

from pbr.cli import named, say
from pbr.cli.own_kinds import kinds_option, load_kinds


@click.command("check")
@click.argument("contracts", nargs=-1, required=True, type=click.Path())
@kinds_option
@click.option("--quiet", is_flag=True, help="Print problems only.")
@click.option("--print", "printed", is_flag=True, help="Print each clean contract in words.")
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), help="Of the words; needs --print.")
def command(
    contracts: tuple[str, ...], *, modules: tuple[str, ...], quiet: bool, printed: bool, form: str | None
) -> int:
    """Check CONTRACT files and show every problem with its place.

    A clean contract is printed with the fingerprint that both sides sign, and with notes: what is not wrong but may not
    be meant, such as groups that cannot be proved. With --print it is printed whole in plain words, with the
    fingerprint and the notes at their end, and nothing else. Exits 0 if all are clean, 1 if one is wrong, 2 if one
    cannot be read.
    """
    from pbr.contract import read_contract
    from pbr.problem import PbrError

    if form is not None and not printed:
        message = "--format says how --print prints, and needs it"
        raise click.UsageError(message)
    worst, kinds = 0, load_kinds(modules)
    for path in named(contracts):
        try:
            contract = read_contract(path, kinds)
        except PbrError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            count = len(error.problems)
            click.echo(f"{path}: {count} problem{'s' if count > 1 else ''}", err=True)
            worst = max(worst, error.exit_code)
            continue
        if printed:
            from pbr.prose import render_contract

            click.echo(render_contract(contract, markdown=form == "markdown"), nl=False)
        elif not quiet:
            header = contract.terms.contract
            say(f"{path}: {header.id}, version {header.version}: clean")
            for note in contract.notes:
                say(f"{note} (note)")
            say(f"fingerprint {contract.fingerprint}")
    return worst
