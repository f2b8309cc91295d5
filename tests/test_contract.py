"""The contract: reading, every fault at once, figures as tables, the order of outcomes, and the fingerprint."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pbr.adjustments import Cap, Multiply
from pbr.calendar import Date, Duration, number_of
from pbr.contract import Contract, check_contract, read_contract
from pbr.contract.check import per_words
from pbr.contract.contract import fingerprint
from pbr.contract.model import Cell, Field, FieldKind, MonthDay, Statements, ValueTerm
from pbr.document import parse_document, read_document
from pbr.facts import Window
from pbr.money import MOST_MINOR, Rounding
from pbr.outcomes import Absence, Event
from pbr.payments import PriceOn, Tariff
from pbr.problem import ContractError
from tests.small import TEXT, changed, contract_of, problems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
RIVERSIDE = ROOT / "contracts" / "drug-recovery" / "contract.yaml"


def said(*changes: tuple[str, str]) -> list[str]:
    """Give the problems of the small contract after changes: code, and what is wrong without the advice."""
    return [f"{problem.code} {problem.message.partition(';')[0]}" for problem in problems_of(changed(*changes))]


def day(text: str) -> int:
    """Give the number of a day."""
    return number_of(Date.fromisoformat(text))


# ---- reading


def test_every_term_is_read_into_the_model() -> None:
    """The models hold what the file says, with defaults where it says nothing."""
    terms = contract_of().terms
    assert terms.pbr == "1"
    assert (terms.contract.id, terms.contract.version, terms.contract.currency) == ("small", "3", "GBP")
    assert list(terms.contract.providers) == ["north", "south"]
    assert (terms.contract.from_, terms.contract.to) == (Date(2025, 4, 1), Date(2027, 3, 31))
    assert terms.contract.year_starts is None
    assert terms.contract.statements is Statements.QUARTERLY
    assert terms.conventions.rounding is Rounding.HALF_UP
    assert terms.tables["people"].fields == {
        "person": Field(type=FieldKind.ID),
        "provider": Field(type=FieldKind.PROVIDER),
        "began": Field(type=FieldKind.DATE),
        "level": Field(type=FieldKind.TEXT, one_of=("high", "low")),
    }
    assert terms.outcomes["job"] == Event(
        clause="3.1",
        table="events",
        when="kind = 'job'",
        date="on",
        window=Window(after="start", for_=Duration(12, "weeks")),
    )
    assert isinstance(terms.outcomes["kept"], Absence)
    assert terms.payments["second"] == Tariff(pays_for="kept", price="250.00", price_on=PriceOn.START)
    assert terms.adjustments == (
        Multiply(id="share", clause="5.1", by="5/6", on=("second",)),
        Cap(id="most", clause="5.2", at_most="1200.00", per=("person",)),
    )


def test_tables_know_their_parents_keys_and_roles() -> None:
    """A child carries the key of its parent first, and has no key of its own unless it names one."""
    terms = contract_of().terms
    assert terms.cohort_table == "people"
    assert terms.subject_key == "person"
    assert (terms.parent("people"), terms.parent("events")) == (None, "people")
    assert list(terms.all_fields("events")) == ["person", "kind", "on", "seen"]
    assert (terms.tables["people"].keys, terms.tables["events"].keys) == (("person",), ())
    assert terms.tables["events"].role(FieldKind.RECORDED) == "seen"
    assert terms.tables["people"].role(FieldKind.RECORDED) is None
    assert per_words(terms) == ["person", "provider", "grade", "level", "month", "quarter", "contract_year", "contract"]


def test_a_field_knows_how_it_is_held() -> None:
    """Places, sensitivity and whole ids come from the words of the field."""
    assert Field(type=FieldKind.DECIMAL, places="3").scale("GBP") == 3
    assert Field(type=FieldKind.MONEY).scale("JPY") == 0
    assert Field(type=FieldKind.SHARE).scale("GBP") == 6
    assert Field(type=FieldKind.DATE).scale("GBP") == 0
    assert Field(type=FieldKind.ID, of="whole").is_whole_id
    assert [Field(type=FieldKind.ID, sensitive=word).is_sensitive for word in ("", "true", "yes", "no")] == [
        False,
        True,
        True,
        False,
    ]


def test_conditions_and_figures_are_kept_by_their_paths() -> None:
    """Every condition of the file is typed, and every figure a term reads is found."""
    contract = contract_of()
    assert set(contract.conditions) == {
        ("cohort", "exclude", 0, "when"),
        ("groups", "grade", "high"),
        ("outcomes", "job", "when"),
        ("outcomes", "kept", "when"),
    }
    assert set(contract.tables) == {
        ("payments", "first", "price"),
        ("payments", "second", "price"),
        ("adjustments", 0, "by"),
        ("adjustments", 1, "at_most"),
    }
    assert contract.order == ("job", "kept")
    assert str(contract.place("payments", "second")) == "contract.yaml:58"


def test_outcomes_are_ordered_by_what_they_read_whatever_the_file_says() -> None:
    """An outcome written before its anchor is decided after it."""
    contract = contract_of(changed(("{after: start, for: 12 weeks}", "{after: ready}"), ("payments:\n", READY)))
    assert list(contract.terms.outcomes) == ["job", "kept", "ready"]
    assert contract.order == ("ready", "job", "kept")


READY = "  ready: {kind: fact, when: \"level = 'high'\"}\npayments:\n"


def test_a_contract_is_read_from_its_path(tmp_path: Path) -> None:
    """A clean file gives a contract and no problems, and places name the file without its folder."""
    path = tmp_path / "deep" / "small.yaml"
    path.parent.mkdir()
    path.write_text(TEXT)
    contract = read_contract(path)
    assert isinstance(contract, Contract)
    assert check_contract(path) == ()
    assert contract.file == str(path)
    assert str(contract.place("pbr")) == "small.yaml:1"
    assert (contract.term.first, contract.term.year_month, contract.term.year_day) == (Date(2025, 4, 1), 4, 1)


def test_years_may_start_on_a_day_of_their_own() -> None:
    """`year_starts` is a day of the year, 29 February included."""
    contract = contract_of(changed(("statements: quarterly", "year_starts: 02-29")))
    assert contract.terms.contract.year_starts == MonthDay(2, 29)
    assert (contract.term.year_month, contract.term.year_day) == (2, 29)
    assert contract.terms.contract.statements is Statements.CONTRACT_YEAR


def test_a_faulty_file_raises_and_is_listed(tmp_path: Path) -> None:
    """`read_contract` raises every problem and `check_contract` gives the same ones without raising."""
    path = tmp_path / "small.yaml"
    path.write_text(changed(("5/6", "fivesixths"), ("currency: GBP", "currency: POUNDS")))
    with pytest.raises(ContractError) as caught:
        read_contract(path)
    assert caught.value.problems == check_contract(path)
    assert [problem.code for problem in caught.value.problems] == ["PBR114", "PBR111"]
    assert check_contract(tmp_path / "missing.yaml")[0].code == "PBR001"


# ---- every fault at once


def test_a_file_with_ten_faults_prints_ten() -> None:
    """Faults of layout, structure and meaning are found together, in the order of their places."""
    text = changed(
        ("title: A small contract", "titel: A small contract"),
        ('clause: "3.1"', 'clasue: "3.1"'),
        ("for: 12 weeks", "for: 12wks"),
        ("for: 3 months", "for: 3 fortnights"),
        ("low: 600.00", "low: 600.001"),
        ("price_on: start", "price_on: begin"),
        ("by: 5/6", "by: 5/0"),
        ("per: [person]", "per: [persons]"),
        ("began < DATE '2025-04-01'", "began < DATE '2025-02-30'"),
        ("    low: otherwise", "    low: otherwise\n    low: \"level = 'low'\""),
    )
    problems = problems_of(text)
    assert [(problem.line, problem.code) for problem in problems] == sorted(
        [(problem.line or 0, problem.code) for problem in problems]
    )
    assert [problem.code for problem in problems] == [
        "PBR104",
        "PBR020",
        "PBR010",
        "PBR108",
        "PBR104",
        "PBR109",
        "PBR109",
        "PBR106",
        "PBR109",
        "PBR125",
    ]


def test_nothing_is_said_about_those_who_use_what_is_set_aside() -> None:
    """An outcome with a fault of its own is not also missing where it is paid for or waited for."""
    assert said(("kind: event", "kind: evnt")) == ["PBR105 unknown kind 'evnt'"]
    assert said(("      2025-04-01: {high", "      2025-04-31: {high")) == [
        "PBR107 '2025-04-31' is not a real day written like 2025-04-01, nor two joined by 'to'"
    ]
    assert said(("    low: otherwise", "    low: otherwise\n    low: otherwise")) == [
        "PBR010 key 'low' stands on line 34 already"
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("pbr: 1", "pbr: 2", "PBR101 language version '2' is not known"),
        ("to: 2027-03-31", "to: 2025-03-31", "PBR113 the term ends on 2025-03-31, before it starts on 2025-04-01"),
        ("south: {", "so uth: {", "PBR110 'so uth' cannot be an id: letters, digits and _ . : / - only"),
        ("currency: GBP", "currency: GBP\n  time_zone: Mars", "PBR106 'Mars' is not a time zone such as Europe/London"),
        ("began: date", "began: text", "PBR134 'began' is not a date field of people"),
        ("on: date", "on: instant", "PBR133 an instant needs contract.time_zone, such as Europe/London"),
        ("pays_for: kept", "pays_for: keep", "PBR111 no outcome is named 'keep'"),
        ("price: job_price", "price: jobs_price", "PBR111 no value is named 'jobs_price'"),
        ("on: [second]", "on: [third]", "PBR111 no payment is named 'third'"),
        ("{after: job,", "{after: jobs,", "PBR111 no outcome is named 'jobs'"),
        ("by: grade", "by: grades", "PBR111 'grades' is no grouping"),
        ("by: 5/6", "by: 1250001/1250000000", "PBR109 '1250001/1250000000' is"),
        ("by: 5/6", "by: 12 weeks", "PBR124 '12 weeks' is not a ratio"),
        ("price: 250.00", "price: 25%", "PBR124 '25%' is not an amount of money"),
        ("price: 250.00", "price: -1.00", "PBR108 '-1.00' is not an amount"),
        ("price: 250.00", "price: 10000000000000.01", "PBR108 '10000000000000.01' is not an amount"),
        ("low: 600.00}", "lo: 600.00}", "PBR123 'lo' is not a label of grade"),
        ("table: events", "table: event", "PBR111 no table is named 'event'"),
        (
            "row_is: person",
            "row_is: person\n    key: [level]",
            "PBR130 the key of the cohort's table is an id, not text",
        ),
        ("level: {type", "start: date\n      level: {type", "PBR110 a field named 'start' must be the cohort's start"),
        (
            "provider: provider",
            "who: provider\n      provider: text",
            "PBR110 a field named 'provider' has the type provider",
        ),
        ("began: date", "began: {type: date, sensitive: true}", "PBR106 the day of 'began' is stated in the outputs"),
        ("on: date", "on: {type: date, sensitive: true}", "PBR106 the day of 'on' is stated in the outputs"),
        ("person: id", "person: {type: id, sensitive: true}", "PBR106 'person' names the rows in every output"),
        (
            "provider: provider",
            "provider: {type: provider, sensitive: true}",
            "PBR106 the provider is named in every output",
        ),
        (
            "groups:\n",
            "define:\n  event: \"level = 'high'\"\ngroups:\n",
            "PBR110 'event' is the noun of a table already",
        ),
        (
            "groups:\n",
            "define:\n  level: \"level = 'high'\"\ngroups:\n",
            "PBR110 'level' is a field of the cohort's table",
        ),
        ("    high: \"level = 'high'\"\n", "", "PBR102 'grade' needs a condition for at least one label"),
        (
            "  exclude:\n",
            "  include:\n    - {id: early, when: \"level = 'high'\"}\n  exclude:\n",
            "PBR110 'early' is the id of a clause",
        ),
        ("{id: early,", "{id: 'ear ly',", "PBR110 'ear ly' cannot be an id"),
        (
            "kind: event\n    table: events",
            "kind: event\n    table: people",
            "PBR021 name 'kind' is not known in this row",
        ),
        (
            "payments:\n",
            "  c: {kind: combine, need: all, of: [job, job]}\npayments:\n",
            "PBR110 'job' stands here twice",
        ),
        ("payments:\n", "  c: {kind: combine, need: all, of: []}\npayments:\n", "PBR102 name at least one outcome"),
        (
            "payments:\n",
            "  c: {kind: combine, need: 2, of: [job]}\npayments:\n",
            "PBR106 '2' is neither all, any, nor a number from 1 to 1",
        ),
        ("for: 12 weeks", "for: 0 weeks", "PBR135 a window `after` a day, for nothing, has no day"),
        ("for: 12 weeks", "for: 5000 months", "PBR109 5000 months is longer than 100 years"),
        ("{id: most,", "{id: share,", "PBR110 'share' is an adjustment already"),
        ("{id: most,", "{id: Most,", "PBR110 'Most' cannot be a name"),
        ("per: [person]", "per: [person, person]", "PBR125 'person' stands here twice"),
        ("per: [person]", "per: [month, quarter]", "PBR125 'month' and 'quarter' are both periods"),
        ("per: [person]", "per: []", "PBR125 name at least one of: person, "),
        ("at_most: 1200.00", "at_most: job_price", "PBR125 'job_price' has rows by grade, so `per` names it too"),
        ("row_is: event\n    of: person", "row_is: event\n    of: event", "PBR130 a child of a child, or of itself"),
        (
            "kind: {type: text, one_of: [job, lost]}",
            "kind: text\n      person: id",
            "PBR110 'person' is the key of the parent",
        ),
        ("began: date", "began: {type: date, of: whole}", "PBR106 `of: whole` does not go with date"),
        ("one_of: [high, low]", "one_of: [high, low, high]", "PBR110 'high' stands here twice"),
        (
            "level: {type: text",
            "age: {type: whole, from: a}\n      level: {type: text",
            "PBR109 'a' is not a whole number",
        ),
        ("level: {type: text", "level: {type: text, sensitive: maybe", "PBR106 'maybe' cannot stand here"),
        ("by: 5/6", "by: -5/6", "PBR109 '-5/6' is below 0"),
    ],
)
def test_a_fault_has_its_code_and_its_fix(old: str, new: str, problem: str) -> None:
    """One wrong word is a problem that names it and the nearest right one."""
    assert said((old, new))[0].startswith(problem)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            [
                ("    low: otherwise", "    'l/w': otherwise"),
                ("high: 1000.00, low:", "high: 1000.00, 'l/w':"),
                ("high: 1100.01, low:", "high: 1100.01, 'l/w':"),
            ],
            "PBR110 'l/w' cannot be a label",
        ),
        (
            [
                ("cohort:\n", "  other:\n    row_is: other\n    fields: {other: id, on: date}\ncohort:\n"),
                ("payments:\n", "  c: {kind: event, table: other, date: on}\npayments:\n"),
            ],
            "PBR134 table 'other' is neither the cohort's nor a child of it",
        ),
        (
            [("by: grade\n", "by: level\n"), ("level: {type: text", "level: {sensitive: true, type: text")],
            "PBR106 'level' is stated beside the price, so the field cannot be sensitive",
        ),
        (
            [
                ("at_most: 1200.00, per: [person]", "at_most: limit, per: [provider]"),
                ("values:\n", "values:\n  limit: {dated: {2025-04-01: 9.00, 2026-04-01: 8.00}}\n"),
            ],
            "PBR125 'limit' is dated, so `per` names a period, such as contract_year",
        ),
    ],
)
def test_terms_that_do_not_go_together_are_one_problem(changes: list[tuple[str, str]], problem: str) -> None:
    """Terms that are each right, and wrong beside each other, are named once."""
    assert said(*changes) == [problem]


def test_outcomes_that_wait_for_each_other_are_a_circle() -> None:
    """A circle is named whole, beginning with its first outcome in the file."""
    (problem,) = said(("{after: start, for: 12 weeks}", "{after: kept}"))
    assert problem.startswith("PBR112 outcomes wait for each other")
    assert "job -> kept -> job" in problem


def test_a_figure_no_term_reads_is_checked_all_the_same() -> None:
    """An unused value with rows by an unknown key is still a fault."""
    assert said(("outcomes:\n", "  spare: {by: shade, dark: 1.00}\noutcomes:\n"))[0].startswith(
        "PBR111 'shade' is no grouping"
    )


# ---- figures


def prices(text: str, *, by: str = "") -> Any:  # noqa: ANN401  # a table of the contract
    """Read a value in place of the price of jobs."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    return contract_of(changed((old, text), *([] if not by else [(old, by)]))).tables["payments", "first", "price"]


