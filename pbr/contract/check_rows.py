"""Measures of the rows of a table, and estimates: the fields, days and words that they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.contract.check_words import check_words, row_words
from pbr.contract.model import FieldKind
from pbr.contract.units import field_kind
from pbr.outcomes.measure import Took
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes import Estimate, Measure


def check_row_measure(view: View, measure: Measure, path: PathTo) -> None:
    """A measure of rows: its field, and what would be of subjects only."""
    assert measure.row_field is not None, "it is a measure of rows"
    table, name = measure.row_field
    terms = view.terms
    if not view.known(table, terms.returned, "table", *path, "of"):
        return
    if table == terms.cohort_table or table not in (*terms.tables_of_groups, *terms.row_tables):
        message = f"rows of '{table}' are not measured: name a child of the cohort's table, or one without `of`"
        view.fail("PBR134", message, *path, "of")
        return
    fields = terms.all_fields(table)
    if not view.known(name, fields, f"field of {table}", *path, "of"):
        return
    if fields[name].is_sensitive:
        message = f"what rows come to can be that of one row, so '{name}' cannot be sensitive"
        view.fail("PBR106", message, *path, "of")
    numeric = field_kind(terms, table, name) is not None
    if measure.take.of_values and not numeric:
        message = f"'{name}' is no number, share or amount to take the {measure.take.value} of"
        view.fail("PBR134", message, *path, "of")
    elif measure.take in {Took.SHARE, Took.ALL, Took.ANY} and fields[name].type is not FieldKind.YES_NO:
        message = f"the {measure.take.value} is of rows that say yes, and '{name}' is no yes or no"
        view.fail("PBR134", f"{message}; take sum, mean, median, count or n", *path, "of")
    for key in ("among", "asked", "response"):
        if getattr(measure, key) is not None:
            message = f"`{key}` is of outcomes on one {terms.cohort.of}, and this is of rows; remove it"
            view.fail("PBR136", message, *path, key)
    _row_day(view, measure, table, path)


def _row_day(view: View, measure: Measure, table: str, path: PathTo) -> None:
    """The day of a row that puts it into a period."""
    if measure.period_of is None:
        return
    dates = [f"{table}.{name}" for name in view.terms.dates(table)]
    if measure.period_of not in dates:
        message = f"'{short(measure.period_of)}' is no day of the rows that are measured"
        view.fail("PBR134", f"{message}{did_you_mean(measure.period_of, dates)}", *path, "period_of")


def check_estimate(view: View, estimate: Estimate, path: PathTo) -> None:
    """An estimate reads a figure, and the ends of its interval, of a table of groups."""
    terms = view.terms
    if not view.known(estimate.table, terms.returned, "table", *path, "table"):
        return
    if estimate.table not in terms.tables_of_groups:
        message = f"'{estimate.table}' is of those whom the scheme is for; an estimate is in a table without `of`"
        view.fail("PBR134", message, *path, "table")
        return
    fields = terms.tables[estimate.table].fields
    kind = field_kind(terms, estimate.table, estimate.value)
    for key in ("value", "low", "high"):
        name = getattr(estimate, key)
        if name is None:
            continue
        numbers = [each for each in fields if field_kind(terms, estimate.table, each) is not None]
        if name not in numbers:
            if name not in view.lost:
                message = f"'{short(name)}' is no number, share or amount of {estimate.table}"
                view.fail("PBR134", f"{message}{did_you_mean(name, numbers)}", *path, key)
        elif fields[name].is_sensitive:
            view.fail("PBR106", f"'{name}' is stated in the outputs, so it cannot be sensitive", *path, key)
        elif kind is not None and field_kind(terms, estimate.table, name) is not kind:
            message = f"'{name}' and '{estimate.value}' are not of one kind, so they are no interval"
            view.fail("PBR124", message, *path, key)
    if estimate.version is not None and (
        estimate.version not in fields or fields[estimate.version].type is not FieldKind.WHOLE
    ):
        whole = [name for name, term in fields.items() if term.type is FieldKind.WHOLE]
        message = f"'{short(estimate.version)}' is no whole number of {estimate.table}"
        view.fail("PBR134", f"{message}{did_you_mean(estimate.version, whole)}", *path, "version")
    _words(view, estimate, path)
    _day(view, estimate, path)


def _words(view: View, estimate: Estimate, path: PathTo) -> None:
    """The words that make its groups, and the one that stands for all of them."""
    known = row_words(view, estimate.table)
    check_words(view, estimate.per, known, f"rows of '{estimate.table}'", path)
    if estimate.pooled is None:
        return
    fields = view.terms.tables[estimate.table].fields
    texts = [word for word in estimate.per if word in fields]
    holding = [word for word in texts if estimate.pooled in fields[word].one_of]
    if len(holding) != 1:
        words = [word for name in texts for word in fields[name].one_of]
        message = f"'{short(estimate.pooled)}' is no word of a text field under `per`"
        view.fail("PBR111", f"{message}{did_you_mean(estimate.pooled, words)}", *path, "pooled")


def _day(view: View, estimate: Estimate, path: PathTo) -> None:
    """The day of a row: which period it is of, and when it is achieved."""
    dates = view.terms.dates(estimate.table)
    if estimate.date is not None and estimate.date not in dates:
        message = f"'{short(estimate.date)}' is no date field of {estimate.table}"
        view.fail("PBR134", f"{message}{did_you_mean(estimate.date, dates)}", *path, "date")
    elif estimate.date is None and len(dates) != 1 and set(estimate.per) & set(PERIODS):
        message = "`per` names a period, so `date` says by which date field a row is of one"
        view.fail("PBR161", message, *path, "per")
