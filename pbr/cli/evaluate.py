"""``pbr evaluate``: from a contract and a return to a statement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbr.cli import say
from pbr.cli.own_kinds import kinds_option, load_kinds
from pbr.cli.parts import Parts, evaluated, look_at_work, parts_options
from pbr.cli.progress import shown_on

if TYPE_CHECKING:
    from pbr.cli.interruption import Interruption
    from pbr.cli.parts import Done


@click.command("evaluate")
@click.argument("contract", type=click.Path())
@click.option("--data", required=True, type=click.Path(), help="Folder with a CSV or Parquet file for each table.")
@click.option("--as-at", required=True, help="Evaluate as at the end of this day, such as 2026-06-30.")
@click.option("--out", required=True, type=click.Path(), help="Folder to write into; an earlier run in it is replaced.")
@kinds_option
@click.option("--strict", is_flag=True, help="Exit 1 if a row is refused.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="Of the summary.")
@click.option("--quiet", is_flag=True, help="Print no summary.")
@click.option("-v", "--verbose", is_flag=True, help="Print counts of refused rows by code.")
@parts_options
@click.pass_obj
def command(  # noqa: PLR0913  # the options of the command
    interruption: Interruption,
    contract: str,
    data: str,
    as_at: str,
    out: str,
    *,
    modules: tuple[str, ...],
    strict: bool,
    form: str,
    quiet: bool,
    verbose: bool,
    parts: Parts,
) -> int:
    """Evaluate CONTRACT on a return and write the statement, the decisions and the reasons.

    Rows that are wrong are refused, listed in exceptions.csv and counted on stderr; the rest is evaluated.
    """
    look_at_work(parts, out)
    before = _identity(out)
    interruption.says = lambda: _what_is_left(out, before)
    showing = shown_on(quiet=quiet)
    interruption.tidies.append(lambda: showing.__exit__(None, None, None))
    ready = load_kinds(modules)
    with showing as shown, evaluated(contract, data, as_at, ready, parts, shown, interruption) as done:
        shown.stage("writing")
        _write(done, out, interruption)
        summary = "" if quiet else {"table": _table, "json": _json, "csv": _csv}[form](done)
    say(summary, nl=False)
    refused = sum(count.refused for count in done.evidence.counts.values())
    _say_refused(done, out, refused, verbose=verbose)
    return 1 if strict and refused else 0


def _write(done: Done, out: str, interruption: Interruption) -> None:
    """Write the files; whatever ends the process meanwhile clears away what is half written."""
    from pbr.output import clear_away

    interruption.tidies.append(lambda: clear_away(out))
    done.write(out)


def _identity(out: str) -> tuple[int, int] | None:
    """Which folder stands there; None if there is none."""
    try:
        found = Path(out).stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _what_is_left(out: str, before: tuple[int, int] | None) -> str:
    """What an interruption left of the output: the whole run takes its place at once, or not at all."""
    if _identity(out) != before:
        return f"{out} was written before that, and is whole"
    return "nothing was written" if before is None else f"{out} is as it was before"


def _say_refused(done: Done, out: str, refused: int, *, verbose: bool) -> None:
    if not refused:
        return
    read = sum(count.read for count in done.evidence.counts.values())
    click.echo(f"{refused:,} of {read:,} rows refused; see {out}/exceptions.csv", err=True)
    if verbose:
        import polars as pl

        from pbr.problem import RULES

        counts = done.evidence.refused.group_by("table", "code").agg(pl.col("rows").sum()).sort("table", "code")
        for table, code, rows in counts.iter_rows():
            click.echo(f"  {table} {code} {RULES[code].title}: {rows:,}", err=True)


_HEADINGS = (
    "payment",
    "provider",
    "period",
    "met",
    "gross",
    "adjusted",
    "paid",
    "pending",
    "unknown",
    "not met",
    "excluded",
)

_NUMBERS = ("met", "pending", "unknown", "not_met", "excluded")


def _cells(done: Done, *, shown: bool) -> list[list[str]]:
    """The summary as text; money as people read it, or as plain decimal text."""
    from pbr.money import CURRENCY_DIGITS, format_minor, show_money

    currency = done.plan.terms.contract.currency
    digits = CURRENCY_DIGITS[currency]

    def money(minor: int) -> str:
        return show_money(minor, currency) if shown else format_minor(minor, digits)

    found = []
    for row in done.summary().iter_rows(named=True):
        period = row["period"] or ("not paid" if shown else "")
        amounts = [money(row[name]) for name in ("gross_minor", "adjusted_minor", "paid_minor")]
        counts = [row[name] for name in ("pending", "unknown", "not_met", "excluded")]
        people = [f"{count:,}" if shown else str(count) for count in counts]
        met = f"{row['met']:,}" if shown else str(row["met"])
        if shown:
            blank = not row["period"]
            amounts, met = (["", "", ""], "") if blank else (amounts, met)
            people = people if blank else ["", "", "", ""]
        made = "adjustments" if shown else ""  # lines of a group of lines are of no payment
        found.append([row["payment"] or made, row["provider"] or "", period, met, *amounts, *people])
    return found


_OF_OUTCOMES = ("outcome", "paid", "group", "figure", "met", "pending", "unknown", "not met", "excluded")


def _outcomes(done: Done, *, shown: bool) -> list[list[str]] | None:
    """What became of the outcomes as text, where a signpost stands beside those that are paid; else None."""
    from pbr.contract.paid import has_signposts

    if not has_signposts(done.plan.terms):
        return None
    words = len(_OF_OUTCOMES) - len(_NUMBERS)
    return [
        [*(cell or "" for cell in row[:words]), *(f"{count:,}" if shown else str(count) for count in row[words:])]
        for row in done.outcomes().iter_rows()
    ]


def _columns(headings: tuple[str, ...], cells: list[list[str]], left: int) -> list[str]:
    """Rows under headings, the first columns to the left and the others to the right."""
    rows = [headings, *cells]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "  ".join(f"{{:{'<' if place < left else '>'}{width}}}" for place, width in enumerate(widths))
    lines = [line.format(*row).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines


def _table(done: Done) -> str:
    from pbr.calendar import show_date
    from pbr.money import show_money

    header = done.plan.terms.contract
    lines = _columns(_HEADINGS, _cells(done, shown=True), left=3)
    outcomes = _outcomes(done, shown=True)
    lines += ["", *_columns(_OF_OUTCOMES, outcomes, left=3)] if outcomes is not None else []
    top = f"{header.title or header.id}, version {header.version}, as at {show_date(done.plan.as_at)}"
    bottom = f"Due in all: {show_money(done.total_minor, header.currency)}"
    return "\n".join([top, "", *lines, "", *_targets(done), *_evidence(done), bottom]) + "\n"


def _targets(done: Done) -> list[str]:
    """Whom a panel chose, and how many are outside, a line for each provider."""
    found = []
    for row in done.targets().iter_rows(named=True):
        whose = f", {row['provider']}" if row["provider"] else ""
        unknown = f", {row['unknown']:,} not known" if row["unknown"] else ""
        counts = f"{row['inside']:,} inside, {row['outside']:,} outside{unknown}"
        found.append(f"{row['value']} (chosen by {row['agreed']}){whose}: {counts}")
    return [*found, ""] if found else []


def _evidence(done: Done) -> list[str]:
    """What became of the rows, a line for each table."""
    from pbr.output.write import notes

    counts = done.use_counts()
    found = []
    for table, count in done.evidence.counts.items():
        parts = [f"{rows:,} {use.replace('_', ' ')}" for name, use, rows in counts.iter_rows() if name == table]
        found.append(
            f"{table}: {count.read:,} rows read, {count.refused:,} refused" + "".join(f", {part}" for part in parts)
        )
    return [*found, *notes(done.plan), ""]


def _json(done: Done) -> str:
    from pbr.money import CURRENCY_DIGITS, format_minor

    header = done.plan.terms.contract
    names = [name.replace(" ", "_") for name in _HEADINGS]
    rows = [_named(names, row) for row in _cells(done, shown=False)]
    outcomes = _outcomes(done, shown=False)
    theirs = [name.replace(" ", "_") for name in _OF_OUTCOMES]
    refused = {table: count.refused for table, count in done.evidence.counts.items()}
    whole = {
        "contract": header.id,
        "version": header.version,
        "currency": header.currency,
        "as_at": done.plan.as_at.isoformat(),
        "total": format_minor(done.total_minor, CURRENCY_DIGITS[header.currency]),
        "refused": refused,
        "rows": rows,
    }
    whole |= {} if outcomes is None else {"outcomes": [_named(theirs, row) for row in outcomes]}
    targets = done.targets().to_dicts()
    whole |= {"targets": targets} if targets else {}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _named(names: list[str], row: list[str]) -> dict[str, str | int]:
    """The cells of a row by their headings, counts as numbers."""
    return {name: int(cell) if name in _NUMBERS else cell for name, cell in zip(names, row, strict=True)}


def _csv(done: Done) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name.replace(" ", "_") for name in _HEADINGS)
    writer.writerows(_cells(done, shown=False))
    outcomes = _outcomes(done, shown=False)
    if outcomes is not None:
        writer.writerows([[], [name.replace(" ", "_") for name in _OF_OUTCOMES], *outcomes])
    return text.getvalue()
