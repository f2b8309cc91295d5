"""Small contracts for the tests of evidence, built from the model's own classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from pbr.calendar import Date
from pbr.contract.model import Cohort, Field, FieldKind, Header, Party, TableTerm, Terms
from pbr.evidence import read_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pbr.evidence import Evidence
    from pbr.evidence.files import Source

ID: Final = Field(type=FieldKind.ID)
WHOLE_ID: Final = Field(type=FieldKind.ID, of="whole")
TEXT: Final = Field(type=FieldKind.TEXT)
DATE: Final = Field(type=FieldKind.DATE)


def terms(tables: Mapping[str, TableTerm], *, currency: str = "GBP") -> Terms:
    """Make a contract with these tables; its providers are north and south."""
    header = Header(
        id="small",
        version="1",
        providers={"north": Party(), "south": Party()},
        currency=currency,
        from_=Date(2025, 4, 1),
        to=Date(2027, 3, 31),
        time_zone="Europe/London",
    )
    return Terms(
        pbr="1", contract=header, tables=dict(tables), cohort=Cohort(of="participant", start="start"), outcomes={}
    )


def one_table(*, currency: str = "GBP", columns: Mapping[str, str] | None = None, **fields: Field) -> Terms:
    """Make a contract with one table of people, with these fields beside the id."""
    table = TableTerm(row_is="participant", fields={"participant": ID, **fields}, columns=dict(columns or {}))
    return terms({"people": table}, currency=currency)


FAMILY: Final = terms(
    {
        # the child stands first: its parent is checked before it all the same
        "visits": TableTerm(row_is="visit", of="participant", key=("visit",), fields={"visit": WHOLE_ID, "day": DATE}),
        "notes": TableTerm(row_is="note", of="participant", fields={"kind": TEXT, "day": DATE}),
        "people": TableTerm(row_is="participant", fields={"participant": ID, "start": DATE}),
    }
)
"""People, visits with a key of their own, and notes without a key."""


def write(folder: Path, **files: str | bytes) -> Path:
    """Write one CSV file for each table, and name the folder."""
    for table, text in files.items():
        (folder / f"{table}.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def accepted(evidence: Evidence, table: str) -> pl.DataFrame:
    """Collect the accepted rows of a table, in order, without their index."""
    return evidence.tables[table].collect().sort("_row").drop("_row")


def faults(evidence: Evidence) -> list[tuple[int | None, str, str]]:
    """List row, column and code of each exception."""
    return evidence.refused.select("row", "column", "code").rows()


def read(contract: Terms, source: Source) -> Evidence:
    """Read a return, and see that every row of it is refused, a copy or accepted."""
    evidence = read_tables(contract, source)
    for table, counts in evidence.counts.items():
        rows = evidence.tables[table].collect()
        copies = evidence.copies[table]
        single = evidence.refused.filter(pl.col("table") == table, pl.col("row").is_not_null())
        whole = evidence.refused.filter(pl.col("table") == table, pl.col("row").is_null())
        lost = whole.group_by("file").agg(pl.col("rows").first())["rows"].sum()
        assert counts.read == sum(file.rows for file in evidence.files if file.table == table)
        assert counts.refused == single.select("file", "row").unique().height + lost
        assert counts.copies == copies.height
        assert counts.accepted == rows.height
        assert set(copies["_of"]) <= set(rows["_row"])
        assert not set(copies["_row"]) & set(rows["_row"])
        kept = [evidence.place(table, row) for row in (*rows["_row"], *copies["_row"])]
        assert not set(kept) & set(single.select("file", "row").iter_rows())
    order = evidence.refused.select("row")
    assert order.schema == {"row": pl.UInt32}
    return evidence
