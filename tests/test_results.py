"""Results of earlier outcomes in conditions: what is read, what is in doubt, what each doubt gives, and who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr
from tests import small
from tests.small import PEOPLE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

PAID: Final = (
    "  first: {",
    "  third: {kind: tariff, pays_for: later, price: 7.00}\n  first: {",
)
JOB: Final[small.Rows] = [
    {"person": "A", "kind": "job", "on": "2025-06-24", "seen": "2025-06-24"},
    {"person": "A", "kind": "lost", "on": "2025-08-15", "seen": "2025-08-15"},
]


def later(outcome: str, *changes: tuple[str, str]) -> str:
    """Give the small contract with one more outcome, which is paid."""
    return changed(("payments:\n", f"  later: {outcome}\npayments:\n"), PAID, *changes)


def fact(when: str, *changes: tuple[str, str]) -> str:
    """Give the small contract with a fact of this condition, which is paid."""
    return later(f'{{kind: fact, when: "{when}"}}', *changes)


def of_a(
    text: str, *, events: small.Rows = JOB, as_at: str = small.LATE, outcome: str = "later", level: str = "high"
) -> tuple[str, str, str]:
    """Give state, reason and missing field of the first participant."""
    done = small.run(text, people=[PEOPLE[0] | {"level": level}], events=events, as_at=as_at)
    row = done.decisions.rows().row(by_predicate=pl.col("outcome") == outcome, named=True)
    paid = done.statement.lines().filter(pl.col("outcome") == outcome, pl.col("adjustment") == "-").height
    assert paid == (row["state"] == "met"), "what is not met is not paid"
    return row["state"], row["reason"], row["missing"] or ""


@pytest.mark.parametrize(
    ("when", "job", "none"),
    [
        ("job.met", "met", "not_true"),
        ("job", "met", "not_true"),
        ("NOT job.met", "not_true", "met"),
        ("NOT job", "not_true", "met"),
        ("job.met = TRUE", "met", "not_true"),
        ("job.date = DATE '2025-06-24'", "met", "part_not_met"),
        ("job.date > DATE '2025-06-24'", "not_true", "part_not_met"),
        ("days_between(start, job.date) = 84", "met", "part_not_met"),
        ("job.date + INTERVAL '1 month' = DATE '2025-07-24'", "met", "part_not_met"),
        ("contract_year(job.date) = 1", "met", "part_not_met"),
        ("job.date IS NULL", "not_true", "met"),
        ("job.date IS NOT NULL", "met", "not_true"),
        ("job.met AND days_between(start, job.date) > 90", "not_true", "not_true"),
        ("level = 'high' OR job.date < start", "met", "met"),
        ("CASE WHEN job.met THEN job.date ELSE start END > DATE '2025-06-01'", "met", "not_true"),
        ("count(events, on > job.date) = 1", "met", "met_nothing"),
        ("any(events, kind = 'lost' AND on > job.date)", "met", "not_true"),
        ("early_job", "met", "not_true"),
    ],
)
def test_a_fact_may_read_what_was_decided(when: str, job: str, none: str) -> None:
    """Whether an outcome is met, and on which day; one that was not achieved has no day to compare."""
    early = ("groups:\n", "define:\n  early_job: \"job.met AND job.date < DATE '2025-07-01'\"\ngroups:\n")
    text = fact(when, *([early] if when == "early_job" else []))
    assert of_a(text)[1] == job
    assert of_a(text, events=[])[1] == {"met_nothing": "not_true"}.get(none, none)


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("job.met", ("pending", "part_pending", "")),
        ("NOT job.met", ("pending", "part_pending", "")),
        ("job.date > start", ("pending", "part_pending", "")),
        ("job.date IS NULL", ("pending", "part_pending", "")),
        ("level = 'high' OR job.met", ("met", "met", "")),
        ("level = 'low' AND job.met", ("not_met", "not_true", "")),
        ("any(events, on > job.date)", ("pending", "part_pending", "")),
        ("CASE WHEN job.met THEN level = 'low' ELSE TRUE END", ("pending", "part_pending", "")),
        ("CASE WHEN level = 'high' THEN TRUE WHEN job.met THEN FALSE END", ("met", "met", "")),
        ("CASE WHEN level = 'low' THEN TRUE WHEN job.met THEN FALSE ELSE TRUE END", ("pending", "part_pending", "")),
        ("CASE WHEN job.met THEN 1 WHEN level = 'high' THEN 2 ELSE 3 END = 2", ("pending", "part_pending", "")),
    ],
)
def test_what_waits_for_an_outcome_is_pending(when: str, found: tuple[str, str, str]) -> None:
    """While the window of the job is open nothing is known of it, and what hangs on it alone is pending too."""
    lost = [JOB[1] | {"on": "2025-04-02", "seen": "2025-04-02"}]
    text = later(f'{{kind: fact, when: "{when}", window: {{from: start, for: 1 day}}}}')
    assert of_a(text, events=lost, as_at="2025-04-20") == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("job.met", ("unknown", "part_unknown", "events.kind")),
        ("job.date IS NOT NULL", ("unknown", "part_unknown", "events.kind")),
        ("job.met OR level = 'high'", ("met", "met", "")),
        ("NOT (job.met OR level = 'low')", ("unknown", "part_unknown", "events.kind")),
    ],
)
def test_what_hangs_on_an_unknown_outcome_is_unknown(when: str, found: tuple[str, str, str]) -> None:
    """The field that left the job unknown is the one that is missing."""
    assert of_a(fact(when), events=[JOB[0] | {"kind": ""}]) == found


@pytest.mark.parametrize(
    ("level", "events", "as_at", "found"),
    [
        ("", [], "2025-04-20", ("pending", "part_pending", "")),
        ("", [JOB[0] | {"kind": ""}], small.LATE, ("unknown", "missing_field", "people.level")),
        ("", [], small.LATE, ("unknown", "missing_field", "people.level")),
        ("low", [], small.LATE, ("not_met", "part_not_met", "")),
    ],
)
def test_the_strongest_doubt_decides(level: str, events: small.Rows, as_at: str, found: tuple[str, str, str]) -> None:
    """What may still come goes before an empty field, that before an unknown outcome, that before none at all."""
    both = fact("level = 'high' OR job.date > start")
    free = (
        '{clause: "4.1", kind: tariff, pays_for: job, price: job_price}',
        "{kind: tariff, pays_for: job, price: 9.00}",
    )
    unread = ("  job_price:", "  unread:")
    assert of_a(changed(free, unread, text=both), events=events, as_at=as_at, level=level) == found


@pytest.mark.parametrize(
    ("outcome", "after", "none"),
    [
        ("{kind: event, table: events, when: \"kind = 'lost' AND on > job.date\", date: on}", "met", "part_not_met"),
        (
            "{kind: event, table: events, when: \"kind = 'lost' AND on < job.date\", date: on}",
            "no_evidence",
            "part_not_met",
        ),
        ("{kind: event, table: events, when: \"kind = 'lost' AND NOT job\", date: on}", "no_evidence", "met"),
        ('{kind: event, table: people, when: "job.met", date: began}', "met", "no_evidence"),
        (
            "{kind: absence, table: events, when: \"kind = 'lost' AND on > job.date\", date: on}",
            "defeated",
            "part_not_met",
        ),
        ("{kind: absence, table: events, when: \"kind = 'lost' AND job.met\", date: on}", "defeated", "met"),
    ],
)
def test_rows_may_be_told_apart_by_a_result(outcome: str, after: str, none: str) -> None:
    """A row lies before or after an outcome's day; without such a day it cannot be told, and nothing is paid."""
    assert of_a(later(outcome))[1] == after
    assert of_a(later(outcome), events=JOB[1:])[1] == none


