"""Random conditions over random rows: both readings agree, and any text is read or refused."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from random import Random

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbr.condition import (
    Kind,
    ValueType,
)
from pbr.condition.syntax import Fault, read_tree
from pbr.condition.to_polars import LEAST, MOST
from pbr.problem import ContractError
from tests.two_readings import (
    SCOPE,
    Row,
    by_polars,
    by_python,
    day,
    read,
    refs,
    type_in,
)

NUMBERS = ["0", "1", "2", "-1", "0.5", "0.25", "0.1", "1.001", "-0.3", "99999999999999999999", "-99999999999999999999"]
DAYS = [day(text) for text in ("2004-02-28", "2004-02-29", "2004-03-01", "2022-02-28", "2022-03-01", "2024-02-29")]
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
LITERALS = {
    Kind.TEXT: st.sampled_from(["''", "'a'", "'b'", "'it''s'"]),
    Kind.ID: st.sampled_from(["'a'", "'P1'", "'P10'"]),
    Kind.WHOLE_ID: st.sampled_from(["0", "1", "-1", "99999999999999999999"]),
    Kind.YES_NO: st.sampled_from(["TRUE", "false"]),
    Kind.NUMBER: st.sampled_from(NUMBERS),
    Kind.MONEY: st.sampled_from(NUMBERS),
    Kind.SHARE: st.sampled_from([*NUMBERS, "50%", "100%", "-0.00001%"]),
    Kind.POINTS: st.sampled_from(NUMBERS),
    Kind.DATE: st.sampled_from([f"DATE '{one}'" for one in DAYS]),
}
ALIKE = [
    ["note", "pid", "kind", "level"], ["wid"], ["n", "d1", "d3"], ["pay"], ["rate"], ["rise"],
    ["on", "date", "born_on", "start"],
]  # fmt: skip
KINDS = {ref.name: type_in(SCOPE, ref) for ref in refs()}
DATES = st.one_of(st.sampled_from(ALIKE[-1]), LITERALS[Kind.DATE])
AGES = st.builds("age_on({}, {})".format, st.sampled_from(ALIKE[-1]), DATES)


def literals(name: str) -> st.SearchStrategy[str]:
    """Values that may be compared with a field."""
    words = KINDS[name].one_of
    if words:
        return st.sampled_from(["'" + word.replace("'", "''") + "'" for word in words])
    return LITERALS[KINDS[name].kind]


def plain(name: str) -> bool:
    """Whether a field has an order."""
    return not KINDS[name].one_of


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    """A field or an age beside a value or another field, either way round."""
    if draw(st.integers(0, 4)) == 0:
        left, right, sign = draw(AGES), draw(st.sampled_from(["18", "20", "0", "-1", "17.5", "n", "d3"])), draw(SIGNS)
    else:
        alike = draw(st.sampled_from(ALIKE))
        left = draw(st.sampled_from(alike))
        right = draw(st.one_of(literals(left), st.sampled_from(alike)))
        ordered = plain(left) and plain(right) if right in KINDS else plain(left)
        sign = draw(SIGNS) if ordered else draw(st.sampled_from(["=", "<>"]))
    return f"{left} {sign} {right}" if draw(st.booleans()) else f"{right} {sign} {left}"


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A field in a list, or not in it."""
    name = draw(st.sampled_from(sorted(set(KINDS) - {"free", "consents", "today", "b"})))
    items = draw(st.lists(literals(name), min_size=1, max_size=4))
    return f"{name} {draw(st.sampled_from(['IN', 'not in']))} ({', '.join(items)})"


LEAVES = st.one_of(
    comparisons(),
    comparisons(),
    lists(),
    st.sampled_from(["free", "consents", "b AND TRUE", "FALSE OR b", "adult", "ready", "both"]),
    st.builds("{} {}".format, st.sampled_from(sorted(KINDS)), st.sampled_from(["IS NULL", "is not null"])),
    st.builds("{} IS NULL".format, AGES),
)


def grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger conditions made of smaller ones."""
    joined = st.lists(parts, min_size=2, max_size=4).flatmap(
        lambda some: st.sampled_from([" AND ", " OR ", " and "]).map(lambda word: word.join(some))
    )
    return st.one_of(
        joined,
        joined,
        joined,
        parts.map("({})".format),
        parts.map("NOT ({})".format),
        parts.map("NOT {}".format),
        parts.map("({}) IS NULL".format),
        st.builds("({}) {} ({})".format, parts, st.sampled_from(["=", "<>"]), parts),
    )


CONDITIONS = st.recursive(LEAVES, grown, max_leaves=8).filter(lambda text: len(text) < 2000)


def value(luck: Random, kind: ValueType) -> object:
    """What a field may hold; one in four is empty."""
    scale = 10**kind.places
    if luck.random() < 1 / 4:
        return None
    if kind.kind is Kind.YES_NO:
        return luck.random() < 1 / 2
    if kind.kind is Kind.TEXT:
        return luck.choice(kind.one_of or ("", "a", "b", "it's"))
    if kind.kind is Kind.ID:
        return luck.choice(["a", "P1", "P10", "P2"])
    if kind.kind is Kind.DATE:
        return luck.choice([*DAYS, day("1990-01-01") + dt.timedelta(luck.randrange(15_000))])
    return Fraction(luck.choice([luck.randint(-2 * scale, 2 * scale), 0, scale, scale // 4, LEAST, MOST]), scale)


def row(seed: int) -> Row:
    """A row that hangs on one number, so that samples are varied and a failing case sheds rows."""
    luck = Random(seed)  # noqa: S311  # made-up rows need no secrets
    return {name: value(luck, kind) for name, kind in KINDS.items()}


ROWS = st.lists(st.integers(0, 2**32 - 1).map(row), min_size=1, max_size=6)


@given(text=CONDITIONS, rows=ROWS, leap_birthday=st.sampled_from([(3, 1), (2, 28)]))
def test_both_readings_agree(text: str, rows: list[Row], leap_birthday: tuple[int, int]) -> None:
    """On random rows with gaps, polars and plain Python say the same of any condition; so does its fixed spelling."""
    scope = evolve(SCOPE, leap_birthday=leap_birthday)
    condition = read(text, scope)
    again = read(condition.canonical, scope)
    assert again == condition
    assert again.canonical == condition.canonical
    assert by_polars(condition, rows) == by_python(condition, rows) == by_python(again, rows)


PRODUCTIONS = {
    "disjunction", "conjunction", "not_", "comparison", "in_", "not_in", "is_null", "is_not_null", "list", "group",
    "call", "name", "text", "date", "number", "percent", "true", "false",
}  # fmt: skip


def test_the_generator_reaches_every_production_and_every_truth() -> None:
    """The random conditions hold each production of the grammar, each sign, each kind of value and each truth."""
    seen: set[object] = set()

    @settings(max_examples=1000, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(text=CONDITIONS, rows=ROWS)
    def look(text: str, rows: list[Row]) -> None:
        tree = read_tree(text)
        assert not isinstance(tree, Fault)
        for part in tree.iter_subtrees():
            seen.add(str(part.data))
            seen.update(str(child) for child in part.children if isinstance(child, str) and part.data == "comparison")
            seen.update("minus" for child in part.children if str(child) == "-")
        condition = read(text)
        seen.update(kind.kind for kind in condition.field_types.values())
        seen.update(ref.parent for ref in condition.fields)
        seen.update(("definition", name) for name in ("adult", "ready", "both") if name in text)
        seen.update(("truth", answer) for answer in by_python(condition, rows))

    look()
    wanted: set[object] = PRODUCTIONS | {"start", "minus", "=", "<>", "<", "<=", ">", ">="}
    wanted |= set(Kind) | {True, False} | {("truth", answer) for answer in (True, False, None)}
    wanted |= {("definition", name) for name in ("adult", "ready", "both")}
    assert wanted - seen == set()
    assert {item for item in seen if isinstance(item, str)} - wanted == set()


@given(text=st.text(alphabet="()' anotdrisulfe=<>1%,-\"\n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail in any other way than by a contract error."""
    try:
        condition = read(text)
    except ContractError as error:
        assert error.problems  # noqa: PT017  # either way is right; only another error would be wrong
    else:
        assert read(condition.canonical) == condition
