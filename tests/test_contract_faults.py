"""A contract with faults: every one of them at once, each with its code, its place and its fix."""

from __future__ import annotations

import pytest

from tests.small import changed, problems_of, said
from tests.test_measure import text as with_measure


def test_a_file_with_ten_faults_prints_ten() -> None:
    """Faults of layout, structure and meaning are found together, in the order of their places."""
    text = changed(
        ("title: A small contract", "titel: A small contract"),
        ('clause: "3.1"', 'clasue: "3.1"'),
        ("for: 12 weeks", "for: 12wks"),
        ("for: 3 months", "for: 3 fortnights"),
        ("low: 600.00", "low: 600.001"),
        ("price_on: start", "falls_in: begin"),
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
        ("row_is: event\n    of: person", "row_is: event\n    of: event", "PBR130 a child of a child is read only"),
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


def test_a_list_taken_out_by_one_fault_is_not_missed_by_the_next() -> None:
    """A key that is empty and then stands again, with a condition without quotes: each fault is said, and no more."""
    found = said(("  exclude:\n", "  include: null\n  include:\n    - {id: x, when: a, b}\n  exclude:\n"))
    assert [problem[:6] for problem in found] == ["PBR102", "PBR010", "PBR012"]


@pytest.mark.parametrize(
    ("payment", "adjustment"),
    [
        ("tariff, pays_for: a, price: 1.00", ""),
        ("amount, amount: 1.00, times: [a], per: [provider, quarter]", ""),
        ("divide, amount: 10.00, by: a, among: provider, per: [quarter]", ""),
        ("tariff, pays_for: placed, price: 1.00", "multiply, by: a"),
        ("tariff, pays_for: placed, price: 1.00", "gate, needs: t"),
    ],
)
def test_figures_of_groups_that_wait_for_each_other_are_a_circle(payment: str, adjustment: str) -> None:
    """Whoever reads one of them: the circle is said, and nothing that asks for the groups of what has none."""
    figures = (
        '  a: {kind: formula, value: "b * placed", unit: number}\n  b: {kind: formula, value: "a + 1", unit: number}\n'
        "  t: {kind: test, of: a, at_least: 1}\n"
    )
    measure = "kind: measure, of: job, per: [provider, quarter], period_of: start"
    contract = with_measure(measure, figures, f"  p: {{kind: {payment}}}\n")
    if adjustment:
        contract = changed(("adjustments:\n", f"adjustments:\n  - {{id: x, kind: {adjustment}}}\n"), text=contract)
    (problem,) = problems_of(contract)
    assert problem.code == "PBR112"
    assert problem.message.endswith("a circle: a -> b -> a; break it")
