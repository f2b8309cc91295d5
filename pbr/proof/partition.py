"""Whether the labels of a grouping are exhaustive and disjoint, over all that their fields can be."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from pbr.condition import FieldRef, to_python
from pbr.proof.cells import Cells, bits, make_cells, opaque_part
from pbr.proof.terms import AgeOf, Opaque, cuts, term_of, tests_of
from pbr.proof.values import shown
from pbr.proof.verdict import Found, Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from pbr.condition import Condition
    from pbr.proof.terms import Same
    from pbr.proof.values import Value, Values

Clauses: TypeAlias = "list[tuple[Condition, bool]]"
"""Clauses on the cohort, each with what it is of everybody who belongs."""

Wrong: TypeAlias = tuple[Found, tuple[str, ...], int]
"""What is wrong, with which labels, in which cells."""

MOST_TRIES = 200
"""Combinations tried for two days that have both the dates and the age asked of them."""


def prove_partition(
    labels: Mapping[str, Condition],
    otherwise: str | None,
    fields: Mapping[FieldRef, Values],
    *,
    within: Sequence[Condition] = (),
    without: Sequence[Condition] = (),
    same: Mapping[FieldRef, FieldRef] | None = None,
) -> Verdict:
    """Whether everybody is in exactly one label; the first of ``partition_verdicts``."""
    return partition_verdicts(labels, otherwise, fields, within=within, without=without, same=same)[0]


def partition_verdicts(
    labels: Mapping[str, Condition],
    otherwise: str | None,
    fields: Mapping[FieldRef, Values],
    *,
    within: Sequence[Condition] = (),
    without: Sequence[Condition] = (),
    same: Mapping[FieldRef, FieldRef] | None = None,
) -> tuple[Verdict, ...]:
    """Everything that is wrong with the labels of a grouping, each with a witness.

    A combination of values for which a condition is unknown is neither a gap nor, by that condition, an overlap: the
    group of such a person is unknown until the field is filled in.

    Args:
        labels: The condition of each label but ``otherwise``.
        otherwise: The label for all others, or None; with one there is no gap.
        fields: The values of each field that the conditions name.
        within: Conditions that everybody to be grouped fulfils, as the cohort's includes.
        without: Conditions that nobody to be grouped fulfils, as its excludes.
        same: Fields that are others under another name, as ``start``.

    Returns:
        The gap, if there is one, then each label that overlaps an earlier one; or one verdict of proved or unproved.
    """
    same = same or {}
    for label, condition in labels.items():
        if any(ref.outcome for ref in condition.fields):
            reason = "it reads a result, which is known only when an outcome has been decided"
            return (Verdict(found=Found.UNPROVED, labels=(label,), reason=reason),)
        part = opaque_part(condition, same)
        if part is not None:
            return (Verdict(found=Found.UNPROVED, labels=(label,), reason=part.reason, column=part.column),)
    alone = make_cells(labels.values(), fields, same)
    if isinstance(alone, Cells) and not list(_wrong(alone, labels, otherwise, alone.every)):
        return (Verdict(found=Found.PROVED),)
    return _of_the_cohort(labels, otherwise, fields, _that_matter(labels, within, without, same), same)


def _of_the_cohort(
    labels: Mapping[str, Condition],
    otherwise: str | None,
    fields: Mapping[FieldRef, Values],
    clauses: Clauses,
    same: Same,
) -> tuple[Verdict, ...]:
    """What is wrong for somebody for whom the clauses are true and false as they should be."""
    if any(opaque_part(clause, same) is not None for clause, _ in clauses):
        return (_unproved("a clause on the cohort reads the same fields and is itself beyond proof"),)
    cells = make_cells((*labels.values(), *(clause for clause, _ in clauses)), fields, same)
    if isinstance(cells, Opaque):
        return (_unproved(cells.reason),)
    belongs = cells.every
    for clause, wanted in clauses:
        true, false = cells.truths(clause.node)
        belongs &= true if wanted else false
    wrong = list(_wrong(cells, labels, otherwise, belongs))
    if not wrong:
        return (Verdict(found=Found.PROVED),)
    found = [_witnessed(cells, fields, labels, clauses, fault) for fault in wrong]
    shows = tuple(verdict for verdict in found if verdict is not None)
    return shows or (_unproved("an age and one of its dates are read together, and no two such days were found"),)


def _unproved(reason: str) -> Verdict:
    return Verdict(found=Found.UNPROVED, reason=reason)


def _wrong(cells: Cells, labels: Mapping[str, Condition], otherwise: str | None, belongs: int) -> Iterator[Wrong]:
    """Where nobody's condition is true, and all are false; and where two are true."""
    truths = {label: cells.truths(condition.node) for label, condition in labels.items()}
    none = belongs
    for _, false in truths.values():
        none &= false
    if none and otherwise is None:
        yield Found.GAP, (), none
    names = list(truths)
    for place, later in enumerate(names):
        for earlier in names[:place]:
            both = belongs & truths[earlier][0] & truths[later][0]
            if both:
                yield Found.OVERLAP, (earlier, later), both
                break


