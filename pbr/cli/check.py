"""``pbr check``: what is wrong with a contract, before money moves."""

from __future__ import annotations

import click

from pbr.cli import named, say


@click.command("check")
@click.argument("contracts", nargs=-1, required=True, type=click.Path())
@click.option("--quiet", is_flag=True, help="Print problems only.")
def command(contracts: tuple[str, ...], *, quiet: bool) -> int:
    """Check CONTRACT files and show every problem with its place.

    A clean contract is printed with the fingerprint that both sides sign, and with notes: what is not wrong but may not
    be meant, such as groups that cannot be proved. Exits 0 if all are clean, 1 if one is
    wrong, 2 if one cannot be read.
    """
    from pbr.contract import read_contract
    from pbr.problem import ContractError

    worst = 0
    for path in named(contracts):
        try:
            contract = read_contract(path)
        except ContractError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            count = len(error.problems)
            click.echo(f"{path}: {count} problem{'s' if count > 1 else ''}", err=True)
            worst = max(worst, error.exit_code)
            continue
        if not quiet:
            header = contract.terms.contract
            say(f"{path}: {header.id}, version {header.version}: clean")
            for note in contract.notes:
                say(f"{note} (note)")
            say(f"fingerprint {contract.fingerprint}")
    return worst
