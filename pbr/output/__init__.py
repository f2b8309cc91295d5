"""The files of a run, written whole or not at all."""

from pbr.output.by_outcome import outcome_rows
from pbr.output.summary import summary_rows
from pbr.output.targets import target_rows
from pbr.output.write import SCHEMAS, clear_away, surely, write_run

__all__ = ["SCHEMAS", "clear_away", "outcome_rows", "summary_rows", "surely", "target_rows", "write_run"]
