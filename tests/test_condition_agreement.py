"""Random conditions and formulas over random rows with gaps: polars, DuckDB and plain Python say the same of each."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final

from attrs import evolve

from pbr.condition import Condition, Formula, parse, parse_formula
from pbr.condition.check_calls import FUNCTIONS, OF_FIGURES  # what the language has
from pbr.condition.syntax import Fault, Language, read_tree, reader
from pbr.money import Rounding
from pbr.problem import ContractError, Place
from tests.conditions import SCOPE, Maker
from tests.readings import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CONDITIONS: Final = 5_000
FORMULAS: Final = 2_000
AT_ONCE: Final = 100
LEAST_OFTEN: Final = 50
HERE: Final = Place("c.yaml", 1, 1)

PRODUCTIONS: Final = {
    "start", "disjunction", "conjunction", "not_", "comparison", "in_", "not_in", "between", "not_between", "is_null",
    "is_not_null", "list", "sum", "product", "minus", "group", "call", "case", "branch", "name", "text", "date",
    "interval", "number", "percent", "true", "false",
}  # fmt: skip
SIGNS: Final = {"=", "<>", "<", "<=", ">", ">=", "+", "-", "*"}
OF_CONDITIONS: Final = {
    "age_on", "days_between", "months_between", "contract_year", "count", "first", "last", "any", "all",
}  # fmt: skip
OF_FORMULAS: Final = {"least", "greatest", "round", "floor", "abs", "ifnone"}


def said(text: str, language: Language) -> Iterator[str]:
    """The productions that a text is made of, its signs and its functions."""
    tree = read_tree(text, language)
    assert not isinstance(tree, Fault)
    for part in tree.iter_subtrees():
        yield str(part.data)
        words = [str(child) for child in part.children if isinstance(child, str)]
        yield from words if part.data in {"comparison", "sum", "product", "call", "minus"} else ()


def often(texts: Iterable[str], language: Language, wanted: Iterable[str]) -> dict[str, int]:
    """Count what texts are made of until each wanted part was there often enough; give what was there too seldom."""
    reached = Counter(dict.fromkeys(wanted, 0))
    for text in texts:
        reached.update(part for part in said(text, language) if part in reached)
        if min(reached.values()) >= LEAST_OFTEN:
            return {}
    return {part: count for part, count in reached.items() if count < LEAST_OFTEN}


def made(make: Callable[[], str], read: Callable[[str], Condition | Formula], count: int) -> list[Condition | Formula]:
    """So many texts that could be read; those with too many digits or parts are made again, and nothing else is."""
    found: dict[str, Condition | Formula] = {}
    refused = 0
    while len(found) < count:
        text = make()
        try:
            found.setdefault(text, read(text))
        except ContractError as error:
            assert {problem.code for problem in error.problems} <= {"PBR023", "PBR026"}, (text, str(error))  # noqa: PT017
            refused += 1
    assert refused < count / 5  # the maker makes what may be written
    return list(found.values())


def batches(number: int) -> Iterator[tuple[World, slice]]:
    """Worlds, each with the place of some of the texts."""
    for start in range(0, number, AT_ONCE):
        yield World.of(start), slice(start, start + AT_ONCE)


def test_three_readings_of_5000_conditions_agree() -> None:
    """Polars, DuckDB and plain Python agree on every row; every production and every truth value is reached often."""
    maker = Maker(Random(3))  # noqa: S311  # made-up conditions need no secrets
    conditions = made(lambda: maker.condition(3), lambda text: parse(text, SCOPE, HERE), CONDITIONS)
    truths: Counter[bool | None] = Counter()
    for world, some in batches(CONDITIONS):
        batch = [one for one in conditions[some] if isinstance(one, Condition)]
        plain = [world.by_python(one) for one in batch]
        for one, python, polars, sql in zip(batch, plain, world.by_polars(batch), world.by_sql(batch), strict=True):
            assert python == polars, one.text
            assert python == sql, one.text
            truths.update(python)
    assert often((one.text for one in conditions), Language.CONDITION, PRODUCTIONS | SIGNS | OF_CONDITIONS) == {}
    assert {truth: truths[truth] for truth in (True, False, None) if truths[truth] < truths.total() / 5} == {}


def test_three_readings_of_2000_formulas_agree() -> None:
    """Polars and DuckDB give the very fraction that plain Python does, and are empty where it is."""
    maker = Maker(Random(5), formula=True)  # noqa: S311  # made-up formulas need no secrets
    even = evolve(SCOPE, rounding=Rounding.HALF_EVEN)
    formulas = [
        *made(lambda: maker.figure(3), lambda text: parse_formula(text, SCOPE, HERE), FORMULAS // 2),
        *made(lambda: maker.figure(3), lambda text: parse_formula(text, even, HERE), FORMULAS // 2),
    ]
    known = 0
    for world, some in batches(FORMULAS):
        batch = [one for one in formulas[some] if isinstance(one, Formula)]
        plain = [world.by_python(one) for one in batch]
        polars, sql = world.figures_by_polars(batch), world.figures_by_sql(batch)
        for one, wanted, first, second in zip(batch, plain, polars, sql, strict=True):
            assert wanted == first, one.text
            assert wanted == second, one.text
            known += sum(answer is not None for answer in wanted)
    wanted_often = OF_FORMULAS | {"/", "*", "+", "-", "case", "interval"}
    assert often((one.text for one in formulas), Language.FORMULA, wanted_often) == {}
    assert known > len(formulas) * 24 / 4


def test_the_fixed_spelling_of_random_texts_is_read_back() -> None:
    """What is written in the one fixed spelling is read as an equal condition or formula with the same spelling."""
    maker, other = Maker(Random(7)), Maker(Random(9), formula=True)  # noqa: S311  # made-up texts
    for one in made(lambda: maker.condition(3), lambda text: parse(text, SCOPE, HERE), AT_ONCE * 5):
        again = parse(one.canonical, SCOPE, HERE)
        assert (again, again.canonical) == (one, one.canonical)
    for one in made(lambda: other.figure(3), lambda text: parse_formula(text, SCOPE, HERE), AT_ONCE * 5):
        formula = parse_formula(one.canonical, SCOPE, HERE)
        assert (formula, formula.canonical) == (one, one.canonical)


def test_the_productions_are_those_of_the_grammar() -> None:
    """What must be reached is all that the grammar has, but for NULL by itself, which no sound text holds."""
    found = set()
    for rule in reader().rules:
        kept = [symbol for symbol in rule.expansion if symbol.name[:1] != "_" or symbol.name[:2] == "__"]
        inlined = rule.options.expand1 and len(kept) == 1
        if rule.alias or not (inlined or rule.origin.name.startswith("__")):
            found.add(str(rule.alias or rule.origin.name))
    assert found - {"null"} == PRODUCTIONS
    assert set(FUNCTIONS) == OF_CONDITIONS
    assert set(OF_FIGURES) == OF_FORMULAS


def test_the_page_shows_every_production_and_sign() -> None:
    """The table of what may be written holds each part of the grammar at least once, of conditions and of formulas."""
    from tests.test_conditions_page import rows_of

    reached: set[str] = set()
    for written, *_ in rows_of("| written | means |"):
        for text in re.findall(r"`([^`]+)`", f"`{written}`"):
            for language in (Language.CONDITION, Language.FORMULA):
                tree = read_tree(text.replace(", ...", ""), language)
                reached |= set() if isinstance(tree, Fault) else set(said(text.replace(", ...", ""), language))
    # beside what stands by itself: joined, compared and negated things, whose words the table explains
    joined = {"conjunction", "disjunction", "not_", "comparison", "sum", "product", "minus", "group", "not_between"}
    assert PRODUCTIONS - reached <= joined | {"not_in", "is_not_null"}
    words = " ".join(cell for row in rows_of("| written | means |") for cell in row)
    for word in ("AND", "OR", "NOT", "NOT BETWEEN", "NOT IN", "IS NOT NULL", "( )", *SIGNS):
        assert word in words, word
