"""The rows of a run in the order of its files, from those of parts of its subjects or of all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.output.files import GROUP_ROWS
from pbr.output.merge import in_frames, merged
from pbr.own_rows import own_rows
from pbr.pooled import group_rows
from pbr.statement import NULLS_LAST, ORDER
from pbr.uses import USE_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from pbr.decisions import Decisions

SUBJECTS = 25_000
"""Subjects whose decisions are put into words at once."""


def lines_merged(parts: Sequence[Path | pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    """The lines of a statement, from those of parts; see ``placed_lines``."""
    return merged(parts, ORDER, NULLS_LAST, GROUP_ROWS)


def uses_merged(parts: Sequence[Path | pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    """The use of every row in words, from that of parts, which share no row; see ``placed_uses``."""
    found = merged(parts, USE_ORDER, [False] * len(USE_ORDER), GROUP_ROWS)
    return (frame.drop("_file") for frame in found)


def decisions_merged(decisions: Decisions, parts: Sequence[Path | pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    """The rows of ``Decisions.rows``, from those on the subjects of parts; see ``own_rows``.

    Args:
        decisions: The plan and those on groups; subjects of its own are not looked at.
        parts: Rows by subject, and all those of a subject in one part as they stand there.
    """
    return _and_groups(decisions, merged(parts, ["subject"], [False], GROUP_ROWS))


def decision_rows(decisions: Decisions) -> Iterator[pl.DataFrame]:
    """The rows of ``Decisions.rows``, those of a few subjects at a time."""
    frames = in_frames([decisions.frame.sort("subject")], SUBJECTS)
    return _and_groups(decisions, (own_rows(decisions.plan, frame, decisions.names) for frame in frames))


def _and_groups(decisions: Decisions, own: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Rows of subjects, of which there is at least one frame, and then those of groups."""
    for frame in own:
        yield frame
    if decisions.pooled:
        yield group_rows(decisions.plan, decisions.pooled, frame.schema)
