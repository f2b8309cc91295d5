"""Lines in parts: whatever an adjustment does to all of them at once, it does where they lie."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pbr.adjustments import Cap, Floor, Multiply, Retain, Split, Tax
from pbr.adjustments.cap import Excess, Part
from pbr.adjustments.floor import IfOwed
from pbr.lines import Adjusting, Only, added_up, sums_of, together, unchanged
from pbr.money import Rounding
from pbr.problem import Place
from pbr.spread.lines import keep, kept
from pbr.spread.part import Part as InParts
from pbr.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.adjustments import Adjustment

Row: TypeAlias = "tuple[int, int, str | None, int, int, int, int]"
"""Day, known, subject, provider, outcome, payment, net."""
MONTH = "period.month"
STARTS = (0, 10, 20)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 29),
        st.integers(0, 3),
        st.sampled_from(["A", "B", "é", "a", "C2", "C10", None]),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(-300, 1000),
    ),
    max_size=30,
    unique_by=lambda row: row[:6],
)
KEYS = st.sampled_from([("provider",), ("provider", MONTH), (MONTH,), ("outcome",), ("payment", "provider")])


def frame(rows: list[Row]) -> pl.DataFrame:
    """Make a frame of lines with all that adjustments ask of them."""
    kinds = dict.fromkeys(("day", "later"), pl.Int32) | {"subject": pl.String, "provider": pl.Int16}
    found = pl.DataFrame(
        rows, schema={**kinds, "outcome": pl.UInt16, "payment": pl.UInt16, "net": pl.Int64}, orient="row"
    )
    first = pl.lit(pl.Series([STARTS[day // 10] for day in range(30)], dtype=pl.Int32)).gather(pl.col("day"))
    days = {name: pl.col("day") for name in ("owed", "falls")}
    ids = [pl.lit(None, dtype=pl.Int16).alias(name) for name in ("origin", "split", "of")]
    found = found.with_columns(known=pl.col("day") + pl.col("later"), amount=pl.col("net"), **days)
    found = found.with_columns(first.alias(MONTH), pl.col("provider").alias("_by.provider"), *ids)
    return found.drop("later").with_columns(occurrence=pl.lit("1"), instalment=pl.lit(1, dtype=pl.Int64))


def at(keys: tuple[str, ...], *cells: int | Fraction, **more: Any) -> Adjusting:  # noqa: ANN401  # terms of several kinds
    """Say how an adjustment acts; three figures are those of the three periods."""
    starts = STARTS if len(cells) == len(STARTS) else ()
    table = Table(cells=cells, places=(Place(),) * len(cells), starts=starts)
    period = MONTH if MONTH in keys else None
    plain = Adjusting(
        index=0, on=(0, 1, 2), where=None, keys=keys, table=table, period=period, rounding=Rounding.HALF_UP
    )
    return evolve(plain, starts=STARTS, names=("m1", "m2", "m3"), releases=(15, 25, 35), as_at=27, **more)


def in_parts(lines: pl.DataFrame, homes: list[int]) -> list[pl.DataFrame]:
    """Put each line into one of some parts."""
    place = pl.Series(homes[: lines.height], dtype=pl.Int64)
    return [lines.filter(place == part) for part in range(max(homes, default=0) + 1)]


def capped(
    cap: Cap, parts: list[pl.DataFrame], how: Adjusting, order: Callable[[list[Any]], list[Any]]
) -> pl.DataFrame:
    """Cut lines where they lie; what the parts say is heard in any order."""
    number = pl.lit(0, dtype=pl.Int64).alias("_part")
    decided = cap.decided(pl.concat(order([cap.days(part, how) for part in parts])), parts[0].head(0), how)
    edges = [cap.edge(part, how, decided).with_columns(number + place) for place, part in enumerate(parts)]
    cut = cap.ordered(pl.concat(order(edges)), how)
    done = []
    for place, part in enumerate(parts):
        lost = cap.lost(part, how, decided)
        mine = cut.filter(pl.col("_part") == place).select(lost.columns)
        done.append(cap.cut(part, how, pl.concat([lost, mine], how="vertical_relaxed"), part.head(0)))
    return together(*done, decided.carried) if decided.carried.height else together(*done)


def same(found: pl.DataFrame, whole: pl.DataFrame) -> bool:
    """Say whether two frames have the same rows, in whatever order."""
    by = whole.columns
    return found.select(by).sort(by, nulls_last=True).equals(whole.sort(by, nulls_last=True))


@given(
    rows=ROWS,
    keys=KEYS,
    homes=st.lists(st.integers(0, 5), min_size=30, max_size=30),
    most=st.integers(0, 2500),
    part=st.sampled_from(Part),
    carried=st.booleans(),
    known=st.booleans(),
    ranks=st.sampled_from([(), (2,), (1, 0)]),
    data=st.data(),
)
def test_a_cap_cuts_the_same_in_parts(  # noqa: PLR0917  # as many as it draws
    rows: list[Row],
    keys: tuple[str, ...],
    homes: list[int],
    most: int,
    part: Part,
    carried: bool,
    known: bool,
    ranks: tuple[int, ...],
    data: st.DataObject,
) -> None:
    """Whatever the groups, the order, what is below nothing, and in whatever parts lines lie: the same lines."""
    excess = Excess.CARRIED if carried and MONTH in keys else Excess.LOST
    cap = Cap(id="most", at_most="x", per=("provider",), part=part, excess=excess)
    figures = (most, most // 2, 2 * most) if MONTH in keys else (most,)
    how = at(keys, *figures, by_known=known and not ranks, ranks=ranks)
    lines = frame(rows)
    found = capped(cap, in_parts(lines, homes), how, lambda each: data.draw(st.permutations(each)))
    assert same(found, cap.apply(lines, how))


def test_lines_without_a_limit_are_not_let_through() -> None:
    """A figure that begins after a line would leave it without a cap: that is a fault of ours, in parts as in one."""
    cap = Cap(id="most", at_most="x", per=("provider",))
    how = at(("provider", MONTH), 100, 100, 100)
    later = evolve(how, table=evolve(how.table, starts=(10, 15, 20)))
    lines = frame([(3, 0, "A", 0, 0, 0, 500)])
    for capping in (cap.apply, lambda rows, how: capped(cap, [rows], how, list)):
        with pytest.raises(AssertionError, match="has a limit"):
            capping(lines, later)


KINDS = st.sampled_from(
    [
        Floor(id="least", at_least="x", per=("provider",)),
        Floor(id="least", at_least="x", per=("provider", "month"), if_owed=IfOwed.CARRY_FORWARD),
        Retain(id="kept", share="x", until="period_end", per=("provider", "month")),
        Tax(id="vat", rate="x", per=("provider",)),
        Multiply(id="share", by="x", per=("provider",)),
        Split(id="partners", between={"a": "1/3", "b": "2/3"}, per=("provider",)),
    ]
)


@given(
    rows=ROWS,
    kind=KINDS,
    homes=st.lists(st.integers(0, 5), min_size=30, max_size=30),
    only=st.sampled_from([None, *Only]),
    data=st.data(),
)
def test_rows_of_groups_are_the_same_in_parts(
    rows: list[Row], kind: Adjustment, homes: list[int], only: Only | None, data: st.DataObject
) -> None:
    """What the lines of a group come to is added up from all parts, heard in any order."""
    assert not isinstance(kind, Cap), "a cap is tried by itself"
    monthly = isinstance(kind, Retain) or (isinstance(kind, Floor) and kind.if_owed is IfOwed.CARRY_FORWARD)
    keys = ("provider", MONTH) if monthly else data.draw(st.sampled_from([("provider",), ("provider", MONTH)]))
    figure = data.draw(st.integers(0, 900)) if isinstance(kind, Floor) else Fraction(data.draw(st.integers(0, 9)), 7)
    how = at(keys, figure, only=only, payees=((0, 0), (1, 1)))
    lines = frame(rows)
    parts = in_parts(lines, homes)
    heard = data.draw(st.permutations([sums_of(part, how) for part in parts]))
    made = kind.made(added_up(pl.concat(heard), how), lines.head(0), how)  # type: ignore[union-attr]
    found = together(*[unchanged(part, how) for part in parts], made)
    assert same(found, kind.apply(lines, how))


# ---- what is kept of lines between two questions

CHANGES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "net": lambda lines: lines.with_columns(net=pl.col("net") - 1),
    "one net": lambda lines: lines.with_columns(net=pl.col("net") + (pl.col("day") == 3).cast(pl.Int64)),
    "empty": lambda lines: lines.with_columns(net=pl.lit(None, dtype=pl.Int64)),
    "of another type": lambda lines: lines.with_columns(pl.col("origin").cast(pl.Int32)),
    "new": lambda lines: lines.with_columns(pl.lit(lines.width).alias(f"adj.{lines.width}")),
    "gone": lambda lines: lines.drop([name for name in lines.columns if name.startswith("adj.")][:1]),
    "other order": lambda lines: lines.select(pl.all().exclude("day"), "day"),
    "new row": lambda lines: pl.concat([lines, lines.head(1)]),
    "no row": lambda lines: lines.head(0),
    "upside down": lambda lines: lines.reverse(),
    "nothing": lambda lines: lines,
}


def place_of(folder: Path) -> InParts:
    """Make a part of which only the folder matters."""
    nothing: Any = None
    return InParts(plan=nothing, split=nothing, folder=folder, known=nothing, number=0)


@given(ROWS, st.lists(st.sampled_from(sorted(CHANGES)), max_size=6))
def test_lines_are_read_back_as_they_were_after_each_step(rows: list[Row], changes: list[str]) -> None:
    """Whatever a change does to columns and rows, though of what stays the same nothing is written again."""
    with TemporaryDirectory() as folder:
        part, lines = place_of(Path(folder)), [frame(rows)]
        keep(part, 0, None, lines[0])
        for step, change in enumerate(changes, 1):
            lines.append(CHANGES[change](lines[-1]))
            keep(part, step, kept(part, step - 1), lines[-1])
        for step, wanted in enumerate(lines):
            found = kept(part, step)
            assert found.equals(wanted)
            assert found.schema == wanted.schema


def test_only_what_has_changed_is_written_again(tmp_path: Path) -> None:
    """Of a cap that is what it cut, and what is left: not days, ids and prices."""
    part, lines = place_of(tmp_path), frame([(1, 0, "A", 0, 0, 0, 100), (2, 0, "B", 0, 0, 0, 100)])
    keep(part, 0, None, lines)
    keep(part, 1, lines, lines.with_columns(pl.lit(-1).alias("adj.0"), net=pl.col("net") - 1))
    assert pl.read_ipc(tmp_path / "changed1-00000.arrow").columns == ["net", "adj.0"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed1-00000.arrow", "lines0-00000.arrow"]
