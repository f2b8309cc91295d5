"""Proofs before signing: groups and steps without gap or overlap, and the first day a person can start.

Nothing here reads a row. A condition is taken apart into tests of one field each, the values of the field into those
that no test tells apart, and every combination is tried. What is found, how, and what cannot be proved:
``docs/explanation/proofs.md``.
"""

from pbr.proof.cells import MOST_CELLS
from pbr.proof.partition import first_day, partition_verdicts, prove_partition
from pbr.proof.steps import STEP_FORMS, Step, parse_step, prove_steps, steps_verdicts
from pbr.proof.values import Values, shown
from pbr.proof.verdict import Found, Verdict

__all__ = [
    "MOST_CELLS",
    "STEP_FORMS",
    "Found",
    "Step",
    "Values",
    "Verdict",
    "first_day",
    "parse_step",
    "partition_verdicts",
    "prove_partition",
    "prove_steps",
    "shown",
    "steps_verdicts",
]
