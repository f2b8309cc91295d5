"""The index of the library: every contract is in it, and every line and figure that it names really stands there."""

from __future__ import annotations

import calendar
import fnmatch
import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pytest

from pbr.starter import library
from tests.conftest import ROOT
from tests.vectors.registry import registered, to_reproduce

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME: Final = ROOT / "contracts"
INDEX: Final = (HOME / "README.md").read_text(encoding="utf-8")
MECHANISMS: Final = "| in plain words | contract | kind | the line that says so |"
CONTRACTS: Final = "| contract | what it was | years | illustrative |"
FIGURES: Final = "| figures | contract | published | how known | here | shown by |"
ASKED: Final = (
    "paid per week",
    "price falls by year",
    "only above a baseline",
    "paid once for a family",
    "most for one person",
    "cliff",
    "share rises with the share that achieve it",
    "clawed back",
    "places at falling prices",
    "points between two thresholds",
    "satisfaction of users",
    "a control group",
    "missing is not zero",
    "a panel decides what counts",
    "VAT",
    "a fee when somebody joins",
    "reoffending",
    "penalty",
    "paid only if",
    "in proportion to a target",
    "a limit",
    "homeless",
)
"""What a manager would look for."""
SECTIONS: Final = ("agreements", "cohort", "tables", "values")
BY_A_TEST: Final = "a test"
MONTHS: Final = tuple(calendar.month_name)[1:]
RECKONED: Final = {"early-career-training": ("22,315.56", "323.5745")}
"""Figures of ours with other parameters than a contract has, which the reproduction of the vector compares as a sum."""
DAY: Final = r"\d{4}-\d\d-\d\d"
NUMBER: Final = re.compile(rf"(?<![\w.\-/])(?:{DAY}|-?\d+(?:,\d{{3}})*(?:\.\d+)?(?:/\d+)?%?)(?![\w/%]|[.,]\d)")


def rows(heading: str, text: str = INDEX) -> list[list[str]]:
    """Give the cells of the table under a heading."""
    _, found, rest = text.partition(heading + "\n")
    assert found, heading
    table = rest.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table]


