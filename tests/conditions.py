"""Random well-typed conditions and formulas as text, and random rows for them; all from one seed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from pbr.calendar import Term, parse_date
from pbr.condition import FieldRef, Kind, Scope, ValueType

if TYPE_CHECKING:
    from random import Random

Row: TypeAlias = dict[str, object]
Fields: TypeAlias = Mapping[str, ValueType]

ROW: Final[Fields] = {
    "id": ValueType(kind=Kind.WHOLE_ID),
    "kind": ValueType(kind=Kind.TEXT, one_of=("start", "exit", "won't")),
    "note": ValueType(kind=Kind.TEXT),
    "pid": ValueType(kind=Kind.ID),
    "free": ValueType(kind=Kind.YES_NO),
    "n": ValueType(kind=Kind.NUMBER),
    "d1": ValueType(kind=Kind.NUMBER, places=1),
    "pay": ValueType(kind=Kind.MONEY, places=2),
    "owed": ValueType(kind=Kind.MONEY, places=2),
    "rate": ValueType(kind=Kind.SHARE, places=6),
    "on": ValueType(kind=Kind.DATE),
    "date": ValueType(kind=Kind.DATE),
}
PARENT: Final[Fields] = {
    "level": ValueType(kind=Kind.TEXT, one_of=("high", "low")),
    "consents": ValueType(kind=Kind.YES_NO),
    "born_on": ValueType(kind=Kind.DATE),
    "start": ValueType(kind=Kind.DATE),
}
EVENTS: Final[Fields] = {
    "day": ValueType(kind=Kind.DATE),
    "ok": ValueType(kind=Kind.YES_NO),
    "amount": ValueType(kind=Kind.MONEY, places=2),
    "n": ValueType(kind=Kind.NUMBER),
}
DEFINES: Final = {"adult": "age_on(born_on, start) >= 18", "either": "free OR consents"}
_FIRST, _LAST = parse_date("2023-06-15"), parse_date("2027-03-30")
assert _FIRST is not None
assert _LAST is not None
TERM: Final = Term(first=_FIRST, last=_LAST, year_month=2, year_day=29)
SCOPE: Final = Scope(row=ROW, parent=PARENT, defines=DEFINES, children={"events": EVENTS}, term=TERM)

DAYS: Final = [
    dt.date.fromisoformat(text)
    for text in (
        "1900-01-10", "2004-02-28", "2004-02-29", "2022-02-28", "2022-03-01", "2023-02-28", "2023-12-31", "2024-01-31",
        "2024-02-28", "2024-02-29", "2024-03-30", "2024-03-31", "2025-02-27", "2025-02-28", "2199-12-20",
    )
]  # fmt: skip
LEAST, MOST = -(2**63), 2**63 - 1


def fields_of(scope: Scope) -> dict[FieldRef, ValueType]:
    """Every field of a scope that a name can reach."""
    own = {FieldRef(name): kind for name, kind in scope.row.items()}
    return own | {FieldRef(name, parent=True): kind for name, kind in scope.parent.items() if name not in scope.row}


def value(luck: Random, kind: ValueType) -> object:
    """What a field may hold, in the contract's own units; one in five is empty, and a few are as large as can be."""
    scale = 10**kind.places
    if luck.random() < 1 / 5:
        return None
    if kind.kind is Kind.YES_NO:
        return luck.random() < 1 / 2
    if kind.kind in {Kind.TEXT, Kind.ID}:
        return luck.choice(kind.one_of or ("", "a", "b", "P1", "P10", "it's"))
    if kind.kind is Kind.DATE:
        near = dt.date(2022, 1, 1) + dt.timedelta(luck.randrange(1500))
        return luck.choice([near, near, luck.choice(DAYS)])
    large = [LEAST, MOST, 10**15, -(10**12) + 1, 10**9] if kind.kind is not Kind.WHOLE_ID else [1]
    return Fraction(luck.choice([*[luck.randint(-4 * scale, 4 * scale) for _ in range(9)], luck.choice(large)]), scale)


def row(luck: Random, kinds: Fields) -> Row:
    """A row of fields with gaps."""
    return {name: value(luck, kind) for name, kind in kinds.items()}


