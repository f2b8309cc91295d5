"""CSV: bytes to a frame of text, never guessing, with the record number of every row.

A regular expression walks over the bytes as long as the records are regular (the right number of fields, quoted as in
RFC 4180); only a record that is not is looked at by itself. It is put right, or marked as blank or ragged, so that
polars reads the whole at once and the index of a row is still that of the file's record.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

import polars as pl
from attrs import frozen

from pbr.problem import EvidenceError, Problem

_MAGIC = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x00\x00\xfe\xff": "UTF-32 text",
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or a workbook",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"PAR1": "Parquet",
}
_CHUNK = 1 << 24
_AT_ONCE = 20_000  # records matched in one step, which bounds what the matcher remembers
_MARK = "\x00"  # a file that holds it is refused, so it can stand for a record left out

# no possessive repeats: Python before 3.11.5 matches groups of them wrongly
_QUOTED = rb'"[^"]*(?:""[^"]*)*"'
_END = rb"(?:\r?\n|\Z)"
_LOOSE = rb"(?:" + _QUOTED + rb'|[^",\r\n][^,\r\n]*)?'
_FIELD = re.compile(_LOOSE)
_FIELDS = re.compile(_LOOSE + rb"(?:," + _LOOSE + rb")*")
_RECORD = re.compile(_FIELDS.pattern + _END)


@frozen(kw_only=True)
class Ragged:
    """A record with too few or too many fields.

    Attributes:
        index: Of the record, from 0 after the heading.
        width: Fields it has.
    """

    index: int
    width: int


@frozen(kw_only=True, eq=False)
class CsvText:
    """A file split into fields.

    Attributes:
        headings: As written, outer spaces removed.
        frame: Column ``index`` UInt32 (of the record, from 0 after the heading) and ``0``, ``1``, ... String; blank
            and ragged records are left out.
        records: Records after the heading, blank ones included.
        ragged: Records of the wrong width.
    """

    headings: tuple[str, ...]
    frame: pl.DataFrame
    records: int
    ragged: tuple[Ragged, ...]


def split_csv(data: bytes, file: str) -> CsvText:
    """Split a file into fields.

    Args:
        data: The whole file.
        file: Its name, for messages.

    Raises:
        EvidenceError: The file as a whole cannot be read without guessing (PBR203).
    """
    _check_bytes(data, file)
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    if data.startswith(codecs.BOM_UTF8, start) and start:
        raise _error(file, "the file begins with two byte order marks; save it again as CSV in UTF-8", line=1)
    heading = _record_at(data, start, file)
    headings = tuple(plain_text(cell) for cell in _cells(data[start:heading]))
    if not any(headings):
        raise _error(file, "there is no heading in the first line", line=1)
    pieces = _regular_pieces(data, heading, len(headings), file)
    frame = _parse(b"".join(pieces) if len(pieces) != 1 else pieces[0], len(headings))
    return _without_marks(headings, frame)


def plain_text(heading: str) -> str:
    """A heading as it is compared: without outer white space, each accent in one with its letter."""
    return unicodedata.normalize("NFC", heading.strip())


def _error(file: str, message: str, *, line: int | None = None) -> EvidenceError:
    return EvidenceError([Problem(code="PBR203", message=message, file=file, line=line)])


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _check_bytes(data: bytes, file: str) -> None:
    """Refuse what is not plain UTF-8 text in lines."""
    if not data:
        raise _error(file, "the file has no bytes at all; a table without rows still needs its headings")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise _error(file, f"this is {what}, not CSV; save it as CSV in UTF-8")
    zero = data.find(b"\x00")
    if zero >= 0:
        raise _error(file, "there is a NUL byte; save the file as CSV in UTF-8", line=_line_of(data, zero))
    if b"\n" not in data and b"\r" in data:
        raise _error(file, "the lines end in CR alone; save the file with LF or CRLF line ends", line=1)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
    except UnicodeDecodeError:
        line = _line_of(data, _bad_byte(data))
        raise _error(file, "a letter is not in UTF-8; save the file as CSV in UTF-8", line=line) from None


def _bad_byte(data: bytes) -> int:
    """Position of the first byte that is not UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    raise AssertionError  # pragma: no cover  # only asked when there is one


def _record_at(data: bytes, position: int, file: str) -> int:
    """The end of the record that starts here, its line end included."""
    match = _RECORD.match(data, position)
    if match is None:
        line = _line_of(data, position)
        fields = _FIELDS.match(data, position)
        assert fields is not None
        if data.startswith(b"\r", fields.end()):
            raise _error(file, "a line ends in CR alone; save the file with LF or CRLF line ends", line=line)
        raise _error(file, "quotation marks do not balance in the record that starts here", line=line)
    return match.end()


def _cells(record: bytes) -> list[str]:
    """The fields of one record that ``_record_at`` found."""
    body = record.removesuffix(b"\n").removesuffix(b"\r")
    cells: list[str] = []
    position = 0
    while position <= len(body):
        match = _FIELD.match(body, position)
        assert match is not None
        cell = match[0].decode()
        cells.append(cell[1:-1].replace('""', '"') if cell.startswith('"') else cell)
        position = match.end() + 1
    return cells


def _regular(width: int) -> re.Pattern[bytes]:
    """Records that follow each other with ``width`` fields, up to some thousands; a blank line is none."""
    field = rb'(?:[^",\r\n]+|' + _QUOTED + rb")"
    if width == 1:
        return re.compile(rb"(?:%b%b){0,%d}" % (field, _END, _AT_ONCE))
    return re.compile(rb"(?:%b?(?:,%b?){%d}%b){0,%d}" % (field, field, width - 1, _END, _AT_ONCE))


def _regular_pieces(data: bytes, position: int, width: int, file: str) -> list[bytes]:
    """The file after its heading as pieces of regular text, irregular records put right or marked."""
    regular = _regular(width)
    pieces: list[bytes] = []
    while position < len(data):
        match = regular.match(data, position)
        assert match is not None
        if match.end() > position:
            pieces.append(data[position : match.end()])
            position = match.end()
        else:
            stop = _record_at(data, position, file)
            pieces.append(_put_right(data[position:stop], width))
            position = stop
    return pieces


def _put_right(record: bytes, width: int) -> bytes:
    """One irregular record as a regular one: quoted, or marked as blank or with the number of its fields."""
    cells = _cells(record)
    if not record.strip(b"\r\n"):
        cells = [_MARK] * width
    elif len(cells) != width:
        cells = [f"{_MARK}{len(cells)}"] * width
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in cells)
    return (",".join(quoted) + "\n").encode()


def _parse(text: bytes, width: int) -> pl.DataFrame:
    schema = {str(number): pl.String() for number in range(width)}
    if not text:
        return pl.DataFrame(schema={"index": pl.UInt32(), **schema})
    return pl.read_csv(
        text,
        has_header=False,
        schema=schema,
        infer_schema=False,
        empty_string_is_null=False,
        row_index_name="index",
        glob=False,
    )


def _without_marks(headings: tuple[str, ...], frame: pl.DataFrame) -> CsvText:
    marked = frame.filter(pl.col("0").str.starts_with(_MARK))
    ragged = (
        Ragged(index=index, width=int(mark[1:]))
        for index, mark in marked.select("index", "0").iter_rows()
        if mark != _MARK
    )
    records = frame.height
    if marked.height:
        frame = frame.filter(~pl.col("0").str.starts_with(_MARK))
    return CsvText(headings=headings, frame=frame, records=records, ragged=tuple(ragged))
