"""Laws 1 to 4, 9 to 14, 19, 20, 44 and 45 on random contracts and random returns, dirt included."""

from __future__ import annotations

import copy
import csv
import json
import random
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import event, given
from hypothesis import strategies as st

from pbr.money import parse_minor
from tests.laws.anything import (
    Caps,
    earned,
    evaluate,
    evaluate_on_disk,
    folded,
    is_whole,
    lines_of,
    other_ids,
    prices_of,
    reference,
    with_last_cap,
    without_fees,
    written,
)
from tests.oracle import asking
from tests.oracle_rows import DIGITS, Contract, Row, Tables, accept
from tests.oracle_words import number, questions
from tests.strategies import Scenario, scenarios

if TYPE_CHECKING:
    import pytest

SEEDS = st.integers(0, 2**32 - 1)
LARGE = 10**12
"""More minor units than the prices of a made-up contract can come to."""

# ---------------------------------------------------------------- sums and caps


@given(scenario=scenarios())
def test_law_01_lines_of_any_contract_sum_to_every_total(scenario: Scenario) -> None:
    """Whatever the contract, lines by person, outcome, payment, provider and period sum to what is due."""
    done = evaluate(*scenario)
    lines = lines_of(done)
    due = done.entitlement.total_minor
    assert due == done.statement.total_minor
    for key in ("subject", "outcome", "payment", "provider", "period"):
        sums: dict[object, int] = {}
        for line in lines:
            sums[line[key]] = sums.get(line[key], 0) + line["amount_minor"]
        assert sum(sums.values()) == due
        # what takes, and the lines of groups, may be below nothing
        assert can_be_below_nothing(scenario[0]) or min(sums.values(), default=0) >= 0
    summary = done.summary()
    assert sum(summary["paid_minor"]) == due
    assert sum(summary["gross_minor"]) + sum(summary["adjusted_minor"]) == due


def can_be_below_nothing(terms: Contract) -> bool:
    """Say whether a payment takes, or an adjustment of whole groups takes from one what its lines gave to others."""
    takes = any(spec.get("takes") == "yes" for spec in terms["payments"].values())
    return takes or any(each["kind"] != "cap" and "per" in each for each in terms.get("adjustments", []))


@given(scenario=scenarios())
def test_law_02_every_format_holds_every_line_in_any_currency(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario
) -> None:
    """CSV, Parquet and JSON parse back to the same lines and whole minor units, with no, two or three digits."""
    done = evaluate(*scenario)
    out = done.write(tmp_path_factory.mktemp("law") / "out")
    digits = DIGITS[scenario[0]["contract"]["currency"]]
    money = ("amount", "unit_price", "limit", "left")
    expected = [(line["line_id"], *(line[f"{name}_minor"] for name in money)) for line in lines_of(done)]
    with (out / "statement.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line_id"], *(minor(row[name], digits) for name in money)) for row in rows] == expected
    stored = pl.read_parquet(out / "statement.parquet")
    assert stored.select("line_id", *(f"{name}_minor" for name in money)).rows() == expected
    whole = json.loads((out / "statement.json").read_text(encoding="utf-8"))
    assert [(row["line_id"], *(minor(row[name], digits) for name in money)) for row in whole["lines"]] == expected
    assert minor(whole["total"], digits) == sum(line[1] for line in expected)


def minor(text: str | None, digits: int) -> int | None:
    """Read decimal text exactly; it has as many digits as the currency."""
    if not text:
        return None
    assert len(text.partition(".")[2]) == digits
    return parse_minor(text, digits)


@given(scenario=scenarios())
def test_law_03_no_cap_of_any_contract_is_exceeded(scenario: Scenario) -> None:
    """After each cap every group has at most its limit, no less than it could, and the cut lines show the rest."""
    done = evaluate(*scenario)
    caps = Caps(*scenario, lines_of(done))
    earlier: list[str] = []
    for change in scenario[0].get("adjustments", []):
        if change["kind"] == "cap":
            rooms: dict[tuple[object, ...], int] = {}
            for item in caps.brought(change):
                amount, limit = caps.lines[item.line("-")]["amount_minor"], caps.most(change, item)
                assert 0 < amount <= limit
                rooms[item.group(change["per"]) or ()] = limit - amount
                event("brought forward by a cap")
            closed: set[tuple[object, ...]] = set()
            for item in caps.chosen(change):
                before, after = caps.amount(item, earlier), caps.amount(item, [*earlier, change["id"]])
                if before <= 0:
                    assert after == before
                    continue
                group = item.group(change["per"]) or ()
                room = rooms.setdefault(group, caps.most(change, item))
                left = 0 if group in closed else room
                if change.get("part") == "refuse":
                    closed |= {group} if before > room else set()
                    assert after == (0 if group in closed else before)
                else:
                    assert after == min(before, room)
                cut = caps.lines.get(item.line(change["id"]))
                assert (cut is None) == (after == before)
                if cut is not None:
                    event(f"cut by a cap per {'+'.join(change['per'])}")
                    assert cut["left_minor"] == left
                    assert cut["left_minor"] <= cut["limit_minor"] <= caps.most(change, item)
                rooms[group] = room - after
                assert rooms[group] >= 0
        earlier.append(change["id"])