def linked(cell: str) -> str:
    """Give the contract that a cell links to; its words and its address are the same folder's."""
    found = re.fullmatch(r"\[([a-z0-9-]+)\]\(\1/README\.md\)", cell)
    assert found, cell
    return found[1]


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Give each item of a contract, such as an outcome, and the section in which it stands, with single spaces."""
    section, lines = "", list[str]()
    for line in [*text.splitlines(), "end:"]:
        if line and not line.startswith((" ", "#")):
            yield section, " ".join(" ".join(lines).split())
            section, lines = line.partition(":")[0], [line]
        elif line.startswith("  ") and line[2] not in " #":
            yield section, " ".join(" ".join(lines).split())
            lines = [line]
        else:
            lines.append(line)


def stands(text: str, kind: str, term: str) -> bool:
    """Whether an item of this kind, or of this section, says the term."""
    words = " ".join(term.split())
    for section, block in blocks(text):
        right = section == kind if kind in SECTIONS else f"kind: {kind} " in f"{block} "
        if right and f" {words}" in f" {block}":
            return True
    return False


def numbers(text: str) -> dict[str, set[Fraction | str]]:
    """The numbers and days in a text, and what each can be read as: a percentage is a share too."""
    found: dict[str, set[Fraction | str]] = {}
    for word in NUMBER.findall(text):
        if re.fullmatch(DAY, word):
            found[word] = {word}
        else:
            number = Fraction(word.rstrip("%").replace(",", ""))
            found[word] = {number, number / 100} if word.endswith("%") else {number}
    return found


def missing(said: str, text: str) -> list[str]:
    """The numbers and days of a cell that no number or day of a text is."""
    known = set().union(*numbers(text).values())
    return [word for word, readings in numbers(said).items() if not readings & known]


def vectors(shared: Path) -> dict[str, str]:
    """Give the text of each file of published figures that the table of schemes names."""
    scheme = (shared / "SCHEMES.md").read_text(encoding="utf-8")
    wanted = [
        pattern.strip()
        for line in scheme.splitlines()
        if line.startswith("| ") and line.count("|") == 4
        for pattern in line.strip("| ").split("|")[2].split(",")
    ]
    files = sorted((shared / "vectors").glob("*.json"))
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in files
        if any(fnmatch.fnmatch(path.stem, pattern) for pattern in wanted)
    }


def test_every_contract_is_in_the_index_and_nothing_else() -> None:
    """The table of contracts has each folder once, in order of the names, with its years and what is illustrative."""
    table = rows(CONTRACTS)
    assert [linked(cells[0]) for cells in table] == sorted(library())
    for name, what, years, illustrative in table:
        first, last = re.findall(r"^  (?:from|to): (\d{4})", contract_text(linked(name)), re.MULTILINE)
        assert years[:4] >= str(int(first) - 1), name
        assert (years[:2] + years[-2:]) <= str(int(last) + 1), name
        assert what
        assert illustrative


def contract_text(name: str) -> str:
    """Read a contract of the library as text."""
    return (HOME / name / "contract.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("cells", rows(MECHANISMS), ids=lambda cells: str(cells[0]))
def test_each_mechanism_names_a_line_that_stands_there(cells: list[str]) -> None:
    """The contract is one of the library, and an item of it of the kind named says the words of the last column."""
    _, name, kind, line = cells
    word = kind.partition("`")[2].partition("`")[0]
    if word not in SECTIONS:
        assert kind == f"[`{word}`](../docs/reference/kinds/{word}.md)"
        assert (ROOT / "docs" / "reference" / "kinds" / f"{word}.md").is_file()
    assert stands(contract_text(linked(name)), word, line.strip("`")), f"{linked(name)} has no {word} with {line}"


def test_what_managers_look_for_is_found() -> None:
    """Each way of speaking stands in the first column, and every contract in the second."""
    table = rows(MECHANISMS)
    words = " / ".join(cells[0] for cells in table)
    assert [each for each in ASKED if each not in words] == []
    assert {linked(cells[1]) for cells in table} == set(library())


def test_a_line_that_does_not_stand_there_is_found_out() -> None:
    """A term of another kind, of another item or with another figure is none of the contract's."""
    text = contract_text("positive-families")
    assert stands(text, "held", "every: 1 week")
    assert not stands(text, "held", "every: 2 weeks")
    assert not stands(text, "total", "every: 1 week")
    assert not stands(text, "held", "price: 100.00")
    assert not stands(text, "values", "every: 1 week")


def test_each_published_figure_is_in_the_index(shared: Path) -> None:
    """Each file of figures that the table of schemes names has a row, and no row is of another."""
    assert sorted(cells[0].strip("`") for cells in rows(FIGURES)) == sorted(vectors(shared))


@pytest.mark.parametrize("cells", rows(FIGURES), ids=lambda cells: str(cells[0].strip("`")))
def test_each_figure_stands_where_it_is_said_to(cells: list[str], shared: Path) -> None:
    """What is published is in the file of figures; what is ours is in the case, or a test evaluates the contract."""
    vector, name, published, _, here, shown = cells
    vector = vector.strip("`")
    folder = HOME / linked(name)
    text = (shared / "vectors" / f"{vector}.json").read_text(encoding="utf-8")
    assert numbers(published)
    assert missing(published, re.sub(r'(\d)p"', r'\1"', text)) == []  # 95p is 95 at a price that was not published
    if shown == BY_A_TEST:
        names = {vector, *re.findall(r'"id": "(\w+)"', text)}
        known = {one.contract for each in names for one in registered().get(each, ())}
        assert linked(name) in known, f"no test reproduces {vector} through {linked(name)}"
        return
    file = re.fullmatch(r"\[[^\]]+\]\(([^)]+)\)", shown)
    assert file, shown
    path = HOME / file[1]
    assert path.is_relative_to(folder)
    assert missing(here, path.read_text(encoding="utf-8")) == []
    shared_numbers = [word for word in numbers(here) if word not in missing(word, published)]
    assert shared_numbers


