"""Whether a contract's terms fit together: one small function for each part, each giving problems."""

from __future__ import annotations

import functools
import re
import zoneinfo
from typing import TYPE_CHECKING

from pbr.condition import check_syntax
from pbr.contract.check_added import check_added, check_added_code, check_added_figures
from pbr.contract.check_adjustments import check_adjustments
from pbr.contract.check_agreed import check_agreed
from pbr.contract.check_factors import check_factors
from pbr.contract.check_fees import check_fee_sums
from pbr.contract.check_groups import check_groups
from pbr.contract.check_held import check_held, check_lengths_held, check_spells
from pbr.contract.check_outcomes import (
    check_lengths,
    check_outcomes,
    check_sums,
    date_field,
    in_reading_order,
)
from pbr.contract.check_payments import check_payments, check_readers
from pbr.contract.check_pooled import check_grains, check_pooled
from pbr.contract.check_pots import check_pot_grains
from pbr.contract.check_reach import check_reach
from pbr.contract.check_reckoned import check_reckoned, check_reckoned_figures
from pbr.contract.check_scales import check_paid
from pbr.contract.check_scores import check_score_figures, check_scores
from pbr.contract.check_signposts import check_paid_words, check_signposts
from pbr.contract.check_sums import check_circles, check_sum_grains
from pbr.contract.check_surveys import check_answer_readers, check_surveys
from pbr.contract.check_tables import check_tables
from pbr.contract.contract import Contract
from pbr.contract.figures import OUTCOME, PERIOD_KEYS, Figures
from pbr.contract.model import FieldKind
from pbr.contract.view import View, in_order
from pbr.facts import START
from pbr.money import CURRENCY_DIGITS
from pbr.problem import Problem, short

if TYPE_CHECKING:
    from pbr.contract.model import Terms
    from pbr.document import Document

LANGUAGE = "1"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ .+-]{0,62}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}")
_TABLES_UNSOUND = {"PBR111", "PBR130"}
"""Faults of tables after which no row can be read."""


def check_terms(document: Document, terms: Terms, lost: frozenset[str]) -> tuple[Contract | None, list[Problem]]:
    """Check a whole contract.

    Args:
        document: The file as read.
        terms: The file as models, without the items set aside.
        lost: Names of the items set aside.

    Returns:
        The contract, or None with everything that is wrong; tables and cohort are checked first, since every other
        part reads them.
    """
    view = View(document, terms, lost)
    _header(view)
    check_tables(view)
    if any(problem.code in _TABLES_UNSOUND for problem in view.problems) or not _cohort(view):
        return None, view.problems
    if not terms.has_cohort and terms.own_outcomes:
        for name in terms.own_outcomes:
            message = f"'{name}' is on one participant, so the contract says under `cohort` who these are"
            view.fail("PBR136", message, "outcomes", name)
        return None, view.problems
    fields_sound = not view.problems
    check_added_code(view)
    _names(view)
    _groups(view)
    _chosen(view)
    _clauses(view)
    _defines(view)
    check_spells(view)
    check_outcomes(view)
    check_added(view)
    check_paid_words(view)
    check_held(view)
    check_scores(view)
    check_reckoned(view)
    check_pooled(view)
    check_surveys(view)
    figures = Figures(terms, document.place, lost, view.problems)
    _of_outcomes(view, figures)
    check_payments(view, figures)
    check_adjustments(view, figures)
    order = in_reading_order(view)  # a circle has no groups, and what follows reads these
    grains = check_grains(view, figures)
    check_fee_sums(view)
    check_circles(view)
    check_sum_grains(view, grains)
    check_pot_grains(view, grains)
    check_factors(view)
    check_agreed(view, figures)
    _values(view, figures)
    check_paid(view)
    check_readers(view)
    check_answer_readers(view)
    if fields_sound and not lost:
        check_groups(view)
    if not view.problems and not lost:
        check_signposts(view)
        check_reach(view, order)
    if view.problems:
        return None, view.problems
    done = Contract(
        document=document,
        terms=terms,
        conditions=view.conditions,
        formulas=view.formulas,
        tables=view.tables,
        order=order,
        notes=in_order(view.notes, document.file),
    )
    return done, []


