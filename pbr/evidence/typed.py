"""Each field type: how its text becomes a typed column, and what is refused on the way.

Everything is a polars expression, so that a column is typed at once; a cell that cannot be typed becomes null and its
fault is told apart by a number. Nothing is rounded and nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from pbr.calendar import FIRST_YEAR, LAST_YEAR
from pbr.condition.types import SHARE_PLACES
from pbr.contract.model import FieldKind
from pbr.problem import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    """A column, typed.

    Attributes:
        value: The typed column; null where a fault befalls.
        faults: In order; the first that befalls a cell counts.
    """

    value: pl.Expr
    faults: tuple[Fault, ...]

    @property
    def fault(self) -> pl.Expr:
        """Number of the fault of each cell from 1, or 0; UInt8."""
        number = pl.lit(0, pl.UInt8)
        for index, fault in reversed(tuple(enumerate(self.faults, start=1))):
            number = pl.when(fault.where).then(pl.lit(index, pl.UInt8)).otherwise(number)
        return number


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


def typed(term: Field, column: str, dtype: pl.DataType, setting: Setting, *, is_key: bool) -> Cell:
    """A column of text, or of the declared type, as the type the engine uses.

    Args:
        term: The field.
        column: Name of the column.
        dtype: Its type; one that ``is_read``.
        setting: What the types depend on.
        is_key: Whether it may not be empty, because it says whose row it is.
    """
    if _is_text(dtype) or isinstance(dtype, pl.Decimal):
        text = _text_of(term, column)
        cell = _from_text(term, text, setting)
        empty = text.is_null()
    else:
        cell = _from_typed(term, column, dtype, setting)
        empty = pl.col(column).is_null()
    return Cell(value=cell.value, faults=(*_if_empty(term, empty, is_key=is_key), *cell.faults))


def shown(column: str, *, is_sensitive: bool) -> pl.Expr:
    """A cell as a message may quote it: as ``pbr.problem.short`` does, what cannot be seen replaced."""
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


def _if_empty(term: Field, empty: pl.Expr, *, is_key: bool) -> tuple[Fault, ...]:
    if is_key:
        tail = "empty; without it the row belongs to nobody"
        return (Fault(code="PBR210", where=empty, tail=tail, shows=False),)
    if term.type in {FieldKind.PROVIDER, FieldKind.RECORDED}:
        return (Fault(code="PBR211", where=empty, tail="empty; every row needs it", shows=False),)
    return ()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _text_of(term: Field, column: str) -> pl.Expr:
    """Trimmed text in NFC, codes replaced; null where nothing is left."""
    text = pl.col(column).cast(pl.String).fill_null("").str.strip_chars()
    if term.type in _TEXTS or term.codes:
        text = text.str.normalize("NFC")
    if term.codes:
        text = text.replace({_nfc(returned): _nfc(declared) for returned, declared in term.codes.items()})
    return pl.when(text != "").then(text)


def _from_text(term: Field, text: pl.Expr, setting: Setting) -> Cell:
    kind = term.type
    if kind is FieldKind.WHOLE or term.is_whole_id:
        return _whole(
            term, pl.when(text.str.contains(r"^-?[0-9]{1,19}$")).then(text).cast(pl.Int64, strict=False), text
        )
    if kind in _NAMES:
        return _name(term, text, setting)
    if kind is FieldKind.TEXT:
        return _words(term, text)
    if kind is FieldKind.YES_NO:
        return _yes_no(text)
    if kind in _SCALED:
        return _number(term, text, setting)
    return _moment(text, setting) if _is_moment(term) else _date(text)


def _from_typed(term: Field, column: str, dtype: pl.DataType, setting: Setting) -> Cell:
    value = pl.col(column)
    if dtype.is_integer():
        return _whole(term, value.cast(pl.Int64, strict=False), value)
    if dtype == pl.Boolean:
        return Cell(value=value, faults=())
    if dtype == pl.Date:
        inside = value.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
        fault = Fault(code="PBR212", where=~inside, tail=f"is not a day of the years {FIRST_YEAR} to {LAST_YEAR}")
        return Cell(value=pl.when(inside).then(value), faults=(fault,))
    local = value.dt.convert_time_zone(setting.time_zone).dt.date()
    inside = local.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    fault = Fault(code="PBR220", where=~inside, tail=f"does not fall in the years {FIRST_YEAR} to {LAST_YEAR}")
    return Cell(value=pl.when(inside).then(local), faults=(fault,))


def _one_of(words: Iterable[str]) -> str:
    """The list of words, when it is short."""
    return did_you_mean("", words)


def _name(term: Field, text: pl.Expr, setting: Setting) -> Cell:
    unseen = text.str.contains(_UNSEEN)
    tail = "holds a control or invisible character, or a space that is not a plain one; remove it"
    faults = [Fault(code="PBR224", where=unseen, tail=tail)]
    if term.type is FieldKind.PROVIDER:
        providers = sorted(map(_nfc, setting.providers))
        tail = f"is not a provider in the contract{_one_of(providers)}"
        faults.append(
            Fault(code="PBR223", where=~text.is_in(pl.lit(pl.Series(providers, dtype=pl.String).implode())), tail=tail)
        )
    return Cell(value=text, faults=tuple(faults))


def _words(term: Field, text: pl.Expr) -> Cell:
    faults = [Fault(code="PBR224", where=text.str.contains(_UNFIT), tail="holds a control character; remove it")]
    if term.one_of:
        words = pl.lit(pl.Series([_nfc(word) for word in term.one_of]).implode())
        tail = f"is not a word the contract declares{_one_of(term.one_of)}"
        faults.append(Fault(code="PBR216", where=~text.is_in(words), tail=tail))
    return Cell(value=text, faults=tuple(faults))


def _yes_no(text: pl.Expr) -> Cell:
    low = text.str.to_lowercase()
    value = pl.when(low == "yes").then(statement=True).when(low == "no").then(statement=False)
    tail = "is neither yes nor no; map your own words under codes"
    return Cell(value=value, faults=(Fault(code="PBR217", where=text.is_not_null() & value.is_null(), tail=tail),))


def _whole(term: Field, number: pl.Expr, given: pl.Expr) -> Cell:
    if term.is_whole_id:
        tail = "is not a whole number; this id is digits only"
        return Cell(
            value=number, faults=(Fault(code="PBR213", where=given.is_not_null() & number.is_null(), tail=tail),)
        )
    value = pl.when(number.is_between(-MOST, MOST, closed="none")).then(number)
    tail = "is not a whole number of at most 18 digits; write digits only"
    faults = [Fault(code="PBR213", where=given.is_not_null() & value.is_null(), tail=tail)]
    if term.from_:
        faults.append(Fault(code="PBR214", where=value < int(term.from_), tail=f"is below {term.from_}"))
    if term.to:
        faults.append(Fault(code="PBR214", where=value > int(term.to), tail=f"is above {term.to}"))
    return Cell(value=value, faults=tuple(faults))


def _scaled(text: pl.Expr, places: int) -> pl.Expr:
    """A decimal number times 10**places, exactly; null if it has more places or is none."""
    part = rf"(?:\.([0-9]{{1,{places}}}))?" if places else "()"
    groups = text.str.extract_groups(rf"^(-?[0-9]{{1,18}}){part}$")
    whole, rest = groups.struct.field("1"), groups.struct.field("2").fill_null("").str.pad_end(places, "0")
    number = pl.concat_str(whole, rest).cast(pl.Int64, strict=False)
    return pl.when(number.is_between(-MOST, MOST, closed="none")).then(number)


def _number(term: Field, text: pl.Expr, setting: Setting) -> Cell:
    places = term.scale(setting.currency)
    if term.type is FieldKind.SHARE:
        percent = _scaled(text.str.strip_suffix("%"), SHARE_PLACES - 2)
        value = pl.when(text.str.ends_with("%")).then(percent).otherwise(_scaled(text, SHARE_PLACES))
        tail = "is not a share like 45% or 0.45, of at most six places"
    else:
        value = _scaled(text, places)
        example = "1250" + (f".{'0' * places}" if places else "")
        what = "an amount of money" if term.type is FieldKind.MONEY else "a number"
        tail = f"is not {what} like {example}"
    where = text.is_not_null() & value.is_null()
    return Cell(value=value, faults=(Fault(code=_SCALED[term.type], where=where, tail=tail),))


def _date(text: pl.Expr) -> Cell:
    value = pl.when(text.str.contains(rf"^{_DAY}$")).then(text).str.to_date("%Y-%m-%d", strict=False)
    where = text.is_not_null() & value.is_null()
    return Cell(value=value, faults=(Fault(code="PBR212", where=where, tail="is not a date like 2025-04-01"),))


def _moment(text: pl.Expr, setting: Setting) -> Cell:
    """The local day of a moment; one without offset is local time, and refused in an hour that is not certain."""
    groups = text.str.extract_groups(_MOMENT)
    day, minute, second, offset = (groups.struct.field(str(number)) for number in range(1, 5))
    written = pl.concat_str(day, pl.lit("T"), minute, pl.lit(":"), second.fill_null("00"))
    naive = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    hours, minutes = (
        offset.str.slice(1, 2).cast(pl.Int64, strict=False),
        offset.str.slice(-2).cast(pl.Int64, strict=False),
    )
    ahead = (hours * 60 + minutes) * pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    ahead = pl.when(offset == "Z").then(0).otherwise(ahead)
    at = (naive - pl.duration(minutes=ahead)).dt.replace_time_zone("UTC").dt.convert_time_zone(setting.time_zone)
    here = naive.dt.replace_time_zone(setting.time_zone, ambiguous="null", non_existent="null")
    local = pl.when(offset.is_null()).then(here).otherwise(at).dt.date()
    value = pl.when(local.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(local)
    unsure = offset.is_null() & naive.is_not_null() & here.is_null()
    tail = f"is an hour that {setting.time_zone} has twice or not at all; add the offset, such as +01:00"
    faults = (
        Fault(code="PBR220", where=unsure, tail=tail),
        Fault(code="PBR220", where=text.is_not_null() & value.is_null(), tail="is not a moment like 2025-03-31T23:30Z"),
    )
    return Cell(value=value, faults=faults)
