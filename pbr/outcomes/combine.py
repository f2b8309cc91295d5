"""Outcome kind ``combine``: all, any, or some of other outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pbr.facts import Decision, Fact, Reading, first_true, state_code

if TYPE_CHECKING:
    import polars as pl

    from pbr.columns import Columns
    from pbr.facts import Context


@frozen(kw_only=True)
class Combine:
    """Other outcomes of the same subject, taken together; met at most once.

    Meaning:
        The outcome is met when all, any, or the stated number of the outcomes named are met.

    Terms:
        need: ``all``, ``any`` or a whole number.
        of: list of outcomes.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost, which is measured and reported, and on which no money depends; ``yes`` if some does;
            default what is so.

    Worked example:
        >>> Combine(need="all", of=("completed", "no_return")).reads()
        ('completed', 'no_return')

    Edge of the rule:
        ``all`` of two with one met and one pending is pending; with one not met it is not met, whatever the other.

    Source:
        docs/explanation/rules.md, rules 5 and 8.
    """

    kind: str = "combine"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    need: str
    of: tuple[str, ...]
    excused_by: str | None = None
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    def reads(self) -> tuple[str, ...]:
        """The outcomes it is made of."""
        return self.of

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """It reads no rows of its own."""
        return ()

    def facts(self, ctx: Context) -> tuple[Fact, ...]:  # noqa: ARG002  # the same for every kind
        """No facts of its own."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:  # noqa: ARG002  # the same for every kind
        """The state by the table of rule 8; the date of the outcome that completes it."""
        import polars as pl

        states = [pl.col(f"{name}.state") for name in self.of]
        missing = pl.coalesce([pl.col(f"{name}.missing") for name in self.of])

        def some(state: str) -> pl.Expr:
            return pl.any_horizontal([column == state_code(state) for column in states])

        if self.need == "all":
            rules = [
                (some("not_met"), "part_not_met"),
                (some("unknown"), "part_unknown"),
                (some("pending"), "part_pending"),
                (some("excluded"), "part_excluded"),
            ]
            reason = first_true(rules, otherwise="met")
        elif self.need == "any":
            rules = [
                (some("met"), "met"),
                (some("pending"), "part_pending"),
                (some("unknown"), "part_unknown"),
                (some("excluded"), "part_excluded"),
            ]
            reason = first_true(rules, otherwise="part_not_met")
        else:
            reason = self._counted(states)
        return Decision(reason=reason, date=self._date(), missing=missing)

    def needed(self, name: str) -> dict[str, pl.Expr]:
        """Whether each part was needed on the day: of those of that day the first in the list. Without any all were.

        Args:
            name: The name of this outcome.
        """
        import polars as pl

        if self.need == "all":
            return {}
        need = 1 if self.need == "any" else int(self.need)
        day = pl.col(f"{name}.date")
        taken = pl.sum_horizontal([(pl.col(f"{part}.date") < day).cast(pl.Int32) for part in self.of])
        found = {}
        for part in self.of:
            that_day = ((pl.col(f"{part}.date") == day) & (taken < need)).fill_null(value=False)
            taken = taken + that_day.cast(pl.Int32)
            found[part] = (pl.col(f"{part}.date") < day) | that_day
        return found

    def _counted(self, states: list[pl.Expr]) -> pl.Expr:
        """Whether the number needed is reached, or can still be; with those that are excused, if not without."""
        import polars as pl

        def count(*names: str) -> pl.Expr:
            return pl.sum_horizontal([(column == state_code(n)).cast(pl.Int32) for column in states for n in names])

        need = int(self.need)
        rules = [
            (count("met") >= need, "met"),
            (count("met", "pending", "unknown", "excluded") < need, "part_not_met"),
            (count("met", "pending") >= need, "part_pending"),
            (count("met", "pending", "unknown") >= need, "part_unknown"),
            (count("met", "excluded") >= need, "part_excluded"),
            (count("met", "excluded", "pending") >= need, "part_pending"),
        ]
        return first_true(rules, otherwise="part_unknown")

    def _date(self) -> pl.Expr:
        import polars as pl

        dates = [pl.col(f"{name}.date") for name in self.of]
        if self.need == "all":
            return pl.max_horizontal(dates)
        if self.need == "any":
            return pl.min_horizontal(dates)
        # an outcome that is not met has no date, and sorts last
        return pl.concat_list(dates).list.sort(nulls_last=True).list.get(int(self.need) - 1, null_on_oob=True)
