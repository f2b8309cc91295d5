"""What became of every subject and of every row: the cohort's waterfall, and the use of evidence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from pbr.asked import with_answers
from pbr.asked_uses import asked, asked_uses, parents_of, questions
from pbr.calendar import number_of
from pbr.columns import as_written
from pbr.condition import FieldRef, to_polars
from pbr.contract.model import FieldKind
from pbr.facts import START, STATE_CODE, Take
from pbr.group_uses import group_uses
from pbr.help_uses import help_uses
from pbr.own_rows import provider_name
from pbr.plan import context_of
from pbr.problem import USES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pbr.decisions import Decisions
    from pbr.evidence import Evidence, InputFile
    from pbr.facts import Reading
    from pbr.plan import Plan

USE_CODE = {use: code for code, use in enumerate(USES)}
"""Lower is better: the summary use of a row is the least of its uses."""
_SCHEMA = {"table": pl.String, "_row": pl.UInt32, "outcome": pl.String, "use": pl.UInt8}
_NOBODYS = pl.lit(None, dtype=pl.UInt32).alias("outcome")
_CODED = {"_row": pl.UInt32, "outcome": pl.UInt32, "use": pl.UInt8}


def _use(name: str) -> pl.Expr:
    return pl.lit(USE_CODE[name], dtype=pl.UInt8)


# ---- the use of rows


def row_uses(decisions: Decisions, tables: Iterable[str] | None = None) -> pl.DataFrame:
    """The use of every accepted row for every outcome that reads it.

    Args:
        decisions: What was decided.
        tables: The tables whose rows are asked about; all by default.

    Returns:
        Columns table, _row (UInt32), outcome (null where the row is the subject's own, says who helped, or no outcome
        reads it) and use
        (UInt8, place in ``USES``), sorted. A row that is read for several subjects has a use for each; see ``as_sent``.
    """
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for table in sorted(decisions.plan.terms.tables if tables is None else tables):
        found = _table_uses(decisions, table)
        names = pl.lit(pl.Series(sorted(decisions.plan.outcomes), dtype=pl.String))
        outcome = names.gather(pl.col("outcome")).alias("outcome")
        parts.append(found.select(pl.lit(table).alias("table"), "_row", outcome, "use"))
    return pl.concat(parts)


def _table_uses(decisions: Decisions, table: str) -> pl.DataFrame:
    """The uses of the rows of one table, sorted: ``_row``, ``outcome`` (UInt32, place by name) and ``use``.

    Names are whole numbers until the end: sorting and grouping millions of words takes longer than all else here.
    """
    plan, evidence = decisions.plan, decisions.evidence
    read: dict[str, list[pl.DataFrame]] = {}
    for name, reading in _readings(decisions, table):
        read.setdefault(name, []).append(_reading_uses(decisions, name, reading))
    for question in questions(decisions, table):
        read.setdefault(question[0], []).append(asked_uses(decisions, *question))
    for name, of_groups in group_uses(decisions, table):
        read.setdefault(name, []).append(of_groups)
    codes = {name: code for code, name in enumerate(sorted(plan.outcomes))}
    parts = [pl.DataFrame(schema=_CODED)]
    for name, mine in read.items():
        once = mine[0] if len(mine) == 1 else pl.concat(mine).group_by("_row").agg(pl.col("use").min())
        parts.append(once.select("_row", pl.lit(codes[name], dtype=pl.UInt32).alias("outcome"), "use"))
    found = pl.concat(parts)
    if table == plan.terms.cohort_table:
        found = pl.concat([found, _own_uses(decisions)])
    elif table == plan.terms.cohort_parent:
        found = pl.concat([found, _owner_uses(decisions, table)])
    else:
        found = pl.concat([found, help_uses(decisions, table)])
        found = pl.concat([found, _unasked(decisions, table, found)])
    sent = _as_sent(found, evidence.shared[table], ["outcome"]) if table in evidence.shared else found
    return pl.concat([found, _copy_uses(evidence.copies[table], sent)]).sort("_row", "outcome", nulls_last=False)


def as_sent(evidence: Evidence, uses: pl.DataFrame) -> pl.DataFrame:
    """The use of every row as it was sent: of one that is read for several subjects the best."""
    parts = [uses.filter(~pl.col("table").is_in(list(evidence.shared)))]
    for table, more in evidence.shared.items():
        mine = _as_sent(uses.filter(pl.col("table") == table), more, ["table", "outcome"])
        parts.append(mine.select(uses.columns))
    return pl.concat(parts).sort("table", "_row", "outcome") if evidence.shared else uses


def _as_sent(found: pl.DataFrame, more: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The best use of each row among those that stand for it; ``unasked`` only of what nothing reads."""
    sent = found.join(more, on="_row", how="left").with_columns(_row=pl.coalesce("_of", "_row"))
    best = sent.group_by("_row", *keys).agg(pl.col("use").min()).select(found.columns)
    asked = best.filter(pl.col("outcome").is_not_null()).select("_row").unique()
    unasked = pl.col("outcome").is_null() & (pl.col("use") == USE_CODE["unasked"])
    idle = unasked & pl.col("_row").is_in(asked["_row"].implode())
    return best.filter(~idle)


