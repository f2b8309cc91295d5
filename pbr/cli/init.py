"""``pbr init``: a folder to begin a contract in."""

from __future__ import annotations

import click

from pbr.cli import say


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--from", "source", metavar="CONTRACT", help="A contract of the library, or the path of one.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def command(folder: str, source: str | None, *, quiet: bool) -> int:
    """Make a contract in the folder DIR: the contract, a case that passes, a README, and the schemas for editors.

    It begins from a small whole contract, or from the one named by --from. No file is overwritten.
    """
    from pbr.starter import start_contract

    written = start_contract(folder, source)
    if not quiet:
        for path in written:
            say(f"wrote {path}")
        say(f"next: pbr check {written[0]}; pbr test {written[0]}")
    return 0
