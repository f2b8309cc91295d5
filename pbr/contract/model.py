"""The contract as attrs models: what may be written, and nothing of how it is read from a file.

Every class here is one level of the file; attribute names are the file's keys, with an underscore where the key is a
word of Python. Numbers stay text until a term says by which unit they are read.
"""

from __future__ import annotations

import enum
from functools import cached_property

from attrs import field, frozen

from pbr.adjustments import Adjustment, Split
from pbr.calendar import Date
from pbr.condition.types import SHARE_PLACES, Kind, ValueType
from pbr.contract.of_groups import outcomes_of_groups
from pbr.contract.value_terms import ValueTerm, Versions
from pbr.money import CURRENCY_DIGITS, Rounding
from pbr.outcomes import OF_GROUPS, Estimate, Outcome, OwnOutcome, PooledOutcome
from pbr.payments import Payment
from pbr.working_days import WorkingDays


class Statements(enum.Enum):
    """The period of a statement."""

    CONTRACT_YEAR = "contract_year"
    YEARLY = "yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class LeapBirthday(enum.Enum):
    """When somebody born on 29 February is a year older in a common year."""

    MARCH = "1 March"
    FEBRUARY = "28 February"


class MonthEnd(enum.Enum):
    """What a month later is, when the month is shorter."""

    CLAMP = "clamp"


class FieldKind(enum.Enum):
    """The closed list of field types."""

    ID = "id"
    TEXT = "text"
    YES_NO = "yes_no"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    SHARE = "share"
    DATE = "date"
    INSTANT = "instant"
    PROVIDER = "provider"
    RECORDED = "recorded"


@frozen
class MonthDay:
    """A day of the year, such as 04-01.

    Attributes:
        month: 1 to 12.
        day: 1 to 31; clamped in shorter months.
    """

    month: int
    day: int


@frozen(kw_only=True)
class Party:
    """A commissioner or provider.

    Attributes:
        name: As printed.
    """

    name: str = ""


@frozen(kw_only=True)
class Header:
    """Who agreed what, for how long, in which money.

    Attributes:
        id: Identifier of the contract.
        title: As printed.
        version: Version of the contract.
        commissioners: Who pays, by id.
        providers: Who may be paid, by id.
        currency: ISO 4217 code.
        from_: First day of the term.
        to: Last day on which anything can be earned.
        year_starts: Day on which contract years start; the day and month of ``from`` by default.
        statements: Period of a statement.
        time_zone: Zone in which an instant becomes a day, such as Europe/London.
    """

    id: str
    title: str = ""
    version: str
    commissioners: dict[str, Party] = field(factory=dict)
    providers: dict[str, Party] = field(factory=dict)
    currency: str
    from_: Date
    to: Date
    year_starts: MonthDay | None = None
    statements: Statements = Statements.CONTRACT_YEAR
    time_zone: str = ""


@frozen(kw_only=True)
class Conventions:
    """How the contract counts and rounds.

    Attributes:
        rounding: Where a half goes.
        month_end: A month after 31 January.
        leap_birthday: Birthday of somebody born on 29 February.
        working_days: Which days are working days; ``weekdays``, or a country with days of its own.
    """

    rounding: Rounding = Rounding.HALF_UP
    month_end: MonthEnd = MonthEnd.CLAMP
    leap_birthday: LeapBirthday = LeapBirthday.MARCH
    working_days: WorkingDays | None = None


_KINDS = {
    FieldKind.ID: Kind.ID,
    FieldKind.PROVIDER: Kind.ID,
    FieldKind.TEXT: Kind.TEXT,
    FieldKind.YES_NO: Kind.YES_NO,
    FieldKind.WHOLE: Kind.NUMBER,
    FieldKind.DECIMAL: Kind.NUMBER,
    FieldKind.MONEY: Kind.MONEY,
    FieldKind.SHARE: Kind.SHARE,
}
"""What a field is in conditions; one of another type is a date."""


