"""Columns of text that are as they should be already, which are then read as they are.

Typing a cell of text takes ten times as long as reading it, and what is on disk is typed whenever it is read. Most
columns need none of it: one look shows that no cell of them would be changed or refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pbr.contract.model import FieldKind
from pbr.evidence.typed import with_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pbr.contract.model import Field
    from pbr.engine import Engine
    from pbr.evidence.typed import Cell, Setting

# Letters of ASCII that can be seen, and no outer spaces: in no field of text is any of it changed.
_PLAIN = r"^[!-~](?:[ -~]*[!-~])?$"
_TEXTS = {FieldKind.ID, FieldKind.PROVIDER, FieldKind.TEXT}


def plain_columns(
    frame: pl.LazyFrame,
    fields: Mapping[str, Field],
    types: Mapping[str, pl.DataType],
    cells: Mapping[str, Cell],
    setting: Setting,
    engine: Engine,
) -> frozenset[str]:
    """The columns of which each value is what it was when it is typed, and none is refused unless it is empty.

    Args:
        frame: One column for each field.
        fields: The fields by name.
        types: Types of the columns, by name.
        cells: The columns as they are typed, by name.
        setting: What the types depend on.
        engine: Who reads the rows.
    """
    asked = {
        name: _may_change(term, name, cells[name], setting) for name, term in fields.items() if types[name] == pl.String
    }
    looks = [look.any().alias(name) for name, look in asked.items() if look is not None]
    if not looks:
        return frozenset()
    (found,) = frame.select(looks).collect(engine=engine).rows(named=True)
    return frozenset(name for name, changes in found.items() if not changes)


def _may_change(term: Field, name: str, cell: Cell, setting: Setting) -> pl.Expr | None:
    """Whether a cell might be changed or refused when it is typed; None for a column of which none can be told."""
    if term.type not in _TEXTS or term.is_whole_id or "" in (code.strip() for code in term.codes):
        return None
    words = setting.providers if term.type is FieldKind.PROVIDER else term.one_of
    if words:
        return ~pl.col(name).is_in(pl.lit(_unchanged(name, words, cell).implode()))
    return None if term.codes else ~pl.col(name).str.contains(_PLAIN)


def _unchanged(name: str, words: Iterable[str], cell: Cell) -> pl.Series:
    """The words that stay what they are when they are typed."""
    frame = pl.LazyFrame({name: words}, schema={name: pl.String})
    as_typed = with_steps(frame, [cell]).filter(cell.value == pl.col(name), cell.fault == 0)
    return as_typed.select(name).collect()[name]
