"""Scores of random papers, counted again by a plain program of another shape."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.judging import counted, paper

if TYPE_CHECKING:
    from tests.judging import Row

LABELS: Final = ("northbank Y1-Q1", "southbank Y1-Q1", "northbank Y1-Q2")
TIMES: Final = ("2025-06-30", "2025-07-01", "2025-07-15", "2025-07-28", "2025-07-29", "2025-10-28")
WINDOWS: Final = {"Y1-Q1": ("2025-07-01", "2025-07-28"), "Y1-Q2": ("2025-10-01", "2025-10-28")}
VOTERS: Final = ("u0", "u1", "u2", "u3", "s0", "s1")
QUORUM: Final = 2

rows = st.lists(
    st.builds(
        paper,
        st.sampled_from(VOTERS),
        st.sampled_from(["0%", "40%", "70%", "100%", "40%", "70%", "abstain", "150%"]),
        st.sampled_from(LABELS),
        st.sampled_from(TIMES),
        st.sampled_from(["m7", "m8; m9", "m10", ""]),
    ),
    min_size=12,
    max_size=40,
    unique_by=lambda row: (row[0], row[3], row[5]),
)
interests = st.lists(
    st.tuples(
        st.sampled_from(VOTERS), st.sampled_from(["", "attainment"]), st.sampled_from(["northbank", *LABELS, "Y1-Q2"])
    ),
    max_size=4,
)


def scored(papers: list[Row], bars: list[Row], label: str) -> tuple[Fraction | None, set[str], int]:
    """Count one label: the score, what is cited, and how many were barred."""
    first, last = WINDOWS[label[-5:]]
    in_time = [row for row in papers if row[3] == label and first <= row[5] <= last]
    barred = {voter for voter, _, of in bars if of == label or label.startswith(of) or label.endswith(of)}
    says: dict[str, Row] = {}
    for row in sorted(in_time, key=lambda row: row[5]):
        says[row[0]] = row
    counts = [row for voter, row in says.items() if voter not in barred and row[4][0] in "0471" and row[6]]
    counts = [row for row in counts if row[4] != "150%"]
    middle = sorted(Fraction(row[4].rstrip("%")) / 100 for row in counts)
    score = middle[(len(middle) - 1) // 2] if len(middle) >= QUORUM else None
    cited = {each.strip() for row in counts for each in row[6].split(";")} if score is not None else set()
    return score, cited, len(barred & says.keys())


@given(rows, interests)
def test_scores_are_those_of_a_plain_count(papers: list[Row], bars: list[Row]) -> None:
    """Of each label the last paper in time of each voter who is not barred, if it cites evidence; the lower middle."""
    with TemporaryDirectory() as folder:
        pair = ("overall: 3 voters", f"overall: {QUORUM} voters")
        result = counted(Path(folder), papers, pair, interests=bars).result
    scores = result.questions["attainment"].scores
    for label in LABELS:
        score, cited, barred = scored(papers, bars, label)
        if label not in scores:
            assert (score, barred) == (None, 0)
            continue
        assert scores[label].agreed_value == score
        assert set(scores[label].evidence) == cited
        assert scores[label].barred == barred
    assert sum(result.papers[state] for state in result.papers if state != "read") == len(papers)


def test_random_papers_come_to_scores_and_to_bars() -> None:
    """Some have a score though somebody is barred, and some none; else nothing would have been compared."""
    seen: set[tuple[bool, bool]] = set()

    @settings(max_examples=60, derandomize=True, database=None, phases=[Phase.generate])
    @given(rows, interests)
    def look(papers: list[Row], bars: list[Row]) -> None:
        found = [scored(papers, bars, label) for label in LABELS]
        seen.update((score is not None, barred > 0) for score, _, barred in found)

    look()
    assert len(seen) == len({True, False}) ** 2