def _readings(decisions: Decisions, table: str) -> list[tuple[str, Reading]]:
    plan = decisions.plan
    found = [(name, each) for name in plan.own for each in plan.outcome(name).readings(context_of(plan, name))]
    return [(name, reading) for name, reading in found if reading.table == table]


def _reading_uses(decisions: Decisions, name: str, reading: Reading) -> pl.DataFrame:
    """Uses of the rows one outcome reads: those whose filter is not false and whose date is not empty."""
    plan = decisions.plan
    terms, term, now = plan.terms, plan.contract.term, number_of(plan.as_at)
    rows = _rows_read(decisions, reading)
    at = f"{name}.{reading.role}"
    first, last, best_day = (f"{at}{end}" for end in ("first", "last", "picked"))
    more = [f"{name}.{each}" for each in ("latest", "baseline_picked") if f"{name}.{each}" in decisions.frame.columns]
    own = [f"{name}.state", first, last, *([] if reading.pick is Take.EVERY else [best_day]), *more]
    columns = ["subject", "_step", *dict.fromkeys(own)]
    known = decisions.frame.lazy().select(columns)
    rows = rows.join(known, left_on="_subject", right_on="subject", how="left")
    day, state = pl.col("_day"), pl.col(f"{name}.state")
    nobody = pl.col("_subject").is_null()  # a row of somebody without a subject
    late = (day > now) | (state.is_null() & ~nobody)
    recorded = terms.tables[reading.table].role(FieldKind.RECORDED)
    if recorded is not None:
        late = late | (pl.col("_recorded") > now)
    bounded = reading.window is not None or not reading.in_term
    in_term = (pl.col("_to") >= number_of(term.first)) & (day <= number_of(term.last))
    window_last = pl.col(last)
    if f"{name}.latest" in more:  # a run that may finish goes on after its window
        window_last = pl.max_horizontal(window_last, f"{name}.latest")
    every = reading.pick is Take.EVERY
    has_window = pl.col(first).is_not_null()
    best = pl.lit(None, dtype=pl.Int32) if every else pl.col(best_day)
    if reading.once:
        rows = rows.join(_words(decisions, name), on=["_subject", "_word"], how="left")
        best = pl.col("_best")
    picked = pl.col("_truth") & (has_window if every else day == best)
    decided = pl.lit(value=False) if every else pl.col(best_day).is_not_null()
    if reading.contested:  # a row beyond the one picked might be picked in its place
        decided = decided & (day < best if reading.pick is Take.LAST else day > best)
    undecided = pl.col("_truth").is_null() & ~decided & (state == STATE_CODE["unknown"])
    undecided = undecided & has_window
    if f"{name}.baseline_picked" in more and not reading.role:
        undecided = undecided & (day > pl.col(f"{name}.baseline_picked")).fill_null(value=False)
    use = (
        pl.when(late)
        .then(_use("not_yet_recorded"))
        .when(pl.col("_step").is_not_null() | nobody)
        .then(_use("not_included"))
        .when((pl.col("_to") < pl.col(first)) if bounded and not reading.lasting else pl.lit(value=False))
        .then(_use("before_window"))
        .when((day > window_last) if bounded else pl.lit(value=False))
        .then(_use("after_window"))
        .when(~in_term if reading.in_term and not reading.lasting else pl.lit(value=False))
        .then(_use("outside_term"))
        .when("_undone")
        .then(_use("not_picked"))
        .when(picked | undecided)
        .then(_use("used"))
        .otherwise(_use("not_picked"))
    )
    found = as_written(rows.select("_row", "_subject", "_word", "_truth", use.alias("use")))
    found = found if every else _one_picked(decisions, reading, found)
    return found.select("_row", "use")


