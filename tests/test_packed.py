"""Rows picked by whole numbers: as a sort would pick them, and what a filter is known to leave of a row."""

from __future__ import annotations

import datetime as dt
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
from pbr import gather_runs, gather_scores
from pbr.condition import FieldRef, Kind, Scope, ValueType, parse, to_polars
from pbr.contract.read import load
from pbr.document import parse_document
from pbr.filters import are_apart, may_hold, words_of
from pbr.packed import packing_of
from pbr.plan import make_plan
from pbr.problem import Place
from tests.profiles import integer_law
from tests.test_physical_plan import SIX

if TYPE_CHECKING:
    from pbr.condition import Condition
    from pbr.packed import Packing

TYPES = {"again": pl.Boolean(), "noted": pl.Date(), "value": pl.Int64(), "worker": pl.String()}
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
ENDS = st.sampled_from([-(2**63), 2**63 - 1, -1, 0, 1])
rows = st.tuples(
    st.dates(FIRST, LAST) | st.sampled_from([FIRST, LAST, dt.date(1970, 1, 1)]),
    st.none() | st.booleans(),
    st.none() | st.dates(FIRST, LAST) | st.just(FIRST),
    st.none() | ENDS | st.integers(-(2**63), 2**63 - 1),
)


@integer_law
@given(found=st.lists(rows, min_size=1, max_size=6))
def test_the_row_that_is_packed_least_is_the_one_a_sort_puts_first(found: list[tuple[Any, ...]]) -> None:
    """Of the first day, and of the last, the row first by content is picked, with its day and its number."""
    packing = packing_of(["again", "noted", "value", "worker"], "value", TYPES, {})
    assert packing is not None
    assert [each.name for each in packing.fields] == ["again", "noted", "value"]
    assert packing.wide == pl.Int128()
    _picks_as_a_sort(packing, found)


NARROW = (-(2**15), 2**15 - 1)
few = st.tuples(
    st.dates(FIRST, LAST) | st.sampled_from([FIRST, LAST, dt.date(1970, 1, 1)]),
    st.none() | st.booleans(),
    st.none() | st.dates(FIRST, LAST) | st.just(FIRST),
    st.none() | st.sampled_from([*NARROW, -1, 0, 1]) | st.integers(*NARROW),
)


@integer_law
@given(found=st.lists(few, min_size=1, max_size=6))
def test_numbers_that_say_how_far_they_go_are_packed_in_64_bits(found: list[tuple[Any, ...]]) -> None:
    """From the least to the greatest that a field may hold, the row that a sort would put first is picked."""
    packing = packing_of(["again", "noted", "value", "worker"], "value", TYPES, {"value": NARROW})
    assert packing is not None
    assert packing.wide == pl.Int64()
    _picks_as_a_sort(packing, found)


@pytest.mark.parametrize(("most", "wide"), [(2**44 - 2, pl.Int64()), (2**44 - 1, pl.Int128())])
def test_what_does_not_fit_into_64_bits_takes_128(most: int, wide: pl.DataType) -> None:
    """18 bits of a day and 44 of a number are 62; the greatest number of the last day comes out as it was."""
    packing = packing_of(["value"], "value", TYPES, {"value": (0, most)})
    assert packing is not None
    assert packing.wide == wide
    _picks_as_a_sort(packing, [(LAST, None, None, most), (LAST, None, None, 0), (FIRST, None, None, None)])


@pytest.mark.parametrize("span", [(10**27, 10**27 + 9), (-(10**27), -(10**27) + 9), (9, 1), (-(2**63) - 1, 0)])
def test_what_no_number_can_be_says_nothing_of_it(span: tuple[int, int]) -> None:
    """A decimal of many places may be said to go beyond 64 bits: every row is refused, and no query fails of it."""
    packing = packing_of(["value"], "value", TYPES, {"value": span})
    assert packing == packing_of(["value"], "value", TYPES, {})
    assert packing is not None
    _picks_as_a_sort(packing, [(FIRST, None, None, 3), (FIRST, None, None, None)])


