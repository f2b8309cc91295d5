"""``pbr agree``: a panel's ballots counted by published rules, recounted, and the papers to vote on."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbr.cli import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.agreement import Agreement, Count

MOST_LISTED = 20


@click.command("agree")
@click.argument("agreement", type=click.Path())
@click.option("--check", "checks", is_flag=True, help="Recount, and say what differs from the result file.")
@click.option("--form", "forms", is_flag=True, help="Write ballot papers instead: .form.csv and .form.txt.")
@click.option("--contract", type=click.Path(), help="Contract whose bounds and `if_none` the ballot papers show.")
@click.option("--papers", type=click.Path(), metavar="FILE", help="Write the state of every paper as CSV.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="Of the report.")
@click.option("--quiet", is_flag=True, help="Print problems only.")
def command(  # noqa: PLR0913  # one for each option
    agreement: str, *, checks: bool, forms: bool, contract: str | None, papers: str | None, form: str, quiet: bool
) -> int:
    """Count the ballots of AGREEMENT and write the result beside it, as NAME.result.yaml.

    Every question is printed with its tests, by group and for all, and with who said otherwise; papers that do not
    count are listed by their rows. Exits 0 if every question was agreed, 1 if one was not or a file is wrong, 2 if a
    file cannot be read. A version that was counted before must come out the same.
    """
    from pbr.agreement import count_ballots, read_agreement, read_ballots

    if checks and forms:
        raise click.UsageError("--check and --form do two different things; give one of them")
    if contract is not None and not forms:
        raise click.UsageError("--contract is shown on ballot papers; give --form with it")
    read = read_agreement(agreement)
    if forms:
        return _forms(read, contract, quiet=quiet)
    count = count_ballots(read, read_ballots(read))
    if papers is not None:
        _write_papers(Path(papers), count)
    return _check(read, count, quiet=quiet) if checks else _write(read, count, form, quiet=quiet)


def _check(agreement: Agreement, count: Count, *, quiet: bool) -> int:
    from pbr.agreement.recount import check_result

    problems = check_result(agreement, count)
    for problem in problems:
        click.echo(str(problem), err=True)
    if not problems and not quiet:
        say(f"{agreement.file}: a recount gives the same result")
    return 1 if problems else 0


def _write(agreement: Agreement, count: Count, form: str, *, quiet: bool) -> int:
    from pbr.agreement.recount import write_result

    path = write_result(agreement, count)
    if not quiet:
        say(_report(agreement, count, form), nl=False)
        if form == "table":
            say(f"\nResult written to {path}")
    _list_papers(agreement, count, quiet=quiet)
    for name, answer in count.result.questions.items():
        if not answer.agreed:
            message = f"'{name}' was not agreed: {answer.why}"
            click.echo(str(agreement.document.place(("questions", name)).problem("PBR313", message)), err=True)
    return 0 if count.result.agreed else 1


def _report(agreement: Agreement, count: Count, form: str) -> str:
    from pbr.agreement.report import report_text, tests_csv
    from pbr.agreement.result import plain_of

    if form == "json":
        return json.dumps(plain_of(count.result), indent=2, ensure_ascii=False) + "\n"
    return tests_csv(count.result) if form == "csv" else report_text(agreement, count)


def _list_papers(agreement: Agreement, count: Count, *, quiet: bool) -> None:
    """Say which rows hold papers that do not count; never who they are of, nor what they say."""
    from pbr.agreement.papers import STATES

    if quiet:
        return
    rows = [at for at, state in enumerate(count.states) if state not in {None, "counted"}]
    name = agreement.terms.ballots.file
    for at in rows[:MOST_LISTED]:
        state = count.states[at] or ""
        click.echo(f"{name} row {at + 2} {state}: {count.why.get(at) or STATES[state]}", err=True)
    if len(rows) > MOST_LISTED:
        click.echo(f"and {len(rows) - MOST_LISTED} papers more that do not count; --papers FILE lists them", err=True)


def _write_papers(path: Path, count: Count) -> None:
    from pbr.agreement.recount import write_file

    headings = ["row", "state", "why"]
    _keep(path, lambda lines: lines[:1] == [",".join(headings)], "it is no list of papers; name another file")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(
        [at + 2, state, count.why.get(at, "")] for at, state in enumerate(count.states) if state is not None
    )
    write_file(path, text.getvalue())


def _keep(path: Path, is_ours: Callable[[list[str]], bool], why: str) -> None:
    """Refuse to write over a file that somebody else wrote, or wrote in."""
    from pbr.problem import AgreementError, Problem

    if path.exists() and not (path.is_file() and is_ours(path.read_text("utf-8", errors="replace").splitlines())):
        message = f"the file is there already, and {why}"
        raise AgreementError([Problem(code="PBR506", message=message, file=str(path))])


def _is_blank(form: list[str]) -> bool:
    """Whether nobody has written a token on a form."""
    return all(row.startswith(",") for row in form[1:])


def _forms(agreement: Agreement, contract: str | None, *, quiet: bool) -> int:
    from pbr.agreement.form import form_csv, form_text, read_stakes
    from pbr.agreement.recount import write_file

    stakes = None if contract is None else read_stakes(contract, agreement)
    path = Path(agreement.file)
    _keep(path.with_name(f"{path.stem}.form.csv"), _is_blank, "it has been filled in; move it before writing a new one")
    for suffix, text in (("csv", form_csv(agreement.terms)), ("txt", form_text(agreement.terms, stakes))):
        written = path.with_name(f"{path.stem}.form.{suffix}")
        write_file(written, text)
        if not quiet:
            say(f"{written}")
    return 0
