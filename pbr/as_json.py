"""The JSON text of cells: what ``json.dumps`` writes of each, without its spaces, worked out for a column at once."""

from __future__ import annotations

import json

import polars as pl

_ESCAPES = {char: json.dumps(char)[1:-1] for char in ('"', "\\", *map(chr, range(32)))}


def json_text(name: str, kind: pl.DataType) -> pl.Expr:
    """The cells of one column as JSON text, String.

    Args:
        name: The column.
        kind: Its dtype: String, Date (written as text such as ``2026-06-30``) or a whole number. An empty cell is
            ``null``; letters beyond ASCII stay as they are.
    """
    text = pl.col(name).cast(pl.String)
    if kind == pl.String:
        text = text.str.replace_many(_ESCAPES)
    if not kind.is_integer():
        text = pl.concat_str(pl.lit('"'), text, pl.lit('"'))
    return text.fill_null("null")


def json_list(texts: list[pl.Expr]) -> pl.Expr:
    """A list of what is JSON text already."""
    return pl.concat_str(pl.lit("["), pl.concat_str(texts, separator=","), pl.lit("]"))


def json_object(texts: dict[str, pl.Expr]) -> pl.Expr:
    """An object of what is JSON text already, by key."""
    parts = []
    for place, (key, text) in enumerate(texts.items()):
        parts += [pl.lit(("," if place else "{") + json.dumps(key, ensure_ascii=False) + ":"), text]
    return pl.concat_str(*parts, pl.lit("}"))
