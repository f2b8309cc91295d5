"""A line that an adjustment made for a group of lines is explained: its lines, their sum, the figure, the rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.test_money_of_groups import LAST, written
from tests.test_split import PARTNERS

if TYPE_CHECKING:
    from pathlib import Path

EVENTS: Final = "person,kind,what,on,seen\nA,done,a,2025-04-10,2025-04-10\nC,done,c,2025-05-10,2025-05-10\n"
PEOPLE: Final = "person,provider,began,level\nA,north,2025-04-01,high\nB,south,2025-04-01,low\nC,north,2025-04-01,low\n"
RATED: Final = (
    "payments:\n",
    "  harm: {kind: measure, of: harmed, per: [provider, quarter], period_of: start}\npayments:\n",
)


def explained(terms: str, occurrence: str, adjustment: str, folder: Path, text: str = PARTNERS) -> list[str]:
    """Give what is said of a line, without its place, id and fingerprint."""
    (folder / "contract.yaml").write_text(text + written(terms), encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    done = pbr.run(folder / "contract.yaml", folder, LAST)
    out = done.write(folder / "out")
    lines = done.statement.lines().filter(occurrence=occurrence, adjustment=adjustment)
    found = pbr.explain(out, line=lines["line_id"][0])
    assert found.lines["line_id"].to_list() == [lines["line_id"][0]]
    assert found.decisions.is_empty()
    head, _, *rest = found.text.splitlines()
    assert head.startswith("as at 31 March 2026, under Money of groups, version 1 (fingerprint ")
    assert rest[0].endswith(f"; line {lines['line_id'][0]})")
    return [rest[0].partition(" (")[0], *(" ".join(each.split()) for each in rest[1:])]


def place(text: str, word: str) -> str:
    """Give where a word stands first."""
    return f"contract.yaml:{text[: text.index(word)].count(chr(10)) + 1}"


TAX: Final = "{id: vat, title: VAT, why: the law, kind: tax, rate: 20%, per: [provider, quarter]}"
HALF: Final = "values:\n  half: {dated: {2025-04-01: 50%, 2025-05-01: 25%}}\n"


@pytest.mark.parametrize(
    ("terms", "occurrence", "expected"),
    [
        (
            TAX,
            "vat Y1-Q1",
            [
                "vat Y1-Q1: £2.00 to North",
                "title VAT",
                "why the law",
                "reason a tax on what a group of lines comes to",
                "earned on 10 May 2025, period Y1-Q1",
                "lines 2 come to £10.01: give £10.01 (2)",
                "exact £10.01 x 0.2 = 2.002, rounded once, the figure at TERM",
            ],
        ),
        (
            "{id: kept, kind: retain, share: 1/3, until: 2025-12-01, per: [provider, quarter]}",
            "kept Y1-Q1 given back",
            [
                "kept Y1-Q1 given back: £3.34 to North",
                "reason what was kept back is given back",
                "earned on 1 December 2025, period Y1-Q3",
                "lines 2 come to £10.01: give £10.01 (2)",
                "exact £10.01 x 1/3 = 1001/300, rounded once, the figure at TERM",
            ],
        ),
        (
            "{id: halved, kind: multiply, by: half, per: [provider, quarter]}",
            "halved Y1-Q1",
            [
                "halved Y1-Q1: -£5.00 to North",
                "reason a factor applied to the amount before it",
                "earned on 10 May 2025, period Y1-Q1",
                "lines 2 come to £10.01: give £10.01 (2)",
                "exact £10.01 x 0.5 = 5.005, rounded once, less what they come to, the figure at HALF",
            ],
        ),
        (
            "{id: rated, kind: multiply, by: harm, per: [provider, quarter]}",
            "rated Y1-Q1",
            [
                "rated Y1-Q1: -£10.01 to North",
                "reason a factor applied to the amount before it",
                "earned on 10 May 2025, period Y1-Q1",
                "lines 2 come to £10.01: give £10.01 (2)",
                "exact £10.01 x 0 = 0, rounded once, less what they come to, the figure at HARM",
            ],
        ),
        (
            "{id: least, kind: floor, at_least: 12.00, per: [person]}",
            "least all",
            [
                "least all of A: £6.00 to North",
                "reason what a group of lines comes to less than it must, or what was added for that before",
                "earned on 10 April 2025, period Y1-Q1",
                "lines 1 come to £6.00: give £6.00 (1)",
            ],
        ),
        (
            "{id: partners, kind: split, between: {helper: 100%}, per: [provider]}",
            "partners all of north",
            [
                "partners all of north: £10.01 to The Helpers",
                "reason what is shared between payees",
                "earned on 10 May 2025, period Y1-Q1",
                "lines 2 come to £10.01: give £10.01 (2)",
            ],
        ),
        (
            "{id: most, kind: cap, at_most: 5.00, per: [provider, quarter], excess: carried}",
            "most Y1-Q2 brought forward",
            [
                "most Y1-Q2 brought forward: £5.00 to North",
                "reason the part of the amount above a cap",
                "earned on 1 July 2025, period Y1-Q2",
            ],
        ),
    ],
)
def test_a_line_of_a_group_is_explained(terms: str, occurrence: str, expected: list[str], tmp_path: Path) -> None:
    """Which lines, what they come to, the figure and where it stands, and the one rounding."""
    text = small.changed(RATED, ("values:\n", HALF), text=PARTNERS)
    adjustment = occurrence.partition(" ")[0]
    places = {"TERM": f"contract.yaml:{text.count(chr(10)) + 1}"}
    places |= {"HALF": place(text, "  half:"), "HARM": place(text, "  harm:")}
    for word, where in places.items():
        expected = [each.replace(word, where) for each in expected]
    assert explained(terms, occurrence, adjustment, tmp_path, text) == expected


def test_what_was_made_before_is_among_the_lines(tmp_path: Path) -> None:
    """A floor's row and a cut count in the sum that is taxed; what stands later does not."""
    terms = (
        "{id: most, kind: cap, at_most: 9.00, per: [provider]}\n"
        "{id: least, kind: floor, at_least: 11.00, per: [provider, quarter]}\n"
        f"{TAX}\n{TAX.replace('vat', 'levy')}"
    )
    found = explained(terms, "levy Y1-Q1", "levy", tmp_path)
    assert found[-2] == "lines 3 come to £11.00: give £9.00 (2), adjustments £2.00 (1)"
    assert found[0] == "levy Y1-Q1: £2.20 to North"


