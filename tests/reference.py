"""The parts of the reference that are made from the docstrings of the kinds."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final, get_args

import pbr.adjustments
import pbr.outcomes
import pbr.payments
from pbr.document import kind_word

if TYPE_CHECKING:
    from types import ModuleType

SECTIONS: Final = ["Meaning", "Terms", "Worked example", "Edge of the rule", "Source"]


def members(union: Any) -> tuple[type, ...]:  # noqa: ANN401  # a class, or a union of classes
    """List the classes of a family."""
    return get_args(union) or (union,)


FAMILIES: Final[dict[str, tuple[ModuleType, tuple[type, ...]]]] = {
    "outcomes": (pbr.outcomes, members(pbr.outcomes.Outcome)),
    "payments": (pbr.payments, members(pbr.payments.Payment)),
    "adjustments": (pbr.adjustments, members(pbr.adjustments.Adjustment)),
}


def docstring(kind: type) -> str:
    """Give the whole docstring of a kind, without its indent."""
    return inspect.cleandoc(kind.__doc__ or "")


def section(kind: type, name: str) -> str:
    """Give the text under a heading of a kind's docstring."""
    found = re.search(rf"^{name}:\n((?:    .*\n?|\n)+)", docstring(kind) + "\n", re.MULTILINE)
    assert found is not None, name
    return inspect.cleandoc(found[1])


def terms_of(kind: type) -> dict[str, str]:
    """Read the terms a docstring describes; one may run over several lines."""
    found: dict[str, str] = {}
    for line in section(kind, "Terms").split("\n"):
        name, colon, said = line.partition(": ")
        if colon and re.fullmatch(r"\w+", name):
            found[name] = said
        else:
            found[list(found)[-1]] += f" {line.strip()}"
    return found


def described(kind: type) -> str:
    """Write a kind as Markdown: its word, what it means, its terms, and where it turns."""
    meaning, edge, source = (" ".join(section(kind, name).split()) for name in (SECTIONS[0], *SECTIONS[3:]))
    rows = [f"| `{name}` | {said} |" for name, said in terms_of(kind).items()]
    rules = source.replace("docs/explanation/rules.md", "[rules](../explanation/rules.md)")
    lines = [
        f"### `{kind_word(kind)}`",
        "",
        meaning,
        "",
        "| term | what it is |",
        "|---|---|",
        *rows,
        "",
        f"{edge} ({rules.rstrip('.')}.)",
    ]
    return "\n".join(lines).replace("``", "`")


def with_kinds(page: str) -> str:
    """Put what the docstrings say into the places a page has for it."""
    for family, (_, kinds) in FAMILIES.items():
        mark = f"<!-- {family}: made from the docstrings of the kinds by `make golden` -->"
        before, _, rest = page.partition(mark)
        assert rest, family
        after = rest[rest.index("<!-- end -->") :]
        page = before + "\n\n".join([mark, *map(described, kinds), after])
    return page
