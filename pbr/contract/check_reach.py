"""Whether everything in a contract can be reached: outcomes within the term, and figures and outcomes by a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from pbr.calendar import Duration, date_of
from pbr.condition import FieldRef
from pbr.contract.check_groups import cohort_conditions, cohort_values, same_fields
from pbr.contract.contract import reads
from pbr.facts import START, Named
from pbr.outcomes import Absence, Combine, OfFigures, Scale
from pbr.outcomes.event import outcome_of
from pbr.proof import first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pbr.calendar import Date
    from pbr.contract.view import View
    from pbr.facts import Window
    from pbr.outcomes import Outcome


def check_reach(view: View, order: Iterable[str]) -> None:
    """Find outcomes that nobody can meet, and note windows longer than the term and what nothing reads.

    Args:
        view: A contract in which nothing else is wrong.
        order: Its outcomes, each after those it reads.
    """
    header, start = view.terms.contract, _first_start(view)
    reach = Reach(view=view, begins=header.from_, ends=header.to)
    reach.earliest[START] = start
    reach.usual[START] = None if start is None else max(start, header.from_)
    for name in order:
        reach.outcome(name, view.terms.outcomes[name])
    _unpaid(view)
    _after_the_term(view)


def _first_start(view: View) -> Date | None:
    """The first day on which somebody of the cohort can start, or None if nobody ever can."""
    terms = view.terms
    start = FieldRef(terms.cohort.start)
    within, without = cohort_conditions(view, "include"), cohort_conditions(view, "exclude")
    values = cohort_values(terms)[start]
    found = first_day(start, values, within=within or (), without=without or (), same=same_fields(terms))
    return None if found is None else date_of(found)


@define
class Reach:
    """The first day on which each outcome can be met by anybody, as far as windows and the term say.

    Only a day that is too late does harm, so one that is too early stands where it is not known.

    Attributes:
        view: The contract.
        begins: First day of the term.
        ends: Last day of the term.
        earliest: The first day of the start and of each outcome looked at, or None if there is none.
        usual: The same for those who do not start before the term.
    """

    view: View
    begins: Date
    ends: Date
    earliest: dict[str, Date | None] = field(factory=dict)
    usual: dict[str, Date | None] = field(factory=dict)

    def outcome(self, name: str, outcome: Outcome) -> None:
        """Work out the first day of an outcome, and say so if there is none."""
        if isinstance(outcome, Combine):
            self.earliest[name] = _combined(outcome, self.earliest)
            self.usual[name] = _combined(outcome, self.usual)
            return
        window = getattr(outcome, "window", None)
        if isinstance(outcome, Scale | OfFigures):  # a figure is of the start where nothing that it reads is met
            of = getattr(outcome, "of", None) or START
            self.earliest[name], self.usual[name] = self.earliest[of], self.usual[of]
            return
        if window is None:
            self.earliest[name] = self.usual[name] = self.ends if isinstance(outcome, Absence) else self.begins
            return
        anchor, usual = (days[outcome_of(window.anchor)] for days in (self.earliest, self.usual))
        self.earliest[name] = None if anchor is None else self._first(name, outcome, window, anchor)
        self.usual[name] = None if usual is None else self._first(name, outcome, window, usual)
        if anchor is not None and self.earliest[name] is None:
            self._never(name, outcome, window, anchor)
        elif usual is not None and window.for_ is not None and self._closes(name, window, usual) > self.ends:
            self._runs_over(name, outcome, self._closes(name, window, usual))

    def _closes(self, name: str, window: Window, anchor: Date) -> Date:
        """The last day of a window with a length, the shortest if it has several."""
        lengths: Iterable[object] = [window.for_]
        if isinstance(window.for_, Named):
            lengths = self.view.tables["outcomes", name, "window", "for"].cells
        return min(length.after(anchor) for length in lengths if isinstance(length, Duration))

    def _first(self, name: str, outcome: Outcome, window: Window, anchor: Date) -> Date | None:
        """The first day on which an outcome can be met whose anchor is this day or any later one."""
        day, last = self._day(name, outcome, window, anchor)
        return max(day, self.begins) if day <= last else None

    def _day(self, name: str, outcome: Outcome, window: Window, anchor: Date) -> tuple[Date, Date]:
        """The first day that meets an outcome for one anchor, and the last day that counts."""
        opens = Duration(window.offset, "days").after(anchor)
        if not isinstance(outcome, Absence):
            return opens, min(window.until or self.ends, self.ends)
        if window.for_ is not None:
            return self._closes(name, window, anchor), self.ends
        closes = window.until or self.ends
        return (opens, closes) if opens > closes else (closes, self.ends)

    def _never(self, name: str, outcome: Outcome, window: Window, anchor: Date) -> None:
        """Say why nobody can meet an outcome."""
        day, last = self._day(name, outcome, window, anchor)
        key = "for" if window.for_ is not None else "until" if window.until is not None else None
        part = "the last day" if isinstance(outcome, Absence) and day > self.ends else "the first day"
        end = f"the term ends on {last}" if last == self.ends else f"it closes on {last}"
        message = f"'{name}' can never be met: {part} of its window is {day} at the earliest, and {end}"
        path = ("outcomes", name, "window") if key is None else ("outcomes", name, "window", key)
        self.view.fail("PBR153", message, *path)

    def _runs_over(self, name: str, outcome: Outcome, last: Date) -> None:
        """Note a window that the term is too short for, if nobody starts before it."""
        so = "only an earlier start can meet it" if isinstance(outcome, Absence) else "it is cut there"
        message = f"for a start in the term the window of '{name}' ends on {last} at the earliest"
        path = ("outcomes", name, "window", "for")
        self.view.note("PBR154", f"{message}, after the term, which ends on {self.ends}; {so}", *path)


def _combined(outcome: Combine, days: Mapping[str, Date | None]) -> Date | None:
    """The first day on which enough of the parts can be met."""
    found = sorted(day for day in (days[outcome_of(name)] for name in outcome.of) if day is not None)
    need = {"all": len(outcome.of), "any": 1}.get(outcome.need) or int(outcome.need)
    return found[need - 1] if need <= len(found) else None


def _unpaid(view: View) -> None:
    """Note outcomes that neither a payment nor another outcome names."""
    outcomes = view.terms.outcomes
    read = {name for payment in view.terms.payments.values() for name in payment.reads()}
    read |= {name for term in view.terms.adjustments for name in term.reads()}
    read |= {other for name in outcomes for other in reads(view.terms, view.readers, view.tables, name)}
    for name in outcomes:
        if name not in read:
            view.note(
                "PBR155", f"nothing pays for or reads '{name}'; it is decided and reported only", "outcomes", name
            )


def _after_the_term(view: View) -> None:
    """Note dated figures that begin after the last day on which anything can be earned."""
    ends = view.terms.contract.to
    for name, value in view.terms.values.items():
        if value.agreed is not None:
            continue  # its days are those of the agreement
        late = [cell for cell in value.cells if cell.first is not None and cell.first > ends]
        places = {cell.place or view.document.place(("values", name, *cell.path[:2])): cell.first for cell in late}
        for place, first in places.items():
            message = f"'{name}' has a figure from {first}, after the term ends on {ends}; nothing is earned then"
            view.notes.append(place.problem("PBR156", message))