@pytest.mark.parametrize("cells", rows(FIGURES), ids=lambda cells: str(cells[0].strip("`")))
def test_how_a_figure_is_known_is_what_the_vector_says(cells: list[str], shared: Path) -> None:
    """Unconfirmed is what is not verified, or was written from memory; with inputs of ours it is not published.

    A README calls an example published only where the index does.
    """
    vector, name, _, known, _, _ = cells
    content = json.loads((shared / "vectors" / f"{vector.strip('`')}.json").read_text(encoding="utf-8"))
    vectors = content.get("cases", [content])
    parts = " ".join(part for each in vectors for part in each.get("unverified_parts", []))
    said = parts + " ".join(str(each["notes"]) for each in vectors)
    confirmed = any(each["verified"] for each in vectors) and "from memory" not in parts
    assert known in ("published", "reckoned") if confirmed else known == "unconfirmed"
    assert known != "published" or not re.search(r"(?i)\b(inputs|quantities|bands) (are )?ours", said)
    if known != "published":
        assert "the published example" not in (HOME / linked(name) / "README.md").read_text(encoding="utf-8")


def beside_ours(name: str) -> str:
    """The table of a README with what was published and what is ours; days in words are written as dates."""
    text = (HOME / name / "README.md").read_text(encoding="utf-8")
    text = text.partition("\n## Published beside ours\n")[2].partition("\n## ")[0]
    lines = "\n".join(line for line in text.splitlines() if line.startswith("| "))
    return re.sub(
        rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})",
        lambda day: f"{day[3]}-{MONTHS.index(day[2]) + 1:02}-{int(day[1]):02}",
        lines,
    )


@pytest.mark.parametrize("name", sorted(library()))
def test_each_figure_beside_the_published_stands_somewhere(name: str, shared: Path) -> None:
    """It is in the contract, in a case, or in a vector that the table names or that goes through this contract."""
    wanted = to_reproduce(shared)
    mine = {each for each, ways in registered().items() if any(way.contract == name for way in ways)}
    vectors = [wanted[each] for each in sorted(wanted) if each in mine or f"`{each}`" in beside_ours(name)]
    files = [path.read_text(encoding="utf-8") for path in sorted((HOME / name).rglob("*.yaml"))]
    text = re.sub(r'(\d)p[p"]', r'\1"', json.dumps(vectors)) + " ".join(files)
    said = re.sub(r"then \d+ of ", "", beside_ours(name))
    said, text = (re.sub(r"(?<=[ \"])-(?=\d)", "", each) for each in (said, text))
    assert missing(said, text) == list(RECKONED.get(name, ()))


def test_what_is_in_no_contract_is_named_with_its_page() -> None:
    """Each kind of the language has a row of the index, or stands in the words after it because no contract has it."""
    used = {kind for name in library() for kind in re.findall(r"\bkind: (\w+)", contract_text(name))}
    pages = {path.stem for path in (ROOT / "docs" / "reference" / "kinds").glob("[a-z]*.md")}
    listed = {cells[2].partition("`")[2].partition("`")[0] for cells in rows(MECHANISMS)}
    words = INDEX.partition(MECHANISMS)[2].partition("\n## ")[0].partition("\n\n")[2]
    assert used <= listed
    assert set(re.findall(r"kinds/(\w+)\.md", words)) == pages - used


def test_each_synthetic_return_is_linked() -> None:
    """An example that names the page of one contract of the library is linked from the index."""
    for page in sorted((ROOT / "examples").glob("*/README.md")):
        if re.search(r"contracts/[a-z0-9-]+[/`]", page.read_text(encoding="utf-8")) and page.parent.name != "panel":
            assert f"](../examples/{page.parent.name}/README.md)" in INDEX, page.parent.name


def test_a_figure_that_is_not_there_is_found_out() -> None:
    """Percentages, fractions, thousands and days are looked up by what they are, and nothing near them is."""
    text = "0.17 of 200, 1,234.50 on 2012-04-01, 13/155 and the 2,001st; level_3"
    assert missing("17%, 1,234.5 on 2012-04-01, 13/155", text) == []
    assert missing("18%, 1,234.51 on 2012-04-02, 13/156, 2001, 3", text) == [
        "18%",
        "1,234.51",
        "2012-04-02",
        "13/156",
        "2001",
        "3",
    ]
