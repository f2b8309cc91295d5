"""The files of a run, written whole or not at all."""

from pbr.output.summary import summary_rows
from pbr.output.targets import target_rows
from pbr.output.write import SCHEMAS, write_run

__all__ = ["SCHEMAS", "summary_rows", "target_rows", "write_run"]
