"""``pbr init``: a folder to begin a contract in, and the list of contracts to begin from."""

from __future__ import annotations

import csv
import io
import json

import click

from pbr.cli import say


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(), required=False)
@click.option("--from", "source", metavar="CONTRACT", help="A contract of the library, or the path of one.")
@click.option("--list", "listed", is_flag=True, help="List the contracts of the library; takes no DIR.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), help="Of the list; table by default.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def command(folder: str | None, source: str | None, *, listed: bool, form: str | None, quiet: bool) -> int:
    """Make a contract in the folder DIR: the contract, cases that pass, a README, and the schemas for editors.

    It begins from a small whole contract, or from the one named by --from, with all of its cases. No file is
    overwritten.
    """
    if listed:
        if folder is not None or source is not None or quiet:
            raise click.UsageError("--list makes nothing: it goes without DIR, --from and --quiet")
        return _list(form or "table")
    if folder is None:
        raise click.UsageError("name the folder to make as DIR, or use --list")
    if form is not None:
        raise click.UsageError("--format is of the list: use it with --list")
    from pbr.starter import start_contract

    written = start_contract(folder, source)
    if not quiet:
        for path in written:
            say(f"wrote {path}")
        say(f"next: pbr check {written[0]}; pbr test {written[0]}")
    return 0


def _list(form: str) -> int:
    """Print the contracts of the library, a line each."""
    from pbr.starter import list_titles

    titles = list_titles()
    if form == "json":
        rows = [{"id": name, "title": title} for name, title in titles.items()]
        say(json.dumps(rows, ensure_ascii=False, indent=1))
    elif form == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("id", "title"), *titles.items()])
        say(text.getvalue(), nl=False)
    else:
        width = max(map(len, titles), default=0)
        for name, title in titles.items():
            say(f"{name.ljust(width)}  {title}")
    return 0
