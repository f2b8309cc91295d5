"""The return: its files read, typed by the contract, and checked row by row; what is refused is listed, not lost."""

from pbr.evidence.model import Counts, Evidence, InputFile
from pbr.evidence.read import read_evidence, read_tables

__all__ = ["Counts", "Evidence", "InputFile", "read_evidence", "read_tables"]
