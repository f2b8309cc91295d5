"""Outcome kind ``scale``: a number turned into points by steps."""

from __future__ import annotations

import enum
from fractions import Fraction  # noqa: TC003  # the worked example uses it
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.condition import Kind, ValueType
from pbr.condition.to_polars import whole_bound
from pbr.facts import START, Decision, Fact, Reading, first_true, state_code
from pbr.money import parse_ratio
from pbr.proof import Step, parse_step
from pbr.results import parts_of, places_of

if TYPE_CHECKING:
    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Context


class Shape(enum.Enum):
    """How a number is turned into points."""

    STEPS = "steps"
    STRAIGHT = "straight"


@frozen(kw_only=True)
class Scale:
    """A number of the subject's own, or the value of another outcome, turned into points.

    Meaning:
        Every participant whose number is known gets the points of the step that it lies in.

    Terms:
        value: number, share or amount of the cohort's row; default none, and then there is ``of``.
        of: an outcome that has a value, or one of groups; default none, and then there is ``value``.
        shape: ``steps``: each step has its points, ends as written; or ``straight``, only of a measure: points on
            straight lines between the figures named; default ``steps``.
        points: for each step, such as ``under 16``, ``16 to 24`` or ``25 or more``, a number or a percentage; if it is
            ``straight`` for two figures or more, in rising order.
        below: if it is ``straight``, what is below the first figure: points, ``extend`` (the line goes on) or
            ``none``; default none, and then it is in steps.
        above: the same of what is above the last; default none, and then it is in steps.
        round: whole number of decimals to which the points are rounded, by the contract's mode; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Scale(value="score", points={"under 16": "0", "16 or more": "2"}).points_of(Fraction(16))
        Fraction(2, 1)

    Edge of the rule:
        Exactly 16 is in ``16 or more`` and not in ``under 16``; between ``75% to 79%`` and ``80% or more``, 79.5% would
        be in neither, so that the contract is refused. Between 40% for 0 and 80% for 10, exactly 66% is 6.5 points.

    Source:
        docs/explanation/rules.md, rule 18.
    """

    kind: str = "scale"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    value: str | None = None
    of: str | None = None
    shape: Shape = Shape.STEPS
    points: dict[str, str] = field(factory=dict)
    below: str | None = None
    above: str | None = None
    round: str | None = None
    excused_by: str | None = None

    @property
    def steps(self) -> tuple[Step | None, ...]:
        """Its steps in the order of the file; None for one that cannot be read."""
        return tuple(map(parse_step, self.points))

    @property
    def values(self) -> tuple[Fraction | None, ...]:
        """The points of each step; None for points that are no number."""
        return tuple(map(parse_ratio, self.points.values()))

    @property
    def value_type(self) -> ValueType | None:
        """What its points are in conditions: shares if all are percentages; None if one has no exact decimal text."""
        places = places_of(self.values)
        shares = all(text.endswith("%") for text in self.points.values())
        return None if places is None else ValueType(kind=Kind.SHARE if shares else Kind.NUMBER, places=places)

    @property
    def parts(self) -> int:
        """How many parts make one of its points, so that all its points are whole in them."""
        return parts_of(self.values)

    @property
    def written(self) -> dict[int, str]:
        """The points as they are written, by their parts."""
        found: dict[int, str] = {}
        for value, text in zip(self.values, self.points.values(), strict=True):
            if value is not None:
                found.setdefault(int(value * self.parts), text)
        return found

    def place_of(self, value: Fraction) -> int | None:
        """The place of the first step that holds a value."""
        return next((place for place, step in enumerate(self.steps) if step and step.holds(value)), None)

    def points_of(self, value: Fraction) -> Fraction | None:
        """The points of a value, exactly; None where it is in no step, or off a line that does not go on.

        Example:
            >>> points = {"40%": "0", "80%": "10"}
            >>> line = Scale(of="share", shape=Shape.STRAIGHT, points=points, below="0", above="extend")
            >>> [str(line.points_of(Fraction(share, 100))) for share in (30, 40, 66, 80, 84)]
            ['0', '0', '13/2', '10', '11']
        """
        if self.shape is Shape.STRAIGHT:
            return self._on_line(value)
        place = self.place_of(value)
        return None if place is None else self.values[place]

    @property
    def ends(self) -> tuple[Fraction | None, ...]:
        """The figures that a straight scale has points for; None for one that cannot be read."""
        return tuple(map(parse_ratio, self.points))

    def _on_line(self, value: Fraction) -> Fraction | None:
        """The points on the line between the figures on both sides of a value."""
        ends = [end for end in self.ends if end is not None]
        points: list[Fraction] = [each for each in self.values if each is not None]
        off = self.below if value < ends[0] else self.above if value > ends[-1] else "extend"
        if off == "none":
            return None
        if off != "extend":
            return parse_ratio(str(off))
        right = next((place for place, end in enumerate(ends) if value <= end and place), len(ends) - 1)
        slope = (points[right] - points[right - 1]) / (ends[right] - ends[right - 1])
        return points[right] + (value - ends[right]) * slope

    def reads(self) -> tuple[str, ...]:
        """The outcome whose value it turns into points, if any."""
        return () if self.of is None else (self.of,)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """It reads no table but the subject's own row."""
        return ()

    def facts(self, ctx: Context) -> tuple[Fact, ...]:  # noqa: ARG002  # the same for every kind
        """No facts of other rows."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:  # noqa: ARG002  # the same for every kind
        """Met where the number is known, on the day of the start, or of the outcome it is of."""
        return self._of_field(columns, self.value) if self.value is not None else self._of_outcome(columns)

    def _of_field(self, columns: Columns, name: str) -> Decision:
        import polars as pl

        number, day = columns.own_field(name), columns.own_day(START)
        empty, unstarted = number.is_null(), day.is_null()
        reason = first_true(
            [
                (unstarted | empty, "missing_field"),
                (~columns.in_term(day), "outside_term"),
                (columns.now() < day, "window_open"),
            ],
            otherwise="met",
        )
        fields = [f"{columns.own_table}.{each}" for each in (columns.start, name)]
        start, own = (columns.missing_name(each) for each in fields)
        missing = pl.when(unstarted).then(start).when(empty).then(own)
        value = self.in_parts(number, 10 ** columns.places[name])
        return Decision(reason=reason, date=day, missing=missing, value=value)

    def _of_outcome(self, columns: Columns) -> Decision:
        import polars as pl

        value = self.in_parts(pl.col(f"{self.of}.value"), columns.parts[str(self.of)])
        state = pl.col(f"{self.of}.state")
        states = ("not_met", "unknown", "pending", "excluded")
        rules = [(state == state_code(name), f"part_{name}") for name in states]
        missing = pl.col(f"{self.of}.missing")
        return Decision(
            reason=first_true(rules, otherwise="met"), date=pl.col(f"{self.of}.date"), missing=missing, value=value
        )

    def in_parts(self, number: pl.Expr, parts: int) -> pl.Expr:
        """Int64 parts of the points of the step that holds a number, whole in parts of its own; null for none."""
        import polars as pl

        found = pl.lit(None, dtype=pl.Int64)
        for step, points in reversed(list(zip(self.steps, self.values, strict=True))):
            assert step is not None, "a contract that is checked has steps that can be read"
            assert points is not None, "and points"
            bounds = [(step.low, ">=" if step.low_in else ">"), (step.high, "<=" if step.high_in else "<")]
            tests = [_compared(number, sign, end * parts) for end, sign in bounds if end is not None]
            held = pl.lit(int(points * self.parts), dtype=pl.Int64)
            found = pl.when(pl.all_horizontal(tests)).then(held).otherwise(found)
        return found


def _compared(number: pl.Expr, sign: str, end: Fraction) -> pl.Expr:
    """A whole number compared with any number, exactly."""
    import polars as pl

    whole, bound = whole_bound(sign, end)
    literal = pl.lit(bound, dtype=pl.Int64)
    return {
        "<": number < literal,
        "<=": number <= literal,
        ">": number > literal,
        ">=": number >= literal,
    }[whole]
