"""Every small change of a module that its tests ought to notice, worked out from its syntax tree.

A mutant is the module with one thing changed: an operator, a number by one, a truth value, a word of an enum or of
a day, least and most, first and last, a statement or a step of a chain left out. Nothing is changed in docstrings,
annotations, decorators, imports, asserts and messages: no figure depends on these.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path: TypeAlias = "tuple[tuple[str, int | None], ...]"

COMPARED: Final[Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
WORKED_OUT: Final[Mapping[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    one: other
    for pair in (
        ("min", "max"),
        ("min_horizontal", "max_horizontal"),
        ("any", "all"),
        ("any_horizontal", "all_horizontal"),
        ("first", "last"),
        ("is_null", "is_not_null"),
        ("bisect_left", "bisect_right"),
        ("lower_bound", "upper_bound"),
        ("numerator", "denominator"),
        ("ljust", "rjust"),
        ("Int128", "Int64"),
    )
    for one, other in (pair, pair[::-1])
    if one != "Int64"
}
DAYS: Final = ("day", "owed", "known", "falls", "priced")
"""Columns of lines that hold a day: each is put in the place of the one before it."""
WAYS: Final[Mapping[str, str]] = {"left": "inner", "inner": "left", "semi": "anti"}
LEFT_OUT: Final = {"filter", "sort", "unique", "fill_null", "clip", "forward_fill", "removesuffix", "removeprefix"}
SILENT: Final = {"message", "__all__"}


class Mutant(NamedTuple):
    """One change: where it is, and what it says before and after."""

    file: str
    where: str
    line: int
    before: str
    after: str
    path: Path
    place: int

    @property
    def name(self) -> str:
        """What it is called, whatever line it is on."""
        return f"{self.file} {self.where}\n  {self.before}  ->  {self.after}"


def mutants_of(file: str, text: str, enums: Mapping[str, tuple[str, ...]]) -> list[Mutant]:
    """Make every mutant of a module.

    Args:
        file: Its name from the top of the repository.
        text: Its text.
        enums: Members of each enum whose words may stand for each other.
    """
    tree = ast.parse(text)
    found: list[Mutant] = []
    met: Counter[str] = Counter()
    for path, where in _places(tree, (), "module"):
        node = at(tree, path)
        for place, other in enumerate(_others(node, enums)):
            shown = _shown(tree, path)
            before = _said(at(tree, shown))
            put(tree, path, other)
            after = "nothing" if isinstance(other, ast.Pass) else _said(at(tree, shown))
            put(tree, path, node)
            line = getattr(node.iter if isinstance(node, ast.comprehension) else node, "lineno", 0)
            one = Mutant(file, where, line, before, after, path, place)
            met[one.name] += 1
            again = f" (#{met[one.name]})" if met[one.name] > 1 else ""
            found.append(one._replace(after=one.after + again))
    return found


def mutated(text: str, mutant: Mutant, enums: Mapping[str, tuple[str, ...]]) -> str:
    """Give the text of the module with the change."""
    tree = ast.parse(text)
    others = list(_others(at(tree, mutant.path), enums))
    put(tree, mutant.path, others[mutant.place])
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def enums_of(texts: Iterator[str]) -> dict[str, tuple[str, ...]]:
    """Name the members of every enum of the modules."""
    found = {}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and [ast.unparse(base) for base in node.bases] == ["enum.Enum"]:
                names = [ast.unparse(each.targets[0]) for each in node.body if isinstance(each, ast.Assign)]
                found[node.name] = tuple(names)
    return found


def at(tree: ast.AST, path: Path) -> ast.AST:
    """Find the node at a path from the top."""
    for name, index in path:
        held = getattr(tree, name)
        tree = held if index is None else held[index]
    return tree


def put(tree: ast.AST, path: Path, node: ast.AST) -> None:
    """Put a node at a path."""
    name, index = path[-1]
    above = at(tree, path[:-1])
    if index is None:
        setattr(above, name, node)
    else:
        getattr(above, name)[index] = node


def _said(node: ast.AST) -> str:
    """Write a node in one line."""
    return ast.unparse(node).strip().split("\n")[0]


def _shown(tree: ast.AST, path: Path) -> Path:
    """Find what is shown of a change: the expression around a single word or number, if that is short."""
    if isinstance(at(tree, path), ast.Constant | ast.Name | ast.Attribute):
        for length in range(len(path) - 1, max(len(path) - 4, 0), -1):
            around = at(tree, path[:length])
            if isinstance(around, ast.arg | ast.arguments | ast.stmt):
                break
            if isinstance(around, ast.expr | ast.keyword):
                return path[:length] if len(_said(around)) < 100 else path
    return path


def _places(node: ast.AST, path: Path, where: str) -> Iterator[tuple[Path, str]]:
    """Every node that may be changed, with the function or class it is in."""
    if _is_silent(node):
        return
    yield path, where
    if isinstance(node, ast.Raise):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        where = node.name if where == "module" else f"{where}.{node.name}"
    for name, held in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "ctx", "op", "ops"}:
            continue
        if isinstance(held, ast.AST):
            yield from _places(held, (*path, (name, None)), where)
        elif isinstance(held, list):
            for index, each in enumerate(held):
                if isinstance(each, ast.AST):
                    yield from _places(each, (*path, (name, index)), where)


def _is_silent(node: ast.AST) -> bool:
    """Whether no figure depends on what a node says."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Call(func=ast.Name(id="Problem")):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in SILENT
        case ast.keyword(arg="strict", value=ast.Constant(value=True)):
            return True  # lists of one length are an assertion too
    return False


