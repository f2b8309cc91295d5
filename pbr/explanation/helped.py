"""Who helped one subject, in words: the rows that say so, and which part of a split is whose."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pbr.adjustments import Split
from pbr.money import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.calendar import Date
    from pbr.contract.model import Contributions
    from pbr.explanation.rows import SubjectRows
    from pbr.plan import Plan


class HelpWords:
    """Puts into words who helped."""

    def __init__(self, plan: Plan, rows: SubjectRows) -> None:
        """Keep what the words are made of.

        Args:
            plan: The contract as at a day.
            rows: Of the subject.
        """
        self.plan, self.rows = plan, rows

    def part(self, line: dict[str, Any]) -> str:
        """Which part of what was counted is that of the payee of a line of a split; nothing for another line.

        Args:
            line: The columns of ``pbr.statement.LINE_COLUMNS``.
        """
        found = self.plan.terms.contributions
        term = next((each for each in self.plan.terms.adjustments if each.id == line["adjustment"]), None)
        if found is None or not isinstance(term, Split) or not term.by:
            return ""
        number = None if term.by == found.table else found.number
        if number is not None and self.rows.is_sensitive(found.table, number):
            return ""
        payees = {word: payee for payee, words in term.words.items() for word in words}
        counted = list(self._counted(found, number, line["earned_on"]))
        whole = sum((many for _, many in counted), start=Fraction(0))
        mine = [many for word, many in counted if payees.get(word, line["provider"]) == line["payee"]]
        part = f"{plain_number(sum(mine, start=Fraction(0)))} of {plain_number(whole)}"
        return f", whose part is {part} {'contributions' if number is None else number}"

    def _counted(self, found: Contributions, number: str | None, until: Date) -> Iterator[tuple[str, Fraction]]:
        """Each row that counts up to a day: its word, and how much it counts."""
        for row in self.rows.tables[found.table].values():
            known = found.recorded is None or row[found.recorded] <= self.plan.as_at
            if known and row[found.who] is not None and row[found.date] is not None and row[found.date] <= until:
                value = 1 if number is None else self.rows.value(found.table, number, row)
                yield row[found.who], Fraction(value if isinstance(value, int | Fraction) else 0)
