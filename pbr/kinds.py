"""Kinds of outcome that a module of the user's own adds to those of the language, and what one is written with.

A kind on one subject is a frozen attrs class: its fields are the terms that stand in a contract, and its methods say
which outcomes and rows it reads, which facts it needs of them, and what it decides. The rest of pbr treats it as it
treats its own. Nothing is registered: a caller passes ``Kinds`` to ``read_contract``, and nobody else sees them.

A field that has the name of a term of the language means what that means, and is checked so: ``table``, ``when``,
``date``, ``undone_by``, ``window``, ``excused_by``, ``once_per``. What other fields hold is said with ``figure``,
``row_field``, ``outcome_name`` or ``state_name``; one without any is text, a word of an enum, or what its annotation
says.
"""

from __future__ import annotations

import enum
import inspect
import re
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, Union, get_args, get_origin

import attrs
from attrs import evolve, frozen

from pbr.calendar import Date, Duration
from pbr.columns import Columns
from pbr.condition import Condition, ValueType
from pbr.condition import Kind as Unit
from pbr.document import TAGS, kind_word
from pbr.facts import (
    START,
    Context,
    Decision,
    Each,
    Fact,
    Held,
    Named,
    Reading,
    Running,
    Runs,
    Sums,
    Take,
    Undecided,
    Window,
    first_true,
    reason_code,
    state_code,
)
from pbr.outcomes import Outcome
from pbr.outcomes.event import Pick, anchors
from pbr.problem import REASONS, EvaluationError, PbrError, Problem
from pbr.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "BUILT_IN",
    "DEFAULT_KINDS",
    "REASONS",
    "SECTIONS",
    "START",
    "Columns",
    "Condition",
    "Context",
    "Date",
    "Decision",
    "Duration",
    "Each",
    "Fact",
    "Held",
    "Kinds",
    "Named",
    "OutcomeKind",
    "Pick",
    "Reading",
    "Running",
    "Runs",
    "Sums",
    "Table",
    "Take",
    "Undecided",
    "Unit",
    "ValueType",
    "Window",
    "anchors",
    "figure",
    "first_true",
    "outcome_name",
    "reason_code",
    "row_field",
    "state_code",
    "state_name",
]

BUILT_IN: Final[tuple[type, ...]] = get_args(Outcome)
"""The kinds of the language."""

SECTIONS: Final = ("Meaning", "Terms", "Worked example", "Edge of the rule", "Source")
"""What the docstring of a kind says, in this order."""

FIGURE, FIELD, OUTCOME, STATE = "pbr.figure", "pbr.field", "pbr.outcome", "pbr.state"
"""Metadata of a term: the unit of its figure, the types of field it may name, that it names outcomes or states."""

FIGURES: Final = ("money", "ratio", "number", "count", "duration", "points")
"""The units of figures."""

_SHARED: Final = {"title": "''", "means": "''", "clause": "''", "source": "''", "paid": "None", "excused_by": "None"}
"""Terms of every kind on one subject, with their default."""

_METHODS: Final = {
    "reads": "def reads(self) -> tuple[str, ...]",
    "readings": "def readings(self, ctx: Context) -> tuple[Reading, ...]",
    "facts": "def facts(self, ctx: Context) -> tuple[Fact | Running, ...]",
    "decide": "def decide(self, columns: Columns, ctx: Context) -> Decision",
}
_UNDESCRIBED: Final = {"kind", "title", "means", "clause", "source"}