@given(scenario=scenarios(), most=st.integers(0, 60_000), more=st.integers(1, 30_000))
def test_law_04_in_any_contract_a_higher_cap_never_pays_less(scenario: Scenario, most: int, more: int) -> None:
    """A cap of nought pays nothing, a higher one no less, a very high one as much as none."""
    terms, tables, as_at = scenario
    limits = (0, most, most + more, LARGE, None)
    nought, low, high, large, none = (earned(with_last_cap(terms, limit), tables, as_at) for limit in limits)
    event("the cap binds" if low < none else "the cap does not bind")
    assert nought == 0
    assert low <= high <= large
    assert large == none


@given(scenario=scenarios())
def test_law_09_no_column_of_any_contract_is_a_float(scenario: Scenario) -> None:
    """Every figure of every stage is a whole number, a day, a truth or text."""
    done = evaluate(*scenario)
    frames = {
        "decisions": done.decisions.frame,
        "states": done.decisions.rows(),
        "entitlement": done.entitlement.frame,
        "lines": done.statement.lines(),
        "uses": done.uses(),
        "cohort": done.cohort(),
        "summary": done.summary(),
        "refused": done.evidence.refused,
    }
    inexact = [
        (name, column)
        for name, frame in frames.items()
        for column, kind in frame.schema.items()
        if kind.is_float() or kind.is_decimal()
    ]
    assert inexact == []


# ---------------------------------------------------------------- invariance


@given(scenario=scenarios(), seed=SEEDS)
def test_law_10_order_changes_nothing_of_any_contract(scenario: Scenario, seed: int) -> None:
    """Rows and columns in another order give the same decisions, lines, waterfall and summary."""
    terms, tables, as_at = scenario
    luck = random.Random(seed)  # noqa: S311  # a seeded shuffle
    mixed = {table: luck.sample(rows, len(rows)) for table, rows in tables.items()}
    first, second = evaluate(terms, tables, as_at), evaluate(turned(terms), mixed, as_at)
    assert second.decisions.rows().equals(first.decisions.rows())
    assert (
        second.statement.lines()
        .drop("place", "price_place")
        .equals(first.statement.lines().drop("place", "price_place"))
    )
    assert second.cohort().equals(first.cohort())
    assert second.summary().equals(first.summary())


def turned(terms: Contract) -> Contract:
    """Declare the fields of every table in the opposite order, so that columns come in another order."""
    made = copy.deepcopy(terms)
    for spec in made["tables"].values():
        spec["fields"] = dict(reversed(spec["fields"].items()))
    return made


def per_person(terms: Contract) -> Contract:
    """Keep the adjustments that no two participants share."""
    made = without_fees(terms)
    kept = [each for each in made["adjustments"] if "participant" in each.get("per", ["participant"])]
    return made | {"adjustments": kept}


@given(scenario=scenarios(), seed=SEEDS)
def test_law_11_parts_of_any_contract_add_up(scenario: Scenario, seed: int) -> None:
    """Participants parted in two, where no cap is shared, earn apart what they earn together."""
    terms, tables, as_at = per_person(scenario[0]), *scenario[1:]
    ids = sorted({folded(row["participant"]) for rows in tables.values() for row in rows})
    luck = random.Random(seed)  # noqa: S311  # a seeded parting
    mine = {name for name in ids if luck.randrange(2)}
    parts: tuple[Tables, Tables] = ({}, {})
    for table, rows in tables.items():
        parts[0][table] = [row for row in rows if folded(row["participant"]) in mine]
        parts[1][table] = [row for row in rows if folded(row["participant"]) not in mine]
    whole, one, two = (earned(terms, part, as_at) for part in (tables, *parts))
    event("both parts earn" if one and two else "one part earns nothing")
    assert whole == one + two


