"""Whether the tables of a contract are sound: nouns, parents, keys, and the details of every field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.contract.check_helped import check_contributions
from pbr.contract.model import CONTRIBUTIONS, NUMBERS, PROVIDERS, FieldKind
from pbr.facts import START
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from pbr.contract.model import Field, TableTerm
    from pbr.contract.view import View

MOST_PLACES = 9


def check_tables(view: View) -> None:
    """Check every table, then each against its parent."""
    nouns: dict[str, str] = {}
    for name in view.terms.returned:
        table = view.terms.tables[name]
        view.name(name, "tables", name)
        if table.row_is in nouns:
            message = f"a row is a {table.row_is} in table '{nouns[table.row_is]}' already"
            view.fail("PBR130", message, "tables", name, "row_is")
        nouns.setdefault(table.row_is, name)
        view.name(table.row_is, "tables", name, "row_is")
    for name in view.terms.returned:
        table = view.terms.tables[name]
        parent = None
        if table.of and view.known(table.of, nouns, "noun", "tables", name, "of"):
            parent = view.terms.tables[nouns[table.of]]
            if parent is table or (parent.of and parent.row_is != view.terms.cohort.of):
                message = (
                    "a child of a child is read only if its parent is what the cohort is of, and nothing is its own"
                )
                view.fail("PBR130", message, "tables", name, "of")
                continue
        _table(view, name, table, parent)
        _of_groups(view, name, table)
    check_contributions(view)


def _of_groups(view: View, name: str, table: TableTerm) -> None:
    """A table whose rows are about providers says so, names them, and belongs to nobody else."""
    if table.is_ == CONTRIBUTIONS:
        return
    if table.is_ and table.is_ != PROVIDERS:
        message = f"`is: {short(table.is_)}` is not known; a row may be about a provider, or a contribution"
        view.fail("PBR106", message, "tables", name, "is")
    elif table.is_ and (table.of or table.row_is == view.terms.cohort.of):
        message = "its rows are about providers, so they are neither subjects nor theirs; remove `is` or `of`"
        view.fail("PBR130", message, "tables", name, "is")
    elif table.is_ and table.role(FieldKind.PROVIDER) is None:
        message = "its rows are about providers, so one field has the type provider and says about which"
        view.fail("PBR132", message, "tables", name, "fields")


def _table(view: View, name: str, table: TableTerm, parent: TableTerm | None) -> None:
    carried = () if parent is None else parent.keys
    for field_name, term in table.fields.items():
        view.name(field_name, "tables", name, "fields", field_name) if field_name not in {"provider", START} else None
        if field_name in carried:
            message = f"'{field_name}' is the key of the parent, and is carried by itself; remove it"
            view.fail("PBR110", message, "tables", name, "fields", field_name)
        _field(view, term, "tables", name, "fields", field_name)
    for key in table.keys:
        if key in table.fields and table.fields[key].is_sensitive:
            message = f"'{key}' names the rows in every output, so it cannot be sensitive"
            view.fail("PBR106", message, "tables", name, "fields", key)
        if key not in table.fields and key not in carried:
            message = f"the key '{short(key)}' is not a field of the table{did_you_mean(key, table.fields)}"
            view.fail("PBR130", message, "tables", name, *(["key"] if table.key else []))
    for heading, target in table.columns.items():
        view.known(target, [*table.fields, *carried], "field", "tables", name, "columns", heading)
    for kind in (FieldKind.PROVIDER, FieldKind.RECORDED):
        found = [field_name for field_name, term in table.fields.items() if term.type is kind]
        if len(found) > 1:
            message = f"'{found[0]}' and '{found[1]}' are both of type {kind.value}; keep one"
            view.fail("PBR132", message, "tables", name, "fields", found[1])


def _instant(view: View, term: Field, *path: str | int) -> None:
    is_instant = term.type is FieldKind.INSTANT or term.of == "instant"
    if is_instant and not view.terms.contract.time_zone:
        view.fail("PBR133", "an instant needs contract.time_zone, such as Europe/London", *path)


def _field(view: View, term: Field, *path: str | int) -> None:
    """The details of a field fit its type."""
    kind = term.type
    allowed = {FieldKind.ID: ("", "whole"), FieldKind.RECORDED: ("", "instant")}.get(kind, ("",))
    if term.of not in allowed:
        view.fail("PBR106", f"`of: {short(term.of)}` does not go with {kind.value}", *path, "of")
    _instant(view, term, *path)
    if kind is FieldKind.DECIMAL and not (re.fullmatch("[0-9]", term.places) and int(term.places) <= MOST_PLACES):
        message = f"a decimal says its places from 0 to {MOST_PLACES}, such as {{type: decimal, places: 2}}"
        view.fail("PBR109", message, *path)
    for detail, kinds in (
        ("places", {FieldKind.DECIMAL}),
        ("from_", set(NUMBERS)),
        ("to", set(NUMBERS)),
        ("one_of", {FieldKind.TEXT}),
        ("codes", {FieldKind.TEXT, FieldKind.YES_NO}),
    ):
        if getattr(term, detail) and kind not in kinds:
            key = detail.removesuffix("_")
            view.fail("PBR104", f"`{key}` does not go with type {kind.value}; remove it", *path, key)
    if kind is FieldKind.PROVIDER and term.is_sensitive:
        view.fail("PBR106", "the provider is named in every output, so it cannot be sensitive", *path)
    _field_words(view, term, *path)


def _field_words(view: View, term: Field, *path: str | int) -> None:
    """The numbers and words of a field are of their kind."""
    for detail in ("from_", "to"):
        text = getattr(term, detail)
        if text and not re.fullmatch(r"-?[0-9]{1,18}", text):
            view.fail("PBR109", f"'{short(text)}' is not a whole number", *path, detail.removesuffix("_"))
    if all(re.fullmatch(r"-?[0-9]{1,18}", text) for text in (term.from_, term.to)) and int(term.to) < int(term.from_):
        view.fail("PBR113", f"the range ends at {term.to}, below its start at {term.from_}", *path, "to")
    if term.sensitive and term.sensitive not in {"true", "false", "yes", "no"}:
        view.fail("PBR106", f"'{short(term.sensitive)}' cannot stand here; one of: true, false", *path, "sensitive")
    for place, word in enumerate(term.one_of):
        if word != word.strip() or not word:
            message = f"'{short(word)}' is never found: what is returned has no outer spaces, and empty is missing"
            view.fail("PBR110", message, *path, "one_of", place)
        if word in term.one_of[:place]:
            view.fail("PBR110", f"'{short(word)}' stands here twice; remove one", *path, "one_of", place)
    words = term.one_of if term.type is FieldKind.TEXT else ("yes", "no")
    for returned, declared in term.codes.items():
        if words and declared not in words:
            message = f"'{short(declared)}' is not a declared word{did_you_mean(declared, words)}"
            view.fail("PBR106", message, *path, "codes", returned)
