"""Kinds of a user's own for tests: those of the language under other words, and some that it does not have."""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from pbr.document import kind_word
from pbr.facts import STATE_CODE
from pbr.kinds import (
    DEFAULT_KINDS,
    FIGURE,
    OUTCOME,
    STATE,
    Columns,
    Context,
    Decision,
    Unit,
    ValueType,
    figure,
    first_true,
    outcome_name,
)
from pbr.outcomes import Absence, Combine, Event, Held, OwnFact
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pbr.kinds import Kinds, Reading

_SAID: dict[str, Any] = {
    "for_": {FIGURE: "duration"},
    "every": {FIGURE: "duration"},
    "at_most": {FIGURE: "count"},
    "in_": {STATE: True},
    "not_in": {STATE: True},
    "of": {OUTCOME: True},
}


def renamed(kind: type) -> type:
    """A kind of the language under another word, which has nothing of its class but its methods."""
    methods = {
        name: thing
        for name, thing in vars(kind).items()
        if not (name.startswith(("__", "_frozen")) or name in attrs.fields_dict(kind))
    }
    base = type(f"Of{kind.__name__}", (), methods | {"version": "1", "__module__": __name__})
    attrs.resolve_types(kind)
    terms = {}
    for each in attrs.fields(kind):
        default: Any = f"own_{kind_word(kind)}" if each.name == "kind" else each.default
        terms[each.name] = attrs.field(default=default, type=each.type, metadata=_SAID.get(each.name, {}))
    made: type = attrs.make_class(f"Own{kind.__name__}", terms, (base,), frozen=True, kw_only=True, slots=False)
    made.__doc__, made.__module__ = kind.__doc__, __name__
    return made


RENAMED: dict[str, type] = {kind_word(kind): renamed(kind) for kind in (Event, Absence, OwnFact, Combine, Held)}
"""Kinds of the language, by their words, as kinds of a user's own."""

OWN: Kinds = DEFAULT_KINDS.adding(*RENAMED.values())


def attended() -> type:
    """Give the kind that docs/how-to/add-a-kind.md builds, from the page."""
    return written("attendance", page_module(), "Attended")


def page_module() -> str:
    """Give the text of the module that the page builds."""
    page = (ROOT / "docs" / "how-to" / "add-a-kind.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```python attendance.py\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert isinstance(text, str)
    return text


def written(module: str, text: str, name: str) -> type:
    """Give a class out of the text of a module."""
    home = types.ModuleType(module)
    sys.modules[module] = home  # annotations are looked up there
    try:
        exec(compile(text, f"{module}.py", "exec"), vars(home))  # noqa: S102  # it is our own text
        found: type = vars(home)[name]
        attrs.resolve_types(found)
    finally:
        del sys.modules[module]
    return found


@attrs.frozen(kw_only=True)
class Waited:
    """How many days after the start another outcome was met, if that lies between two figures.

    Meaning:
        The outcome is met on the day of the other if the days from the start to it are not too few and not too many.

    Terms:
        of: an outcome.
        at_least: whole number, or the name of a value: so many days; default ``1``.
        at_most: whole number, or the name of a value: no more than these; default none.
        excused_by: condition on the cohort's row under which what is missed is left out, not failed; default none.
        paid: ``no`` of a signpost; default what is so.

    Worked example:
        >>> Waited(of="seen").reads()
        ('seen',)

    Edge of the rule:
        Of ``at_most: 10``, the tenth day is met and the eleventh is not.

    Source:
        A test.
    """

    version: ClassVar[str] = "2026-01"

    kind: str = "waited"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    of: str = outcome_name()
    at_least: str = figure("count", default="1")
    at_most: str | None = figure("count", default=None)
    excused_by: str | None = None

    @property
    def parts(self) -> int:
        """Days are whole."""
        return 1

    @property
    def value_type(self) -> ValueType:
        """A number of days."""
        return ValueType(kind=Unit.NUMBER)

    def reads(self) -> tuple[str, ...]:
        """The other outcome."""
        return (self.of,)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """It reads no rows."""
        return ()

    def facts(self, ctx: Context) -> tuple[()]:  # noqa: ARG002  # the same for every kind
        """No facts."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """After the other outcome, by its day and the start."""
        import polars as pl

        state, day = pl.col(f"{self.of}.state"), pl.col(f"{self.of}.date")
        start = columns.anchor(None)
        days = (day - start).cast(pl.Int64)
        bounds = {key: table.minor(table.cell(start)) for key, table in ctx.figures.items()}
        after = [(state == STATE_CODE[each], f"part_{each}") for each in ("not_met", "unknown", "pending", "excluded")]
        reason = first_true(
            [
                *after,
                (days < bounds["at_least"], "not_true"),
                (days > bounds["at_most"] if "at_most" in bounds else None, "not_true"),
            ],
            otherwise="met",
        )
        decision = Decision(reason=reason, date=day, value=days, missing=pl.col(f"{self.of}.missing"))
        for key, table in ctx.figures.items():
            decision = columns.figured(table, bounds[key].is_null(), None, decision)
        return decision
