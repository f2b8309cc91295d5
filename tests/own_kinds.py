"""Kinds of somebody's own, for tests: one that counts, one with two figures and a value, one that reads another."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from attrs import frozen

import pbr
from pbr.contract.read import load
from pbr.document import parse_document
from pbr.kinds import (
    DEFAULT_KINDS,
    Columns,
    Context,
    Decision,
    Each,
    Reading,
    Unit,
    ValueType,
    Window,
    anchors,
    figure,
    first_true,
    outcome_name,
    reason_code,
    row_field,
    state_code,
)
from tests.added_kinds import page_module

if TYPE_CHECKING:
    from pbr.api import Run
    from pbr.kinds import Kinds
    from pbr.problem import Problem
    from tests.small import Rows

MODULE: Final = page_module()
"""The module that the how-to page builds, which tests change; it is not imported, nor its types relied on."""


def module_of(text: str, name: str = "attendance") -> types.ModuleType:
    """Run the text of a module under its name, as an import would."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)  # noqa: S102  # a module of our own
    return module


ATTENDED: Final[type] = module_of(MODULE).Attended


@frozen(kw_only=True)
class Varied:
    """Sessions of enough different themes.

    Meaning:
        The outcome is met on the day on which so many different themes have been attended as are required.

    Terms:
        table: text. A child of the cohort's table.
        when: condition on the row; default every row.
        date: date field of the row.
        theme: text field of the row.
        at_least: whole number from 1, or the name of a value: so many themes.
        worth: whole number from 1, or the name of a value: the points of each theme.
        window: the days that count; default the whole term.
        excused_by: condition on the cohort's row; default none.
        paid: ``no`` of a signpost; default what is so.

    Worked example:
        >>> Varied(table="sessions", date="on", theme="theme", at_least="2", worth="5").parts
        1

    Edge of the rule:
        Of two themes that are required the second is met on its day, however often the first was attended.

    Source:
        Made for tests.
    """

    version: ClassVar[str] = "2026-01"
    parts: ClassVar[int] = 1
    value_type: ClassVar[ValueType] = ValueType(kind=Unit.NUMBER)

    kind: str = "varied"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    table: str
    when: str | None = None
    date: str
    theme: str = row_field("text")
    at_least: str = figure("count")
    worth: str = figure("count", "1")
    window: Window | None = None
    excused_by: str | None = None

    def reads(self) -> tuple[str, ...]:
        """The outcome its window starts from, if any."""
        return anchors(self.window)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:
        """The first session of each theme."""
        return (Reading(table=self.table, when=ctx.when, date=self.date, window=self.window, once=self.theme),)

    def facts(self, ctx: Context) -> tuple[object, ...]:
        """The first day of each theme, and rows of which it is not known whether they count, or for what."""
        (reading,) = self.readings(ctx)
        return (Each(reading=reading), *reading.undecided)

    def decide(self, columns: Columns, ctx: Context) -> Decision:
        """Met once enough themes are sure; worth so many points for each theme there is."""
        (reading,) = self.readings(ctx)
        least, worth, anchor = ctx.figures["at_least"], ctx.figures["worth"], columns.anchor(self.window)
        _, number, parts = columns.each(Each(reading=reading))
        needed = least.minor(least.cell(anchor))
        met = (number >= needed).fill_null(value=False)
        (undecided,) = columns.undecided(reading)
        reason = first_true(
            [
                (met, "met"),
                (undecided.test, undecided.reason),
                (columns.now() < columns.clipped(self.window), "window_open"),
                (undecided.never, "part_not_met"),
            ],
            otherwise="too_little",
        )
        day = parts.list.get(needed - 1, null_on_oob=True).struct.field("date")
        value = number * worth.minor(worth.cell(anchor))
        first = parts.list.first().struct.field("date")
        decision = Decision(reason=reason, date=day, missing=undecided.missing, value=value, picked=first, picks=parts)
        for table in (least, worth):
            decision = columns.figured(table, table.minor(table.cell(anchor)).is_null(), self.window, decision)
        return columns.anchored(self.window, decision)


