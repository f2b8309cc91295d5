"""Values by two keys, with ``*`` for any, and in files beside the contract."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from pbr.calendar import date_from_number
from pbr.contract.spans import ANY, Rows, _most_named, spans_of
from pbr.contract.value_terms import Cell
from pbr.problem import EvaluationError
from tests import small
from tests.small import EVENTS, PEOPLE, changed, contract_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

INLINE: Final = """\
  job_price:
    by: [grade, provider]
    dated:
      2025-04-01: {high: {north: 1000.00, south: 900.00}, low: {"*": 600.00}}
      2026-04-01: {high: {north: 1100.01, south: 900.00}, low: {"*": 600.00, south: 660.00}}
"""
FILE: Final = """\
provider,grade,from,to,figure
north,high,2025-04-01,2026-03-31,1000.00
north,high,2026-04-01,,1100.01
south,high,,,900.00
*,low,2025-04-01,,600.00
south,low,2026-04-01,,660.00
"""
OLD: Final = small.TEXT[small.TEXT.index("  job_price:") : small.TEXT.index("outcomes:\n")]
TEXT: Final = changed((OLD, INLINE))
IN_FILE: Final = changed((OLD, "  job_price: {by: [grade, provider], csv: values/prices.csv}\n"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a contract, the file its prices stand in, and a return."""
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "prices.csv").write_text(FILE, encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(IN_FILE, encoding="utf-8")
    pl.DataFrame(PEOPLE).write_csv(tmp_path / "people.csv")
    pl.DataFrame(EVENTS).write_csv(tmp_path / "events.csv")
    return tmp_path


# ---- rows by two keys


def test_two_keys_make_a_row_for_each_combination() -> None:
    """The price of A is that of high in the north, of B that of low in the south, from its day."""
    table = contract_of(TEXT).tables["payments", "first", "price"]
    assert table.by == ("_by.grade", "_by.provider")
    assert table.rows == ("high, north", "high, south", "low, north", "low, south")
    assert table.cells == (100000, 110001, 90000, 90000, 60000, 60000, 60000, 66000)
    lines = small.run(TEXT).statement.lines().filter(pl.col("payment") == "first")
    assert lines.select("subject", "group", "amount_minor").rows() == [
        ("A", "high, north", 100000),
        ("B", "low, south", 66000),
    ]


def test_a_row_for_any_is_not_used_where_one_names_more() -> None:
    """The row that names most labels holds, on the days on which it has a figure."""
    text = changed((OLD, '  job_price: {by: grade, "*": 5.00, high: 7.00}\n'))
    assert contract_of(text).tables["payments", "first", "price"].cells == (700, 500)
    dated = '  job_price: {by: grade, dated: {2025-04-01: {"*": 5.00}, 2026-01-01 to 2026-01-31: {high: 7.00}}}\n'
    table = contract_of(changed((OLD, dated))).tables["payments", "first", "price"]
    assert [str(date_from_number(day)) for day in table.starts] == ["2025-04-01", "2026-01-01", "2026-02-01"]
    assert table.cells == (500, 700, 500, 500, 500, 500)


def test_a_cap_by_two_keys_limits_each_of_them() -> None:
    """A limit of two keys is that of the line's own labels, and both stand under per."""
    rows = '  limit: {by: [grade, provider], high: {"*": 10.00}, low: {north: 20.00, south: 30.00}}\n'
    text = changed(
        ("values:\n", f"values:\n{rows}"), ("at_most: 1200.00, per: [person]", "at_most: limit, per: [grade, provider]")
    )
    lines = small.run(text).statement.lines()
    assert lines.group_by("subject").agg(pl.col("amount_minor").sum()).sort("subject").rows() == [
        ("A", 1000),
        ("B", 3000),
    ]
    found = [problem.message for problem in small.problems_of(text.replace("per: [grade, provider]", "per: [grade]"))]
    assert found == ["'limit' has rows by provider, so `per` names it too"]


LABELS: Final = (("a", "b"), ("x", "y", "z"))


def random_rows(luck: Random) -> list[Cell]:
    """Make rows of two keys, some for any label, some with an end; every other time one that holds for all."""
    rows = [Cell(labels=(ANY, ANY), text="all")] if luck.random() < 0.5 else []
    for place in range(luck.randint(1, 6)):
        labels = tuple(luck.choice([*names, ANY]) for names in LABELS)
        first = luck.choice([None, 0, 0, 3, 5, 8])
        last = None if first is None else luck.choice([None, None, first, first + 3])
        days = (None if day is None else date_from_number(day) for day in (first, last))
        rows.append(Cell(labels=labels, first=next(days), last=next(days), text=str(place)))
    return rows


def figures(cells: list[Cell], names: tuple[str, ...], day: int) -> list[str]:
    """Find every figure that could hold on a day: of the rows that fit, those that name most labels."""
    today = date_from_number(day)
    holding: list[tuple[int, str]] = []
    for labels in product(*((name, ANY) for name in names)):
        begun = [cell for cell in cells if cell.labels == labels and (cell.first is None or cell.first <= today)]
        latest = max((cell.first.toordinal() if cell.first else 0 for cell in begun), default=0)
        for cell in begun:  # one with an end holds to its end, one without until the next of its row begins
            last = (cell.first.toordinal() if cell.first else 0) == latest if cell.last is None else cell.last >= today
            holding += [(-labels.count(ANY), cell.text)] if last else []
    most = max((named for named, _ in holding), default=0)
    return sorted(text for named, text in holding if named == most)


def test_rows_hold_as_read_day_by_day() -> None:
    """A day with one figure for each combination holds that one; a day with none or two is a fault."""
    luck = Random(1)  # noqa: S311  # a seeded choice
    sound = Counter[bool]()
    for _ in range(2000):
        cells = random_rows(luck)
        first, last = date_from_number(0), date_from_number(9)
        rows = Rows(keys=("k", "l"), labels=LABELS, spans=spans_of(cells), first=first, last=last)
        faults = list(rows.faults())
        found = {(names, day): figures(cells, names, day) for names in rows.combinations() for day in range(10)}
        sound[not faults] += 1
        assert faults or all(len(figures) == 1 for figures in found.values())
        for (names, day), expected in found.items():
            held = [span.cell.text for span in rows.held(names) if span.first <= day <= span.last]
            assert faults or held == expected
    assert min(sound.values()) > 300


# ---- lengths


LENGTHS: Final = (
    ("values:\n", "values:\n  wait: {by: grade, high: 12 weeks, low: 1 month}\n"),
    ("{after: start, for: 12 weeks}", "{after: start, for: wait}"),
)


def window(text: str, subject: str, people: small.Rows = PEOPLE) -> tuple[str, str, str]:
    """Give state, reason and window of a subject's job."""
    rows = small.run(text, people=people).decisions.rows()
    row = rows.row(by_predicate=(pl.col("subject") == subject) & (pl.col("outcome") == "job"), named=True)
    return row["state"], row["reason"], f"{row['window_first']} to {row['window_last']}"


def test_a_length_is_that_of_the_labels_of_the_subject() -> None:
    """A of high has twelve weeks and B of low one month, each from their own start."""
    text = changed(*LENGTHS)
    assert window(text, "A") == ("met", "met", "2025-04-02 to 2025-06-24")
    assert window(text, "B") == ("met", "met", "2026-03-03 to 2026-04-02")


def test_a_length_is_that_of_the_day_of_the_anchor() -> None:
    """A length that changes on the day of the start holds for whoever starts on it, and the one before for the rest."""
    for day, last in (("2025-04-01", "2025-05-01"), ("2025-04-02", "2025-04-22")):
        value = "values:\n  wait: {dated: {2025-04-01 to 2025-04-01: 1 month, 2025-04-02: 20 days}}\n"
        text = changed(("values:\n", value), LENGTHS[1])
        assert window(text, "A", [PEOPLE[0] | {"began": day}])[2].endswith(f" to {last}")


@pytest.mark.parametrize(
    ("level", "began", "reason"),
    [("", "2025-04-01", "missing_field"), ("high", "", "missing_field"), ("high", "2025-03-01", "no_price")],
)
def test_a_subject_without_a_length_is_unknown(level: str, began: str, reason: str) -> None:
    """An empty field, an empty start, and a start before the first length leave the outcome unknown, and unpaid."""
    text = changed(
        ("values:\n", "values:\n  wait: {by: level, dated: {2025-04-01: {high: 1 month, low: 2 months}}}\n"),
        ("began < DATE '2025-04-01'", "person = 'Z'"),
        LENGTHS[1],
    )
    people = [PEOPLE[0] | {"level": level, "began": began}]
    assert window(text, "A", people) == ("unknown", reason, "None to None")
    assert small.run(text, people=people).statement.total_minor == 0


# ---- a file beside the contract


def test_rows_in_a_file_are_rows_of_the_contract(folder: Path) -> None:
    """The same figures written in the contract or beside it give the same statement, but for the place of the price."""
    inside = small.run(TEXT).statement.lines()
    beside = pbr.run(folder / "contract.yaml", folder, small.LATE).statement.lines()
    other = ["price_place", "place", "evidence"]
    assert beside.drop(other).equals(inside.drop(other))
    places = beside.filter(pl.col("payment") == "first", pl.col("adjustment") == "-")["price_place"].to_list()
    assert places == ["prices.csv:2", "prices.csv:6"]


def test_the_rows_of_a_file_are_signed_too(folder: Path) -> None:
    """A figure, a day or a label of the file changes the fingerprint; spacing, order of rows and quotes do not."""
    path = folder / "values" / "prices.csv"

    def print_of(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return pbr.read_contract(folder / "contract.yaml").fingerprint

    lines = FILE.splitlines()
    turned = [",".join(reversed(line.split(","))) for line in lines]
    same = ["\n".join([lines[0], *reversed(lines[1:])]), "\n".join(turned), FILE.replace("north", '"north"')]
    assert {print_of(text) for text in (*same, FILE.replace("\n", "\r\n"), FILE + "\n\n")} == {print_of(FILE)}
    changes = [("660.00", "660.01"), ("1000.00", "1000.0"), ("south,high,,", "south,high,2025-04-01,")]
    assert len({print_of(FILE), *(print_of(FILE.replace(*change)) for change in changes)}) == len(changes) + 1


def test_an_explanation_names_the_row_of_the_file(folder: Path) -> None:
    """The price is at its line of the file, and a file that changed since the run is refused."""
    out = pbr.run(folder / "contract.yaml", folder, small.LATE).write(folder / "out")
    assert "the price for high, north on 24 June 2025 at prices.csv:2" in " ".join(pbr.explain(out, "A").text.split())
    named = json.loads((out / "run.json").read_text(encoding="utf-8"))["contract"]["values"]
    assert [(item["value"], item["file"]) for item in named] == [("job_price", "../values/prices.csv")]
    path = folder / "values" / "prices.csv"
    path.write_text(FILE + "\n", encoding="utf-8")
    with pytest.raises(EvaluationError) as caught:
        pbr.explain(out, "A")
    assert [problem.code for problem in caught.value.problems] == ["PBR504"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../prices.csv", "values/../../x", "a\\b", "x\ty"])
def test_only_files_beside_the_contract_are_read(name: str, folder: Path) -> None:
    """A path that leads elsewhere is refused before anything is opened."""
    text = IN_FILE.replace("csv: values/prices.csv", f"csv: {json.dumps(name)}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    problems = pbr.check_contract(folder / "contract.yaml")
    assert [problem.code for problem in problems] == ["PBR126"]


def test_too_many_rows_of_labels_are_refused() -> None:
    """Two keys whose labels would make more rows than anybody could read are refused, in good time."""
    many = ", ".join(f"w{number}" for number in range(400))
    text = changed(
        (OLD, '  job_price: {by: [level, other], "*": {"*": 1.00}}\n'),
        ("one_of: [high, low]}", f"one_of: [high, low, {many}]}}\n      other: {{type: text, one_of: [{many}]}}"),
    )
    assert [problem.code for problem in small.problems_of(text)] == ["PBR126"]


def test_a_file_of_two_thousand_rows_is_read(folder: Path) -> None:
    """Every row of a long file is looked up by its labels and its day."""
    sites = [f"s{number}" for number in range(500)]
    rows = [
        f"{grade},{site},{year}-04-01,{number}.{year % 100}"
        for number, (grade, site, year) in enumerate(product(("high", "low"), sites, (2025, 2026)))
    ]
    (folder / "values" / "prices.csv").write_text("\n".join(["grade,site,from,figure", *rows]), encoding="utf-8")
    text = IN_FILE.replace("by: [grade, provider]", "by: [grade, site]").replace(
        "    level: {type", f"    site: {{type: text, one_of: [{', '.join(sites)}]}}\n      level: {{type"
    )
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    table = pbr.read_contract(folder / "contract.yaml").tables["payments", "first", "price"]
    assert len(table.cells) == 2000
    assert table.cells == tuple(number * 100 + 25 + number % 2 for number in range(2000))


# ---- rows by a period


def by_period(rows: str) -> str:
    """Give the small contract with these rows for the price of a job."""
    return changed((OLD, "  job_price:\n" + "".join(f"    {row}\n" for row in rows.split("; "))))


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("by: contract_year; 1: 10.00; 2: 20.00", {"A": 1000, "B": 2000}),
        ("by: contract_year; 1: 10.00; '*': 20.00", {"A": 1000, "B": 2000}),
        ("by: quarter; '*': 10.00; 5: 20.00", {"A": 1000, "B": 2000}),
        ("by: month; '*': 10.00; 13: 20.00", {"A": 1000, "B": 2000}),
        ("by: [contract_year, grade]; 1: {'*': 10.00}; 2: {high: 20.00, low: 21.00}", {"A": 1000, "B": 2100}),
        ("by: [grade, contract_year]; high: {'*': 10.00}; low: {1: 20.00, 2: 21.00}", {"A": 1000, "B": 2100}),
    ],
)
def test_a_figure_may_be_by_the_number_of_a_period(rows: str, amounts: dict[str, int]) -> None:
    """The first job lies in the first contract year; the second is of the first day of the second year."""
    done = small.run(by_period(rows))
    lines = done.statement.lines().filter(pl.col("payment") == "first", pl.col("adjustment") == "-")
    assert dict(lines.select("subject", "amount_minor").rows()) == amounts


def test_a_period_is_as_good_as_its_days() -> None:
    """What is paid by the number of a year is what is paid by the days of it, also where the years are cut short."""
    changes = ("  to: 2027-03-31\n", "  to: 2027-03-31\n  year_starts: 07-01\n")
    dated = '"2025-04-01 to 2025-06-30": 10.00; "2025-07-01 to 2026-06-30": 20.00; 2026-07-01: 30.00'
    numbered = changed(changes, text=by_period("by: contract_year; 1: 10.00; 2: 20.00; 3: 30.00"))
    spelled = changed((OLD, "  job_price: {dated: {" + dated.replace("; ", ", ") + "}}\n"), changes)
    one, other = small.run(numbered).statement.lines(), small.run(spelled).statement.lines()
    amounts = ["subject", "payment", "adjustment", "amount_minor"]
    assert one.select(amounts).equals(other.select(amounts))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("by: contract_year; 1: 10.00", "PBR120 'job_price' has no figure for contract_year '2'"),
        ("by: contract_year; 1: 10.00; 2: 10.00; 3: 9.00", "PBR123 '3' is not a label of contract_year"),
        ("by: contract_year; 01: 10.00; '*': 9.00", "PBR123 '01' is not a label of contract_year"),
        (
            "by: contract_year; dated: {2025-04-01: {1: 10.00, 2: 20.00}}",
            "PBR122 'job_price' says its days twice: by contract_year and by dates",
        ),
        ("by: contract; 1: 10.00", "PBR111 'contract' is no grouping, `provider`, text field with one_of, or period"),
    ],
)
def test_rows_of_periods_are_checked(rows: str, problem: str) -> None:
    """Every period of the term has a figure, and a day is said once."""
    (found,) = small.problems_of(by_period(rows))
    assert f"{found.code} {found.message.partition(';')[0]}" == problem