class OutcomeKind(Protocol):
    """A kind of outcome on one subject: what every class that is added has, beside its own terms.

    Beside these a kind may have ``once_per``, a term that names the field for each word of which it is met once, with
    a method ``decide_words(columns, ctx)`` that decides each of ``ctx.words``; and a method ``needed(name)`` that says,
    by the outcomes it reads, where each was needed, for what lines cite.

    Attributes:
        version: Of its meaning, such as ``1``: it is part of the fingerprint, so a change of meaning needs another.
        kind: The word that names it in a contract, which is the default.
        title: As printed.
        means: One sentence the signatory reads.
        clause: Number in the signed contract.
        source: Where it comes from.
        paid: ``no`` of a signpost.
        excused_by: Condition under which what is missed is left out.
        parts: How many parts make one of its value; None where it is met or not, and no number.
        value_type: What its value is in conditions; None without one.
    """

    version: ClassVar[str]
    kind: str
    title: str
    means: str
    clause: str
    source: str
    paid: str | None
    excused_by: str | None

    @property
    def parts(self) -> int | None:
        """How many parts make one of its value."""

    @property
    def value_type(self) -> ValueType | None:
        """What its value is in conditions."""

    def reads(self) -> tuple[str, ...]:
        """The outcomes that must be decided first: its anchor, and those whose columns it reads."""

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """How it reads the rows of tables, the one that decides first; none if it reads no rows."""

    def facts(self, ctx: Context) -> tuple[Any, ...]:
        """The facts that it needs: ``Fact``, ``Running``, ``Each``, ``Held``."""

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Reason, date, value and missing field as expressions over the columns of its facts."""


def figure(unit: str, default: Any = attrs.NOTHING) -> Any:  # noqa: ANN401  # as attrs.field
    """A term that is a number or the name of a value: ``context.figures`` holds what it came to, under its key.

    Args:
        unit: ``money``, ``ratio``, ``number``, ``count`` (a whole number from 1), ``duration`` or ``points``.
        default: As text; none if it must be written. Where it is None, an absent term has no figure.

    Raises:
        TypeError: No such unit.
    """
    if unit not in FIGURES:
        message = f"a figure is one of {', '.join(FIGURES)}, not {unit!r}"
        raise TypeError(message)
    return attrs.field(default=default, metadata={FIGURE: unit})


def row_field(*types: str, default: Any = attrs.NOTHING) -> Any:  # noqa: ANN401  # as attrs.field
    """A term that names a field of the rows of ``table``, or without that term of the subject's own row.

    Args:
        types: The types of field that it may be, such as ``whole`` and ``decimal``; any without one.
        default: As text; none if it must be written.
    """
    return attrs.field(default=default, metadata={FIELD: types})


def outcome_name(default: Any = attrs.NOTHING) -> Any:  # noqa: ANN401  # as attrs.field
    """A term that names another outcome of the same subject, or is a tuple of such; ``reads`` says so too.

    Args:
        default: As text; none if it must be written.
    """
    return attrs.field(default=default, metadata={OUTCOME: True})


def state_name(default: Any = attrs.NOTHING) -> Any:  # noqa: ANN401  # as attrs.field
    """A term that names a state under ``spells``, or is a tuple of such; ``context.spells`` has it.

    Args:
        default: As text; none if it must be written.
    """
    return attrs.field(default=default, metadata={STATE: True})


def named_in(outcome: Any, what: str) -> Iterator[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401  # of any kind
    """The names that terms of an outcome hold, each with its term, and its place there if that is a list.

    Args:
        outcome: The outcome; one of the language has none.
        what: The metadata of these terms: ``OUTCOME`` or ``STATE``.
    """
    for term in attrs.fields(type(outcome)):
        held, key = getattr(outcome, term.name), term.name.removesuffix("_")
        if what in term.metadata and held is not None:
            if isinstance(held, str):
                yield (key,), held
            else:
                yield from (((key, at), each) for at, each in enumerate(held))


@frozen(kw_only=True)
class Kinds:
    """The kinds of outcome that a contract may use: those of the language, and those added.

    Attributes:
        added: Classes of the caller's own, in the order in which they were added.
    """

    added: tuple[type, ...] = ()

    def adding(self, *kinds: type) -> Kinds:
        """These and more, each checked; the value itself does not change.

        Args:
            kinds: Classes as ``OutcomeKind`` says.

        Raises:
            TypeError: One is no kind, lacks something, or has a word that is taken; with what to write.
        """
        found = self
        for kind in kinds:
            _check_kind(kind, found)
            found = evolve(found, added=(*found.added, kind))
        return found


DEFAULT_KINDS: Final = Kinds()
"""The kinds of the language alone."""


def is_added(outcome: object) -> bool:
    """Whether an outcome is of a kind that is not of the language."""
    return type(outcome) not in BUILT_IN


def added_kinds(outcomes: Iterable[object]) -> tuple[type, ...]:
    """The kinds among those of outcomes that are not of the language, each once, by their words."""
    found = dict.fromkeys(type(outcome) for outcome in outcomes if is_added(outcome))
    return tuple(sorted(found, key=kind_word))


def version_of(kind: type) -> str:
    """The version of an added kind."""
    return str(kind.version)  # type: ignore[attr-defined]


def meaning_of(kind: type) -> str:
    """What the docstring of a kind says that it means, as one line."""
    return " ".join(_section(kind, "Meaning").split())


@contextmanager
def blamed_on(name: str, outcome: object) -> Iterator[None]:
    """Say of an exception in the code of an added kind whose it is; one of our own goes through.

    Args:
        name: The outcome.
        outcome: Its terms.

    Raises:
        EvaluationError: PBR405, with the outcome, the kind and the type of the exception, and no data.
    """
    if not is_added(outcome):
        yield
        return
    try:
        yield
    except (PbrError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of the engine is not an Exception
        what = f"stopped with {type(error).__name__}{line_in(error, type(outcome).__module__)}"
        raise failed(name, outcome, what) from error


def line_in(error: BaseException, module: str) -> str:
    """The line of a module in which an exception was raised, in words; empty if it was raised elsewhere."""
    found, step = "", error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__") == module:
            found = f" at line {step.tb_lineno} of the module"
        step = step.tb_next
    return found


def failed(name: str, outcome: object, what: str) -> EvaluationError:
    """What is said of an added kind that does not do as a kind does."""
    kind = type(outcome)
    message = f"'{name}': the kind '{kind_word(kind)}' of {kind.__module__}.{kind.__qualname__} {what}"
    return EvaluationError([Problem(code="PBR405", message=message)])


# ---- what a kind must be


def _check_kind(kind: object, kinds: Kinds) -> None:
    """Whether a class is a kind; all that is missing is said at once."""
    if not isinstance(kind, type):
        message = f"{kind!r} is no class; pass the class of a kind"
        raise TypeError(message)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if "__attrs_attrs__" not in vars(kind):
        message = f"{name} is no attrs class of its own; write @attrs.frozen(kw_only=True) above it"
        raise TypeError(message)
    try:
        attrs.resolve_types(kind)
    except NameError as error:
        message = f"{name}: the annotation {error.name!r} is not known; import it outside of TYPE_CHECKING"
        raise TypeError(message) from error
    wrong = [*_shape(kind), *_word(kind, kinds), *_terms(kind), *_types(kind), *_code(kind), *_words_said(kind)]
    if wrong:
        raise TypeError("\n- ".join([f"{name} is no kind of outcome yet", *wrong]))


def _shape(kind: type) -> Iterator[str]:
    """Frozen, and every term by its name."""
    if getattr(kind.__setattr__, "__name__", "") != "_frozen_setattrs":
        yield "it can be changed after it was read; write @attrs.frozen(kw_only=True)"
    elif not all(each.kw_only for each in attrs.fields(kind)):
        yield "its terms have an order; write @attrs.frozen(kw_only=True)"
    if getattr(kind, "__hash__", None) is None:
        yield "it has no hash; leave out eq=False and unsafe_hash"


def _word(kind: type, kinds: Kinds) -> Iterator[str]:
    """Its word, which no other kind has."""
    field = attrs.fields_dict(kind).get("kind")
    if field is None or not isinstance(field.default, str):
        yield 'it has no word; write kind: str = "word" as its first term'
        return
    word = field.default
    if re.fullmatch("[a-z][a-z0-9_]{0,62}", word) is None:
        yield f"its word {word!r} is not lower-case letters, digits and _; write another as the default of kind"
    if word in map(kind_word, BUILT_IN):
        yield f"'{word}' is a kind of the language; take another word, since a word of the language keeps its meaning"
    for other in kinds.added:
        if kind_word(other) == word:
            yield f"'{word}' is the word of {other.__module__}.{other.__qualname__} already; take another"


def _terms(kind: type) -> Iterator[str]:
    """The terms that all kinds on one subject have, and those that go together."""
    fields = attrs.fields_dict(kind)
    for name, default in _SHARED.items():
        if name not in fields or fields[name].default is attrs.NOTHING:
            typed = "str | None" if default == "None" else "str"
            yield f"the term {name} is missing, or has no default; write {name}: {typed} = {default}"
    if "undone_by" in fields and not {"table", "date"} <= set(fields):
        yield "a term undone_by is of the rows of a table; add the terms table and date"
    if "window" in fields and fields["window"].type not in {Window, Window | None}:
        yield "the term window is a Window; write window: Window | None = None"


def _types(kind: type) -> Iterator[str]:
    """Each term is of a type that is read out of a file exactly, and under its own name."""
    for field in attrs.fields(kind):
        if re.fullmatch("[a-z][a-z0-9_]*", field.name) is None or not field.init or field.alias != field.name:
            yield f"the term {field.name} cannot be written in a contract; give it a plain name, and no init or alias"
        elif not _is_readable(field.type):
            shown = getattr(field.type, "__name__", None) or str(field.type)
            yield (
                f"the term {field.name} is of the type {shown}, which is not read out of a contract; write str (a "
                "figure too), Date, Duration, Window, an Enum, tuple[str, ...], an attrs class of these, or one | None"
            )


def _is_readable(kind: Any) -> bool:  # noqa: ANN401  # an annotation of any form
    """Whether what an annotation allows is read out of a file, with a place where it is wrong."""
    if kind in {str, Date, Duration, Duration | Named | None}:
        return True
    origin, members = get_origin(kind), get_args(kind)
    if origin is tuple:
        return members[1:] == (...,) and _is_readable(members[0])
    if origin in {Union, types.UnionType}:
        held = [member for member in members if member is not type(None)]
        return len(held) == 1 and _is_readable(held[0])
    if not isinstance(kind, type) or not attrs.has(kind):
        words: Iterable[enum.Enum] = kind if isinstance(kind, enum.EnumMeta) else ()
        return bool(words) and all(isinstance(member.value, str) for member in words)
    attrs.resolve_types(kind)
    fields = attrs.fields(kind)
    return all(each.init and each.name not in TAGS and _is_readable(each.type) for each in fields)


def _code(kind: type) -> Iterator[str]:
    """Its methods, its version, and whether it has a value."""
    if not isinstance(getattr(kind, "version", None), str) or "version" in attrs.fields_dict(kind):
        yield 'it has no version; write version: ClassVar[str] = "1", and another when what it means changes'
    for name, text in _METHODS.items():
        if not callable(getattr(kind, name, None)):
            yield f"the method {name} is missing; write {text}"
    for name in ("parts", "value_type"):
        if not hasattr(kind, name):
            yield f"{name} is missing; write {name}: ClassVar[None] = None, or a property if it has a number"
    if "once_per" in attrs.fields_dict(kind) and not callable(getattr(kind, "decide_words", None)):
        text = "def decide_words(self, columns: Columns, ctx: Context) -> dict[str, Decision]"
        yield f"what is met once for each word is asked about by its words; write {text}"


def _words_said(kind: type) -> Iterator[str]:
    """The docstring, which people read in the schema and in explanations."""
    found = re.findall(r"^(\w[\w ]*):$", inspect.cleandoc(vars(kind).get("__doc__") or ""), re.MULTILINE)
    lacking = [each for each in SECTIONS if each not in found or not _section(kind, each).strip()]
    if lacking:
        yield f"its docstring lacks {', '.join(f'{each}:' for each in lacking)} with text below, indented"
    if "Terms" in lacking:
        return
    said = set(re.findall(r"^    (\w+): ", _section(kind, "Terms") + "\n", re.MULTILINE))
    for field in attrs.fields(kind):
        name = field.name.removesuffix("_")
        if name not in _UNDESCRIBED and name not in said:
            yield f"its docstring does not say under Terms what {name} is; write '{name}: type. What it is.'"


def _section(kind: type, heading: str) -> str:
    doc = inspect.cleandoc(vars(kind).get("__doc__") or "") + "\n"
    found = re.search(rf"^{heading}:\n((?:    .*\n|\n)+)", doc, re.MULTILINE)
    return found[1].rstrip("\n") if found else ""
