"""What `make assure` changes of the engine: every mutant is another module, and each that is excused is still one."""

from __future__ import annotations

import ast
from typing import Final

import pytest

from tests.mutants import mutants_of, mutated
from tests.mutate import drawn, enums, equivalent, every_mutant, modules, stages

MADE: Final = every_mutant()
ENUMS: Final = {"Odd": ("FIRST", "LAST")}


def changes(text: str) -> list[str]:
    """Give every change of a text, as it is listed."""
    return [f"{one.before}  ->  {one.after}" for one in mutants_of("some.py", text, ENUMS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b < c", ["b < c  ->  b <= c", "b < c  ->  b >= c"]),
        ("a = b is c", ["b is c  ->  b is not c"]),
        ("a = b + c", ["b + c  ->  b - c"]),
        ("a = b & c", ["b & c  ->  b | c"]),
        ("a = b and c", ["b and c  ->  b or c"]),
        ("a = not b", ["not b  ->  b"]),
        ("a = ~b", ["~b  ->  b"]),
        ("a = b[7]", ["b[7]  ->  b[8]", "b[7]  ->  b[6]"]),
        ("f(strict=False)", ["f(strict=False)  ->  nothing", "strict=False  ->  strict=True"]),
        ("a = pl.max_horizontal(b)", ["pl.max_horizontal(b)  ->  pl.min_horizontal(b)"]),
        ("a = b.first()", ["b.first()  ->  b.last()"]),
        ("a = b.filter(c)", ["b.filter(c)  ->  b"]),
        ("a = pl.col('owed')", ["pl.col('owed')  ->  pl.col('known')"]),
        ("a = b is Odd.FIRST", ["b is Odd.FIRST  ->  b is not Odd.FIRST", "b is Odd.FIRST  ->  b is Odd.LAST"]),
        ("a = when(b).then(c).otherwise(d)", ["when(b).then(c).otherwise(d)  ->  when(b).then(d).otherwise(c)"]),
        ("a = a.of(b)", ["a = a.of(b)  ->  nothing"]),
        ("raise Wrong(1)", ["raise Wrong(1)  ->  nothing"]),
        ("a = [b for b in c if d]", ["for b in c if d  ->  for b in c"]),
        ("a = b if c else d", ["b if c else d  ->  b if not c else d"]),
        ('"""Says 1."""', []),
        ("assert a == 1, 'is 1'", []),
        ("def f(a: Wrong[1]) -> Wrong[1]: ...", []),
        ("message = f'{a + 1}'", []),
        ("from a import b", []),
        ("@frozen(kw_only=True)\nclass A(B[1]): ...", []),
    ],
)
def test_what_is_changed(text: str, expected: list[str]) -> None:
    """Each form is changed so and not otherwise; what no figure depends on is left alone."""
    assert changes(text) == expected


def test_equal_changes_are_told_apart() -> None:
    """The second of two changes that read the same has a number."""
    assert changes("a = b - c\nd = b - c") == ["b - c  ->  b + c", "b - c  ->  b + c (#2)"]


def test_every_mutant_is_another_module() -> None:
    """Each can be compiled, and is not the original."""
    words = enums()
    for file, text in modules().items():
        original = ast.unparse(ast.parse(text))
        assert ast.dump(ast.parse(original)) == ast.dump(ast.parse(text)), "writing a tree out loses nothing"
        for mutant in MADE[file][::19]:  # some of each form
            other = mutated(text, mutant, words)
            compile(other, file, "exec")
            assert other.strip() != original.strip(), mutant


def test_names_of_mutants_are_their_own() -> None:
    """No two have one name, so that one that is excused excuses no other."""
    names = [one.name for those in MADE.values() for one in those]
    assert len(names) == len(set(names)) > 1000


def test_what_cannot_be_told_apart_is_still_there_with_a_reason() -> None:
    """A mutant that is excused can still be made; otherwise its lines go."""
    names = {one.name for those in MADE.values() for one in those}
    excused = equivalent()
    assert set(excused) - names == set()
    assert all(reason.endswith(".") for reason in excused.values())


def test_files_are_drawn_from_by_their_share() -> None:
    """The same seed draws the same, another seed others, and each file has its share."""
    once = drawn(MADE, 300, 7)
    assert once == drawn(MADE, 300, 7) != drawn(MADE, 300, 8)
    assert len(once) == len({one.name for one in once}) == 300
    whole = sum(map(len, MADE.values()))
    for file, those in MADE.items():
        assert abs(sum(one.file == file for one in once) * whole - 300 * len(those)) < whole, file


def test_tests_are_parted_by_what_they_take() -> None:
    """Quick ones come first; what is beyond the last stage is not run, but a single test always is."""
    seconds = {"a": 1.0, "b": 5.0, "c": 1.0, "d": 80.0, "e": 2.0, "f": 3.0}
    assert list(stages("abcdef", seconds)) == [["a"], ["b", "c"], ["d"]]
    assert list(stages("d", seconds)) == [["d"]]