@frozen(kw_only=True)
class Field:
    """One column of a table.

    Attributes:
        type: One of the closed list.
        of: ``whole`` for an id, ``instant`` for recorded.
        one_of: The only words a text may hold.
        codes: Words as returned, and the declared words they stand for.
        from_: Least number, a whole one.
        to: Greatest number, a whole one.
        places: Decimal places of a decimal.
        sensitive: Whether its value must never be shown.
    """

    type: FieldKind
    of: str = ""
    one_of: tuple[str, ...] = ()
    codes: dict[str, str] = field(factory=dict)
    from_: str = ""
    to: str = ""
    places: str = ""
    sensitive: str = ""

    @property
    def is_whole_id(self) -> bool:
        """Whether an id is held as a whole number and ordered by value."""
        return self.type is FieldKind.ID and self.of == "whole"

    @property
    def is_sensitive(self) -> bool:
        """Whether its value must never be shown."""
        return self.sensitive in {"true", "yes"}

    def scale(self, currency: str) -> int:
        """Decimal places of the whole number that holds it in a frame."""
        if self.type is FieldKind.DECIMAL:
            return int(self.places) if self.places.isascii() and self.places.isdecimal() else 0
        return {FieldKind.MONEY: CURRENCY_DIGITS.get(currency, 2), FieldKind.SHARE: SHARE_PLACES}.get(self.type, 0)

    def value_type(self, currency: str) -> ValueType:
        """Its type as conditions see it."""
        kind = Kind.WHOLE_ID if self.is_whole_id else _KINDS.get(self.type, Kind.DATE)
        return ValueType(kind=kind, places=self.scale(currency), one_of=self.one_of, sensitive=self.is_sensitive)


