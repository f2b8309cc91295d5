"""Bands: what fills places, whose they are, and whether every place from 1 lies in one band with a price."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.condition import Kind, ValueType
from pbr.contract.check_scales import in_one_step, steps_read
from pbr.contract.figures import MOST_ROWS, Unit
from pbr.contract.model import FieldKind
from pbr.kinds import is_added
from pbr.outcomes import Event, Held, OfFigures, Scale
from pbr.outcomes.event import once_per
from pbr.payments.bands import PlaceOfUndone, PlaceOrder, ends_of
from pbr.problem import did_you_mean, short
from pbr.proof import Values
from pbr.table import labels_of, starts_of

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.model import Terms
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.payments import Bands
    from pbr.proof import Step


def check_bands(view: View, figures: Figures, bands: Bands, path: PathTo) -> None:
    """What bands alone ask for."""
    _single(view, bands, path)
    _steps(view, bands, path)
    _fill(view, bands, path)
    _undone(view, bands, path)
    for step, text in bands.bands.items():
        view.keep(figures.table(text, Unit.MONEY, (*path, "bands", step)), *path, "bands", step)
    tables = [view.tables[at] for step in bands.bands if (at := (*path, "bands", step)) in view.tables]
    size = len(tables) * prod(map(len, labels_of(tables).values())) * max(len(starts_of(tables)), 1)
    if size > MOST_ROWS:
        message = f"together the prices of these bands would have more than {MOST_ROWS:,} figures"
        view.fail("PBR126", f"{message}; let all be by the same keys, or by fewer", *path, "bands")


def _single(view: View, bands: Bands, path: PathTo) -> None:
    """Each achievement takes one place, so what is paid for is met once, or once for each word or block."""
    name = bands.pays_for
    outcome = view.terms.outcomes.get(name)
    if name in view.terms.pooled:
        message = f"'{name}' is of groups, and places are filled by one {view.terms.cohort.of} after another"
        view.fail("PBR160", f"{message}; pay for what it is made of", *path, "pays_for")
    elif isinstance(outcome, Scale | OfFigures) or _is_number(outcome):
        number = {Scale: "number of points", OfFigures: "figure", Held: "number of days"}.get(type(outcome), "number")
        message = f"'{name}' comes to a {number}, and each place is filled by one achievement"
        fix = "pay for an outcome that is met or not, such as an event, or write a tariff"
        view.fail("PBR166", f"{message}; {fix}", *path, "pays_for")


def _is_number(outcome: object) -> bool:
    """Whether days are counted, or an added kind gives a number that is not of times that it was met."""
    if isinstance(outcome, Held):
        return outcome.count is not None
    counts = outcome is not None and is_added(outcome) and once_per(outcome) is None
    return counts and getattr(outcome, "parts", None) is not None


def _steps(view: View, bands: Bands, path: PathTo) -> None:
    """Every place from 1 to the last there is lies in one band."""
    if not bands.bands:
        view.fail("PBR102", "bands need a price for at least one step of places", *path, "bands")
    steps = steps_read(view, dict(zip(bands.bands, bands.steps, strict=True)), (*path, "bands"))
    whole = [step for step in steps if _is_of_places(view, step, (*path, "bands", step.text))]
    if not whole or len(whole) < len(bands.bands):
        return
    lasts = [last for _, last in map(ends_of, whole)]
    most = None if None in lasts else max(last for last in lasts if last is not None)
    places = Values(type=ValueType(kind=Kind.NUMBER, places=0), least=1, most=most)
    in_one_step(view, whole, places, path, "bands")


def _is_of_places(view: View, step: Step, path: PathTo) -> bool:
    """Whether a step is of whole places from 1 on."""
    ends = [end for end in (step.low, step.high) if end is not None]
    if step.kind is not Kind.NUMBER or any(end.denominator != 1 for end in ends):
        view.fail("PBR166", f"'{short(step.text)}' is not of whole places; write it like `1 to 2000`", *path)
        return False
    first, last = ends_of(step)
    if first < 1:
        held = "" if last is None else f" and would hold {last - first + 1:,}"
        message = f"'{short(step.text)}' begins at place {first}{held}, and places count from 1"
        view.fail("PBR166", f"{message}; begin it at 1", *path)
    elif last is not None and last < first:
        view.fail("PBR166", f"'{short(step.text)}' holds no place, and places count from 1; remove it", *path)
    return 1 <= first <= (first if last is None else last)


def _fill(view: View, bands: Bands, path: PathTo) -> None:
    """Who have places of their own: words of the subject or of what is met, and at most one period."""
    known = fill_words(view.terms, bands)
    own = view.terms.all_fields(view.terms.cohort_table)
    for place, word in enumerate(bands.fill):
        here = (*path, "fill", place)
        if word in bands.fill[:place]:
            view.fail("PBR125", f"'{short(word)}' stands here twice", *here)
        elif word not in known and word not in view.lost:
            view.fail("PBR125", f"'{short(word)}' cannot part places{did_you_mean(word, known)}", *here)
        elif word in own and own[word].is_sensitive and word not in {*view.terms.groups, *_word(view.terms, bands)}:
            message = f"'{word}' is stated with each place, so the field cannot be sensitive; use a grouping"
            view.fail("PBR106", message, *here)
    periods = [word for word in bands.fill if word in PERIODS]
    if len(periods) > 1:
        view.fail("PBR125", f"'{periods[0]}' and '{periods[1]}' are both periods; keep one", *path, "fill")


def fill_words(terms: Terms, bands: Bands) -> list[str]:
    """What may stand under ``fill``: provider, groupings, text fields, the field of words of the outcome, periods."""
    own = terms.all_fields(terms.cohort_table)
    texts = [name for name, term in own.items() if term.type is FieldKind.TEXT]
    provider = ["provider"] if terms.names_provider else []
    return [*provider, *terms.groups, *texts, *_word(terms, bands), *PERIODS]


def _word(terms: Terms, bands: Bands) -> list[str]:
    """The field for each word of which the outcome is met once."""
    once = once_per(terms.outcomes.get(bands.pays_for))
    return [] if once is None else [once]


def _undone(view: View, bands: Bands, path: PathTo) -> None:
    """A place is kept of what can be undone, in the order of the days on which it was achieved."""
    if bands.place_of_undone is not PlaceOfUndone.KEPT:
        return
    event = view.terms.outcomes.get(bands.pays_for)
    if event is not None and not (isinstance(event, Event) and event.undone_by is not None):
        message = f"'{bands.pays_for}' is no event with `undone_by`, so nothing that is undone can keep a place"
        view.fail("PBR136", f"{message}; add that, or write `refilled`", *path, "place_of_undone")
    if bands.order is PlaceOrder.KNOWN:
        message = "the day on which what is undone was known is not kept; write `order: achieved`, or `refilled`"
        view.fail("PBR136", message, *path, "place_of_undone")
