"""Structuring what was read into models, with every fault at once.

This is done by cattrs; the path of each fault is turned into a line and a column.
"""

from __future__ import annotations

import enum
import types
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, Union, get_args, get_origin

import cattrs
from attrs import NOTHING, Factory, fields, frozen, has
from cattrs.gen import make_dict_structure_fn, override

from pbr.calendar import Date, Duration, parse_date
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pbr.document.reading import Document, PathTo, Plain
    from pbr.problem import Problem


class Fault(Exception):  # noqa: N818  # a fault in a file, not in the program
    """A fault found while structuring, at a path below the thing being structured."""

    def __init__(self, code: str, message: str, path: PathTo = (), *, at_value: bool = False) -> None:
        """Keep the code, the message and the path."""
        super().__init__(message)
        self.code, self.message, self.path, self.at_value = code, message, path, at_value


def fault_group(faults: list[Fault]) -> ExceptionGroup[Fault]:
    """Several faults as one exception."""
    return ExceptionGroup("faults", faults)


TAGS = ("kind", "rule")
"""Keys that tell the classes of a family apart: a rule of an agreement is under ``rule``."""

WORDS = "words"
"""Metadata of an attribute: the only words that its text may be."""

Hooks: TypeAlias = "tuple[tuple[Any, Callable[[Any], Any]], ...]"

_MOST_SAID = 200
"""Characters of what a class of a caller's own says of its terms."""
_MOST_CONVERTERS = 64
"""So many sets of hooks are kept; with classes of callers' own there may be any number."""


@frozen(kw_only=True)
class Family:
    """A family of kinds to which a caller adds some of its own.

    Attributes:
        union: The union of its classes, as models name it.
        more: The classes that are added.
        hint: What is said beside an unknown kind.
    """

    union: Any
    more: tuple[type, ...] = ()
    hint: str = ""


def structure(
    document: Document, root: Plain, cls: type, hooks: Hooks, families: tuple[Family, ...] = ()
) -> tuple[Any, list[tuple[PathTo, Problem]]]:
    """Structure what was read into a model.

    Args:
        document: Where it was read from.
        root: Its structure, or what is left of it.
        cls: The attrs class of the whole.
        hooks: Types with hooks of their own, each a function of the plain value that may raise ``Fault``.
        families: Families to which classes are added.

    Returns:
        The model, or None with every fault and its path.
    """
    try:
        return make_converter(hooks, families).structure(root, cls), []
    except Exception as error:  # noqa: BLE001  # what is not a fault of the file is raised again by _faults
        faults = list(_faults(error, ()))
        assert faults, "an exception of structuring holds faults"
        return None, [(fault.path, document.place(fault.path).problem(fault.code, fault.message)) for fault in faults]


def _faults(error: BaseException, path: PathTo) -> Iterator[Fault]:
    """Every fault in an exception of cattrs, with its whole path."""
    if isinstance(error, Fault):
        yield Fault(error.code, error.message, (*path, *error.path))
    elif isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _faults(inner, (*path, *_step(inner)))
    elif isinstance(error, cattrs.ForbiddenExtraKeysError):
        known = [_key_name(a.name) for a in fields(error.cl)]
        for key in sorted(error.extra_fields):
            yield Fault("PBR104", f"unknown key '{short(key)}'{did_you_mean(key, known)}", (*path, key))
    elif isinstance(error, KeyError) and path:
        yield Fault("PBR102", f"'{path[-1]}' is missing here", path)
    else:
        raise error


def _step(error: BaseException) -> PathTo:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, cattrs.AttributeValidationNote):
            return (_key_name(note.name),)
        if isinstance(note, cattrs.IterableValidationNote):
            return (note.index,)
    return ()


def _key_name(attribute: str) -> str:
    return attribute.removesuffix("_")


@lru_cache(maxsize=_MOST_CONVERTERS)
def make_converter(hooks: Hooks, families: tuple[Family, ...] = ()) -> cattrs.Converter:
    """The converter with these hooks and families, made once and shared by nobody with others."""
    converter = cattrs.Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook(str, lambda value, _: text_of(value))
    converter.register_structure_hook(Date, lambda value, _: _date(value))
    converter.register_structure_hook(Duration, lambda value, _: _duration(value))
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, enum.Enum), _enum_hook
    )
    converter.register_structure_hook_factory(has, lambda cls: _class_hook(cls, converter))
    more = {family.union: family for family in families}
    converter.register_structure_hook_factory(_is_union, lambda union: _union_hook(union, converter, more.get(union)))
    converter.register_structure_hook_factory(_is_list, lambda kind: _list_hook(kind, converter))
    converter.register_structure_hook_factory(_is_map, lambda kind: _map_hook(kind, converter))
    for kind, hook in hooks:
        converter.register_structure_hook(kind, _with_one_argument(hook))
    return converter


