"""Each field type: how its text becomes a typed column, and what is refused on the way.

Everything is a polars expression, so that a column is typed at once; a cell that cannot be typed becomes null and its
fault is told apart by a number. Nothing is rounded and nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.calendar import FIRST_YEAR, LAST_YEAR
from pbr.contract.model import FieldKind
from pbr.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pbr.contract.model import Field

MOST = 10**18
"""Whole numbers held in a frame stay below this, whatever their scale."""

_NAMES = {FieldKind.ID, FieldKind.PROVIDER}
_TEXTS = _NAMES | {FieldKind.TEXT}
_SCALED = {FieldKind.DECIMAL: "PBR215", FieldKind.MONEY: "PBR218", FieldKind.SHARE: "PBR219"}

# What cannot be seen, or looks like a plain space: control, format, separators, fillers, variation selectors.
_UNSEEN = (
    r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}]|[\p{Zs}--[ ]]"
)
# In other text: control characters except tab and line ends, and what turns the direction of writing.
_UNFIT = r"[[\p{Cc}--[\t\n\r]]\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_DAY = r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_MOMENT = (
    rf"^({_DAY})[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]+)?)?"
    r"(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?$"
)


@frozen(kw_only=True)
class Setting:
    """What the types of a contract depend on.

    Attributes:
        providers: Ids that a provider may be.
        currency: ISO 4217 code.
        time_zone: Zone in which an instant becomes a day.
    """

    providers: tuple[str, ...]
    currency: str
    time_zone: str


@frozen(kw_only=True, eq=False)
class Fault:
    """One way in which a cell is refused.

    Attributes:
        code: Of the problem.
        where: True for the cells it befalls; null counts as false.
        tail: The message after the value.
        shows: Whether there is a value to be quoted.
    """

    code: str
    where: pl.Expr
    tail: str
    shows: bool = True


@frozen(kw_only=True, eq=False)
class Cell:
    """A column, typed in steps, so that nothing is worked out twice.

    Attributes:
        steps: Columns to be added to the frame, each step on top of those before it.
        value: The typed column after the steps; null where a fault befalls, unless only its range or word is at fault.
        faults: In order, on top of the steps; the first that befalls a cell counts.
    """

    steps: tuple[pl.Expr, ...]
    value: pl.Expr
    faults: tuple[Fault, ...]

    @property
    def fault(self) -> pl.Expr:
        """Number of the fault of each cell from 1, or 0; UInt8."""
        number = pl.lit(0, pl.UInt8)
        for index, fault in reversed(tuple(enumerate(self.faults, start=1))):
            number = pl.when(fault.where).then(pl.lit(index, pl.UInt8)).otherwise(number)
        return number


@frozen(kw_only=True)
class _Names:
    """Names of the columns that the steps of one field add; no field holds a space."""

    column: str

    @property
    def text(self) -> str:
        return f"text {self.column}"

    @property
    def pieces(self) -> str:
        return f"pieces {self.column}"

    @property
    def value(self) -> str:
        return f"value {self.column}"


def with_steps(frame: pl.LazyFrame, cells: Iterable[Cell]) -> pl.LazyFrame:
    """The frame with the columns that the steps of these cells add."""
    for step in zip_longest(*(cell.steps for cell in cells)):
        frame = frame.with_columns(column for column in step if column is not None)
    return frame


def frame_type(term: Field) -> pl.DataType:
    """The type of a field's column once it is typed."""
    if term.type in {FieldKind.WHOLE, *_SCALED} or term.is_whole_id:
        return pl.Int64()
    if term.type in _TEXTS:
        return pl.String()
    return pl.Boolean() if term.type is FieldKind.YES_NO else pl.Date()


def is_read(term: Field, dtype: pl.DataType, setting: Setting) -> bool:
    """Whether a column of this type is taken: text always, else only the declared type."""
    if _is_text(dtype):
        return True
    kind = term.type
    if isinstance(dtype, pl.Decimal):
        return kind in _SCALED and dtype.scale <= term.scale(setting.currency)
    if kind is FieldKind.WHOLE or term.is_whole_id:
        return dtype.is_integer()
    if _is_moment(term):
        return isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
    if kind in {FieldKind.DATE, FieldKind.RECORDED}:
        return dtype == pl.Date
    return kind is FieldKind.YES_NO and dtype == pl.Boolean


