"""One timed run of the reference contract: ``python bench/reference.py CONTRACT FOLDER [PARTS]``.

Prints one line ``RESULT {json}`` with seconds for each stage, the peak of the whole process, and what is paid: in all,
for each outcome, and in how many lines. The contract for a number of people is ``reference.yaml`` with two figures put
in; the folder is that of the generator of the queries by hand, with providers by the ids of the contract beside it.
With a number of parts the rows that were accepted are split into as many first, and each is evaluated by itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from marks import Marks, say, whole

import pbr
from pbr.evidence.split import split_evidence
from pbr.runners import LocalRunner
from pbr.spread.entitle import entitle_in_parts
from pbr.spread.spread import Spread

if TYPE_CHECKING:
    from pbr.entitlement import Entitlement
    from pbr.evidence import Evidence
    from pbr.plan import Plan
    from pbr.spread.lines import Lines
    from pbr.spread.part import Part

CONTRACT: Final = Path(__file__).with_suffix(".yaml")
AS_AT: Final = "2025-09-30"
PROVIDERS: Final = 40
MONTH_MOST: Final = ("850000.00", 85)
CONTRACT_MOST: Final = ("750000000.00", 75_000)
"""The figure in the file, and the pence a person that it comes to."""
NUMBERS: Final = {
    "attachment_fee": 1,
    "job_fee": 2,
    "exit_fee": 3,
    "score_fee": 4,
    "desistance_fee": 5,
    "reconvictions_fee": 6,
}
"""The number that the queries by hand give to what each payment pays for."""


def contract_text(people: int) -> str:
    """The contract for a number of people."""
    text = CONTRACT.read_text(encoding="utf-8")
    for figure, pence in (MONTH_MOST, CONTRACT_MOST):
        term = f"at_most: {figure},"
        assert text.count(term) == 1, f"there is one cap of {figure}"
        whole, rest = divmod(pence * people, 100)
        text = text.replace(term, f"at_most: {whole}.{rest:02},")
    return text


def write_return(folder: Path) -> None:
    """Write what is returned into the folder of the generator: its participants, with the ids of their providers."""
    (folder / "returned").mkdir(exist_ok=True)
    provider = pl.format("P{}", (PROVIDERS + 1 - pl.col("provider")).cast(pl.String).str.zfill(2)).alias("provider")
    for part in sorted((folder / "participants").glob("*.parquet")):
        _leave_out_of_no_provider(part, folder / "events" / part.name)
        pl.read_parquet(part).with_columns(provider).write_parquet(folder / "returned" / part.name)


def _leave_out_of_no_provider(participants: Path, events: Path) -> None:
    """Take out those whose provider is none of the forty, and their events.

    The generator's draw of a provider may pass what 16 bits hold, which happens to three of a million; the queries by
    hand would pay for them, and a contract refuses their rows.
    """
    people = pl.read_parquet(participants)
    kept = people.filter(pl.col("provider").is_between(1, PROVIDERS))
    if kept.height < people.height:
        kept.write_parquet(participants)
        pl.read_parquet(events).join(kept, on="person_id", how="semi", maintain_order="left").write_parquet(events)


def returned(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files of each table of the return."""
    files = {"participants": folder / "returned", "events": folder / "events"}
    return {table: tuple(sorted(place.glob("*.parquet"))) for table, place in files.items()}


def decide_and_pay(plan: Plan, evidence: Evidence, marks: Marks) -> Entitlement:
    """What is compared with the queries by hand: from rows that are accepted to every line."""
    decisions = pbr.evaluate(plan, evidence)
    marks.mark("evaluate")
    entitlement = pbr.entitle(plan, decisions)
    marks.mark("entitle")
    return entitlement


def decide_and_pay_in_parts(plan: Plan, evidence: Evidence, work: Path, parts: int, marks: Marks) -> Lines:
    """The same in parts, one after another; laying their rows into files is part of the reading."""
    split = split_evidence(plan.terms, evidence, work / "rows", parts)
    (work / "parts").mkdir()
    spread = Spread(plan=plan, split=split.for_tasks(), folder=work / "parts", runner=LocalRunner())
    marks.mark("split")
    spread.decide()
    marks.mark("evaluate")
    lines = entitle_in_parts(spread)
    marks.mark("entitle")
    return lines


def lines(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """The lines as the queries by hand have them, those that come to nothing with them.

    Returns:
        ``person_id`` (Int64, of a group less its provider's number), ``outcome`` (Int8), ``date`` (Int32, of a group
        that on which its figure is known), ``price``, ``capped`` (by the most for one person) and ``paid`` (Int64).
    """
    numbers = pl.Series([NUMBERS[name] for name in plan.payments], dtype=pl.Int8)
    providers = [int(name.removeprefix("P")) - PROVIDERS - 1 for name in plan.providers]
    of_group = pl.lit(pl.Series(providers, dtype=pl.Int64)).gather(pl.col("provider").cast(pl.UInt32))
    return frame.select(
        pl.coalesce("subject", of_group).alias("person_id"),
        pl.lit(numbers).gather(pl.col("payment").cast(pl.UInt32)).alias("outcome"),
        pl.col("known").alias("date"),
        pl.col("amount").alias("price"),
        (pl.col("amount") + pl.col("adj.0")).alias("capped"),
        pl.col("net").alias("paid"),
    )


def totals(lines: pl.DataFrame) -> pl.DataFrame:
    """For each outcome that is paid what that comes to (``paid``), and in how many lines (``lines``)."""
    paid = lines.filter(pl.col("paid") > 0)
    return paid.group_by("outcome").agg(pl.col("paid").sum(), pl.len().cast(pl.Int64).alias("lines"))


def in_all(parts: list[pl.DataFrame]) -> dict[str, Any]:
    """What is paid: in all, for each outcome, and in how many lines."""
    each = pl.concat(parts).group_by("outcome").agg(pl.col("paid", "lines").sum()).sort("outcome")
    return {
        "paid_pence": int(each["paid"].sum()),
        "by_outcome": {str(outcome): pence for outcome, pence, _ in each.iter_rows()},
        "n_lines": int(each["lines"].sum()),
    }


def _of_part(part: Part, frame: pl.DataFrame) -> pl.DataFrame:
    return totals(lines(part.plan, frame))


def main(contract_path: str, folder: str, parts: str = "") -> None:
    """Run every stage once and print what each took."""
    marks = Marks()
    plan = pbr.make_plan(pbr.read_contract(contract_path), AS_AT)
    marks.mark("contract")
    evidence = pbr.read_evidence(plan, returned(Path(folder)))
    marks.mark("evidence")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        if parts:
            laid = decide_and_pay_in_parts(plan, evidence, Path(work), int(parts), marks)
            found = whole()
            paid = laid.ask_all(_of_part)
        else:
            entitlement = decide_and_pay(plan, evidence, marks)
            found = whole()
            paid = [totals(lines(plan, entitlement.frame))]
    stages = {**marks.found, **marks.sum_of("evaluate", "entitle"), **found}
    say({"engine": "pbr", **stages, **in_all(paid), "polars": pl.__version__})


if __name__ == "__main__":
    main(*sys.argv[1:4])
