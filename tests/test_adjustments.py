"""Caps and multipliers: worked by hand, and against a loop over lines one at a time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pbr.adjustments import Cap, Multiply
from pbr.lines import Adjusting
from pbr.money import Rounding, round_minor
from pbr.problem import EvaluationError, Place
from pbr.table import Table
from tests import small
from tests.profiles import integer_law
from tests.small import changed

if TYPE_CHECKING:
    from collections.abc import Iterable

Line: TypeAlias = tuple[int, str, int, int, int]
"""A line of these tests: day, subject, provider, outcome, amount."""

GROUPS: list[tuple[str, ...]] = [
    (),
    ("subject",),
    ("provider",),
    ("outcome",),
    ("subject", "outcome"),
    ("_field.area", "provider"),
]
CAP = Cap(id="most", at_most="10.00", per=("person",))
TIMES = Multiply(id="share", by="5/6")


def frame(lines: Iterable[Line], **more: list[Any]) -> pl.DataFrame:
    """Make a frame of lines, with the columns that a cap groups by."""
    kinds = {"day": pl.Int32, "subject": pl.String, "provider": pl.Int16, "outcome": pl.UInt16, "net": pl.Int64}
    found = pl.DataFrame(list(lines), schema=kinds, orient="row")
    found = found.with_columns(occurrence=pl.lit("1"), instalment=pl.lit(1), known=pl.col("day"), owed=pl.col("day"))
    found = found.with_columns(origin=pl.lit(None, dtype=pl.Int16))
    extra = [pl.Series(name.replace("__", "."), values) for name, values in more.items()]
    return found.with_columns(pl.lit(0, dtype=pl.UInt16).alias("payment"), *extra)


def limit(*cells: int, by: tuple[str, ...] = (), starts: tuple[int, ...] = ()) -> Table:
    """Make the table of a limit."""
    return Table(cells=cells, places=(Place(),) * len(cells), by=by, starts=starts)


def at(table: Table, *keys: str, **more: Any) -> Adjusting:  # noqa: ANN401  # terms of several kinds
    """Say how an adjustment acts; on the first payment, everywhere, unless said."""
    plain = Adjusting(index=0, on=(0,), where=None, keys=keys, table=table, period=None, rounding=Rounding.HALF_UP)
    return evolve(plain, **more)


def cut(lines: pl.DataFrame, how: Adjusting) -> list[tuple[int, int | None, int | None, int]]:
    """Apply a cap and give what is cut, the limit, the headroom before, and what is left, line by line."""
    found = CAP.apply(lines, how)
    assert found.select(lines.columns).drop("net").equals(lines.drop("net"))
    assert [found.schema[name] for name in ("adj.0", "limit.0", "left.0", "net")] == [pl.Int64] * 4
    return found.select("adj.0", "limit.0", "left.0", "net").rows()


# ---- the cap, worked by hand


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((600, 400), [(0, None, None, 600), (0, None, None, 400)]),
        ((600, 401), [(0, None, None, 600), (-1, 1000, 400, 400)]),
        ((1000, 1), [(0, None, None, 1000), (-1, 1000, 0, 0)]),
        ((1001,), [(-1, 1000, 1000, 1000)]),
        ((999, 5, 7), [(0, None, None, 999), (-4, 1000, 1, 1), (-7, 1000, 0, 0)]),
        ((0, 1000), [(0, None, None, 0), (0, None, None, 1000)]),
    ],
)
def test_a_line_that_crosses_the_cap_is_paid_in_part(
    amounts: tuple[int, ...], expected: list[tuple[int, int | None, int | None, int]]
) -> None:
    """Lines are whole up to the cap, the one that crosses it has what is left, the rest have nothing."""
    lines = frame((day, "A", 0, 0, amount) for day, amount in enumerate(amounts))
    assert cut(lines, at(limit(1000), "subject")) == expected


@pytest.mark.parametrize("shuffle", [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]])
def test_lines_of_one_day_are_taken_in_their_full_order(shuffle: list[int]) -> None:
    """Within a day by subject, then provider, then outcome, whatever the order of the frame."""
    lines = frame(
        [(5, "A", 0, 0, 300), (5, "A", 0, 1, 300), (5, "A", 1, 0, 300), (5, "B", 0, 0, 300), (4, "Z", 0, 0, 300)]
    )
    wanted = [(0, None, None, 300), (0, None, None, 300), (-200, 1000, 100, 100), (-300, 1000, 0, 0)]
    wanted.append((0, None, None, 300))
    assert cut(lines[shuffle], at(limit(1000), "payment")) == [wanted[place] for place in shuffle]


@pytest.mark.parametrize("shuffle", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_lines_of_one_outcome_are_taken_in_the_order_of_the_payments(shuffle: list[int]) -> None:
    """Where several payments pay for one outcome, the later one in the file bears the cut."""
    lines = frame([(5, "A", 0, 0, 600)] * 3).with_columns(pl.Series("payment", [0, 1, 2], dtype=pl.UInt16))
    cuts = [0, -200, -600]
    assert [row[0] for row in cut(lines[shuffle], at(limit(1000), "subject", on=(0, 1, 2)))] == [
        cuts[place] for place in shuffle
    ]


def test_text_ids_are_ordered_by_code_point() -> None:
    """Capitals come before small letters, and P10 before P2."""
    lines = frame([(1, name, 0, 0, 100) for name in ("p1", "P2", "P10", "é")])
    assert [row[3] for row in cut(lines, at(limit(250), "payment"))] == [50, 100, 100, 0]


def test_each_group_has_a_cap_of_its_own() -> None:
    """Lines of other people and of other years do not use up a cap."""
    lines = frame(
        [(1, "A", 0, 0, 800), (2, "A", 0, 0, 800), (3, "A", 0, 0, 800), (3, "B", 0, 0, 800)],
        period__contract_year=[0, 0, 3, 3],
    )
    found = cut(lines, at(limit(1000), "subject", "period.contract_year"))
    assert [row[0] for row in found] == [0, -600, 0, 0]


def test_no_group_named_is_one_group() -> None:
    """Without keys the whole frame shares one cap."""
    lines = frame([(1, "A", 0, 0, 800), (2, "B", 1, 0, 800)])
    assert cut(lines, at(limit(1000))) == [(0, None, None, 800), (-600, 1000, 200, 200)]


def test_a_line_without_a_key_is_in_no_group() -> None:
    """A line that has nothing in a text field, as a fee has, is left as it is by a cap for each word of it."""
    lines = frame(
        [(1, "A", 0, 0, 800), (2, "B", 0, 0, 800), (3, "C", 0, 0, 800), (9, "D", 0, 0, 800)],
        _field__area=[None, "x", None, "x"],
    )
    assert [row[0] for row in cut(lines, at(limit(1000), "_field.area"))] == [0, 0, 0, -600]


def test_a_limit_may_differ_by_label_and_by_period() -> None:
    """Each provider has its own limit, looked up on the first day of the line's period."""
    table = Table(
        by=("_by.provider",),
        starts=(0, 100),
        cells=(100, 200, 300, 400),
        places=(Place(),) * 4,
        labels=(("n", "s"),),
    )
    lines = frame(
        [(5, "A", 0, 0, 1000), (150, "A", 0, 0, 1000), (5, "B", 1, 0, 1000), (150, "B", 1, 0, 1000)],
        _by__provider=[0, 0, 1, 1],
        period__contract_year=[0, 100, 0, 100],
    )
    how = at(table, "provider", "period.contract_year", period="period.contract_year")
    assert [row[3] for row in cut(lines, how)] == [100, 200, 300, 400]


