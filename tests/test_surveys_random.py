"""Surveys at random, beside a second reckoning in plain Python, and what is not won by choosing whom to ask."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pbr.confidence import By
from tests.surveys import evaluated, everybody, refused, result, without

if TYPE_CHECKING:
    from tests.surveys import Rows

FLOOR = Fraction(40, 100)
OF_ASKED = ("response: 40%", "response: 40% of asked")
BOUND = By.parse("lower 80% two-sided")


@st.composite
def returns(draw: st.DrawFn) -> tuple[dict[str, Rows], dict[str, int]]:
    """Draw up to 24 people: seen or not, asked or not, answering or not, pleased or not, of two bands."""
    count = draw(st.integers(1, 24))
    tables = everybody(count, 0, count)
    names = [row["person"] for row in tables["people"]]
    score = {name: draw(st.integers(2, 8)) for name in names}
    for row in tables["people"]:
        row["band"] = draw(st.sampled_from(["low", "high"]))
    for row in tables["survey"]:
        row["q1"] = max(1, score[row["person"]] - 4)
        row["q2"] = score[row["person"]] - row["q1"]
    for table in ("contacts", "asked", "survey"):
        gone = draw(st.sets(st.sampled_from(names), max_size=count))
        tables[table] = without(tables[table], *gone)
    return tables, score


@given(returns())
def test_a_survey_is_counted_as_by_hand(drawn: tuple[dict[str, Rows], dict[str, int]]) -> None:
    """Frame, asked, answers, share, weights and refusals as sets of names give them."""
    tables, score = drawn
    seen, asked, said = ({row["person"] for row in tables[table]} for table in ("contacts", "asked", "survey"))
    run = evaluated(tables, ("fewest: 5", "fewest: 1"))
    done = result(run)
    heard = said & asked & seen
    pleased = {name for name in heard if score[name] >= 6}
    assert (done.frame, done.asked or 0) == (len(seen), len(asked & seen))
    assert (done.members.get("met", 0), done.members.get("not_met", 0)) == (len(pleased), len(heard - pleased))
    assert done.members.get("left out: not_asked", 0) == len(seen - asked)
    assert done.members.get("left out: no_answer", 0) == len((seen & asked) - said)
    assert len(refused(run)) == len(asked - seen) + len(said - heard)
    enough = bool(heard) and len(heard) >= FLOOR * len(seen)
    assert done.met is enough
    if enough:
        assert done.value == Fraction(len(pleased), len(heard))
    weighed = result(evaluated(tables, ("fewest: 5", "fewest: 1, weigh_by: band")))
    band = {row["person"]: row["band"] for row in tables["people"]}
    labels = {band[name] for name in seen}
    if enough and labels == {band[name] for name in heard}:
        parts = {label: [name for name in heard if band[name] == label] for label in labels}
        weights = {label: Fraction(sum(band[name] == label for name in seen), len(seen)) for label in labels}
        assert sum(weights.values()) == 1
        by_hand = sum(
            weights[label] * Fraction(sum(name in pleased for name in mine), len(mine)) for label, mine in parts.items()
        )
        assert weighed.value == by_hand
    else:
        assert weighed.value is None or not enough


@given(st.integers(5, 30), st.data())
def test_leaving_out_the_displeased_never_helps_below_the_floor(frame: int, data: st.DataObject) -> None:
    """Whoever asks only some of the frame is seen to have done so, and below the floor of the frame is paid nothing.

    Of those who would answer the lowest are taken off the list one by one: the frame stays, the number not asked grows
    by one each time, and once fewer than the floor of the frame are left there is no figure, however pleased these are.
    """
    answers = data.draw(st.integers(5, frame))
    pleased = data.draw(st.integers(0, answers))
    dropped = data.draw(st.integers(1, answers))
    whole = everybody(frame, pleased, answers)
    names = [row["person"] for row in whole["survey"]]
    lowest = names[::-1][:dropped]
    chosen = {**whole, "asked": without(whole["asked"], *lowest)}
    kept = {**chosen, "survey": without(whole["survey"], *lowest)}
    for tables in (chosen, kept):  # whether their answers are sent or not
        run = evaluated(tables, ("fewest: 5", "fewest: 1"))
        done = result(run)
        assert done.frame == frame
        assert done.members.get("left out: not_asked", 0) == dropped
        left = answers - dropped
        assert done.met is (left > 0 and left >= FLOOR * frame)
        assert result(run, of="enough").met <= done.met
        if tables is chosen:
            assert [code for _, _, code in refused(run)] == ["PBR226"] * dropped
    loose = result(evaluated(kept, ("fewest: 5", "fewest: 1"), OF_ASKED))
    assert loose.extremes is None or loose.extremes[0] == Fraction(min(pleased, answers - dropped), frame)