def test_an_event_whose_rows_wait_is_pending() -> None:
    """A row that counts only if the job is not found leaves the event pending, though its window is over."""
    text = later(
        "{kind: event, table: events, when: \"kind = 'lost' AND NOT job.met\", date: on,"
        " window: {after: start, for: 2 weeks}}"
    )
    lost = [JOB[1] | {"on": "2025-04-10", "seen": "2025-04-10"}]
    assert of_a(text, events=lost, as_at="2025-05-01") == ("pending", "part_pending", "")
    assert of_a(text, events=lost, as_at="2025-06-24") == ("met", "met", "")
    assert of_a(text, events=[*lost, JOB[0]], as_at="2025-06-24") == ("not_met", "no_evidence", "")


def test_a_value_may_be_read() -> None:
    """The points of a scale, exactly, also by its bare name."""
    changes = (
        ("      level:", "      hours: {type: whole, from: 0, to: 40}\n      level:"),
        (
            "  kept:\n",
            '  rated: {kind: scale, value: hours, points: {"under 16": "0.5", "16 or more": "2.25"}}\n  kept:\n',
        ),
    )
    for when, low, high in (
        ("rated.value >= 2.25", "not_true", "met"),
        ("rated > 0.5", "not_true", "met"),
        ("rated.value * 2 = 4.5", "not_true", "met"),
        ("rated.value IN (0.5)", "met", "not_true"),
        ("rated.met", "met", "met"),
        ("rated.value IS NULL", "not_true", "not_true"),
    ):
        for hours, reason in (("15", low), ("16", high)):
            people = pl.DataFrame([PEOPLE[0] | {"hours": hours}])
            frames = small.frames_of([], []) | {"people": people}
            done = pbr.run(small.contract_of(fact(when, *changes)), frames, small.LATE)
            assert done.decisions.rows().filter(pl.col("outcome") == "later")["reason"].to_list() == [reason], when


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (("began < DATE '2025-04-01'", "job.met"), "PBR021 'job.met' cannot be read here, before outcomes are decided"),
        (("began < DATE '2025-04-01'", "NOT job"), "PBR021 'job' cannot be read here, before outcomes are decided"),
        (("kind = 'lost'", "kind = 'lost' AND job.mat"), "PBR021 'job.mat' is no result of an outcome"),
        (("kind = 'lost'", "kind = 'lost' AND jab.met"), "PBR021 name 'jab.met' is not known in this row"),
        (("kind = 'lost'", "job.met IS NULL"), "PBR022 a result of 'job' that is not known yet is not empty"),
        (("kind = 'lost'", "(on > job.date) IS NULL"), "PBR022 a result of 'job' that is not known yet is not empty"),
        (("kind = 'lost'", "job.value > 1"), "PBR021 'job.value' is no result of an outcome"),
        (("kind = 'lost'", "kept.met"), "PBR112 outcomes wait for each other in a circle: kept -> kept"),
        (("kind = 'job'", "kept.met"), "PBR112 outcomes wait for each other in a circle: job -> kept -> job"),
        (
            ("by: 5/6, on: [second]", 'by: 5/6, on: [first], where: "kept.met"'),
            (
                "PBR112 outcomes wait for each other in a circle: job -> kept -> job"
                " ('job' for 'kept' through `where` of 'share')"
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_said(changes: tuple[str, str], problem: str) -> None:
    """Each fault is one message, and no other comes of it."""
    assert small.said(changes) == [problem]


def test_an_outcome_with_a_fault_is_not_missed_twice() -> None:
    """Nothing is said about who reads an outcome that could not be read."""
    found = small.said(("kind: event", "kind: evnt"), ("kind = 'lost'", "kind = 'lost' AND on > job.date"))
    assert [one[:6] for one in found] == ["PBR105"]


@pytest.mark.parametrize(
    ("where", "state", "amount"),
    [
        ("kept.met", "met", 50000 // 2),
        ("job.date < DATE '2025-07-01'", "met", 50000 // 2),
        ("later.met", "met", 50000 // 2),
        ("NOT later", "met", 50000),
        ("later.date > kept.date", "met", 50000),
    ],
)
def test_an_adjustment_may_act_by_results(where: str, state: str, amount: int) -> None:
    """A factor is for those who also achieved something else, or by the day of the payment's own outcome."""
    text = changed(
        ("payments:\n", "  later: {kind: event, table: people, date: began}\npayments:\n"),
        ("  first: {", "  third: {kind: tariff, pays_for: later, price: 500.00}\n  first: {"),
        ("by: 5/6, on: [second]", f'by: 1/2, on: [third], where: "{where}"'),
        ("at_most: 1200.00", "at_most: 9999.00"),
    )
    done = small.run(text, people=PEOPLE[:1], events=JOB[:1])
    assert done.decisions.rows().filter(pl.col("outcome") == "later")["state"].to_list() == [state]
    assert done.statement.lines().filter(pl.col("payment") == "third")["amount_minor"].sum() == amount


@pytest.mark.parametrize(
    ("where", "events", "as_at", "found"),
    [
        ("kept.met", JOB[:1], "2025-09-01", ("pending", "part_pending", "")),
        ("kept.met", JOB[:1], "2025-09-24", ("met", "met", "")),
        ("kept.met", [], "2025-09-24", ("met", "met", "")),
        ("kept.date > start", [], "2025-09-24", ("unknown", "missing_field", "kept.date")),
        ("kept.met", [JOB[0], JOB[1] | {"kind": ""}], "2025-10-24", ("unknown", "part_unknown", "events.kind")),
        ("job.date > DATE '2025-04-02'", [], "2025-04-20", ("pending", "part_pending", "")),
    ],
)
def test_what_an_adjustment_waits_for_is_not_paid_yet(
    where: str, events: small.Rows, as_at: str, found: tuple[str, str, str]
) -> None:
    """Until it is known whether a factor applies nothing is paid that it applies to."""
    text = changed(
        ("payments:\n", "  later: {kind: event, table: people, date: began}\npayments:\n"),
        ("  first: {", "  third: {kind: tariff, pays_for: later, price: 500.00}\n  first: {"),
        ("by: 5/6, on: [second]", f'by: 1/2, on: [third], where: "{where}"'),
    )
    assert of_a(text, events=events, as_at=as_at) == found


def test_rows_are_used_and_cited_by_what_reads_the_result() -> None:
    """A line cites the row that decided the result it hangs on, and a row is used by whoever reads it."""
    done = small.run(fact("job.met AND any(events, on > job.date)"), people=PEOPLE[:1], events=JOB)
    line = done.statement.lines().row(by_predicate=pl.col("payment") == "third", named=True)
    assert len(line["evidence"].split(";")) == 3
    uses = done.uses().filter(pl.col("table") == "events").select("row", "outcome", "use").rows()
    assert uses == [(2, "job", "used"), (3, "kept", "used"), (3, "later", "used")]


def test_nobody_outside_the_cohort_has_results() -> None:
    """Rows of who is left out, or not yet recorded, are listed as such, whatever a result would say of them."""
    text = later("{kind: event, table: events, when: \"kind = 'lost' AND on > job.date\", date: on}")
    events = [JOB[0] | {"person": "C"}, JOB[1] | {"person": "C"}]
    done = small.run(text, events=events)
    uses = done.uses().filter(pl.col("outcome") == "later").select("row", "use").rows()
    assert uses == [(3, "not_included")]


def test_a_result_is_explained(tmp_path: Path, golden: Golden) -> None:
    """The explanation names each outcome that was read, with its state and day."""
    text = later(
        "{kind: event, table: events, when: \"kind = 'lost' AND on > job.date AND NOT kept\", date: on}",
        ("      level:", "      hours: {type: whole, from: 0, to: 40}\n      level:"),
        ("  kept:\n", '  rated: {kind: scale, value: hours, points: {"under 16": "1", "16 or more": "2"}}\n  kept:\n'),
        ("  later:", '  also: {kind: fact, when: "rated >= 2 AND any(events, on > job.date)"}\n  later:'),
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    pl.DataFrame([PEOPLE[0] | {"hours": "20"}]).write_csv(tmp_path / "people.csv")
    pl.DataFrame(JOB).write_csv(tmp_path / "events.csv")
    out = pbr.run(tmp_path / "contract.yaml", tmp_path, small.LATE).write(tmp_path / "out")
    golden("tests/golden/explain/results.txt", str(pbr.explain(out, "A")))


def test_reading_a_result_adds_one_scan_of_the_table_alone(tmp_path: Path) -> None:
    """An event that reads a result is one more scan of its own table; nothing is worked out twice or in memory."""
    from pbr.decisions import make_query
    from pbr.plan import make_plan
    from tests.test_gather import physical

    plan = make_plan(
        small.contract_of(later("{kind: event, table: events, when: \"kind = 'lost' AND on > job.date\", date: on}")),
        small.LATE,
    )
    evidence = pbr.read_evidence(plan, small.frames_of(PEOPLE, JOB))
    tables = {}
    for name, rows in evidence.tables.items():
        rows.collect().write_parquet(tmp_path / f"{name}.parquet")
        tables[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    plain, _ = make_query(make_plan(small.contract_of(), small.LATE), tables)
    columns, query = make_query(plan, tables)
    assert columns.scans == plain.scans + 1
    labels = physical(query).labels
    assert [label for label in labels if "in-memory" in label.split("\n")[0]] == []


def test_a_choice_that_hangs_on_results_has_one_spelling() -> None:
    """Read again, its fixed spelling is the same condition; more branches than are read are refused."""
    text = "CASE WHEN job.met THEN 1 WHEN level = 'high' THEN 2 WHEN kept.met THEN 3 ELSE 4 END = 2"
    contract = small.contract_of(fact(text))
    once = contract.conditions["outcomes", "later", "when"]
    again = small.contract_of(fact(once.canonical)).conditions["outcomes", "later", "when"]
    assert again == once
    assert again.canonical == once.canonical
    many = "CASE " + "WHEN job.met THEN 1 " * 11 + "ELSE 2 END = 1"
    (problem,) = small.problems_of(fact(many))
    assert str(problem).endswith("PBR023 at most 10 branches of a CASE read results of outcomes")


def test_points_that_are_percentages_are_reckoned_with_whole() -> None:
    """A share of seven places may be a hundred per cent and more, and what is worked out from it is known."""
    points = '{"under 16": "33.3333333%", "16 or more": "100%"}'
    changes = (
        ("      level:", "      hours: {type: whole, from: 0, to: 40}\n      level:"),
        ("  kept:\n", f"  rated: {{kind: scale, value: hours, points: {points}}}\n  kept:\n"),
    )
    text = fact("rated.value * 2 >= 150% AND rated >= 50%", *changes)
    for hours, reason in (("15", "not_true"), ("16", "met")):
        frames = small.frames_of([], []) | {"people": pl.DataFrame([PEOPLE[0] | {"hours": hours}])}
        done = pbr.run(small.contract_of(text), frames, small.LATE)
        assert done.decisions.rows().filter(pl.col("outcome") == "later")["reason"].to_list() == [reason]
