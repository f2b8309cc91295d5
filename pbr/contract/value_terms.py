"""Values as attrs models: figures by label and day, written in the contract or in a file beside it, or agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from pbr.calendar import Date
    from pbr.document import PathTo
    from pbr.problem import Place


@frozen(kw_only=True)
class Cell:
    """One figure of a value.

    Attributes:
        labels: A label of each key it is for; ``*`` is any.
        first: First day it holds, or None for always.
        last: Last day, or None until the next.
        text: The figure as written.
        path: Where it stands under its value, if it stands in the contract.
        place: Where it stands in a file of its own.
    """

    labels: tuple[str, ...] = ()
    first: Date | None = None
    last: Date | None = None
    text: str
    path: PathTo = ()
    place: Place | None = None


UNPAID = "unpaid"
"""What ``if_none`` says where nothing is paid without an agreement."""


@frozen(kw_only=True)
class InForce:
    """Days, both included, on which one version of an agreement decides a figure, or none does.

    Attributes:
        first: First day, or None for every day before the last.
        last: Last day, or None for every day after the first.
        version: The version, or 0 where ``if_none`` holds.
        file: Its result file as it was named, or empty.
        sha256: Of the bytes of that file, or empty.
    """

    first: Date | None
    last: Date | None
    version: int = 0
    file: str = ""
    sha256: str = ""


@frozen(kw_only=True)
class AgreedTerm:
    """What a panel decides, within the commissioner's bounds, and what holds while it has not.

    Attributes:
        agreement: Name of the agreement under ``agreements``.
        question: Question of that agreement.
        bounds: The least and the most, both included, as written; none for a set, or yes or no.
        if_none: The figures that hold while nothing is agreed; the text of one may be ``UNPAID``.
        in_force: Which version decides on which days, in their order without a gap; read from the results.
        condition: Whom a panel chose, as a condition on the cohort's row, where it chose among groups of these.
    """

    agreement: str
    question: str
    bounds: tuple[str, str] | None = None
    if_none: tuple[Cell, ...] = ()
    in_force: tuple[InForce, ...] = ()
    condition: str = ""


@frozen(kw_only=True)
class ValueTerm:
    """A named figure: a literal, dated, by one or two keys, or both; in the contract, in a file beside it, or agreed.

    Attributes:
        by: Groupings, ``provider``, text fields or a period its rows are for; none, one or two.
        csv: File that holds its rows, as seen from the contract.
        agreed: Who decides it, if a panel does.
        cells: Every figure, in file order; of an agreed one those of each version while it is in force.
        title: As printed.
        source: Where it comes from.
    """

    by: tuple[str, ...] = ()
    csv: str = ""
    agreed: AgreedTerm | None = None
    cells: tuple[Cell, ...] = ()
    title: str = ""
    source: str = ""


@frozen
class Versions:
    """The versions of an agreement, in the order of the file.

    Attributes:
        files: Files beside the contract.
    """

    files: tuple[str, ...]
