"""The words that make groups: what each may be, and the figures that are by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.contract.contract import results_of_grouping
from pbr.contract.figures import MOST_ROWS
from pbr.contract.grain import labels_of, make_grain, provider_field, text_fields
from pbr.contract.model import FieldKind
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pbr.contract.grain import Grain
    from pbr.contract.model import Field
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.table import Table


def own_words(view: View) -> list[str]:
    """What may make groups of subjects: provider, groupings, text fields with declared words, periods."""
    terms = view.terms
    texts = _texts(terms.all_fields(terms.cohort_table))
    return [*(["provider"] if terms.names_provider else []), *terms.groups, *texts, *PERIODS]


def row_words(view: View, table: str) -> list[str]:
    """What may make groups of the rows of a table of groups: its provider, its text fields, periods."""
    if table not in view.terms.tables_of_groups:
        return []
    texts = _texts(view.terms.tables[table].fields)
    return [*(["provider"] if provider_field(view.terms, table) else []), *texts, *PERIODS]


def group_words(view: View) -> list[str]:
    """What may make groups of a formula or a payment: whatever makes groups of some measure or estimate."""
    texts = [text for table in view.terms.tables_of_groups for text in _texts(view.terms.tables[table].fields)]
    named = ["provider"] if labels_of(view.terms, "provider") else []
    return list(dict.fromkeys([*named, *own_words(view), *texts]))


def _texts(fields: Mapping[str, Field]) -> Iterator[str]:
    """The text fields with declared words that may be shown."""
    for name, term in fields.items():
        if term.type is FieldKind.TEXT and term.one_of and not term.is_sensitive:
            yield name


def check_per(view: View, per: tuple[str, ...], known: list[str], what: str, path: PathTo) -> None:
    """Check that words make groups, that everybody is in one from the start, and that there are not too many."""
    check_words(view, per, known, what, path)
    for place, word in enumerate(per):
        if word in known and word in view.terms.groups and results_of_grouping(view.conditions, word):
            message = f"'{word}' reads results of outcomes, so nobody is in one of its labels from the start"
            view.fail("PBR125", f"{message}; use a grouping that reads only the cohort's row", *path, "per", place)
    periods = [word for word in per if word in PERIODS]
    if len(periods) <= 1 and set(per) <= set(known) and not {"contract.from", "contract.to"} & view.lost:
        size = make_grain(view.terms, per).size
        if size > MOST_ROWS:
            view.fail("PBR125", f"these words make {size:,} groups, more than {MOST_ROWS:,}; name fewer", *path, "per")


def check_words(view: View, per: tuple[str, ...], known: list[str], what: str, path: PathTo) -> None:
    """Check that words make groups: each is known, none stands twice, and there is at most one period."""
    for place, word in enumerate(per):
        here = (*path, "per", place)
        if word in per[:place]:
            view.fail("PBR125", f"'{short(word)}' stands here twice", *here)
        elif word not in known and word not in view.lost:
            view.fail("PBR125", f"'{short(word)}' cannot make groups of {what}{_why(view, word, known)}", *here)
    periods = [word for word in per if word in PERIODS]
    if len(periods) > 1:
        view.fail("PBR125", f"'{periods[0]}' and '{periods[1]}' are both periods; keep one", *path, "per")


def _why(view: View, word: str, known: list[str]) -> str:
    """Why a word makes no groups."""
    own = view.terms.all_fields(view.terms.cohort_table)
    if word in own and own[word].type is FieldKind.TEXT and set(own_words(view)) <= set(known):
        return ": its words are sensitive" if own[word].is_sensitive else ": say with `one_of` which words it can be"
    return did_you_mean(word, known)


def check_same_words(view: View) -> None:
    """A text field that makes groups of several tables has the same words in each, so that the groups are the same."""
    terms = view.terms
    makers = (*terms.pooled.values(), *terms.payments.values())
    used = {word for maker in makers for word in getattr(maker, "per", ())}
    for word in sorted(used - set(terms.groups)):
        found = list(text_fields(terms, word))
        for table, field in found[1:]:
            if field.one_of != found[0][1].one_of:
                message = f"'{word}' makes groups, and has other words in '{found[0][0]}'; write the same, or rename it"
                view.fail("PBR164", message, "tables", table, "fields", word)


def labelled(view: View, table: Table, grain: Grain, who: str, path: PathTo, others: Collection[str] = ()) -> None:
    """A figure is by words that each group has one label of, but for some."""
    for key in table.by:
        word = key.removeprefix("_by.")
        if word not in grain.words and word not in others:
            message = f"{who} is per {', '.join(grain.words) or 'contract'}, so a figure by {word} is not one for each"
            view.fail("PBR125", f"{message}; add {word} to `per`, or use another value", *path)
