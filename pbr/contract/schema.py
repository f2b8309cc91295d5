"""JSON Schema for editors, made out of the attrs models that the reader itself uses.

The reader takes every scalar as the text that was written; an editor checks what a YAML reader made of it, where
``version: 1`` is a number and ``sensitive: true`` a boolean. So text may be a string, a number or a boolean here, and a
pattern holds for strings. The schema finds faults of shape (unknown keys and kinds, what is missing, maps and lists in
the wrong place) and of spelling (words of closed lists, dates, durations); what a file means is for ``pbr check``.
"""

from __future__ import annotations

import enum
import inspect
import json
import re
import types
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias, Union, get_args, get_origin

import attrs

from pbr.agreement.model import AgreementTerms
from pbr.agreement.options import Options
from pbr.agreement.scored import Closes
from pbr.agreement.words import Bounds, Moment, Most, Need, Quota
from pbr.calendar import Date, Duration
from pbr.contract.model import NUMBERS, Field, FieldKind, Header, MonthDay, Terms
from pbr.contract.value_terms import ValueTerm, Versions
from pbr.document import TAGS, WORDS, kind_word
from pbr.facts import Named
from pbr.instalments import Instalments
from pbr.kinds import BUILT_IN, DEFAULT_KINDS, Kinds
from pbr.lines import Order
from pbr.money import CURRENCY_DIGITS
from pbr.outcomes import Combine, Outcome
from pbr.outcomes.index import Parts
from pbr.outcomes.judged import Panel
from pbr.payments import Bands
from pbr.problem import short
from pbr.working_days import COUNTRIES, WorkingDays

if TYPE_CHECKING:
    from collections.abc import Callable

Schema: TypeAlias = "dict[str, Any]"

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXT: Final = ["string", "number", "boolean"]
NAME: Final = "[a-z][a-z0-9_]*"
DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_BOUNDS: Final = r"\S+ to \S+"
_QUESTION: Final = "[a-z][a-z0-9_-]*[.][a-z][a-z0-9_]*"
DURATION: Final = "[0-9]{1,5} (day|week|month|year)s?"
AMOUNT: Final = r"-?[0-9]{1,18}(\.[0-9]+)?"
RATIO: Final = r"-?[0-9]{1,18}(\.[0-9]{1,18}%?|%|/[0-9]{1,18})?"
SHARED: Final = {
    "kind": "Which rule it is; the kinds are listed in docs/reference/language.md.",
    "id": "Identifier.",
    "title": "As printed.",
    "means": "One sentence the signatory reads.",
    "clause": "Number in the signed contract.",
    "source": "Where it comes from.",
    "why": "Why it is done, as explanations show it.",
}
"""What the terms mean that every kind may have."""


def contract_schema(kinds: Kinds = DEFAULT_KINDS) -> Schema:
    """The schema of a contract file.

    Args:
        kinds: The kinds of outcome that it may use.
    """
    return make_schema(Terms, "Contract of payment by results", "contract", kinds)


def agreement_schema() -> Schema:
    """The schema of an agreement file."""
    return make_schema(AgreementTerms, "What a community agreed, and how its ballots are counted", "agreement")


def make_schema(root: type, title: str, name: str, kinds: Kinds = DEFAULT_KINDS) -> Schema:
    """The JSON Schema of a file.

    Args:
        root: The attrs class of the whole file.
        title: As editors show it.
        name: Under which the schema is known.
        kinds: Kinds of outcome that the file may use.

    Returns:
        A schema of draft 2020-12 with a definition for each class, in the order in which they are met; the same for the
        same models, whatever else has happened.
    """
    maker = _Maker(kinds)
    whole = maker.of_class(root)
    head = {"$schema": DIALECT, "$id": f"urn:pbr:1:{name}", "title": title}
    return head | whole | {"$defs": maker.found}


