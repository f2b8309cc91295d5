"""Law 26: of nobody there is no rate; with fewer than the fewest there is no result; neither pays nor passes."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import pbr
from tests.laws.worlds import FROM, Tables, checked, contract, event, person, run

if TYPE_CHECKING:
    from pbr.api import Run

NO_FIGURE: Final = ("share", "mean", "median", "all", "any")
"""Takes that have no figure without members; a count, a number and a sum of nobody are nought."""
FIGURE: Final = ("count", "n", "sum")
SIGNS: Final = ("at_least", "above", "at_most", "below")
PROVIDERS: Final = ("north", "south", "west")


def measured(take: str, **more: str) -> dict[str, Any]:
    """Give a contract with a measure of the blocks or starts of each provider, tests, points, and what they pay."""
    terms = contract(adjustments=[], values={})
    terms["contract"]["providers"] = {name: {"name": name} for name in PROVIDERS}
    terms["outcomes"]["words"] = {"kind": "event", "table": "events", "date": "on", "once_per": "kind"}
    of = "words" if take in {"sum", "mean", "median"} else "started"
    made: dict[str, Any] = {"rate": {"kind": "measure", "of": of, "take": take, "per": ["provider"], **more}}
    if take not in {"all", "any"}:
        for sign in SIGNS:
            made |= {f"{sign}_{at}": {"kind": "test", "of": "rate", sign: str(at)} for at in (0, 1)}
        line = {"shape": "straight", "points": {"0": "0", "1": "10"}, "below": "extend", "above": "extend"}
        made["points"] = {"kind": "scale", "of": "rate", **line}
    if take == "share":
        bound = {"kind": "test", "of": "rate", "by": "lower 95% two-sided"}
        made |= {"surely": bound | {"at_least": "0%"}, "perhaps": bound | {"at_most": "100%"}}
    terms["outcomes"] |= made
    terms["payments"] = {
        f"pay_{name}": {"kind": "tariff", "pays_for": name, "price": "100.00"} for name in made if name != "rate"
    } | {"pay": {"kind": "tariff", "pays_for": "rate", "price": "100.00"}}
    return terms


def found(done: Run, name: str) -> dict[str, tuple[str, Fraction | None]]:
    """Give state and figure of each provider."""
    results = done.decisions.pooled[name].results
    return {key[0]: (result.state, result.value) for key, result in results.items()}


def people_of(counts: dict[str, int], met: int) -> Tables:
    """Give so many people to each provider, of whom the first few have started."""
    world: Tables = {"people": [], "events": []}
    for provider, many in counts.items():
        for place in range(many):
            who = f"{provider}-{place}"
            world["people"].append(person(who, FROM) | {"provider": provider})
            world["events"] += [event(who, "start", FROM)] if place < met else []
    return world


def due_by_provider(done: Run) -> dict[str, int]:
    """Give what each provider is due."""
    lines = done.statement.lines()
    return {name: int(lines.filter(provider=name)["amount_minor"].sum()) for name in PROVIDERS}


@given(take=st.sampled_from(NO_FIGURE), members=st.integers(1, 4), data=st.data())
def test_law_26_of_nobody_there_is_no_rate_and_no_test_of_it_passes(
    take: str, members: int, data: st.DataObject
) -> None:
    """A provider without members has no result, neither 0 nor 1, nor have its tests and points; nothing is paid."""
    met = data.draw(st.integers(1, members))
    done = run(measured(take), people_of({"north": members, "west": members}, met))
    for name in done.decisions.pooled:
        state, value = found(done, name)["south"]
        assert (state, value) == ("not_assessable", None), name
        assert {found(done, name)[other][0] for other in ("north", "west")} <= {"met", "not_met"}, name
    assert due_by_provider(done)["south"] == 0
    assert done.statement.lines().filter(provider="south").is_empty()
    wanted = {"share": Fraction(met, members), "all": Fraction(met == members), "any": Fraction(1)}
    assert found(done, "rate")["north"][1] == wanted.get(take, Fraction(1))


@given(take=st.sampled_from(FIGURE), members=st.integers(1, 4))
def test_law_26_a_count_and_a_sum_of_nobody_are_nought(take: str, members: int) -> None:
    """They are figures: nought is at most 1, and not at least 1."""
    done = run(measured(take), people_of({"north": members}, members))
    assert found(done, "rate")["south"] == ("met", Fraction(0))
    assert {name: found(done, name)["south"][0] for name in ("at_most_1", "at_least_1", "at_least_0", "above_0")} == {
        "at_most_1": "met",
        "at_least_1": "not_met",
        "at_least_0": "met",
        "above_0": "not_met",
    }


@given(take=st.sampled_from((*NO_FIGURE, *FIGURE)), fewest=st.integers(1, 4), data=st.data())
def test_law_26_with_the_fewest_counted_there_is_a_result_and_with_one_less_none(
    take: str, fewest: int, data: st.DataObject
) -> None:
    """`fewest: n` is a result with n and with n + 1 members; with n - 1 there is none, and nothing is paid."""
    counts = {"north": fewest - 1, "south": fewest, "west": fewest + 1}
    met = data.draw(st.integers(1, fewest))
    done = run(measured(take, fewest=str(fewest)), people_of(counts, met))
    for name in done.decisions.pooled:
        states = {provider: state for provider, (state, _) in found(done, name).items()}
        assert states["north"] == "not_assessable", name
        assert {states["south"], states["west"]} <= {"met", "not_met"}, name
    assert due_by_provider(done)["north"] == 0
    assert done.statement.lines().filter(provider="north").is_empty()


FIELDS: Final = {"quantity": "whole", "complete": "yes_no"}
ROWS: Final = {"share": "complete", "count": "complete", "all": "complete", "any": "complete"}
"""The field each take is of; those not named are of the quantity."""


def declared(take: str, **more: str) -> dict[str, Any]:
    """Give a contract without a cohort, with a measure of declared rows of each provider."""
    field = ROWS.get(take, "quantity")
    terms = contract()
    for part in ("cohort", "values", "adjustments"):
        terms.pop(part)
    terms["contract"]["providers"] = {name: {"name": name} for name in PROVIDERS}
    fields = {"report": "id", "centre": "provider", "on": "date", **FIELDS}
    terms["tables"] = {"reports": {"row_is": "report_line", "is": "provider", "key": ["report"], "fields": fields}}
    rate = {"kind": "measure", "of": f"reports.{field}", "take": take, "per": ["provider"], **more}
    terms["outcomes"] = {"rate": rate}
    if take not in {"all", "any"}:
        terms["outcomes"] |= {f"{sign}_0": {"kind": "test", "of": "rate", sign: "0"} for sign in SIGNS}
    terms["payments"] = {
        f"pay_{name}": {"kind": "tariff", "pays_for": name, "price": "100.00"} for name in terms["outcomes"]
    }
    return terms


def reported(terms: dict[str, Any], counts: dict[str, int]) -> Run:
    """Evaluate so many rows of each provider, each with a quantity of 3 and complete."""
    rows = [
        {"report": f"{name}-{place}", "centre": name, "on": str(FROM), "quantity": "3", "complete": "yes"}
        for name, many in counts.items()
        for place in range(many)
    ]
    columns = ("report", "centre", "on", *FIELDS)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    return pbr.run(checked(terms), {"reports": frame}, dt.date(2028, 3, 31))


@given(take=st.sampled_from(("sum", *NO_FIGURE)), rows=st.integers(1, 3))
def test_law_26_of_no_rows_there_is_no_figure(take: str, rows: int) -> None:
    """What nobody declared is missing and not nothing: not even a sum of no rows is a figure."""
    done = reported(declared(take), {"north": rows, "west": rows})
    for name in done.decisions.pooled:
        assert found(done, name)["south"] == ("not_assessable", None), name
        assert found(done, name)["north"][0] in {"met", "not_met"}, name
    assert done.statement.lines().filter(provider="south").is_empty()
    assert found(done, "rate")["north"][1] == {"sum": 3 * rows, "mean": 3, "median": 3}.get(take, 1)


@given(take=st.sampled_from(("count", "n")), rows=st.integers(1, 3))
def test_law_26_a_count_of_no_rows_is_nought(take: str, rows: int) -> None:
    """How many rows there are is known of none too."""
    done = reported(declared(take), {"north": rows})
    assert found(done, "rate") == {
        "north": ("met", Fraction(rows)),
        "south": ("met", Fraction(0)),
        "west": ("met", Fraction(0)),
    }


@given(take=st.sampled_from((*NO_FIGURE, *FIGURE)), fewest=st.integers(1, 4))
def test_law_26_with_the_fewest_rows_there_is_a_result_and_with_one_less_none(take: str, fewest: int) -> None:
    """`fewest: n` is a result of n and of n + 1 rows; of n - 1 there is none, and nothing is paid."""
    counts = {"north": fewest - 1, "south": fewest, "west": fewest + 1}
    done = reported(declared(take, fewest=str(fewest)), counts)
    for name in done.decisions.pooled:
        states = {provider: state for provider, (state, _) in found(done, name).items()}
        assert states["north"] == "not_assessable", name
        assert {states["south"], states["west"]} <= {"met", "not_met"}, name
    assert done.statement.lines().filter(provider="north").is_empty()
