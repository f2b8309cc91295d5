"""``pbr test``: the cases beside a contract, and what none of them reaches."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from pbr.cli import named, say
from pbr.cli.own_kinds import kinds_option, load_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbr.cases.compare import Difference
    from pbr.cases.run import CaseResult, CaseResults


@click.command("test")
@click.argument("contracts", nargs=-1, required=True, type=click.Path())
@kinds_option
@click.option(
    "--fail-under", type=click.IntRange(0, 100), default=0, metavar="PERCENT", help="Exit 1 below this reach."
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Of the results.")
@click.option("--quiet", is_flag=True, help="Print failing cases only.")
@click.option("-v", "--verbose", is_flag=True, help="Print also what is reached, and by how many cases.")
def command(  # the options of the command
    contracts: tuple[str, ...], *, modules: tuple[str, ...], fail_under: int, form: str, quiet: bool, verbose: bool
) -> int:
    """Run the cases beside each of the CONTRACT files, and show what no case reaches.

    A case that fails is printed with what was expected beside what was found, and why. After several contracts comes a
    table of all. Exits 0 if every case passes, 1 if one fails or a file is wrong, 2 if a file cannot be read or there
    is no case.
    """
    from pbr.cases.run import run_cases
    from pbr.problem import PbrError

    worst, kinds = 0, load_kinds(modules)
    done: list[CaseResults] = []
    for path in named(contracts):
        try:
            results = run_cases(path, kinds)
        except PbrError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            worst = max(worst, error.exit_code)
            continue
        done.append(results)
        if form == "table":
            say("".join(f"{line}\n" for line in _table(results, quiet=quiet, verbose=verbose)), nl=False)
        worst = max(worst, 0 if results.passed else 1)
        if results.share_reached < Fraction(fail_under, 100):
            message = f"{path}: the cases reach {percent(results.share_reached)} of its terms, less than {fail_under}%"
            click.echo(message, err=True)
            worst = max(worst, 1)
    if form == "table" and len(contracts) > 1 and done and not quiet:
        say("".join(f"{line}\n" for line in ["", *_grid(_of_all(done), indent="")]), nl=False)
    if form == "json" and not quiet:
        say(json.dumps([_json(results) for results in done], indent=2, ensure_ascii=False))
    return worst


def percent(share: Fraction) -> str:
    """A share as a whole percentage, rounded down so that only all of it is 100%."""
    return f"{int(share * 100)}%"


def _table(results: CaseResults, *, quiet: bool, verbose: bool) -> list[str]:
    lines: list[str] = []
    for case in results.cases:
        if not quiet or not case.passed:
            lines.append(f"{'pass' if case.passed else 'FAIL'}  {case.file}: {case.title}")
        lines += _failure(case)
    if quiet:
        return lines
    lines += [
        *([""] if results.passed else []),
        f"{results.contract.file}: {_passed([results])} cases pass",
    ]
    lines.append(f"They reach {_reached([results])} terms ({percent(results.share_reached)})")
    rows = [
        (each.term.what, each.term.name, each.term.how, each.term.place, *([str(each.cases)] if verbose else []))
        for each in results.reach
        if verbose or not each.cases
    ]
    if rows:
        heading = ("term", "name", "how", "place", *(["cases"] if verbose else []))
        lines += [
            "",
            "Terms and the cases that reach them:" if verbose else "No case reaches:",
            *_grid([heading, *rows]),
        ]
    return lines


def _passed(done: Sequence[CaseResults]) -> str:
    """How many of the cases pass."""
    cases = [case for results in done for case in results.cases]
    return f"{sum(case.passed for case in cases)} of {len(cases)}"


def _reached(done: Sequence[CaseResults]) -> str:
    """How many of the terms are reached."""
    terms = [each for results in done for each in results.reach]
    return f"{sum(each.cases > 0 for each in terms)} of {len(terms)}"


def _of_all(done: Sequence[CaseResults]) -> list[Sequence[str]]:
    """One row for each contract: how many of its cases pass, and how much of it they reach."""
    rows: list[Sequence[str]] = [("contract", "cases pass", "terms reached", "reach")]
    for results in done:
        name = results.contract.file.replace("\\", "/").removesuffix("/contract.yaml")
        rows.append((name, _passed([results]), _reached([results]), percent(results.share_reached)))
    terms = [each.cases > 0 for results in done for each in results.reach]
    share = percent(Fraction(sum(terms), len(terms)) if terms else Fraction(1))
    return [*rows, (f"all {len(done)}", _passed(done), _reached(done), share)]


def _failure(case: CaseResult) -> list[str]:
    """What was expected beside what was found, then why."""
    if case.passed:
        return []
    rows = [("place", "what", "expected", "found")]
    rows += [(each.place, each.what, each.expected, each.found) for each in case.differences]
    why = [line and f"  | {line}" for line in case.explanation.rstrip("\n").split("\n")]
    return [*_grid(rows), *(["", *why] if case.explanation else []), ""]


def _difference(each: Difference) -> dict[str, str]:
    """One difference; a group is said where it is of one."""
    import attrs

    return {key: value for key, value in attrs.asdict(each).items() if key != "group" or value}


def _grid(rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return [f"{indent}{line}".rstrip() for line in lines]


def _json(results: CaseResults) -> dict[str, Any]:
    import attrs

    header = results.contract.terms.contract
    return {
        "contract": results.contract.file,
        "id": header.id,
        "version": header.version,
        "passed": results.passed,
        "cases": [
            {
                "file": case.file,
                "case": case.title,
                "passed": case.passed,
                "differences": [_difference(each) for each in case.differences],
                "explanation": case.explanation,
            }
            for case in results.cases
        ],
        "reached": sum(each.cases > 0 for each in results.reach),
        "terms": len(results.reach),
        "reach": [attrs.asdict(each.term) | {"cases": each.cases} for each in results.reach],
    }
