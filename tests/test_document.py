"""Text YAML: what is read and where it stands, what is refused, and how structures become models."""

from __future__ import annotations

import enum
import hashlib
import os
from typing import TYPE_CHECKING, Any, Literal

import pytest
from attrs import field, frozen

from pbr.calendar import Date, Duration
from pbr.document import (
    MOST_BYTES,
    MOST_DEPTH,
    MOST_LINE,
    Document,
    Fault,
    fault_group,
    kind_word,
    parse_document,
    read_document,
    structure,
    text_of,
)
from pbr.problem import ContractError, Place

if TYPE_CHECKING:
    from pathlib import Path

NAME = "contract.yaml"


def parse(text: str) -> Document:
    """Parse text as a file of that name."""
    return parse_document(text.encode(), NAME)


def refused(data: str | bytes) -> list[str]:
    """Parse what must be refused, and give each problem as it is printed, without the file's name."""
    with pytest.raises(ContractError) as caught:
        parse_document(data if isinstance(data, bytes) else data.encode(), NAME)
    return [str(problem).removeprefix(f"{NAME}:") for problem in caught.value.problems]


# ---- what is read


@pytest.mark.parametrize(
    "text", ["007", "yes", "no", "true", "1250.00", "0x1F", "1_000", "2025-04-01", "12:30", "1e3", ".inf", "=", "NULL"]
)
def test_every_scalar_stays_the_text_that_was_written(text: str) -> None:
    """Nothing is turned into a number, a truth value or a date."""
    assert parse(f"a: {text}\n").root == {"a": text}
    assert parse(f"a: [{text}, '{text}']\n").root == {"a": [text, text]}


def test_quotes_and_nesting_are_read_as_yaml_says() -> None:
    """Quoted text may be empty, hold escapes and colons; maps and lists nest."""
    text = """\
a: ''
b: "x: y, \\"z\\""
c: 'it''s'
d:
  - {e: f, g: [h, i]}
  - j
k: >
  folded
  text
"""
    assert parse(text).root == {
        "a": "",
        "b": 'x: y, "z"',
        "c": "it's",
        "d": [{"e": "f", "g": ["h", "i"]}, "j"],
        "k": "folded text\n",
    }


def test_every_key_and_item_has_its_place() -> None:
    """Places are lines and columns from 1; the first character of a value lies inside its quotes."""
    document = parse('a:\n  b: "text"\n  c: [x, yy]\n')
    assert document.places == {
        (): Place(NAME, 1, 1),
        ("a",): Place(NAME, 1, 1),
        ("a", "b"): Place(NAME, 2, 3),
        ("a", "c"): Place(NAME, 3, 3),
        ("a", "c", 0): Place(NAME, 3, 7),
        ("a", "c", 1): Place(NAME, 3, 10),
    }
    assert document.texts == {
        ("a", "b"): Place(NAME, 2, 7),
        ("a", "c", 0): Place(NAME, 3, 7),
        ("a", "c", 1): Place(NAME, 3, 10),
    }
    assert document.place(("a", "c", 7, "d")) == Place(NAME, 3, 3)
    assert document.place(("z",)) == Place(NAME, 1, 1)
    assert Document(NAME, {}, {}, "").place(("z",)) == Place(NAME, 1, 1)


def test_marks_and_line_ends_do_not_change_what_is_read() -> None:
    """A byte order mark and lines that end with a carriage return are read; the hash is that of the bytes."""
    plain, dressed = b"a: b\nc: d\n", b"\xef\xbb\xbfa: b\r\nc: d\r\n"
    first, second = parse_document(plain, NAME), parse_document(dressed, NAME)
    assert first.root == second.root == {"a": "b", "c": "d"}
    assert first.places == second.places
    assert first.sha256 == hashlib.sha256(plain).hexdigest()
    assert second.sha256 == hashlib.sha256(dressed).hexdigest()


def test_a_file_is_read_under_the_name_it_was_given(tmp_path: Path) -> None:
    """The document keeps the path as written and the hash of the file."""
    path = tmp_path / "a.yaml"
    path.write_text("a: b\n")
    document = read_document(str(path))
    assert document.file == str(path)
    assert document.root == {"a": "b"}


