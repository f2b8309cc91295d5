"""Agreed figures in terms: the version in force at the start holds, so each is read on a day of a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.contract.contract import definitions_named
from pbr.outcomes import Judged
from pbr.payments import Fee

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.view import View
    from pbr.document import PathTo

START = "start"


def check_agreed(view: View, figures: Figures) -> None:
    """Check each term that reads an agreed figure, and the choices that conditions read; note what nobody cites."""
    terms = view.terms
    agreed = {name for name, value in terms.values.items() if value.agreed is not None}
    for path, table in view.tables.items():
        if table.value in agreed:
            _at_start(view, table.value, path)
    named = definitions_named(terms, [condition.text for condition in view.conditions.values()])
    for name in terms.chosen:
        if name in named and name not in figures.read:
            figures.unread(name)  # its labels are looked at all the same
            figures.read.add(name)
    cited = {value.agreed.agreement for value in terms.values.values() if value.agreed is not None}
    cited |= {outcome.agreed.agreement for outcome in terms.outcomes.values() if isinstance(outcome, Judged)}
    for name in terms.agreements:
        if name not in cited:
            view.note("PBR156", f"no value is agreed by '{name}'", "agreements", name)


def _at_start(view: View, value: str, path: PathTo) -> None:
    """A payment takes an agreed figure of the start, and an adjustment that of the start of a period."""
    if path[0] == "payments":
        payment = view.terms.payments[str(path[1])]
        if not isinstance(payment, Fee) and getattr(payment, "price_on", START) != START:
            message = f"'{value}' is agreed: the figure in force at the start holds; write `price_on: start`"
            view.fail("PBR318", message, "payments", path[1], *_written(view, ("payments", path[1], "price_on")))
    elif path[0] == "adjustments" and not set(getattr(view.terms.adjustments[int(path[1])], "per", ())) & set(PERIODS):
        at = view.document.place(path)
        if any(one.code == "PBR125" and (one.file, one.line) == (at.file, at.line) for one in view.problems):
            return  # a period is asked for already, since the figure changes with time
        message = f"'{value}' is agreed, so the figure in force at the start of a period holds"
        view.fail("PBR318", f"{message}; name a period under `per`, such as quarter", *path)


def _written(view: View, path: PathTo) -> tuple[str, ...]:
    """The last key of a path, if it stands in the file."""
    return (str(path[-1]),) if path in view.document.places else ()