def _rows_read(decisions: Decisions, reading: Reading) -> pl.LazyFrame:
    """Rows an outcome reads: ``_row``, ``_subject``, ``_day``, ``_recorded``, ``_truth`` (null is undecided)."""
    terms = decisions.plan.terms
    rows, own = decisions.evidence.tables[reading.table], reading.table == terms.cohort_table
    start = terms.cohort.start
    name = start if own and reading.date == START else reading.date
    if reading.when is None:
        truth = pl.lit(value=True)
    else:
        parents = [ref.name for ref in reading.when.fields if ref.parent or ref.outcome]
        if parents:
            rows = rows.join(parents_of(decisions, parents), on=terms.subject_key, how="left")

        def column(ref: FieldRef) -> pl.Expr:
            if ref.parent or ref.outcome:
                return pl.col(f"_parent.{ref.name}")
            return pl.col(start if own and ref.name == START else ref.name)

        answers = {ref: f"_child{place}" for place, ref in enumerate(reading.when.children)}
        for ref, name_of_answer in answers.items():
            rows = with_answers(rows, terms.subject_key, *asked(decisions, ref), {ref: name_of_answer})
        truth = to_polars(reading.when, column, lambda ref: pl.col(answers[ref]))
    recorded = terms.tables[reading.table].role(FieldKind.RECORDED)
    seen = pl.lit(None, dtype=pl.Int32) if recorded is None else pl.col(recorded).cast(pl.Int32)
    now = number_of(decisions.plan.as_at)
    last = pl.col(name).cast(pl.Int32)
    if reading.to:  # what still goes on, or ends on a day to come, goes on today
        last = pl.max_horizontal(last, pl.col(reading.to).cast(pl.Int32).fill_null(now).clip(upper_bound=now))
    word = pl.lit(None, dtype=pl.String)
    if reading.once:  # of a row without a word it is not known what it counts for
        word = pl.col(reading.once).cast(pl.String)
        truth = truth & pl.when(word.is_not_null()).then(pl.lit(value=True))
    undone = pl.lit(value=False)
    if reading.undone:
        undone = (pl.col(reading.undone).cast(pl.Int32) <= now).fill_null(value=False)
    rows = rows.select(
        "_row",
        pl.col(terms.subject_key).alias("_subject"),
        pl.col(name).cast(pl.Int32).alias("_day"),
        last.alias("_to"),
        word.alias("_word"),
        undone.alias("_undone"),
        seen.alias("_recorded"),
        truth.alias("_truth"),
    )
    return rows.filter(pl.col("_truth").fill_null(value=True), pl.col("_day").is_not_null())


def _words(decisions: Decisions, name: str) -> pl.LazyFrame:
    """The day that decided for each subject and word of an outcome that is met once for each."""
    parts = decisions.frame.lazy().select(pl.col("subject").alias("_subject"), pl.col(f"{name}.picks").alias("_part"))
    parts = parts.explode("_part").filter(pl.col("_part").is_not_null())
    word, day = (pl.col("_part").struct.field(each) for each in ("occurrence", "date"))
    return parts.select("_subject", word.alias("_word"), day.alias("_best"))


