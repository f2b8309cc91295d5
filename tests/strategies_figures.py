"""Random contracts without participants: declared rows, an evaluator's findings, and what is reckoned from them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.luck import chance, pick
from tests.oracle_figures import PERIODS, Tree, leaves, written

if TYPE_CHECKING:
    from random import Random

    from tests.oracle_rows import Contract, Tables

FIRST = date(2025, 4, 1)
ACTS, AREAS = ["birth", "visit"], ["east", "west", "all"]
NUMBERS = ("count", "n", "sum", "mean", "median")
LIMITS = ("0", "1", "2", "3.5", "10")
SHARES = ("0%", "25%", "50%", "100%")


@frozen
class Drawn:
    """A contract, what each formula in it is, a return for it and a day."""

    contract: Contract
    trees: dict[str, Tree]
    tables: Tables
    as_at: date


def draw(luck: Random) -> Drawn:
    """Draw a whole scheme."""
    last = pick(luck, [date(2026, 3, 31), date(2025, 12, 10)])
    words = [word for word in ("provider", "act") if chance(luck, 75)]
    words += [pick(luck, [*PERIODS, "contract"])] if chance(luck, 80) else []
    luck.shuffle(words)
    scheme = Scheme(luck, words)
    contract: Contract = {
        "pbr": "1",
        "contract": {
            "id": "scheme",
            "version": "1",
            "providers": {name: {"name": name.upper()} for name in ("north", "south")},
            "currency": "GBP",
            "from": FIRST.isoformat(),
            "to": last.isoformat(),
        }
        | ({"year_starts": pick(luck, ["01-01", "04-01"])} if chance(luck, 50) else {}),
        "conventions": {"rounding": pick(luck, ["half_up", "half_even"])},
        "tables": tables(luck),
        "values": values(),
        "outcomes": scheme.outcomes(),
    }
    paid = [name for name in contract["outcomes"] if "provider" in scheme.words[name]]
    contract["payments"] = {
        f"pay_{name}": {"kind": "tariff", "pays_for": name, "price": pick(luck, ["125", "0.07"])} for name in paid
    }
    if not paid:
        contract["payments"] = {"fee": {"kind": "fee", "amount": "1.00", "instalments": "1"}}
    as_at = FIRST + timedelta(pick(luck, [0, 89, 90, 91, 121, 254, 365, 366, 700, luck.randrange(400)]))
    return Drawn(contract, scheme.trees, returned(contract, luck), as_at)


def tables(luck: Random) -> dict[str, Any]:
    """Give the tables, with or without the day on which a report was recorded."""
    fields: dict[str, Any] = {
        "report": "id",
        "centre": "provider",
        "act": {"type": "text", "one_of": ACTS},
        "on": "date",
        "amount": "whole",
        "paid": "money",
        "rate": "share",
        "done": "yes_no",
    }
    if chance(luck, 70):
        fields["seen"] = "recorded"
    findings: dict[str, Any] = {
        "finding": "id",
        "clinic": "provider",
        "area": {"type": "text", "one_of": AREAS},
        "on": "date",
        "fall": "share",
        "low": "share",
        "high": "share",
        "version": "whole",
        "signed": "recorded",
    }
    return {
        "reports": {"row_is": "report", "is": "provider", "key": ["report"], "fields": fields},
        "findings": {"row_is": "finding", "key": ["finding"], "fields": findings},
    }


def values() -> dict[str, Any]:
    """Give a figure that changes, one by provider, and weights."""
    return {
        "usual": {"dated": {"2025-01-01": "4", "2025-07-01": "2.5"}},
        "each": {"by": "provider", "north": "3", "south": "0"},
        "by_act": {"by": "act", "birth": "75%", "visit": "25%"},
        "by_outcome": {"by": "outcome", "r0": "40%", "r1": "60%"},
        "by_share": {"by": "outcome", "s0": "50%", "passed": "20%", "every": "30%"},
    }


class Scheme:
    """Draws outcomes over the groups of some words, or of fewer."""

    def __init__(self, luck: Random, words: list[str]) -> None:
        """Begin with nothing drawn."""
        self.luck, self.base = luck, words
        self.words: dict[str, list[str]] = {}
        self.trees: dict[str, Tree] = {}
        self.found: dict[str, dict[str, Any]] = {}

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """Draw every outcome."""
        luck = self.luck
        self.add("r0", self.rows(self.base, NUMBERS), self.base)
        wide = self.wider()
        self.add("r1", self.rows(wide, NUMBERS), wide)
        self.add("s0", self.rows(self.base, ("share",)), self.base)
        self.add("every", self.rows(wide, ("all", "any")), wide)
        self.add("passed", self.test("r0", LIMITS), self.base)
        self.add("ahead", {"kind": "test", "of": "r0", pick(luck, ["at_least", "above", "below"]): "r1"}, self.base)
        both = {"kind": "combine", "need": pick(luck, ["all", "any"]), "of": ["passed", "every"]}
        self.add("both", both, self.base)
        self.estimates()
        for place in range(2):
            name = f"f{place}"
            tree = self.number(2 - place, ["r0", "r1", *([f"f{place - 1}"] if place else [])])
            self.formula(name, tree, luck)
        gap = ("-", "s0", pick(luck, ["s0", Fraction(1, 2), ("*", "s0", "s0")]))
        self.add("gap", {"kind": "formula", "value": percent(gap), "unit": pick(luck, ["share", "points"])}, self.base)
        self.trees["gap"] = gap
        self.add("line", self.straight("r0", ("0", "2", "7")), self.base)
        self.indexes()
        return self.found

    def add(self, name: str, spec: dict[str, Any], words: list[str]) -> None:
        """Keep an outcome and the words of its groups."""
        self.found[name], self.words[name] = spec, words

    def wider(self) -> list[str]:
        """Give fewer words, or a longer period."""
        found = []
        for word in self.base:
            if word in PERIODS:
                longer = [*PERIODS, "contract"]
                found.append(pick(self.luck, longer[longer.index(word) :]))
            elif word == "contract" or chance(self.luck, 70):
                found.append(word)
        return found

    def rows(self, words: list[str], takes: tuple[str, ...]) -> dict[str, Any]:
        """Draw a measure of rows."""
        luck, take = self.luck, pick(self.luck, takes)
        field = "done"
        if take in {"sum", "mean", "median"}:
            field = "amount"
        elif take in {"count", "n"}:
            field = pick(luck, ["done", "amount", "act"])
        spec: dict[str, Any] = {"kind": "measure", "of": f"reports.{field}", "take": take, "per": words}
        if set(words) & {*PERIODS, "contract"}:
            spec["period_of"] = "reports.on"
            if chance(luck, 30):
                spec["over"] = pick(luck, ["to_date", "6 months", "10 days", "3 weeks", "1 year"])
        if chance(luck, 50):
            spec["settles"] = pick(luck, ["period_end", "period_end + 1 month", "period_end + 20 days", "2025-07-31"])
        spec |= {key: "yes" for key in ("reopens", "adverse") if chance(luck, 25)}
        if chance(luck, 25):
            spec["fewest"] = pick(luck, ["1", "2", "3"])
        if chance(luck, 25) and take not in {"all", "any"}:
            spec["round"] = pick(luck, ["0", "1"])
        return spec

    def test(self, of: str, figures: tuple[str, ...], by: str = "value") -> dict[str, Any]:
        """Draw a test against a figure."""
        sign = pick(self.luck, ["at_least", "above", "at_most", "below"])
        return {"kind": "test", "of": of, sign: pick(self.luck, figures)} | ({} if by == "value" else {"by": by})

    def straight(self, of: str, ends: tuple[str, ...]) -> dict[str, Any]:
        """Draw a scale of straight lines."""
        points = [pick(self.luck, ["-5", "0", "2.5", "10"]) for _ in ends]
        spec = {"kind": "scale", "of": of, "shape": "straight", "points": dict(zip(ends, points, strict=True))}
        off = ["extend", "none", "-3", "none"]
        return spec | {"below": pick(self.luck, off), "above": pick(self.luck, off)}

    def estimates(self) -> None:
        """Draw an estimate, and tests of it, of its interval, and of the figure for all together."""
        luck = self.luck
        period = [word for word in self.base if word in {*PERIODS, "contract"}]
        words = [*(["provider"] if "provider" in self.base else []), *(["area"] if chance(luck, 60) else []), *period]
        spec: dict[str, Any] = {"kind": "estimate", "table": "findings", "value": "fall", "per": words, "date": "on"}
        spec |= {"low": "low", "high": "high"}
        if "area" in words and chance(luck, 70):
            spec["pooled"] = "all"
        if chance(luck, 70):
            spec["version"] = "version"
        if chance(luck, 20):
            spec["round"] = "1"
        self.add("e0", spec, words)
        self.add("fell", self.test("e0", SHARES), words)
        self.add("surely", self.test("e0", SHARES, pick(luck, ["lower", "upper"])), words)
        if "pooled" in spec:
            self.add("together", self.test("e0.pooled", SHARES), [word for word in words if word != "area"])
            self.add("success", {"kind": "combine", "need": "any", "of": ["fell", "together"]}, words)

    def formula(self, name: str, tree: Tree, luck: Random) -> None:
        """Keep a formula; of what names no outcome it says itself of which groups it is."""
        spec: dict[str, Any] = {"kind": "formula", "value": written(tree)}
        named = {leaf.partition(".")[0] for leaf in leaves(tree)}
        if not named & {"r0", "f0", "passed"} or "each" in leaves(tree):
            spec["per"] = self.base
        if "each" in leaves(tree) and "provider" not in self.base:
            tree = instead(tree, "each", "usual")
            spec["value"] = written(tree)
        if chance(luck, 30):
            spec["round"] = pick(luck, ["0", "2"])
        self.trees[name] = tree
        self.add(name, spec, self.base)

    def number(self, depth: int, names: list[str]) -> Tree:
        """Draw a tree that gives a number."""
        luck = self.luck
        if depth == 0 or chance(luck, 15):
            one = luck.randrange(6)
            if one < len("rrr"):
                return pick(luck, names)
            return pick(luck, ["usual", "each", "each.north", Fraction(luck.randrange(5)), Fraction(5, 2)])
        words = ["+", "-", "*", "/", "/", "least", "greatest", "ifnone", "round", "abs", "floor", "case"]
        if depth == 1:
            words.remove("case")
        word = pick(luck, words)
        first = self.number(depth - 1, names)
        if word in {"abs", "floor"}:
            return (word, first)
        if word == "round":
            return (word, first, pick(luck, [0, 1, 2]))
        second = self.number(depth - 1, names)
        if word == "case":
            asked = pick(luck, ["passed", (pick(luck, [">", ">=", "="]), pick(luck, names), self.number(0, names))])
            return (word, asked, second, self.number(depth - 1, names))
        if word == "/" and isinstance(second, Fraction):
            second = Fraction(5, 2)  # 0 written out is refused
        return (word, first, second)

    def indexes(self) -> None:
        """Draw an index of each act, where groups are by act, and of two outcomes; and points of each."""
        luck = self.luck
        terms: dict[str, Any] = {"when_missing": pick(luck, ["share_out", "nil", "none"])}
        terms |= {"fewest": pick(luck, ["1", "2"])} if chance(luck, 40) else {}
        if "act" in self.base:
            of = pick(luck, ["r0", "line", "passed"])
            words = [word for word in self.base if word != "act"]
            self.add("of_acts", {"kind": "index", "of": of, "weights": "by_act", **terms}, words)
        self.add("of_two", {"kind": "index", "of": ["r0", "r1"], "weights": "by_outcome", **terms}, self.base)
        shares = {"kind": "index", "of": ["s0", "passed", "every"], "weights": "by_share", **terms}
        self.add("of_three", shares | ({"round": "2"} if chance(luck, 30) else {}), self.base)
        self.add("points", self.straight("of_three", ("0%", "50%", "100%")), self.base)


def percent(tree: Tree) -> str:
    """Write a tree of shares, in which a half is 50%."""
    return written(instead(tree, Fraction(1, 2), "50%"))


def instead(tree: Tree, old: Tree, new: Tree) -> Tree:
    """Put one leaf in the place of another."""
    if tree == old and isinstance(tree, type(old)):
        return new
    return tuple(instead(part, old, new) for part in tree) if isinstance(tree, tuple) else tree


def returned(contract: Contract, luck: Random) -> Tables:
    """Draw rows that gather around the ends of periods; some late, some empty, some refused, some twice."""
    has_seen = "seen" in contract["tables"]["reports"]["fields"]
    reports: list[dict[str, str | None]] = []
    for place in range(luck.randrange(16)):
        on = FIRST + timedelta(pick(luck, [-1, 0, 0, 29, 30, 89, 90, 91, 91, 182, 183, 253, 254, 364, 365]))
        row: dict[str, str | None] = {
            "report": f"R{place if chance(luck, 95) else 0}",
            "centre": pick(
                luck, ["north", "north", "south", "south", "east"] if chance(luck, 20) else ["north", "south"]
            ),
            "act": pick(luck, [*ACTS, *ACTS, *ACTS, ""]),
            "on": str(on) if chance(luck, 95) else "",
            "amount": pick(
                luck, ["0", "1", "2", "3", "7", "-4", "", "x"] if chance(luck, 30) else ["0", "1", "2", "5"]
            ),
            "paid": pick(luck, ["1.50", "0", ""]),
            "rate": pick(luck, ["50%", ""]),
            "done": pick(luck, ["yes", "no", "yes", "no", ""]),
        }
        if has_seen:
            row["seen"] = str(on + timedelta(pick(luck, [0, 0, 1, 20, 21, 30, 31, 200, -5])))
        reports.append(row)
    findings: list[dict[str, str | None]] = []
    for place in range(luck.randrange(8)):
        on = FIRST + timedelta(pick(luck, [-1, 0, 30, 90, 91, 254, 365, 366]))
        findings.append(
            {
                "finding": f"F{place}",
                "clinic": pick(luck, ["north", "south"]),
                "area": pick(luck, [*AREAS, *AREAS, ""]),
                "on": str(on) if chance(luck, 90) else "",
                "fall": pick(luck, ["-5%", "0%", "25%", "50%", "60%", ""]),
                "low": pick(luck, ["-10%", "0%", ""]),
                "high": pick(luck, ["70%", "100%", ""]),
                "version": pick(luck, ["1", "2", "3", ""]),
                "signed": str(on + timedelta(pick(luck, [0, 1, 30, 200, -5]))),
            }
        )
    twice = [dict(row) for row in reports if chance(luck, 10)]
    return {"reports": reports + twice, "findings": findings}
