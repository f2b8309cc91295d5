"""A slow second evaluator, written from the rules and not from the engine.

One participant at a time, one row at a time, in plain Python: days are whole numbers, windows are ranges of days, money
and shares are fractions. It has its own reader of cells, its own conditions and its own calendar, so that a fault in the
engine has no twin here. It knows the part of the language that :mod:`tests.strategies` writes and refuses the rest.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import field, frozen

Contract: TypeAlias = dict[str, Any]
Tables: TypeAlias = dict[str, list[dict[str, str | None]]]
Verdict: TypeAlias = tuple[str, date | None, str]

DIGITS = {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3}
PERIODS = ("month", "quarter", "contract_year", "contract")
END_OF_DAYS = date.max.toordinal()
TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|<>|<=|>=|[=<>(),])")


@frozen
class Answer:
    """What the contract means for one return on one day."""

    decisions: dict[tuple[str, str], Verdict]
    lines: dict[tuple[str, str, str, str], int]
    use: dict[tuple[str, int, str], str]
    refused: set[tuple[str, int]]
    total: int


@frozen
class Row:
    """One accepted row of a table; ``copy`` says that an equal row stood before it."""

    table: str
    index: int
    cells: dict[str, Any]
    parent: Row | None
    copy: bool


class CellError(ValueError):
    """A cell that does not hold what its field declares."""


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


# ---------------------------------------------------------------- conditions, three-valued


def all_of(values: list[bool | None]) -> bool | None:
    """Join by AND: one false settles it, else one unknown."""
    return False if False in values else None if None in values else True


def any_of(values: list[bool | None]) -> bool | None:
    """Join by OR: one true settles it, else one unknown."""
    return True if True in values else None if None in values else False


def opposite(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth value is the thing itself
    """Deny; the denial of unknown is unknown."""
    return None if value is None else not value


class Reader:
    """Reads one condition for one row, from left to right, giving its truth as it goes."""

    def __init__(self, text: str, look_up: Any, leap_birthday: str) -> None:
        """Keep the words of the condition and the way to find a name's value."""
        self.words = TOKEN.findall(text)
        assert "".join(self.words) == re.sub(r"\s", "", text) or "'" in text, text
        self.look_up = look_up
        self.leap_birthday = leap_birthday

    def truth(self) -> bool | None:
        """Read the whole condition."""
        found = self.either()
        assert not self.words, self.words
        assert found is None or isinstance(found, bool)
        return found

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if tuple(self.words[: len(words)]) == words:
            del self.words[: len(words)]
            return True
        return False

    def either(self) -> Any:
        """Read terms joined by OR."""
        terms = [self.both()]
        while self.take("OR"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else any_of(terms)

    def both(self) -> Any:
        """Read terms joined by AND."""
        terms = [self.denied()]
        while self.take("AND"):
            terms.append(self.denied())
        return terms[0] if len(terms) == 1 else all_of(terms)

    def denied(self) -> Any:
        """Read a term that may have NOT before it."""
        return opposite(self.denied()) if self.take("NOT") else self.compared()

    def compared(self) -> Any:
        """Read one comparison, or a bare truth."""
        left = self.operand()
        if self.take("IS", "NOT", "NULL"):
            return left is not None
        if self.take("IS", "NULL"):
            return left is None
        if self.take("NOT", "IN"):
            return opposite(self.among(left))
        if self.take("IN"):
            return self.among(left)
        for sign in ("=", "<>", "<=", ">=", "<", ">"):
            if self.take(sign):
                return compare(sign, left, self.operand())
        return left

    def among(self, left: Any) -> bool | None:
        """Read the list after IN."""
        assert self.take("(")
        found = [compare("=", left, self.operand())]
        while self.take(","):
            found.append(compare("=", left, self.operand()))
        assert self.take(")")
        return any_of(found)

    def operand(self) -> Any:
        """Read a literal, a name, a function or a bracket."""
        word = self.words.pop(0)
        if word == "(":
            found = self.either()
            assert self.take(")")
            return found
        if word in {"TRUE", "FALSE"}:
            return word == "TRUE"
        if word == "DATE":
            return date.fromisoformat(self.words.pop(0)[1:-1])
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word[0].isdigit():
            return Fraction(word)
        if word == "age_on":
            return self.age()
        return self.look_up(word)

    def age(self) -> int | None:
        """Read the two days of ``age_on(born, day)``."""
        assert self.take("(")
        born = self.operand()
        assert self.take(",")
        day = self.operand()
        assert self.take(")")
        return None if born is None or day is None else age_on(born, day, self.leap_birthday)


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """Compare two values; with an empty one the answer is unknown."""
    if left is None or right is None:
        return None
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


# ---------------------------------------------------------------- evidence


def declared(spec: str | dict[str, Any]) -> dict[str, Any]:
    """Write a field's type in its long form."""
    return {"type": spec} if isinstance(spec, str) else spec


def fields_of(contract: Contract, table: str) -> dict[str, dict[str, Any]]:
    """List a table's fields, with the key of its parent."""
    spec = contract["tables"][table]
    found = {name: declared(kind) for name, kind in spec["fields"].items()}
    if "of" in spec:
        above = parent_table(contract, table)
        assert above is not None
        for name in key_of(contract, above):
            found[name] = declared(contract["tables"][above]["fields"][name])
    return found


def parent_table(contract: Contract, table: str) -> str | None:
    """Name the table whose rows this table belongs to."""
    noun = contract["tables"][table].get("of")
    return next((name for name, spec in contract["tables"].items() if spec["row_is"] == noun), None)


def key_of(contract: Contract, table: str) -> list[str]:
    """Name the key fields; the noun unless said, none for a child."""
    spec = contract["tables"][table]
    return list(spec.get("key", [] if "of" in spec else [spec["row_is"]]))


def cohort_table(contract: Contract) -> str:
    """Name the table of the subjects."""
    noun = contract["cohort"]["of"]
    return next(name for name, spec in contract["tables"].items() if spec["row_is"] == noun)


def read_cell(contract: Contract, spec: dict[str, Any], text: str) -> Any:  # noqa: PLR0911 - one return a type
    """Turn one cell into what its field declares."""
    kind = spec["type"]
    text = spec.get("codes", {}).get(text, text)
    if kind == "id" and spec.get("of") == "whole":
        return int(match(r"-?\d+", text))
    if kind in {"id", "provider"}:
        folded = unicodedata.normalize("NFC", text.strip())
        if kind == "provider" and folded not in contract["contract"]["providers"]:
            raise CellError
        return folded
    if kind == "text":
        if text not in spec.get("one_of", [text]):
            raise CellError
        return text
    if kind == "yes_no":
        return match("yes|no", text) == "yes"
    if kind == "whole":
        value = int(match(r"-?\d+", text))
        if value < int(spec.get("from", value)) or value > int(spec.get("to", value)):
            raise CellError
        return value
    if kind in {"decimal", "money"}:
        places = int(spec.get("places", DIGITS[contract["contract"]["currency"]]))
        return Fraction(match(rf"-?\d+(\.\d{{1,{places}}})?" if places else r"-?\d+", text))
    if kind in {"date", "recorded"} and spec.get("of") is None:
        return read_day(text)
    raise NotImplementedError(kind)


def match(pattern: str, text: str) -> str:
    """Give the text back if it has this form."""
    if re.fullmatch(pattern, text, flags=re.ASCII) is None:
        raise CellError
    return text


def read_day(text: str) -> date:
    """Read an ISO day that the calendar has."""
    try:
        return date.fromisoformat(match(r"\d{4}-\d{2}-\d{2}", text))
    except ValueError as error:
        raise CellError from error


def read_row(contract: Contract, table: str, raw: dict[str, str | None]) -> dict[str, Any]:
    """Read one row; a key, a provider and a recorded day may not be empty."""
    headings = {
        name: heading for heading, name in contract["tables"][table].get("columns", {}).items()
    }
    parent = parent_table(contract, table)
    needed = {*key_of(contract, table), *(key_of(contract, parent) if parent else [])}
    cells: dict[str, Any] = {}
    for name, spec in fields_of(contract, table).items():
        text = raw.get(headings.get(name, name))
        if text is None or text == "" or (spec["type"] == "id" and not text.strip()):
            if name in needed or spec["type"] in {"provider", "recorded"}:
                raise CellError
            cells[name] = None
        else:
            cells[name] = read_cell(contract, spec, text)
    return cells


def accept(contract: Contract, tables: Tables) -> tuple[dict[str, list[Row]], set[tuple[str, int]]]:
    """Check the rows, then their keys, then their parents; give the accepted rows and the refused places."""
    accepted: dict[str, list[Row]] = {}
    refused: set[tuple[str, int]] = set()
    for table in sorted(contract["tables"], key=lambda name: "of" in contract["tables"][name]):
        sound: list[tuple[int, dict[str, Any]]] = []
        for index, raw in enumerate(tables[table]):
            try:
                sound.append((index, read_row(contract, table, raw)))
            except CellError:
                refused.add((table, index))
        accepted[table] = []
        key, above = key_of(contract, table), parent_table(contract, table)
        for place, (index, cells) in enumerate(sound):
            rivals = [other for _, other in sound if key and all(other[k] == cells[k] for k in key)]
            parent = None
            if above is not None:
                wanted = key_of(contract, above)
                parents = [
                    row for row in accepted[above] if all(row.cells[k] == cells[k] for k in wanted)
                ]
                parent = parents[0] if parents else None
            if any(other != cells for other in rivals) or (above is not None and parent is None):
                refused.add((table, index))
            else:
                copy = any(other == cells for _, other in sound[:place])
                accepted[table].append(Row(table, index, cells, parent, copy))
    return accepted, refused


# ---------------------------------------------------------------- the world and one participant


@frozen
class World:
    """The contract and its accepted rows, seen at the end of one day."""

    contract: Contract
    rows: dict[str, list[Row]]
    as_at: date

    @property
    def first(self) -> date:
        """Give the first day of the term."""
        return date.fromisoformat(self.contract["contract"]["from"])

    @property
    def last(self) -> date:
        """Give the last day of the term."""
        return date.fromisoformat(self.contract["contract"]["to"])

    @property
    def term(self) -> range:
        """Give the days of the term."""
        return range(self.first.toordinal(), self.last.toordinal() + 1)

    @property
    def year_starts(self) -> str:
        """Give the month and day on which contract years start."""
        return str(self.contract["contract"].get("year_starts", f"{self.first:%m-%d}"))

    def truth(self, text: str | None, row: Row) -> bool | None:
        """Find what a condition says of a row; no condition is true."""
        if text is None:
            return True
        leap = self.contract.get("conventions", {}).get("leap_birthday", "1 March")
        return Reader(text, lambda name: self.look_up(name, row), leap).truth()

    def look_up(self, name: str, row: Row) -> Any:
        """Find a name: the row, then its parent, then a define read in this row; ``start`` is the cohort's start."""
        top = row.parent or row
        if name in row.cells:
            return row.cells[name]
        if name in top.cells:
            return top.cells[name]
        if name == "start":
            return top.cells[self.contract["cohort"]["start"]]
        return self.truth(self.contract["define"][name], row)

    def recorded(self, row: Row, day: date | None) -> bool:
        """Say whether a row with this own day is known by the as-at day."""
        kinds = {kind["type"]: name for name, kind in fields_of(self.contract, row.table).items()}
        if day is not None and day > self.as_at:
            return False
        return "recorded" not in kinds or row.cells[kinds["recorded"]] <= self.as_at


@frozen
class Person:
    """One participant, and what is decided of them."""

    world: World
    row: Row
    memo: dict[str, Verdict] = field(factory=dict)

    @property
    def name(self) -> str:
        """Give the participant's id as text."""
        return str(self.key)

    @property
    def key(self) -> Any:
        """Give the participant's id as it is ordered: text by code point, whole by value."""
        return self.row.cells[key_of(self.world.contract, self.row.table)[0]]

    @property
    def start(self) -> date | None:
        """Give the cohort's start date."""
        found: date | None = self.row.cells[self.world.contract["cohort"]["start"]]
        return found

    @property
    def provider(self) -> str:
        """Give the participant's provider."""
        kinds = {
            kind["type"]: name
            for name, kind in fields_of(self.world.contract, self.row.table).items()
        }
        return str(self.row.cells[kinds["provider"]])

    def is_subject(self) -> bool:
        """Say whether the participant's own row is known by the as-at day."""
        kinds = {kind["type"] for kind in fields_of(self.world.contract, self.row.table).values()}
        return self.world.recorded(self.row, None if "recorded" in kinds else self.start)

    def standing(self) -> str | None:
        """Give the reason the clauses settle every outcome, if they do."""
        cohort = self.world.contract["cohort"]
        unknown = False
        for clause in cohort.get("include", []):
            truth = self.world.truth(clause["when"], self.row)
            if truth is False:
                return "include_failed"
            unknown |= truth is None
        for clause in cohort.get("exclude", []):
            truth = self.world.truth(clause["when"], self.row)
            if truth is True:
                return "exclude_hit"
            unknown |= truth is None
        return "unknown_clause" if unknown else None

    def verdict(self, outcome: str) -> Verdict:
        """Give the decision on one outcome."""
        reason = self.standing()
        if reason is None:
            return self.earned(outcome)
        return ("unknown" if reason == "unknown_clause" else "excluded", None, reason)

    def earned(self, outcome: str) -> Verdict:
        """Decide an outcome for one who is in the cohort; without a price for them it is unknown."""
        if outcome not in self.memo:
            spec = self.world.contract["outcomes"][outcome]
            found = {
                "event": self.event,
                "absence": self.absence,
                "fact": self.fact,
                "combine": self.combine,
            }[spec["kind"]](spec)
            doubt = self.no_money(outcome) if found[0] in {"met", "pending"} else None
            self.memo[outcome] = found if doubt is None else ("unknown", None, doubt)
        return self.memo[outcome]

    # -- windows

    def window(self, spec: dict[str, Any]) -> tuple[int, int] | Verdict:
        """Give the first and last day of a window before the term cuts it, or what the anchor settles."""
        window = spec.get("window")
        if window is None:
            return (1, self.world.last.toordinal() if spec["kind"] == "absence" else END_OF_DAYS)
        kind = "from" if "from" in window else "after"
        if window[kind] == "start":
            anchor = self.start
            if anchor is None:
                return ("unknown", None, "missing_field")
        else:
            state, anchor, _ = self.earned(window[kind])
            if anchor is None:
                return (state, None, "anchor")
        last = self.world.last
        if "for" in window:
            last = add_duration(anchor, window["for"])
        elif "until" in window:
            last = date.fromisoformat(window["until"])
        return (anchor.toordinal() + (kind == "after"), last.toordinal())

    def sightings(self, spec: dict[str, Any]) -> list[tuple[Row, int, bool | None]]:
        """List the known rows an outcome reads: the row, its day and whether its filter is true."""
        found = []
        for row in self.world.rows[spec["table"]]:
            day = row.cells[spec["date"]]
            mine = row is self.row or row.parent is self.row
            if mine and not row.copy and day is not None and self.world.recorded(row, day):
                found.append((row, day.toordinal(), self.world.truth(spec.get("when"), row)))
        return found

    # -- kinds

    def event(self, spec: dict[str, Any]) -> Verdict:
        """Decide whether something happened in the window and the term."""
        window = self.window(spec)
        if len(window) == 3:  # noqa: PLR2004 - a verdict, not two days
            return window
        term = self.world.term
        days = range(window[0], window[1] + 1)
        end = min(window[1], term[-1])
        if window[0] > end:
            return ("not_met", None, "outside_term")
        seen = self.sightings(spec)
        true_days = {day for _, day, truth in seen if truth is True}
        hits = {day for day in true_days if day in days and day in term}
        if hits:
            pick = min if spec.get("pick", "first") == "first" else max
            return ("met", date.fromordinal(pick(hits)), "met")
        if any(truth is None and day in days and day in term for _, day, truth in seen):
            return ("unknown", None, "missing_field")
        if self.world.as_at.toordinal() < end:
            return ("pending", None, "window_open")
        return ("not_met", None, missed(true_days, days))

    def absence(self, spec: dict[str, Any]) -> Verdict:
        """Decide whether nothing happened in the window, wherever the term ends."""
        window = self.window(spec)
        if len(window) == 3:  # noqa: PLR2004 - a verdict, not two days
            return window
        days = range(window[0], window[1] + 1)
        seen = [(day, truth) for _, day, truth in self.sightings(spec) if day in days]
        if any(truth is True for _, truth in seen):
            return ("not_met", None, "defeated")
        if window[1] not in self.world.term or window[0] > self.world.term[-1]:
            return ("not_met", None, "outside_term")
        if seen and any(truth is None for _, truth in seen):
            return ("unknown", None, "missing_field")
        if self.world.as_at.toordinal() < window[1]:
            return ("pending", None, "window_open")
        return ("met", date.fromordinal(window[1]), "met")

    def fact(self, spec: dict[str, Any]) -> Verdict:
        """Decide whether the participant's own row says so, on a day in the window and the term."""
        window = self.window(spec)
        if len(window) == 3:  # noqa: PLR2004 - a verdict, not two days
            return window
        truth = self.world.truth(spec["when"], self.row)
        if truth is None:
            return ("unknown", None, "missing_field")
        where = spec.get("date", "start")
        day = self.start if where == "start" else self.row.cells[where]
        if truth and day is not None and day <= self.world.as_at:
            days = range(window[0], window[1] + 1)
            if day.toordinal() in days and day.toordinal() in self.world.term:
                return ("met", day, "met")
            return ("not_met", None, missed({day.toordinal()}, days))
        if self.world.as_at.toordinal() < min(window[1], self.world.term[-1]):
            return ("pending", None, "window_open")
        return ("not_met", None, "not_true")

    def combine(self, spec: dict[str, Any]) -> Verdict:
        """Decide from other outcomes."""
        return combined(spec["need"], [self.earned(name) for name in spec["of"]])

    # -- prices

    def key_value(self, key: str) -> tuple[str | None, str | None]:
        """Give the participant's label under a grouping, provider or text field, or the reason there is none."""
        groups = self.world.contract.get("groups", {})
        if key in groups:
            said = {
                label: self.world.truth(text, self.row)
                for label, text in groups[key].items()
                if text != "otherwise"
            }
            rest = [label for label, text in groups[key].items() if text == "otherwise"]
            labels = [label for label, truth in said.items() if truth is True]
            labels += rest if all(truth is False for truth in said.values()) else []
            if len(labels) == 1:
                return (labels[0], None)
            return (None, "two_groups" if labels else "no_group")
        if key == "provider":
            return (self.provider, None)
        found = self.row.cells[key]
        return (found, "missing_field" if found is None else None)

    def value(self, written: str, day: date | None) -> tuple[Fraction | None, str | None]:
        """Give a literal or a named value for this participant on a day, or the reason there is none."""
        shape = self.world.contract.get("values", {}).get(written, written)
        label = None
        if isinstance(shape, dict) and "by" in shape:
            label, doubt = self.key_value(shape["by"])
            if doubt is not None:
                return (None, doubt)
        if isinstance(shape, dict) and "dated" in shape:
            if day is None:
                return (None, "missing_field")
            shape = in_force(shape["dated"], day)
            if shape is None:
                return (None, "no_price")
        return (number(shape if isinstance(shape, str) else shape[label]), None)

    def no_money(self, outcome: str) -> str | None:
        """Give the first reason a payment of this outcome could not be worked out."""
        contract = self.world.contract
        for payment, spec in contract.get("payments", {}).items():
            if spec["pays_for"] != outcome:
                continue
            on_start = spec.get("price_on", "achieved") == "start"
            _, doubt = self.value(spec["price"], self.start if on_start else self.world.first)
            if doubt is not None:
                return doubt
            for change in contract.get("adjustments", []):
                if payment not in change.get("on", [payment]):
                    continue
                shape = contract.get("values", {}).get(change.get("at_most", change.get("by")))
                keys = [shape["by"]] if isinstance(shape, dict) and "by" in shape else []
                keys += [
                    key
                    for key in change.get("per", [])
                    if key not in PERIODS and key != contract["cohort"]["of"]
                ]
                doubts = [reason for _, reason in map(self.key_value, keys) if reason is not None]
                if doubts:
                    return doubts[0]
        return None


def missed(true_days: set[int], days: range) -> str:
    """Say why none of the days on which something was true counts: no window and term hold any of them."""
    if any(day in days for day in true_days):
        return "outside_term"
    if any(day >= days.stop for day in true_days):
        return "after_window"
    return "before_window" if true_days else "no_evidence"


def combined(need: str, parts: list[Verdict]) -> Verdict:
    """Combine verdicts: all of them, any of them or so many of them."""
    states = [state for state, _, _ in parts]
    days = sorted(day for _, day, _ in parts if day is not None)
    met, pending, unknown = (states.count(state) for state in ("met", "pending", "unknown"))
    if need == "all":
        order = ["not_met", "unknown", "pending", "met"]
        state, day = next(s for s in order if s in states), days[-1] if days else None
    elif need == "any":
        order = ["met", "pending", "unknown", "not_met"]
        state, day = next(s for s in order if s in states), days[0] if days else None
    else:
        count = int(need)
        day = days[count - 1] if met >= count else None
        if met >= count:
            state = "met"
        elif met + pending + unknown < count:
            state = "not_met"
        else:
            state = "pending" if met + pending >= count else "unknown"
    return (state, day, "met") if state == "met" else (state, None, f"part_{state}")


def in_force(dated: dict[str, Any], day: date) -> Any:
    """Find what is in force on a day; a day alone holds until the next, ``A to B`` holds those days."""
    best = None
    for key in sorted(dated):
        first, _, last = key.partition(" to ")
        if date.fromisoformat(first) <= day:
            best = dated[key] if not last or day <= date.fromisoformat(last) else None
    return best


# ---------------------------------------------------------------- money


@frozen
class Paid:
    """One payment line before any adjustment."""

    payment: str
    person: Person
    outcome: str
    day: date
    amount: int

    @property
    def order(self) -> tuple[Any, ...]:
        """Give the place of the line in a cap: by day, subject, provider and the outcome's place in the file."""
        outcomes = list(self.person.world.contract["outcomes"])
        return (self.day, self.person.key, self.person.provider, outcomes.index(self.outcome))

    def line(self, adjustment: str) -> tuple[str, str, str, str]:
        """Give the key of a line made from this one."""
        return (self.payment, self.person.name, self.outcome, adjustment)

    def group(self, per: list[str]) -> tuple[Any, ...]:
        """Give the line's place in each of the ``per`` words."""
        world, found = self.person.world, []
        for key in per:
            if key == world.contract["cohort"]["of"]:
                found.append(self.person.name)
            elif key == "contract":
                found.append("contract")
            elif key in PERIODS:
                found.append(period_start(self.day, key, world.year_starts).isoformat())
            else:
                found.append(str(self.person.key_value(key)[0]))
        return tuple(found)


def pay(world: World, people: list[Person]) -> list[Paid]:
    """Make one line for each met outcome that has a price."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    found = []
    for payment, spec in world.contract.get("payments", {}).items():
        for person in people:
            state, day, _ = person.verdict(spec["pays_for"])
            if state == "met" and day is not None:
                on_start = spec.get("price_on", "achieved") == "start"
                price, doubt = person.value(spec["price"], person.start if on_start else day)
                assert price is not None, doubt
                assert (price * scale).denominator == 1
                found.append(Paid(payment, person, spec["pays_for"], day, int(price * scale)))
    return found


def settle(world: World, paid: list[Paid]) -> dict[tuple[str, str, str, str], int]:
    """Write the payment lines, then the lines of each adjustment in order; nil lines are not written."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    mode = world.contract.get("conventions", {}).get("rounding", "half_up")
    lines = {item.line("-"): item.amount for item in paid}
    for change in world.contract.get("adjustments", []):
        spent: dict[tuple[Any, ...], Fraction] = {}
        made = {}
        for item in sorted(paid, key=lambda one: one.order):
            if item.payment not in change.get("on", [item.payment]):
                continue
            if world.truth(change.get("where"), item.person.row) is not True:
                continue
            net = sum(amount for key, amount in lines.items() if key[:3] == item.line("-")[:3])
            figure, doubt = item.person.value(
                change["at_most" if change["kind"] == "cap" else "by"], item.day
            )
            assert figure is not None, doubt
            if change["kind"] == "multiply":
                made[item.line(change["id"])] = round_half(net * figure, mode) - net
            else:
                group = item.group(change["per"])
                left = max(figure * scale - spent.get(group, Fraction(0)), Fraction(0))
                allowed = min(Fraction(net), left)
                spent[group] = spent.get(group, Fraction(0)) + allowed
                made[item.line(change["id"])] = int(allowed) - net
        lines |= made
    return {key: amount for key, amount in lines.items() if amount != 0}


# ---------------------------------------------------------------- what each row was used for


def use_for(person: Person | None, outcome: str, row: Row, world: World) -> str | None:  # noqa: PLR0911 - first that fits
    """Say what one outcome made of one row; nothing if it does not read it."""
    spec = world.contract["outcomes"][outcome]
    day, truth = row.cells[spec["date"]], world.truth(spec.get("when"), row)
    if day is None or truth is False:
        return None
    if not world.recorded(row, day):
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    if person is None or person.verdict(outcome)[0] == "excluded":
        return "not_included"
    window, at = person.window(spec), day.toordinal()
    if len(window) == 2:  # noqa: PLR2004 - two days, not a verdict
        if at < window[0]:
            return "before_window"
        if at > window[1]:
            return "after_window"
    if spec["kind"] == "event" and at not in world.term:
        return "outside_term"
    if len(window) == 3:  # noqa: PLR2004 - a verdict, not two days
        return "not_picked"
    state, picked, _ = getattr(person, spec["kind"])(spec)
    if truth is None:
        return "used" if state == "unknown" else "not_picked"
    return "used" if spec["kind"] == "absence" or day == picked else "not_picked"


def uses(world: World, people: list[Person]) -> dict[tuple[str, int, str], str]:
    """Give the use of every accepted row for every event or absence that reads it.

    The place of the outcome is ``-`` for a row that none reads, and for what the cohort made of a participant's own row.
    """
    found: dict[tuple[str, int, str], str] = {}
    cohort = cohort_table(world.contract)
    for table, rows in world.rows.items():
        for row in rows:
            top = row.parent or row
            person = next((one for one in people if one.row.cells == top.cells), None)
            for outcome, spec in world.contract["outcomes"].items():
                use = use_for(person, outcome, row, world) if spec.get("table") == table else None
                if use is not None:
                    found[table, row.index, outcome] = use
            if table == cohort:
                found[table, row.index, "-"] = cohort_use(person, row)
            elif not any(key[:2] == (table, row.index) for key in found):
                found[table, row.index, "-"] = "unasked"
    return found


def cohort_use(person: Person | None, row: Row) -> str:
    """Say what the cohort made of a participant's own row."""
    if person is None:
        return "not_yet_recorded"
    if row.copy:
        return "same_row"
    return "not_included" if person.standing() in {"include_failed", "exclude_hit"} else "used"


def run(contract: Contract, tables: Tables, as_at: date) -> Answer:
    """Evaluate a contract on a return, as at the end of a day.

    Args:
        contract: The contract as plain maps, lists and text.
        tables: For each table its rows, each from returned heading to text; ``None`` and ``""`` are empty.
        as_at: The day at whose end the question is asked.

    Returns:
        Every decision, line and use, the refused rows (table, place from 0) and the total in minor units.
    """
    rows, refused = accept(contract, tables)
    world = World(contract, rows, as_at)
    everyone = [Person(world, row) for row in rows[cohort_table(contract)] if not row.copy]
    people = [person for person in everyone if person.is_subject()]
    decisions = {
        (one.name, outcome): one.verdict(outcome)
        for one in people
        for outcome in contract["outcomes"]
    }
    lines = settle(world, pay(world, people))
    return Answer(decisions, lines, uses(world, people), refused, sum(lines.values()))