def _that_matter(
    labels: Mapping[str, Condition], within: Sequence[Condition], without: Sequence[Condition], same: Same
) -> Clauses:
    """The clauses that read a field of the labels, or of such a clause: no other can leave out who shows a fault."""
    read = {same.get(ref, ref) for condition in labels.values() for ref in condition.fields}
    waiting = [(clause, True) for clause in within] + [(clause, False) for clause in without]
    matter: Clauses = []
    while more := [item for item in waiting if read & {same.get(ref, ref) for ref in item[0].fields}]:
        matter += more
        waiting = [item for item in waiting if item not in more]
        read |= {same.get(ref, ref) for clause, _ in more for ref in clause.fields}
    return matter


def _witnessed(
    cells: Cells, fields: Mapping[FieldRef, Values], labels: Mapping[str, Condition], clauses: Clauses, wrong: Wrong
) -> Verdict | None:
    """The fault with values that show it, each evaluated; None if no such days are found."""
    found, named, where = wrong
    free = _days_are_free(cells)
    refs = [ref for condition in (*labels.values(), *(clause for clause, _ in clauses)) for ref in condition.fields]
    for cell in bits(where, 1 if free else MOST_TRIES):
        row = cells.row(cell, fields)
        if row is not None and _shows(found, named, labels, clauses, row):
            witness = {ref: row[ref] for ref in refs}
            return Verdict(found=found, labels=named, witness=witness, shown=_in_words(witness, fields, cells.same))
    assert not free, "a cell whose values can be chosen freely shows its fault"
    return None


def _days_are_free(cells: Cells) -> bool:
    """Whether no date is read both by itself and in an age, or in two ages."""
    read = [ref for term in cells.atoms for ref in ((term.born, term.on) if isinstance(term, AgeOf) else (term,))]
    return len(read) == len(set(read))


def _shows(
    found: Found,
    named: tuple[str, ...],
    labels: Mapping[str, Condition],
    clauses: Clauses,
    row: Mapping[FieldRef, Value],
) -> bool:
    """Whether one row, evaluated in plain Python, has the fault and belongs to the cohort."""
    if any(to_python(clause)(row) is not wanted for clause, wanted in clauses):
        return False
    return all(to_python(labels[label])(row) is (found is Found.OVERLAP) for label in named or labels)


def _in_words(witness: Mapping[FieldRef, Value], fields: Mapping[FieldRef, Values], same: Same) -> str:
    """The values of a witness, joined as a condition; a field under two names is said once."""
    words = {}
    for ref, value in witness.items():
        name = same.get(ref, ref)
        text = shown(value, fields[name].type.kind)
        words[name] = f"{name.name} IS NULL" if value is None else f"{name.name} = {text}"
    return " AND ".join(words.values())


def first_day(
    ref: FieldRef,
    values: Values,
    *,
    within: Sequence[Condition] = (),
    without: Sequence[Condition] = (),
    same: Mapping[FieldRef, FieldRef] | None = None,
) -> dt.date | None:
    """The first day that a date can be for somebody who belongs; None if no day can.

    Only clauses that read this date alone are looked at, so a day may be given on which nobody belongs for another
    reason, but never one too late.
    """
    same = same or {}
    kept = [(clause, True) for clause in within] + [(clause, False) for clause in without]
    alone = [(c, wanted) for c, wanted in kept if c.fields and {term_of(t, same) for t in tests_of(c.node)} == {ref}]
    starts = [start for clause, _ in alone for test in tests_of(clause.node) for start in cuts(test, values)]
    for first, _ in values.between(starts):
        day = values.value(first)
        if all(to_python(clause)(dict.fromkeys(clause.fields, day)) is wanted for clause, wanted in alone):
            assert not isinstance(day, Fraction)  # a date, not a number
            return day
    return None
