"""A line that an adjustment made for a group of lines, in words: which lines, what they come to, by which figure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from pbr.adjustments import Multiply, Retain, Tax
from pbr.adjustments.retain import GIVEN_BACK
from pbr.calendar import show_date
from pbr.explanation.money import item
from pbr.lines import BROUGHT
from pbr.money import CURRENCY_DIGITS, plain, show_money
from pbr.own_rows import provider_name
from pbr.problem import LINE_REASONS
from pbr.statement import occurrence_words

if TYPE_CHECKING:
    from pbr.entitlement import Entitlement


class MadeWords:
    """Puts a line of a group into words."""

    def __init__(self, entitlement: Entitlement, line: dict[str, Any]) -> None:
        """Find the group that the line is of.

        Args:
            entitlement: Of everyone.
            line: The columns of ``pbr.statement.LINE_COLUMNS``, of no payment.
        """
        self.plan, self.frame, self.line = entitlement.plan, entitlement.frame, line
        self.decisions = entitlement.decisions
        ids = [term.id for term in self.plan.terms.adjustments]
        self.at = self.plan.adjusting[ids.index(line["adjustment"])]
        self.term = self.plan.terms.adjustments[self.at.index]
        self.currency = self.plan.terms.contract.currency

    def text(self) -> str:
        """The whole explanation."""
        header, line = self.plan.terms.contract, self.line
        of = f"under {header.title or header.id}, version {header.version}"
        print_of = self.plan.contract.fingerprint[:16]
        number = f"clause {line['clause']}, " if line["clause"] else ""
        whom = "" if line["subject"] is None else f" of {line['subject']}"
        to = "" if not line["payee"] else f" to {header.providers[line['payee']].name or line['payee']}"
        found = [f"as at {show_date(self.plan.as_at)}, {of} (fingerprint {print_of})", ""]
        what = f"{line['occurrence']}{whom}: {self._money(line['amount_minor'])}{to}"
        found.append(f"{what} ({number}{line['place']}; line {line['line_id']})")
        found += [item(word, text) for word, text in (("title", self.term.title), ("why", self.term.why)) if text]
        found.append(item("reason", LINE_REASONS[line["reason"]]))
        found.append(item("earned on", f"{show_date(line['earned_on'])}, period {line['period']}"))
        return "\n".join([*found, *self._reckoned()]) + "\n"

    def _reckoned(self) -> list[str]:
        """The lines of the group, what they come to, and the figure that this is multiplied by."""
        row = self._row()
        if row is None:
            return []
        lines = self._lines(row)
        whole = int(lines["net"].cast(pl.Int128).sum())
        named = pl.col("payment").replace_strict(dict(enumerate(self.plan.payments)), default="adjustments")
        parts = lines.group_by("payment", maintain_order=True).agg(pl.len(), pl.col("net").cast(pl.Int128).sum())
        parts = parts.sort("payment", nulls_last=True).with_columns(named)
        each = ", ".join(f"{name} {self._money(int(net))} ({count})" for name, count, net in parts.iter_rows())
        found = [item("lines", f"{lines.height} come to {self._money(whole)}: {each}")]
        figure = self._figure(row)
        if figure is None:
            return found
        exact = Fraction(whole) * figure / 10 ** CURRENCY_DIGITS[self.currency]
        after = f"{self._money(whole)} x {plain(figure)} = {plain(exact)}"
        less = ", less what they come to" if isinstance(self.term, Multiply) else ""
        place = "" if self.line["price_place"] is None else f", the figure at {self.line['price_place']}"
        return [*found, item("exact", f"{after}, rounded once{less}{place}")]

    def _row(self) -> pl.DataFrame | None:
        """The row of the entitlement that the line is; of what is given back the one that was kept."""
        line = self.line
        if line["occurrence"].endswith(BROUGHT):
            return None
        said = line["occurrence"].removesuffix(f" {GIVEN_BACK}")
        rows = self.frame.filter(pl.col("origin") == self.at.index, pl.col("split").is_null())
        rows = rows.with_columns(occurrence_words(self.plan, rows).alias("_said"), _payee=provider_name(self.plan))
        subject = pl.lit(line["subject"], dtype=rows.schema["subject"])
        mine = pl.col("subject").eq_missing(subject) & pl.col("_payee").eq_missing(pl.lit(line["payee"]))
        rows = rows.filter(pl.col("_said") == said, mine)
        return None if rows.is_empty() else rows.with_columns(provider=pl.coalesce("of", "provider"))

    def _lines(self, row: pl.DataFrame) -> pl.DataFrame:
        """The lines of a group, with what they had come to before."""
        at, frame = self.at, self.frame
        earlier = [pl.col(name).is_null() | (pl.col(name) < at.index) for name in ("origin", "split")]
        before = pl.sum_horizontal("amount", *(f"adj.{index}" for index in range(at.index)))
        chosen = frame.filter(earlier).with_columns(net=before).filter(at.chosen())
        return chosen.join(row.select(at.keys), on=list(at.keys), how="semi", nulls_equal=True)

    def _figure(self, row: pl.DataFrame) -> Fraction | None:
        """The ratio that the sum of a group is multiplied by; None where it is by none."""
        at = self.at
        if at.result is not None and isinstance(self.term, Multiply):
            results = list(self.decisions.pooled[at.result].results.values())
            return results[row[at.group][0]].value if self.line["reason"] == "multiply" else None
        if not isinstance(self.term, Multiply | Retain | Tax):
            return None
        day = "priced" if isinstance(self.term, Retain) else at.period or "day"
        figure = at.table.cells[row.select(at.table.cell(pl.col(day))).item()]
        assert isinstance(figure, int | Fraction), "a factor, a rate and a share are ratios"
        return Fraction(figure)

    def _money(self, minor: int) -> str:
        return show_money(minor, self.currency)