def _picks_as_a_sort(packing: Packing, found: list[tuple[Any, ...]]) -> None:
    schema = {"day": pl.Date(), "again": pl.Boolean(), "noted": pl.Date(), "value": pl.Int64()}
    frame = pl.DataFrame(found, schema=schema, orient="row")
    for last in (False, True):
        day = frame["day"].max() if last else frame["day"].min()
        wanted = frame.filter(pl.col("day") == day).sort("again", "noted", "value").row(0)
        packed = packing.pack(pl.col("day").cast(pl.Int32), last=last)
        picked = frame.select(packed.max() if last else packed.min()).to_series().alias("packed").to_frame()
        of_day, number = packing.unpack(pl.col("packed"), last=last)
        assert picked.select(of_day.cast(pl.Date).alias("day"), number.alias("number")).row(0) == (wanted[0], wanted[3])


def test_no_row_gives_no_day_and_no_number() -> None:
    """Nothing that is packed comes apart into nothing."""
    packing = packing_of(["value"], "value", TYPES, {})
    assert packing is not None
    day, number = packing.unpack(pl.lit(None, pl.Int128), last=True)
    assert pl.select(day.alias("day"), number.alias("number")).row(0) == (None, None)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        (["value"], True),
        (["value", "worker"], True),
        (["worker", "value"], False),
        (["other", "value"], False),
        (["again", "noted", "value"], True),
        (["again", "noted", "third", "value"], True),
        (["again", "noted", "third", "fourth", "value"], False),
    ],
)
def test_what_does_not_fit_is_not_packed(fields: list[str], fits: object) -> None:
    """Text has no number, and two numbers of 64 bits or three days beside a number are too many bits."""
    types = TYPES | {"other": pl.Int64(), "third": pl.Date(), "fourth": pl.Date()}
    assert (packing_of(fields, "value", types, {}) is not None) is fits


ROW = {"kind": ValueType(kind=Kind.TEXT), "place": ValueType(kind=Kind.TEXT), "many": ValueType(kind=Kind.NUMBER)}
BESIDE = {"level": ValueType(kind=Kind.TEXT)}


def condition(text: str) -> Condition:
    """Read a condition on a row with a kind, a place and a number, of a subject with a level."""
    return parse(text, Scope(row=ROW, parent=BESIDE), Place())


def column(ref: FieldRef) -> pl.Expr:
    """Give the column of a field."""
    return pl.col(ref.name)


EVERY = pl.DataFrame(
    list(product(["a", "b", None], ["x", "y", None], [1, 2, None], ["low", "high", None])),
    schema={"kind": pl.String(), "place": pl.String(), "many": pl.Int64(), "level": pl.String()},
    orient="row",
)
"""Every row, with every level beside it."""

FILTERS = [
    "kind = 'a'",
    "kind IN ('a', 'b') AND place = 'x'",
    "kind = 'a' AND level = 'low'",
    "kind = 'b' AND (place = 'x' OR many = 1)",
    "many = 2 AND kind <> 'a'",
    "kind = 'a' OR level = 'low'",
    "level = 'low'",
    "NOT kind = 'a'",
    "kind = 'a' AND kind = 'b'",
    "kind IS NULL AND many IN (1, 3)",
]


@pytest.mark.parametrize("text", FILTERS)
def test_a_row_that_is_ruled_out_early_is_one_for_which_the_filter_is_false(text: str) -> None:
    """What the row says alone is never null, and false only where the filter is false whatever stands beside it."""
    when = condition(text)
    may = may_hold(when, column)
    truth = EVERY.select(to_polars(when, column).alias("truth"))["truth"]
    assert (may is None) is (text in {"kind = 'a' OR level = 'low'", "level = 'low'"})
    if may is None:
        return
    early = EVERY.select(may.alias("may"))["may"]
    assert early.null_count() == 0
    assert truth.filter(~early).to_list() == [False] * EVERY.filter(~may).height
    if not any(ref.parent for ref in when.fields):
        assert (early == truth.fill_null(value=True)).all()


