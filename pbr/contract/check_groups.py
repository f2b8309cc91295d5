"""Whether the groups of a contract hold everybody once, as far as that can be proved before anybody is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pbr.condition import FieldRef, Kind, ValueType
from pbr.contract.model import FieldKind
from pbr.facts import START
from pbr.proof import Found, Values, partition_verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pbr.condition import Condition
    from pbr.contract.model import Field, Terms
    from pbr.contract.view import View
    from pbr.proof import Verdict


def check_groups(view: View) -> None:
    """Find gaps and overlaps of every grouping; keep a note where they cannot be ruled out.

    Args:
        view: A contract whose tables are sound and of which nothing has been set aside: what its fields can be is
            known. A grouping or a cohort with a condition that could not be read has faults enough.
    """
    within, without = cohort_conditions(view, "include"), cohort_conditions(view, "exclude")
    if within is None or without is None:
        return
    fields = cohort_values(view.terms)
    for name, texts in view.terms.groups.items():
        paths = {label: ("groups", name, label) for label, text in texts.items() if text != "otherwise"}
        labels = {label: view.conditions[path] for label, path in paths.items() if path in view.conditions}
        if not labels or len(labels) < len(paths):
            continue
        rest = next((label for label in texts if label not in paths), None)
        same = same_fields(view.terms)
        for verdict in partition_verdicts(labels, rest, fields, within=within, without=without, same=same):
            _report(view, name, verdict)


def _report(view: View, name: str, verdict: Verdict) -> None:
    """Say what a verdict means, where it can be mended."""
    when = f"whoever has {verdict.shown}" if verdict.shown else "everybody"  # no field is read
    if verdict.found is Found.GAP:
        message = f"{when} is in no group of '{name}'; widen a condition, or add a label with `otherwise`"
        view.fail("PBR151", message, "groups", name)
    elif verdict.found is Found.OVERLAP:
        earlier, later = verdict.labels
        message = f"{when} is in '{earlier}' and in '{later}' of '{name}'; narrow one of the two"
        view.fail("PBR150", message, "groups", name, later)
    elif verdict.found is Found.UNPROVED:
        where = "".join(f"in '{label}' " for label in verdict.labels)
        message = f"grouping '{name}' {verdict.found.value}: {where}{verdict.reason}"
        view.note("PBR152", message, "groups", name, *verdict.labels, column=verdict.column)


def cohort_conditions(view: View, side: str) -> list[Condition] | None:
    """The conditions of the includes or the excludes; None if one could not be read."""
    paths = [("cohort", side, place, "when") for place in range(len(getattr(view.terms.cohort, side)))]
    found = [view.conditions.get(path) for path in paths]
    kept = [condition for condition in found if condition is not None]
    return kept if len(kept) == len(found) else None


def cohort_values(terms: Terms) -> Mapping[FieldRef, Values]:
    """What each field of the cohort's table can be."""
    table = terms.cohort_table
    keys = terms.tables[table].keys
    found = {
        FieldRef(name): _values(terms, field, is_key=name in keys) for name, field in terms.all_fields(table).items()
    }
    return {FieldRef(START): Values(type=ValueType(kind=Kind.DATE))} | found


def _values(terms: Terms, field: Field, *, is_key: bool) -> Values:
    """What a field can be: the words and the range declared, else all that is read of its type."""
    whole = field.type is FieldKind.WHOLE
    return Values(
        type=field.value_type(terms.contract.currency),
        least=_bound(field.from_) if whole else None,
        most=_bound(field.to) if whole else None,
        words=tuple(terms.contract.providers) if field.type is FieldKind.PROVIDER else (),
        may_be_empty=not is_key and field.type not in {FieldKind.PROVIDER, FieldKind.RECORDED},
    )


def same_fields(terms: Terms) -> dict[FieldRef, FieldRef]:
    """The start is a field of the cohort's table under another name."""
    start = terms.cohort.start
    return {} if start == START else {FieldRef(START): FieldRef(start)}


def _bound(text: str) -> int | None:
    """An end of a range, or None where there is none, or one that is a fault by itself."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