def test_a_cap_of_nought_leaves_nothing() -> None:
    """At 0 every line is cut whole, and each cut says that nothing was left."""
    lines = frame([(1, "A", 0, 0, 5), (2, "A", 0, 0, 7), (2, "B", 0, 0, 9)])
    assert cut(lines, at(limit(0), "subject")) == [(-5, 0, 0, 0), (-7, 0, 0, 0), (-9, 0, 0, 0)]


@pytest.mark.parametrize(("most", "cuts"), [(21, [0, 0, 0]), (22, [0, 0, 0]), (20, [0, 0, -1])])
def test_a_cap_of_exactly_the_sum_cuts_nothing(most: int, cuts: list[int]) -> None:
    """A cap equal to the sum cuts nothing, and one of a penny less cuts a penny."""
    lines = frame([(1, "A", 0, 0, 5), (2, "A", 0, 0, 7), (2, "B", 0, 0, 9)])
    assert [row[0] for row in cut(lines, at(limit(most), "payment"))] == cuts


def test_other_payments_and_other_people_are_left_alone() -> None:
    """Lines of payments not named, or where the condition is not true, neither use up the cap nor are cut."""
    lines = frame([(day, "A", 0, 0, 800) for day in range(5)], _where__0=[True, True, False, None, True])
    lines = lines.with_columns(pl.Series("payment", [0, 1, 0, 0, 0], dtype=pl.UInt16))
    assert [row[0] for row in cut(lines, at(limit(1000), "subject", where="_where.0"))] == [0, 0, 0, 0, -600]


