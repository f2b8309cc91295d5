"""The return: its files read, typed by the contract, and checked row by row; what is refused is listed, not lost."""

from pbr.evidence.model import Counts, Evidence, InputFile
from pbr.evidence.read import read_evidence, read_tables
from pbr.evidence.split import Split, open_groups, open_partition, partition_field, partitions_for, split_evidence

__all__ = [
    "Counts",
    "Evidence",
    "InputFile",
    "Split",
    "open_groups",
    "open_partition",
    "partition_field",
    "partitions_for",
    "read_evidence",
    "read_tables",
    "split_evidence",
]
