"""A return split into partitions: nothing is lost, nothing is there twice, and every subject is whole."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pbr.contract.model import NO_COHORT, NOBODY, Cohort, FieldKind, TableTerm
from pbr.evidence import Counts, read_tables
from pbr.evidence import split as splitting
from pbr.evidence.split import open_groups, open_partition, partitions_for, split_evidence
from tests.evidence_terms import DATE, ID, TEXT, WHOLE_ID, terms

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.contract.model import Field, Terms
    from pbr.evidence import Evidence
    from pbr.evidence.split import Split


def plain(key: Field) -> Terms:
    """Make a contract of people alone, with notes of them and a table of districts."""
    return terms(
        {
            "notes": TableTerm(row_is="note", of="participant", fields={"kind": TEXT}),
            "people": TableTerm(row_is="participant", fields={"participant": key, "start": DATE}),
            "districts": TableTerm(row_is="district", fields={"district": ID, "kind": TEXT}),
            "streets": TableTerm(row_is="street", of="district", fields={"kind": TEXT}),
        }
    )


def nested(key: Field, *, both: bool = False) -> Terms:
    """Make a contract whose subjects are stays of people: notes are of people, tests of stays."""
    stays = TableTerm(
        row_is="stay",
        of="participant",
        key=("stay", "participant") if both else ("stay",),
        fields={"stay": key, "start": DATE},
    )
    found = terms(
        {
            "tests": TableTerm(row_is="test", of="stay", fields={"kind": TEXT}),
            "notes": TableTerm(row_is="note", of="participant", fields={"kind": TEXT}),
            "stays": stays,
            "people": TableTerm(row_is="participant", fields={"participant": key, "born": DATE}),
            "districts": TableTerm(row_is="district", fields={"district": ID, "kind": TEXT}),
        }
    )
    return evolve(found, cohort=Cohort(of="stay", start="start"))


WORLDS: Final = {
    "text": plain(ID),
    "whole": plain(WHOLE_ID),
    "nested text": nested(ID),
    "nested whole": nested(WHOLE_ID),
    "nested of both": nested(ID, both=True),
}
IDS: Final = st.sampled_from(["1", "2", "3", "4", " 3", "x", ""])
DAYS: Final = st.sampled_from(["2025-04-01", "2025-04-02", "", "?"])
CELLS: Final = {FieldKind.ID: IDS, FieldKind.DATE: DAYS, FieldKind.TEXT: st.sampled_from(["a", "b", "\x01"])}


@st.composite
def returns(draw: st.DrawFn) -> tuple[str, dict[str, pl.DataFrame]]:
    """Draw a contract and a return of it, in which ids are reused, missing, or of nobody."""
    name = draw(st.sampled_from(sorted(WORLDS)))
    contract = WORLDS[name]
    frames = {}
    for table in contract.tables:
        fields = contract.sent_fields(table)
        rows = draw(st.lists(st.tuples(*(CELLS[term.type] for term in fields.values())), max_size=10))
        frames[table] = pl.DataFrame(rows, schema=dict.fromkeys(fields, pl.String), orient="row")
    return name, frames


def owned(evidence: Evidence, table: str) -> pl.DataFrame:
    """Collect the rows of a table in order."""
    return evidence.tables[table].collect().sort("_row")


def broken(contract: Terms, whole: Evidence, split: Split) -> list[str]:
    """Say which of the laws of a split do not hold."""
    found = []
    parts = [open_partition(split, number) for number in range(split.partitions)]
    of_groups = open_groups(split, contract)
    for table in whole.tables:
        own = table not in split.groups
        evidences = parts if own else [of_groups]
        rows = pl.concat([owned(part, table) for part in evidences]).sort("_row")
        if not rows.equals(owned(whole, table)) or rows.schema != whole.tables[table].collect_schema():
            found.append(f"rows of {table}")
        for name in ("copies", "shared"):
            if table in getattr(whole, name):
                pairs = pl.concat([getattr(part, name)[table] for part in evidences]).sort("_row", "_of")
                if not pairs.equals(getattr(whole, name)[table].sort("_row", "_of")):
                    found.append(f"{name} of {table}")
        if own and of_groups.tables[table].collect_schema() != whole.tables[table].collect_schema():
            found.append(f"types of {table}")
        found += _miscounted(whole, evidences, table)
    found += [name for part in parts for name in _apart(contract, part)]
    people = contract.cohort_parent or contract.cohort_table
    holders = [set(owned(part, people)[split.field]) for part in parts]
    if sum(map(len, holders)) != len(set().union(*holders)):
        found.append("somebody is in two partitions")
    return found


def _miscounted(whole: Evidence, parts: list[Evidence], table: str) -> list[str]:
    """Name a table whose counts do not sum to those of the whole."""
    if table not in whole.counts:
        return []
    counts = [part.counts[table] for part in parts]
    accepted, copies = sum(each.accepted for each in counts), sum(each.copies for each in counts)
    known = whole.counts[table]
    return [] if (accepted, copies) == (known.accepted, known.copies) else [f"counts of {table}"]


def _apart(contract: Terms, part: Evidence) -> list[str]:
    """Name the tables of a partition with rows, copies or further rows of what is not in it."""
    found = []
    for table in contract.tables:
        parent = contract.parent(table)
        mine = owned(part, table)
        if parent is not None:
            keys = list(contract.tables[parent].keys)
            if mine.join(owned(part, parent), on=keys, how="anti").height:
                found.append(f"{table} without {parent}")
        pairs = [part.copies[table], *([part.shared[table]] if table in part.shared else [])]
        if any(each.filter(~pl.col("_of").is_in(mine["_row"].implode())).height for each in pairs):
            found.append(f"pairs of {table}")
    return found


@given(returns(), st.sampled_from([1, 2, 3, 5, 64]), st.sampled_from([2, 64]))
def test_law_partitions_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, dict[str, pl.DataFrame]], partitions: int, files: int
) -> None:
    """Rows, copies and shared rows of all partitions are those of the whole, each once, and nobody is in two."""
    name, frames = drawn
    contract = WORLDS[name]
    whole = read_tables(contract, frames)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "_FILES_AT_ONCE", files)
        split = split_evidence(contract, whole, tmp_path_factory.mktemp("split"), partitions)
    assert broken(contract, whole, pickle.loads(pickle.dumps(split.for_tasks()))) == []  # noqa: S301  # our own
    assert split.refused.equals(whole.refused)
    assert split.counts == whole.counts
    assert split.files == whole.files


PEOPLE: Final = [f"P{number}" for number in range(40)]
NESTED: Final = {
    "people": pl.DataFrame({"participant": PEOPLE, "born": ["?", *["2000-01-01"] * 39]}),
    "stays": pl.DataFrame(
        {
            "participant": [*PEOPLE, *PEOPLE[::2], "P4"],
            "stay": [*(f"A{number}" for number in range(40)), *(f"B{number}" for number in range(20)), "A3"],
            "start": ["2025-04-01"] * 61,
        }
    ),
    "notes": pl.DataFrame({"participant": [*PEOPLE, *PEOPLE[:9]], "kind": ["a"] * 49}),
    "tests": pl.DataFrame({"stay": [f"A{number}" for number in range(40)] * 2, "kind": ["a"] * 80}),
    "districts": pl.DataFrame({"district": ["D1", "D1", "D2"], "kind": ["a", "a", "b"]}),
}
"""The first person is refused, and the stays A3 and A4 of two people: they have one key."""


def nested_split(folder: Path, partitions: int) -> tuple[Terms, Evidence, Split]:
    """Read the return above, and split it."""
    contract = WORLDS["nested text"]
    whole = read_tables(contract, NESTED)
    return contract, whole, split_evidence(contract, whole, folder, partitions)


@pytest.mark.parametrize("partitions", [1, 7, 70])
def test_a_return_with_everything_in_it(tmp_path: Path, partitions: int) -> None:
    """Copies, shared rows and rows of the refused are all there, and each partition counts its own."""
    contract, whole, split = nested_split(tmp_path / "a new folder=x*", partitions)
    assert broken(contract, whole, split) == []
    assert whole.copies["tests"].height > 30
    assert whole.shared["notes"].height > 10
    assert set(whole.refused["code"]) == {"PBR212", "PBR221", "PBR222"}
    assert split.field == "participant"
    assert split.groups == ("districts",)
    assert [len(split.rows[table]) for table in split.tables] == [partitions] * 4 + [1]
    assert split.counts_of("districts", 0) == Counts(read=3, refused=0, copies=1)
    notes = [split.counts_of("notes", number) for number in range(partitions)]
    assert sum(each.accepted for each in notes) == whole.counts["notes"].accepted
    part = open_partition(split, 0)
    assert part.refused.is_empty()
    assert owned(part, "districts").equals(owned(whole, "districts"))
    if partitions > 1:
        assert owned(part, "people").height < 39
    row = owned(part, "people")["_row"][0]
    assert part.place("people", row) == whole.place("people", row)
    again = split_evidence(contract, whole, split.folder, partitions)
    assert broken(contract, whole, again) == []


def test_a_contract_without_a_cohort_is_all_groups(tmp_path: Path) -> None:
    """Where nobody is a subject, every table is whole, and the partitions are empty."""
    groups = {"sites": TableTerm(row_is="site", is_="provider", fields={"site": ID, "kind": TEXT})}
    nobody = TableTerm(row_is=NOBODY, fields={NOBODY: ID, "start": DATE})
    contract = evolve(terms({**groups, NOBODY: nobody}), cohort=NO_COHORT)
    whole = read_tables(contract, {"sites": pl.DataFrame({"site": ["a", "b"], "kind": ["x", "x"]})})
    split = split_evidence(contract, whole, tmp_path, 3)
    assert broken(contract, whole, split) == []
    assert split.groups == ("sites",)
    assert [owned(open_partition(split, number), "sites").height for number in range(3)] == [2, 2, 2]


def by_row(real: Any) -> Any:  # noqa: ANN401
    """Put rows into partitions by their number."""
    return lambda *given: real(*given).with_columns(_partition=pl.col("_row") % given[-1])


def everywhere(_: Any) -> Any:  # noqa: ANN401
    """Write all pairs into each partition."""

    def write(_rows: pl.LazyFrame, pairs: pl.DataFrame, name: str, folders: list[Path]) -> None:
        for folder in folders:
            pairs.write_parquet(folder / name)

    return write


def some_lost(real: Any) -> Any:  # noqa: ANN401
    """Lose the last rows of a table."""
    return lambda rows, *given: real(rows.filter(pl.col("_row") < 30), *given)


@pytest.mark.parametrize(
    ("place", "damage", "said"),
    [
        ("_with_partition", by_row, {"stays without people", "notes without people"}),
        ("_write_pairs", everywhere, {"copies of tests", "shared of notes", "pairs of tests"}),
        ("_sink", some_lost, {"rows of stays", "counts of people"}),
    ],
)
def test_the_law_of_partitions_bites(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    damage: Any,  # noqa: ANN401
    said: set[str],
) -> None:
    """A split that puts rows apart, repeats them or loses some breaks the law above."""
    monkeypatch.setattr(splitting, place, damage(getattr(splitting, place)))
    found = set(broken(*nested_split(tmp_path, 4)))
    assert said <= found


@pytest.mark.parametrize(
    ("rows", "gigabytes", "partitions"),
    [(0, 1, 1), (4_000_000, 1, 1), (4_100_000, 1, 2), (53_000_000, 1, 14), (53_000_000, 4, 3), (10_000_000, 0, 10**7)],
)
def test_partitions_fit_the_memory(rows: int, gigabytes: int, partitions: int) -> None:
    """A gigabyte holds four million rows beside the process itself; with no memory at all each row is by itself."""
    assert partitions_for(rows, gigabytes << 30) == partitions


def test_partitions_are_counted_of_a_return_before_and_after(tmp_path: Path) -> None:
    """A return, its split and its number of rows ask for the same number of partitions."""
    contract = WORLDS["text"]
    frames = {
        table: pl.DataFrame(schema=dict.fromkeys(contract.sent_fields(table), pl.String)) for table in contract.tables
    }
    frames["people"] = pl.DataFrame({"participant": ["a", "b", "b", "c"], "start": ["", "", "", "?"]})
    whole = read_tables(contract, frames)
    split = split_evidence(contract, whole, tmp_path, 2)
    assert partitions_for(whole, 1) == partitions_for(split, 1) == partitions_for(2, 1) == 2
