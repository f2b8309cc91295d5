"""Scores: what a score is made of, where its baseline lies, and the one test that it or its change has to pass."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve

from pbr.calendar import parse_date
from pbr.confidence import Z_OF_LEVEL
from pbr.contract.check_outcomes import check_length, named_outcome
from pbr.contract.contract import scale_of
from pbr.contract.figures import Unit
from pbr.contract.model import FieldKind
from pbr.facts import START
from pbr.lines import MOST
from pbr.outcomes import Score
from pbr.outcomes.score import TESTS
from pbr.problem import did_you_mean, short
from pbr.scoring import Fill, Items, chance_squared, least_beyond
from pbr.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.figures import Figures
    from pbr.contract.model import Field
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes.score import Reliable

MOST_ITEMS = 100


def check_scores(view: View) -> None:
    """Check the terms of every score."""
    for name, outcome in view.terms.outcomes.items():
        if isinstance(outcome, Score):
            path = ("outcomes", name)
            _value(view, outcome, path)
            _tests(view, outcome, path)
            if outcome.baseline is not None and outcome.changes:
                _baseline(view, outcome, (*path, "baseline"))


# ---- what a score is made of


def _value(view: View, score: Score, path: PathTo) -> None:
    if score.table not in view.terms.tables:
        return
    fields = view.terms.all_fields(score.table)
    if isinstance(score.value, Items):
        _items(view, score.value, fields, (*path, "value"))
        return
    numbers = [name for name, term in fields.items() if term.type in {FieldKind.WHOLE, FieldKind.DECIMAL}]
    if score.value not in numbers and score.value not in view.lost:
        message = f"'{short(score.value)}' is not a number of {score.table}{did_you_mean(score.value, numbers)}"
        view.fail("PBR134", message, *path, "value")


def _items(view: View, items: Items, fields: dict[str, Field], path: PathTo) -> None:
    """Each item is a field whose numbers lie between the ends, so that no answer has to be guessed at."""
    ends = items.ends
    if ends is None or ends[0] >= ends[1]:
        message = f"'{short(items.each)}' does not say the least and the greatest answer; write it like 1 to 4"
        view.fail("PBR109", message, *path, "each")
        ends = None
    if not 0 < len(items.sum) <= MOST_ITEMS:
        view.fail("PBR102", f"name from 1 to {MOST_ITEMS} fields to be added up", *path, "sum")
    for index, name in enumerate(items.sum):
        if name in items.sum[:index]:
            view.fail("PBR110", f"'{short(name)}' stands here twice", *path, "sum", index)
        elif name not in view.lost:
            _item(view, name, fields, ends, (*path, "sum", index))
    for index, name in enumerate(items.reverse):
        if name not in items.sum:
            message = f"'{short(name)}' is not one of the fields added up{did_you_mean(name, items.sum)}"
            view.fail("PBR111", message, *path, "reverse", index)
        elif name in items.reverse[:index]:
            view.fail("PBR110", f"'{name}' stands here twice", *path, "reverse", index)
    _missing(view, items, path)


def _item(view: View, name: str, fields: dict[str, Field], ends: tuple[int, int] | None, path: PathTo) -> None:
    numbers = [each for each, term in fields.items() if term.type is FieldKind.WHOLE]
    if name not in numbers:
        view.fail("PBR134", f"'{short(name)}' is not a whole number field{did_you_mean(name, numbers)}", *path)
        return
    if ends is None:
        return
    term = fields[name]
    held = [int(text) if _is_whole(text) else None for text in (term.from_, term.to)]
    if held[0] is None or held[1] is None or not ends[0] <= held[0] <= held[1] <= ends[1]:
        message = f"the field '{name}' may hold other numbers than {ends[0]} to {ends[1]}"
        view.fail("PBR134", f"{message}; declare it {{type: whole, from: {ends[0]}, to: {ends[1]}}}", *path)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal()


def _missing(view: View, items: Items, path: PathTo) -> None:
    """How many items may be missing, and what then stands for them."""
    most = items.may_miss
    if most is None or not most < max(len(items.sum), 1):
        message = f"'{short(str(items.most_missing))}' is not a number of items from 0 to {len(items.sum) - 1}"
        view.fail("PBR109", message, *path, "most_missing")
    elif items.most_missing is None and items.fill is Fill.MEAN:
        message = "'most_missing' is missing here: say how many items `fill: mean` may fill in"
        view.fail("PBR102", message, *path)
    elif most and items.fill is Fill.NONE:
        message = "nothing stands for an item that is missing; write `fill: mean`, or remove `most_missing`"
        view.fail("PBR136", message, *path, "most_missing")
    elif items.ends is not None and len(items.sum) <= MOST_ITEMS:
        largest = max(abs(end) for end in items.ends)
        if largest * len(items.sum) ** 2 * items.parts > MOST:
            message = "a sum scaled for so many missing items comes to more than can be held; let fewer be missing"
            view.fail("PBR109", message, *path, "most_missing")


# ---- what is tested


def _tests(view: View, score: Score, path: PathTo) -> None:
    given = [key for key in TESTS if getattr(score, key) is not None]
    if len(given) != 1:
        message = "a score has one test: `at_least`, `at_most`, `above`, `below` or `reliable`"
        view.fail("PBR136", message, *path, *given[1:2])
    for key, fault in _odd(score):
        view.fail("PBR136", fault, *path, key)
    if score.changes and score.table == view.terms.cohort_table:
        message = "there is one row of the cohort's own table for each, so that nothing changes; name a child table"
        view.fail("PBR134", message, *path, "table")


def _odd(score: Score) -> Iterator[tuple[str, str]]:
    """Terms that mean nothing beside the others."""
    if score.of is not None and score.change is None:
        yield "of", "a percentage of the baseline is of a change; write `change: up` or `change: down`"
    if score.of is not None and score.reliable is not None:
        yield "of", "a reliable change is no percentage; remove `of`"
    if score.baseline is not None and not score.changes:
        yield "baseline", "without `change` the score itself is tested; say which `change` is, or remove `baseline`"


def _baseline(view: View, score: Score, path: PathTo) -> None:
    base = score.span
    if base.from_ is not None and base.after is not None:
        view.fail("PBR135", "a baseline has `from` or `after`, not both; remove one", *path)
        return
    if base.for_ is not None and not base.begins:
        view.fail("PBR135", "`for` is counted from a day; write `from` or `after` too", *path, "for")
        return
    if base.for_ is not None and base.until is not None:
        view.fail("PBR135", "a baseline has `for` or `until`, not both; remove one", *path, "until")
        return
    is_date = parse_date(base.until or "") is not None
    if base.begins and base.until is not None and not is_date:
        message = (
            f"'{short(base.until)}' is not a day written like 2025-04-01, which `until` is beside `from` or `after`"
        )
        view.fail("PBR107", message, *path, "until")
        return
    if base.for_ is not None:
        check_length(view, base.window, base.for_, view.document.place((*path, "for")))
    anchor = base.window.anchor
    if anchor != START and not (is_date and not base.begins):
        key = "from" if base.from_ else "after" if base.after else "until"
        named_outcome(view, anchor, *path, key, more=(START,))


# ---- figures


def check_score_figures(view: View, figures: Figures) -> None:
    """What scores are compared with, in whole numbers of parts, so that the comparison is exact."""
    for name, score in view.terms.outcomes.items():
        if not isinstance(score, Score) or sum(getattr(score, key) is not None for key in TESTS) != 1:
            continue
        path = ("outcomes", name, score.test)
        if score.reliable is not None:
            square = reliable_square(view, figures, score.reliable, path)
            table = None if square is None else Table(cells=(square,), places=(view.document.place(path),))
        else:
            unit = Unit.NUMBER if score.of is None else Unit.RATIO
            table = figures.table(str(getattr(score, score.test)), unit, path)
        if table is not None and score.of is None and _sound(view, score):
            table = _bounds(view, score, table)
        view.keep(table, *path)


def _sound(view: View, score: Score) -> bool:
    """Whether it is known how many parts make one of a score."""
    if isinstance(score.value, Items):
        return score.value.may_miss is not None and score.value.may_miss < len(score.value.sum) <= MOST_ITEMS
    return score.table in view.terms.tables and score.value in view.terms.all_fields(score.table)


def _bounds(view: View, score: Score, table: Table) -> Table:
    """The least, or the greatest, whole numbers of parts that pass each of some figures."""
    parts, found = scale_of(view.terms, score), list[int | None]()
    for cell, place in zip(table.cells, table.places, strict=True):
        if not isinstance(cell, int | Fraction):
            found.append(None)
            continue
        bound = least_beyond(Fraction(cell), parts) if score.reliable else _bound(score.test, Fraction(cell) * parts)
        if abs(bound) > MOST:
            view.problems.append(place.problem("PBR109", "this is more than a score can come to; change it"))
        found.append(bound)
    return evolve(table, cells=tuple(found))


def _bound(test: str, figure: Fraction) -> int:
    """The least whole number that is at least, or above, a figure; the greatest that is at most, or below.

    Example:
        >>> half = Fraction(5, 2)
        >>> [_bound(test, half) for test in TESTS[:4]], [_bound(test, Fraction(2)) for test in TESTS[:4]]
        ([3, 2, 3, 2], [2, 2, 3, 1])
    """
    return {
        "at_least": math.ceil(figure),
        "at_most": math.floor(figure),
        "above": math.floor(figure) + 1,
        "below": math.ceil(figure) - 1,
    }[test]


def reliable_square(view: View, figures: Figures, reliable: Reliable, path: PathTo) -> Fraction | None:
    """The square of the change that chance alone would not exceed; None where there is a fault."""
    before = len(view.problems)
    if (reliable.level is None) == (reliable.z is None):
        view.fail("PBR136", "a reliable change has either `level`, such as 95%, or `z`, such as 1.96", *path)
    z = Z_OF_LEVEL.get(reliable.level or "")
    if reliable.level is not None and z is None:
        message = f"'{short(reliable.level)}' is not a level in the table{did_you_mean(reliable.level, Z_OF_LEVEL)}"
        view.fail("PBR106", message, *path, "level")
    if reliable.z is not None:
        z = _one_figure(view, figures, reliable.z, Unit.NUMBER, (*path, "z"))
    sd = _one_figure(view, figures, reliable.sd, Unit.NUMBER, (*path, "sd"))
    reliability = _one_figure(view, figures, reliable.reliability, Unit.RATIO, (*path, "reliability"))
    for key, figure in (("z", z), ("sd", sd)):
        if figure is not None and figure <= 0:
            view.fail("PBR109", f"`{key}` is above 0", *path, key)
    if reliability is not None and reliability >= 1:
        message = "a reliability is below 1; with 1 there is no chance, and every change would be reliable"
        view.fail("PBR109", message, *path, "reliability")
    if len(view.problems) > before or z is None or sd is None or reliability is None:
        return None
    return chance_squared(sd, reliability, z)


def _one_figure(view: View, figures: Figures, text: str, unit: Unit, path: PathTo) -> Fraction | None:
    """A number, or a value that is one number for everybody."""
    table = figures.table(text, unit, path)
    if table is None:
        return None
    cell = table.cells[0]
    if len(table.cells) > 1 or not isinstance(cell, int | Fraction):
        message = f"'{short(text)}' has several figures, and the change beyond chance is one for everybody"
        view.fail("PBR125", message, *path)
        return None
    return Fraction(cell)
