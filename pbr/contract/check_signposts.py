"""Signposts: what is said to be paid or not is so."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pbr.contract.paid import money_readings, says_signpost
from pbr.problem import short

if TYPE_CHECKING:
    from pbr.contract.paid import Reading
    from pbr.contract.view import View


def check_paid_words(view: View) -> None:
    """Whether an outcome is paid is said with yes or no."""
    for name, outcome in view.terms.outcomes.items():
        if outcome.paid not in {None, "yes", "no", "true", "false"}:
            view.fail("PBR106", f"'{short(outcome.paid or '')}' is neither yes nor no", "outcomes", name, "paid")


def check_signposts(view: View) -> None:
    """No money depends on a signpost, through any chain of results; on what is said to be paid some does.

    Args:
        view: A contract in which nothing else is wrong.
    """
    read = money_readings(view.terms, view.readers, view.tables)
    for name, outcome in view.terms.outcomes.items():
        path = ("outcomes", name, "paid")
        if says_signpost(outcome) and name in read:
            fix = "remove `paid: no`, or read something else there"
            view.fail("PBR181", f"'{name}' is a signpost, and {_how(view, read[name])}; {fix}", *path)
        elif outcome.paid is not None and not says_signpost(outcome) and name not in read:
            message = f"'{name}' says `paid: yes`, and no money depends on it, directly or through other outcomes"
            view.fail("PBR182", f"{message}; name it in a payment or adjustment, or write `paid: no`", *path)


def _how(view: View, reading: Reading) -> str:
    """How money depends on an outcome, with where the term stands that reads it."""
    _, item, *at = reading.path
    who = f"adjustment '{view.terms.adjustments[item].id}'" if isinstance(item, int) else f"payment '{item}'"
    first, *_ = reading.through
    key = str(at[0])
    reads = "pays for" if key == "pays_for" and not reading.grouping else "reads"
    by = f" through the grouping '{reading.grouping}'" if reading.grouping else ""
    place = view.document.place(reading.path)
    found = [f"{who} {reads} '{first}'{by} (`{key}`, line {place.line})"]
    found += [f"'{one}' reads '{other}'" for one, other in pairwise(reading.through)]
    return ", and ".join(found)