def test_no_lines_are_no_cuts() -> None:
    """An empty frame stays empty and has the columns of the cap."""
    assert cut(frame([]), at(limit(1000), "subject")) == []


def test_sums_beyond_64_bits_are_exact() -> None:
    """Lines whose sum 64 bits cannot hold are cut to the penny all the same."""
    most = 2**63 - 1
    lines = frame([(1, "A", 0, 0, most), (2, "A", 0, 0, most), (2, "B", 0, 0, most)])
    assert cut(lines, at(limit(most), "payment")) == [
        (0, None, None, most),
        (-most, most, 0, 0),
        (-most, most, 0, 0),
    ]


# ---- the cap against a loop


def loop(lines: list[Line], groups: list[tuple[Any, ...]], most: int) -> list[int]:
    """Take lines one at a time in their full order and give what is left of each; a line of no group is whole."""
    left: dict[tuple[Any, ...], int] = {}
    paid = [line[4] for line in lines]
    for place in sorted(range(len(lines)), key=lambda place: lines[place][:4]):
        if None in groups[place]:
            continue
        room = left.get(groups[place], most)
        paid[place] = min(room, lines[place][4])
        left[groups[place]] = room - paid[place]
    return paid


@integer_law
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.sampled_from("ABC"), st.integers(0, 1), st.integers(0, 2), st.integers(0, 1000)
        ),
        max_size=25,
        unique_by=lambda line: line[:4],
    ),
    st.sampled_from(GROUPS),
    st.data(),
)
def test_a_cap_equals_a_loop_over_lines(lines: list[Line], keys: tuple[str, ...], data: st.DataObject) -> None:
    """Whatever the groups, ties and limits, each line has what a loop in the full order leaves it."""
    areas = data.draw(st.lists(st.sampled_from(["x", "y", None]), min_size=len(lines), max_size=len(lines)))
    whole = frame(lines).with_columns(pl.Series("_field.area", areas, dtype=pl.String))
    groups = whole.select(keys).rows() if keys else [()] * len(lines)
    sums: dict[tuple[Any, ...], int] = {}
    for group, line in zip(groups, lines, strict=True):
        sums[group] = sums.get(group, 0) + line[4]
    edges = [0, 1, *sums.values(), *(total - 1 for total in sums.values() if total)]
    most = data.draw(st.sampled_from(edges) | st.integers(0, 3000))
    found = CAP.apply(whole, at(limit(most), *keys))
    paid = loop(lines, groups, most)
    assert found["net"].to_list() == paid
    assert found["adj.0"].to_list() == [net - line[4] for net, line in zip(paid, lines, strict=True)]
    cuts = found.filter(pl.col("adj.0") < 0)
    assert set(cuts["limit.0"]) <= {most}
    assert cuts["left.0"].to_list() == cuts["net"].to_list()
    assert found.filter(pl.col("adj.0") == 0)["limit.0"].null_count() == found.height - cuts.height


# ---- the multiplier