def _with_one_argument(hook: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A hook of cattrs out of a function of the value alone."""
    return lambda value, _: hook(value)


def text_of(value: object) -> str:
    """A single value, as text; a map or list is a fault."""
    if not isinstance(value, str):
        found = "a map" if isinstance(value, dict) else "a list"
        raise Fault("PBR103", f"a single value is expected here, not {found}")
    return value


def _date(value: object) -> Date:
    day = parse_date(text_of(value))
    if day is None:
        raise Fault("PBR107", f"'{short(str(value))}' is not a real day written like 2025-04-01")
    return day


def _duration(value: object) -> Duration:
    length = Duration.parse(text_of(value))
    if length is None:
        raise Fault("PBR109", f"'{short(str(value))}' is not a duration; write it like 12 weeks or 6 months")
    return length


def _enum_hook(kind: type[enum.Enum]) -> Callable[[Any, Any], enum.Enum]:
    word_of = _words_hook(tuple(str(member.value) for member in kind))
    return lambda value, _: kind(word_of(value, _))


def _words_hook(words: tuple[str, ...]) -> Callable[[Any, Any], str]:
    """One word out of a closed list."""

    def hook(value: object, _: object) -> str:
        text = text_of(value)
        if text not in words:
            raise Fault("PBR106", f"'{short(text)}' cannot stand here{did_you_mean(text, words)}")
        return text

    return hook


def _class_hook(cls: type, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    special: dict[str, Any] = {a.name: override(rename=_key_name(a.name)) for a in fields(cls) if a.name.endswith("_")}
    special |= {
        a.name: override(struct_hook=_words_hook(a.metadata[WORDS])) for a in fields(cls) if WORDS in a.metadata
    }
    inner: Callable[[Any, Any], Any] = make_dict_structure_fn(cls, converter, **special)
    kinds = {kind_word(cls): cls} if _tag(cls) else {}

    def hook(value: object, kind: type) -> object:
        if not isinstance(value, dict):
            raise Fault("PBR103", "a map of keys is expected here")
        if kinds:
            _of_kind(value, kinds)  # a family of one is no union
        return inner(value, kind)

    return hook


def _is_union(kind: object) -> bool:
    """Whether a term is optional or one of a family; a union of other classes has a hook of its own."""
    if get_origin(kind) not in {Union, types.UnionType}:
        return False
    members = [member for member in get_args(kind) if member is not type(None)]
    return len(members) == 1 or all(map(_tag, members))


def _union_hook(union: Any, converter: cattrs.Converter, family: Family | None) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    """Optional terms, and families of kinds told apart by the word under ``kind``, or ``rule``."""
    members = [member for member in get_args(union) if member is not type(None)]
    if len(members) == 1:
        return lambda value, _: converter.structure(value, members[0])
    return _family_hook(family or Family(union=union), converter)


def _family_hook(family: Family, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """A family of kinds, told apart by the word under ``kind``, or ``rule``."""
    members = [*get_args(family.union), *family.more]
    members = [member for member in members if member is not type(None)]
    kinds = {kind_word(member): member for member in members}

    def hook(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise Fault("PBR103", f"a map of keys with `{_tag(members[0])}` is expected here")
        kind = _of_kind(value, kinds, family.hint)
        return _made(value, kind, converter) if kind in family.more else converter.structure(value, kind)

    return hook


def _made(value: object, kind: type, converter: cattrs.Converter) -> object:
    """A map as a class that a caller added, whose own checks may refuse it with a ValueError."""
    try:
        return converter.structure(value, kind)
    except cattrs.ClassValidationError as error:
        own = [each for each in error.exceptions if _is_of_code(each)]
        if not own:
            raise
        raise fault_group([_refusal(each, kind) for each in own]) from error


def _is_of_code(error: Exception) -> bool:
    """Whether an exception is of the code of a class, and not of what stands in the file."""
    known = isinstance(error, Fault | BaseExceptionGroup | cattrs.ForbiddenExtraKeysError)
    return not known and not getattr(error, "__notes__", ())


def _refusal(error: Exception, kind: type) -> Fault:
    """What a class says of its terms; or of any other exception whose it is, and no more."""
    said = error.args[0] if type(error) is ValueError and error.args else None
    if isinstance(said, str) and said:
        return Fault("PBR196", short(said, _MOST_SAID))
    name = f"{kind.__module__}.{kind.__qualname__}"
    return Fault("PBR405", f"the kind '{kind_word(kind)}' of {name} stopped with {type(error).__name__}")


def _of_kind(value: dict[str, Any], kinds: dict[str, type], hint: str = "") -> type:
    """The class of the kind that a map says it is."""
    tag = _tag(next(iter(kinds.values())))
    if tag not in value:
        raise Fault("PBR102", f"'{tag}' is missing here{did_you_mean('', kinds)}")
    word = value[tag]
    if not isinstance(word, str):
        raise Fault("PBR103", f"a {tag} is a single word", (tag,))
    if word not in kinds:
        near = did_you_mean(word, kinds)
        raise Fault("PBR105", f"unknown {tag} '{short(word)}'{near}{hint}", (tag,))
    return kinds[word]


def _tag(cls: type) -> str:
    """The key that says which class of a family a map is, if the class is of a family."""
    return next((a.name for a in fields(cls) if a.name in TAGS and a.default is not NOTHING), "")


def kind_word(cls: type) -> str:
    """The word under ``kind``, or ``rule``, that names a class of terms: the default of that key."""
    default = next(a.default for a in fields(cls) if a.name in TAGS)
    return str(default.factory() if isinstance(default, Factory) else default)  # type: ignore[arg-type]


def _is_list(kind: object) -> bool:
    return get_origin(kind) is tuple


def _list_hook(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    item = get_args(kind)[0]

    def hook(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise Fault("PBR103", "a list is expected here")
        return tuple(_each(enumerate(value), item, converter).values())

    return hook


def _is_map(kind: object) -> bool:
    return get_origin(kind) is dict


def _map_hook(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    item = get_args(kind)[1]

    def hook(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise Fault("PBR103", "a map of names is expected here")
        return _each(value.items(), item, converter)

    return hook


def _each(pairs: Iterable[tuple[Any, Any]], item: Any, converter: cattrs.Converter) -> dict[Any, Any]:  # noqa: ANN401
    done: dict[Any, Any] = {}
    faults: list[Fault] = []
    for step, value in pairs:
        try:
            done[step] = converter.structure(value, item)
        except Exception as error:  # noqa: BLE001  # every fault is gathered; others are raised again by _faults
            faults.extend(_faults(error, (step,)))
    if faults:
        raise fault_group(faults)
    return done
