"""Every piece of YAML on the pages is read as a contract is, within a contract that it is a part of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from ruamel.yaml import YAML

import pbr
from pbr.cases.check import check_case
from pbr.cases.read import read_case
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# the pages of kinds are made by running them, and the tutorial is run as a whole
OTHERS: Final = ("docs/reference/kinds/", "docs/tutorial/")
FOUND: Final = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/**/*.md"))]
PAGES: Final = ["README.md", *(path for path in FOUND if not path.startswith(OTHERS))]
BLOCKS: Final = [
    (f"{page}:{text[: found.start()].count(chr(10)) + 1}", found[1])
    for page in PAGES
    for text in [(ROOT / page).read_text(encoding="utf-8")]
    for found in re.finditer(r"```yaml\n(.*?)```", text, re.DOTALL)
]
AROUND: Final = """
pbr: 1
contract: {id: around, version: 1, providers: {north: {name: North}, south: {name: South}}, currency: GBP,
           from: 2025-04-01, to: 2027-03-31}
tables:
  participants:
    row_is: participant
    fields: {participant: id, provider: provider, referred_on: date, born_on: date,
             hours: {type: whole, from: 0, to: 60}, need: {type: text, one_of: [high, low]}}
  events:
    row_is: event
    of: participant
    fields: {kind: {type: text, one_of: [start, housed, job, return]}, on: date, cancelled: yes_no}
cohort: {of: participant, start: referred_on}
outcomes:
  seen: {kind: event, table: events, date: on}
"""
END_PRICES: Final = "need,provider,figure\nhigh,*,10.00\nlow,north,11.00\nlow,south,12.00\n"
LANGUAGE: Final = "docs/reference/language.md"
PARTS: Final = ["tables", "groups", "define", "values", "outcomes", "payments", "adjustments"]


def loaded(text: str) -> dict[str, Any]:
    """Read YAML so that it can be written again."""
    found = YAML(typ="rt").load(text)
    assert isinstance(found, dict)
    return found


def whole(block: str) -> str:
    """Put a piece into a contract that has what it names."""
    piece, around = loaded(block), loaded(AROUND)
    if "tables" in piece:  # these are other tables, and so another cohort
        owned = {table["of"] for table in piece["tables"].values() if "of" in table}
        middle = [table for table in piece["tables"].values() if table["row_is"] in owned and "of" in table]
        table = next(iter([*middle, *piece["tables"].values()]))
        day = next(name for name, kind in table["fields"].items() if kind == "date")
        around |= {
            "tables": piece["tables"],
            "cohort": {"of": table["row_is"], "start": day},
            "outcomes": {"here": {"kind": "fact", "when": f"{day} IS NOT NULL"}},
        }
    for key, held in piece.items():
        if key == "include":
            around["cohort"]["include"] = held
        elif key != "tables":
            assert key in PARTS, key
            around[key] = {**around.get(key, {}), **held} if isinstance(held, dict) else held
    return dumped(around)


def dumped(value: dict[str, Any]) -> str:
    """Write it as YAML."""
    from io import StringIO

    out, yaml = StringIO(), YAML(typ="rt")
    yaml.width = 4000
    yaml.dump(value, out)
    return out.getvalue()


def test_there_are_blocks() -> None:
    """The pages show contracts, pieces of them, and cases."""
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize(("place", "block"), BLOCKS, ids=[place for place, _ in BLOCKS])
def test_every_block_on_the_pages_is_read(tmp_path: Path, place: str, block: str) -> None:
    """A whole contract or case as it stands, a piece within a contract; nothing is wrong with any."""
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "end_price.csv").write_text(END_PRICES, encoding="utf-8")
    piece = loaded(block)
    if "case" in piece:
        (tmp_path / "one.yaml").write_text(block, encoding="utf-8")
        (tmp_path / "contract.yaml").write_text(language_page(), encoding="utf-8")
        contract = pbr.read_contract(tmp_path / "contract.yaml")
        assert check_case(contract, read_case(tmp_path / "one.yaml")) == (), place
        return
    (tmp_path / "contract.yaml").write_text(block if "pbr" in piece else whole(block), encoding="utf-8")
    assert pbr.read_contract(tmp_path / "contract.yaml").terms.outcomes, place


def language_page() -> str:
    """Give the contract that the page on the language shows whole."""
    return next(
        block for place, block in BLOCKS if place.startswith("docs/reference/language.md") and "pbr: 1" in block
    )
