"""Which outcomes are of groups of subjects: measures and the like, and what is made of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pbr.outcomes import OF_GROUPS, Combine, Estimate, OfFigures, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.model import Terms
    from pbr.outcomes import Outcome, PooledOutcome


def pooled_name(name: str) -> str:
    """What the figure of an estimate for all of its groups together is called."""
    return f"{name}.pooled"


def outcomes_of_groups(terms: Terms) -> Iterator[tuple[str, PooledOutcome]]:
    """The outcomes of groups by name, in file order, each estimate with its figure for all of its groups."""
    found = _found(terms)
    for name in (name for name in terms.outcomes if name in found):
        outcome = found[name]
        yield name, outcome
        if isinstance(outcome, Estimate) and outcome.pooled is not None:
            yield pooled_name(name), evolve(outcome, per=terms.per_of_all(outcome))


def _found(terms: Terms) -> dict[str, PooledOutcome]:
    """The outcomes of groups by name, in no stated order."""
    found: dict[str, PooledOutcome] = {}
    more = True
    while more:  # what is made of a measure may stand before it
        more = False
        for name, outcome in terms.outcomes.items():
            if name not in found and _is_of_groups(terms, outcome, found):
                assert isinstance(outcome, OF_GROUPS | Scale | Combine | OfFigures)
                found[name] = outcome
                more = True
    return found


def _is_of_groups(terms: Terms, outcome: Outcome, found: dict[str, PooledOutcome]) -> bool:
    """Whether an outcome is of groups itself, or is made of one of those found."""
    if isinstance(outcome, OfFigures):
        parts = outcome.reads()
    elif isinstance(outcome, Scale | Combine):
        parts = outcome.of if isinstance(outcome, Combine) else (str(outcome.of),)
    else:
        return isinstance(outcome, OF_GROUPS)
    made = any(part.removesuffix(".pooled") in found for part in parts)
    return made or (isinstance(outcome, OfFigures) and not _names_own(terms, outcome))


def _names_own(terms: Terms, formula: OfFigures) -> bool:
    """Whether a formula names what a subject has, so that it is on one if it names nothing that is of groups."""
    if formula.per or not terms.has_cohort:
        return False
    tables = [table for table in terms.tables if table not in terms.tables_of_groups]
    own = {"start", *terms.all_fields(terms.cohort_table), *tables, *terms.define, *terms.outcomes} - {*terms.values}
    return any(name.partition(".")[0] in own for name in formula.names)
