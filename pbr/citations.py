"""What a line cites: the names of the rows that decided the outcome it is for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from pbr.behind import Behind
from pbr.helped import known_helps
from pbr.times import BEGINS, OUTCOME, WORD, times_of
from pbr.uses import USE_CODE

if TYPE_CHECKING:
    from pbr.decisions import Decisions


def references(decisions: Decisions, uses: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The rows that decided each time that a paid outcome is met: subject, outcome, occurrence, evidence.

    A row is named by its table and its key, or the first 16 hex of the SHA-256 of its content without sensitive
    fields, so that the names do not depend on the order of rows in a file. Each time cites the rows behind it; see
    ``pbr.behind``.

    Args:
        decisions: What was decided.
        uses: The use of every row.
        lines: ``subject``, ``outcome`` (place), ``occurrence`` and ``day`` of the lines.
    """
    plan = decisions.plan
    subject = decisions.frame.schema["subject"]
    own = decisions.frame.select(
        "subject", (pl.lit(f"{plan.terms.cohort_table}:") + escaped(pl.col("subject"))).alias("_ref")
    )
    behind = Behind(decisions, _row_names(decisions, uses), "_ref")
    names = dict.fromkeys(("outcome", "occurrence", "evidence"), pl.String)
    parts = [pl.DataFrame(schema={"subject": subject, **names})]
    for name in dict.fromkeys(at.name for at in plan.paying if at.name and not at.pooled):
        mine = lines.filter(pl.col("outcome") == plan.outcomes.index(name), pl.col("origin").is_null())
        times = mine.select("subject", "occurrence", "day").unique()
        refs = pl.concat([times.join(own, on="subject").drop("day"), behind.own(name, times)]).unique()
        found = refs.group_by("subject", "occurrence").agg(pl.col("_ref").sort().str.join(";").alias("evidence"))
        parts.append(found.select("subject", pl.lit(name).alias("outcome"), "occurrence", "evidence"))
    return pl.concat(parts)


def with_helps(decisions: Decisions, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of a split by contributions with the rows in ``evidence`` that were counted up to their day (``_day``)."""
    plan, found = decisions.plan, decisions.plan.terms.contributions
    assert found is not None, "what is split by contributions has a table of them"
    key, asked = plan.terms.subject_key, lines.select("subject", "_day").unique()
    theirs = asked.lazy().select(pl.col("subject").unique().alias(key))
    known = known_helps(plan, found, decisions.evidence.tables[found.table])
    rows = known.join(theirs, on=key, how="semi").collect()
    names = pl.Series("_ref", _names_of(decisions, found.table, rows), dtype=pl.String)
    rows = rows.select(pl.col(key).alias("subject"), pl.col("_day").alias("_of"), names)
    counted = asked.join(rows, on="subject").filter(pl.col("_of") <= pl.col("_day"))
    refs = counted.group_by("subject", "_day").agg(pl.col("_ref").str.join(";"))
    own = pl.when(pl.col("evidence") != "").then(pl.col("evidence"))
    both = pl.concat_str(own, "_ref", separator=";", ignore_nulls=True).str.split(";")
    lines = lines.join(refs, on=["subject", "_day"], how="left", maintain_order="left")
    return lines.with_columns(evidence=both.list.unique().list.sort().list.join(";")).drop("_ref")


def _row_names(decisions: Decisions, uses: pl.DataFrame) -> pl.DataFrame:
    """The names of used rows, and the time of each: subject, ``_ref``, and the columns of ``pbr.times``."""
    terms = decisions.plan.terms
    used = uses.filter(pl.col("use") == USE_CODE["used"], pl.col("outcome").is_in(list(decisions.plan.own)))
    texts = dict.fromkeys((OUTCOME, "_ref", WORD), pl.String())
    columns = {"subject": decisions.frame.schema["subject"], **texts, BEGINS: pl.Int32()}
    parts = [pl.DataFrame(schema=columns)]
    for table in terms.tables:
        wanted = used.filter(pl.col("table") == table).select("_row", pl.col("outcome").alias(OUTCOME))
        if table == terms.cohort_table or wanted.is_empty():
            continue
        found = decisions.evidence.tables[table].join(wanted.lazy().select("_row").unique(), on="_row", how="semi")
        rows = found.collect()
        names = pl.Series("_ref", _names_of(decisions, table, rows), dtype=pl.String)
        rows = wanted.join(rows.with_columns(names), on="_row").with_columns(times_of(decisions.plan, table))
        subject = pl.col(terms.subject_key).alias("subject")
        parts.append(rows.select(subject, *[name for name in columns if name != "subject"]))
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
