"""Signposts: outcomes with `paid: no` are decided and shown like the rest, and no money depends on them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pbr
import pbr.cli
from pbr.cases.read import case_files, read_cases
from pbr.cases.run import case_frames
from pbr.contract.grain import is_test
from pbr.contract.read import load
from pbr.document import parse_document
from tests import small

if TYPE_CHECKING:
    from tests.small import Rows

CONTRACTS: Final = Path(__file__).parent.parent / "contracts"

LOST: Final = """  lost:
    kind: event
    table: events
    when: "kind = 'lost'"
    date: on
    paid: WORD
"""
COUNTED: Final = "kind: measure, of: lost, take: count, per: [provider, quarter], period_of: start"
SHARE: Final = "kind: measure, of: lost, per: [provider, quarter], period_of: start"


def with_lost(more: str = "", pays: str = "", word: str = "no", adjusts: str = "", *changes: tuple[str, str]) -> str:
    """Give the small contract with an outcome that is a signpost or not, more outcomes, payments and adjustments."""
    text = small.changed(*changes)
    text = text.replace("payments:\n", f"{LOST.replace('WORD', word)}{more}payments:\n{pays}")
    return text.replace("adjustments:\n", f"adjustments:\n{adjusts}")


def faults(text: str) -> list[str]:
    """List what is wrong with a contract: the code, and the words before the fix."""
    return [f"{problem.code} {problem.message.rpartition(';')[0]}" for problem in small.problems_of(text)]


# ---- what money depends on

GROUPED: Final = (
    "    low: otherwise\nvalues:\n",
    '    low: otherwise\n  fate:\n    gone: "lost.met"\n    here: otherwise\nvalues:\n',
)
BY_FATE: Final = ("values:\n", "values:\n  fate_price: {by: fate, gone: 1.00, here: 2.00}\n")
PRICE: Final = "price: 1.00"

READ: Final[list[tuple[str, str, str, str, list[tuple[str, str]], str]]] = [
    (
        "tariff",
        "",
        f"  x: {{kind: tariff, pays_for: lost, {PRICE}}}\n",
        "",
        [],
        "payment 'x' pays for 'lost' (`pays_for`",
    ),
    (
        "bands",
        "",
        '  x: {kind: bands, pays_for: lost, bands: {"1 or more": 1.00}}\n',
        "",
        [],
        "payment 'x' pays for 'lost' (`pays_for`",
    ),
    (
        "measure",
        f"  m: {{{COUNTED}}}\n",
        f"  x: {{kind: tariff, pays_for: m, {PRICE}}}\n",
        "",
        [],
        "payment 'x' pays for 'm' (`pays_for`",
    ),
    (
        "times",
        f"  m: {{{SHARE}}}\n  j: {{{COUNTED.replace('lost', 'job')}}}\n",
        f"  x: {{kind: tariff, pays_for: j, {PRICE}, times: [m]}}\n",
        "",
        [],
        "payment 'x' reads 'm' (`times`",
    ),
    (
        "amount",
        f"  m: {{{SHARE}}}\n",
        "  x: {kind: amount, amount: 1.00, times: [m], per: [provider, quarter]}\n",
        "",
        [],
        "payment 'x' reads 'm' (`times`",
    ),
    (
        "sum",
        f'  m: {{{COUNTED}}}\n  f: {{kind: formula, value: "m * 10", unit: money}}\n',
        "  x: {kind: amount, amount: f}\n",
        "",
        [],
        "payment 'x' reads 'f' (`amount`",
    ),
    (
        "divide",
        f"  m: {{{COUNTED}}}\n".replace(", quarter], period_of: start", "]"),
        "  x: {kind: divide, amount: 100.00, among: provider, by: m}\n",
        "",
        [],
        "payment 'x' reads 'm' (`by`",
    ),
    (
        "multiply",
        f"  m: {{{SHARE}}}\n",
        "",
        "  - {id: y, kind: multiply, by: m, on: [first]}\n",
        [],
        "adjustment 'y' reads 'm' (`by`",
    ),
    (
        "gate",
        "",
        "",
        "  - {id: y, kind: gate, needs: lost, on: [first]}\n",
        [],
        "adjustment 'y' reads 'lost' (`needs`",
    ),
    (
        "stops",
        "",
        "",
        "  - {id: y, kind: gate, stops: lost, on: [first]}\n",
        [],
        "adjustment 'y' reads 'lost' (`stops`",
    ),
    (
        "where",
        "",
        "",
        '  - {id: y, kind: multiply, by: 1/2, where: "lost.met", on: [first]}\n',
        [],
        "adjustment 'y' reads 'lost' (`where`",
    ),
    (
        "price by a grouping",
        "",
        "  x: {kind: tariff, pays_for: job, price: fate_price}\n",
        "",
        [GROUPED, BY_FATE],
        "payment 'x' reads 'lost' through the grouping 'fate' (`price`",
    ),
    (
        "limit per group",
        "",
        "",
        "  - {id: y, kind: cap, at_most: 9.00, per: [fate], on: [first]}\n",
        [GROUPED],
        "adjustment 'y' reads 'lost' through the grouping 'fate' (`per`",
    ),
    (
        "parts of a pot",
        f"  m: {{{SHARE.replace(', quarter], period_of: start', ']')}}}\n",
        "  x: {kind: divide, amount: 100.00, among: outcomes, by: parts, per: [provider], pays: {one: m}}\n",
        "",
        [("values:\n", "values:\n  parts: {by: outcome, one: 100%}\n")],
        "payment 'x' reads 'm' (`pays`",
    ),
    (
        "retain",
        f"  m: {{{SHARE.replace(', quarter], period_of: start', ']')}}}\n  t: {{kind: test, of: m, at_least: 50%}}\n",
        "",
        "  - {id: y, kind: retain, share: 10%, until: t, on: [first], per: [provider]}\n",
        [],
        "adjustment 'y' reads 't' (`until`",
    ),
    (
        "who is paid",
        "",
        f"  x: {{kind: tariff, pays_for: job, to: whose, {PRICE}}}\n",
        "",
        [("values:\n", '  whose:\n    north: "lost.met"\n    south: otherwise\nvalues:\n')],
        "payment 'x' reads 'lost' through the grouping 'whose' (`to`",
    ),
    (
        "condition",
        '  m: {kind: fact, when: "NOT lost.met", date: start}\n',
        f"  x: {{kind: tariff, pays_for: m, {PRICE}}}\n",
        "",
        [],
        "payment 'x' pays for 'm' (`pays_for`",
    ),
    (
        "excuse",
        '  m: {kind: fact, when: "level = \'high\'", date: start, excused_by: "lost.met"}\n',
        f"  x: {{kind: tariff, pays_for: m, {PRICE}}}\n",
        "",
        [],
        "payment 'x' pays for 'm' (`pays_for`",
    ),
    (
        "window",
        "  m: {kind: event, table: events, when: \"kind = 'job'\", date: on, window: {after: lost}}\n",
        f"  x: {{kind: tariff, pays_for: m, {PRICE}}}\n",
        "",
        [],
        "payment 'x' pays for 'm' (`pays_for`",
    ),
]


@pytest.mark.parametrize(
    ("more", "pays", "adjusts", "changes", "how"), [row[1:] for row in READ], ids=[r[0] for r in READ]
)
def test_money_that_depends_on_a_signpost_is_refused(
    more: str, pays: str, adjusts: str, changes: list[tuple[str, str]], how: str
) -> None:
    """Each way to read an outcome for money is found, with its place; what says that it is paid may be read so."""
    (found,) = faults(with_lost(more, pays, "no", adjusts, *changes))
    assert found.startswith(f"PBR181 'lost' is a signpost, and {how}, line ")
    assert faults(with_lost(more, pays, "yes", adjusts, *changes)) == []


def test_a_fault_names_each_outcome_between_money_and_the_signpost() -> None:
    """Three results lie between the payment and the signpost, and its line is that of `pays_for`."""
    more = f"  m: {{{SHARE}}}\n  t: {{kind: test, of: m, at_least: 50%}}\n  c: {{kind: combine, need: all, of: [t]}}\n"
    text = with_lost(more, "  x:\n    kind: amount\n    amount: 1.00\n    pays_for: c\n")
    line = text[: text.index("pays_for: c")].count("\n") + 1
    (problem,) = small.problems_of(text)
    place = text[: text.index("paid: no")].count("\n") + 1
    assert (problem.code, problem.line) == ("PBR181", place)
    assert problem.message == (
        f"'lost' is a signpost, and payment 'x' pays for 'c' (`pays_for`, line {line}), and 'c' reads 't', "
        "and 't' reads 'm', and 'm' reads 'lost'; remove `paid: no`, or read something else there"
    )


def test_a_signpost_may_be_made_of_what_is_paid_and_of_signposts() -> None:
    """What is paid may be read by a signpost, since that moves no money; and so may other signposts."""
    more = f"  both: {{kind: combine, need: all, of: [job, lost], paid: no}}\n  m: {{{SHARE}, paid: no}}\n"
    more += "  t: {kind: test, of: m, at_least: 50%, paid: no}\n"
    text = with_lost(more)
    assert faults(text) == []
    plan = pbr.make_plan(small.contract_of(text), "2026-03-31")
    assert plan.paid == {"job": "yes", "kept": "yes", "lost": "no", "both": "no", "m": "no", "t": "no"}


def test_an_outcome_that_says_it_is_paid_is() -> None:
    """Only a signpost reads it, so no money depends on it; with a payment, or without the word, nothing is wrong."""
    more = f"  m: {{{SHARE}, paid: no}}\n"
    assert faults(with_lost(more, "", "yes")) == [
        "PBR182 'lost' says `paid: yes`, and no money depends on it, directly or through other outcomes"
    ]
    assert faults(with_lost(more, f"  x: {{kind: tariff, pays_for: lost, {PRICE}}}\n", "yes")) == []
    assert faults(with_lost(more).replace("    paid: no\n", "")) == []


@pytest.mark.parametrize("word", ["maybe", "NO", "unpaid"])
def test_whether_it_is_paid_is_yes_or_no(word: str) -> None:
    """Any other word is refused; it is not taken for either."""
    (problem,) = small.problems_of(with_lost(word=word))
    assert str(problem).partition(" ")[2] == f"PBR106 '{word}' is neither yes nor no"
    assert faults(with_lost(word="false")) == []
    assert [found[:6] for found in faults(with_lost(word="true"))] == ["PBR182"]


def test_there_is_no_note_about_an_outcome_that_says_it_is_a_signpost() -> None:
    """Without the word nothing pays for it, which is noted; with it that is meant."""
    silent = small.contract_of(with_lost())
    assert silent.notes == ()
    noted, problems = load(parse_document(with_lost().replace("    paid: no\n", "").encode(), "contract.yaml"))
    assert problems == ()
    assert noted is not None
    assert [note.code for note in noted.notes] == ["PBR155"]
    assert noted.fingerprint != silent.fingerprint


# ---- what is shown

RATES: Final = """  kept_rate: {kind: measure, of: kept, among: job, per: [provider], settles: 2026-12-31, paid: no}
  most_kept: {kind: test, of: kept_rate, at_least: 60%, paid: no}
