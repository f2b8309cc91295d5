"""The schemas: what the reader takes they take, and every fault of shape in tests/errors they find."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

from pbr.calendar import Duration, parse_date
from pbr.contract.model import Field, FieldKind, TableTerm
from pbr.contract.schema import AMOUNT, DATE, DURATION, FIELD_DETAILS, RATIO, described, schema_text
from pbr.document import read_document
from pbr.money import parse_minor, parse_ratio
from pbr.problem import ContractError
from pbr.starter import SCHEMAS
from tests import small
from tests.conftest import ROOT
from tests.test_kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from pbr.contract.schema import Schema

ERRORS: Final = ROOT / "tests" / "errors"
SHAPE: Final = ("PBR102", "PBR103", "PBR104", "PBR105")
"""A key that is missing, a wrong shape, an unknown key, an unknown kind."""
SCHEMA: Final[dict[str, Schema]] = {name: make() for name, make in SCHEMAS.items()}
VALIDATOR: Final = {name: Draft202012Validator(schema) for name, schema in SCHEMA.items()}
CONTRACTS: Final = [*sorted(ROOT.glob("contracts/*/contract.yaml")), ROOT / "pbr/templates/blank/contract.yaml"]
CASES: Final = [*sorted(ROOT.glob("contracts/*/cases/*.yaml")), ROOT / "pbr/templates/blank/cases/first.yaml"]
AGREEMENTS: Final = [*ROOT.glob("examples/*/panel-*.yaml"), *sorted(ERRORS.glob("PBR31[3-9]/panel*.yaml"))]
PAGES: Final = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("contracts/*/*.md")])
BLOCKS: Final = [
    (f"{page.relative_to(ROOT)} {number}", block)
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
]


class Constructor(SafeConstructor):
    """Keeps dates as the text that they are in YAML 1.2."""


Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def as_edited(text: str) -> Any:  # noqa: ANN401  # whatever the text holds
    """Read YAML as an editor does: numbers, booleans and empty values have types, and dates are text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Constructor
    yaml.allow_duplicate_keys = True  # a fault of layout, which is not for a schema to find
    return plain(yaml.load(text))