@frozen(kw_only=True)
class Echoed:
    """Another outcome is met, some days ago.

    Meaning:
        The outcome is met on the day on which another was met.

    Terms:
        of: text. The other outcome.
        excused_by: condition on the cohort's row; default none.
        paid: ``no`` of a signpost; default what is so.

    Worked example:
        >>> Echoed(of="course").reads()
        ('course',)

    Edge of the rule:
        Whatever keeps the other from being met keeps this one from it, for the same time.

    Source:
        Made for tests.
    """

    version: ClassVar[str] = "1"
    parts: ClassVar[None] = None
    value_type: ClassVar[None] = None

    kind: str = "echoed"
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""
    paid: str | None = None
    of: str = outcome_name()
    excused_by: str | None = None

    def reads(self) -> tuple[str, ...]:
        """The other outcome."""
        return (self.of,)

    def readings(self, ctx: Context) -> tuple[Reading, ...]:  # noqa: ARG002  # the same for every kind
        """No rows of its own."""
        return ()

    def facts(self, ctx: Context) -> tuple[object, ...]:  # noqa: ARG002  # the same for every kind
        """No facts of its own."""
        return ()

    def decide(self, columns: Columns, ctx: Context) -> Decision:  # noqa: ARG002  # the same for every kind
        """As the other."""
        met = pl.col(f"{self.of}.state") == state_code("met")
        decision = Decision(reason=reason_code("met"), date=pl.col(f"{self.of}.date"))
        state, missing = pl.col(f"{self.of}.state"), pl.col(f"{self.of}.missing")
        return decision.unless(~met, reason_code("anchor"), state=state, missing=missing)


KINDS: Final = (ATTENDED, Varied, Echoed)
"""Found by ``--kinds tests.own_kinds``."""
ALL: Final = DEFAULT_KINDS.adding(*KINDS)
FAMILIES: Final = ("family", "provider", "referred_on", "moved_on")
SESSIONS: Final = ("family", "on", "whole", "theme", "recorded_on")

TEXT: Final = """\
pbr: 1
contract:
  id: course
  version: 1
  providers: {north: {name: North}, south: {name: South}}
  currency: GBP
  from: 2025-04-01
  to: 2026-03-31
tables:
  families:
    row_is: family
    fields: {family: id, provider: provider, referred_on: date, moved_on: date}
  sessions:
    row_is: session
    of: family
    fields: {on: date, whole: yes_no, theme: {type: text, one_of: [sleep, play, food]}, recorded_on: recorded}
cohort: {of: family, start: referred_on}
values:
  enough: {by: provider, north: 2, south: 3}
outcomes:
  course:
    kind: attended
    clause: "3.1"
    table: sessions
    when: "whole"
    date: on
    at_least: enough
    window: {from: start, for: 4 weeks}
    excused_by: "moved_on IS NOT NULL"
payments:
  course_fee: {kind: tariff, pays_for: course, price: 400.00}
"""


def loaded(text: str, kinds: Kinds = ALL) -> tuple[pbr.Contract | None, tuple[Problem, ...]]:
    """Read a contract, and all that is wrong with it."""
    return load(parse_document(text.encode(), "contract.yaml"), kinds)


def contract_of(text: str = TEXT, kinds: Kinds = ALL) -> pbr.Contract:
    """Read a contract that is clean."""
    contract, problems = loaded(text, kinds)
    assert problems == ()
    assert contract is not None
    return contract


def with_outcomes(*lines: str, payments: str = "") -> str:
    """Add outcomes, and payments, to the contract."""
    added = "".join(f"  {line}\n" for line in lines)
    text = TEXT.replace("payments:\n", f"{added}payments:\n")
    return text + payments


def frames_of(families: Rows, sessions: Rows) -> dict[str, pl.DataFrame]:
    """Make a return of text; a field that is not written is empty."""
    tables = {"families": (FAMILIES, families), "sessions": (SESSIONS, sessions)}
    return {
        name: pl.DataFrame(
            {field: [row.get(field, "") for row in rows] for field in fields}, schema=dict.fromkeys(fields, pl.String)
        )
        for name, (fields, rows) in tables.items()
    }


def evaluated(text: str, families: Rows, sessions: Rows, as_at: str = "2026-03-31") -> Run:
    """Evaluate a contract on rows."""
    return pbr.run(contract_of(text), frames_of(families, sessions), as_at)


def family(name: str = "F1", provider: str = "north", start: str = "2025-05-01", moved: str = "") -> dict[str, str]:
    """Make the row of a family."""
    return {"family": name, "provider": provider, "referred_on": start, "moved_on": moved}


def session(day: str, name: str = "F1", whole: str = "yes", theme: str = "play", known: str = "") -> dict[str, str]:
    """Make the row of a session, known on its own day unless said."""
    return {"family": name, "on": day, "whole": whole, "theme": theme, "recorded_on": known or day}


def decided(run: Run, outcome: str, subject: str = "F1") -> tuple[str, str, str | None]:
    """Give the state, the reason and the date of an outcome of somebody."""
    rows = run.decisions.rows().filter(pl.col("outcome") == outcome, pl.col("subject") == subject)
    assert rows.height == 1
    day = rows["date"][0]
    return rows["state"][0], rows["reason"][0], None if day is None else str(day)
