"""Steps written in words: how they are read, and that together they hold every value once or show which they do not."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from random import Random
from typing import Final

import pytest

from pbr.condition import Kind, ValueType
from pbr.proof import STEP_FORMS, Found, Step, Values, Verdict, parse_step, prove_steps, shown, steps_verdicts

WHOLE: Final = Values(type=ValueType(kind=Kind.NUMBER), least=0, most=100)
HOURS: Final = Values(type=ValueType(kind=Kind.NUMBER), least=0, most=168)
SHARE: Final = Values(type=ValueType(kind=Kind.SHARE, places=6), least=0, most=10**6)
RATIO: Final = Values(type=ValueType(kind=Kind.SHARE, places=6), least=0, most=10**6, exact=True)
MONEY: Final = Values(type=ValueType(kind=Kind.MONEY, places=2), least=0, most=10**6)


def steps(*texts: str) -> list[Step]:
    """Read steps, each of which can be read."""
    found = [parse_step(text) for text in texts]
    assert None not in found
    return [step for step in found if step is not None]


def said(verdicts: tuple[Verdict, ...]) -> list[str]:
    """Say verdicts in a line each."""
    return [" | ".join([v.found.value, *v.labels, v.shown or v.reason]).removesuffix(" | ") for v in verdicts]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("under 16", None, "16)"),
        ("over 16", "(16", None),
        ("16 or less", None, "16]"),
        ("16 or more", "[16", None),
        ("16 to 24", "[16", "24]"),
        ("16-24", "[16", "24]"),
        ("16 \N{EN DASH} 24", "[16", "24]"),
        ("16", "[16", "16]"),
        ("-5 to -1.50", "[-5", "-1.5]"),
        ("-5--1", "[-5", "-1]"),
        ("75-79%", "[75%", "79%]"),
        ("75% to 79%", "[75%", "79%]"),
        ("75 to 79%", "[75%", "79%]"),
        ("80% or more", "[80%", None),
        ("under  90%", None, "90%)"),
        ("0.5%", "[0.5%", "0.5%]"),
    ],
)
def test_steps_are_read(text: str, low: str | None, high: str | None) -> None:
    """Each form gives its ends and whether they belong to the step."""
    (step,) = steps(text)
    assert step.text == text
    assert step.kind is (Kind.SHARE if "%" in text else Kind.NUMBER)
    ends = (
        None if step.low is None else ("[" if step.low_in else "(") + shown(step.low, step.kind),
        None if step.high is None else shown(step.high, step.kind) + ("]" if step.high_in else ")"),
    )
    assert ends == (low, high)
    assert not step.backwards


@pytest.mark.parametrize(
    "text",
    ["", "16 and up", "under", "under 16 to 24", "75% to 79", "16 to", "1e3", "1,000", "80%+", "16 hours", "> 16", "٣"],
)
def test_what_is_no_step_is_none(text: str) -> None:
    """Anything else is not guessed at."""
    assert parse_step(text) is None


def test_every_form_named_is_read() -> None:
    """What a message may say of how steps are written can be read."""
    assert [step.text for step in steps(*STEP_FORMS)] == list(STEP_FORMS)


def test_a_step_that_ends_below_its_start_is_told() -> None:
    """From 80 to 70 holds nothing, and 80 to 80 holds 80."""
    assert [step.backwards for step in steps("80 to 70", "80 to 80", "over 80")] == [True, False, False]
    assert [step.holds(Fraction(80)) for step in steps("80 to 70", "80 to 80", "over 80")] == [False, True, False]


@pytest.mark.parametrize(
    ("texts", "values", "expected"),
    [
        (["under 75%", "75% to 79%", "80% or more"], SHARE, ["gap | 75% to 79% | 80% or more | 79.5%"]),
        (["under 75", "75 to 79", "80 or more"], WHOLE, ["proved"]),
        (["under 16", "over 16"], HOURS, ["gap | under 16 | over 16 | 16"]),
        (["under 16", "16 to 24", "over 24"], HOURS, ["proved"]),
        (["under 70", "70-80", "80-90", "over 90"], WHOLE, ["overlap | 70-80 | 80-90 | 80"]),
        (["under 90%", "90% to 100%", "over 100%"], SHARE, ["proved"]),
        (["16 to 24", "over 24"], HOURS, ["gap | 16 to 24 | 15"]),
        (["under 16", "16 to 24"], HOURS, ["gap | 16 to 24 | 25"]),
        (["0 to 168"], HOURS, ["proved"]),
        (["over 200"], HOURS, ["gap | over 200 | 0"]),
        ([], HOURS, ["gap | 0"]),
        (["50", "under 50", "over 50"], WHOLE, ["proved"]),
        (["under 75.5", "75.6 or more"], WHOLE, ["proved"]),
        (["under 20.50", "20.51 or more"], MONEY, ["gap | under 20.50 | 20.51 or more | 20.5"]),
        (["20.50 or less", "20.51 or more"], MONEY, ["proved"]),
        (["79.999999% or less", "80% or more"], SHARE, ["proved"]),
        (["79.999999% or less", "80% or more"], RATIO, ["gap | 79.999999% or less | 80% or more | 79.9999995%"]),
        (["under 80%", "80% or more"], RATIO, ["proved"]),
        (["under 33.33333333%", "33.33333334% or more"], RATIO,
         ["gap | under 33.33333333% | 33.33333334% or more | 33.33333333%",
          "gap | under 33.33333333% | 33.33333334% or more | 33.333333335%"]),
        (["50 to 40", "under 50", "50 or more"], WHOLE, ["proved"]),
        (["0 to 60", "20 to 80", "40 to 100"], WHOLE,
         ["overlap | 0 to 60 | 20 to 80 | 20", "overlap | 20 to 80 | 40 to 100 | 70"]),
        (["under 0.5", "0.5 or more"], SHARE, ["proved"]),
        (["under 50%", "50% or more"], WHOLE,
         [f"{Found.UNPROVED.value} | under 50% | a percentage compares with a share only, not with number"]),
        (["under 5", "5 or more"], Values(type=ValueType(kind=Kind.DATE)),
         ["cannot be proved; checked for each person | steps are of numbers, not of date"]),
    ],
)  # fmt: skip
def test_steps_are_proved_or_a_value_shows_the_fault(texts: list[str], values: Values, expected: list[str]) -> None:
    """Each gap has the value nobody holds and its neighbours, each overlap the value two hold."""
    assert said(steps_verdicts(steps(*texts), values)) == expected
    assert prove_steps(steps(*texts), values) == steps_verdicts(steps(*texts), values)[0]


def draw_steps(luck: Random, percent: str) -> list[str]:
    """Write two to four steps, whole ones and any, in hundredths or in whole numbers."""
    ends = sorted(luck.sample(range(1, 10), luck.randint(1, 3)))
    joined = luck.random() < 0.4
    texts = [luck.choice(["under {}", "{} or less"] if not joined else ["under {}"]).format(f"{ends[0]}{percent}")]
    for low, high in itertools.pairwise(ends):
        first = low if joined else low + luck.choice([0, 1])
        last = high - 1 if joined and not percent else high - luck.choice([0, 1])
        if first <= last:
            texts.append(f"{first}{percent} to {last}{percent}")
    texts.append(
        f"{ends[-1]}{percent} or more"
        if joined
        else luck.choice(["over {}", "{} or more"]).format(f"{ends[-1]}{percent}")
    )
    luck.shuffle(texts)
    return texts


def test_verdicts_on_steps_equal_trying_every_value() -> None:
    """Over 2,000 scales of whole numbers and of shares, proof and trial agree; each end is reached."""
    luck = Random(20250401)  # noqa: S311 - made-up scales need no secrets
    reached: Counter[Found] = Counter()
    whole = Values(type=ValueType(kind=Kind.NUMBER), least=0, most=10)
    share = Values(type=ValueType(kind=Kind.SHARE, places=3), least=0, most=100)
    for _ in range(2000):
        values, percent = luck.choice([(whole, ""), (share, "%")])
        found = steps(*draw_steps(luck, percent))
        least, most = values.bounds
        held = {
            number: sum(step.holds(Fraction(number, 10**values.type.places)) for step in found)
            for number in range(least, most + 1)
        }
        verdicts = steps_verdicts(found, values)
        kinds = {verdict.found for verdict in verdicts}
        expected = {Found.GAP} if 0 in held.values() else set()
        expected |= {Found.OVERLAP} if max(held.values()) > 1 else set()
        assert kinds == (expected or {Found.PROVED}), [step.text for step in found]
        for verdict in verdicts:
            if verdict.found is not Found.PROVED:
                shows = Fraction(verdict.shown.removesuffix("%")) / (100 if percent else 1)
                holding = held[int(shows * 10**values.type.places)]
                assert holding == 0 if verdict.found is Found.GAP else holding > 1
        reached.update(kinds)
    assert min(reached[one] for one in (Found.PROVED, Found.GAP, Found.OVERLAP)) >= 300, reached


@pytest.mark.parametrize(
    ("words", "held", "missed"),
    [
        ("16 to under 24", (16, 20, 23), (15, 24)),
        ("over 16 to 24", (17, 24), (16, 25)),
        ("over 16 to under 24", (17, 23), (16, 24)),
        ("16-under 24", (16, 23), (24,)),
    ],
)
def test_an_end_may_be_left_out(words: str, held: tuple[int, ...], missed: tuple[int, ...]) -> None:
    """`to under` leaves the upper end out and `over` the lower; a step of one number without its end holds nothing."""
    step = parse_step(words)
    assert step is not None
    assert all(step.holds(Fraction(number)) for number in held)
    assert not any(step.holds(Fraction(number)) for number in missed)
    assert not step.backwards
    empty = parse_step("16 to under 16")
    assert empty is not None
    assert empty.backwards