@pytest.mark.parametrize(
    ("per", "found"),
    [
        ("[person]", ["PBR125 'limit' has a figure for each quarter, so `per` names quarter or a shorter period"]),
        (
            "[person, contract_year]",
            ["PBR125 'limit' has a figure for each quarter, so `per` names quarter or a shorter period"],
        ),
        ("[person, quarter]", []),
        ("[person, month]", []),
    ],
)
def test_a_limit_by_period_is_for_such_a_period(per: str, found: list[str]) -> None:
    """A year has four quarters, and so no one limit."""
    assert (
        small.said(
            ("at_most: 1200.00, per: [person]", f"at_most: limit, per: {per}"),
            ("values:\n", "values:\n  limit: {by: quarter, '*': 900.00, 2: 1.00}\n"),
        )
        == found
    )


def test_a_length_is_read_by_its_window() -> None:
    """A value that gives a window its length is no value that nothing reads."""
    text = changed(
        ("for: 12 weeks", "for: wait"), ("values:\n", "values:\n  wait: {by: grade, high: 12 weeks, low: 4 weeks}\n")
    )
    assert contract_of(text).notes == ()


# ---- many rows, many readers


def words(name: str, count: int) -> str:
    """Write a text field of so many words."""
    return f"      {name}: {{type: text, one_of: [{', '.join(f'w{place}' for place in range(count))}]}}\n"


