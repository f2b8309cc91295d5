"""A reproduction is caught that is missing, reads or evaluates nothing, or compares too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

import pbr
from tests import small
from tests.vectors.filed import figure, paid
from tests.vectors.given import Given, changed, figures, other, written
from tests.vectors.registry import Registry, faults_of, names_in, to_reproduce

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vectors.filed import Filed
    from tests.vectors.registry import Function

CONTRACT: Final = "educate-girls"
VECTOR: Final[dict[str, Any]] = {
    "id": "two_targets",
    "rule_summary": "Not looked at.",
    "parameters": {"weights": {"learning": "0.8", "enrolment": "0.2"}},
    "inputs": {"gain": "8940", "enrolled": 768},
    "expected": {"enrolment": "1.16", "payment": "422000.00", "empty": {}, "capped": True},
}


def evaluated(given: Any, filed: Filed) -> pbr.Run:  # noqa: ANN401  # a vector, or a part of it
    """Evaluate the contract on the inputs of the vector."""
    row = {"gain": given["gain"], "enrolled": str(given["enrolled"]), "version": "1", "signed_on": "2018-06-30"}
    return filed.run({"evaluation": [row]}, "2018-06-30")


def whole(given: Given, filed: Filed) -> None:
    """Read everything, and compare everything."""
    done, expected = evaluated(given["inputs"], filed), given["expected"]
    for name, weight in given["parameters"]["weights"].items():
        assert f"    {name}: {int(float(weight) * 100)}%\n" in filed.text()
    assert f"{float(figure(done, 'enrolment') or 0):.2f}" == expected["enrolment"]
    assert paid(done, "provider") == {"educate_girls": expected["payment"]}
    assert expected["empty"] == {}
    assert expected["capped"]


def reads_nothing(given: Given, filed: Filed) -> None:
    """Evaluate what is written out here."""
    evaluated({"gain": "8940", "enrolled": 768}, filed)
    assert "expected" in given


def evaluates_nothing(given: Given, filed: Filed) -> None:
    """Compare figures with each other and the text of the contract, and evaluate nothing."""
    assert f"  most: {given['expected']['payment']}\n" in filed.text()


def evaluates_inline(given: Given, filed: Filed) -> None:
    """Evaluate the contract, and beside it a contract that is written in a test."""
    whole(given, filed)
    pbr.run(small.contract_of(), small.frames_of([], []), small.LATE)


def compares_too_little(given: Given, filed: Filed) -> None:
    """Read everything, and compare but one figure."""
    dict(given["parameters"]["weights"])
    done, expected = evaluated(given["inputs"], filed), dict(given["expected"])
    assert f"{float(figure(done, 'enrolment') or 0):.2f}" == expected["enrolment"]


def faults(*functions: Function, contract: str = CONTRACT, excused: dict[str, str] | None = None) -> list[str]:
    """Register functions for the vector and say what is wrong with them."""
    registry = Registry()
    for function in functions:
        registry.reproduces("two_targets", contract=contract, excused=excused)(function)
    return faults_of(VECTOR, registry.of.get("two_targets", ()))


def test_a_reproduction_of_everything_has_no_fault() -> None:
    """The one that the others leave out parts of is right."""
    assert faults(whole) == []


def test_a_vector_without_a_reproduction_is_named() -> None:
    """It says which vector, where to write what, and what is to be compared."""
    (fault,) = faults()
    asked, _, compared = fault.partition(" that compares ")
    where = 'write a function in tests/vectors/ under @reproduces("two_targets", contract="...")'
    assert asked == f"two_targets: no contract file reproduces it; {where}"
    assert compared == "expected.capped, expected.empty, expected.enrolment, expected.payment"


def test_one_that_reads_nothing_is_caught() -> None:
    """Every figure is listed, and that nothing at all was read."""
    found = faults(reads_nothing)
    assert found[0] == "two_targets by reads_nothing: reads nothing of the vector"
    assert set(found[1:]) == {f"two_targets: {written(path)} is never read" for path in figures(VECTOR)}


def test_one_that_evaluates_nothing_is_caught() -> None:
    """To read the text of the contract is not enough."""
    assert "two_targets by evaluates_nothing: the contract file of educate-girls is never evaluated" in faults(
        evaluates_nothing
    )


def test_one_that_evaluates_an_inline_contract_is_caught() -> None:
    """A contract that is written in a test is no file of the library."""
    assert faults(evaluates_inline) == [
        "two_targets by evaluates_inline: evaluates a contract that is no file of the library"
    ]


@pytest.mark.parametrize(
    ("most", "said", "fault"),
    [
        ("422000.00", "", None),
        ("422000.00", "the maximum", "changes no part of educate-girls, and `changed` says: the maximum"),
        ("423000.00", "", "changes parts of educate-girls, and does not say which: `changed` is empty"),
        ("423000.00", "the maximum", None),
    ],
)
def test_parts_that_are_changed_are_said(most: str, said: str, fault: str | None) -> None:
    """Words without a change are a fault, and so is a change without words."""

    def capped(given: Given, filed: Filed) -> None:
        """Evaluate under a maximum, which is that of the file or another."""
        change = ("  most: 422000.00\n", f"  most: {most}\n")
        row = {"gain": "8940", "enrolled": "768", "version": "1", "signed_on": "2018-06-30"}
        filed.run({"evaluation": [row]}, "2018-06-30", *([change] if most != "422000.00" else []))
        whole(given, filed)

    registry = Registry()
    registry.reproduces("two_targets", contract=CONTRACT, changed=said)(capped)
    found = faults_of(VECTOR, registry.of["two_targets"])
    assert found == ([] if fault is None else [f"two_targets by capped: {fault}"])


def test_one_of_a_contract_that_is_not_there_is_caught() -> None:
    """The contract that is named has to be a folder of the library."""
    found = faults(whole, contract="no-such-scheme")
    assert found[0] == "two_targets by whole: there is no contract file of no-such-scheme"


def test_one_that_compares_too_little_is_caught() -> None:
    """What is read and not compared may be another figure, and nothing fails."""
    assert faults(compares_too_little) == [
        f"two_targets: expected.{name} may be another figure, and nothing is noticed"
        for name in ("capped", "empty", "payment")
    ]


def test_two_may_share_the_work() -> None:
    """What one does not compare the other may."""

    def the_rest(given: Given, filed: Filed) -> None:
        """Compare what the other leaves out."""
        assert paid(evaluated(given["inputs"], filed), "provider") == {"educate_girls": given["expected"]["payment"]}
        assert (given["expected"]["capped"], given["expected"]["empty"]) == (True, {})

    assert faults(compares_too_little, the_rest) == []


def test_an_excuse_holds_for_a_figure_or_a_part_and_is_refused_where_it_is_not_needed() -> None:
    """An excuse of what is compared, or of what is not there, is a fault of its own."""
    reasons = {f"expected.{name}": "for a reason" for name in ("payment", "empty", "capped")}
    assert faults(compares_too_little, excused=reasons) == []
    assert faults(reads_nothing, excused={"parameters": "", "inputs": "", "expected": ""}) == [
        "two_targets by reads_nothing: reads nothing of the vector"
    ]
    assert faults(whole, excused={"expected.payment": "", "inputs.enroled": "", "parameters": ""}) == [
        f"two_targets: {path} is excused, and needs no excuse"
        for path in ("expected.payment", "inputs.enroled", "parameters")
    ]


def test_what_fails_on_the_vector_itself_is_a_failure() -> None:
    """A figure that differs is raised, and is no fault among others."""
    registry = Registry()
    registry.reproduces("two_targets", contract=CONTRACT)(whole)
    with pytest.raises(AssertionError):
        faults_of(changed(VECTOR, ("expected", "payment")), registry.of["two_targets"])


def test_what_is_read_is_noted() -> None:
    """A figure counts as read when it is taken, a whole part when it is compared, and a key or a length not at all."""
    content = {"a": {"b": 1, "c": [1, [2, 3]]}, "d": [], "e": "word"}
    given = Given(content)
    assert list(given) == ["a", "d", "e"]
    assert len(given["a"]["c"]) == 2
    assert given.seen == set()
    assert given["a"]["b"] == 1
    assert given["a"]["c"][1][-1] == 3
    assert given.seen == {("a", "b"), ("a", "c", 1, 1)}
    assert given["a"]["c"][:1] == [1]
    assert given["d"] == []
    assert given.seen == {("a", "b"), ("a", "c", 1, 1), ("a", "c", 0), ("d",)}
    assert content == given
    assert len(given.seen) == 6
    assert Given(content)["a"]["c"] == [1, [2, 3]]
    assert Given(content) != {"a": 1}
    assert Given(content) == Given(content)


@pytest.mark.parametrize(
    ("figure", "another"),
    [
        (True, False),
        (3, 4),
        (0.5, 1.5),
        ("119.40", "119.41"),
        ("0.0839", "0.0830"),
        ("30p", "31p"),
        ("2012-04-29", "2012-04-20"),
        ("met", "not met"),
        ("not yet due in 12 months", "not not yet due in 12 months"),
        (None, 1),
        ({}, 1),
    ],
)
def test_another_figure_is_near(figure: object, another: object) -> None:
    """Each sort of figure or word has another that is as near as can be."""
    assert other(figure) == another


def test_schemes_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Names of the last column, with patterns, and the cases of a file of several by their ids."""
    schemes = (
        "# Schemes\n\nWords | with a line.\n\n| id | what | vectors |\n|---|---|---|\n| one | x, y | first, d_* |\n"
        "| two | z | second |\n\nMore | words.\n"
    )
    assert names_in(schemes) == ["first", "d_*", "second"]
    (tmp_path / "SCHEMES.md").write_text(schemes, encoding="utf-8")
    folder = tmp_path / "vectors"
    folder.mkdir()
    for name, text in {
        "first": '{"id": "first"}',
        "second": '{"id": "second"}',
        "d_some": '{"cases": [{"id": "d_1"}, {"id": "d_2"}]}',
        "unnamed": '{"id": "unnamed"}',
    }.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    assert list(to_reproduce(tmp_path)) == ["first", "d_1", "d_2", "second"]
    (folder / "first.json").unlink()
    with pytest.raises(AssertionError, match="names vectors first, and no file has that name"):
        to_reproduce(tmp_path)