def typed(
    term: Field, column: str, dtype: pl.DataType, setting: Setting, *, is_key: bool, is_needed: bool = False
) -> Cell:
    """A column of text, or of the declared type, as the type the engine uses.

    Args:
        term: The field.
        column: Name of the column.
        dtype: Its type; one that ``is_read``.
        setting: What the types depend on.
        is_key: Whether it may not be empty, because it says whose row it is.
        is_needed: Whether it may not be empty, because money is divided by it.
    """
    names = _Names(column=column)
    if _is_text(dtype) or isinstance(dtype, pl.Decimal):
        cell = _from_text(term, names, setting)
        steps = (*_text_steps(term, names), *cell.steps)
        empty = pl.col(names.text).is_null()
    else:
        cell = _from_typed(term, names, dtype, setting)
        steps = cell.steps
        empty = pl.col(column).is_null()
    return Cell(
        steps=steps,
        value=cell.value,
        faults=(*_if_empty(term, empty, is_key=is_key, is_needed=is_needed), *cell.faults),
    )


def as_it_is(term: Field, column: str, *, is_key: bool, is_needed: bool = False) -> Cell:
    """A column whose values need no typing; ``Args`` as for ``typed``."""
    value = pl.col(column)
    return Cell(steps=(), value=value, faults=_if_empty(term, value.is_null(), is_key=is_key, is_needed=is_needed))


def shown(column: str, *, is_sensitive: bool) -> pl.Expr:
    """A cell as a message may quote it: trimmed, as ``pbr.problem.short`` does, what cannot be seen replaced."""
    if is_sensitive:
        return pl.lit("the value")
    text = pl.col(column).cast(pl.String).fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()
    text = text.str.replace_all(_UNSEEN, "\N{REPLACEMENT CHARACTER}")
    short = pl.when(text.str.len_chars() > 80).then(pl.concat_str(text.str.slice(0, 79), pl.lit("…"))).otherwise(text)  # noqa: PLR2004  # as `short` does
    return pl.concat_str(pl.lit("'"), short, pl.lit("'"))


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null)


def _is_moment(term: Field) -> bool:
    return term.type is FieldKind.INSTANT or (term.type is FieldKind.RECORDED and term.of == "instant")


def _if_empty(term: Field, empty: pl.Expr, *, is_key: bool, is_needed: bool) -> tuple[Fault, ...]:
    if is_key:
        tail = "empty; without it the row belongs to nobody"
        return (Fault(code="PBR210", where=empty, tail=tail, shows=False),)
    if is_needed or term.type in {FieldKind.PROVIDER, FieldKind.RECORDED}:
        return (Fault(code="PBR211", where=empty, tail="empty; every row needs it", shows=False),)
    return ()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _text_steps(term: Field, names: _Names) -> tuple[pl.Expr, pl.Expr]:
    """Trimmed text in NFC, codes replaced; null where nothing is left."""
    text = pl.col(names.column).cast(pl.String).fill_null("").str.strip_chars()
    if term.type in _TEXTS or term.codes:
        text = text.str.normalize("NFC")
    if term.codes:
        text = text.replace({_nfc(returned): _nfc(declared) for returned, declared in term.codes.items()})
    return text.alias(names.text), pl.when(pl.col(names.text) != "").then(names.text).alias(names.text)


def _from_text(term: Field, names: _Names, setting: Setting) -> Cell:
    kind = term.type
    text = pl.col(names.text)
    if kind is FieldKind.WHOLE or term.is_whole_id:
        digits = pl.when(text.str.contains(r"^-?[0-9]{1,19}$")).then(text)
        return _whole(term, names, digits.cast(pl.Int64, strict=False), text)
    if kind in _NAMES:
        return _name(term, text, setting)
    if kind is FieldKind.TEXT:
        return _words(term, text)
    if kind is FieldKind.YES_NO:
        return _yes_no(names)
    if kind in _SCALED:
        return _number(term, names, setting)
    return _moment(names, setting) if _is_moment(term) else _date(names)


