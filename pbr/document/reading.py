"""Text YAML with positions, limits checked on the stream of events, before any tree exists.

The reader accepts a strict subset of YAML 1.2: no anchors, aliases, merge keys, tags, directives or second document;
no key twice; every scalar stays the text that was written.
"""

from __future__ import annotations

import hashlib
import re
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

from attrs import field, frozen
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from pbr.problem import ContractError, Place, Problem, short

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 20
MOST_LINE = 4096
MOST_DEPTH = 24
MOST_NODES = 30_000
MOST_DIGITS = 30

PathTo: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "str | dict[str, Plain] | list[Plain]"

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_NOT_SAID = re.compile(f"{_CONTROL.pattern}|[\ud800-\udfff]")  # also where it is written with a backslash
_DIGITS = re.compile(rf"\d{{{MOST_DIGITS + 1},}}")
_SHA256 = re.compile(r"(?=.*[a-f])[0-9a-f]{64}")  # no number, though one in 60,000 holds as many digits
_NOT_TEXT = {
    b"PK\x03\x04": "a workbook or a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
# what the reader of YAML says, and what it means to somebody who has never heard of YAML
_PLAIN_WORDS = {
    "mapping values are not allowed here": "a colon stands inside text; put the text in quotes, or mend the indent",
    "could not find expected ':'": "a key has a colon and a space after it",
    "found character '\\t'": "a tab; indent with spaces",
    "cannot start any token": "a sign that no text begins with; put the text in quotes",
    "found '<block mapping start>'": "the indent is not that of the lines before it",
    "found '<block sequence start>'": "the indent is not that of the lines before it",
    "found '<scalar>'": "text follows text; look for a quotation mark too many or too few, here or on the line before",
    "expected ',' or": "a comma or a closing bracket is missing before this",
    "found unexpected end of stream": "a quotation mark is not closed",
}


@frozen
class Document:
    """One file, read.

    Attributes:
        file: The name it was given by.
        root: The whole structure, every scalar as text.
        places: Line and column of every key and item, by its path; the empty path is the top.
        sha256: Of the bytes of the file.
        faults: Faults of layout that do not stop the reading, each with the path it spoils.
        texts: Where the first character of every single value on one line stands, inside its quotes.
    """

    file: str
    root: dict[str, Plain]
    places: dict[PathTo, Place]
    sha256: str
    faults: tuple[tuple[PathTo, Problem], ...] = ()
    texts: dict[PathTo, Place] = field(factory=dict)

    def place(self, path: PathTo) -> Place:
        """The place of a path, or of the nearest thing around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(self.file))


def read_document(path: str | Path, *, begins: str = "pbr: 1") -> Document:
    """Read one file of contract text.

    Args:
        path: A plain file of UTF-8 text of at most 1 MiB.
        begins: What such a file begins with, for the message about one that is no map of keys.

    Raises:
        ContractError: With codes PBR001 to PBR013.
    """
    name = str(path)
    data = read_bytes(Path(path), name)
    return parse_document(data, name, begins=begins)


def read_text(path: str | Path) -> tuple[str, str]:
    """Read a file that belongs to a contract, within the same limits.

    Returns:
        Its text in Unicode NFC, and the SHA-256 of its bytes.

    Raises:
        ContractError: With codes PBR001 to PBR003.
    """
    data = read_bytes(Path(path), str(path))
    return unicodedata.normalize("NFC", _text_of(data, str(path))), hashlib.sha256(data).hexdigest()


def parse_document(data: bytes, name: str, *, begins: str = "pbr: 1") -> Document:
    """Parse the bytes of one file; see ``read_document``."""
    text = _text_of(data, name)
    reader = _Reader(name)
    try:
        for event in _events(text):
            reader.take(event)
    except MarkedYAMLError as error:
        reader.not_yaml(error)
    except YAMLError as error:
        reader.stop("PBR005", f"not YAML: {short(str(error))}", Place(name))
    if not isinstance(reader.root, dict):
        raise ContractError([Place(name).problem("PBR013", f"the file is not a map of keys; start with `{begins}`")])
    return Document(
        name, reader.root, reader.places, hashlib.sha256(data).hexdigest(), tuple(reader.faults), reader.texts
    )


def read_bytes(path: Path, name: str, most: int = MOST_BYTES, fix: str = "shorten it") -> bytes:
    """Read a plain file of at most so many bytes.

    Raises:
        ContractError: PBR001 it cannot be read, PBR002 it has more bytes, with what can be done then.
    """
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):
            raise ContractError([Problem(code="PBR001", message="not a plain file", file=name)])
        if kind.st_size > most:
            message = f"the file has {kind.st_size:,} bytes; at most {most:,} are read, so {fix}"
            raise ContractError([Problem(code="PBR002", message=message, file=name)])
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise ContractError([Problem(code="PBR001", message=f"cannot be read: {why}", file=name)]) from None


def _text_of(data: bytes, name: str) -> str:
    """The text of the file, or the first fault of its bytes."""
    for magic, what in _NOT_TEXT.items():
        if data.startswith(magic):
            message = f"this is {what}; save it as plain text in UTF-8"
            raise ContractError([Problem(code="PBR003", message=message, file=name)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = Place(name, line, 1).problem("PBR003", "not UTF-8 text here; save the file as UTF-8")
        raise ContractError([fault]) from None
    for number, line_text in enumerate(text.split("\n"), 1):
        if len(line_text) > MOST_LINE:
            message = f"the line has {len(line_text):,} characters; at most {MOST_LINE:,} are read, so break it"
            raise ContractError([Place(name, number, 1).problem("PBR002", message)])
        found = _CONTROL.search(line_text.removesuffix("\r"))
        if found:
            message = f"control or invisible character U+{ord(found[0]):04X}; remove it"
            raise ContractError([Place(name, number, found.start() + 1).problem("PBR003", message)])
    return text


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    return cast("Iterator[Any]", yaml.parse(text))


@frozen
class _Open:
    """A map or list being read."""

    value: dict[str, Plain] | list[Plain]
    path: PathTo
    flow: bool
    state: dict[str, Any] = field(factory=dict)


class _Reader:
    """Builds the plain structure out of events, checking limits as it goes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[tuple[PathTo, Problem]] = []
        self.places: dict[PathTo, Place] = {}
        self.texts: dict[PathTo, Place] = {}
        self.root: Plain | None = None
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def fail(self, code: str, message: str, path: PathTo, place: Place) -> None:
        self.faults.append((path, place.problem(code, message)))

    def stop(self, code: str, message: str, place: Place) -> NoReturn:
        raise ContractError([*(problem for _, problem in self.faults), place.problem(code, message)])

    def not_yaml(self, error: MarkedYAMLError) -> NoReturn:
        """Say why the reading stops; after a text split at a comma that is only a consequence."""
        mark = error.problem_mark or error.context_mark
        place = Place(self.name, mark.line + 1, mark.column + 1) if mark else Place(self.name)
        if any(problem.code == "PBR012" and problem.line == place.line for _, problem in self.faults):
            raise ContractError([problem for _, problem in self.faults])
        said = str(error.problem or error.context)
        words = next((plain for part, plain in _PLAIN_WORDS.items() if part in said), short(said))
        began = error.context_mark
        if "end of stream" in said and began is not None:
            words = f"the quotation mark on line {began.line + 1} is not closed"
        self.stop("PBR005", f"not YAML: {words}", place)

    def take(self, event: Any) -> None:  # noqa: ANN401  # events of ruamel carry no types
        if isinstance(event, DocumentStartEvent):
            self._document(event)
        elif isinstance(event, AliasEvent):
            self.stop("PBR006", "an alias (*name) is not read; write the value out", self._at(event))
        elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            self._node(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.stack.pop()

    def _at(self, event: Any) -> Place:  # noqa: ANN401
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _document(self, event: Any) -> None:  # noqa: ANN401
        self.documents += 1
        if self.documents > 1 or event.version or event.tags:
            self.stop("PBR009", "a contract is one document without % lines; remove what begins here", self._at(event))

    def _node(self, event: Any) -> None:  # noqa: ANN401
        place = self._at(event)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.stop("PBR004", f"more than {MOST_NODES:,} items; shorten the file", place)
        if event.anchor is not None:
            self.stop("PBR006", "an anchor (&name) is not read; remove it", place)
        if event.tag:
            self.stop("PBR008", "a tag (!) is not read; remove it", place)
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.value, dict) and "key" not in parent.state:
            self._key(event, parent, place)
            return
        path = self._path(parent)
        value: Plain
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, parent, path, place)
        else:
            value = {} if isinstance(event, MappingStartEvent) else []
        self._put(parent, path, value, place)
        if not isinstance(event, ScalarEvent):
            if len(self.stack) >= MOST_DEPTH:
                self.stop("PBR004", f"nested more than {MOST_DEPTH} deep; take brackets or indents out", place)
            self.stack.append(_Open(cast("Any", value), path, bool(event.flow_style)))

    def _key(self, event: Any, parent: _Open, place: Place) -> None:  # noqa: ANN401
        if not isinstance(event, ScalarEvent):
            self.stop("PBR013", "a key must be plain text", place)
        key: str = unicodedata.normalize("NFC", event.value)
        if key == "<<":
            self.stop("PBR007", "a merge key (<<) is not read; write the terms out", place)
        self._limits(key, place)
        path = (*parent.path, key)
        parent.state["key"] = key
        parent.state["twice"] = key in cast("dict[str, Plain]", parent.value)
        first = self.places.setdefault(path, place)  # below a key written twice, the first place stays
        if parent.state["twice"]:
            self.fail("PBR010", f"key '{short(key)}' stands on line {first.line} already; remove one", path, place)

    def _path(self, parent: _Open | None) -> PathTo:
        if parent is None:
            return ()
        step = parent.state["key"] if isinstance(parent.value, dict) else len(parent.value)
        return (*parent.path, step)

    def _scalar(self, event: Any, parent: _Open | None, path: PathTo, place: Place) -> str:  # noqa: ANN401
        text: str = unicodedata.normalize("NFC", event.value)
        self._limits(text, place)
        if event.start_mark.line == event.end_mark.line:  # else a place in the text is not one in the line
            self.texts.setdefault(path, Place(place.file, place.line, place.column + bool(event.style)))
        if not event.style and text in {"", "~", "null"} and parent is not None:
            key = str(path[-1])
            where = self.places.get(path, place)
            if parent.flow and isinstance(parent.value, dict):
                message = f"'{short(key)}' has no value: text with a comma between braces must be in quotes"
                self.fail("PBR012", message, path[:-1], where)
            else:
                self.fail("PBR102", f"'{short(key)}' has no value; write one or remove the key", path, where)
        return text

    def _limits(self, text: str, place: Place) -> None:
        found = _NOT_SAID.search(text)
        if found:  # a line was searched before; this one is written with a backslash
            self.stop("PBR003", f"control or invisible character U+{ord(found[0]):04X}; remove it", place)
        if len(text) > MOST_LINE:
            self.stop(
                "PBR011", f"text of {len(text):,} characters; at most {MOST_LINE:,} are read, so shorten it", place
            )
        if _DIGITS.search(text) and not _SHA256.fullmatch(text):
            self.stop("PBR011", f"a number of more than {MOST_DIGITS} digits; shorten it", place)

    def _put(self, parent: _Open | None, path: PathTo, value: Plain, place: Place) -> None:
        if parent is None:
            self.root = value
            self.places[()] = place
            return
        if isinstance(parent.value, dict):
            key = parent.state.pop("key")
            if not parent.state.pop("twice"):
                parent.value[key] = value
        else:
            parent.value.append(value)
            self.places.setdefault(path, place)
