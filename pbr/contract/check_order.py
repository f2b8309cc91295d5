"""What may stand after what in the list of adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.adjustments import Tax

if TYPE_CHECKING:
    from pbr.contract.view import View


def check_order(view: View) -> None:
    """A tax is of what all others leave, so only taxes stand after it."""
    tax: Tax | None = None
    for index, term in enumerate(view.terms.adjustments):
        if isinstance(term, Tax):
            tax = tax or term
        elif tax is not None:
            message = f"'{term.id}' stands after the tax '{tax.id}', which is of what all the others leave"
            view.fail("PBR176", f"{message}; move the tax to the end of the list", "adjustments", index)