def _from_typed(term: Field, names: _Names, dtype: pl.DataType, setting: Setting) -> Cell:
    column = pl.col(names.column)
    if dtype.is_integer():
        return _whole(term, names, column.cast(pl.Int64, strict=False), column)
    if dtype == pl.Boolean:
        return Cell(steps=(), value=column, faults=())
    if dtype == pl.Date:
        tail = f"is not a day of the years {FIRST_YEAR} to {LAST_YEAR}"
        return Cell(steps=(), value=column, faults=(Fault(code="PBR212", where=~_in_years(column), tail=tail),))
    local = column.dt.convert_time_zone(setting.time_zone).dt.date().alias(names.value)
    value = pl.col(names.value)
    tail = f"does not fall in the years {FIRST_YEAR} to {LAST_YEAR}"
    return Cell(steps=(local,), value=value, faults=(Fault(code="PBR220", where=~_in_years(value), tail=tail),))


def _in_years(day: pl.Expr) -> pl.Expr:
    return day.is_between(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31))


def _not_typed(names: _Names) -> pl.Expr:
    """Cells that hold text, but no value."""
    return pl.col(names.text).is_not_null() & pl.col(names.value).is_null()


def _one_of(words: Iterable[str]) -> str:
    """The list of words, when it is short."""
    return did_you_mean("", words)


def _among(text: pl.Expr, words: Iterable[str]) -> pl.Expr:
    return text.is_in(pl.lit(pl.Series([_nfc(word) for word in words], dtype=pl.String).implode()))


def _name(term: Field, text: pl.Expr, setting: Setting) -> Cell:
    tail = "holds a control or invisible character, or a space that is not a plain one; remove it"
    faults = [Fault(code="PBR224", where=text.str.contains(_UNSEEN), tail=tail)]
    if term.type is FieldKind.PROVIDER:
        tail = f"is not a provider in the contract{_one_of(sorted(setting.providers))}"
        faults.append(Fault(code="PBR223", where=~_among(text, setting.providers), tail=tail))
    return Cell(steps=(), value=text, faults=tuple(faults))


def _words(term: Field, text: pl.Expr) -> Cell:
    faults = [Fault(code="PBR224", where=text.str.contains(_UNFIT), tail="holds a control character; remove it")]
    if term.one_of:
        tail = f"is not a word the contract declares{_one_of(term.one_of)}"
        faults.append(Fault(code="PBR216", where=~_among(text, term.one_of), tail=tail))
    return Cell(steps=(), value=text, faults=tuple(faults))


def _yes_no(names: _Names) -> Cell:
    low = pl.col(names.text).str.to_lowercase()
    value = pl.when(low == "yes").then(statement=True).when(low == "no").then(statement=False)
    tail = "is neither yes nor no; map your own words under codes"
    fault = Fault(code="PBR217", where=_not_typed(names), tail=tail)
    return Cell(steps=(value.alias(names.value),), value=pl.col(names.value), faults=(fault,))


def _whole(term: Field, names: _Names, number: pl.Expr, given: pl.Expr) -> Cell:
    value = pl.col(names.value)
    where = given.is_not_null() & value.is_null()
    if term.is_whole_id:
        tail = "is not a whole number; this id is digits only"
        fault = Fault(code="PBR213", where=where, tail=tail)
        return Cell(steps=(number.alias(names.value),), value=value, faults=(fault,))
    tail = "is not a whole number of at most 18 digits; write digits only"
    faults = [Fault(code="PBR213", where=where | ~_fits(value), tail=tail)]
    faults += _range(term, value)
    return Cell(steps=(number.alias(names.value),), value=value, faults=tuple(faults))


def _range(term: Field, value: pl.Expr, one: int = 1) -> Iterator[Fault]:
    """That a number is not beyond its ends, which are whole, of a value of so many parts of one."""
    least, most = (max(-MOST, min(int(text or 0) * one, MOST)) for text in (term.from_, term.to))
    if term.from_:
        yield Fault(code="PBR214", where=value < least, tail=f"is below {term.from_}")
    if term.to:
        yield Fault(code="PBR214", where=value > most, tail=f"is above {term.to}")


