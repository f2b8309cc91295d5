"""Small agreements and ballots for tests."""

from __future__ import annotations

import csv
import io
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pbr.agreement import count_ballots, read_agreement, read_ballots
from pbr.agreement.votes import Votes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pbr.agreement import Count
    from pbr.agreement.votes import Found, Said

HEADER: Final = """\
pbr_agreement: 1
id: panel
version: 1
valid: {from: 2025-04-01, to: 2028-03-31}
electorate:
  counted_on: 2025-02-01
  smallest_group: 1
  groups:
    users: {eligible: 200, protected: yes}
    staff: {eligible: 200}
ballots: {file: ballots.csv}
"""
SURE: Final = "questions:\n  sure: {asks: yes_no, rule: simple_majority}\n"
PLAIN: Final = "voter,group,question,answer"
TIMED: Final = "voter,group,question,answer,time"
OPTIONS: Final = "voter,group,question,option,answer,time"
WEIGHTS: Final = "questions:\n  asked: {asks: map, rule: independent_markets, options: [a, b]}\n"
ROUNDS: Final = "questions:\n  sleep: {asks: set, rule: delphi, options: [a, b], rounds: {most: 3, stable: 5%}}\n"
IN_ROUNDS: Final = "voter,group,question,option,answer,round"


def rated(number: int, option: str, high: int, of: int = 20) -> list[tuple[str, ...]]:
    """Give ratings of one option in one round, alike in both groups."""
    return [
        (f"{group}{n}", group, "sleep", option, "8" if n < high else "5", str(number))
        for group in ("users", "staff")
        for n in range(of)
    ]


def votes(
    said: Iterable[tuple[str, tuple[Said, ...]]],
    options: tuple[str, ...] = (),
    protected: tuple[str, ...] = (),
    groups: tuple[str, ...] = ("users", "staff"),
) -> Votes:
    """Give votes out of what each voter said."""
    listed = list(said)
    return Votes(
        options=options,
        said=dict(Counter(listed)),
        cast=dict(Counter(group for group, _ in listed)),
        eligible=dict.fromkeys(groups, 200),
        protected=protected,
    )


def many(*counts: tuple[str, Said, int]) -> list[tuple[str, tuple[Said, ...]]]:
    """Give so many voters of a group who said the same one thing."""
    return [(group, (said,)) for group, said, n in counts for _ in range(n)]


def chosen(found: Found) -> tuple[str, ...]:
    """Give the options that were found; none if nothing was agreed."""
    if found.value is None:
        return ()
    assert isinstance(found.value, tuple)
    return found.value


def shares(*texts: str) -> tuple[Fraction, ...]:
    """Give exact shares out of texts such as 1/3."""
    return tuple(map(Fraction, texts))


def counted(folder: Path, terms: str, rows: Iterable[Iterable[str]], headings: str, header: str = HEADER) -> Count:
    """Write an agreement and its ballots, and count them."""
    (folder / "panel.yaml").write_text(header + terms, encoding="utf-8")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([headings.split(","), *rows])
    (folder / "ballots.csv").write_text(text.getvalue(), encoding="utf-8")
    agreement = read_agreement(folder / "panel.yaml")
    return count_ballots(agreement, read_ballots(agreement))
