"""Lines of money in words: each payment with its price, its adjustments and what is left."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from pbr.calendar import number_of, show_date
from pbr.money import CURRENCY_DIGITS, plain, show_money
from pbr.payments import Amount, Bands, BelowZero, Divide, Fee, Tariff
from pbr.payments.bands import EachAt
from pbr.problem import LINE_REASONS
from pbr.statement import PART_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pbr.plan import Plan

PLACES = 6
"""Decimals that are shown of a number that is exact."""
WIDTH = 13
"""Of the column of words at the left."""
SIGNPOST = "it is measured and reported, and no money depends on it"
"""What is said of an outcome with ``paid: no``."""


def item(word: str, text: str) -> str:
    """One thing that is said, under a word."""
    return f"  {word:<{WIDTH - 2}}{text}"


def helped_words(text: str) -> str:
    """Who helped, as it stands in the outputs, in words."""
    return text.replace(";", ", ")


def whole_occurrence() -> pl.Expr:
    """Which time an outcome was met, of a part of a line that of the whole."""
    suffix = pl.concat_str(pl.lit(PART_OF), pl.col("provider").fill_null(""))
    part = pl.col("payee") != pl.col("provider")
    return pl.when(part).then(pl.col("occurrence").str.strip_suffix(suffix)).otherwise(pl.col("occurrence"))


def cut(value: Fraction) -> str:
    """A number as a decimal, with a sign where places are cut off.

    Example:
        >>> cut(Fraction(2, 3)), cut(Fraction(-2, 3)), cut(Fraction(1, 4))
        ('0.666666…', '-0.666666…', '0.25')
    """
    scaled = value * 10**PLACES
    if scaled.denominator == 1:
        return plain(value)
    whole = abs(scaled).numerator // scaled.denominator
    return f"{'-' if value < 0 else ''}{plain(Fraction(whole, 10**PLACES))}…"


def _of_lines(line: dict[str, Any]) -> bool:
    """Whether an adjustment made a line for lines of one subject together, which are of no one outcome."""
    return line["subject"] is not None and line["outcome"] is None


class MoneyWords:
    """Puts lines of money into words."""

    def __init__(self, plan: Plan, part: Callable[[dict[str, Any]], str] | None = None) -> None:
        """Keep what the words are made of.

        Args:
            plan: The contract as at a day.
            part: Says of a line of a split by contributions which part is whose; of no line by default.
        """
        self.plan, self.currency, self.part = plan, plan.terms.contract.currency, part

    def of(self, lines: pl.DataFrame, whom: str, figures: Mapping[str, str] | None = None) -> list[str]:
        """Each payment with its price, its adjustments and what is left.

        Args:
            lines: The columns of ``pbr.statement.LINE_COLUMNS``.
            whom: For whom there is none, if there is none.
            figures: What the outcomes came to by which payments are multiplied.
        """
        if lines.is_empty():
            return [f"No line of money for {whom}."]
        found: list[str] = []
        by = ["payment", "outcome", whole_occurrence(), "instalment"]
        for _, part in lines.group_by(by, maintain_order=True):
            first = part.row(0, named=True)
            found.append(self._paid_for(first))
            if first["helped_by"]:
                found.append(item("helped by", helped_words(first["helped_by"])))
            found += [self._line(row, figures or {}) for row in part.iter_rows(named=True)]
            found.append(item("net", self._amount(int(part["amount_minor"].sum()))))
        total = int(lines["amount_minor"].cast(pl.Int128).sum())
        return [*found, f"{'total':<{WIDTH}}{self._amount(total)}"]

    def _paid_for(self, line: dict[str, Any]) -> str:
        """What a payment pays for, which time and part it is, and when it was earned and is due."""
        if _of_lines(line):
            of = f"{line['payment']}, {line['occurrence']}" if line["payment"] else line["occurrence"]
            when = f"earned on {show_date(line['earned_on'])}, period {line['period']}"
            return f"{of}: of lines of this {self.plan.terms.cohort.of} together, {when}"
        payment = self.plan.terms.payments[line["payment"]]
        which = "" if line["occurrence"] == "1" else f" ({line['occurrence']})"
        shares = payment.instalments.shares or ()
        part = f", instalment {line['instalment']} of {len(shares)}" if len(shares) > 1 else ""
        due = f", due on {show_date(line['due_on'])}" if line["due_on"] else ""
        earned = f"earned on {show_date(line['earned_on'])}{part}, period {line['period']}{due}"
        to = ""
        if isinstance(payment, Tariff | Bands) and payment.to is not None:
            to = f" to {self.plan.terms.contract.providers[line['payee']].name or line['payee']}"
        if isinstance(payment, Divide):
            return f"{line['payment']}: pays a part of a pot for {which.strip(' ()') or line['payee']}, {earned}"
        if isinstance(payment, Amount):
            verb = "takes" if payment.takes in {"yes", "true"} else "pays"
            what = f"{line['outcome']}{which}" if line["outcome"] else (which.strip(" ()") or "the contract")
            return f"{line['payment']}: {verb} a sum for {what}, {earned}"
        if isinstance(payment, Fee):
            return f"{line['payment']}: a fee{which}, {earned}"
        return f"{line['payment']}: pays{to} for {line['outcome']}{which}, {earned}"

    def _line(self, row: dict[str, Any], figures: Mapping[str, str]) -> str:
        group = f" for {row['group']}" if row["group"] else ""
        number = f"clause {row['clause']}, " if row["clause"] else ""
        tail = f"({number}{row['place']}; line {row['line_id']})"
        if row["adjustment"] == "-":
            day = f" on {show_date(row['priced_on'])}" if row["priced_on"] else ""
            times = "" if row["quantity"] == "1" else f"{row['quantity']} x {self._amount(row['unit_price_minor'])}, "
            payment = self.plan.terms.payments[row["payment"]]
            if isinstance(payment, Divide):
                return item("part", f"{self._part(row, payment)} {tail}")
            if isinstance(payment, Amount):
                return item("amount", f"{self._sum(row, payment, group + day)} {tail}")
            if isinstance(payment, Tariff | Bands) and payment.factors:
                each = [f"{name} {figures[name]}" if name in figures else name for name in payment.factors]
                times = f"{row['quantity']} x {self._amount(row['unit_price_minor'])} x {' x '.join(each)}, "
            shares = payment.instalments.shares or ()
            share = f"{shares[row['instalment'] - 1]} of " if len(shares) > 1 else ""
            gross = f"gross {self._amount(row['amount_minor'])}"
            gross += f", {LINE_REASONS['settled']}" if row["reason"] == "settled" else ""
            if row["reason"] == "no_place":
                why = LINE_REASONS["no_place"]
                return f"{item('no_place', f'{gross}, {why} {tail}')}\n{self._place(row)}"
            price = item("price", f"{gross}, {share}{times}the price{group}{day} at {row['price_place']} {tail}")
            return price if row["nth"] is None else f"{price}\n{self._place(row)}"
        cap = ""
        if row["limit_minor"] is not None:
            cap = f"; at most {self._amount(row['limit_minor'])}, of which {self._amount(row['left_minor'])} was left"
        why = next((term.why for term in self.plan.terms.adjustments if term.id == row["adjustment"]), "")
        reason, word = LINE_REASONS[row["reason"]], row["reason"].partition("_")[0]
        if row["reason"] == "multiply" and not _of_lines(row):
            reason = f"{reason}, {self._factor(row)}"
        if row["payee"] and (row["reason"] == "split" or row["payee"] != row["provider"] or _of_lines(row)):
            reason += f", on the account of {self.plan.terms.contract.providers[row['payee']].name or row['payee']}"
        if row["reason"] == "split" and self.part is not None:
            reason += self.part(row)
        place = "" if row["price_place"] is None else f" at {row['price_place']}"  # a gate has no figure
        text = f"{self._amount(row['amount_minor'])}, {reason}{cap}{group}{place}"
        return item(word, f"{row['adjustment']} {text}{' - ' + why if why else ''} {tail}")

    def _place(self, row: dict[str, Any]) -> str:
        """Which place of whose a line takes, and the band in which it lies."""
        payment = self.plan.terms.payments[row["payment"]]
        assert isinstance(payment, Bands), "only bands fill places"
        nth, steps = row["nth"], zip(payment.bands, payment.steps, strict=True)
        own = next((text for text, step in steps if step is not None and step.holds(nth)), None)
        band = f"beyond the last, {payment.most:,}" if own is None else f"band {own}"
        if payment.each_at is EachAt.REACHED and own is not None:
            band += f"; all are paid at {row['group'].partition(', ')[0]}, the last band reached"
        return item("place", f"place {row['nth']:,} of '{row['nth_of']}', {band}")

    def _sum(self, row: dict[str, Any], amount: Amount, held: str) -> str:
        """What is multiplied, by what, and what that comes to before and after it is rounded."""
        of = f" of {amount.amount}, its lines of this group" if amount.amount in self.plan.terms.payments else ""
        place = f"{held} at {row['price_place']}" if row["price_place"] else ""
        of_money = [amount.amount] if amount.amount in self.plan.terms.pooled else []
        factors = [*of_money, *amount.times]
        names = f" ({' x '.join(factors)})" if factors else ""
        unit, count = int(row["unit_price_minor"]), Fraction(row["quantity"])
        chain = f"{self._amount(unit)}{of}{place} x {row['quantity']}{names}"
        if (
            row["amount_minor"] == 0
            and unit * count * self._sign(amount) < 0
            and amount.below_zero is BelowZero.NOTHING
        ):
            return f"gross {self._amount(0)}, {chain}, which is below nothing and so counts as nothing"
        whole = 10 ** CURRENCY_DIGITS[self.currency]
        rounded = "" if (unit * count).denominator == 1 else f", rounded from {cut(Fraction(unit * count) / whole)}"
        return f"gross {self._amount(row['amount_minor'])}, {chain}{rounded}"

    def _part(self, row: dict[str, Any], divide: Divide) -> str:
        """A part of a pot, and the figure that it is paid by."""
        unit, count = int(row["unit_price_minor"]), Fraction(row["quantity"])
        chain = f"of the pot at {row['price_place']}"
        if divide.by_weights:
            chain = f"{self._amount(unit)} {chain} x {row['quantity']} ({row['outcome']})"
        whole = 10 ** CURRENCY_DIGITS[self.currency]
        rounded = "" if (unit * count).denominator == 1 else f", rounded from {cut(Fraction(unit * count) / whole)}"
        return f"gross {self._amount(row['amount_minor'])}, {chain}{rounded}"

    def _sign(self, amount: Amount) -> int:
        return -1 if amount.takes in {"yes", "true"} else 1

    def _factor(self, row: dict[str, Any]) -> str:
        """The factor of a line: that of its label on the day on which it was earned, or what an outcome came to."""
        terms = self.plan.terms.adjustments
        at = self.plan.adjusting[next(n for n, term in enumerate(terms) if term.id == row["adjustment"])]
        if at.result is not None:
            return f"{row['quantity']} ({at.result})"
        table = at.table
        span = sum(number_of(row["earned_on"]) >= start for start in table.starts[1:])
        return str(table.cells[table.rows.index(row["group"] or "") * table.spans + span])

    def _amount(self, minor: int) -> str:
        return show_money(minor, self.currency)