def schema_text(schema: Schema) -> str:
    """A schema as the text of a file, which ends with a line end."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _Maker:
    """Makes a schema, and a definition of each class on the way."""

    def __init__(self, kinds: Kinds) -> None:
        self.found: dict[str, Schema] = {}
        self.names: dict[str, type] = {}
        self.special: dict[object, Callable[[], Schema]] = {
            str: lambda: {"type": TEXT},
            Date: lambda: _spelt(DATE),
            Duration: lambda: _spelt(DURATION),
            Named: lambda: _spelt(NAME),
            Instalments: lambda: {"anyOf": [{"type": TEXT}, {"type": "array", "items": {"type": TEXT}}]},
            Order: lambda: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            Panel: lambda: _spelt(_QUESTION),
            Closes: lambda: _spelt(f"period_end \\+ {DURATION}"),
            Parts: lambda: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            Versions: lambda: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            Options: lambda: {"anyOf": [{"type": "array", "items": {"type": TEXT}}, _map({"type": TEXT})]},
            **dict.fromkeys((Fraction, int, bool, Moment, Quota), lambda: {"type": TEXT}),
            Need: lambda: _spelt("(over|at least) .+"),
            Most: lambda: _spelt("(under|at most) .+"),
            Bounds: lambda: _spelt(_BOUNDS),
            WorkingDays: lambda: {"anyOf": [{"const": "weekdays"}, self._define("WorkingDays", self._working_days)]},
            MonthDay: lambda: _spelt("[0-9]{2}-[0-9]{2}"),
            ValueTerm: lambda: self._define("Value", _value),
            Field: lambda: self._define("Field", self._field),
            Outcome: lambda: {"oneOf": [self.of(member) for member in (*BUILT_IN, *kinds.added)]},
        }

    def of(self, kind: Any) -> Schema:  # noqa: ANN401  # an annotation of any form
        """The schema of what an annotation allows."""
        if kind in self.special:
            return self.special[kind]()
        origin = get_origin(kind)
        if origin in {Union, types.UnionType}:
            members = [member for member in get_args(kind) if member is not type(None)]
            return self.of(members[0]) if len(members) == 1 else {"oneOf": [self.of(member) for member in members]}
        if origin is tuple:
            return {"type": "array", "items": self.of(get_args(kind)[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(get_args(kind)[1])}
        if issubclass(kind, enum.Enum):
            return {"enum": [member.value for member in kind]}
        return self._define(self._named(kind), lambda: self.of_class(kind))

    def _named(self, kind: type) -> str:
        """The name of a class among the definitions; with its module where another class has that name."""
        name = kind.__name__
        if self.names.setdefault(name, kind) is kind:
            return name
        return f"{kind.__module__}.{name}"

    def _define(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.found:
            self.found[name] = {}  # keeps its place in the order, and ends a circle
            self.found[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def of_class(self, cls: type) -> Schema:
        """The schema of an attrs class: its keys, and no others."""
        attrs.resolve_types(cls)
        said = described(cls)
        properties: dict[str, Schema] = {}
        required = []
        for each in attrs.fields(cls):
            key = each.name.removesuffix("_")
            made = {"const": kind_word(cls)} if key in TAGS else self._of_field(cls, each, said.get(key, ""))
            text = said.get(key, SHARED.get(key, ""))
            properties[key] = made | ({"description": text} if text else {})
            if key in TAGS or each.default is attrs.NOTHING:
                required.append(key)
        text = _first_sentence(cls)
        whole: Schema = {"type": "object", "description": text, "properties": properties}
        return whole | {"required": required, "additionalProperties": False}

    def _of_field(self, cls: type, each: Any, said: str) -> Schema:  # noqa: ANN401  # an attribute of attrs
        """The schema of one key, from its annotation, and where that is text from what the docstring says it is."""
        own = _OWN.get((cls, each.name))
        if WORDS in each.metadata:
            return {"enum": [word for word in each.metadata[WORDS] if word]}
        if own is not None:
            return self.of(each.type) | own
        literal = _LITERALS.get(said.partition(" ")[0].rstrip(",.;"))
        if literal is not None and each.type in {str, str | None}:
            return {"type": ["string", "number"], "pattern": f"^({literal}|{NAME})$"}
        return self.of(each.type)

    def _working_days(self) -> Schema:
        """The countries whose bank holidays are known, and more days."""
        whole = self.of_class(WorkingDays)
        whole["properties"]["country"] |= {"enum": list(COUNTRIES)}
        return whole

    def _field(self) -> Schema:
        """A field is a type, or a map with a type and the details that go with it."""
        whole = self.of_class(Field)
        for detail, kinds in FIELD_DETAILS.items():
            others = [kind.value for kind in FieldKind if kind not in kinds]
            rule = {"if": {"properties": {"type": {"enum": others}}}, "then": {"properties": {detail: False}}}
            whole.setdefault("allOf", []).append(rule)
        return {"description": whole["description"], "anyOf": [self.of(FieldKind), whole]}


FIELD_DETAILS: Final = {
    "of": (FieldKind.ID, FieldKind.RECORDED),
    "places": (FieldKind.DECIMAL,),
    "from": NUMBERS,
    "to": NUMBERS,
    "one_of": (FieldKind.TEXT,),
    "codes": (FieldKind.TEXT, FieldKind.YES_NO),
}
"""Details of a field, and the types that they go with."""

_LITERALS: Final = {"money": AMOUNT, "ratio": RATIO}
"""First word of what a kind says of a term, and how a literal of it is spelt; a name may stand there too."""

_OWN: Final[dict[tuple[type, str], Schema]] = {
    (Terms, "pbr"): {"enum": ["1", 1]},
    (Header, "currency"): {"enum": sorted(CURRENCY_DIGITS)},
    (Terms, "tables"): {"minProperties": 1},
    (Terms, "outcomes"): {"minProperties": 1},
    (Bands, "bands"): {"minProperties": 1},
    (AgreementTerms, "pbr_agreement"): {"enum": ["1", 1]},
    (Combine, "need"): {"pattern": "^(all|any|[0-9]+)$"},
}
"""What holds of single keys beside what their annotation says."""


def _spelt(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^({pattern})$"}


def _value() -> Schema:
    """The forms of a value: a figure; figures by date, by one or two keys, or both; or the name of a file."""
    figure: Schema = {"type": ["string", "number"], "minLength": 1}
    says: dict[str, Schema] = {key: {"type": TEXT, "description": SHARED[key]} for key in ("title", "source")}
    keys = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}
    one = {"anyOf": [{"type": "string"}, keys | {"maxItems": 1}]}
    two = keys | {"minItems": 2}
    by_one = {"by": one | {"description": "Grouping, provider, text field or period its rows are for."}}
    by_two = {"by": two | {"description": "Two of these; the rows of the second stand under those of the first."}}
    by_any = {"by": {"anyOf": [one, two]}}
    rows = _map(figure)
    file: Schema = {"csv": {"type": "string", "description": "File that holds its rows, as seen from the contract."}}
    dated = [
        _closed(by | {"dated": _map(held, f"^{DATE}( to {DATE})?$")} | says, *by, "dated")
        for by, held in (({}, figure), (by_one, rows), (by_two, _map(rows)))
    ]
    agreed: dict[str, Schema] = {
        "agreed": _spelt(_QUESTION) | {"description": "AGREEMENT.QUESTION that decides it."},
        "bounds": _spelt(f"{_BOUNDS}( each)?")
        | {"description": "The least and the most that the commissioner allows."},
        "if_none": {"anyOf": [figure, {"type": "boolean"}, _map({"type": TEXT})]},
    }
    agreed["if_none"]["description"] = "What holds while nothing is agreed; of a threshold also `unpaid`."
    elsewhere = dict.fromkeys(("dated", "csv", "agreed", "bounds", "if_none"), False)  # words that name no label
    no_row = {"propertyNames": {"enum": ["by", *says]}}
    labels = [
        _closed(by | says | elsewhere, "by") | {"additionalProperties": held, "not": no_row}
        for by, held in ((by_one, figure), (by_two, rows))
    ]
    return {
        "description": "A named figure: a literal, dated, by keys, or both; in the contract or a file; or agreed.",
        "anyOf": [
            figure,
            _closed(
                {"figure": figure | {"description": "The figure itself, where it has a title or a source."}} | says,
                "figure",
            ),
            *dated,
            *labels,
            _closed(by_any | file | says, "csv"),
            _closed(by_one | agreed | says, "agreed", "if_none"),
        ],
    }


def _map(held: Schema, names: str = "") -> Schema:
    """A map of at least one key."""
    whole: Schema = {"type": "object", "additionalProperties": held, "minProperties": 1}
    return whole | ({"propertyNames": {"pattern": names}} if names else {})


def _closed(properties: Schema, *required: str) -> Schema:
    """A map of these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


# ---- descriptions


def described(cls: type) -> dict[str, str]:
    """What the docstring of a class says of each of its keys, under ``Terms`` or ``Attributes``.

    Example:
        >>> described(MonthDay)["month"]
        '1 to 12.'
    """
    doc = inspect.cleandoc(cls.__doc__ or "") + "\n"
    part = re.search(r"^(?:Terms|Attributes):\n((?:    .*\n|\n)+)", doc, re.MULTILINE)
    if part is None:
        return {}
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", part[1], re.MULTILINE)
    return {key.removesuffix("_"): _plain(text) for key, text in found}


def _first_sentence(cls: type) -> str:
    doc = inspect.cleandoc(cls.__doc__ or "")
    return _plain(doc.split("\n\n")[0])


def _plain(text: str) -> str:
    return short(text.replace("``", "`"), 400)
