"""Evaluation in parts: the same stages, run on partitions of the subjects one by one or on many machines.

What crosses from one part to another is small: members of groups, sums of lines, the lines of days on which a cap is
crossed. Everything else is written to files that stay with their part.
"""