def _of_outcomes(view: View, figures: Figures) -> None:
    """The figures that outcomes on one subject read."""
    check_lengths(view, figures)
    check_sums(view, figures)
    check_added_figures(view, figures)
    check_lengths_held(view, figures)
    check_score_figures(view, figures)
    check_reckoned_figures(view, figures)


@functools.cache
def _time_zones() -> frozenset[str]:
    """The names of all time zones, looked up once: that takes as long as reading a small contract."""
    return frozenset(zoneinfo.available_timezones())


def _header(view: View) -> None:
    terms, header = view.terms, view.terms.contract
    if terms.pbr != LANGUAGE:
        view.fail("PBR101", f"language version '{short(terms.pbr)}' is not known; write `pbr: {LANGUAGE}`", "pbr")
    if header.currency not in CURRENCY_DIGITS and header.currency not in view.lost:
        view.fail("PBR114", f"'{short(header.currency)}' is not a currency code such as GBP", "contract", "currency")
    if header.to < header.from_:
        view.fail("PBR113", f"the term ends on {header.to}, before it starts on {header.from_}", "contract", "to")
    for part in ("commissioners", "providers"):
        for name in getattr(header, part):
            if not _IDENTIFIER.fullmatch(name):
                message = f"'{short(name)}' cannot be an id: letters, digits and _ . : / - only"
                view.fail("PBR110", message, "contract", part, name)
    if header.time_zone and header.time_zone not in _time_zones():
        message = f"'{short(header.time_zone)}' is not a time zone such as Europe/London"
        view.fail("PBR106", message, "contract", "time_zone")


def _cohort(view: View) -> bool:
    """Whether the cohort's table can be read by everything else."""
    terms, cohort = view.terms, view.terms.cohort
    nouns = {table.row_is: name for name, table in terms.tables.items()}
    if not view.known(cohort.of, nouns, "noun", "cohort", "of"):
        return False
    name = nouns[cohort.of]
    table = terms.tables[name]
    if len(table.keys) != 1:
        message = f"table '{name}' cannot be the cohort: that has one field under `key`, which names a {table.row_is}"
        view.fail("PBR130", message, "cohort", "of")
        return False
    parent = terms.cohort_parent
    if parent is not None and not _sound_parent(view, name, parent):
        return False
    fields = terms.all_fields(name)
    kind = fields[table.keys[0]].type
    if kind is not FieldKind.ID:
        view.fail("PBR130", f"the key of the cohort's table is an id, not {kind.value}", "tables", name)
    date_field(view, name, cohort.start, "cohort", "start")
    if START in fields and cohort.start != START:
        view.fail("PBR110", "a field named 'start' must be the cohort's start", "tables", name, "fields", START)
    provider = fields.get("provider")
    if provider is not None and provider.type is not FieldKind.PROVIDER:
        message = "a field named 'provider' has the type provider"
        view.fail("PBR110", message, "tables", name, "fields", "provider")
    return True


def _sound_parent(view: View, table: str, parent: str) -> bool:
    """Whether the subjects' rows can be read with those of whom they belong to."""
    owner, key = view.terms.tables[parent], view.terms.tables[table].keys[0]
    if key in owner.keys or len(owner.keys) != 1:
        message = (
            f"table '{table}' cannot be the cohort: it and '{parent}' have a key of one field each, and not the same"
        )
        view.fail("PBR130", message, "cohort", "of")
        return False
    for name in view.terms.shared_tables:
        if key in view.terms.sent_fields(name):
            noun = view.terms.cohort.of
            message = (
                f"'{key}' names a {noun}, to which these rows then belong; write `of: {noun}`, or rename the field"
            )
            view.fail("PBR130", message, "tables", name)
            return False
    for kind in (FieldKind.PROVIDER, FieldKind.RECORDED):
        role = owner.role(kind)
        if role is not None:
            message = f"'{role}' is read of each {view.terms.cohort.of}, so it is a field of '{table}'; move it there"
            view.fail("PBR132", message, "tables", parent, "fields", role)
            return False
    return True


