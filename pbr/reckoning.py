"""The figure of a formula for each subject, and for want of what there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pbr.condition import formula_to_empty, formula_to_parts
from pbr.facts import state_code

if TYPE_CHECKING:
    import polars as pl

    from pbr.columns import Columns
    from pbr.condition import ChildRef, FieldRef
    from pbr.facts import Context

_EXCUSED, _NOT_MET, _EMPTY = range(1, 4)
"""What a figure lacks, the weaker first: the result of what is excused, or was not met; or what is empty."""


@frozen(kw_only=True)
class Reckoned:
    """What a formula came to, as expressions.

    Attributes:
        value: Int64 parts of its figure; null where it has none.
        lacks_field: Whether it has none for want of a field that is empty.
        not_met: Whether it has none for want of the result of an outcome that is not met.
        excused: Whether it has none for want only of results of outcomes that were missed, and are excused.
        missing: Int16 index of the name of the field that is empty.
    """

    value: pl.Expr
    lacks_field: pl.Expr
    not_met: pl.Expr
    excused: pl.Expr
    missing: pl.Expr


def reckon(columns: Columns, ctx: Context) -> Reckoned:
    """Put the figure of a formula beside each subject, with what it lacks.

    Args:
        columns: What it is reckoned from; the outcomes that it reads have been decided, and what it asks of child
            tables has been answered.
        ctx: Its formula, the figures of its values on the day of the start, and how many parts make one.
    """
    import polars as pl

    formula, start = ctx.formula, pl.col("_start")
    assert formula is not None, "a formula that is checked has been read"
    places = {ref.name: kind.places for ref, kind in formula.field_types.items()}

    def column(ref: FieldRef) -> pl.Expr:
        table = ctx.figures.get(ref.name)
        if table is None:
            return columns.own_field(ref.name)
        return table.scaled(table.cell(start), places[ref.name])

    def lacks(ref: FieldRef) -> pl.Expr:
        weight = pl.lit(_EMPTY, dtype=pl.UInt8)
        if ref.name in ctx.figures or not ref.outcome:
            return weight
        state = pl.col(f"{ref.outcome}.state")
        weight = pl.when(state == state_code("not_met")).then(_NOT_MET).otherwise(weight)
        return pl.when(state == state_code("excluded")).then(_EXCUSED).otherwise(weight).cast(pl.UInt8)

    def named(ref: FieldRef) -> pl.Expr:
        if ref.name in ctx.figures:  # its own doubts say more
            return pl.lit(None, dtype=pl.Int16)
        return columns.missing_number(ref, columns.own_table)

    def asked(ref: ChildRef) -> pl.Expr:
        return columns.missing_of(ref)

    def weighed(ref: ChildRef) -> pl.Expr:  # noqa: ARG001  # whatever is asked, it is of rows
        return pl.lit(_EMPTY, dtype=pl.UInt8)

    name = f"_reckoned{columns.reckonings}"
    columns.reckonings += 1
    value = formula_to_parts(formula, ctx.places, column, columns.asked)
    doubt = formula_to_empty(formula, column, lacks, columns.asked, weighed, greatest=True)
    missing = formula_to_empty(formula, column, named, columns.asked, asked)
    columns.frame = columns.frame.with_columns(
        value.alias(f"{name}.value"),
        doubt.cast(pl.UInt8).alias(f"{name}.lacks"),
        missing.cast(pl.Int16).alias(f"{name}.missing"),
    )
    none, weight = pl.col(f"{name}.value").is_null(), pl.col(f"{name}.lacks")
    return Reckoned(
        value=pl.col(f"{name}.value"),
        lacks_field=none & (weight == _EMPTY),
        not_met=none & (weight == _NOT_MET),
        excused=none & (weight == _EXCUSED),
        missing=pl.col(f"{name}.missing"),
    )