@frozen(kw_only=True)
class TableTerm:
    """One table of the return.

    Attributes:
        row_is: Noun: what a row stands for.
        of: Noun of the parent, whose key columns its rows carry too.
        is_: ``provider`` if its rows are about providers, and not about those whom the scheme is for;
            ``contribution`` if they say who helped these.
        key: Fields that name a row; the noun by default where the table has no parent.
        fields: Columns by name.
        columns: Headings as returned, and the fields they stand for.
    """

    row_is: str
    of: str = ""
    is_: str = ""
    key: tuple[str, ...] = ()
    fields: dict[str, Field]
    columns: dict[str, str] = field(factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Fields that name a row; none for a child without ``key``."""
        return self.key or (() if self.of else (self.row_is,))

    def role(self, kind: FieldKind) -> str | None:
        """The field of a type that stands at most once, or None."""
        return next((name for name, term in self.fields.items() if term.type is kind), None)


NUMBERS = (FieldKind.WHOLE, FieldKind.DECIMAL)
PROVIDERS, CONTRIBUTIONS = "provider", "contribution"
"""What the rows of a table may be, under ``is``."""


@frozen(kw_only=True)
class Contributions:
    """The table that says who helped, as it is read.

    Attributes:
        table: Its name.
        who: Field that says who helped.
        words: The words it may hold, in the order of the file.
        date: Field of the day.
        recorded: Field of the day on which a row was recorded, or None.
        number: Field that says how much, such as hours, or None.
    """

    table: str
    who: str
    words: tuple[str, ...]
    date: str
    recorded: str | None = None
    number: str | None = None


@frozen(kw_only=True)
class Clause:
    """A numbered condition on who belongs to the cohort.

    Attributes:
        id: Identifier.
        when: Condition on the cohort's row.
        clause: Number in the signed contract.
        title: As printed.
        means: One sentence the signatory reads.
        source: Where it comes from.
    """

    id: str
    when: str
    clause: str = ""
    title: str = ""
    means: str = ""
    source: str = ""


@frozen(kw_only=True)
class Cohort:
    """Who the scheme is for, and where each one's clock starts.

    Attributes:
        of: Noun of the table whose rows are the subjects.
        start: Date field of that table.
        include: Conditions that must be true, in order.
        exclude: Conditions that must not be true, in order.
    """

    of: str
    start: str
    include: tuple[Clause, ...] = ()
    exclude: tuple[Clause, ...] = ()


NOBODY = "(nobody)"
"""The name of the table, of no rows, that stands for the cohort of a contract without one."""
NO_COHORT = Cohort(of=NOBODY, start="start")


@frozen(kw_only=True)
class SpellTerm:
    """A state that holds over days: `from` a day of a row `to` another, or from rows that open and close it.

    Attributes:
        table: The cohort's table or a child of it.
        from_: Date field of the first day; an empty one means that it never began.
        to: Date field of the last day; an empty one means that it goes on.
        when: Condition on the row; every row by default.
        on: Date field of rows that open or close it.
        opens: Condition on a row from whose day on it holds.
        closes: Condition on a row whose day is the last on which it holds.
        title: As printed.
        means: One sentence the signatory reads.
        clause: Number in the signed contract.
        source: Where it comes from.
    """

    table: str
    from_: str | None = None
    to: str | None = None
    when: str | None = None
    on: str | None = None
    opens: str | None = None
    closes: str | None = None
    title: str = ""
    means: str = ""
    clause: str = ""
    source: str = ""


@frozen(kw_only=True)
class Terms:
    """The whole file.

    Attributes:
        pbr: Version of the language.
        contract: Who, when, which money.
        conventions: How it counts and rounds.
        agreements: The files of what panels agreed, by name.
        tables: What the return holds.
        cohort: Who the scheme is for; without one only groups are measured.
        groups: Groupings of the cohort: conditions by label.
        spells: States that hold over days.
        define: Conditions named once.
        values: Figures.
        outcomes: What is achieved.
        payments: What is paid for it.
        adjustments: What is added or cut, in order.
    """

    pbr: str
    contract: Header
    conventions: Conventions = field(factory=Conventions)
    agreements: dict[str, Versions] = field(factory=dict)
    tables: dict[str, TableTerm]
    cohort: Cohort = NO_COHORT
    groups: dict[str, dict[str, str]] = field(factory=dict)
    spells: dict[str, SpellTerm] = field(factory=dict)
    define: dict[str, str] = field(factory=dict)
    values: dict[str, ValueTerm] = field(factory=dict)
    outcomes: dict[str, Outcome]
    payments: dict[str, Payment] = field(factory=dict)
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def chosen(self) -> dict[str, str]:
        """Whom panels chose, as conditions on the cohort's row, by the name of the value."""
        agreed = {name: value.agreed for name, value in self.values.items() if value.agreed is not None}
        return {name: term.condition for name, term in agreed.items() if term.condition}

    @property
    def defined(self) -> dict[str, str]:
        """Conditions by the names that stand for them: those that are written, and whom panels chose."""
        return {**self.define, **self.chosen}

    @cached_property
    def pooled(self) -> dict[str, PooledOutcome]:
        """Outcomes of groups of subjects, by name: measures, and what is made of these."""
        return dict(outcomes_of_groups(self))

    def per_of_all(self, estimate: Estimate) -> tuple[str, ...]:
        """The words of the groups of an estimate without the one of which a word stands for all."""
        own = self.tables[estimate.table].fields if estimate.table in self.tables else {}
        return tuple(word for word in estimate.per if word not in own or estimate.pooled not in own[word].one_of)

    @cached_property
    def own_outcomes(self) -> dict[str, OwnOutcome]:
        """Outcomes of one subject each, by name, in file order."""
        own = {name: outcome for name, outcome in self.outcomes.items() if name not in self.pooled}
        return {name: outcome for name, outcome in own.items() if not isinstance(outcome, OF_GROUPS)}

    @property
    def returned(self) -> tuple[str, ...]:
        """Names of the tables that a return has."""
        return tuple(name for name in self.tables if name != NOBODY)

    @property
    def has_cohort(self) -> bool:
        """Whether the scheme is for subjects, or for groups alone."""
        return self.cohort is not NO_COHORT

    @property
    def tables_of_groups(self) -> tuple[str, ...]:
        """Names of the tables whose rows are neither subjects, nor theirs, nor of whom these belong to."""
        own = {self.cohort_table, self.cohort_parent, *self.row_tables}
        return tuple(name for name, term in self.tables.items() if name not in own and not term.of)

    @property
    def contributions(self) -> Contributions | None:
        """The table that says who helped, if there is one; of a contract that is checked."""
        name = next((name for name, term in self.tables.items() if term.is_ == CONTRIBUTIONS), None)
        if name is None:
            return None
        table = self.tables[name]
        numbers = [field for field, term in table.fields.items() if term.type in NUMBERS]
        return Contributions(
            table=name,
            who=table.role(FieldKind.TEXT) or "",
            words=next((term.one_of for term in table.fields.values() if term.type is FieldKind.TEXT), ()),
            date=next(iter(self.dates(name)), ""),
            recorded=table.role(FieldKind.RECORDED),
            number=numbers[0] if numbers else None,
        )

    def parent(self, table: str) -> str | None:
        """Name of the table a table's rows belong to, or None."""
        noun = self.tables[table].of
        return next((name for name, term in self.tables.items() if noun and term.row_is == noun), None)

    def sent_fields(self, table: str) -> dict[str, Field]:
        """Columns of a table as it is sent, by name: the key of its parent first, then its own."""
        parent = self.parent(table)
        carried = {} if parent is None else {name: self.sent_fields(parent)[name] for name in self.tables[parent].keys}
        return carried | self.tables[table].fields

    def all_fields(self, table: str) -> dict[str, Field]:
        """Fields of the rows of a table by name: those sent, and for a subject that belongs to another its parent's."""
        sent = self.sent_fields(table)
        parent = self.cohort_parent if table == self.cohort_table else None
        return sent if parent is None else {**self.tables[parent].fields, **sent}

    @property
    def cohort_parent(self) -> str | None:
        """Name of the table that the subjects' rows belong to, such as the participants of episodes."""
        return self.parent(self.cohort_table)

    @property
    def row_tables(self) -> list[str]:
        """Names of the tables whose rows outcomes read: the cohort's, its children, and others of whom these belong to.

        A row of whom several subjects belong to, such as an event of a participant with several episodes, is read for
        each of them.
        """
        nouns = {self.cohort.of, *([] if self.parent_key is None else [self.parent_key[0]])}
        return [name for name, term in self.tables.items() if term.of in nouns or name == self.cohort_table]

    @property
    def shared_tables(self) -> list[str]:
        """Names of the tables whose rows belong to whom the subjects do, and not to one subject."""
        noun = None if self.parent_key is None else self.parent_key[0]
        return [name for name, term in self.tables.items() if noun and term.of == noun and name != self.cohort_table]

    def dates(self, table: str) -> list[str]:
        """Fields of a table that are days of what its rows are about, not of their recording."""
        days = {FieldKind.DATE, FieldKind.INSTANT}
        return [name for name, term in self.tables[table].fields.items() if term.type in days]

    def spans(self, table: str) -> dict[str, tuple[int, int]]:
        """The least and the greatest value, as frames hold it, of fields that say from where to where they go."""
        fields = {name: term for name, term in self.all_fields(table).items() if term.from_ and term.to}
        ones = {name: 10 ** term.scale(self.contract.currency) for name, term in fields.items()}
        return {name: (int(term.from_) * ones[name], int(term.to) * ones[name]) for name, term in fields.items()}

    def divided_by(self, table: str) -> frozenset[str]:
        """Fields of a table by which splits divide money, so that none of them may be empty."""
        named = (term.by.partition(".") for term in self.adjustments if isinstance(term, Split))
        return frozenset(field for name, _, field in named if name == table and field)

    def stays(self, table: str) -> tuple[tuple[str, str], ...]:
        """Fields of the first and the last day of states that the rows of a table give, each pair once."""
        spells = [spell for spell in self.spells.values() if spell.table == table]
        return tuple(dict.fromkeys((each.from_, each.to) for each in spells if each.from_ and each.to))

    @property
    def cohort_table(self) -> str:
        """Name of the table whose rows are the subjects."""
        return next(name for name, term in self.tables.items() if term.row_is == self.cohort.of)

    @property
    def names_provider(self) -> bool:
        """Whether the cohort's table says who each subject's provider is."""
        return self.tables[self.cohort_table].role(FieldKind.PROVIDER) is not None

    @property
    def subject_key(self) -> str:
        """The field that names a subject."""
        return self.tables[self.cohort_table].keys[0]

    @property
    def parent_key(self) -> tuple[str, str] | None:
        """The noun of whom the subjects belong to, and the field that names them."""
        parent = self.cohort_parent
        return None if parent is None else (self.tables[parent].row_is, self.tables[parent].keys[0])