@pytest.mark.parametrize(
    ("net", "by", "mode", "change"),
    [
        (240000, Fraction(5, 6), Rounding.HALF_UP, -40000),
        (1, Fraction(1, 2), Rounding.HALF_UP, 0),
        (1, Fraction(1, 2), Rounding.HALF_EVEN, -1),
        (3, Fraction(1, 2), Rounding.HALF_UP, -1),
        (3, Fraction(1, 2), Rounding.HALF_EVEN, -1),
        (100, Fraction(6, 5), Rounding.HALF_UP, 20),
        (100, Fraction(0), Rounding.HALF_UP, -100),
        (100, Fraction(1), Rounding.HALF_EVEN, 0),
        (-3, Fraction(1, 2), Rounding.HALF_UP, 1),
        (-5, Fraction(1, 2), Rounding.HALF_EVEN, 3),
    ],
)
def test_a_line_is_multiplied_and_rounded_once(net: int, by: Fraction, mode: Rounding, change: int) -> None:
    """The difference is the rounded product less what the line was."""
    table = Table(cells=(by,), places=(Place(),))
    found = TIMES.apply(frame([(1, "A", 0, 0, net)]), at(table, rounding=mode))
    assert found.select("adj.0", "net").rows() == [(change, net + change)]
    assert [found.schema[name] for name in ("adj.0", "net")] == [pl.Int64] * 2


@integer_law
@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=10),
    st.fractions(min_value=0, max_value=10, max_denominator=1000),
    st.sampled_from(Rounding),
)
def test_multiplying_equals_exact_fractions(nets: list[int], by: Fraction, mode: Rounding) -> None:
    """Each line of either sign comes to the exact product rounded once by the mode."""
    table = Table(cells=(by,), places=(Place(),))
    found = TIMES.apply(frame([(1, "A", 0, 0, net) for net in nets]), at(table, rounding=mode))
    assert found["net"].to_list() == [round_minor(net * by, mode) for net in nets]
    assert found["adj.0"].to_list() == [round_minor(net * by, mode) - net for net in nets]


def test_a_factor_acts_only_where_it_says() -> None:
    """Lines of other payments and of other people are not multiplied."""
    table = Table(cells=(Fraction(1, 2),), places=(Place(),))
    lines = frame([(1, "A", 0, 0, 100)] * 4, _where__0=[True, True, False, None])
    lines = lines.with_columns(pl.Series("payment", [0, 1, 0, 0], dtype=pl.UInt16))
    assert TIMES.apply(lines, at(table, where="_where.0"))["adj.0"].to_list() == [-50, 0, 0, 0]


def test_a_factor_may_differ_by_label_and_day() -> None:
    """The factor is that of the line's label on the day of its achievement."""
    halves = Fraction(1, 2), Fraction(1, 4), Fraction(1), Fraction(2)
    table = Table(by=("_by.grade",), starts=(0, 100), cells=halves, places=(Place(),) * 4, labels=(("a", "b"),))
    lines = frame([(99, "A", 0, 0, 100), (100, "A", 0, 0, 100)] * 2, _by__grade=[0, 0, 1, 1])
    assert TIMES.apply(lines, at(table))["net"].to_list() == [50, 25, 100, 200]


# ---- in order


def test_adjustments_see_the_lines_before_them() -> None:
    """A cap after a factor sees the lines as the factor left them, and the other way round."""
    share, most = small.TEXT[small.TEXT.index("  - {id: share") :].splitlines(keepends=True)
    after = small.run(changed((share + most, most + share), (", on: [second]", "")))
    before = small.run(changed((", on: [second]", "")))
    assert made(before, "share") == [
        ("A", "first", -16667),
        ("B", "first", -11000),
        ("A", "second", -4167),
        ("B", "second", -4167),
    ]
    assert made(before, "most") == []
    assert made(after, "most") == [("A", "second", -5000)]
    assert made(after, "share") == [
        ("A", "first", -16667),
        ("B", "first", -11000),
        ("A", "second", -3333),
        ("B", "second", -4167),
    ]


def made(result: Any, adjustment: str) -> list[tuple[str, str, int]]:  # noqa: ANN401  # a run
    """Give subject, payment and amount of the lines an adjustment made."""
    lines = result.statement.lines().filter(pl.col("adjustment") == adjustment)
    rows: list[tuple[str, str, int]] = lines.select("subject", "payment", "amount_minor").rows()
    return rows


def test_an_amount_that_does_not_fit_is_a_clear_problem() -> None:
    """A multiplier that makes an amount too large for the files stops the run with code PBR401."""
    text = changed(("price: 250.00", "price: 10000000000000.00"), ("by: 5/6", "by: 999999999"))
    with pytest.raises(EvaluationError) as caught:
        small.run(text)
    assert [problem.code for problem in caught.value.problems] == ["PBR401"]
    assert caught.value.exit_code == 1