# ---- what is refused


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe and a path that cannot be one each have code PBR001, and none hangs."""
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "missing", "cannot be read: No such file or directory"),
        (tmp_path, "not a plain file"),
        (tmp_path / "pipe", "not a plain file"),
        ("a\0b", "cannot be read: not a path"),
    ):
        with pytest.raises(ContractError) as caught:
            read_document(path)
        assert [(problem.code, problem.message) for problem in caught.value.problems] == [("PBR001", words)]
        assert caught.value.exit_code == 2


def test_a_file_of_a_mebibyte_is_the_largest(tmp_path: Path) -> None:
    """A file of exactly the limit is read, and one of a byte more is refused."""
    line = "# " + "x" * 100 + "\n"
    text = "a: b\n" + line * ((MOST_BYTES - 5) // len(line))
    text += "#" * (MOST_BYTES - len(text))
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert read_document(path).root == {"a": "b"}
    path.write_text(text + "\n")
    with pytest.raises(ContractError) as caught:
        read_document(path)
    assert [problem.code for problem in caught.value.problems] == ["PBR002"]


def test_a_line_of_4096_characters_is_the_longest() -> None:
    """A line of the limit is read, and one of a character more is refused with its number."""
    assert parse("a: " + "x" * (MOST_LINE - 3)).root == {"a": "x" * (MOST_LINE - 3)}
    assert refused("b: c\na: " + "x" * (MOST_LINE - 2)) == [
        "2:1 PBR002 the line has 4,097 characters; at most 4,096 are read, so break it"
    ]


def test_nesting_of_24_is_the_deepest() -> None:
    """So many lists inside each other are read, and one more is refused."""
    deepest = MOST_DEPTH - 1
    assert parse("a: " + "[" * deepest + "]" * deepest).root["a"] is not None
    assert refused("a: " + "[" * MOST_DEPTH + "]" * MOST_DEPTH) == [
        "1:27 PBR004 nested more than 24 deep; take brackets or indents out"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x b", "1:4 PBR006 an anchor (&name) is not read; remove it"),
        ("a: *x", "1:4 PBR006 an alias (*name) is not read; write the value out"),
        ("a:\n  <<: {b: c}", "2:3 PBR007 a merge key (<<) is not read; write the terms out"),
        ("a: !!int 3", "1:4 PBR008 a tag (!) is not read; remove it"),
        ("a: !x {b: c}", "1:4 PBR008 a tag (!) is not read; remove it"),
        ("%YAML 1.2\n---\na: b", "2:1 PBR009 a contract is one document without % lines; remove what begins here"),
        ("a: b\n---\nc: d", "2:1 PBR009 a contract is one document without % lines; remove what begins here"),
        ("a: " + "9" * 31, "1:4 PBR011 a number of more than 30 digits; shorten it"),
        ("9" * 31 + ": a", "1:1 PBR011 a number of more than 30 digits; shorten it"),
        (
            "a: >\n" + ("  " + "x" * 99 + "\n") * 41,
            "1:4 PBR011 text of 4,100 characters; at most 4,096 are read, so shorten it",
        ),
        ("? [a]\n: b", "1:3 PBR013 a key must be plain text"),
        ("- a", "1:1 PBR013 the file is not a map of keys; start with `pbr: 1`"),
        ("a", "1:1 PBR013 the file is not a map of keys; start with `pbr: 1`"),
        ("", "1:1 PBR013 the file is not a map of keys; start with `pbr: 1`"),
        ("a: b\u200b", "1:5 PBR003 control or invisible character U+200B; remove it"),
        ("a: b\n\x07c: d", "2:1 PBR003 control or invisible character U+0007; remove it"),
        ('a: "b\\u200b"', "1:4 PBR003 control or invisible character U+200B; remove it"),
        ('a: "\\e[2J"', "1:4 PBR003 control or invisible character U+001B; remove it"),
        ('a: "\\ud800"', "1:4 PBR003 control or invisible character U+D800; remove it"),
        ('"\\ud800": a', "1:1 PBR003 control or invisible character U+D800; remove it"),
    ],
)
def test_what_is_not_read_stops_with_its_place(text: str, problem: str) -> None:
    """Whatever the strict subset leaves out is one problem with line, column and code."""
    assert refused(text) == [problem]


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    """Bytes of another encoding are never guessed at."""
    assert refused(b"a: b\nc: caf\xe9\n") == ["2:1 PBR003 not UTF-8 text here; save the file as UTF-8"]


def test_text_that_is_not_yaml_is_refused_with_its_place() -> None:
    """A quote that never ends is a problem of the layout."""
    (problem,) = refused("a: b\nc: 'd\n")
    assert problem.startswith("3:1 PBR005 not YAML: ")


def test_faults_of_layout_are_kept_while_reading_goes_on() -> None:
    """A key written twice, keys without a value and text split at a comma do not hide what follows."""
    document = parse("a: b\na: c\nd:\ne: ~\nf: {g: h IN (1, 2), i: j}\nk: [null]\nl: m\n")
    assert document.root["a"] == "b"
    assert document.root["l"] == "m"
    assert [str(problem).removeprefix(f"{NAME}:") for _, problem in document.faults] == [
        "2:1 PBR010 key 'a' stands on line 1 already; remove one",
        "3:1 PBR102 'd' has no value; write one or remove the key",
        "4:1 PBR102 'e' has no value; write one or remove the key",
        "5:17 PBR012 '2)' has no value: text with a comma between braces must be in quotes",
        "6:5 PBR102 '0' has no value; write one or remove the key",
    ]
    assert [path for path, _ in document.faults] == [("a",), ("d",), ("e",), ("f",), ("k", 0)]


def test_a_fault_of_layout_is_shown_with_what_stops_the_reading() -> None:
    """Faults found before the reading stops are not lost."""
    assert refused("a: b\na: c\nd: *e\n") == [
        "2:1 PBR010 key 'a' stands on line 1 already; remove one",
        "3:4 PBR006 an alias (*name) is not read; write the value out",
    ]


# ---- structuring


class Colour(enum.Enum):
    """Words a term may take."""

    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Circle:
    """A kind with one term."""

    kind: Literal["circle"] = "circle"
    radius: str


@frozen(kw_only=True)
class Square:
    """Another kind."""

    kind: str = field(factory=lambda: "square")
    side: str
    colour: Colour = Colour.RED


@frozen(kw_only=True)
class Model:
    """Every shape a model may ask for."""

    name: str
    from_: Date | None = None
    for_: Duration | None = None
    colour: Colour = Colour.RED
    words: tuple[str, ...] = ()
    shapes: dict[str, Circle | Square] = field(factory=dict)


def structured(text: str) -> tuple[Any, list[str]]:
    """Structure text into the model, and give it with the faults as printed."""
    document = parse(text)
    model, faults = structure(document, document.root, Model, ())
    return model, [str(problem).removeprefix(f"{NAME}:") for _, problem in faults]


def test_a_model_is_made_of_text() -> None:
    """Names, dates, durations, words, lists, maps and kinds each come out as what they are."""
    text = """\
