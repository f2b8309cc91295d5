"""Where each table of a return is: one plain file, or a folder of parts, or a frame."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import polars as pl
from attrs import field, frozen

from pbr.problem import Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

Given: TypeAlias = "pl.DataFrame | pl.LazyFrame | str | os.PathLike[str] | tuple[str | os.PathLike[str], ...]"
Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, Given]"

_KINDS = (str, os.PathLike, pl.DataFrame, pl.LazyFrame, tuple)
SUFFIXES = (".csv", ".parquet")
WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")


@frozen(kw_only=True)
class Found:
    """What was found of a return.

    Attributes:
        paths: Files by table, in order of their names.
        frames: Frames by table.
        problems: Tables that are missing or doubly there.
    """

    paths: dict[str, tuple[Path, ...]] = field(factory=dict)
    frames: dict[str, pl.DataFrame | pl.LazyFrame] = field(factory=dict)
    problems: list[Problem] = field(factory=list)


def find(tables: Iterable[str], source: Source) -> Found:
    """Find the files or frames of every table.

    Args:
        tables: Names of the tables, in the contract's order.
        source: A folder, or a frame, a path or a tuple of paths for each table.
    """
    found = Found()
    given = source.values() if isinstance(source, Mapping) else [source]
    if not all(isinstance(each, _KINDS) for each in given) or isinstance(source, pl.DataFrame | pl.LazyFrame | tuple):
        message = "a return is a folder, or a frame or path for each table"
        found.problems.append(Problem(code="PBR201", message=message))
    elif isinstance(source, Mapping):
        _find_in_mapping(tuple(tables), source, found)
    else:
        _find_in_folder(tuple(tables), Path(source), found)
    return found


def _find_in_mapping(tables: tuple[str, ...], source: Mapping[str, Given], found: Found) -> None:
    for name in source:
        if name not in tables:
            tail = did_you_mean(str(name), tables)
            found.problems.append(Problem(code="PBR201", message=f"no table '{name}' in the contract{tail}"))
    for table in tables:
        given = source.get(table)
        if given is None:
            found.problems.append(Problem(code="PBR201", message=f"nothing is given for table '{table}'"))
        elif isinstance(given, pl.DataFrame | pl.LazyFrame):
            found.frames[table] = given
        elif isinstance(given, tuple):
            _add_files(table, tuple(Path(each) for each in given), found)
        else:
            _add(table, Path(given), found)


def _find_in_folder(tables: tuple[str, ...], folder: Path, found: Found) -> None:
    if not folder.is_dir():
        message = "not a folder" if os.path.lexists(folder) else "no such folder"
        found.problems.append(Problem(code="PBR201", message=message, file=str(folder)))
        return
    names = sorted(os.listdir(folder))  # noqa: PTH208  # names, not paths
    for table in tables:
        wanted = (f"{table}.csv", f"{table}.parquet", table)
        there = [name for name in wanted if name in names]
        if not there:
            tail = _hint(table, wanted[0], [name for name in names if name not in tables])
            message = f"no {wanted[0]} or {wanted[1]} for table '{table}'{tail}"
            found.problems.append(Problem(code="PBR201", message=message, file=str(folder)))
        elif len(there) > 1:
            message = f"table '{table}' is there twice: {' and '.join(there)}"
            found.problems.append(Problem(code="PBR202", message=message, file=str(folder)))
        else:
            _add(table, folder / there[0], found)


def _hint(table: str, wanted: str, names: list[str]) -> str:
    """What was probably meant: a workbook that was not saved as CSV, or a name much like it."""
    books = [name for name in names if name.lower() in {f"{table}{ending}" for ending in WORKBOOKS}]
    if books:
        return f"; open '{books[0]}' and save the sheet as CSV (UTF-8)"
    near = did_you_mean(wanted, names)
    return near if "did you mean" in near else ""


def _add(table: str, path: Path, found: Found) -> None:
    """Take one path for a table; a folder stands for the files in it, in order of their names."""
    if not os.path.lexists(path):
        found.problems.append(Problem(code="PBR201", message=f"no such file for table '{table}'", file=str(path)))
        return
    paths: tuple[Path, ...] = (path,)
    if path.is_dir():
        # names such as .DS_Store and _SUCCESS are left behind by other programs
        paths = tuple(sorted(each for each in path.iterdir() if not each.name.startswith((".", "_"))))
        if not paths:
            message = f"the folder of table '{table}' holds no file"
            found.problems.append(Problem(code="PBR201", message=message, file=str(path)))
    _add_files(table, paths, found)


def _add_files(table: str, paths: tuple[Path, ...], found: Found) -> None:
    """Take these files, and no other, for a table."""
    faults = {each: _fault(each) for each in paths}
    found.problems.extend(
        Problem(code="PBR203", message=fault, file=str(each)) for each, fault in faults.items() if fault
    )
    found.paths[table] = tuple(each for each in paths if not faults[each])


def _fault(path: Path) -> str:
    """What keeps a path from being opened, or nothing; a pipe would wait for ever."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return "the link leads nowhere"
    if not stat.S_ISREG(mode):
        return "not a plain file"
    return "" if path.suffix in SUFFIXES else "the name ends neither in .csv nor in .parquet"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