def _fits(number: pl.Expr) -> pl.Expr:
    return number.is_between(-MOST, MOST, closed="none")


def _number(term: Field, names: _Names, setting: Setting) -> Cell:
    """A decimal number times a power of ten, exactly; one with more places is refused, never rounded."""
    places = term.scale(setting.currency)
    part = rf"(?:\.([0-9]{{1,{places}}}))?" if places else "()"
    percent = "(%)?" if term.type is FieldKind.SHARE else "()"
    pieces = pl.col(names.text).str.extract_groups(rf"^(-?[0-9]{{1,18}}){part}{percent}$").alias(names.pieces)
    whole, rest, sign = (pl.col(names.pieces).struct.field(str(number)) for number in range(1, 4))
    rest = rest.fill_null("")
    digits = pl.concat_str(whole, rest.str.pad_end(places, "0"))
    if term.type is FieldKind.SHARE:
        fewer = places - 2
        hundredth = pl.when(rest.str.len_bytes() <= fewer).then(pl.concat_str(whole, rest.str.pad_end(fewer, "0")))
        digits = pl.when(sign == "%").then(hundredth).otherwise(digits)
        tail = "is not a share like 45% or 0.45, of at most six places"
    else:
        example = "1250" + (f".{'0' * places}" if places else "")
        what = "an amount of money" if term.type is FieldKind.MONEY else "a number"
        most = f"with at most {places} decimals" if places else "without decimals"
        tail = f"is not {what} like {example}, {most}"
    value = pl.col(names.value)
    fault = Fault(code=_SCALED[term.type], where=_not_typed(names) | ~_fits(value), tail=tail)
    steps = (pieces, digits.cast(pl.Int64, strict=False).alias(names.value))
    return Cell(steps=steps, value=value, faults=(fault, *_range(term, value, 10**places)))


def _date(names: _Names) -> Cell:
    text = pl.col(names.text)
    value = pl.when(text.str.contains(rf"^{_DAY}$")).then(text).str.to_date("%Y-%m-%d", strict=False)
    fault = Fault(code="PBR212", where=_not_typed(names), tail="is not a date like 2025-04-01")
    return Cell(steps=(value.alias(names.value),), value=pl.col(names.value), faults=(fault,))


def _moment(names: _Names, setting: Setting) -> Cell:
    """The local day of a moment; one without offset is local time, and refused in an hour that is not certain."""
    pieces = pl.col(names.text).str.extract_groups(_MOMENT)
    day, minute, second, offset = (pieces.struct.field(str(number)) for number in range(1, 5))
    written = pl.concat_str(day, pl.lit("T"), minute, pl.lit(":"), second.fill_null("00"))
    split = pl.struct(
        written.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False).alias("at"),
        pl.when(offset == "Z").then(pl.lit("+00:00")).otherwise(offset).alias("offset"),
    ).alias(names.pieces)
    at, offset = (pl.col(names.pieces).struct.field(name) for name in ("at", "offset"))
    ahead = offset.str.slice(1, 2).cast(pl.Int64) * 60 + offset.str.slice(-2).cast(pl.Int64)
    ahead = pl.when(offset.str.starts_with("-")).then(-ahead).otherwise(ahead)
    there = (at - pl.duration(minutes=ahead)).dt.replace_time_zone("UTC").dt.convert_time_zone(setting.time_zone)
    here = at.dt.replace_time_zone(setting.time_zone, ambiguous="null", non_existent="null")
    local = pl.when(offset.is_null()).then(here).otherwise(there).dt.date()
    value = pl.col(names.value)
    unsure = f"is an hour that {setting.time_zone} has twice or not at all; add the offset, such as +01:00"
    tail = "is not a moment like 2025-03-31T23:30Z"
    faults = (
        Fault(code="PBR220", where=at.is_not_null() & offset.is_null() & value.is_null(), tail=unsure),
        Fault(code="PBR220", where=_not_typed(names) | ~_in_years(value), tail=tail),
    )
    return Cell(steps=(split, local.alias(names.value)), value=value, faults=faults)