ASKS: Final = re.compile(r"\b(?:count|first|last|any|all)\(", re.IGNORECASE)
"""What asks a child table, of which IS NULL is refused, but for a day that is asked for by itself."""
ASKS_A_DAY: Final = re.compile(r"(?:first|last)\([^()]*\)", re.IGNORECASE)


@frozen
class Maker:
    """Writes random expressions of one type each.

    Attributes:
        luck: Where the choices come from.
        formula: Whether what formulas alone may say is used.
        inside: Whether it is inside what is asked of a child table, where names are those of its rows.
    """

    luck: Random
    formula: bool = False
    inside: bool = field(default=False)

    def one(self, *texts: str) -> str:
        """One of some texts."""
        return self.luck.choice(texts)

    def chance(self, share: float) -> bool:
        """True in so many cases."""
        return self.luck.random() < share

    def names(self, kind: Kind) -> list[str]:
        """Plain names of a type."""
        own = {**ROW, **PARENT, **(EVENTS if self.inside else {})}
        return [name for name, one in own.items() if one.kind is kind and not one.one_of and name != "id"]

    # ---- conditions

    def condition(self, depth: int) -> str:
        """Anything that is true, false or unknown."""
        if depth <= 0 or self.chance(0.1):
            return self.leaf(depth)
        how = self.luck.randrange(12)
        less = depth - 1
        if how < 5:  # most are joined
            word = self.one(" AND ", " OR ", " and ", " or ")
            parts = [self.condition(less) for _ in range(self.luck.choice([2, 2, 3]))]
            return f"({word.join(f'({part})' if self.chance(0.5) else part for part in parts)})"
        text = self.condition(less)
        if text.strip("()") in {"TRUE", "FALSE"}:
            return text  # a value written out is neither compared nor empty
        empty = f"({text}) IS NULL" if ASKS.search(text) is None else f"NOT ({text})"
        return [
            f"NOT {self.leaf(less)}", f"NOT ({text})", empty, f"({text}) {self.one('=', '<>')} (free)",
            f"({text})", self.leaf(less), self.leaf(less),
        ][how - 5]  # fmt: skip

    def leaf(self, depth: int) -> str:
        """A condition that is not joined out of others."""
        makers = [
            self.compared, self.compared, self.compared, self.compared, self.between, self.listed, self.emptiness,
            self.yes_no, self.yes_no, self.compared, self.between, self.compared,
        ]  # fmt: skip
        return self.luck.choice(makers)(max(depth, 0))

    def yes_no(self, depth: int) -> str:
        """A yes or no."""
        plain = self.one(*self.names(Kind.YES_NO), *(() if self.inside else ("adult", "either")))
        if self.inside or self.chance(0.4):
            return self.one(plain, plain, plain, "TRUE", "FALSE")
        if self.chance(0.4):
            return f"{self.one('any', 'all')}(events, {self.within()})"
        return self.case(depth, lambda: self.one(*self.names(Kind.YES_NO), "TRUE", "FALSE"))

    def within(self) -> str:
        """A condition on the rows of a child table."""
        return Maker(self.luck, inside=True).condition(self.luck.choice([0, 0, 0, 1]))

    def compared(self, depth: int) -> str:
        """Two things of one type compared."""
        how = self.luck.randrange(9)
        sign = self.one("=", "<>", "<", "<=", ">", ">=")
        if how == 0:
            sign = self.one("=", "<>")
            return self.one(
                f"kind {sign} 'won''t'", f"'high' {sign} level", f"kind {sign} 'start'", f"level {sign} 'low'"
            )
        left, right = self.pair(depth, how)
        return f"{left} {sign} {right}" if self.chance(0.8) else f"{right} {sign} {left}"

    def pair(self, depth: int, how: int) -> tuple[str, str]:
        """Two things of one type, the first not written out."""
        if how == 1:
            return self.text(depth), self.one(self.text(0), "'a'", "'P1'", "''")
        if how in {2, 3, 4}:
            return self.date(depth), self.one(self.date(0), self.written_day(), self.written_day())
        if how == 5:  # numbers by how
            return self.money(depth), self.one(self.money(0), "1", "0", "-0.5", "0.015", self.money(depth))
        if how == 6:
            return self.share(depth), self.one(self.share(0), "50%", "0.333333333", "-1", "-20%")
        return self.number(depth), self.one(self.number(0), "2", "0", "-1", "0.25", self.number(depth))

    def between(self, depth: int) -> str:
        """Something between two ends."""
        word = self.one("BETWEEN", "NOT BETWEEN", "between")
        how = self.luck.randrange(4)
        if how == 0:
            low = self.luck.choice(DAYS)
            ends = f"DATE '{low}'", f"DATE '{max(low, self.luck.choice(DAYS))}'"
            return f"{self.date(depth)} {word} {self.one(ends[0], self.date(0))} AND {ends[1]}"
        if how == 1:
            return f"{self.money(depth)} {word} {self.one('-1.5', 'owed')} AND {self.one('2', 'pay', '0.125')}"
        if how == 2:  # text
            return f"{self.text(depth)} {word} 'P1' AND {self.one('note', chr(39) + 'b' + chr(39))}"
        return f"{self.number(depth)} {word} {self.one('-2', 'd1')} AND {self.one('3', 'n', '0.5')}"

    def listed(self, depth: int) -> str:
        """Something in a list."""
        word, how = self.one("IN", "NOT IN", "in"), self.luck.randrange(5)
        if how == 0:
            return f"kind {word} ('won''t', 'exit')"
        if how == 1:
            return f"{self.text(depth)} {word} ({self.one(chr(39) * 2, chr(39) + 'a' + chr(39))}, 'b', 'P1')"
        if how == 2:  # dates
            return f"{self.date(depth)} {word} ({self.written_day()}, {self.written_day()}, {self.written_day()})"
        if how == 3:  # shares
            return f"{self.share(depth)} {word} (50%, -1, 0, 1, 99999999999999999999)"
        return f"{self.number(depth)} {word} (0, 1, -1, 2, 0.25)"

    def emptiness(self, depth: int) -> str:
        """Whether something is empty."""
        something = ""
        while not something or (ASKS.search(something) and not ASKS_A_DAY.fullmatch(something)):
            something = self.luck.choice([self.text, self.date, self.money, self.number, self.share])(depth)
        return f"{something} {self.one('IS NULL', 'IS NOT NULL', 'is null')}"

    # ---- values

    def case(self, depth: int, make: object) -> str:
        """A choice between values."""
        assert callable(make)
        branches = self.luck.choice([1, 1, 2, 3, 5])
        tests = [self.condition(min(depth - 1, 1)) if self.chance(0.5) else self.compared(0) for _ in range(branches)]
        parts = [f"WHEN {test} THEN {make()}" for test in tests]
        other = f" ELSE {make()}" if self.chance(0.6) else ""
        return f"{self.one('CASE', 'case')} {' '.join(parts)}{other} {self.one('END', 'end')}"

    def text(self, depth: int) -> str:
        """A text."""
        plain = self.one("note", "pid")
        if depth <= 0 or self.chance(0.5):
            return plain
        return f"({self.case(depth, lambda: self.one('note', 'pid', plain))})"

    def written_day(self) -> str:
        """A day written out."""
        return f"DATE '{self.luck.choice([*DAYS, dt.date(2023, 6, 1), dt.date(2024, 6, 1), dt.date(2025, 1, 1)])}'"

    def date(self, depth: int) -> str:
        """A date."""
        plain = self.one(*self.names(Kind.DATE))
        how = self.luck.randrange(8) if depth > 0 else 0
        if how < 3:  # most are plain
            return plain
        if how == 3 and not self.inside:  # of a child table
            return f"{self.one('first', 'last')}(events, day{self.one('', ', ' + self.within())})"
        if how == 4:  # a choice
            return f"({self.case(depth, lambda: self.one(plain, self.written_day(), *self.names(Kind.DATE)))})"
        moved = plain if self.chance(0.7) else self.one(self.written_day(), f"({self.date(depth - 1)})")
        for _ in range(self.luck.choice([1, 1, 2])):
            length = self.one("1 day", "30 days", "12 weeks", "1 month", "3 months", "11 months", "1 year", "20 years")
            moved += f" {self.one('+', '-')} {self.one('INTERVAL', 'interval')} '{length}'"
        return moved

    def two_dates(self, depth: int) -> str:
        """Two dates for a function."""
        return f"{self.date(depth)}, {self.one(self.date(0), self.written_day())}"

    def number(self, depth: int) -> str:  # noqa: PLR0911  # one return for each way
        """A number."""
        plain = self.one(*self.names(Kind.NUMBER), "n", "d1")
        how = self.luck.randrange(14) if depth > 0 else 0
        less = depth - 1
        if how < 3:  # plain
            return plain
        if how in {3, 12, 13}:
            return f"{self.one('age_on', 'days_between', 'months_between')}({self.two_dates(less)})"
        if how == 4:  # of the term
            return f"contract_year({self.date(less)})"
        if how == 5 and not self.inside:  # of a child table
            return f"count(events{self.one('', ', ' + self.within(), ', ' + self.within())})"
        if how == 6:  # a choice
            by = f"{plain} / {self.one('n', 'd1', '3')}" if self.formula else "d1"
            return f"({self.case(depth, lambda: self.one(plain, '1', '-2.5', by, self.number(0)))})"
        if self.formula and how in {7, 8, 9}:
            return self.of_formulas(plain, self.number(less), self.number(0), "1")
        return self.reckoned(plain, self.number(less), self.number(0), self.one("2", "0.5", "n", "d1", "-1", "rate"))

    def reckoned(self, plain: str, some: str, other: str, factor: str) -> str:
        """A sum or a product; a share of a number is a number, so ``rate`` is a factor of both."""
        return self.one(
            f"{plain} + {some}", f"{plain} - {other}", f"({some} - {other})", f"{factor} * ({other})", f"-{plain}",
            f"({other}) * {factor}", f"-({some}) + {plain} - 1", f"(- {plain}) * -{factor.removeprefix('-')} + {other}",
        )  # fmt: skip

    def money(self, depth: int) -> str:
        """Money."""
        plain = self.one(*self.names(Kind.MONEY))
        how = self.luck.randrange(8) if depth > 0 else 0
        if how < 2:  # plain
            return plain
        if how == 2:  # a choice
            return f"({self.case(depth, lambda: self.one(plain, '1', '2.005', *self.names(Kind.MONEY)))})"
        if self.formula and how in {3, 4, 5}:
            return self.of_formulas(plain, self.money(depth - 1), self.money(0), "pay")
        factor = self.one("2", "rate", "10%", "n", f"({self.number(0)})", f"({self.share(0)} - 1)")
        return self.reckoned(plain, self.money(depth - 1), self.money(0), factor)

    def share(self, depth: int) -> str:
        """A share."""
        how = self.luck.randrange(6) if depth > 0 else 0
        if how < 3:  # plain
            return "rate"
        if how == 3:  # a choice
            return f"({self.case(depth, lambda: self.one('rate', '5%', '0', 'rate'))})"
        return self.reckoned("rate", self.share(depth - 1), "rate", self.one("2", "0.5", "rate", "50%"))

    def of_formulas(self, plain: str, some: str, other: str, like: str) -> str:
        """What formulas alone may say, of figures of one unit."""
        by = self.one("n", "d1", "3", "0.7", "-2", "(n - d1)", f"({self.number(1)})", "rate" if like == "pay" else "d1")
        return self.one(
            f"({some}) / {by}", f"{plain} / {by} + {other}", f"least({plain}, {some})", f"greatest({some}, {other}, 1)",
            f"round({some})", f"round({plain} / {by}, {self.one('0', '1', '2')})", f"floor({some})",
            f"floor({plain} / {by})", f"abs({some})", f"ifnone({plain}, {some})", f"ifnone({plain} / {by}, {other})",
            f"({some} - {other}) / {by}", f"{like} * ({plain} / {by})" if like == "1" else plain,
        )  # fmt: skip

    def figure(self, depth: int) -> str:
        """Any figure."""
        return self.luck.choice([self.number, self.number, self.money, self.money, self.share])(depth)
