"""The second evaluator of schemes without participants: row after row, figure after figure, in plain dicts and loops.

It is written from what the kinds say of themselves. A formula comes to it as a tree, as it was drawn, and not as the
text that the engine reads; what a figure is fixed on, and what it is made of, is asked for name by name and group by
group, each from the return as it was on that day.
"""

from __future__ import annotations

import statistics
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from tests.oracle_rows import accept
from tests.oracle_words import add_duration, add_months, period_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracle_rows import Contract, Tables

Key: TypeAlias = tuple[str, ...]
Row: TypeAlias = dict[str, Any]
Tree: TypeAlias = Any
"""A name, a number, or a tuple of a word and trees."""
PERIODS = {"month": 1, "quarter": 3, "contract_year": 12}
SIGNS = ("at_least", "above", "at_most", "below")


@frozen
class Figure:
    """What came out for one group."""

    state: str
    reason: str
    value: Fraction | None = None
    known: date | None = None
    ends: tuple[Fraction | None, Fraction | None] = (None, None)


def number(text: str) -> Fraction:
    """Read a figure of a contract."""
    return Fraction(text.removesuffix("%").removesuffix("pp")) / (100 if text.endswith("%") else 1)


class Scheme:
    """Works out one contract without a cohort on one return."""

    def __init__(self, contract: Contract, trees: dict[str, Tree], tables: Tables, as_at: date) -> None:
        """Keep what is asked; `trees` has what each formula is."""
        self.contract, self.trees, self.as_at = contract, trees, as_at
        self.accepted, _ = accept(contract, tables)
        self.rows: dict[str, list[Row]] = {
            table: [row.cells for row in rows if not row.copy] for table, rows in self.accepted.items()
        }
        self.first = date.fromisoformat(contract["contract"]["from"])
        self.last = date.fromisoformat(contract["contract"]["to"])
        self.starts = contract["contract"].get("year_starts", f"{self.first:%m-%d}")
        self.spans: dict[str, list[tuple[str, date, date]]] = {}
        self.done: dict[tuple[str, Key], Figure] = {}

    def all(self) -> dict[str, dict[Key, Figure]]:
        """Work out every group of every outcome."""
        names = list(self.contract["outcomes"])
        names += [f"{name}.pooled" for name in names if "pooled" in self.contract["outcomes"][name]]
        return {name: {key: self.figure(name, key) for key in self.keys(name)} for name in names}

    # -- groups

    def words(self, name: str) -> list[str]:
        """Give what names a group of an outcome."""
        plain, _, pooled = name.partition(".")
        spec = self.contract["outcomes"][plain]
        if pooled:
            return [word for word in spec["per"] if word != "area"]
        if "per" in spec or spec["kind"] in {"measure", "estimate"}:
            return list(spec.get("per", []))
        of = spec.get("of") or [leaf for leaf in leaves(self.trees[plain]) if leaf in self.contract["outcomes"]]
        parts = [of] if isinstance(of, str) else of
        longest = max((self.words(part) for part in parts), key=lambda words: (len(words), self.fineness(words)))
        if spec["kind"] == "index" and isinstance(of, str):
            weighed = self.contract["values"][spec["weights"]]["by"]
            return [word for word in longest if word != weighed]
        return longest

    @staticmethod
    def fineness(words: list[str]) -> int:
        """Say how fine the period among words is."""
        return max((12 // PERIODS.get(word, 13) for word in words), default=0)

    def keys(self, name: str) -> list[Key]:
        """List the groups of an outcome."""
        together = [("area", spec["pooled"]) for spec in self.contract["outcomes"].values() if "pooled" in spec]
        found: list[Key] = [()]
        for word in self.words(name):
            found = [(*key, label) for key in found for label in self.labels(word) if (word, label) not in together]
        return found

    def labels(self, word: str) -> list[str]:
        """List the labels of a word."""
        if word == "provider":
            return sorted(self.contract["contract"]["providers"])
        if word in {*PERIODS, "contract"}:
            return [name for name, _, _ in self.periods(word)]
        every = [fields[word]["one_of"] for fields in self.fields() if word in fields]
        return list(every[0])

    def fields(self) -> list[dict[str, Any]]:
        """List the fields of each table."""
        return [table["fields"] for table in self.contract["tables"].values()]

    def periods(self, word: str) -> list[tuple[str, date, date]]:
        """List the periods of the term: the name, the first and the last day of each."""
        if word not in self.spans:
            self.spans[word] = [("all", self.first, self.last)] if word == "contract" else self.counted(word)
        return self.spans[word]

    def counted(self, word: str) -> list[tuple[str, date, date]]:
        """List the periods of the term, found day by day."""
        begins: dict[date, list[date]] = {}
        for number_of_day in range((self.last - self.first).days + 1):
            day = self.first + timedelta(number_of_day)
            begins.setdefault(period_start(day, word, self.starts), []).append(day)
        years = sorted({period_start(days[0], "contract_year", self.starts) for days in begins.values()})
        found = []
        for begun, days in begins.items():
            year = period_start(days[0], "contract_year", self.starts)
            months = next(count for count in range(12) if add_months(year, count) >= begun)
            name = f"Y{years.index(year) + 1}"
            if word != "contract_year":
                place = months // PERIODS[word] + 1
                name += f"-M{place:02d}" if word == "month" else f"-Q{place}"
            found.append((name, days[0], days[-1]))
        return found

    def span(self, name: str, key: Key) -> tuple[date, date]:
        """Give the first and the last day of the period of a group."""
        for word, label in zip(self.words(name), key, strict=True):
            for period, first, last in self.periods(word) if word in {*PERIODS, "contract"} else []:
                if period == label:
                    return first, last
        return self.first, self.last

    def around(self, name: str, mine: dict[str, str], first: date) -> Figure:
        """Give another outcome's result for a group of these labels that begins on this day."""
        key = []
        for word in self.words(name):
            if word in {*PERIODS, "contract"}:
                key += [label for label, begins, ends in self.periods(word) if begins <= first <= ends]
            else:
                key.append(mine[word])
        return self.figure(name, tuple(key))

    # -- the kinds

    def figure(self, name: str, key: Key) -> Figure:
        """Give the result of one group of one outcome."""
        if (name, key) not in self.done:
            spec = self.contract["outcomes"][name.partition(".")[0]]
            kinds: dict[str, Callable[[str, dict[str, Any], Key], Figure]] = {
                "measure": self.measure,
                "estimate": self.estimate,
                "formula": self.formula,
                "index": self.index,
                "scale": self.scale,
                "test": self.test,
                "combine": self.combine,
            }
            found = kinds[spec["kind"]](name, spec, key)
            if found.state == "met" and found.value is not None and "round" in spec:
                found = evolve(found, value=self.rounded(found.value, int(spec["round"])))
            self.done[name, key] = found
        return self.done[name, key]

    def seen(self, table: str, day: date) -> list[Row]:
        """List the rows of a table that were recorded by the end of a day, or dated where that is not said."""
        fields = self.contract["tables"][table]["fields"]
        days = [name for name, kind in fields.items() if kind == "recorded"] or ["on"]
        return [row for row in self.rows[table] if all(row[each] is None or row[each] <= day for each in days)]

    def findings(self, name: str, key: Key) -> list[Row]:
        """List the rows of an estimate that are of a group, on whatever day up to now."""
        spec, whole = self.contract["outcomes"][name.partition(".")[0]], dict(zip(self.words(name), key, strict=True))
        if name.endswith(".pooled"):
            whole["area"] = spec["pooled"]
        plain = name.partition(".")[0]
        full = tuple(whole[word] for word in self.words(plain))
        dated = spec["date"] if set(whole) & {*PERIODS, "contract"} else None
        return [
            row
            for row in self.seen(spec["table"], self.as_at)
            if self.mine(spec["table"], row, plain, full, dated, self.span(plain, full))
            and (row[spec["date"]] is None or row[spec["date"]] <= self.as_at)
        ]

    def chosen(self, name: str, key: Key) -> list[Row]:
        """Give the row that is the figure of a group, or those between which nothing decides."""
        spec = self.contract["outcomes"][name.partition(".")[0]]
        rows = self.findings(name, key)
        in_term = [row for row in rows if row[spec["date"]] is None or self.first <= row[spec["date"]] <= self.last]
        rows = in_term or rows
        if "version" in spec:
            newest = max((row[spec["version"]] for row in rows if row[spec["version"]] is not None), default=None)
            rows = [row for row in rows if row[spec["version"]] == newest]
        return rows

    def mine(self, table: str, row: Row, name: str, key: Key, dated: str | None, span: tuple[date, date]) -> bool:
        """Say whether a row is of a group."""
        fields = self.contract["tables"][table]["fields"]
        provider = next((each for each, kind in fields.items() if kind == "provider"), "")
        for word, label in zip(self.words(name), key, strict=True):
            held = row.get(provider if word == "provider" else word)
            if word not in {*PERIODS, "contract"} and held != label:
                return False
        if dated is None:
            return True
        return row[dated] is not None and span[0] <= row[dated] <= span[1]

    def measure(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Count the rows of a group, as they were known when the figure was fixed."""
        _, ends = self.span(name, key)
        fixed = self.fixed(spec, ends)
        if fixed > self.as_at:
            return Figure("pending", "group_open" if ends > self.as_at else "not_settled")
        held = [row[spec["of"].partition(".")[2]] for row in self.counted_rows(name, key)]
        return evolve(self.taken(spec, held), known=fixed)

    @staticmethod
    def fixed(spec: dict[str, Any], ends: date) -> date:
        """Give the day on which the figure of a period is fixed."""
        if "settles" not in spec:
            return ends
        later = spec["settles"].partition("+")[2].strip()
        word = spec["settles"].partition("+")[0].strip()
        written = ends if word == "period_end" else date.fromisoformat(word)
        return max(ends, add_duration(written, later) if later else written)

    def counted_rows(self, name: str, key: Key) -> list[Row]:
        """List the rows in the figure of a group, as it was fixed or is so far."""
        spec, (begins, ends) = self.contract["outcomes"][name], self.span(name, key)
        table, dated = spec["of"].partition(".")[0], "on" if "period_of" in spec else None
        first = self.first if spec.get("over") == "to_date" else begins
        if spec.get("over", "to_date") not in {"to_date", "period"}:
            first = max(start_of(spec["over"], ends), self.first)
        day = self.as_at if spec.get("reopens") == "yes" else min(self.fixed(spec, ends), self.as_at)
        return [row for row in self.seen(table, day) if self.mine(table, row, name, key, dated, (first, ends))]

    def taken(self, spec: dict[str, Any], held: list[Any]) -> Figure:
        """Take what is said of the fields of rows, of which some may be empty."""
        take, filled = spec["take"], [each for each in held if each is not None]
        if take in {"sum", "mean", "median"}:
            if not held:
                return Figure("not_assessable", "no_rows")
            if len(filled) < len(held):
                return Figure("unknown", "missing_field")
            exact = [Fraction(each) for each in held]
            ways: dict[str, Callable[[list[Fraction]], Any]] = {
                "sum": lambda all_of_them: sum(all_of_them, Fraction(0)),
                "mean": statistics.mean,
                "median": statistics.median,
            }
            value = Fraction(ways[take](exact))
        else:
            good = sum(each is not False for each in filled)
            good += len(held) - len(filled) if spec.get("adverse") == "yes" else 0
            if not held and take not in {"count", "n"}:
                return Figure("not_assessable", "no_rows")
            counts = {"count": good, "n": len(held), "all": good == len(held), "any": good > 0}
            value = Fraction(good, len(held)) if take == "share" else Fraction(counts[take])
        if len(held) < int(spec.get("fewest", 0)):
            return Figure("not_assessable", "too_few")
        if take in {"all", "any"} and value == 0:
            return Figure("not_met", "part_not_met", value)
        return Figure("met", "met", value)

    def estimate(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Find the one row that gives the figure of a group."""
        rows = self.chosen(name, key)
        if not rows:
            return Figure("pending", "not_estimated")
        recorded = [
            each for each, kind in self.contract["tables"][spec["table"]]["fields"].items() if kind == "recorded"
        ]
        known = max(row[each] for row in rows for each in recorded)
        if len(rows) > 1:
            return Figure("unknown", "several_rows", known=known)
        (row,) = rows
        day = row[spec["date"]]
        if day is not None and not self.first <= day <= self.last:
            return Figure("not_met", "outside_term", known=known)
        if row[spec["value"]] is None or day is None:
            return Figure("unknown", "missing_field", known=known)
        low, high = (None if end not in spec else row[spec[end]] for end in ("low", "high"))
        return Figure("met", "met", Fraction(row[spec["value"]]), max(known, day), (low, high))

    def waits(self, parts: list[Figure], states: tuple[str, ...]) -> Figure | None:
        """Give what becomes of something with parts that have no figure; none if they have, or are let pass."""
        for state in states:
            if any(part.state == state for part in parts):
                days = [part.known for part in parts if part.known is not None]
                return Figure(state, f"part_{state}", known=None if state == "pending" else max(days))
        return None

    def formula(self, name: str, _: dict[str, Any], key: Key) -> Figure:
        """Reckon a tree for one group."""
        first, ends = self.span(name, key)
        mine = dict(zip(self.words(name), key, strict=True))
        parts: dict[str, Figure] = {}
        held: dict[str, Any] = {}
        for leaf in leaves(self.trees[name]):
            if leaf.partition(".")[0] in self.contract["values"]:
                held[leaf] = self.value(leaf, mine, first)
                continue
            part = parts[leaf] = self.around(leaf, mine, first)
            test = self.is_test(leaf)
            held[leaf] = part.value if part.state == "met" else None
            if test:
                held[leaf] = {"met": True, "not_met": False}.get(part.state)
        gone = self.waits(list(parts.values()), ("pending", "unknown"))
        if gone is not None:
            return gone
        if not parts and ends > self.as_at:
            return Figure("pending", "group_open")
        known = max((part.known for part in parts.values() if part.known is not None), default=ends)
        value = self.reckon(self.trees[name], held)
        if value is None:
            return Figure("not_assessable", "no_figure", known=known)
        unit = self.contract["outcomes"][name].get("unit")
        return Figure("met", "met", value * 100 if unit == "points" else value, known)

    def is_test(self, name: str) -> bool:
        """Say whether an outcome is met or not, and no number."""
        spec = self.contract["outcomes"][name.partition(".")[0]]
        return spec["kind"] in {"test", "combine"} or spec.get("take") in {"all", "any"}

    def value(self, name: str, mine: dict[str, str], first: date) -> Fraction:
        """Look up a figure of the contract for a group whose period begins on a day."""
        plain, _, label = name.partition(".")
        shape = self.contract["values"][plain]
        by = None
        if isinstance(shape, dict):
            by = shape.get("by")
            if "dated" in shape:
                begun = [day for day in shape["dated"] if date.fromisoformat(day) <= first]
                shape = shape["dated"][max(begun)]
        return number(shape if by is None else shape[label or mine[by]])

    def reckon(self, tree: Tree, held: dict[str, Any]) -> Any:  # noqa: ANN401, C901, PLR0911
        """Give what a tree comes to: a fraction, yes or no, or nothing."""
        if isinstance(tree, Fraction):
            return tree
        if isinstance(tree, str):
            return held[tree]
        word, *inner = tree
        if word == "case":
            condition, yes, no = inner
            return self.reckon(yes if self.reckon(condition, held) is True else no, held)
        if word == "ifnone":
            found = self.reckon(inner[0], held)
            return self.reckon(inner[1], held) if found is None else found
        if word == "round":
            found = self.reckon(inner[0], held)
            return None if found is None else self.rounded(found, inner[1])
        each = [self.reckon(one, held) for one in inner]
        if any(one is None for one in each):
            return None
        if word in {"least", "greatest"}:
            return sorted(each)[0 if word == "least" else -1]
        if word == "abs":
            return each[0] if each[0] > 0 else -each[0]
        if word == "floor":
            return Fraction(each[0].numerator // each[0].denominator)
        one, other = each
        if word == "/":
            return None if other == 0 else one / other
        return {
            "+": one + other,
            "-": one - other,
            "*": one * other,
            ">": one > other,
            ">=": one >= other,
            "=": one == other,
        }[word]

    def index(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Weigh the parts of one group."""
        first, _ = self.span(name, key)
        mine = dict(zip(self.words(name), key, strict=True))
        shape = self.contract["values"][spec["weights"]]
        labels = self.labels(shape["by"]) if isinstance(spec["of"], str) else spec["of"]
        parts, weights, figures = [], [], []
        for label in labels:
            if isinstance(spec["of"], str):
                own = mine | {shape["by"]: label}
                part = self.around(spec["of"], own, first)
                test = self.is_test(spec["of"])
            else:
                part, test = self.around(label, mine, first), self.is_test(label)
            parts.append(part)
            weights.append(self.value(f"{spec['weights']}.{label}", mine, first))
            figures.append(Fraction(part.state == "met") if test and part.state in {"met", "not_met"} else part.value)
            if part.state not in {"met", "not_met"}:
                figures[-1] = None
        gone = self.waits(parts, ("pending", "unknown"))
        if gone is not None:
            return gone
        known = max(part.known for part in parts if part.known is not None)
        there = [(weight, figure) for weight, figure in zip(weights, figures, strict=True) if figure is not None]
        if not there:
            return Figure("not_assessable", "nobody", known=known)
        lacking = len(there) < len(parts) and spec.get("when_missing", "none") == "none"
        if lacking or len(there) < int(spec.get("fewest", 1)):
            return Figure("not_assessable", "too_few_parts", known=known)
        total = sum((weight * figure for weight, figure in there), Fraction(0))
        if spec.get("when_missing") == "share_out":
            left = sum((weight for weight, _ in there), Fraction(0))
            if left == 0:
                return Figure("not_assessable", "too_few_parts", known=known)
            total /= left
        return Figure("met", "met", total, known)

    def scale(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Give the points of a figure, on straight lines."""
        part = self.around(spec["of"], dict(zip(self.words(name), key, strict=True)), self.span(name, key)[0])
        gone = self.waits([part], ("pending", "unknown", "not_assessable"))
        if gone is not None:
            return gone
        if part.value is None:
            return Figure("not_met", "part_not_met", known=part.known)
        knots = sorted((number(at), number(points)) for at, points in spec["points"].items())
        off = spec["below"] if part.value < knots[0][0] else spec["above"] if part.value > knots[-1][0] else "extend"
        if off == "none":
            return Figure("not_met", "off_scale", known=part.known)
        if off != "extend":
            return Figure("met", "met", number(off), part.known)
        place = 0
        while place < len(knots) - 2 and part.value > knots[place + 1][0]:
            place += 1
        (left, low), (right, high) = knots[place], knots[place + 1]
        part_of_way = (part.value - left) / (right - left)
        return Figure("met", "met", low * (1 - part_of_way) + high * part_of_way, part.known)

    def test(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Say whether a figure, or an end that the evaluator gave, is on the right side."""
        mine, (first, _) = dict(zip(self.words(name), key, strict=True)), self.span(name, key)
        part = self.around(spec["of"], mine, first)
        (sign,) = [each for each in SIGNS if each in spec]
        parts = [part]
        if spec[sign] in self.contract["outcomes"]:
            parts.append(self.around(spec[sign], mine, first))
        gone = self.waits(parts, ("pending", "unknown", "not_assessable"))
        if gone is not None:
            return gone
        known = max(each.known for each in parts if each.known is not None)
        if any(each.state == "not_met" for each in parts):
            return Figure("not_met", "part_not_met", known=known)
        threshold = parts[-1].value if len(parts) > 1 else number(spec[sign])
        assert threshold is not None
        compared = {"lower": part.ends[0], "upper": part.ends[1]}.get(spec.get("by", "value"), part.value)
        if compared is None:
            return Figure("unknown", "missing_field", known=known)
        right = {
            "at_least": compared >= threshold,
            "above": compared > threshold,
            "at_most": compared <= threshold,
            "below": compared < threshold,
        }[sign]
        return Figure("met", "met", known=known) if right else Figure("not_met", "beside_threshold", known=known)

    def combine(self, name: str, spec: dict[str, Any], key: Key) -> Figure:
        """Take several results together, as they come to be known day after day."""
        mine, (first, _) = dict(zip(self.words(name), key, strict=True)), self.span(name, key)
        parts = [self.around(each, mine, first) for each in spec["of"]]
        order = ["not_met", "unknown", "pending", "met"]
        order = order if spec["need"] == "all" else order[::-1]
        if spec["need"] == "any":
            order = ["met", "pending", "unknown", "not_met"]
        found = Figure("pending", "part_pending")
        for day in sorted({part.known for part in parts if part.known is not None}):
            states = ["unknown" if part.state == "not_assessable" else part.state for part in parts]
            states = [
                state if part.known is not None and part.known <= day else "pending"
                for state, part in zip(states, parts, strict=True)
            ]
            state = next(each for each in order if each in states)
            reason = state if state == "met" else f"part_{state}"
            known = found.known or (None if state == "pending" else day)
            found = Figure(state, reason, known=known)
        return found

    def rounded(self, value: Fraction, places: int) -> Fraction:
        """Round by the contract's mode: the nearest, of two as near the one away from 0 or the even one."""
        unit = Fraction(1, 10**places)
        below = value // unit
        distance = value - below * unit
        if distance * 2 == unit:
            even = self.contract.get("conventions", {}).get("rounding") == "half_even"
            up = below % 2 == 1 if even else value > 0
        else:
            up = distance * 2 > unit
        return (below + up) * unit

    # -- rows

    def uses(self) -> dict[tuple[str, int, str], str]:
        """Give what became of each accepted row, for each outcome that reads it."""
        found = {}
        for name, spec in self.contract["outcomes"].items():
            if spec["kind"] not in {"measure", "estimate"}:
                continue
            of_rows = spec["kind"] == "measure"
            table = spec["of"].partition(".")[0] if of_rows else spec["table"]
            dated = "period_of" in spec if of_rows else bool(set(spec["per"]) & {*PERIODS, "contract"})
            names = [name, *([f"{name}.pooled"] if "pooled" in spec else [])]
            rows = self.counted_rows if of_rows else self.chosen
            taken = [id(row) for each in names for key in self.keys(each) for row in rows(each, key)]
            seen = self.seen(table, self.as_at)
            for row in self.accepted[table]:
                day = row.cells["on"]
                if day is None and dated:
                    continue
                use = "used" if id(row.cells) in taken else "not_picked"
                if day is not None and (dated or not of_rows) and not self.first <= day <= self.last:
                    use = "outside_term"
                if row.copy:
                    use = "same_row"
                if not any(row.cells == other for other in seen) or (
                    not of_rows and day is not None and day > self.as_at
                ):
                    use = "not_yet_recorded"
                found[table, row.index, name] = use
        return found

    # -- money

    def paid(self) -> dict[tuple[str, str, str], int]:
        """Give what each line comes to, in minor units, by payment, provider and the other labels."""
        found = {}
        for payment, spec in self.contract["payments"].items():
            name = spec["pays_for"]
            words = self.words(name)
            for key in self.keys(name):
                result = self.figure(name, key)
                if result.state != "met":
                    continue
                many = Fraction(1) if self.is_test(name) or result.value is None else result.value
                others = " ".join(label for word, label in zip(words, key, strict=True) if word != "provider")
                provider = dict(zip(words, key, strict=True))["provider"]
                found[payment, provider, others or "1"] = int(self.rounded(many * number(spec["price"]) * 100, 0))
        return found


def start_of(length: str, last: date) -> date:
    """Give the first day of a length of time that ends with a day."""
    count, unit = int(length.split(maxsplit=1)[0]), length.split()[1].rstrip("s")
    after = last + timedelta(1)
    if unit in {"day", "week"}:
        return after - timedelta(count * {"day": 1, "week": 7}[unit])
    return add_months(after, -count * {"month": 1, "year": 12}[unit])


def leaves(tree: Tree) -> list[str]:
    """List the names in a tree, each once."""
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, tuple):
        return list(dict.fromkeys(leaf for part in tree[1:] for leaf in leaves(part)))
    return []


def written(tree: Tree) -> str:
    """Write a tree as the text of a formula."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, int):
        return str(tree)
    if isinstance(tree, Fraction):
        return (
            str(tree) if tree.denominator == 1 else f"{tree.numerator // tree.denominator}.{int(tree * 100 % 100):02d}"
        )
    word, *inner = tree
    each = [written(part) for part in inner]
    if word == "case":
        return f"CASE WHEN {each[0]} THEN {each[1]} ELSE {each[2]} END"
    if word in {"+", "-", "*", "/", ">", ">=", "="}:
        sides = [f"({text})" if isinstance(part, tuple) else text for part, text in zip(inner, each, strict=True)]
        return f" {word} ".join(sides)
    return f"{word}({', '.join(each)})"