def _one_picked(decisions: Decisions, reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """Where several rows of one day qualify, the first by content decides, whatever their order in the file."""
    key = decisions.plan.terms.subject_key
    keys = [key, reading.once] if reading.once else [key]
    tied = found.filter(pl.col("_truth") & (pl.col("use") == USE_CODE["used"]))
    tied = tied.filter(pl.len().over("_subject", "_word") > 1)
    if tied.is_empty():
        return found
    fields = sorted(decisions.plan.terms.all_fields(reading.table))
    rows = decisions.evidence.tables[reading.table].join(tied.lazy().select("_row"), on="_row", how="semi").collect()
    first = rows.sort(*keys, *fields).unique(keys, keep="first", maintain_order=True)["_row"]
    others = tied.filter(~pl.col("_row").is_in(first.implode()))["_row"]
    use = pl.when(pl.col("_row").is_in(others.implode())).then(_use("not_picked")).otherwise(pl.col("use"))
    return found.with_columns(use.alias("use"))


def _own_uses(decisions: Decisions) -> pl.DataFrame:
    """The subjects' own rows: used by the cohort, or not included, or not yet recorded."""
    terms = decisions.plan.terms
    rows = decisions.evidence.tables[terms.cohort_table].select("_row", terms.subject_key)
    known = decisions.frame.lazy().select("subject", "_step", pl.lit(value=True).alias("_known"))
    use = (
        pl.when(pl.col("_known").is_null())
        .then(_use("not_yet_recorded"))
        .when(pl.col("_step").is_not_null())
        .then(_use("not_included"))
        .otherwise(_use("used"))
    )
    found = rows.join(known, left_on=terms.subject_key, right_on="subject", how="left")
    return found.select("_row", _NOBODYS, use.alias("use")).collect()


def _owner_uses(decisions: Decisions, table: str) -> pl.DataFrame:
    """The rows of whom the subjects belong to: the best use of their subjects' rows, and unasked without any."""
    terms = decisions.plan.terms
    key = terms.tables[table].keys[0]
    own = decisions.evidence.tables[terms.cohort_table].select("_row", key)
    best = own.join(_own_uses(decisions).lazy(), on="_row").group_by(key).agg(pl.col("use").min())
    rows = decisions.evidence.tables[table].select("_row", key).join(best, on=key, how="left")
    return rows.select("_row", _NOBODYS, pl.col("use").fill_null(_use("unasked"))).collect()


def _unasked(decisions: Decisions, table: str, found: pl.DataFrame) -> pl.DataFrame:
    rows = decisions.evidence.tables[table].select("_row").join(found.lazy().select("_row"), on="_row", how="anti")
    return rows.select("_row", _NOBODYS, _use("unasked").alias("use")).collect()


def _copy_uses(copies: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """An exact copy has the use ``same_row`` for each outcome that reads the row it copies."""
    kept = pl.col("use").is_in([USE_CODE["not_yet_recorded"], USE_CODE["unasked"]])
    joined = copies.join(found, left_on="_of", right_on="_row")
    return joined.select("_row", "outcome", pl.when(kept).then(pl.col("use")).otherwise(_use("same_row")).alias("use"))


USE_ORDER = ("_file", "row", "outcome")
"""What the uses of rows are in order of, where an empty outcome comes first; see ``placed_uses``."""


def use_rows(decisions: Decisions, uses: pl.DataFrame) -> pl.DataFrame:
    """Uses in words: table, file, row (record number; the heading is row 1), outcome, use."""
    return placed_uses(decisions.evidence, uses).drop("_file")


def placed_uses(evidence: Evidence, uses: pl.DataFrame) -> pl.DataFrame:
    """The same rows with ``_file`` (UInt32), the place of the file: in the order of ``USE_ORDER``."""
    words = pl.lit(pl.Series(list(USES))).gather(pl.col("use"))
    rows = placed(evidence, uses).select("table", "file", "row", "outcome", words.alias("use"), "_file")
    return short_files(rows, evidence)


def short_files(rows: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """The same rows with the ``file`` as it is called in the return, so that outputs do not depend on a folder."""
    names = {item.file: file_name(evidence, item) for item in evidence.files}
    return rows.with_columns(pl.col("file").replace(names)) if names else rows


def file_name(evidence: Evidence, item: InputFile) -> str:
    """What a file is called in the return: its name, after the table's folder if it is one of several parts."""
    name = item.file.replace("\\", "/").rpartition("/")[2]
    parts = sum(other.table == item.table for other in evidence.files)
    return f"{item.table}/{name}" if parts > 1 else name


def placed(evidence: Evidence, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``table`` and ``_row``, and ``_file``, ``file`` and record number ``row`` of each (numbers UInt32)."""
    parts = []
    for place, item in enumerate(evidence.files):
        if not item.rows:
            continue  # its first row is that of the next file
        later = [other.first for other in evidence.files if other.table == item.table and other.first > item.first]
        theirs, sent = rows.filter(pl.col("table") == item.table), pl.col("_row")
        if item.table in evidence.shared:
            theirs = theirs.join(evidence.shared[item.table], on="_row", how="left")
            sent = pl.coalesce("_of", "_row")
        inside = sent >= item.first
        mine = theirs.filter(inside & (sent < min(later)) if later else inside)
        number = (sent - item.first + 2).cast(pl.UInt32)
        file = pl.lit(place, dtype=pl.UInt32).alias("_file")
        mine = mine.with_columns(pl.lit(item.file).alias("file"), number.alias("row"), file)
        parts.append(mine.drop("_of", strict=False))
    none = pl.lit(0, dtype=pl.UInt32)
    nothing = rows.head(0).with_columns(pl.lit("").alias("file"), none.alias("row"), none.alias("_file"))
    return pl.concat([nothing, *parts])


def use_counts(uses: pl.DataFrame) -> pl.DataFrame:
    """Rows by table and summary use: the best of the row's uses; columns table, use (String) and rows (UInt32)."""
    best = uses.group_by("table", "_row").agg(pl.col("use").min())
    words = pl.lit(pl.Series(list(USES))).gather(pl.col("use")).alias("use")
    return use_counts_merged([best.group_by("table", words).agg(rows=pl.len())])


def use_counts_merged(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ``use_counts`` of all rows, from those of parts that share no row."""
    counts = pl.concat(parts).group_by("table", "use").agg(pl.col("rows").sum())
    place = pl.col("use").replace_strict(USE_CODE, return_dtype=pl.UInt8)
    return counts.sort("table", place)


# ---- who was counted


_STEPS = dict.fromkeys(("provider", "step", "clause"), pl.String()) | dict.fromkeys(
    ("left_out", "unknown", "remaining"), pl.Int64()
)

_Counts: TypeAlias = "dict[tuple[str, str, int | None], int]"
_ADDS = {"provider": pl.String(), "what": pl.String(), "clause": pl.Int16(), "rows": pl.UInt32()}


def waterfall(decisions: Decisions) -> pl.DataFrame:
    """How the cohort came about: one row per provider and step, in the order of the steps.

    Columns: provider, step, clause, left_out, unknown, remaining. A subject leaves at the first step it fails; one
    that a clause cannot decide is counted under ``unknown`` and remains. Refused rows stand under an empty provider,
    since their provider may be what is wrong.
    """
    return waterfall_merged(decisions.plan, decisions.evidence, [waterfall_part(decisions)])


def waterfall_part(decisions: Decisions) -> pl.DataFrame:
    """What a part of the subjects adds to the waterfall, to be added up by ``waterfall_merged``.

    Args:
        decisions: Those on the subjects of the part; their evidence has the part's own rows and their copies, or the
            copies of all.

    Returns:
        Columns provider and what (String: ``accepted``, ``repeated`` and ``known`` rows, ``out`` and ``unknown`` by a
        clause), clause (Int16, its place) and rows (UInt32).
    """
    plan, terms, evidence = decisions.plan, decisions.plan.terms, decisions.evidence
    if not terms.has_cohort:
        return pl.DataFrame(schema=_ADDS)
    table = terms.cohort_table
    provider = terms.tables[table].role(FieldKind.PROVIDER)
    place = pl.lit("").alias("provider") if provider is None else pl.col(provider).alias("provider")
    rows = evidence.tables[table].select("_row", place).collect()
    frame = decisions.frame.select(provider_name(plan), "_step", "_unsure")
    found = {
        "accepted": rows,
        "repeated": evidence.copies[table].join(rows, left_on="_of", right_on="_row"),
        "known": frame,
        "out": frame.filter(pl.col("_step").is_not_null()).rename({"_step": "clause"}),
        "unknown": frame.filter(pl.col("_unsure").is_not_null()).rename({"_unsure": "clause"}),
    }
    parts = []
    for what, mine in found.items():
        clause = pl.col("clause") if "clause" in mine.columns else pl.lit(None, dtype=pl.Int16).alias("clause")
        parts.append(mine.group_by("provider", pl.lit(what).alias("what"), clause).agg(rows=pl.len()))
    return pl.concat(parts)


def waterfall_merged(plan: Plan, evidence: Evidence, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ``waterfall`` of all subjects, from what each part adds; of the evidence only refused rows are counted."""
    if not plan.terms.has_cohort:
        return pl.DataFrame(schema=_STEPS)
    added = pl.concat(parts).group_by("provider", "what", "clause").agg(pl.col("rows").sum())
    counts: _Counts = {(provider, what, clause): rows for provider, what, clause, rows in added.iter_rows()}

    refused = evidence.counts[plan.terms.cohort_table].refused
    known = plan.providers
    found: list[tuple[str, str, str, int, int, int]] = []
    for name in [*sorted(known), *([""] if refused and "" not in known else [])]:
        count = partial(_count, counts, name)
        lost = refused if name == "" else 0
        left = count("accepted") + count("repeated") + lost
        steps = [
            ("read", "", 0, 0),
            ("refused", "", lost, 0),
            ("repeated", "", count("repeated"), 0),
            ("not_yet_recorded", "", count("accepted") - count("known"), 0),
        ]
        for place, clause in enumerate(plan.clauses):
            steps.append((clause.id, clause.clause, count("out", place), count("unknown", place)))
        for step, number, out, unknown in [*steps, ("in_cohort", "", 0, 0)]:
            left -= out
            found.append((name, step, number, out, unknown, left))
    return pl.DataFrame(found, schema=_STEPS, orient="row")


def _count(counts: _Counts, provider: str, what: str, clause: int | None = None) -> int:
    return counts.get((provider, what, clause), 0)