def plain(value: object) -> object:
    """Give what JSON can hold: keys are text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def faults(name: str, value: object) -> list[str]:
    """List what a schema finds."""
    return [f"{list(fault.path)} {fault.message[:80]}" for fault in VALIDATOR[name].iter_errors(value)]


def both(path: Path) -> list[object]:
    """Read a file as the reader does, all text, and as an editor does."""
    return [read_document(path).root, as_edited(path.read_text("utf-8"))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    """It is a valid schema of draft 2020-12, and all it refers to is there."""
    Draft202012Validator.check_schema(SCHEMA[name])
    text = schema_text(SCHEMA[name])
    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) == set(SCHEMA[name]["$defs"])
    assert json.loads(text) == SCHEMA[name]


@pytest.mark.parametrize("path", [*CONTRACTS, ERRORS / "base.yaml"], ids=lambda path: path.parent.name)
def test_every_contract_is_valid(path: Path) -> None:
    """The contracts of the library, the blank one and the base of the faults are valid, however they are read."""
    assert [faults("contract", value) for value in both(path)] == [[], []]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_case_is_valid(path: Path) -> None:
    """The cases of the library and the blank one are valid, however they are read."""
    assert [faults("case", value) for value in both(path)] == [[], []]


@pytest.mark.parametrize("path", [path for path in AGREEMENTS if "result" not in path.name], ids=str)
def test_every_agreement_is_valid(path: Path) -> None:
    """The panel of the example and small agreements are valid, however they are read."""
    assert [faults("agreement", value) for value in both(path)] == [[], []]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rule: median", "rule: mean"),
        ("asks: number", "ask: number"),
        ("counts: valid", "counts: some"),
        ("bounds: 0% to 100%", "bounds: 0%"),
        ("overall: over 50%, p", "overall: 50%, p"),
        ("protected: yes", "protectd: yes"),
    ],
)
def test_a_fault_of_shape_of_an_agreement_is_found(old: str, new: str) -> None:
    """Unknown keys, rules and words, and thresholds without a direction."""
    text = (ROOT / "examples/panel/panel-2025.yaml").read_text("utf-8")
    assert old in text
    assert faults("agreement", as_edited(text.replace(old, new)))


@pytest.mark.parametrize(("place", "block"), BLOCKS, ids=[place for place, _ in BLOCKS])
def test_every_block_in_the_pages_is_valid(place: str, block: str) -> None:
    """YAML in the documentation is a whole contract, a whole case, or some keys of their parts."""
    value = as_edited(block)
    if "pbr" in value or "case" in value:
        assert faults("case" if "case" in value else "contract", value) == [], place
        return
    wholes = [(schema, part) for schema in SCHEMA.values() for part in (schema, *schema["$defs"].values())]
    for key, item in value.items():
        keys = [(schema, part["properties"][key]) for schema, part in wholes if key in part.get("properties", {})]
        schemas = [{"$defs": schema["$defs"], "allOf": [of_key]} for schema, of_key in keys]
        assert any(Draft202012Validator(schema).is_valid(item) for schema in schemas), (place, key)


def shaped(folder: Path) -> bool:
    """Whether the reader finds a fault of shape in the contract or case of a folder."""
    found = set(re.findall(r"^(?:contract|cases/one)\.yaml:\d+:\d+ (PBR\d{3}) ", expected(folder), re.MULTILINE))
    return bool(found & set(SHAPE))


def expected(folder: Path) -> str:
    """Give what the commands print."""
    return (folder / "expected.txt").read_text("utf-8")


def layout(path: Path) -> bool:
    """Whether a file has faults of layout only: YAML itself cannot be read."""
    try:
        read_document(path)
    except ContractError:
        return True
    return False


FAULTY: Final = [
    (folder, path, name)
    for folder in sorted(ERRORS.iterdir())
    for path, name in ((folder / "cases" / "one.yaml", "case"), (folder / "contract.yaml", "contract"))
    if path.is_file() and shaped(folder) and not layout(path)
]


@pytest.mark.parametrize(("folder", "path", "name"), FAULTY, ids=[folder.name for folder, _, _ in FAULTY])
def test_every_fault_of_shape_fails(folder: Path, path: Path, name: str) -> None:
    """What the reader calls missing, misshapen or unknown, an editor is told of too."""
    assert faults(name, as_edited(path.read_text("utf-8"))), folder.name


def test_the_faults_of_shape_are_of_every_sort() -> None:
    """The rule that picks the folders finds each code, for contracts and for cases."""
    assert len(FAULTY) >= 20
    codes = {code for folder, _, _ in FAULTY for code in SHAPE if f" {code} " in expected(folder)}
    assert codes == set(SHAPE)
    assert {name for _, _, name in FAULTY} == {"contract", "case"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: tariff, pays_for: job", "kind: tariff, pays_for: [job]"),
        ("price_on: start", "price_on: [start]"),
        ("price_on: start", "price_on:"),
        ("for: 12 weeks", "for: 12 wks"),
        ("for: 12 weeks", "for: 12"),
        ("price: 250.00", "price: £250"),
        ("by: 5/6", "by: 5 of 6"),
        ("currency: GBP", "currency: gbp"),
        ("from: 2025-04-01", "from: 01/04/2025"),
        ("pbr: 1", "pbr: 2"),
        ("level: {type: text, one_of: [high, low]}", "level: {type: date, one_of: [high, low]}"),
        ("      2026-04-01: {", "      April: {"),
        ("    by: grade\n", ""),
        ("statements: quarterly", "statements: quartrly"),
        ("exclude:\n    - {id: early, ", "exclude:\n    - {"),
    ],
)
def test_a_slip_of_the_pen_is_found(old: str, new: str) -> None:
    """Lists for single values, words outside their list, and literals that are misspelt are shown while typing."""
    assert faults("contract", as_edited(small.TEXT)) == []
    assert faults("contract", as_edited(small.changed((old, new))))


def test_the_forms_of_a_value_are_taken() -> None:
    """Two keys, rows under dates or under labels, a file, and a length by its name are valid."""
    assert faults("contract", as_edited(small.changed(("for: 12 weeks", "for: job_time")))) == []
    forms = [
        "{by: [grade], high: 1.00, low: 2.00}",
        "{by: [grade, provider], high: {north: 1.00, south: 2.00}, low: {'*': 3.00}}",
        "{by: [grade, provider], dated: {2025-04-01: {high: {north: 1.00}}}}",
        "{by: [grade, provider], csv: prices.csv, source: The annex}",
        "{csv: prices.csv}",
    ]
    for form in forms:
        assert faults("contract", as_edited(small.changed(("outcomes:", f"  more: {form}\noutcomes:")))) == [], form
    for form in ["{csv: prices.csv, high: 1.00}", "{by: [grade, provider], high: 1.00}", "{by: [a, b, c], csv: x.csv}"]:
        assert faults("contract", as_edited(small.changed(("outcomes:", f"  more: {form}\noutcomes:")))), form


def test_numbers_and_booleans_of_an_editor_are_taken_as_text() -> None:
    """`version: 1`, `price: 250.00`, `sensitive: true` and a title of digits are what they look like."""
    text = small.changed(
        ("title: A small contract", "title: 2025"), ("began: date", "began: {type: date, sensitive: true}")
    )
    value = as_edited(text)
    assert value["contract"]["version"] == 3
    assert value["payments"]["second"]["price"] == 250.0
    assert faults("contract", value) == []


@pytest.mark.parametrize(
    ("pattern", "reader"),
    [
        (AMOUNT, lambda text: parse_minor(text, 4)),
        (RATIO, parse_ratio),
        (DATE, parse_date),
        (DURATION, Duration.parse),
    ],
    ids=["amount", "ratio", "date", "duration"],
)
@given(data=st.data())
def test_a_pattern_lets_pass_what_the_reader_takes(pattern: str, reader: Any, data: st.DataObject) -> None:  # noqa: ANN401  # any of the readers
    """No literal that the reader takes is underlined by an editor."""
    text = data.draw(st.one_of(st.from_regex(pattern, fullmatch=True), st.text("-.%/0123456789 daysweek", max_size=12)))
    if reader(text) is not None:
        assert re.fullmatch(pattern, text)


@pytest.mark.parametrize("detail", FIELD_DETAILS)
@pytest.mark.parametrize("kind", FieldKind)
def test_details_go_with_the_types_that_the_reader_says(detail: str, kind: FieldKind) -> None:
    """A detail of a field is refused by the schema for exactly the types for which the reader refuses it."""
    one = {"of": "whole", "places": "2", "from": "1", "to": "5", "one_of": "[a, b]", "codes": "{Y: yes}"}[detail]
    if detail == "of" and kind is FieldKind.RECORDED:
        one = "instant"
    more = ", places: 2" if kind is FieldKind.DECIMAL and detail != "places" else ""
    text = small.changed(
        (
            "      level: {type: text, one_of: [high, low]}",
            f"      level: text\n      odd: {{type: {kind.value}, {detail}: {one}{more}}}",
        ),
        ("  currency: GBP", "  time_zone: Europe/London\n  currency: GBP"),
    )
    codes = [problem.code for problem in small.problems_of(text)]
    found = faults("contract", as_edited(text))
    assert bool({"PBR104", "PBR106"} & set(codes)) == bool(found) or detail == "codes", (codes, found)
    if detail == "codes":
        assert ("PBR104" in codes) == bool(found)


@pytest.mark.parametrize("kind", [*KINDS, Field, TableTerm], ids=lambda kind: kind.__name__)
def test_every_key_says_what_it_is(kind: type) -> None:
    """Each key of a kind has a description for the editor, out of the docstring."""
    for schema in SCHEMA.values():
        definition = schema["$defs"].get(kind.__name__)
        if definition is None:
            continue
        whole = definition if "properties" in definition else definition["anyOf"][1]
        assert [key for key, said in whole["properties"].items() if not said.get("description")] == []
        for key, said in described(kind).items():
            assert whole["properties"][key]["description"] == said


def test_a_description_runs_over_several_lines() -> None:
    """Lines that go on are part of the term before them, and what has no terms has no descriptions."""

    class Told:
        """One.

        Attributes:
            first_: It begins here
                and goes on.
            second: It is ``short``.
        """

    assert described(Told) == {"first": "It begins here and goes on.", "second": "It is `short`."}
    assert described(int) == {}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_same_bytes_each_time(name: str) -> None:
    """Another process with another seed for hashes prints the same bytes."""
    script = f"from pbr.cli import main; main(['schema', '{name}'])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert printed == {schema_text(SCHEMA[name])}
