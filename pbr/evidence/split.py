"""stub"""
from __future__ import annotations
from pathlib import Path
import polars as pl
from attrs import frozen
from pbr.evidence.model import Evidence, Counts

@frozen(kw_only=True)
class Split:
    folder: Path
    partitions: int

def partition_field(terms):
    return terms.parent_key[1] if terms.parent_key else terms.subject_key

def split_evidence(terms, evidence, folder, partitions):
    groups=set(terms.tables_of_groups)
    f=partition_field(terms)
    owner=evidence.tables[terms.cohort_table].select(terms.subject_key, f).collect() if f!=terms.subject_key else None
    for p in range(partitions):
        d=folder/f"p{p:05d}"; d.mkdir(parents=True, exist_ok=True)
        for t, rows in evidence.tables.items():
            r=rows.collect()
            if t in groups: r2=r
            else:
                if f not in r.columns:
                    r=r.join(owner, on=terms.subject_key, how="left").select(*r.columns, f) if owner is not None and terms.subject_key in r.columns else r
                assert f in r.columns,(t,r.columns)
                r2=r.filter((pl.col(f).hash(1)%partitions)==p).select(rows.collect_schema().names())
            r2.write_parquet(d/f"{t}.parquet")
            mine=r2.select("_row")
            c=evidence.copies.get(t)
            if c is not None: c.join(mine.rename({"_row":"_of"}),on="_of",how="semi").write_parquet(d/f"{t}.copies")
            s=evidence.shared.get(t)
            if s is not None: s.join(mine,on="_row",how="semi").write_parquet(d/f"{t}.shared")
    d=folder/"groups"; d.mkdir(exist_ok=True)
    for t, rows in evidence.tables.items():
        r=rows.collect()
        (r if t in groups else r.head(0)).write_parquet(d/f"{t}.parquet")
        c=evidence.copies.get(t)
        if c is not None: (c if t in groups else c.head(0)).write_parquet(d/f"{t}.copies")
        s=evidence.shared.get(t)
        if s is not None: (s if t in groups else s.head(0)).write_parquet(d/f"{t}.shared")
    return Split(folder=folder, partitions=partitions)

def _open(d):
    tabs={p.stem: pl.scan_parquet(p) for p in sorted(d.glob("*.parquet"))}
    return Evidence(tables=tabs, copies={p.stem: pl.read_parquet(p) for p in d.glob("*.copies")}, shared={p.stem: pl.read_parquet(p) for p in d.glob("*.shared")}, refused=pl.DataFrame(), counts={}, files=())

def open_partition(split, n): return _open(split.folder/f"p{n:05d}")
def open_groups(split, terms): return _open(split.folder/"groups")