@given(scenario=scenarios())
def test_law_12_other_ids_change_no_amount_of_any_contract(scenario: Scenario) -> None:
    """Ids renamed in the same order rename lines, decisions and what is met once per participant, and nothing else."""
    terms, tables, as_at = scenario
    names = other_ids(terms, tables)
    other = {
        table: [row | {"participant": names.get(folded(row["participant"]), row["participant"])} for row in rows]
        for table, rows in tables.items()
    }
    first, second = evaluate(terms, tables, as_at), evaluate(terms, other, as_at)
    kept = [name for name in first.statement.lines().columns if name not in {"line_id", "subject", "evidence"}]
    of_ids = [name for name, spec in terms["outcomes"].items() if spec.get("once_per") == "participant"]
    met_for = pl.when(pl.col("outcome").is_in(of_ids)).then(pl.col("occurrence").replace(names))
    lines = first.statement.lines().with_columns(met_for.otherwise("occurrence").alias("occurrence"))
    assert second.statement.lines().select(kept).equals(lines.select(kept))
    assert second.decisions.rows().drop("subject").equals(first.decisions.rows().drop("subject"))
    for frame in ("lines", "rows"):
        then, now = (
            (done.statement.lines() if frame == "lines" else done.decisions.rows())["subject"].cast(pl.String).to_list()
            for done in (first, second)
        )
        assert now == [name if frame == "lines" and not name else names[name] for name in then]


@given(scenario=scenarios(), extra=st.integers(1, 4))
def test_law_13_people_with_nothing_to_show_change_no_line(scenario: Scenario, extra: int) -> None:
    """Participants without a start and without events are decided, and change no line of anybody."""
    terms, tables, as_at = copy.deepcopy(scenario[0]), *scenario[1:]
    for spec in terms["outcomes"].values():
        if spec["kind"] == "absence":
            spec.setdefault("window", {"after": "start"})  # else nothing in the whole term would be something
    provider = next(iter(terms["contract"]["providers"]))
    blank: dict[str, str | None] = {"provider": provider}
    if "recorded_on" in terms["tables"]["people"]["fields"]:
        blank["recorded_on"] = terms["contract"]["from"]
    others = [blank | {"participant": str(10**6 + place) if is_whole(terms) else f"0{place}"} for place in range(extra)]
    first = evaluate(terms, tables, as_at)
    second = evaluate(terms, tables | {"people": [*others, *tables["people"]]}, as_at)
    assert second.statement.lines().equals(first.statement.lines())
    if (blank.get("recorded_on") or "") <= as_at.isoformat():
        assert second.decisions.frame.height == first.decisions.frame.height + extra


@given(scenario=scenarios())
def test_law_14_every_row_twice_changes_only_the_counts(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario
) -> None:
    """A return in which every row stands twice gives the same decisions, lines and states; only copies grow.

    In memory copies are taken out at once. On disk they are left in for whatever they cannot change; there every
    second row stands twice, so that it would be seen if what opens a state were counted twice and what closes it once.
    """
    terms, tables, as_at = scenario
    twice = {table: [*rows, *rows] for table, rows in tables.items()}
    first, second = evaluate(terms, tables, as_at), evaluate(terms, twice, as_at)
    some = {table: [*rows, *rows[::2]] for table, rows in tables.items()}
    on_disk = evaluate_on_disk(terms, some, as_at, tmp_path_factory.mktemp("some"))
    event("copies were left in" if on_disk.evidence.repeated else "no copies were left in")
    for again in (second, on_disk):
        assert again.decisions.rows().equals(first.decisions.rows())
        assert again.statement.lines().equals(first.statement.lines())
        assert again.summary().equals(first.summary())
    for table, copies in on_disk.evidence.copies.items():
        whole = first.evidence.counts[table]
        counts = on_disk.evidence.counts[table]
        assert counts.read - counts.refused - counts.copies == whole.read - whole.refused - whole.copies
        its_own = table in {on_disk.plan.terms.cohort_table, *on_disk.plan.terms.shared_tables}
        assert (table in on_disk.evidence.repeated) is (copies.height > 0 and not its_own)
    for table, before in first.evidence.counts.items():
        after = second.evidence.counts[table]
        assert (after.read, after.refused) == (2 * before.read, 2 * before.refused)
        assert after.read - after.refused - after.copies == before.read - before.refused - before.copies


# ---------------------------------------------------------------- more never pays less


@given(scenario=scenarios(), most=st.integers(0, 60_000), seed=SEEDS)
def test_law_19_in_any_contract_one_more_like_another_never_pays_less(scenario: Scenario, most: int, seed: int) -> None:
    """A participant who has all that another has, added under one cap, never lowers what is due."""
    terms, tables, as_at = with_last_cap(scenario[0], most), *scenario[1:]
    names = sorted({folded(row["participant"]) for row in tables["people"]} - {""})
    if not names:
        return
    chosen = random.Random(seed).choice(names)  # noqa: S311  # a seeded choice
    twin = "5" + "0" * 6 if is_whole(terms) else "M/twin"
    more = {
        table: [
            *rows,
            *(row | {"participant": twin} for row in rows if folded(row["participant"]) == chosen),
        ]
        for table, rows in tables.items()
    }
    before, after = (earned(terms, rows, as_at) for rows in (tables, more))
    event("more is due" if after > before else "as much is due")
    assert after >= before


