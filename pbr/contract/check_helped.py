"""The table that says who helped, and the splits that pay partners by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pbr.adjustments import Cap, Floor, Retain
from pbr.adjustments.cap import Excess
from pbr.adjustments.floor import IfOwed
from pbr.contract.model import CONTRIBUTIONS, NUMBERS, FieldKind
from pbr.payments import Bands, Tariff
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from pbr.adjustments import Adjustment, Split
    from pbr.contract.model import TableTerm
    from pbr.contract.view import View
    from pbr.document import PathTo

_PARTS = ";"
"""What parts the words of who helped in the outputs."""
_NOT_BELOW = re.compile("[0-9]{1,18}")


def check_contributions(view: View) -> None:
    """Check that at most one table says who helped, whom it is about, and what its fields are."""
    found = [name for name, table in view.terms.tables.items() if table.is_ == CONTRIBUTIONS]
    for name in found[1:]:
        message = f"'{found[0]}' says who helped already; put the rows into one table, with a word for each who helps"
        view.fail("PBR190", message, "tables", name, "is")
    for name in found:
        table = view.terms.tables[name]
        _whose(view, name, table)
        if not view.lost & _written(view, name):
            _fields(view, table, ("tables", name, "fields"))


def _whose(view: View, name: str, table: TableTerm) -> None:
    """The rows are about subjects, or about whom these belong to; a noun that is not known is said elsewhere."""
    terms, cohort = view.terms, view.terms.cohort.of
    nouns = {other.row_is: other for other in terms.tables.values()}
    if cohort not in nouns or (table.of and table.of not in nouns):
        return
    parent = nouns[table.of] if table.of else None
    deeper = parent is not None and parent.of and parent.row_is != cohort  # which is said of every table
    if not deeper and (table.row_is == cohort or not table.of or table.of not in {cohort, nouns[cohort].of}):
        whom = f"`of: {cohort}`" if terms.has_cohort else "a cohort, which this contract does not have"
        message = f"its rows say who helped somebody, so they need {whom}, or whom these belong to"
        view.fail("PBR190", message, "tables", name, "is")


def _written(view: View, name: str) -> set[str]:
    """The fields of a table as they are written, with those that could not be read."""
    root: Any = view.document.root
    return set(root["tables"][name]["fields"])


def _fields(view: View, table: TableTerm, path: PathTo) -> None:
    """One field says who, one when, and at most one how much."""
    texts = [name for name, term in table.fields.items() if term.type is FieldKind.TEXT]
    days = [name for name, term in table.fields.items() if term.type in {FieldKind.DATE, FieldKind.INSTANT}]
    numbers = [name for name, term in table.fields.items() if term.type in NUMBERS]
    if len(texts) != 1 or not table.fields[texts[0]].one_of:
        message = "one field, and no other text, says who helped, such as {type: text, one_of: [provider, peers]}"
        view.fail("PBR191", f"{message}; {_has('text field', texts)}", *path)
    if len(days) != 1:
        view.fail("PBR191", f"one date field, and no other, says on which day; {_has('date field', days)}", *path)
    if len(numbers) > 1:
        view.fail("PBR191", f"at most one number says how much, such as hours; {_has('number', numbers)}", *path)
    for name in texts[:1]:
        _words(view, table, name, (*path, name))
    for name in numbers:
        if not _NOT_BELOW.fullmatch(table.fields[name].from_):
            message = f"nobody helps less than nothing, so '{name}' has a least number from 0 on; write `from: 0`"
            view.fail("PBR191", message, *path, name)


def _has(what: str, names: list[str]) -> str:
    """Which fields there are of a kind."""
    if not names:
        return f"this table has no {what}"
    found = f"this table has {', '.join(names)}"
    return f"{found}; keep one: what a return has beside is not read" if len(names) > 1 else found


def _words(view: View, table: TableTerm, name: str, path: PathTo) -> None:
    """The words are told apart where they stand beside each other, and may be shown."""
    if table.fields[name].is_sensitive:
        view.fail("PBR191", f"'{name}' stands in the outputs, so it cannot be sensitive", *path)
    for place, word in enumerate(table.fields[name].one_of):
        if _PARTS in word:
            message = f"'{short(word)}' has a '{_PARTS}', which stands between the words in the outputs; remove it"
            view.fail("PBR191", message, *path, "one_of", place)


def check_split_by(view: View, term: Split, path: PathTo) -> None:
    """Check a split by contributions: what it counts, who is paid for which words, and which lines it divides."""
    _lines(view, term, path)
    found = view.terms.contributions
    if found is None or not found.words:
        if found is None and not any(name in view.lost for name in (term.by, term.by.partition(".")[0])):
            message = "no table says who helped, so nothing can be divided by it; mark one `is: contribution`"
            view.fail("PBR192", message, *path, "by")
        return
    known = [found.table, *([] if found.number is None else [f"{found.table}.{found.number}"])]
    if term.by not in known and term.by not in view.lost:
        message = f"'{short(term.by)}' cannot be counted; write {' or '.join(known)}{did_you_mean(term.by, known)}"
        view.fail("PBR192", message, *path, "by")
    if not term.between:
        payee = next(reversed(view.terms.contract.providers), "partner")
        message = (
            f"name at least one provider, with the words that it is paid for, such as {{{payee}: {found.words[-1]}}}"
        )
        view.fail("PBR192", message, *path, "between")
    seen: set[str] = set()
    for name, words in term.words.items():
        at = (*path, "between", name)
        view.known(name, view.terms.contract.providers, "provider", *at)
        if not words:
            view.fail("PBR192", f"'{short(name)}' is paid for no word; name one, such as {found.words[0]}", *at)
        for place, word in enumerate(words):
            here = (*at, place) if isinstance(term.between[name], tuple) else at
            if word in seen:
                view.fail("PBR110", f"'{short(word)}' stands here twice; it can be paid to one only", *here)
            elif word not in found.words:
                message = f"'{short(word)}' is not a word of '{found.who}'{did_you_mean(word, found.words)}"
                view.fail("PBR111", message, *here)
            seen.add(word)


def _lines(view: View, term: Split, path: PathTo) -> None:
    """Each line is divided by itself, by who helped its subject; a line of a group has none."""
    if term.per:
        message = "each line is divided by who helped its own subject, so it has no `per`; remove it"
        view.fail("PBR193", message, *path, "per")
    payments, noun = view.terms.payments, view.terms.cohort.of
    acted = {name: payments[name] for name in term.on or payments if name in payments}
    groups = [
        name
        for name, payment in acted.items()
        if not isinstance(payment, Tariff | Bands) or payment.pays_for in view.terms.pooled
    ]
    if groups:
        message = f"'{groups[0]}' pays for no single {noun}, and who helped is known of each; leave it out under `on`"
        view.fail("PBR193", message, *path, *(["on"] if term.on else []))
    before = view.terms.adjustments[: view.terms.adjustments.index(term)]
    for other in before:
        shared = set(other.on or payments) & acted.keys()
        if shared and noun in getattr(other, "per", ()) and _pays_later(other):
            message = f"'{other.id}' pays or takes later what was earned before, and help that came between would be"
            message = f"{message} paid for; write it after '{term.id}', with provider under its `per`"
            view.fail("PBR193", message, *path)


def _pays_later(term: Adjustment) -> bool:
    """Whether an adjustment makes lines on a later day than that on which they were earned."""
    carried = isinstance(term, Cap) and term.excess is Excess.CARRIED
    owed = isinstance(term, Floor) and term.if_owed is IfOwed.CARRY_FORWARD
    return isinstance(term, Retain) or carried or owed