@pytest.mark.parametrize("text", FILTERS)
def test_a_row_with_another_word_is_one_for_which_the_filter_is_false(text: str) -> None:
    """Where a field is neither empty nor one of its words, the filter is false."""
    when = condition(text)
    for name, words in words_of(when).items():
        other = pl.col(name).is_not_null() & ~pl.col(name).is_in([int(w) if name == "many" else w for w in words])  # type: ignore[call-overload]
        found = EVERY.filter(other).select(to_polars(when, column).alias("truth"))["truth"]
        assert found.to_list() == [False] * found.len()


@pytest.mark.parametrize(("one", "other"), list(product(FILTERS, FILTERS)))
def test_filters_that_are_apart_are_never_both_more_than_false(one: str, other: str) -> None:
    """Of two filters that are apart, one is false wherever the other is true."""
    both = EVERY.select(
        to_polars(condition(each), column).alias(name) for name, each in (("one", one), ("other", other))
    )
    if are_apart(condition(one), condition(other)):
        assert both.filter(pl.col("one") & (pl.col("other").is_null() | pl.col("other"))).is_empty()
        assert both.filter(pl.col("other") & (pl.col("one").is_null() | pl.col("one"))).is_empty()


def test_some_filters_are_apart_and_some_are_not() -> None:
    """Two words of one field are apart, and words of two fields are not."""
    assert are_apart(condition("kind = 'a'"), condition("place = 'x' AND kind = 'b'"))
    assert not are_apart(condition("kind = 'a'"), condition("place = 'x'"))
    assert not are_apart(condition("kind = 'a'"), condition("kind = 'a' OR kind = 'b'"))


def return_of(seed: int) -> dict[str, pl.DataFrame]:
    """Make a return for six outcomes with many rows of one day, empty words, values and days, by a seed."""
    luck = Random(seed)  # noqa: S311  # made-up rows need no secrets
    kinds = [None, "treatment_start", "job_start", "job_end", "planned_exit", "re_presentation", "assessment"]
    weights = [1, 2, 8, 6, 2, 2, 12]
    start = dt.date(2022, 1, 1)
    people = [
        (person, luck.choice("AB"), start, dt.date(1980, 1, 1), luck.choice([True, True, False, None]), "")
        for person in range(1, 81)
    ]
    events = [
        (
            luck.randint(1, 80),
            luck.choices(kinds, weights)[0],
            luck.choice([None, *[start + dt.timedelta(days=30 * luck.randint(-2, 20)) for _ in range(9)]]),
            luck.choice([None, -3, 0, 4, 5, 9]),
            luck.choice(["ann", "bob", None]),
        )
        for _ in range(1500)
    ]
    kept = {"person": pl.Int64(), "group": pl.String(), "referred_on": pl.Date(), "born_on": pl.Date()}
    return {
        "participants": pl.DataFrame(
            people, schema=kept | {"consent": pl.Boolean(), "remarks": pl.String()}, orient="row"
        ),
        "events": pl.DataFrame(
            events,
            schema={
                "person": pl.Int64(),
                "type": pl.String(),
                "date": pl.Date(),
                "value": pl.Int64(),
                "worker": pl.String(),
            },
            orient="row",
        ),
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pick", ["first", "last"])
def test_what_is_packed_and_swept_at_once_is_what_is_sorted_and_swept_apart(
    monkeypatch: pytest.MonkeyPatch, seed: int, pick: str
) -> None:
    """Decisions are the same whichever way scores are picked and rows of states are read."""
    text = SIX.read_text(encoding="utf-8").replace("baseline: {pick: first,", f"baseline: {{pick: {pick},")
    contract, problems = load(parse_document(text.encode(), "contract.yaml"))
    assert problems == ()
    assert contract is not None
    found = []
    for slow in (False, True):
        if slow:
            monkeypatch.setattr(gather_scores, "_packing", lambda *_: None)
            monkeypatch.setattr(gather_runs, "are_apart", lambda *_: False)
        plan = make_plan(contract, "2023-06-30")
        decisions = pbr.evaluate(plan, pbr.read_evidence(plan, return_of(seed)))
        found.append(decisions.frame.sort("subject"))
    assert found[0].equals(found[1])
    states = found[0].select(pl.col("^.*\\.state$").n_unique())
    assert min(states.select("better.state", "in_work.state").row(0)) > (2 if pick == "first" else 1)
