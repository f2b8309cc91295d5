"""A page for each kind: its docstring, and both sides of its boundary as the program decides them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pbr.document import kind_word
from tests.conftest import ROOT
from tests.kind_examples import AROUND, EXAMPLES, page_of, shown
from tests.reference import FAMILIES, described

if TYPE_CHECKING:
    from tests.conftest import Golden

FOLDER: Final = "docs/reference/kinds"
KINDS: Final = {kind_word(kind): (family, kind) for family, (_, kinds) in FAMILIES.items() for kind in kinds}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_page_made_from_its_docstring(golden: Golden, kind: str) -> None:
    """The page is what the docstring says and what the program does; `make golden` writes it again."""
    golden(f"{FOLDER}/{kind}.md", page_of(kind, described(KINDS[kind][1]), EXAMPLES[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_sides_of_a_kind_come_out_differently(kind: str) -> None:
    """One unit is all that parts the two returns, and not the same comes of them."""
    (first, one), (second, other) = EXAMPLES[kind].sides.values()
    assert shown(EXAMPLES[kind], first, one) != shown(EXAMPLES[kind], second, other)


def test_the_pages_are_those_of_the_kinds(golden: Golden) -> None:
    """The list of the pages holds every kind, with what it means, and the contract that their examples stand in."""
    assert set(EXAMPLES) == set(KINDS)
    lines = [
        "# The kinds",
        "",
        "One page for each kind of rule, made from its docstring and from runs of the program.",
        "",
    ]
    for family in FAMILIES:
        lines += [f"## {family.title()}", "", "| kind | what it means |", "|---|---|"]
        for kind, (its, cls) in KINDS.items():
            if its == family:
                meaning = described(cls).split("\n")[2]
                lines.append(f"| [`{kind}`]({kind}.md) | {meaning} |")
        lines.append("")
    lines += ["## The contract of the examples", "", "Each example adds its own keys to this:", "", "~~~yaml"]
    golden(f"{FOLDER}/README.md", "\n".join([*lines, AROUND.rstrip(), "~~~"]) + "\n")
    there = {path.stem for path in (ROOT / FOLDER).glob("*.md")} - {"README"}
    assert there == set(KINDS)