"""
SHOWN: Final = with_lost(RATES)
PEOPLE: Final[Rows] = [
    {"person": name, "provider": provider, "began": "2025-04-01", "level": "high"}
    for name, provider in [("A", "north"), ("B", "north"), ("C", "north"), ("D", "south"), ("E", "south")]
]
EVENTS: Final[Rows] = [
    *({"person": name, "kind": "job", "on": "2025-05-01", "seen": "2025-05-01"} for name in "ABCD"),
    {"person": "B", "kind": "lost", "on": "2025-06-01", "seen": "2025-06-01"},
]
"""At north A, B and C have a job and B loses it within 3 months; at south D has one and keeps it, E has none."""

COUNTS: Final = [  # outcome, paid, group, figure, met, pending, unknown, not met, excluded
    ("job", "yes", "north", None, 3, 0, 0, 0, 0),
    ("job", "yes", "south", None, 1, 0, 0, 1, 0),
    ("kept", "yes", "north", None, 2, 0, 0, 1, 0),
    ("kept", "yes", "south", None, 1, 0, 0, 1, 0),
    ("lost", "no", "north", None, 1, 0, 0, 2, 0),
    ("lost", "no", "south", None, 0, 0, 0, 2, 0),
    ("kept_rate", "no", "north", "2/3", 1, 0, 0, 0, 0),
    ("kept_rate", "no", "south", "1", 1, 0, 0, 0, 0),
    ("most_kept", "no", "north", "2/3", 1, 0, 0, 0, 0),
    ("most_kept", "no", "south", "1", 1, 0, 0, 0, 0),
]


def test_signposts_are_counted_beside_what_is_paid() -> None:
    """Of subjects the states are counted for each provider; of groups each has its figure: 2 of 3 kept at north."""
    done = small.run(SHOWN, people=PEOPLE, events=EVENTS)
    assert done.outcomes().rows() == COUNTS
    stricter = small.run(small.changed(("60%", "67%"), text=SHOWN), people=PEOPLE, events=EVENTS)
    assert stricter.outcomes().rows()[-2:] == [
        ("most_kept", "no", "north", None, 0, 0, 0, 1, 0),
        ("most_kept", "no", "south", "1", 1, 0, 0, 0, 0),
    ]
    early = small.run(SHOWN, people=PEOPLE, events=EVENTS, as_at="2026-12-30").outcomes().rows()
    assert early[-4] == ("kept_rate", "no", "north", None, 0, 1, 0, 0, 0)


def test_groups_without_members_are_not_counted_and_those_too_small_are_unknown() -> None:
    """Nobody is at south: it is no group of the measure; at north there are fewer than four."""
    text = small.changed(("among: job,", "among: job, fewest: 4,"), text=SHOWN)
    done = small.run(text, people=PEOPLE[:3], events=EVENTS[:3])
    assert [row for row in done.outcomes().rows() if row[0] == "kept_rate"] == [
        ("kept_rate", "no", "north", None, 0, 0, 1, 0, 0)
    ]


def test_nobody_at_all_has_no_row() -> None:
    """An empty return has decisions for nobody, and the columns stay."""
    done = small.run(SHOWN, people=[], events=[])
    assert [row[0] for row in done.outcomes().rows() if row[0] in {"job", "kept", "lost"}] == []
    assert done.decisions.own_rows().columns[-6:] == ["paid", "outside", "helped_by", "asked", "frame", "worst"]


def test_decisions_say_what_is_paid() -> None:
    """Each row of a subject or group says yes or no, and the order of the rows returned changes nothing."""
    done = small.run(SHOWN, people=PEOPLE, events=EVENTS)
    rows = done.decisions.rows()
    assert rows.schema["paid"] == pl.String
    found = rows.select("outcome", "paid").unique(maintain_order=True).rows()
    assert found == [("job", "yes"), ("kept", "yes"), ("lost", "no"), ("kept_rate", "no"), ("most_kept", "no")]
    assert rows.filter(pl.col("group").is_not_null())["paid"].to_list() == ["no"] * 4
    other = small.run(SHOWN, people=PEOPLE[::-1], events=EVENTS[::-1])
    assert other.decisions.rows().equals(rows)
    assert other.outcomes().equals(done.outcomes())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the contract and its return, in which the test stands."""
    (tmp_path / "contract.yaml").write_text(SHOWN, encoding="utf-8")
    (tmp_path / "return").mkdir()
    for name, frame in small.frames_of(PEOPLE, EVENTS).items():
        frame.write_csv(tmp_path / "return" / f"{name}.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluate(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Evaluate the contract in the folder in which the test stands, and give what is printed."""
    words = ("evaluate", "contract.yaml", "--data", "return", "--as-at", small.LATE, "--out", "out")
    assert pbr.cli.run([*words, *more]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


OUTCOMES: Final = """\

outcome    paid  group  figure  met  pending  unknown  not met  excluded
---------  ----  -----  ------  ---  -------  -------  -------  --------
job        yes   north            3        0        0        0         0
job        yes   south            1        0        0        1         0
kept       yes   north            2        0        0        1         0
kept       yes   south            1        0        0        1         0
lost       no    north            1        0        0        2         0
lost       no    south            0        0        0        2         0
kept_rate  no    north     2/3    1        0        0        0         0
kept_rate  no    south       1    1        0        0        0         0
most_kept  no    north     2/3    1        0        0        0         0
most_kept  no    south       1    1        0        0        0         0

"""


def test_the_summary_shows_signposts_beside_what_is_paid(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The outcomes follow the money; a contract without a signpost prints the money alone."""
    printed = evaluate(capsys)
    assert OUTCOMES in printed
    assert printed.index("Due in all") > printed.index("most_kept") > printed.index("second ")
    (home / "contract.yaml").write_text(SHOWN.replace("    paid: no\n", "").replace(", paid: no", ""), encoding="utf-8")
    assert evaluate(capsys) == printed.replace(OUTCOMES, "\n")


@pytest.mark.usefixtures("home")
def test_the_summary_shows_signposts_as_json_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """In JSON they stand under a key of their own with counts as numbers, in CSV after an empty line."""
    names = ("outcome", "paid", "group", "figure", "met", "pending", "unknown", "not_met", "excluded")
    wanted = [
        dict(zip(names, (cell or "" if place < 4 else cell for place, cell in enumerate(row)), strict=True))
        for row in COUNTS
    ]
    found = json.loads(evaluate(capsys, "--format", "json"))
    assert found["outcomes"] == wanted
    assert list(found)[-2:] == ["rows", "outcomes"]
    _, outcomes = evaluate(capsys, "--format", "csv").split("\n\n")
    read = [
        {name: int(cell) if cell.isdecimal() and name != "figure" else cell for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(outcomes))
    ]
    assert read == wanted


def test_explanations_say_that_no_money_depends_on_a_signpost(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said of signposts on a subject and of groups, and of nothing that is paid."""
    evaluate(capsys, "--quiet")
    said = "  signpost   it is measured and reported, and no money depends on it\n"
    out = home / "out"
    assert pbr.explain(out, "B", "lost").text.count(said) == 1
    assert pbr.explain(out, "B").text.count(said) == 1
    assert said not in pbr.explain(out, "B", "job").text
    assert pbr.explain(out, None, "kept_rate").text.count(said) == 2
    assert said not in pbr.explain(out, "B", "kept").text


# ---- money

MOVED: Final = ["place", "price_place"]
"""Columns of lines that say where a term stands, which moves as outcomes are added."""
DAYS: Final = st.sampled_from(["2025-04-01", "2025-06-24", "2025-06-25", "2025-09-30", "2026-04-01", "2026-11-05", ""])
MORE: Final = (
    RATES
    + """  any_of: {kind: combine, need: any, of: [job, lost], paid: no}
  young: {kind: fact, when: "level = 'high' AND kept.met", date: start, paid: no}
  twice: {kind: formula, value: "kept_rate * 2", unit: share, paid: no}
"""
)


@given(
    people=st.lists(
        st.tuples(st.sampled_from(["north", "south"]), DAYS, st.sampled_from(["high", "low", ""])), max_size=5
    ),
    events=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["job", "lost", ""]), DAYS, DAYS), max_size=8),
    as_at=st.sampled_from(["2025-09-01", "2026-05-01", small.LATE]),
)
def test_signposts_move_no_money(
    people: list[tuple[str, str, str]], events: list[tuple[int, str, str, str]], as_at: str
) -> None:
    """Whatever is returned, the statement of a contract with signposts is that of the same contract without them."""
    rows = [
        {"person": f"P{place}", "provider": provider, "began": began, "level": level}
        for place, (provider, began, level) in enumerate(people)
    ]
    seen = [{"person": f"P{place}", "kind": kind, "on": day, "seen": known} for place, kind, day, known in events]
    with_them = small.run(with_lost(MORE), people=rows, events=seen, as_at=as_at)
    without = small.run(people=rows, events=seen, as_at=as_at)
    assert with_them.statement.lines().drop(MOVED).equals(without.statement.lines().drop(MOVED))
    assert with_them.summary().equals(without.summary())


