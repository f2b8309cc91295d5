"""The second evaluator of groups: member after member, in plain Python, each measure by its words.

It is written from the rules and not from the engine: members are found one by one, a share is a fraction, and a bound
of an interval is compared by solving for it with a root, to many digits, instead of by squares.
"""

from __future__ import annotations

import re
import statistics
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.oracle import opened
from tests.oracle_words import add_duration, add_months, period_start

if TYPE_CHECKING:
    from tests.oracle_people import Person, World
    from tests.oracle_rows import Contract, Tables

WHO = ("where", "per", "by", "at_most", "at_least")
PERIODS = ("month", "quarter", "contract_year", "contract")
Key = tuple[str, ...]
Z = {"80%": "1.2816", "90%": "1.6449", "95%": "1.9600", "98%": "2.3263", "99%": "2.5758", "99.8%": "3.0902"}


@frozen
class Found:
    """What came out for one group: its state, its figure, the day on which it was fixed, and of how many it is."""

    state: str
    value: Fraction | None = None
    known: date | None = None
    counted: tuple[int, int] | None = None


class Groups:
    """Works out the outcomes of groups of one contract on one return."""

    def __init__(self, contract: Contract, tables: Tables, as_at: date) -> None:
        """Keep what is asked; `contract` has outcomes on participants and of groups alike."""
        self.specs = {name: spec for name, spec in contract["outcomes"].items() if spec["kind"] in {"measure", "test"}}
        self.specs |= {name: spec for name, spec in contract["outcomes"].items() if str(spec.get("of")) in self.specs}
        self.specs |= {
            name: spec
            for name, spec in contract["outcomes"].items()
            if spec["kind"] == "combine" and set(spec["of"]) <= set(self.specs)
        }
        own = {name: spec for name, spec in contract["outcomes"].items() if name not in self.specs}
        paid = {n: each for n, each in contract.get("payments", {}).items() if each.get("pays_for") not in self.specs}
        self.contract: Contract = contract | {"outcomes": own, "payments": paid}
        self.tables, self.as_at = tables, as_at
        self.seen: dict[date, tuple[World, list[Person]]] = {}
        self.results: dict[str, dict[Key, Found]] = {}

    def at(self, day: date) -> tuple[World, list[Person]]:
        """Give everybody as at the end of a day."""
        if day not in self.seen:
            world, people, _ = opened(self.contract, self.tables, day)
            self.seen[day] = world, people
        return self.seen[day]

    def all(self) -> dict[str, dict[Key, Found]]:
        """Work out every outcome of groups, in the order of the file; each names only those before it."""
        for name, spec in self.specs.items():
            kind = spec["kind"]
            keys = self.keys(spec)
            if kind == "measure":
                self.results[name] = {key: self.measure(spec, key) for key in keys}
            elif kind == "test":
                self.results[name] = {key: self.test(spec, key) for key in keys}
            elif kind == "scale":
                self.results[name] = {key: self.scale(spec, key) for key in keys}
            else:
                self.results[name] = {key: self.combine(spec, key) for key in keys}
        return self.results

    # -- groups and periods

    def words(self, spec: dict[str, Any]) -> list[str]:
        """Give what names a group of an outcome."""
        while spec["kind"] != "measure":
            parts = [self.specs[name] for name in ([spec["of"]] if isinstance(spec["of"], str) else spec["of"])]
            spec = max(parts, key=lambda part: len(self.words(part)))
        return list(spec.get("per", []))

    def keys(self, spec: dict[str, Any]) -> list[Key]:
        """List the groups of an outcome."""
        return list(product(*(self.labels(word) for word in self.words(spec))))

    def labels(self, word: str) -> list[str]:
        """List the labels of a word."""
        if word == "provider":
            return sorted(self.contract["contract"]["providers"])
        if word in self.contract.get("groups", {}):
            return list(self.contract["groups"][word])
        if word in PERIODS:
            return [name for name, _, _ in self.periods(word)]
        for table in self.contract["tables"].values():
            if word in table["fields"]:
                return list(table["fields"][word]["one_of"])
        raise AssertionError(word)

    def periods(self, word: str) -> list[tuple[str, date, date]]:
        """List the periods of the term: the name, the first and the last day of each."""
        world, _ = self.at(self.as_at)
        if word == "contract":
            return [("all", world.first, world.last)]
        found, day = [], world.first
        first_year = period_start(day, "contract_year", world.year_starts)
        while day <= world.last:
            begins = period_start(day, word, world.year_starts)
            year = period_start(day, "contract_year", world.year_starts)
            number = next(n for n in range(1, 200) if add_months(first_year, 12 * (n - 1)) >= year)
            ends = day
            while ends < world.last and period_start(ends + timedelta(1), word, world.year_starts) == begins:
                ends += timedelta(1)
            step = {"month": 1, "quarter": 3, "contract_year": 12}[word]
            place = next(n for n in range(1, 13) if add_months(year, step * (n - 1)) >= begins)
            name = {"month": f"Y{number}-M{place:02d}", "quarter": f"Y{number}-Q{place}", "contract_year": f"Y{number}"}
            found.append((name[word], day, ends))
            day = ends + timedelta(1)
        return found

    def days(self, spec: dict[str, Any], key: Key) -> tuple[date, date]:
        """Give the first and last day of the period of a group."""
        for word, label in zip(self.words(spec), key, strict=True):
            if word in PERIODS:
                return next((first, last) for name, first, last in self.periods(word) if name == label)
        return self.periods("contract")[0][1:]

    def around(self, name: str, spec: dict[str, Any], key: Key) -> Found:
        """Give the result of another outcome for a group, or for the larger one around it."""
        mine = dict(zip(self.words(spec), key, strict=True))
        first, _ = self.days(spec, key)
        wanted = []
        for word in self.words(self.specs[name]):
            inside = (
                [label for label, begins, ends in self.periods(word) if begins <= first <= ends]
                if word in PERIODS
                else []
            )
            wanted.append(inside[0] if inside else mine[word])
        return self.results[name][tuple(wanted)]

    # -- members

    def member(self, spec: dict[str, Any], key: Key, world: World, person: Person) -> bool:
        """Say whether somebody belongs to a group, as at a day."""
        for word, label in zip(spec.get("per", []), key, strict=True):
            if word == "provider" and person.provider != label:
                return False
            if word in self.contract.get("groups", {}):
                said = person.labels_said(word)
                true = [each for each, truth in said.items() if truth is True]
                if any(truth is not True and truth is not False for truth in said.values()):
                    return False
                rest = [each for each, text in self.contract["groups"][word].items() if text == "otherwise"]
                if (true or rest) != [label]:
                    return False
            elif word not in PERIODS and word != "provider" and world.look_up(word, person) != label:
                return False
        if "period_of" not in spec:
            return True
        day = person.start if spec["period_of"] == "start" else person.verdict(spec["period_of"])[1]
        first, last = self.days(spec, key)
        over = spec.get("over", "period")
        if over == "to_date":
            first = world.first
        elif over != "period":
            first = self.back(last, over)
        return day is not None and first <= day <= last

    @staticmethod
    def back(last: date, length: str) -> date:
        """Give the first day of a length of time that ends with a day."""
        after, (count, unit) = last + timedelta(1), (length.split(maxsplit=1)[0], length.split()[1].rstrip("s"))
        if unit in {"day", "week"}:
            return after - timedelta(int(count) * {"day": 1, "week": 7}[unit])
        return add_months(after, -int(count) * {"month": 1, "year": 12}[unit])

    def states(self, spec: dict[str, Any], key: Key, day: date) -> list[tuple[str, Person]]:
        """List what each of those counted comes to, as at a day; who is left out is not there."""
        world, people = self.at(day)
        found = []
        for person in people:
            if not self.member(spec, key, world, person):
                continue
            state = person.verdict(spec["of"])[0]
            if "among" in spec:
                within = person.verdict(spec["among"])[0]
                if within in {"not_met", "excluded"}:
                    continue
                state = state if within == "met" else within
            if state != "excluded":
                found.append((state, person))
        return found

    def closes(self, spec: dict[str, Any], key: Key, day: date) -> date | None:
        """Give the last day of the windows that members who are pending as at a day wait for; none if none is open."""
        world, people = self.at(day)
        found = []
        for person in people:
            if not self.member(spec, key, world, person):
                continue
            if "among" in spec and person.verdict(spec["among"])[0] not in {"met", "pending"}:
                continue
            for name in [spec["of"], *([spec["among"]] if "among" in spec else [])]:
                if person.verdict(name)[0] == "pending":
                    own = self.window_open(name, person, world, day)
                    others = [self.window_open(other, person, world, day) for other in self.behind(name)]
                    found.append(own or max((last for last in others if last), default=world.last))
        last = max(found, default=day)
        return last if last > day else None

    def window_open(self, name: str, person: Person, world: World, day: date) -> date | None:
        """Give the last day of the window of an outcome that is pending, within the term, if it is to come."""
        own = self.contract["outcomes"][name]
        if person.verdict(name)[0] != "pending" or own["kind"] in {"fact", "scale", "combine"}:
            return None
        window = person.window(own) if "window" in own else (0, world.last.toordinal())
        last = min(date.fromordinal(window[1]), world.last) if len(window) == 2 else day
        return last if last > day else None

    def behind(self, name: str) -> set[str]:
        """Name the outcomes that one is decided or paid by, and those that these are, each found by its word."""
        found, waiting = set[str](), [name]
        while waiting:
            texts = [self.contract["outcomes"][waiting.pop()]]
            for payment, each in self.contract.get("payments", {}).items():
                if each.get("pays_for") == name or each.get("pays_for") in found:
                    texts.append({term: each[term] for term in ("price", "times", "to") if term in each})
                    acting = [a for a in self.contract.get("adjustments", []) if payment in a.get("on", [payment])]
                    texts += [{term: a[term] for term in WHO if term in a} for a in acting]
            words = set(re.findall(r"[a-z][a-z0-9_]*", str(texts)))
            figures = [spec for value, spec in self.contract.get("values", {}).items() if value in words]
            keys = [spec.get("by") for spec in figures if isinstance(spec, dict)]
            words |= set(re.findall(r"[a-z][a-z0-9_]*", str(keys)))
            labels = [spec for group, spec in self.contract.get("groups", {}).items() if group in words]
            words |= set(re.findall(r"[a-z][a-z0-9_]*", str(labels)))
            new = (words & set(self.contract["outcomes"])) - found
            found |= new
            waiting += new
        return found

    # -- the kinds

    def measure(self, spec: dict[str, Any], key: Key) -> Found:
        """Give the figure of one group."""
        _, ends = self.days(spec, key)
        fixed, forced = None, "settles" in spec
        if forced:
            text = spec["settles"]
            later = text.partition("+")[2].strip()
            day = add_duration(ends, later) if later else ends if text == "period_end" else date.fromisoformat(text)
            fixed = max(day, ends) if max(day, ends) <= self.as_at else None
        else:
            day = ends
            like = [other for other in self.keys(spec) if self.days(spec, other) == self.days(spec, key)]
            while day <= self.as_at:
                waits = [last for other in like if (last := self.closes(spec, other, day)) is not None]
                if not waits:
                    fixed = day
                    break
                day = max(waits)
        if fixed is None:
            return Found("pending")
        states = self.states(spec, key, self.as_at if spec.get("reopens") == "yes" else fixed)
        bad = spec.get("adverse") == "yes"
        met = sum(state == "met" or (bad and state == "unknown") for state, _ in states)
        counted = len(states)
        return self.figure(spec, fixed, met, counted, [person for state, person in states if state == "met"])

    def figure(self, spec: dict[str, Any], fixed: date, met: int, counted: int, people: list[Person]) -> Found:
        """Give the figure of those counted."""
        take = spec.get("take", "share")
        value: Fraction | None = None
        if take in {"sum", "mean", "median"}:
            values = [self.value(person, spec["of"]) for person in people]
            value = sum(values, Fraction(0)) if take == "sum" else None
            if values and take != "sum":
                value = Fraction(statistics.mean(values) if take == "mean" else statistics.median(values))
        elif take in {"count", "n"}:
            value = Fraction(met if take == "count" else counted)
        elif counted:
            value = {"share": Fraction(met, counted), "all": Fraction(met == counted), "any": Fraction(met > 0)}[take]
        if value is None or counted < int(spec.get("fewest", 0)):
            return Found("not_assessable", known=fixed)
        if take in {"all", "any"} and not value:
            return Found("not_met", value, fixed)
        if "round" in spec:
            value = self.rounded(value, int(spec["round"]))
        return Found("met", value, fixed, (met, counted))

    @staticmethod
    def value(person: Person, name: str) -> Fraction:
        """Give the value of an outcome that somebody has met."""
        found = person.result(name, "value")
        assert isinstance(found, Fraction)
        return found

    def rounded(self, value: Fraction, places: int) -> Fraction:
        """Round by the contract's mode: halves away from nothing, or to the even neighbour."""
        mode = self.contract.get("conventions", {}).get("rounding", "half_up")
        scaled = abs(value) * 10**places
        whole = scaled.numerator // scaled.denominator
        rest = scaled - whole
        up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half_up" or whole % 2 == 1))
        return Fraction(whole + up, 10**places) * (-1 if value < 0 else 1)

    def test(self, spec: dict[str, Any], key: Key) -> Found:
        """Say whether a figure is on the right side of a threshold."""
        part = self.around(spec["of"], spec, key)
        sign = next(each for each in ("at_least", "above", "at_most", "below") if each in spec)
        other = self.around(spec[sign], spec, key) if spec[sign] in self.results else None
        parts = [part, *([other] if other else [])]
        for state in ("pending", "unknown", "not_assessable"):
            if any(each.state == state for each in parts):
                days = [each.known for each in parts if each.known is not None]
                return Found(state, known=None if state == "pending" else max(days))
        assert part.value is not None
        threshold = number(spec[sign]) if other is None else other.value
        assert threshold is not None
        value: Fraction | Decimal = part.value
        if spec.get("by", "value") != "value":
            assert part.counted is not None
            value = bound(spec["by"], *part.counted)
        right = {
            "at_least": value >= threshold,
            "above": value > threshold,
            "at_most": value <= threshold,
            "below": value < threshold,
        }[sign]
        known = max(each.known for each in parts if each.known is not None)
        return Found("met" if right else "not_met", part.value, known)

    def scale(self, spec: dict[str, Any], key: Key) -> Found:
        """Give the points of a figure, on straight lines."""
        part = self.around(spec["of"], spec, key)
        if part.state != "met" or part.value is None:
            return Found(part.state, known=part.known)
        knots = [(number(at), number(points)) for at, points in spec["points"].items()]
        value = part.value
        off = spec["below"] if value < knots[0][0] else spec["above"] if value > knots[-1][0] else "extend"
        if off == "none":
            return Found("not_met", known=part.known)
        if off != "extend":
            return Found("met", number(off), part.known)
        pairs = list(pairwise(knots))
        inside = [pair for pair in pairs if pair[0][0] <= value <= pair[1][0]]
        (left, low), (right, high) = inside[0] if inside else pairs[0] if value < knots[0][0] else pairs[-1]
        points = low + (high - low) * (value - left) / (right - left)
        return Found("met", self.rounded(points, int(spec["round"])) if "round" in spec else points, part.known)

    def combine(self, spec: dict[str, Any], key: Key) -> Found:
        """Take several results together, as they come to be known day after day."""
        parts = [self.around(name, spec, key) for name in spec["of"]]
        state, known = "pending", None
        for day in sorted({part.known for part in parts if part.known is not None}):
            state = self.together(
                spec["need"], [part for part in parts if part.known and part.known <= day], len(parts)
            )
            known = known or (None if state == "pending" else day)
        return Found(state, known=known)

    @staticmethod
    def together(need: str, parts: list[Found], count: int) -> str:
        """Give the state of several results, of which some may not be known yet."""
        states = ["unknown" if part.state == "not_assessable" else part.state for part in parts]
        states += ["pending"] * (count - len(states))
        every = ["not_met", "unknown", "pending", "met"]
        return next(
            each for each in (every if need == "all" else ["met", "pending", "unknown", "not_met"]) if each in states
        )


def number(text: str) -> Fraction:
    """Read a figure."""
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def bound(words: str, met: int, counted: int) -> Decimal:
    """Solve for a bound of a Wilson interval, to fifty digits."""
    side, level, _ = words.split()
    with localcontext() as context:
        context.prec = 50
        n, p, z = Decimal(counted), Decimal(met) / Decimal(counted), Decimal(Z[level])
        middle = p + z * z / (2 * n)
        spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).sqrt()
        return (middle - spread if side == "lower" else middle + spread) / (1 + z * z / n)