name: 007
from: 2025-04-01
for: 12 weeks
colour: blue
words: [a, b]
shapes:
  one: {kind: circle, radius: 5}
  two: {kind: square, side: 6, colour: blue}
"""
    assert structured(text) == (
        Model(
            name="007",
            from_=Date(2025, 4, 1),
            for_=Duration(12, "weeks"),
            colour=Colour.BLUE,
            words=("a", "b"),
            shapes={"one": Circle(radius="5"), "two": Square(side="6", colour=Colour.BLUE)},
        ),
        [],
    )


def test_every_fault_is_found_at_once_with_its_place() -> None:
    """A file with ten faults gives ten, each at the key or item it stands at."""
    text = """\
from: 2025-02-29
for: 12wks
colour: green
words: {a: b}
shapes:
  one: {kind: circle, radius: [5]}
  two: {kind: circel, radius: 5}
  three: {radius: 5}
  four: circle
  five: {kind: square, side: 6, colour: bleu, size: 7}
nmae: x
"""
    model, faults = structured(text)
    assert model is None
    assert sorted(faults, key=lambda fault: [int(part) for part in fault.split()[0].split(":")]) == [
        "1:1 PBR102 'name' is missing here",
        "1:1 PBR107 '2025-02-29' is not a real day written like 2025-04-01",
        "2:1 PBR109 '12wks' is not a duration; write it like 12 weeks or 6 months",
        "3:1 PBR106 'green' cannot stand here; one of: red, blue",
        "4:1 PBR103 a list is expected here",
        "6:23 PBR103 a single value is expected here, not a list",
        "7:9 PBR105 unknown kind 'circel'; did you mean 'circle'?",
        "8:3 PBR102 'kind' is missing here; one of: circle, square",
        "9:3 PBR103 a map of keys with `kind` is expected here",
        "10:33 PBR106 'bleu' cannot stand here; did you mean 'blue'?",
        "10:47 PBR104 unknown key 'size'; did you mean 'side'?",
        "11:1 PBR104 unknown key 'nmae'; did you mean 'name'?",
    ]


def test_the_wrong_shape_is_said_where_it_stands() -> None:
    """Text in place of a map of names, and a list in place of a word, are faults of shape."""
    assert structured("name: {a: b}\nshapes: x\nwords: [[a], b]\n")[1] == [
        "1:1 PBR103 a single value is expected here, not a map",
        "3:9 PBR103 a single value is expected here, not a list",
        "2:1 PBR103 a map of names is expected here",
    ]


def test_a_hook_may_give_several_faults() -> None:
    """A type with a hook of its own says where below it each fault stands."""

    def hook(value: object) -> Circle:
        """Refuse everything twice."""
        raise fault_group([Fault("PBR104", text_of(value)), Fault("PBR103", "deeper", ("a", 0))])

    @frozen(kw_only=True)
    class Holder:
        """A model that asks for the hooked type."""

        circle: Circle

    document = parse("circle: x\n")
    model, faults = structure(document, document.root, Holder, ((Circle, hook),))
    assert model is None
    assert [(path, problem.code) for path, problem in faults] == [
        (("circle",), "PBR104"),
        (("circle", "a", 0), "PBR103"),
    ]


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_file() -> None:
    """An error in a hook that is no fault of the file is raised as it is."""

    def hook(value: object) -> Circle:
        """Fail as a mistake of ours would."""
        raise ZeroDivisionError(value)

    @frozen(kw_only=True)
    class Wrong:
        """A model with a hook that fails."""

        circle: Circle

    document = parse("circle: x\n")
    with pytest.raises(ZeroDivisionError):
        structure(document, document.root, Wrong, ((Circle, hook),))


def test_the_word_of_a_kind_is_its_default() -> None:
    """The word under `kind` is the default of the class, plain or made."""
    assert [kind_word(Circle), kind_word(Square)] == ["circle", "square"]
