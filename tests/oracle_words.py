"""The oracle's numbers, days and conditions."""

from __future__ import annotations

import calendar
import enum
import re
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Cell: TypeAlias = Any  # what a cell or a word of a condition holds; None is empty or unknown
Rows: TypeAlias = "list[tuple[Truth, dict[str, Cell]]]"  # rows of a child table: a condition's answer, and the cells

TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_.]*|\d+(?:\.\d+)?|<>|<=|>=|[=<>(),])")

# ---------------------------------------------------------------- numbers and days


def number(text: str) -> Fraction:
    """Give the exact value of ``12.50``, ``5/6`` or ``94%``."""
    text = text.strip()
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def round_half(value: Fraction, mode: str) -> int:
    """Round to a whole number; a half goes away from zero (``half_up``) or to the even neighbour (``half_even``)."""
    size = abs(value)
    whole, rest = divmod(size.numerator, size.denominator)
    twice = 2 * rest - size.denominator
    if twice > 0 or (twice == 0 and (mode == "half_up" or whole % 2 == 1)):
        whole += 1
    return whole if value >= 0 else -whole


@cache
def add_months(day: date, months: int) -> date:
    """Step whole months from a day; a day the month has not is its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_duration(day: date, duration: str) -> date:
    """Step ``N days|weeks|months|years`` from a day, in one step."""
    count, unit = duration.split()
    size = int(count)
    unit = unit.rstrip("s")
    if unit == "day":
        return day + timedelta(days=size)
    if unit == "week":
        return day + timedelta(days=7 * size)
    return add_months(day, size if unit == "month" else 12 * size)


def age_on(born: date, day: date, leap_birthday: str) -> int:
    """Count birthdays; one born on 29 February has theirs on the declared day of a common year."""
    if (born.month, born.day) != (2, 29) or calendar.isleap(day.year):
        birthday = (born.month, born.day)
    else:
        birthday = (3, 1) if leap_birthday == "1 March" else (2, 28)
    return day.year - born.year - (0 if (day.month, day.day) >= birthday else 1)


@cache
def period_start(day: date, kind: str, year_starts: str) -> date:
    """Find the first day of the month, quarter or contract year that holds a day."""
    month, start_day = (int(part) for part in year_starts.split("-"))
    year = date(day.year, month, start_day)
    if year > day:
        year = date(day.year - 1, month, start_day)
    step = {"month": 1, "quarter": 3, "contract_year": 12}[kind]
    count = 0
    while add_months(year, (count + 1) * step) <= day:
        count += 1
    return add_months(year, count * step)


def in_force(dated: dict[str, Any], day: date) -> Cell:
    """Find what is in force on a day; a day alone holds until the next, ``A to B`` holds those days."""
    best = None
    for key in sorted(dated):
        first, _, last = key.partition(" to ")
        if date.fromisoformat(first) <= day:
            best = dated[key] if not last or day <= date.fromisoformat(last) else None
    return best


# ---------------------------------------------------------------- conditions, three-valued


class Doubt(enum.Enum):
    """Why something is not known, the weakest first, with the reason it gives to an outcome."""

    NEVER = "part_not_met"
    UNKNOWN = "part_unknown"
    EMPTY = "missing_field"
    PENDING = "part_pending"


Truth: TypeAlias = "bool | Doubt"


def worst(values: list[Any]) -> Doubt | None:
    """Find the strongest doubt there is about any of the values; an empty one is in doubt too."""
    doubts = [Doubt.EMPTY if value is None else value for value in values]
    return max((one for one in doubts if isinstance(one, Doubt)), key=list(Doubt).index, default=None)


def all_of(values: list[Truth]) -> Truth:
    """Join by AND: one false settles it, else the strongest doubt."""
    return False if False in values else worst(values) or True


def any_of(values: list[Truth]) -> Truth:
    """Join by OR: one true settles it, else the strongest doubt."""
    return True if True in values else worst(values) or False


def opposite(value: Truth) -> Truth:
    """Deny; the denial of a doubt is the same doubt."""
    return value if isinstance(value, Doubt) else not value


def empty(value: Cell) -> Truth:
    """Say whether a value is empty; of a result that is not known yet that is in doubt."""
    return value if value in {Doubt.UNKNOWN, Doubt.PENDING} else value in {None, Doubt.EMPTY, Doubt.NEVER}


class Reader:
    """Reads one condition for one row, from left to right, giving its truth as it goes."""

    def __init__(
        self,
        text: str,
        look_up: Callable[[str], Cell],
        leap_birthday: str,
        rows: Callable[[str, str], Rows] | None = None,
    ) -> None:
        """Keep the words of the condition, and the ways to a name's value and to the rows of a table."""
        self.rows = rows
        self.words = TOKEN.findall(text)
        assert "".join(self.words) == re.sub(r"\s", "", text) or "'" in text, text
        self.look_up = look_up
        self.leap_birthday = leap_birthday

    def truth(self) -> Truth:
        """Read the whole condition."""
        found = self.either()
        assert not self.words, self.words
        assert isinstance(found, bool | Doubt)
        return found

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if tuple(self.words[: len(words)]) == words:
            del self.words[: len(words)]
            return True
        return False

    def either(self) -> Cell:
        """Read terms joined by OR."""
        terms = [self.both()]
        while self.take("OR"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else any_of(terms)

    def both(self) -> Cell:
        """Read terms joined by AND."""
        terms = [self.denied()]
        while self.take("AND"):
            terms.append(self.denied())
        return terms[0] if len(terms) == 1 else all_of(terms)

    def denied(self) -> Cell:
        """Read a term that may have NOT before it."""
        return opposite(self.denied()) if self.take("NOT") else self.compared()

    def compared(self) -> Cell:
        """Read one comparison, or a bare truth."""
        left = self.operand()
        if self.take("IS", "NOT", "NULL"):
            return opposite(empty(left))
        if self.take("IS", "NULL"):
            return empty(left)
        if self.take("NOT", "IN"):
            return opposite(self.among(left))
        if self.take("IN"):
            return self.among(left)
        for sign in ("=", "<>", "<=", ">=", "<", ">"):
            if self.take(sign):
                return compare(sign, left, self.operand())
        return Doubt.EMPTY if left is None else left

    def among(self, left: Cell) -> Truth:
        """Read the list after IN."""
        assert self.take("(")
        found = [compare("=", left, self.operand())]
        while self.take(","):
            found.append(compare("=", left, self.operand()))
        assert self.take(")")
        return any_of(found)

    def operand(self) -> Cell:
        """Read a literal, a name, a function or a bracket."""
        word = self.words.pop(0)
        if word == "(":
            found = self.either()
            assert self.take(")")
            return found
        if word == "DATE":
            return date.fromisoformat(self.words.pop(0)[1:-1])
        if word in {"count", "any", "all", "first", "last"} and self.words[:1] == ["("]:
            return self.question(word)
        if word in {"age_on", "days_between"}:
            return self.age() if word == "age_on" else self.days()
        return self.literal(word) if word[0] in "'0123456789" else self.named(word)

    def literal(self, word: str) -> Cell:
        """Read a text or a number."""
        return word[1:-1].replace("''", "'") if word[0] == "'" else Fraction(word)

    def named(self, word: str) -> Cell:
        """Find what a name stands for."""
        return word == "TRUE" if word in {"TRUE", "FALSE"} else self.look_up(word)

    def question(self, what: str) -> Cell:
        """Read what is asked of the rows of a child table: each has a truth, and the day that is asked for."""
        assert self.take("(")
        table, day = self.words.pop(0), ""
        if what in {"first", "last"}:
            assert self.take(",")
            day = self.words.pop(0)
        inside: list[str] = []
        if self.take(","):
            while self.words[0] != ")" or inside.count("(") > inside.count(")"):
                inside.append(self.words.pop(0))
        assert self.take(")")
        assert self.rows is not None
        found = self.rows(table, " ".join(inside))
        if not day:
            return of_truths(what, [truth for truth, _ in found])
        dated = [(truth, cells[day]) for truth, cells in found if cells[day] is not None]
        if self.words[:1] == ["IS"]:
            there = any_of([truth for truth, _ in dated])
            denied = self.words[:3] != ["IS", "NOT", "NULL"]
            del self.words[: 2 if denied else 3]
            return opposite(there) if denied else there
        return end_of(what, dated)

    def age(self) -> int | Doubt:
        """Read the two days of ``age_on(born, day)``."""
        assert self.take("(")
        born = self.operand()
        assert self.take(",")
        day = self.operand()
        assert self.take(")")
        return worst([born, day]) or age_on(born, day, self.leap_birthday)

    def days(self) -> int | Doubt:
        """Read the two days of ``days_between(first, last)``."""
        assert self.take("(")
        first = self.operand()
        assert self.take(",")
        last = self.operand()
        assert self.take(")")
        return worst([first, last]) or (last - first).days


def questions(text: str) -> list[tuple[str, str, str]]:
    """List what a condition asks of child tables: the table, the day if one is asked for, the condition on its rows."""
    found: list[tuple[str, str, str]] = []

    def asked(table: str, inside: str) -> Rows:
        found.append((table, words[place + 4] if word in {"first", "last"} else "", inside))
        return []

    words = TOKEN.findall(text)
    for place, word in enumerate(words):
        if word in {"count", "any", "all", "first", "last"} and words[place + 1 : place + 2] == ["("]:
            reader = Reader("", str, "", asked)
            reader.words = words[place:]
            reader.operand()
    return found


def of_truths(what: str, truths: list[Truth]) -> Cell:
    """Count the rows that are true, or say whether any is, or every one."""
    if what == "count":
        return worst(truths) or truths.count(True)
    return any_of(truths) if what == "any" else all_of(truths)


def end_of(what: str, dated: list[tuple[Truth, date]]) -> Cell:
    """Find the first or the last of the days whose rows are true, if no row in doubt has one beyond it."""
    end = max if what == "last" else min
    true = [day for truth, day in dated if truth is True]
    perhaps = [day for truth, day in dated if isinstance(truth, Doubt)]
    if true and end(true) == end(true + perhaps):
        return end(true)
    return worst([truth for truth, _ in dated])


def compare(sign: str, left: Cell, right: Cell) -> Truth:
    """Compare two values; with an empty one the answer is in doubt."""
    doubt = worst([left, right])
    if doubt is not None:
        return doubt
    return bool(
        {
            "=": lambda: left == right,
            "<>": lambda: left != right,
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }[sign](),
    )
