"""``pbr init``: a folder to begin a contract in, and the list of contracts to begin from."""

from __future__ import annotations

import csv
import io
import json

import click

from pbr.cli import say
from pbr.cli.own_kinds import kinds_option, load_kinds


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(), required=False)
@click.option("--from", "source", metavar="CONTRACT", help="A contract of the library, or the path of one.")
@kinds_option
@click.option("--list", "listed", is_flag=True, help="List the contracts of the library; takes no DIR.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), help="Of the list; table by default.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def command(  # the options of the command
    folder: str | None,
    source: str | None,
    *,
    modules: tuple[str, ...],
    listed: bool,
    form: str | None,
    quiet: bool,
) -> int:
    """Make a contract in the folder DIR: the contract, cases that pass, a README, and the schemas for editors.

    It begins from a small whole contract, or from the one named by --from, with all of its cases. No file is
    overwritten.
    """
    if listed:
        if folder is not None or source is not None or quiet or modules:
            raise click.UsageError("--list makes nothing: it goes without DIR, --from, --kinds and --quiet")
        return _list(form or "table")
    if folder is None:
        raise click.UsageError("name the folder to make as DIR, or use --list")
    if form is not None:
        raise click.UsageError("--format is of the list: use it with --list")
    from pbr.starter import start_contract

    written = start_contract(folder, source, load_kinds(modules))
    if not quiet:
        for path in written:
            say(f"wrote {path}")
        kinds = "".join(f" --kinds {module}" for module in modules)
        say(f"next: pbr check {written[0]}{kinds}; pbr test {written[0]}{kinds}")
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
