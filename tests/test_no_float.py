"""No float anywhere in the engine: what its syntax shows, module by module, and what the rules catch.

A division by `/` stands only where its syntax shows a Fraction or a path: an operand is made by `Fraction(...)` or
`Path(...)`, is annotated as one of these or as a list, tuple, sequence or iterable of them, or is worked out of such;
and a path is divided by a text. Columns of polars are never divided so. A power has no `-` in its exponent but within
`max(..., 0)`, since `10 ** -1` is a float. Of `math` only what is exact is used. The command line may read a clock.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.test_tidy import MODULES, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OF_MATH: Final = {"ceil", "floor", "gcd", "isqrt", "lcm", "prod"}
MODULES_OF_FLOATS: Final = {"cmath", "decimal", "numpy", "pandas", "random", "statistics", "time"}
CLOCKS: Final = {"time"}
NAMES_OF_FLOATS: Final = {"complex", "float"}
CALLS_OF_FLOATS: Final = re.compile(
    r"(rolling_|ewm_).*|mean|mean_horizontal|median|std|var|quantile|round|truediv|interpolate|pct_change|sqrt|cbrt|log"
    r"|log10|log1p|exp|as_float|timestamp|total_seconds|corr|skew|kurtosis|entropy|to_numpy|__float__|__truediv__"
)
DTYPES_OF_FLOATS: Final = re.compile(r"Float(16|32|64)?|FLOAT_DTYPES")
ONE: Final = re.compile(r"Fraction|Path")
MANY: Final = re.compile(r"(?:list|tuple|Sequence|Iterable)\[(?:Fraction|Path)(?:, \.\.\.)?\]")


def floats_in(text: str, *, of_cli: bool = False) -> list[str]:
    """List what may be a float in a module: the line, and what is written there."""
    found: list[str] = []
    _search(ast.parse(text), {}, found, of_cli=of_cli)
    return found


def _search(node: ast.AST, known: dict[str, bool], found: list[str], *, of_cli: bool) -> None:
    """Walk down, with the names that are known by whether they are shown to be a Fraction or a path."""
    if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        known = known | _names(node, known)
    if isinstance(node, ast.expr | ast.stmt) and any(_faults(node, known, of_cli=of_cli)):
        found.append(f"{node.lineno} {ast.unparse(node)}")
    for child in ast.iter_child_nodes(node):
        _search(child, known, found, of_cli=of_cli)


def _faults(node: ast.expr | ast.stmt, known: dict[str, bool], *, of_cli: bool) -> Iterator[bool]:
    """Each rule: whether a node breaks it."""
    modules = MODULES_OF_FLOATS - (CLOCKS if of_cli else set())
    match node:
        case ast.Constant():
            yield isinstance(node.value, float | complex)
        case ast.Name():
            yield node.id in NAMES_OF_FLOATS
        case ast.Import():
            yield any(alias.name.partition(".")[0] in modules for alias in node.names)
        case ast.ImportFrom():
            yield (node.module or "").partition(".")[0] in modules
            yield node.module == "math" and not {alias.name for alias in node.names} <= OF_MATH
        case ast.Attribute():
            yield ast.unparse(node.value) == "math" and node.attr not in OF_MATH
            yield bool(DTYPES_OF_FLOATS.fullmatch(node.attr))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id="round" as name)):
            yield bool(CALLS_OF_FLOATS.fullmatch(name))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            yield not (_shown(left, known) or _shown(right, known) or _text(left) or _text(right)) or _polars(node)
        case ast.AugAssign(op=ast.Div()):
            yield not _shown(node.target, known) or _polars(node)
        case ast.BinOp(op=ast.Pow(), right=right) | ast.AugAssign(op=ast.Pow(), value=right):
            yield _may_be_below_nothing(right)


def _polars(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "pl" for each in ast.walk(node))


def _text(node: ast.expr) -> bool:
    """A text is no number, so that what is divided by it is a path."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _may_be_below_nothing(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "max" and "0" in map(ast.unparse, node.args):
        return False
    if isinstance(node, ast.USub | ast.Sub) or (isinstance(node, ast.Constant) and not isinstance(node.value, int)):
        return True
    return any(map(_may_be_below_nothing, ast.iter_child_nodes(node)))


def _shown(node: ast.expr, known: dict[str, bool]) -> bool:  # noqa: PLR0911  # one return for each form
    """Whether a node is shown to be a Fraction or a path."""
    match node:
        case ast.Name(id=name):
            return known.get(name, False)
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return not isinstance(index, ast.Slice) and known.get(f"{name}[]", False)
        case ast.Call(func=ast.Name(id="Fraction" | "Path")):
            return True
        case ast.Call(func=ast.Name(id="sum"), args=[_, start]):
            return _shown(start, known)
        case ast.Call(func=ast.Attribute(value=value, attr="resolve"), args=[]) | ast.Attribute(value, "parent"):
            return isinstance(node, ast.Attribute) or _shown(value, known)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            return _shown(left, known) or _shown(right, known)
    return False