@pytest.mark.parametrize(
    "name", ["drug-recovery", "work-and-health", "wigan-recovery", "fair-chance-fund", "qof-indicator"]
)
def test_signposts_move_no_money_of_real_contracts(name: str, tmp_path: Path) -> None:
    """A signpost made of each outcome, and a count of the first, change no line of the cases beside a contract."""
    whole = pbr.read_contract(CONTRACTS / name / "contract.yaml")
    shutil.copytree(CONTRACTS / name, tmp_path / name)
    path = tmp_path / name / "contract.yaml"
    made = [
        f"  sign_{other}: {{kind: combine, need: any, of: [{other}], paid: no}}\n"
        for other in whole.terms.outcomes
        if whole.terms.own_outcomes.get(other) or is_test(whole.terms.pooled[other])
    ]
    made += [
        f"  count_{other}: {{kind: measure, of: {other}, take: count, paid: no}}\n"
        for other in [*whole.terms.own_outcomes][:1]
    ]
    assert made
    before, mark, after = path.read_text(encoding="utf-8").partition("\noutcomes:\n")
    path.write_text(before + mark + "".join(made) + after, encoding="utf-8")
    more = pbr.read_contract(path)
    assert sum(word == "no" for word in pbr.make_plan(more, whole.terms.contract.to).paid.values()) >= len(made)
    count = 0
    for case in read_cases(whole, case_files(whole.file))[:4]:
        frames = case_frames(whole.terms, case)
        lines = pbr.run(whole, frames, case.terms.as_at).statement.lines()
        again = pbr.run(more, frames, case.terms.as_at).statement.lines()
        assert again.drop(MOVED).equals(lines.drop(MOVED))
        count += lines.height
    assert count > 0
