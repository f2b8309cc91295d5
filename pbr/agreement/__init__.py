"""Agreements: what a community decided by counted ballots, read, counted by published rules, and kept as data."""

from pbr.agreement.result import Answer, Dissent, Result, Threshold, read_result, result_path

__all__ = ["Answer", "Dissent", "Result", "Threshold", "read_result", "result_path"]