@given(scenario=scenarios(), most=st.integers(0, 60_000), more=st.integers(1, 5_000), seed=SEEDS)
def test_law_20_in_any_contract_a_higher_price_never_pays_less(
    scenario: Scenario, most: int, more: int, seed: int
) -> None:
    """One price of the contract raised, under one cap, never lowers what is due."""
    terms, tables, as_at = with_last_cap(scenario[0], most), *scenario[1:]
    dearer = copy.deepcopy(terms)
    place, key = random.Random(seed).choice(prices_of(dearer))  # noqa: S311  # a seeded choice
    scaled = number(place[key]) * 10 ** DIGITS[terms["contract"]["currency"]]
    place[key] = written(terms, int(scaled) + more)
    before, after = (earned(each, tables, as_at) for each in (terms, dearer))
    event("more is due" if after > before else "as much is due")
    assert after >= before


# ---------------------------------------------------------------- trust


@given(scenario=scenarios(), seed=SEEDS)
def test_law_44_in_any_contract_a_cited_row_is_a_cause(scenario: Scenario, seed: int) -> None:
    """Without a row, every line that cites it is gone or rests on another, and every other line stays as it was."""
    terms, tables, as_at = scenario[0] | {"adjustments": []}, *scenario[1:]
    rows = {name_of(terms, row): row for found in accept(terms, tables)[0].values() for row in found if not row.copy}
    done = evaluate(terms, tables, as_at)
    before = lines_of(done)
    assert all(line["evidence"] for line in before if line["subject"] is not None)
    cited = {name for line in before for name in line["evidence"].split(";") if name}
    used = {(use["table"], use["row"] - 2) for use in done.uses().iter_rows(named=True) if use["use"] == "used"}
    assert {(rows[name].table, rows[name].index) for name in cited} <= used
    if not rows:
        return
    luck = random.Random(seed)  # noqa: S311  # a seeded choice
    events = sorted(name for name in cited if not name.startswith("people:"))
    gone = luck.choice(events * len(rows) + sorted(rows))
    event(f"without a row of {rows[gone].table} that is {'' if gone in cited else 'not '}cited")
    left = {line["line_id"]: line for line in lines_of(evaluate(terms, without(terms, tables, rows[gone]), as_at))}
    # of these some of several rows may be enough: days held by overlapping stays, sums, and questions to all rows
    several = [spec["kind"] in {"total", "held"} for spec in terms["outcomes"].values()]
    several += [bool(questions(text)) for outcome in terms["outcomes"] for _, text in asking(terms, outcome)]
    either = any(several) or any(spec.get("need", "all") != "all" for spec in terms["outcomes"].values())
    latest = any(spec.get("pick") == "last" for spec in terms["outcomes"].values())
    for line in before:
        if gone in line["evidence"].split(";"):
            rest = [name for name in line["evidence"].split(";") if name != gone]
            assert gone not in left.get(line["line_id"], {"evidence": ""})["evidence"].split(";")
            # where some of several parts or rows are enough, the others may have been cited with them
            assert either or left.get(line["line_id"]) != line | {"evidence": ";".join(rest)}
        else:
            # without the last of two rows an event is earlier, and of several parts it may now be the one that counts
            assert (either and latest) or left.get(line["line_id"]) == line


def name_of(terms: Contract, row: Row) -> str:
    """Give the name by which a line cites a row: its key, or the hash of its content."""
    return f"people:{row.cells['participant']}" if row.table == "people" else reference(terms, row)


def without(terms: Contract, tables: Tables, gone: Row) -> Tables:
    """Take a row out of a return, and its copies."""
    places = {row.index for row in accept(terms, tables)[0][gone.table] if row.cells == gone.cells}
    return tables | {gone.table: [row for place, row in enumerate(tables[gone.table]) if place not in places]}


@given(scenario=scenarios())
def test_law_45_of_any_return_every_row_is_refused_or_has_a_use(
    tmp_path_factory: pytest.TempPathFactory, scenario: Scenario
) -> None:
    """Each row read is refused or has a use, never both, and `run.json` counts each once."""
    terms, tables, as_at = scenario
    done = evaluate(terms, tables, as_at)
    out = done.write(tmp_path_factory.mktemp("law") / "out")
    counts = json.loads((out / "run.json").read_text(encoding="utf-8"))["rows"]
    uses, refused = pl.read_parquet(out / "evidence_use.parquet"), done.evidence.refused
    for table, rows in tables.items():
        used = set(uses.filter(pl.col("table") == table)["row"])
        lost = set(refused.filter(pl.col("table") == table)["row"])
        assert used | lost == set(range(2, len(rows) + 2))
        assert used & lost == set()
        found = dict(counts[table])
        assert found.pop("read") == len(rows)
        assert found.pop("refused") == len(lost)
        assert sum(found.values()) == len(used)
        event(f"{table}: {'some' if lost else 'none'} refused")