def test_a_literal_is_one_cell() -> None:
    """A figure written where it is read has one cell, no label and no date."""
    table = contract_of().tables["payments", "second", "price"]
    assert (table.by, table.starts, table.cells, table.labels, table.spans) == ((), (), (25000,), (), 1)
    ratio = contract_of().tables["adjustments", 0, "by"]
    assert ratio.cells == (Fraction(5, 6),)


def test_a_named_figure_is_the_same_as_a_written_one() -> None:
    """A value without rows is one cell at the place of the value."""
    table = prices("  job_price: 12.5\n")
    assert (table.by, table.starts, table.cells) == ((), (), (1250,))
    assert [place.line for place in table.places] == [36]


def test_rows_by_label_are_in_the_order_of_the_grouping() -> None:
    """Cells follow the labels as the grouping has them, whatever the order of the rows."""
    table = prices("  job_price: {by: grade, low: 6.00, high: 10.00}\n")
    assert (table.by, table.labels, table.cells, table.starts) == (("_by.grade",), (("high", "low"),), (1000, 600), ())


def test_rows_by_provider_are_in_the_order_of_the_ids() -> None:
    """Providers are ordered by their ids."""
    table = prices("  job_price: {by: provider, south: 6.00, north: 10.00}\n")
    assert (table.by, table.labels, table.cells) == (("_by.provider",), (("north", "south"),), (1000, 600))


