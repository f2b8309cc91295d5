"""The case file as attrs models: a small return as tables of text, and what must come of it."""

from __future__ import annotations

from attrs import field, frozen

from pbr.calendar import Date
from pbr.cases.rows_file import RowsFile
from pbr.document import WORDS, Document
from pbr.problem import REASONS, STATES


@frozen(kw_only=True)
class ExpectedDecision:
    """A decision a case expects; what is left out is not compared.

    Attributes:
        subject: Who: the id of a row of the cohort's table; of an outcome of groups there is `group` instead.
        group: Which group: its labels and period in the order of `per`, such as `north Y1-Q2`; `all` for the only one.
        outcome: Which outcome.
        state: Its state.
        date: Day of the achievement.
        value: Its points, as the scale has them.
        reason: Its reason; one of those that `pbr rule --all` lists.
    """

    subject: str = ""
    group: str = ""
    outcome: str
    state: str = field(metadata={WORDS: STATES})
    date: Date | None = None
    value: str = ""
    reason: str = field(default="", metadata={WORDS: tuple(REASONS)})


@frozen(kw_only=True)
class ExpectedLine:
    """A line a case expects.

    Attributes:
        payment: Which payment; left out for a line that an adjustment made for a group of lines.
        subject: Who it is for; left out for a line of a group or a fee.
        amount: How much, in the contract's money; what an adjustment cuts is below zero.
        adjustment: What made it; ``-`` for the payment itself, which is the default.
        payee: Who is paid, such as a partner in a split; left out, it is not compared.
    """

    payment: str = ""
    subject: str = ""
    amount: str
    adjustment: str = "-"
    payee: str = ""


@frozen(kw_only=True)
class Expected:
    """What must come of a case.

    Attributes:
        decisions: Decisions, any number of them; those left out are not compared.
        lines: Every line; left out, lines are not compared, and an empty list says that there is none.
        total: What is due in all, in the contract's money.
    """

    decisions: tuple[ExpectedDecision, ...] = ()
    lines: tuple[ExpectedLine, ...] | None = None
    total: str = ""


@frozen(kw_only=True)
class CaseTerms:
    """The whole of a case file.

    Attributes:
        case: Its title.
        as_at: The day at whose end it is evaluated.
        tables: Rows by table, each a map from field to text, or the path of a CSV file of them; a table or field left
            out is empty.
        expect: What must come of it.
    """

    case: str
    as_at: Date
    tables: dict[str, tuple[dict[str, str], ...]]
    expect: Expected


@frozen(kw_only=True)
class Case:
    """A case, and the places of its terms.

    Attributes:
        terms: What it says.
        document: The file as read.
        files: Files that the rows of a table were read from, by table; the rows themselves are in ``terms``.
    """

    terms: CaseTerms
    document: Document = field(repr=False)
    files: dict[str, RowsFile] = field(factory=dict, repr=False)

    @property
    def file(self) -> str:
        """The file's own name, without its folder."""
        return self.document.file.replace("\\", "/").rsplit("/", 1)[-1]
