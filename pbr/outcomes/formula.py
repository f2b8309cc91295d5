"""Outcome kind ``formula``: a figure reckoned from results, fields and values of a subject, or from those of groups."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from attrs import frozen

from pbr.condition import MOST_DECIMALS, Kind, ValueType, decimals_of, in_points, rounded
from pbr.condition.syntax import RESERVED_WORDS
from pbr.facts import START, Decision, Fact, Reading, first_true, state_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    import polars as pl

    from pbr.columns import Columns
    from pbr.condition import FieldRef, Formula
    from pbr.facts import Context

_NAMES = re.compile(r"'[^']*'|[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)?")
_RESULT = re.compile(r"\.(met|date|value)$")


class FigureUnit(enum.Enum):
    """What the figure of a formula is."""

    NUMBER = "number"
    SHARE = "share"
    POINTS = "points"
    MONEY = "money"

    @property
    def kind(self) -> Kind:
        """As conditions know it."""
        kinds = {"share": Kind.SHARE, "points": Kind.POINTS, "money": Kind.MONEY}
        return kinds.get(self.value, Kind.NUMBER)


@frozen(kw_only=True)
class OfFigures:
    """A figure of each participant, or of each group, reckoned exactly from results, fields, values and numbers.

    Meaning:
        The figure is reckoned exactly as the formula says, and rounded only where ``round`` says so.

    Terms:
        value: text with ``+ - * /``, brackets, CASE and the functions ``least greatest round floor abs ifnone``. On one
            participant over ``outcome.value``, ``outcome.met`` and ``outcome.date``, fields of the cohort's row, what
            conditions ask of child tables, and values (those of the participant's labels on the day of the start); of
            groups over names of outcomes of groups and of values (by date, that of the first day of the period). In
            both ``value.label`` is one figure of a value by labels.
        per: of groups the list of ``provider``, groupings, text fields with declared words, and at most one period;
            default the finest of the outcomes that it names. With it a formula is of groups.
        unit: ``number``, ``share``, ``points`` (percentage points: a share less another, times 100) or ``money``
            (in whole units, such as pounds); default ``number``.
        round: whole number of decimals to which the figure is rounded, by the contract's mode; on one participant at
            most 9, and needed where it divides or its decimals may not end; default none.
        excused_by: on one participant the condition on the cohort's row under which what is missed is left out, not
            failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> OfFigures(value="greatest(0, nights.value - prior_nights) * weight.high").names
        ('nights.value', 'prior_nights', 'weight.high')

    Edge of the rule:
        With ``round: 1`` a figure of exactly 12.25 is 12.3, and one of -12.25 is -12.3, if halves go up. A division by
        0, or a part that has no figure, gives no figure, and nothing is paid; ``ifnone(part, 0)`` says what is meant if
        it should. A part that is pending makes the whole pending. A figure below 0 takes money;
        ``greatest(0, ...)`` lets it take none.

    Source:
        docs/explanation/rules.md, rules 5, 19 and 20.
    """

    kind: str = "formula"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    value: str
    per: tuple[str, ...] = ()
    unit: FigureUnit = FigureUnit.NUMBER
    round: str | None = None
    excused_by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What could be names of outcomes, fields and values in it, each once, in order."""
        words = [found for found in _NAMES.findall(self.value) if found[:1] != "'"]
        called = re.findall(r"([a-z][a-z0-9_]*)\s*\(", self.value)
        return tuple(word for word in dict.fromkeys(words) if word not in {*RESERVED_WORDS, *called})

    def reads(self) -> tuple[str, ...]:
        """The outcomes that it is reckoned from, among names of other things."""
        return tuple(dict.fromkeys(_RESULT.sub("", name) for name in self.names))

    def figure(self, formula: Formula, row: Mapping[FieldRef, object]) -> Fraction | None:
        """The figure, in percentage points or whole units of money if it is so; None where there is none.

        Args:
            formula: Its text, read and typed.
            row: What each of its names is.
        """
        from pbr.condition import formula_to_python

        found = formula_to_python(formula)(row)
        shares = self.unit is FigureUnit.POINTS and formula.unit is Kind.SHARE
        return found * 100 if found is not None and shares else found

    # ---- on one subject

    @property
    def parts(self) -> int:
        """How many parts make one of its figure, as far as it says so itself."""
        return int(10 ** (self._places or 0))

    @property
    def value_type(self) -> ValueType:
        """What its figure is in conditions, as far as it says so itself."""
        return ValueType(kind=self.unit.kind, places=self._places or 0)

    @property
    def _places(self) -> int | None:
        """The decimals to which it is rounded, if these can be read."""
        return int(self.round) if self.round is not None and re.fullmatch("[0-9]", self.round) else None

    def whole(self, formula: Formula) -> tuple[Formula, int] | None:
        """The formula in its unit, rounded if it is, and the decimals that write its figures.

        Args:
            formula: Its text, read and typed.

        Returns:
            None if its decimals may not end, or are too many, or it might not fit the digits that there are.
        """
        shares = self.unit is FigureUnit.POINTS and formula.unit is Kind.SHARE
        exact = in_points(formula) if shares else formula
        if exact is None:
            return None
        if self.round is None:
            places = decimals_of(exact)
            return None if places is None else (exact, places)
        assert self._places is not None, f"a contract that is checked rounds to at most {MOST_DECIMALS} decimals"
        found = rounded(exact, self._places)
        return None if found is None else (found, self._places)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """It reads no table but the subject's own row."""
        return ()

    def facts(self, ctx: Context) -> tuple[Fact, ...]:  # noqa: ARG002  # the same for every kind
        """No facts of other rows."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met where the figure is known, on the latest day of the outcomes that it reads, or of the start."""
        import polars as pl

        from pbr.reckoning import reckon

        found, start = reckon(columns, ctx), columns.own_day(START)
        day = pl.max_horizontal([pl.col(f"{name}.date") for name in ctx.outcomes]) if ctx.outcomes else start
        day = pl.coalesce(day, start)

        def any_is(state: str) -> pl.Expr | None:
            """Whether an outcome that is read has a state."""
            states = [pl.col(f"{name}.state") == state_code(state) for name in ctx.outcomes]
            return pl.any_horizontal(states) if states else None

        reason = first_true(
            [
                (any_is("pending"), "part_pending"),
                (any_is("unknown"), "part_unknown"),
                (found.lacks_field | day.is_null(), "missing_field"),
                (found.not_met, "part_not_met"),
                (found.excused, "part_excluded"),
                (found.value.is_null(), "no_figure"),
                (~columns.in_term(day), "outside_term"),
                (columns.now() < day, "window_open"),
            ],
            otherwise="met",
        )
        began = columns.missing_name(f"{columns.own_table}.{columns.start}")
        missing = pl.when(found.lacks_field).then(found.missing).when(day.is_null()).then(began)
        theirs = [pl.col(f"{name}.missing") for name in ctx.outcomes]  # only of what is unknown
        decision = Decision(reason=reason, date=day, missing=pl.coalesce([*theirs, missing]), value=found.value)
        for table in ctx.figures.values():
            decision = columns.figured(table, table.lacks(table.cell(start)), None, decision)
        return decision