def test_rows_by_a_text_field_are_in_the_order_of_its_words() -> None:
    """A text field with one_of makes labels of its words."""
    table = prices("  job_price: {by: level, low: 6.00, high: 10.00}\n")
    assert (table.by, table.labels, table.cells) == (("_by.level",), (("high", "low"),), (1000, 600))


def test_dated_rows_hold_until_the_next() -> None:
    """Cells run label by label, and within a label by date; the last holds for ever."""
    table = contract_of().tables["payments", "first", "price"]
    assert table.starts == (day("2025-04-01"), day("2026-04-01"))
    assert table.cells == (100000, 110001, 60000, 66000)
    assert table.spans == 2
    assert [place.line for place in table.places] == [39, 40, 39, 40]


def test_a_label_keeps_its_figure_where_only_another_changes() -> None:
    """A date that has a row for one label alone leaves the others as they were."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2025-01-01: {high: 1.00, low: 2.00}\n"
        "      2026-04-01: {low: 3.00}\n      2025-10-01: {high: 4.00}\n"
    )
    assert table.starts == (day("2025-01-01"), day("2025-10-01"), day("2026-04-01"))
    assert table.cells == (100, 400, 400, 200, 200, 300)


def test_each_label_starts_with_its_own_first_figure() -> None:
    """Before the first row of one label it has no figure, whatever the others have."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2020-01-01: {high: 1.00}\n      2021-01-01: {low: 2.00}\n"
    )
    assert table.starts == (day("2020-01-01"), day("2021-01-01"))
    assert table.cells == (100, 100, None, 200)