def _names(view: View) -> None:
    """One name means one thing among groups, definitions, values, outcomes and payments."""
    seen: dict[str, str] = {}
    for part in ("groups", "spells", "define", "values", "outcomes", "payments"):
        for name in getattr(view.terms, part):
            view.name(name, part, name)
            if name in seen:
                view.fail("PBR110", f"'{name}' is a name under {seen[name]} already; choose another", part, name)
            seen.setdefault(name, part)
    nouns = [table.row_is for table in view.terms.tables.values()]
    for name, part in seen.items():
        if name in nouns:
            view.fail("PBR110", f"'{name}' is the noun of a table already", part, name)
    fields = view.terms.all_fields(view.terms.cohort_table)
    for name in view.terms.define:
        if name in fields:
            view.fail("PBR110", f"'{name}' is a field of the cohort's table already", "define", name)
    tables_of = {name: table for table in view.terms.row_tables for name in view.terms.all_fields(table)}
    for name in view.terms.chosen:
        if name in tables_of:
            whose = "the cohort's table" if name in fields else f"table '{tables_of[name]}'"
            message = f"'{name}' says whom a panel chose, and is a field of {whose} already"
            view.fail("PBR110", message, "values", name)


def _groups(view: View) -> None:
    for name, labels in view.terms.groups.items():
        rest = [label for label, text in labels.items() if text == "otherwise"]
        for label in rest[1:]:
            view.fail("PBR110", f"`otherwise` stands at '{rest[0]}' already; keep one", "groups", name, label)
        if len(rest) == len(labels) <= 1:
            view.fail("PBR102", f"'{name}' needs a condition for at least one label", "groups", name)
        for label, text in labels.items():
            if not _LABEL.fullmatch(label):
                view.fail("PBR110", f"'{short(label)}' cannot be a label", "groups", name, label)
            if text != "otherwise":
                view.condition(text, view.scope(view.terms.cohort_table, results=True), "groups", name, label)


def _chosen(view: View) -> None:
    """Whom panels chose, as conditions; nothing more is said where the conditions of their groups have faults."""
    for name, text in view.terms.chosen.items():
        labels = [(key, label) for key in view.terms.values[name].by for label in view.terms.groups.get(key, ())]
        written = [("groups", *each) for each in labels if view.terms.groups[each[0]][each[1]] != "otherwise"]
        if all(path in view.conditions for path in written):
            view.condition(text, view.scope(view.terms.cohort_table, results=True), "values", name, "agreed")
        else:
            view.lost |= {name}
    fields = {field for table in view.terms.row_tables for field in view.terms.all_fields(table)}
    known = {*view.terms.groups, *fields, "provider", OUTCOME, *PERIOD_KEYS}
    of_none = {name for name, value in view.terms.values.items() if value.agreed is not None and set(value.by) - known}
    view.lost |= of_none  # the key is said to be unknown, and not what conditions name


def _clauses(view: View) -> None:
    seen: set[str] = set()
    for part in ("include", "exclude"):
        for index, clause in enumerate(getattr(view.terms.cohort, part)):
            if clause.id in seen:
                view.fail("PBR110", f"'{short(clause.id)}' is the id of a clause already", "cohort", part, index, "id")
            seen.add(clause.id)
            if not _IDENTIFIER.fullmatch(clause.id):
                view.fail("PBR110", f"'{short(clause.id)}' cannot be an id", "cohort", part, index, "id")
            view.condition(clause.when, view.cohort_scope, "cohort", part, index, "when")


def _defines(view: View) -> None:
    for name, text in view.terms.define.items():
        place = view.document.texts.get(("define", name), view.document.place(("define", name)))
        view.problems += view.placed(check_syntax(text, place), ("define", name))


def _values(view: View, figures: Figures) -> None:
    """Figures no term reads are checked for their shape all the same."""
    for name in view.terms.values:
        if name not in figures.read:
            figures.unread(name)
            view.note("PBR156", f"no term reads the value '{name}'", "values", name)
