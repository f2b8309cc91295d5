"""The tables of the grammar, which are made beforehand and stand beside it: that they are its, and read the same."""

from __future__ import annotations

import io
import json
import pickle
from random import Random
from typing import TYPE_CHECKING, Final

from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken

from pbr.condition import syntax
from tests.conditions import Maker
from tests.conftest import REWRITE, ROOT

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Golden

GRAMMAR: Final = ROOT / "pbr/condition/grammar.lark"
TABLES: Final = ROOT / "pbr/condition/grammar.json"
READ: Final = 400
_PIECES: Final = ["AND", "OR", "NOT", "(", ")", "n", "'x'", "1", ",", "=", "<>", "<", "BETWEEN", "IN", "IS NULL", "-",
                  "CASE", "WHEN", "THEN", "ELSE", "END", "DATE '2025-01-31'", "f(", "%", "5%", "a.b"]  # fmt: skip


def _read(reader: Lark, text: str) -> Tree[Token] | tuple[str, int | None, str, frozenset[str]]:
    """A tree, or what stood in the way, where, and what could have stood there."""
    try:
        return reader.parse(text)
    except UnexpectedInput as error:
        accepts = error.accepts if isinstance(error, UnexpectedToken) else ()
        return type(error).__name__, error.pos_in_stream, str(getattr(error, "token", "")), frozenset(accepts)


def test_the_tables_beside_the_grammar_are_its(golden: Golden) -> None:
    """They are of this grammar and of the version of lark that is pinned; `make golden` makes them again."""
    text, made = GRAMMAR.read_text("utf-8"), json.loads(TABLES.read_text("utf-8"))
    wanted = syntax.made_of(text)
    if REWRITE and (made["grammar"], made["lark"]) != wanted:  # else numbered otherwise, for no reason
        golden(TABLES, _tables_text(text))
        made = json.loads(TABLES.read_text("utf-8"))
    assert (made["grammar"], made["lark"]) == wanted
    assert f"lark=={wanted[1]} " in (ROOT / "requirements/core.txt").read_text("utf-8")


def test_they_read_and_refuse_what_the_grammar_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees with their positions, and faults with what could have stood there, of texts drawn well and badly."""
    new = syntax.new_reader(GRAMMAR.read_text("utf-8"))
    syntax.reader.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(syntax, "new_reader", None)  # which is not asked
        kept = syntax.reader()
    random, maker = Random(21), Maker(Random(22))  # noqa: S311  # texts need no secrets
    good = [maker.yes_no(3) for _ in range(READ)]
    drawn = [" ".join(random.choices(_PIECES, k=random.randint(1, 9))) for _ in range(READ)]
    read = [_read(new, text) for text in good + drawn]
    assert [_read(kept, text) for text in good + drawn] == read
    trees = [each for each in read if isinstance(each, Tree)]
    assert READ < len(trees) < 2 * READ, "some of each"
    for text, tree in zip(good + drawn, read, strict=True):
        if isinstance(tree, Tree):
            again = _read(kept, text)
            assert isinstance(again, Tree)
            assert [_places(each) for each in again.iter_subtrees()] == [_places(each) for each in tree.iter_subtrees()]


def _places(tree: Tree[Token]) -> tuple[int | None, int | None]:
    return (tree.meta.start_pos, tree.meta.end_pos) if not tree.meta.empty else (None, None)


def test_tables_of_another_grammar_or_lark_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is then made from the grammar, as slowly as ever."""
    asked: list[str] = []
    monkeypatch.setattr(syntax, "new_reader", asked.append)
    for other in (("0" * 64, "1.3.1"), (syntax.made_of(GRAMMAR.read_text("utf-8"))[0], "1.2")):
        monkeypatch.setattr(syntax, "made_of", lambda _, other=other: other)
        syntax.reader.cache_clear()
        syntax.reader()
    syntax.reader.cache_clear()
    assert asked == [GRAMMAR.read_text("utf-8")] * 2


def _tables_text(grammar: str) -> str:
    """The tables of a grammar as JSON: what ``Lark.save`` says of it, and what they are made of."""
    file = io.BytesIO()
    syntax.new_reader(grammar).save(file)
    digest, version = syntax.made_of(grammar)
    made = {"grammar": digest, "lark": version, **pickle.loads(file.getvalue())}  # noqa: S301  # written above
    return json.dumps(made, separators=(",", ":")) + "\n"
