"""Kinds of a user's own for tests: those of the language under other words, and some that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from pbr.document import kind_word
from pbr.kinds import (
    BUILT_IN,
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
    reason_code,
)
from pbr.outcomes import Absence, Combine, Event, Held, OwnFact

if TYPE_CHECKING:
    from pbr.kinds import Kinds, Reading

_SAID = {
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
        if not (name.startswith("__") or name in attrs.fields_dict(kind) or name.startswith("_frozen"))
    }
    base = type(f"Of{kind.__name__}", (), methods | {"version": "1", "__module__": __name__})
    attrs.resolve_types(kind)
    terms = {}
    for each in attrs.fields(kind):
        default = f"own_{kind_word(kind)}" if each.name == "kind" else each.default
        terms[each.name] = attrs.field(default=default, type=each.type, metadata=_SAID.get(each.name, {}))
    made: type = attrs.make_class(f"Own{kind.__name__}", terms, (base,), frozen=True, kw_only=True, slots=False)
    made.__doc__, made.__module__ = kind.__doc__, __name__
    return made


RENAMED: dict[str, type] = {kind_word(kind): renamed(kind) for kind in (Event, Absence, OwnFact, Combine, Held)}
"""Kinds of the language, by their words, as kinds of a user's own."""

OWN: Kinds = DEFAULT_KINDS.adding(*RENAMED.values())
