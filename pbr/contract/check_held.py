"""Spells and the outcomes that are held: rows, days, states, and the one thing that is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pbr.calendar import Duration, PeriodKind
from pbr.contract.check_outcomes import MOST_YEARS, date_field
from pbr.contract.figures import Unit
from pbr.facts import Counted
from pbr.outcomes import Held
from pbr.outcomes.held import AfterGap, LastRun
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from pbr.contract.figures import Figures
    from pbr.contract.model import SpellTerm
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.problem import Place
    from pbr.table import Table

MOST_BLOCKS = 10_000
_STAY, _TURN = ("from", "to", "when"), ("on", "opens", "closes")


def check_spells(view: View) -> None:
    """Check every state that is named under ``spells``."""
    for name, spell in view.terms.spells.items():
        path = ("spells", name)
        stays = [key for key in _STAY if _said(spell, key) is not None]
        turns = [key for key in _TURN if _said(spell, key) is not None]
        if stays and turns:
            message = f"'{name}' is a state either `from` a day `to` another, or one that a row `opens` and `closes`"
            view.fail("PBR136", f"{message} `on` a day; remove `{turns[0]}` or `{stays[0]}`", *path)
            continue
        wanted = _TURN if turns else ("from", "to")
        missing = [key for key in wanted if _said(spell, key) is None]
        for key in missing:
            view.fail("PBR102", f"'{key}' is missing here: a state has {_either(wanted)}", *path)
        if not missing and _table(view, spell, path):
            _days(view, spell, path)


def _either(keys: tuple[str, ...]) -> str:
    return " and ".join(f"`{key}`" for key in keys)


def _said(spell: SpellTerm, key: str) -> str | None:
    found: str | None = getattr(spell, "from_" if key == "from" else key)
    return found


def _table(view: View, spell: SpellTerm, path: PathTo) -> bool:
    """Whether the rows of a state are those of the cohort or a child of it."""
    terms = view.terms
    if not view.known(spell.table, terms.tables, "table", *path, "table"):
        return False
    if spell.table in terms.row_tables:
        return True
    view.fail("PBR134", f"table '{spell.table}' is neither the cohort's nor a child of it", *path, "table")
    return False


def _days(view: View, spell: SpellTerm, path: PathTo) -> None:
    """The date fields of a state, and which rows make it."""
    for key in ("from", "to", "on"):
        name = _said(spell, key)
        if name is not None:
            date_field(view, spell.table, name, *path, key)
    if spell.to is not None and spell.to == spell.from_:
        view.fail("PBR110", f"'{short(spell.to)}' is both the first day and the last; name two fields", *path, "to")
    scope = evolve(view.scope(spell.table), children={})
    for key in ("when", "opens", "closes"):
        text = _said(spell, key)
        if text is not None:
            view.condition(text, scope, *path, key)


def check_held(view: View) -> None:
    """Check the terms of every outcome that is held."""
    for name, outcome in view.terms.outcomes.items():
        if isinstance(outcome, Held):
            _held(view, ("outcomes", name), outcome)


def _held(view: View, path: PathTo, held: Held) -> None:
    if not held.in_ and not held.not_in:
        message = "name at least one state under `in` or `not_in`, such as in: [working]"
        view.fail("PBR102", message, *path)
    for key, names in (("in", held.in_), ("not_in", held.not_in)):
        for index, state in enumerate(names):
            view.known(state, view.terms.spells, "state under `spells`", *path, key, index)
            if state in names[:index] or (key == "not_in" and state in held.in_):
                view.fail("PBR110", f"'{short(state)}' stands here twice", *path, key, index)
    given = [key for key in ("for", "every", "count") if _term(held, key) is not None]
    if len(given) != 1:
        message = "it says one of `for` (held once), `every` (met again for each block) and `count` (how many days)"
        view.fail("PBR136", message, *path, *given[1:2])
        return
    for key, fault in _odd(held):
        view.fail("PBR136", fault, *path, key)
    if held.run is None and held.count is None:
        message = "'run' is missing here: write `added_up` if all days count together, `unbroken` if a break ends it"
        view.fail("PBR102", message, *path)
    if held.gap is not None and not held.gap.days:
        message = f"a break of {held.gap} has no number of days from 1; write it like 7 days"
        view.fail("PBR109", message, *path, "gap")
    elif held.gap is not None:
        _not_long(view, held.gap, view.document.place((*path, "gap")))
    _per(view, held, path)


def _term(held: Held, key: str) -> object:
    return getattr(held, "for_" if key == "for" else key)


def _odd(held: Held) -> Iterator[tuple[str, str]]:
    """Terms that mean nothing beside the others."""
    if held.at_most is not None and held.every is None:
        yield "at_most", "`at_most` is a number of blocks, so it needs `every`; remove it"
    if held.after_gap is AfterGap.RESUME and held.every is None:
        yield "after_gap", "`after_gap` is about blocks, so it needs `every`; remove it"
    if held.per and held.count is None:
        yield "per", "`per` is about days counted, so it needs `count: days`; remove it"
    if held.run is not None and held.count is not None:
        yield "run", "days are counted whether or not a break lies between them; remove `run`"
    if held.last_run is LastRun.MAY_FINISH and held.window is None:
        yield "last_run", "without a window nothing cuts a run; remove `last_run`"
    if held.last_run is LastRun.MAY_FINISH and held.count is not None:
        yield "last_run", "days are counted in the window only; remove `last_run`"


def _per(view: View, held: Held, path: PathTo) -> None:
    """A number of days is of the subject, in all or in each of one kind of period."""
    kinds = [kind.value for kind in PeriodKind]
    periods = [word for word in held.per if word in kinds]
    for index, word in enumerate(held.per):
        if word not in {*kinds, view.terms.cohort.of}:
            known = [view.terms.cohort.of, *kinds]
            message = f"days cannot be counted per '{short(word)}'{did_you_mean(word, known)}"
            view.fail("PBR111", message, *path, "per", index)
        elif word in held.per[:index] or word in periods[1:]:
            view.fail("PBR110", f"'{word}' is one too many here; keep one period", *path, "per", index)


def check_lengths_held(view: View, figures: Figures) -> None:
    """How long and how often, as figures by the labels of the subject."""
    for name, held in view.terms.outcomes.items():
        if not isinstance(held, Held):
            continue
        for key, text in (("for", held.for_), ("every", held.every)):
            if text is not None:
                path = ("outcomes", name, key)
                table = figures.table(text, Unit.DURATION, path)
                view.keep(table, *path)
                _lengths(view, held, table, key)
        if held.at_most is not None and held.every is not None:
            path = ("outcomes", name, "at_most")
            table = figures.table(held.at_most, Unit.NUMBER, path)
            view.keep(None if table is None else _blocks(view, table), *path)


def _lengths(view: View, held: Held, table: Table | None, key: str) -> None:
    """A length has a day; one that is added up is of so many days."""
    cells = {} if table is None else dict(zip(table.places, table.cells, strict=True))
    for place, length in cells.items():
        if not isinstance(length, Duration):
            continue
        _not_long(view, length, place)
        if length.count == 0:
            view.problems.append(place.problem("PBR109", f"`{key}: {length}` is no time at all; write one day or more"))
        elif length.days is None and held.counted in {Counted.ADDED_UP, Counted.RESUMED}:
            message = f"{length} cannot be added up, since a month is not always as long; write days or weeks"
            view.problems.append(place.problem("PBR109", message))


def _not_long(view: View, length: Duration, place: Place) -> None:
    years = {"days": 365, "weeks": 52, "months": 12, "years": 1}[length.unit]
    if length.count > MOST_YEARS * years:
        view.problems.append(place.problem("PBR109", f"{length} is longer than {MOST_YEARS} years; shorten it"))


def _blocks(view: View, table: Table) -> Table:
    """Numbers of blocks, which are whole and more than none."""
    found: list[int | None] = []
    for cell, place in zip(table.cells, table.places, strict=True):
        number: Fraction | int | None = None if isinstance(cell, Duration) else cell
        if number is not None and (number.denominator != 1 or not 1 <= number <= MOST_BLOCKS):
            message = f"a number of blocks is whole, from 1 to {MOST_BLOCKS:,}"
            view.problems.append(place.problem("PBR109", message))
        found.append(None if number is None else int(number))
    return evolve(table, cells=tuple(found))
