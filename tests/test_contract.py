"""The contract: reading, the order of outcomes, and the fingerprint."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pbr.adjustments import Cap, Multiply
from pbr.calendar import Date, Duration
from pbr.contract import Contract, check_contract, read_contract
from pbr.contract.check_adjustments import per_words
from pbr.contract.contract import fingerprint
from pbr.contract.model import Field, FieldKind, MonthDay, Statements
from pbr.document import parse_document, read_document
from pbr.facts import Window
from pbr.money import Rounding
from pbr.outcomes import Absence, Event
from pbr.payments import Tariff
from pbr.problem import ContractError
from tests.small import TEXT, changed, contract_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
RIVERSIDE = ROOT / "contracts" / "drug-recovery" / "contract.yaml"


# ---- reading


def test_every_term_is_read_into_the_model() -> None:
    """The models hold what the file says, with defaults where it says nothing."""
    terms = contract_of().terms
    assert terms.pbr == "1"
    assert (terms.contract.id, terms.contract.version, terms.contract.currency) == ("small", "3", "GBP")
    assert list(terms.contract.providers) == ["north", "south"]
    assert (terms.contract.from_, terms.contract.to) == (Date(2025, 4, 1), Date(2027, 3, 31))
    assert terms.contract.year_starts is None
    assert terms.contract.statements is Statements.QUARTERLY
    assert terms.conventions.rounding is Rounding.HALF_UP
    assert terms.tables["people"].fields == {
        "person": Field(type=FieldKind.ID),
        "provider": Field(type=FieldKind.PROVIDER),
        "began": Field(type=FieldKind.DATE),
        "level": Field(type=FieldKind.TEXT, one_of=("high", "low")),
    }
    assert terms.outcomes["job"] == Event(
        clause="3.1",
        table="events",
        when="kind = 'job'",
        date="on",
        window=Window(after="start", for_=Duration(12, "weeks")),
    )
    assert isinstance(terms.outcomes["kept"], Absence)
    assert terms.payments["second"] == Tariff(pays_for="kept", price="250.00", price_on="start")
    assert terms.adjustments == (
        Multiply(id="share", clause="5.1", by="5/6", on=("second",)),
        Cap(id="most", clause="5.2", at_most="1200.00", per=("person",)),
    )


def test_tables_know_their_parents_keys_and_roles() -> None:
    """A child carries the key of its parent first, and has no key of its own unless it names one."""
    terms = contract_of().terms
    assert terms.cohort_table == "people"
    assert terms.subject_key == "person"
    assert (terms.parent("people"), terms.parent("events")) == (None, "people")
    assert list(terms.all_fields("events")) == ["person", "kind", "on", "seen"]
    assert (terms.tables["people"].keys, terms.tables["events"].keys) == (("person",), ())
    assert terms.tables["events"].role(FieldKind.RECORDED) == "seen"
    assert terms.tables["people"].role(FieldKind.RECORDED) is None
    lines = ["outcome", "payment"]
    periods = ["month", "quarter", "contract_year", "contract"]
    assert per_words(terms) == ["person", "provider", *lines, "grade", "level", *periods]


def test_a_field_knows_how_it_is_held() -> None:
    """Places, sensitivity and whole ids come from the words of the field."""
    assert Field(type=FieldKind.DECIMAL, places="3").scale("GBP") == 3
    assert Field(type=FieldKind.MONEY).scale("JPY") == 0
    assert Field(type=FieldKind.SHARE).scale("GBP") == 6
    assert Field(type=FieldKind.DATE).scale("GBP") == 0
    assert Field(type=FieldKind.ID, of="whole").is_whole_id
    assert [Field(type=FieldKind.ID, sensitive=word).is_sensitive for word in ("", "true", "yes", "no")] == [
        False,
        True,
        True,
        False,
    ]


def test_conditions_and_figures_are_kept_by_their_paths() -> None:
    """Every condition of the file is typed, and every figure a term reads is found."""
    contract = contract_of()
    assert set(contract.conditions) == {
        ("cohort", "exclude", 0, "when"),
        ("groups", "grade", "high"),
        ("outcomes", "job", "when"),
        ("outcomes", "kept", "when"),
    }
    assert set(contract.tables) == {
        ("payments", "first", "price"),
        ("payments", "second", "price"),
        ("adjustments", 0, "by"),
        ("adjustments", 1, "at_most"),
    }
    assert contract.order == ("job", "kept")
    assert str(contract.place("payments", "second")) == "contract.yaml:58"


def test_outcomes_are_ordered_by_what_they_read_whatever_the_file_says() -> None:
    """An outcome written before its anchor is decided after it."""
    contract = contract_of(changed(("{after: start, for: 12 weeks}", "{after: ready}"), ("payments:\n", READY)))
    assert list(contract.terms.outcomes) == ["job", "kept", "ready"]
    assert contract.order == ("ready", "job", "kept")


READY = "  ready: {kind: fact, when: \"level = 'high'\"}\npayments:\n"


def test_a_contract_is_read_from_its_path(tmp_path: Path) -> None:
    """A clean file gives a contract and no problems, and places name the file without its folder."""
    path = tmp_path / "deep" / "small.yaml"
    path.parent.mkdir()
    path.write_text(TEXT)
    contract = read_contract(path)
    assert isinstance(contract, Contract)
    assert check_contract(path) == ()
    assert contract.file == str(path)
    assert str(contract.place("pbr")) == "small.yaml:1"
    assert (contract.term.first, contract.term.year_month, contract.term.year_day) == (Date(2025, 4, 1), 4, 1)


def test_years_may_start_on_a_day_of_their_own() -> None:
    """`year_starts` is a day of the year, 29 February included."""
    contract = contract_of(changed(("statements: quarterly", "year_starts: 02-29")))
    assert contract.terms.contract.year_starts == MonthDay(2, 29)
    assert (contract.term.year_month, contract.term.year_day) == (2, 29)
    assert contract.terms.contract.statements is Statements.CONTRACT_YEAR


def test_a_faulty_file_raises_and_is_listed(tmp_path: Path) -> None:
    """`read_contract` raises every problem and `check_contract` gives the same ones without raising."""
    path = tmp_path / "small.yaml"
    path.write_text(changed(("5/6", "fivesixths"), ("currency: GBP", "currency: POUNDS")))
    with pytest.raises(ContractError) as caught:
        read_contract(path)
    assert caught.value.problems == check_contract(path)
    assert [problem.code for problem in caught.value.problems] == ["PBR114", "PBR111"]
    assert check_contract(tmp_path / "missing.yaml")[0].code == "PBR001"


# ---- the fingerprint


def scalars(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401
    """Give the path of every single value of a structure."""
    if isinstance(value, str):
        yield path
    else:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from scalars(item, (*path, key))


def with_value(root: Any, path: tuple[str | int, ...], change: str) -> Any:  # noqa: ANN401
    """Give a copy of a structure with one single value changed."""
    whole = copy.deepcopy(root)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] += change
    return whole


def test_every_scalar_term_changes_the_fingerprint() -> None:
    """Each single value of Riverside, changed by a character, gives a fingerprint of its own."""
    root = read_document(RIVERSIDE).root
    paths = list(scalars(root))
    prints = {fingerprint(with_value(root, path, "x")) for path in paths}
    assert len(paths) > 150
    assert len(prints | {fingerprint(root)}) == len(paths) + 1


def test_every_key_and_every_item_changes_the_fingerprint() -> None:
    """A name, a label, a heading or the place of an item in a list is a term too."""
    changes = [
        ('    high: "level', '    tall: "level'),
        ("{id: share,", "{id: shared,"),
        ("one_of: [high, low]", "one_of: [low, high]"),
        ("south: {name: South}", "south: {name: South}, west: {name: West}"),
        ("price: 250.00", "price: 250.0"),
    ]
    roots = [parse_document(changed(change).encode(), "x").root for change in changes]
    assert len({contract_of().fingerprint, *map(fingerprint, roots)}) == len(changes) + 1


def test_layout_comments_and_quotes_change_no_fingerprint() -> None:
    """Spacing, comments, quotes, block or flow style and folded lines are not terms."""
    same = changed(
        ("pbr: 1\n", "# a comment\n\n\npbr:    '1'\n"),
        ("  title: A small contract\n", "  title: >\n    A small\n    contract\n"),
        ("{north: {name: North}, south: {name: South}}", "\n    north:\n      name: North\n    south: {name: 'South'}"),
        ("\"kind = 'job'\"", "\"kind   =\n      'job'\""),
        ("[person]}", "[ person ] }   # one person"),
    )
    assert contract_of(same).fingerprint == contract_of().fingerprint
    assert contract_of(same.replace("\n", "\r\n")).fingerprint == contract_of().fingerprint


def reordered(value: Any, keep: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
    """Give a structure with the keys of every map the other way round, except of the maps to be kept."""
    if isinstance(value, dict):
        keys = list(reversed(value))
        parts = {key: reordered(value[key]) for key in keys}
        for name in keep:
            parts[name] = {key: parts[name][key] for key in value[name]}
        return parts
    return [reordered(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_changes_no_fingerprint() -> None:
    """Keys may stand in any order, but for outcomes and payments, whose order decides who bears a cap."""
    root = read_document(RIVERSIDE).root
    assert fingerprint(reordered(root, keep=("outcomes", "payments"))) == fingerprint(root)
    assert fingerprint(reordered(root, keep=("outcomes",))) != fingerprint(root)
    assert fingerprint(reordered(root, keep=("payments",))) != fingerprint(root)


def test_spaces_inside_quoted_text_are_a_term() -> None:
    """Two spaces between the words of a text that is compared, or listed, are not the same as one."""
    old, words = "kind = 'job'", "[job, lost]"
    texts = [changed((words, "[job, lost, 'a b', 'a  b']"), (old, f"kind = 'a{gap}b'")) for gap in (" ", "  ")]
    assert len({contract_of(text).fingerprint for text in texts}) == 2
    lists = [changed((words, f"[job, lost, 'a{gap}b']")) for gap in (" ", "  ")]
    assert len({contract_of(text).fingerprint for text in lists}) == 2
