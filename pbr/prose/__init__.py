"""A contract in plain English: its parts, its paragraphs and its tables, as text or as Markdown."""

from pbr.prose.render import render_contract

__all__ = ["render_contract"]
