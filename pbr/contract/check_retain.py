"""What is kept back: how large a share, and until when."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pbr.contract.check_outcomes import MOST_YEARS, PER_YEAR
from pbr.lines import Only
from pbr.money import plain
from pbr.problem import did_you_mean, short
from pbr.settles import SETTLES_FORMS, Settles

if TYPE_CHECKING:
    from pbr.adjustments import Retain
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def check_retain(view: View, term: Retain, table: Table | None, path: PathTo) -> None:
    """Check the share, and until when it is kept."""
    for cell, place in () if table is None else zip(table.cells, table.places, strict=True):
        if isinstance(cell, int | Fraction) and not 0 < cell <= 1:
            message = f"a share that is kept back is above 0% and at most 100%, and this is {plain(cell * 100)}%"
            view.problems.append(place.problem("PBR109", f"{message}; write it like 10%"))
    if term.only is Only.TAKES:
        view.fail("PBR136", "what is kept back is of what is given; remove `only`, or write gains", *path, "only")
    if term.until in view.terms.outcomes:
        if term.until not in view.terms.pooled:
            noun = view.terms.cohort.of
            message = f"'{term.until}' is on one {noun}, and what is kept is of a group of lines"
            view.fail(
                "PBR160", f"{message}; write a measure of it, and a test of that, and name that here", *path, "until"
            )
        return
    found = Settles.parse(term.until)
    if found is None:
        forms = ", ".join(f"`{form}`" for form in SETTLES_FORMS)
        message = f"'{short(term.until)}' is no outcome of groups, and no day until which something is kept"
        view.fail(
            "PBR109",
            f"{message}{did_you_mean(term.until, view.terms.pooled)}; write a day like {forms}",
            *path,
            "until",
        )
    elif found.fixed is not None and found.fixed < view.terms.contract.from_:
        message = f"nothing is kept until {found.fixed}, before the term begins on {view.terms.contract.from_}"
        view.fail("PBR113", f"{message}; write a later day", *path, "until")
    elif found.later.count > MOST_YEARS * PER_YEAR[found.later.unit]:
        view.fail("PBR109", f"{found.later} is longer than {MOST_YEARS} years; shorten it", *path, "until")