def _names(node: ast.FunctionDef | ast.Lambda | ast.ClassDef, outer: dict[str, bool]) -> dict[str, bool]:
    """Names of one function by whether they are shown; `name[]` stands for what is in a list."""
    found: dict[str, bool] = {}
    if not isinstance(node, ast.ClassDef):
        for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            found |= _annotated(arg.arg, arg.annotation)
    for each in ast.walk(node):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            found |= _annotated(each.target.id, each.annotation)
    every: dict[str, list[bool]] = {}
    for each in ast.walk(node):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            every.setdefault(each.targets[0].id, []).append(_shown(each.value, outer | found))
        elif isinstance(each, ast.comprehension | ast.For) and isinstance(each.target, ast.Name):
            of_all = isinstance(each.iter, ast.Tuple) and all(_shown(one, outer | found) for one in each.iter.elts)
            every.setdefault(each.target.id, []).append(of_all)
    return found | {name: all(those) and found.get(name, True) for name, those in every.items()}


def _annotated(name: str, annotation: ast.expr | None) -> dict[str, bool]:
    words = ast.unparse(annotation) if annotation is not None else ""
    return {name: bool(ONE.fullmatch(words)), f"{name}[]": bool(MANY.fullmatch(words))}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_makes_a_float(path: Path) -> None:
    """Not a literal, a name, a division, a function or a type of floats stands in it."""
    of_cli = named(path).startswith("pbr/cli/")
    assert floats_in(path.read_text(encoding="utf-8"), of_cli=of_cli) == []


@pytest.mark.parametrize(
    "text",
    [
        "half = 0.5",
        "most = 1e9",
        "odd = 2j",
        "share = float(text)",
        "def of(value: float) -> int: ...",
        "share = met / counted",
        "share = 1 / 3",
        "share = len(met) / len(counted)",
        "def of(met: int, counted: int) -> object:\n    return met / counted",
        "def of(met: int | Fraction) -> object:\n    return met / 2",
        "def of(met: list[int]) -> object:\n    return met[0] / met[1]",
        "def of(met: Fraction) -> object:\n    met = len(text)\n    return met / 2",
        "def of(every: list[Fraction]) -> object:\n    return every[1:] / 2",
        "def of(one: Fraction) -> object:\n    for one in (1, 2):\n        yield one / 2",
        "def of(one: Fraction) -> None: ...\nshare = one / 2",
        "share /= counted",
        "share = pl.col('met') / pl.col('counted')",
        "share = pl.col('met') / Fraction(2)",
        "share = pl.col('met') / 'counted'",
        "share = pl.col('met').truediv(2)",
        "import math\nroot = math.sqrt(2)",
        "import math\nhalf = math.pi",
        "from math import log",
        "from statistics import mean",
        "import numpy as np",
        "from decimal import Decimal",
        "import random",
        "from time import perf_counter",
        "import time",
        "kind = pl.Float64",
        "kind = pl.Float32()",
        "pl.col('amount').cast(pl.Float64, strict=False)",
        "pl.col('amount').mean()",
        "pl.col('amount').median()",
        "pl.col('amount').std()",
        "pl.col('amount').var()",
        "pl.col('amount').quantile(1)",
        "pl.col('amount').round(2)",
        "pl.col('amount').rolling_mean(3)",
        "lines['amount'].interpolate()",
        "pl.mean_horizontal('a', 'b')",
        "shown = round(amount, 2)",
        "seconds = (end - start).total_seconds()",
        "seconds = day.timestamp()",
        "small = 10 ** -2",
        "small = 10 ** (places - digits)",
        "small = 2 ** 0.5",
        "small **= -1",
        "small = 10 ** max(places - 2, -3)",
    ],
)
def test_what_may_be_a_float_is_caught(text: str) -> None:
    """Each of these, put into a module, would turn the test of it red."""
    assert floats_in(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "half = Fraction(1, 2)",
        "share = Fraction(met) / counted",
        "share = sum(values, Fraction(0)) / len(values)",
        "def of(found: list[Fraction]) -> object:\n    return (found[0] + found[1]) / 2",
        "def of(value: Fraction) -> object:\n    return 1 / value",
        "def of(value: object) -> object:\n    exact: Fraction = value\n    return exact / 2",
        "file = folder / 'statement.csv'",
        "def of(folder: Path, name: str) -> Path:\n    return folder / name",
        "def of(name: str) -> Path:\n    path = Path(name)\n    path /= CONTRACT\n    return path",
        "import math\nleast = math.ceil(figure)",
        "size = 10 ** digits",
        "size = 10 ** max(places - 2, 0)",
        "whole = pl.col('met') // pl.col('counted')",
    ],
)
def test_what_is_exact_is_left_alone(text: str) -> None:
    """Fractions, whole numbers and paths are divided as ever."""
    assert floats_in(text) == []


def test_only_the_command_line_reads_a_clock() -> None:
    """A module of `pbr.cli` may; no other module may."""
    assert floats_in("import time\nbegan = time.monotonic()", of_cli=True) == []
    assert floats_in("import time\nbegan = time.monotonic()") != []
