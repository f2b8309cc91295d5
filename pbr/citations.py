"""What a line cites: the names of the rows that decided the outcome it is for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from pbr.facts import STATE_CODE
from pbr.outcomes import Combine
from pbr.plan import read_by
from pbr.times import BEGINS, WORD, times_of
from pbr.uses import USE_CODE

if TYPE_CHECKING:
    from pbr.decisions import Decisions


def references(decisions: Decisions, uses: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The rows that decided each time that a paid outcome is met: subject, outcome, occurrence, evidence.

    A row is named by its table and its key, or the first 16 hex of the SHA-256 of its content without sensitive
    fields, so that the names do not depend on the order of rows in a file. What can be met more than once cites for
    each time the rows of that time; see ``pbr.times``.

    Args:
        decisions: What was decided.
        uses: The use of every row.
        lines: ``subject``, ``outcome`` (place), ``occurrence`` and ``day`` of the lines.
    """
    plan = decisions.plan
    subject = decisions.frame.schema["subject"]
    own = decisions.frame.select(
        "subject", (pl.lit(f"{plan.terms.cohort_table}:") + escaped(pl.col("subject"))).alias("ref")
    )
    cited = _row_names(decisions, uses)
    names = dict.fromkeys(("outcome", "occurrence", "evidence"), pl.String)
    parts = [pl.DataFrame(schema={"subject": subject, **names})]
    known: dict[str, pl.DataFrame] = {}
    for name in dict.fromkeys(at.name for at in plan.paying if at.name):
        if f"{name}.parts" in decisions.frame.columns:
            mine = lines.filter(pl.col("outcome") == plan.outcomes.index(name))
            times = mine.select("subject", "occurrence", "day").unique()
            refs = _of_times(decisions, name, times, own, cited, known)
        else:
            met = decisions.frame.filter(pl.col(f"{name}.state") == STATE_CODE["met"]).select("subject")
            refs = pl.concat([own, _cites(decisions, name, cited, known)]).join(met, on="subject", how="semi")
            refs = refs.with_columns(pl.lit("1").alias("occurrence"))
        found = (
            refs.unique().group_by("subject", "occurrence").agg(pl.col("ref").sort().str.join(";").alias("evidence"))
        )
        parts.append(found.select("subject", pl.lit(name).alias("outcome"), "occurrence", "evidence"))
    return pl.concat(parts)


def _of_times(  # all that rows are looked for in
    decisions: Decisions,
    name: str,
    times: pl.DataFrame,
    own: pl.DataFrame,
    cited: pl.DataFrame,
    known: dict[str, pl.DataFrame],
) -> pl.DataFrame:
    """The rows of each time an outcome was met: its own, and those that all of its times rest on."""
    rests = _rests_on(decisions, name, cited, known)
    mine = cited.filter(pl.col("outcome") == name)
    of_all = mine.filter(pl.col(WORD).is_null(), pl.col(BEGINS).is_null()).select("subject", "ref")
    found = [times.join(pl.concat([own, rests, of_all]), on="subject")]
    words = mine.filter(pl.col(WORD).is_not_null()).select("subject", pl.col(WORD).alias("occurrence"), "ref")
    found.append(times.join(words, on=["subject", "occurrence"]))
    begun = times.join(mine.filter(pl.col(BEGINS).is_not_null()).select("subject", BEGINS, "ref"), on="subject")
    found.append(begun.filter(pl.col(BEGINS) <= pl.col("day")).drop(BEGINS))
    columns = ["subject", "occurrence", "ref"]
    return pl.concat([each.select(columns) for each in found])


def _row_names(decisions: Decisions, uses: pl.DataFrame) -> pl.DataFrame:
    """The names of used rows, and the time of each: subject, outcome, ref, and the columns of ``pbr.times``."""
    terms = decisions.plan.terms
    used = uses.filter(pl.col("use") == USE_CODE["used"], pl.col("outcome").is_not_null())
    texts = dict.fromkeys(("outcome", "ref", WORD), pl.String())
    columns = {"subject": decisions.frame.schema["subject"], **texts, BEGINS: pl.Int32()}
    parts = [pl.DataFrame(schema=columns)]
    for table in terms.tables:
        wanted = used.filter(pl.col("table") == table).select("_row", "outcome")
        if table == terms.cohort_table or wanted.is_empty():
            continue
        found = decisions.evidence.tables[table].join(wanted.lazy().select("_row").unique(), on="_row", how="semi")
        rows = found.collect()
        names = pl.Series("ref", _names_of(decisions, table, rows), dtype=pl.String)
        rows = rows.with_columns(names, pl.col(terms.subject_key).alias("subject"))
        parts.append(wanted.join(rows, on="_row").with_columns(times_of(terms, table)).select(list(columns)))
    return pl.concat(parts)


def _names_of(decisions: Decisions, table: str, rows: pl.DataFrame) -> list[str]:
    """The name of each row: its key, or a hash of its content."""
    terms = decisions.plan.terms
    keys = terms.tables[table].keys
    if keys:
        texts = rows.select(pl.concat_str([escaped(pl.col(key)) for key in keys], separator="/")).to_series()
        return [f"{table}:{text}" for text in texts]
    fields = [name for name, term in sorted(terms.all_fields(table).items()) if not term.is_sensitive]
    content = [pl.lit(f"{name}=") + pl.col(name).cast(pl.String).fill_null("") for name in fields]
    texts = rows.select(pl.concat_str(content, separator="\x1f")).to_series()
    return [f"{table}:{hashlib.sha256(text.encode()).hexdigest()[:16]}" for text in texts]


def escaped(key: pl.Expr) -> pl.Expr:
    """A key as text in which what parts keys and citations cannot be mistaken."""
    text = key.cast(pl.String)
    for mark in "%/;":
        text = text.str.replace_all(mark, f"%{ord(mark):02X}", literal=True)
    return text


def _cites(decisions: Decisions, name: str, cited: pl.DataFrame, known: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows that decided an outcome: its own, those of its anchor, those of the outcomes that complete it.

    What is found is kept in ``known``: outcomes may share parts, and these parts of their own.
    """
    if name not in known:
        own = cited.filter(pl.col("outcome") == name).select("subject", "ref")
        known[name] = pl.concat([own, _rests_on(decisions, name, cited, known)]).unique()
    return known[name]


def _rests_on(decisions: Decisions, name: str, cited: pl.DataFrame, known: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows that decided what an outcome is decided from."""
    outcome = decisions.plan.outcome(name)
    found = [cited.head(0).select("subject", "ref")]
    taken: pl.Expr = pl.lit(value=False)
    for other in read_by(decisions.plan, name):
        theirs = _cites(decisions, other, cited, known)
        if isinstance(outcome, Combine) and outcome.need != "all":
            counts = pl.col(f"{other}.date") <= pl.col(f"{name}.date")
            if outcome.need == "any":
                counts = counts & ~taken
                taken = taken | counts.fill_null(value=False)
            theirs = theirs.join(decisions.frame.filter(counts).select("subject"), on="subject", how="semi")
        found.append(theirs)
    return pl.concat(found)