def _others(  # noqa: C901, PLR0912  # one case for each form
    node: ast.AST, enums: Mapping[str, tuple[str, ...]]
) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare():
            for index, op in enumerate(node.ops):
                for other in COMPARED[type(op)]:
                    ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                    yield ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
        case ast.BinOp() if type(node.op) in WORKED_OUT:
            yield ast.BinOp(left=node.left, op=WORKED_OUT[type(node.op)](), right=node.right)
        case ast.BoolOp():
            yield ast.BoolOp(op=ast.And() if isinstance(node.op, ast.Or) else ast.Or(), values=node.values)
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant():
            yield from (ast.Constant(value=value) for value in _constants(node.value))
        case ast.Attribute() if isinstance(node.value, ast.Name) and node.attr in enums.get(node.value.id, ()):
            members = enums[node.value.id]
            other_member = members[(members.index(node.attr) + 1) % len(members)]
            yield ast.Attribute(value=node.value, attr=other_member, ctx=ast.Load())
        case ast.Attribute() if node.attr in OTHER_NAMES:
            yield ast.Attribute(value=node.value, attr=OTHER_NAMES[node.attr], ctx=ast.Load())
        case ast.Name(ctx=ast.Load()) if node.id in {"min", "max", "any", "all", "bisect_left", "bisect_right"}:
            yield ast.Name(id=OTHER_NAMES[node.id], ctx=ast.Load())
        case ast.Call():
            yield from _calls(node)
        case ast.keyword(arg=str(name)) if name in OTHER_NAMES:
            yield ast.keyword(arg=OTHER_NAMES[name], value=node.value)
        case ast.comprehension() if node.ifs:
            yield ast.comprehension(target=node.target, iter=node.iter, ifs=[], is_async=0)
        case ast.IfExp(test=ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript()):
            yield ast.IfExp(test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=node.body, orelse=node.orelse)
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript()):
            yield ast.If(test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=node.body, orelse=node.orelse)
        case ast.AugAssign() if type(node.op) in WORKED_OUT and not isinstance(node.op, ast.BitOr):
            yield ast.AugAssign(target=node.target, op=WORKED_OUT[type(node.op)](), value=node.value)
            yield ast.Pass()
        case ast.AugAssign() | ast.Expr() | ast.Raise() | ast.Continue():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Name() as target]) if _read_in(target.id, node.value):
            yield ast.Pass()  # what is worked out anew from itself keeps its value


def _read_in(name: str, value: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(value))


def _constants(value: object) -> tuple[str | int, ...]:
    """What may stand in the place of a number, a truth value, or a word of a day or a join."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    if isinstance(value, str) and value in DAYS:
        return (DAYS[(DAYS.index(value) + 1) % len(DAYS)],)
    return (WAYS[value],) if isinstance(value, str) and value in WAYS else ()


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """A call left out, or `then` and `otherwise` the other way round."""
    function = node.func
    if isinstance(function, ast.Name) and function.id == "abs":
        yield node.args[0]
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in LEFT_OUT:
        yield function.value
    then = function.value
    if function.attr == "otherwise" and isinstance(then, ast.Call) and isinstance(then.func, ast.Attribute):
        turned = ast.Call(func=then.func, args=node.args, keywords=[])
        yield ast.Call(func=ast.Attribute(value=turned, attr="otherwise", ctx=ast.Load()), args=then.args, keywords=[])
