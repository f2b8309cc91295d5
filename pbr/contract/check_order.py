"""What may stand after what in the list of adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.adjustments import Split, Tax

if TYPE_CHECKING:
    from pbr.adjustments import Adjustment
    from pbr.contract.view import View


def check_order(view: View) -> None:
    """A tax is of what all others leave, so only taxes stand after it; what is split is adjusted payee by payee."""
    terms = view.terms.adjustments
    for index, term in enumerate(terms):
        path = ("adjustments", index)
        tax = next((other for other in terms[:index] if isinstance(other, Tax)), None)
        if tax is not None and not isinstance(term, Tax):
            message = f"'{term.id}' stands after the tax '{tax.id}', which is of what all the others leave"
            view.fail("PBR176", f"{message}; move the tax to the end of the list", *path)
        for other in terms[:index]:
            if isinstance(other, Split):
                _after(view, term, other, index)


def _after(view: View, term: Adjustment, split: Split, index: int) -> None:
    """Whether an adjustment that stands after a split acts on each payee's part by itself."""
    every = set(view.terms.payments)
    mine, theirs = set(term.on) or every, set(split.on) or every
    if not mine & theirs:
        return
    path, who = ("adjustments", index), f"'{term.id}' acts on what '{split.id}' has split between payees"
    if isinstance(term, Split) or any(name in view.terms.outcomes for name in term.reads()):
        view.fail("PBR178", f"{who}; write it before the split", *path)
    elif "provider" not in getattr(term, "per", ()):
        message = "so it is of each of them alone: under `per` name provider, or write it before the split"
        view.fail("PBR178", f"{who}, {message}", *path)
    elif split.per and not theirs <= mine:
        missing = next(name for name in view.terms.payments if name in theirs - mine)
        view.fail("PBR178", f"{who} together with '{missing}'; name that under `on` too", *path)
