"""Outcomes of groups of subjects: counted once over all members, then exact arithmetic on small tables."""

from pbr.pooled.earlier import Earlier, Everybody, InOnePart
from pbr.pooled.nested import Nested
from pbr.pooled.pool import pool
from pbr.pooled.result import Pooled, Result
from pbr.pooled.rows import group_rows

__all__ = ["Earlier", "Everybody", "InOnePart", "Nested", "Pooled", "Result", "group_rows", "pool"]