def test_spans_end_where_they_say() -> None:
    """A key may be two days joined by `to`, both included, and the table ends with the last of them."""
    table = prices(
        "  job_price:\n    dated:\n      2025-04-01 to 2026-03-31: 1.00\n      2026-04-01 to 2027-03-31: 2.00\n"
    )
    assert table.starts == (day("2025-04-01"), day("2026-04-01"), day("2027-04-01"))
    assert table.cells == (100, 200, None)


def test_a_span_of_one_label_that_ends_leaves_the_others() -> None:
    """After the end of its span one label has no figure; the others keep theirs."""
    table = prices(
        "  job_price:\n    by: grade\n    dated:\n      2025-04-01: {high: 1.00}\n"
        "      2025-04-01 to 2028-03-31: {low: 2.00}\n"
    )
    assert table.starts == (day("2025-04-01"), day("2028-04-01"))
    assert table.cells == (100, 100, 200, None)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("2025-04-02: 1.00", "PBR121 'job_price' has no figure on 2025-04-01"),
        (
            "2025-04-01 to 2026-03-30: 1.00\n      2026-04-01: 2.00",
            "PBR121 'job_price' has no figure on 2026-03-31",
        ),
        (
            "2025-04-01 to 2027-03-30: 1.00",
            "PBR121 'job_price' has no figure on 2027-03-31",
        ),
        (
            "2025-04-01 to 2026-04-01: 1.00\n      2026-04-01: 2.00",
            "PBR122 'job_price' has two figures on 2026-04-01",
        ),
        (
            "2025-04-01: 1.00\n      2025-04-01 to 2027-03-31: 2.00",
            "PBR122 'job_price' has two figures on 2025-04-01",
        ),
        ("2026-03-31 to 2025-04-01: 1.00", "PBR113 '2026-03-31 to 2025-04-01' ends before it starts"),
        ("2025-04-01: {high: 1.00}", "PBR103 a single figure is expected here"),
    ],
)
def test_every_day_of_the_term_has_exactly_one_figure(rows: str, problem: str) -> None:
    """A gap, an overlap or an early end is named with its first day."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    assert said((old, f"  job_price:\n    dated:\n      {rows}\n")) == [problem]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{by: grade, high: 1.00}", "PBR120 'job_price' has no figure for grade 'low'"),
        ("{by: grade}", "PBR102 a value needs a figure, rows under `by`, `dated`, or `csv`"),
        ("{by: [grade, level, provider], high: 1.00}", "PBR103 one key is expected under `by`, or two in a list"),
        ("{by: {grade: high}, high: 1.00}", "PBR103 one key is expected under `by`, or two in a list"),
        ("{by: [grade, grade], high: {high: 1.00}}", "PBR110 'grade' stands here twice"),
        ("{by: [grade, level], high: 1.00}", "PBR103 rows for each level are expected here"),
        ("{high: 1.00}", "PBR104 unknown key 'high'"),
        ("{dated: {2025-04-01: 1.00}, high: 1.00}", "PBR104 unknown key 'high'"),
        ("{dated: 1.00}", "PBR103 a map of dates is expected under `dated`"),
        ("{by: grade, dated: {2025-04-01: 1.00}}", "PBR103 rows for each grade are expected here"),
        ("{by: grade, csv: x, high: 1.00, low: 2.00}", "PBR104 unknown key 'high'"),
        ("{by: grade, title: [x], high: 1.00, low: 2.00}", "PBR103 a single value is expected here"),
        ("[1.00]", "PBR103 a figure, or a map with `by`, `dated` or `csv`, is expected here"),
    ],
)
def test_a_value_has_one_of_four_shapes(value: str, problem: str) -> None:
    """A figure, rows by a key, dated figures or both; everything else is named."""
    old = TEXT[TEXT.index("  job_price:") : TEXT.index("outcomes:\n")]
    assert any(found.startswith(problem) for found in said((old, f"  job_price: {value}\n")))


def test_the_largest_amount_is_read_and_one_more_is_not() -> None:
    """An amount of exactly the limit is a price."""
    assert prices("  job_price: 10000000000000.00\n").cells == (MOST_MINOR,)


def test_a_value_keeps_its_title_and_source() -> None:
    """What is printed beside a figure is not taken for a row."""
    contract = contract_of(changed(("    by: grade\n", "    by: grade\n    title: Price\n    source: Annex\n")))
    value = contract.terms.values["job_price"]
    assert (value.by, value.title, value.source, len(value.cells)) == (("grade",), "Price", "Annex", 4)
    assert isinstance(value, ValueTerm)
    assert value.cells[1] == Cell(
        labels=("low",), first=Date(2025, 4, 1), last=None, text="600.00", path=("dated", "2025-04-01", "low")
    )


# ---- the fingerprint


def scalars(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401
    """Give the path of every single value of a structure."""
    if isinstance(value, str):
        yield path
    else:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from scalars(item, (*path, key))


def with_value(root: Any, path: tuple[str | int, ...], change: str) -> Any:  # noqa: ANN401
    """Give a copy of a structure with one single value changed."""
    whole = copy.deepcopy(root)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] += change
    return whole


def test_every_scalar_term_changes_the_fingerprint() -> None:
    """Each single value of Riverside, changed by a character, gives a fingerprint of its own."""
    root = read_document(RIVERSIDE).root
    paths = list(scalars(root))
    prints = {fingerprint(with_value(root, path, "x")) for path in paths}
    assert len(paths) > 150
    assert len(prints | {fingerprint(root)}) == len(paths) + 1


def test_every_key_and_every_item_changes_the_fingerprint() -> None:
    """A name, a label, a heading or the place of an item in a list is a term too."""
    changes = [
        ('    high: "level', '    tall: "level'),
        ("{id: share,", "{id: shared,"),
        ("one_of: [high, low]", "one_of: [low, high]"),
        ("south: {name: South}", "south: {name: South}, west: {name: West}"),
        ("price: 250.00", "price: 250.0"),
    ]
    roots = [parse_document(changed(change).encode(), "x").root for change in changes]
    assert len({contract_of().fingerprint, *map(fingerprint, roots)}) == len(changes) + 1


def test_layout_comments_and_quotes_change_no_fingerprint() -> None:
    """Spacing, comments, quotes, block or flow style and folded lines are not terms."""
    same = changed(
        ("pbr: 1\n", "# a comment\n\n\npbr:    '1'\n"),
        ("  title: A small contract\n", "  title: >\n    A small\n    contract\n"),
        ("{north: {name: North}, south: {name: South}}", "\n    north:\n      name: North\n    south: {name: 'South'}"),
        ("\"kind = 'job'\"", "\"kind   =\n      'job'\""),
        ("[person]}", "[ person ] }   # one person"),
    )
    assert contract_of(same).fingerprint == contract_of().fingerprint
    assert contract_of(same.replace("\n", "\r\n")).fingerprint == contract_of().fingerprint


def reordered(value: Any, keep: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
    """Give a structure with the keys of every map the other way round, except of the maps to be kept."""
    if isinstance(value, dict):
        keys = list(reversed(value))
        parts = {key: reordered(value[key]) for key in keys}
        for name in keep:
            parts[name] = {key: parts[name][key] for key in value[name]}
        return parts
    return [reordered(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_changes_no_fingerprint() -> None:
    """Keys may stand in any order, but for outcomes and payments, whose order decides who bears a cap."""
    root = read_document(RIVERSIDE).root
    assert fingerprint(reordered(root, keep=("outcomes", "payments"))) == fingerprint(root)
    assert fingerprint(reordered(root, keep=("outcomes",))) != fingerprint(root)
    assert fingerprint(reordered(root, keep=("payments",))) != fingerprint(root)


def test_spaces_inside_quoted_text_are_a_term() -> None:
    """Two spaces between the words of a text that is compared, or listed, are not the same as one."""
    old, words = "kind = 'job'", "[job, lost]"
    texts = [changed((words, "[job, lost, 'a b', 'a  b']"), (old, f"kind = 'a{gap}b'")) for gap in (" ", "  ")]
    assert len({contract_of(text).fingerprint for text in texts}) == 2
    lists = [changed((words, f"[job, lost, 'a{gap}b']")) for gap in (" ", "  ")]
    assert len({contract_of(text).fingerprint for text in lists}) == 2
