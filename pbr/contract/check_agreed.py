"""Agreed figures in terms: the version in force at the start holds, so each is read on a day of a start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.payments import Fee

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo, Plain

START = "start"
_CONDITIONS = {"when", "where", "excused_by", "opens", "closes"}


def check_agreed(view: View, figures: Figures) -> None:
    """Check each term that reads an agreed figure, note what could not be recounted, and which choices are read."""
    terms = view.terms
    agreed = {name for name, value in terms.values.items() if value.agreed is not None}
    for path, table in view.tables.items():
        if table.value not in agreed:
            continue
        if path[0] == "payments":
            payment = terms.payments[str(path[1])]
            if not isinstance(payment, Fee) and getattr(payment, "price_on", START) != START:
                message = f"'{table.value}' is agreed: the figure in force at the start holds; write `price_on: start`"
                view.fail("PBR318", message, "payments", path[1], *_written(view, ("payments", path[1], "price_on")))
        elif path[0] == "adjustments":
            term = terms.adjustments[int(path[1])]
            if not set(getattr(term, "per", ())) & set(PERIODS):
                message = f"'{table.value}' is agreed, so the figure in force at the start of a period holds"
                view.fail("PBR318", f"{message}; name a period under `per`, such as quarter", *path)
    figures.read.update(name for name in terms.chosen if names(view.document.root, name))


def _written(view: View, path: PathTo) -> tuple[str, ...]:
    """The last key of a path, if it stands in the file."""
    return (str(path[-1]),) if path in view.document.places else ()


def names(root: Plain, name: str) -> bool:
    """Whether any condition of a contract names something."""
    word = re.compile(rf"\b{name}\b")
    return any(word.search(text) for text in _conditions(root, ()))


def _conditions(value: Plain, path: tuple[str, ...]) -> Iterator[str]:
    """Every condition of a contract, as written."""
    if isinstance(value, list):
        for each in value:
            yield from _conditions(each, path)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _conditions(each, (*path, key))
    elif path and (path[-1] in _CONDITIONS or path[0] in {"groups", "define"}):
        yield value