def wide(folder: Path, rows: list[str], *more: tuple[str, str]) -> pbr.Contract:
    """Read the small contract whose prices are by two fields of a hundred words, in a file of these rows."""
    (folder / "prices.csv").write_text("a,b,from,figure\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    field = "      level: {type: text, one_of: [high, low]}\n"
    text = changed(
        (OLD, "  job_price: {by: [a, b], csv: prices.csv}\n"), (field, field + words("a", 100) + words("b", 100))
    )
    (folder / "contract.yaml").write_text(changed(*more, text=text), encoding="utf-8")
    return pbr.read_contract(folder / "contract.yaml")


def test_a_thousand_dates_for_anybody_are_too_many_where_labels_are_many(tmp_path: Path) -> None:
    """What would be ten million figures is refused before any of them is made."""
    days = [f"*,*,{date_from_number(20179 + place)},1.00" for place in range(1000)]
    with pytest.raises(pbr.ContractError) as caught:
        wide(tmp_path, days)
    (problem,) = caught.value.problems
    assert str(problem).endswith(
        "'job_price' would have more than 100,000 figures, one for each row of labels and each change"
    )
    assert len(wide(tmp_path, days[:9]).tables["payments", "first", "price"].cells) == 90_000


def test_rows_that_fit_alike_are_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten thousand combinations of labels only so many are worked out as there are sets of rows that fit."""
    from pbr.contract import spans

    worked: list[object] = []

    def counted(fitting: Mapping[tuple[str, ...], tuple[spans.Span, ...]]) -> Iterator[spans.Span]:
        worked.append(fitting)
        return _most_named(fitting)

    monkeypatch.setattr(spans, "_most_named", counted)
    rows = [f"*,*,{day},1.00" for day in ("2025-04-01", "2026-04-01")]
    contract = wide(tmp_path, [*rows, *(f"w{place},*,2025-07-01,2.00" for place in range(50))])
    assert len(contract.tables["payments", "first", "price"].cells) == 30_000
    assert len(worked) == 50


def test_a_value_is_worked_out_once_for_all_who_read_it() -> None:
    """Two payments at one price hold one table, not two that are alike."""
    contract = contract_of(changed(("price: 250.00", "price: job_price")))
    first, second = (contract.tables["payments", name, "price"] for name in ("first", "second"))
    assert first is second


def test_a_figure_is_not_by_two_periods() -> None:
    """A month says its year; with both, a limit for a year would be that of one of its months."""
    (found,) = small.problems_of(by_period("by: [contract_year, month]; '*': {'*': 1.00}"))
    assert str(found).endswith(
        "PBR122 'job_price' says its days twice: by contract_year and by month; keep one of the two"
    )


def test_a_heading_of_a_file_means_one_thing(tmp_path: Path) -> None:
    """A grouping may not have the name of the column of figures."""
    grouping = ("groups:\n", 'groups:\n  figure: {"1.00": "level = \'high\'", "2.00": otherwise}\n')
    (tmp_path / "p.csv").write_text("figure\n1.00\n2.00\n", encoding="utf-8")
    text = changed((OLD, "  job_price: {by: figure, csv: p.csv}\n"), grouping)
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(pbr.ContractError, match="a file has a heading 'figure' of its own"):
        pbr.read_contract(tmp_path / "contract.yaml")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("by: []; dated: {2025-04-01: 5.00}", "PBR103 one key is expected under `by`, or two in a list"),
        ("by: [grade, provider]; high: {}; '*': {'*': 1.00}", "PBR102 rows for each provider are missing here"),
        ("by: grade; dated: {2025-04-01: {}, 2026-04-01: {'*': 1.00}}", "PBR102 rows for each grade are missing here"),
    ],
)
def test_nothing_is_not_a_row(rows: str, problem: str) -> None:
    """A key with no rows under it, and no key at all, are faults of shape, as the schema has it."""
    assert f"{small.problems_of(by_period(rows))[0]}".partition(";")[0].endswith(problem)


def problems_of(value: str) -> list[tuple[str, str]]:
    """Give the codes and messages of a contract with a value more."""
    found = small.problems_of(changed(("values:\n", f"values:\n  limit: {value}\n")))
    return [(problem.code, problem.message) for problem in found if problem.code != "PBR156"]


def test_a_figure_with_a_title_is_the_figure() -> None:
    """`figure` gives a literal a title and a source; what is paid is as with the literal alone."""
    cut = ("at_most: 1200.00", "at_most: limit")
    plain = contract_of(changed(cut, ("values:\n", "values:\n  limit: 1200.00\n")))
    titled = "values:\n  limit: {figure: 1200.00, title: Most for one person, source: Schedule 2}\n"
    whole = contract_of(changed(cut, ("values:\n", titled)))
    (bare,), (figure,) = (each.terms.values["limit"].cells for each in (plain, whole))
    assert (figure.text, figure.labels, figure.first) == (bare.text, bare.labels, bare.first)
    assert (whole.terms.values["limit"].title, whole.terms.values["limit"].source) == (
        "Most for one person",
        "Schedule 2",
    )
    case = [{"person": "A", "provider": "north", "began": "2025-04-01", "level": "high"}]
    events = [{"person": "A", "kind": "job", "on": "2025-06-24", "seen": "2025-07-01"}]
    frames = {"people": pl.DataFrame(case), "events": pl.DataFrame(events)}
    totals = [pbr.run(each, frames, "2026-05-01").statement.total_minor for each in (plain, whole)]
    assert totals == [120000, 120000]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("{figure: 12.00, titel: x}", "PBR104", "unknown key 'titel'; rows need `by`"),
        ("{title: x}", "PBR102", "a value needs a figure, rows under `by`, `dated`, `csv` or `agreed`"),
        ("{figure: {high: 12.00}}", "PBR103", "a single figure is expected here"),
        ("{figure: 12.00, dated: {2025-04-01: 1.00}}", "PBR104", "unknown key 'figure'; rows stand under their dates"),
        ("{figure: 12.00, csv: prices.csv}", "PBR104", "unknown key 'figure'; the rows stand in the file"),
        ("{by: level, figure: 12.00, high: 1.00, low: 2.00}", "PBR123", ""),
    ],
)
def test_a_figure_stands_alone(value: str, code: str, message: str) -> None:
    """Beside rows, dates or a file there is no single figure; under `by` the word is a label like any other."""
    found = problems_of(value)
    assert code in dict(found)
    assert dict(found)[code].startswith(message)
