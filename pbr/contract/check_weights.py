"""Whether weights over the labels of a key come to exactly 1, for each label of others and on each day."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from pbr.calendar import date_from_number
from pbr.money import plain
from pbr.table import ALWAYS

if TYPE_CHECKING:
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def check_come_to_one(
    view: View, name: str, table: Table, over: str, fault: tuple[str, str, str], path: PathTo
) -> None:
    """Check that the weights of a value come to exactly 1, for each row of its other labels and on each day.

    Args:
        view: The contract.
        name: The value.
        table: Its figures.
        over: The key whose labels have the weights.
        fault: The code of weights that do not, what they are called, and what to do or why it is one.
        path: The term that reads it.
    """
    at = [key.removeprefix("_by.") for key in table.by].index(over)
    sums: dict[tuple[tuple[str, ...], int], list[Fraction | None]] = {}
    names = list(product(*table.labels))
    for place, cell in enumerate(table.cells):
        labels = names[place // table.spans]
        others = (*labels[:at], *labels[at + 1 :])
        weight = Fraction(cell) if isinstance(cell, int | Fraction) else None
        sums.setdefault((others, place % table.spans), []).append(weight)
    for (others, span), weights in sums.items():
        known = [weight for weight in weights if weight is not None]
        if len(known) < len(weights) or sum(known) == 1:  # before the term a row may have none
            continue
        first = table.starts[span] if table.starts else ALWAYS
        when = "" if first == ALWAYS else f" from {date_from_number(first)}"
        whom = f" for {', '.join(others)}" if others else ""
        message = f"the {fault[1]} of '{name}'{whom}{when} come to {plain(sum(known) * 100)}% together, and not to 100%"
        view.fail(fault[0], f"{message}; {fault[2]}", *path)