def test_what_is_held_back_and_what_changes_a_row_of_a_group_are_explained(tmp_path: Path) -> None:
    """Without a figure there is no product; of a later change of a row its reason is said."""
    text = small.changed(RATED, ("period_of: start}", "period_of: start, fewest: 9}"), text=PARTNERS)
    held = explained(
        "{id: rated, kind: multiply, by: harm, per: [provider, quarter]}", "rated Y1-Q1", "rated", tmp_path, text
    )
    assert held[1:] == [
        "reason held back whole: there is no figure to multiply it by",
        "earned on 10 May 2025, period Y1-Q1",
        "lines 2 come to £10.01: give £10.01 (2)",
    ]
    terms = (
        "{id: least, kind: floor, at_least: 12.00, per: [provider, quarter]}\n"
        "{id: partners, kind: split, between: {helper: 1/2, north: 1/2}}"
    )
    part = explained(terms, "least Y1-Q1 of north", "partners", tmp_path)
    assert part == [
        "least Y1-Q1 of north: £1.00 to The Helpers",
        "reason what is shared between payees",
        "earned on 10 May 2025, period Y1-Q1",
    ]


def test_a_line_of_nobody_in_particular_has_no_payee_in_its_words(tmp_path: Path) -> None:
    """Where rows name no provider, the line says what it is and no payee."""
    text = small.changed(("      provider: provider\n", ""), text=PARTNERS)
    folder = tmp_path
    (folder / "contract.yaml").write_text(text + written("{id: vat, kind: tax, rate: 20%, per: [quarter]}"), "utf-8")
    pl.read_csv(PEOPLE.encode(), infer_schema=False).drop("provider").write_csv(folder / "people.csv")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    done = pbr.run(folder / "contract.yaml", folder, LAST)
    out = done.write(folder / "out")
    line = done.statement.lines().filter(adjustment="vat")["line_id"][0]
    assert "vat Y1-Q1: £2.00 (contract.yaml:" in str(pbr.explain(out, line=line))
