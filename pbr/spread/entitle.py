"""What is due of lines in parts: each adjustment where the lines lie, or on what they come to together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pbr.achieved import found_by, in_groups, places_below, reads_groups, refuse_figures
from pbr.adjustments import Cap, Gate
from pbr.beside import CUT
from pbr.entitlement import (
    achieved,
    adjusted,
    asks_known,
    check_total,
    checked,
    in_one,
    lines_of_groups,
    lines_of_subjects,
    of_groups,
    paid_to_subjects,
    said_of,
    total,
    written,
)
from pbr.known import known_days
from pbr.lines import added_up as groups_added
from pbr.lines import sums_of, together, unchanged
from pbr.payments import Bands
from pbr.spread.lines import Lines, bands_of, placed_of
from pbr.spread.spread import joined
from pbr.sums import Unit, added_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pbr.adjustments.cap import Decided
    from pbr.lines import Adjusting
    from pbr.payments import Amount
    from pbr.spread.part import Part
    from pbr.spread.spread import Spread

Sizes = dict[tuple[int, int], Unit]


def entitle_in_parts(spread: Spread) -> Lines:
    """Write the lines of every payment and apply the adjustments in order, as ``pbr.entitle`` does.

    Raises:
        EvaluationError: As there.
    """
    plan = spread.plan
    lines = payment_lines_in_parts(spread)
    for at in plan.adjusting if plan.paying else ():
        adjust(lines, found_by(plan, spread.of_groups.decisions(), at))
    totals = lines.ask_all(_totals)
    check_total(plan, [sum(each[0] for each in totals), sum(each[1] for each in totals)])
    return lines


def _totals(part: Part, lines: pl.DataFrame) -> tuple[int, int]:
    del part
    return total(lines["amount"]), total(lines["net"])


# ---- payments


def payment_lines_in_parts(spread: Spread) -> Lines:
    """The lines of every payment before adjustments."""
    plan, decisions = spread.plan, spread.of_groups.decisions()
    _place(spread)
    lines = Lines(spread=spread)
    parts = lines_of_subjects(plan, decisions, _nobodys(spread))

    def come_to(payment: str, share: Amount) -> Sizes:
        parts[payment] = written(plan, parts[payment]).lazy()
        place = plan.payments.index(payment)
        found = lines.ask(partial(_come_to, place, share)) if payment in paid_to_subjects(plan) else []
        return _units([*found, added_up(plan, share, parts[payment])])

    for name, mine in lines_of_groups(plan, decisions, come_to):
        parts[name] = mine
    lines.begin(in_one(plan, decisions, parts))
    return lines


def _come_to(place: int, share: Amount, part: Part, lines: pl.DataFrame) -> Sizes:
    """What the lines of a payment come to in one part."""
    return added_up(part.plan, share, lines.lazy().filter(pl.col("payment") == place))


def _units(parts: Iterable[Mapping[tuple[int, int], Unit]]) -> Sizes:
    """What lines come to in all parts."""
    found: Sizes = {}
    for part in parts:
        for key, unit in part.items():
            mine = found.get(key, Unit(minor=0))
            found[key] = Unit(minor=mine.minor + unit.minor, known=max(mine.known, unit.known))
    return found


def _place(spread: Spread) -> None:
    """Tell each part which places its achievements take, for each payment that fills places.

    The places of all are told apart by the order of all, so that what decides that order travels.
    """
    for name, payment in bands_of(spread.plan).items():
        at = spread.plan.paying[spread.plan.payments.index(name)]
        waiting = spread.ask(partial(_waiting, name))
        numbered = [
            frame.with_columns(pl.lit(number, dtype=pl.Int64).alias("_part")) for number, frame in enumerate(waiting)
        ]
        whole = joined(numbered)
        places = payment.places_of(whole.drop("_part"), at)
        places = places.join(whole.select("subject", "occurrence", "_part"), on=["subject", "occurrence"])
        mine = places.partition_by("_part", as_dict=True, include_key=False)
        for number in range(len(waiting)):
            spread.part(number).write(placed_of(name), mine.get((number,), places.head(0).drop("_part")))


def _nobodys(spread: Spread) -> dict[str, pl.DataFrame]:
    """The places that nobody takes."""
    kinds = {"subject": spread.known.empty.schema["subject"], "occurrence": pl.String()}
    empty = pl.DataFrame(schema={**kinds, "nth": pl.Int64(), "_reached": pl.Int64()})
    return dict.fromkeys(bands_of(spread.plan), empty)


def _waiting(name: str, part: Part) -> pl.DataFrame:
    """What of the achievements of a part decides which places they take."""
    plan, decisions = part.plan, part.decisions()
    payment, at = plan.terms.payments[name], plan.paying[plan.payments.index(name)]
    assert isinstance(payment, Bands), "only such a payment fills places"
    known = known_days(decisions) if asks_known(plan) else None
    return payment.waiting(achieved(plan, decisions, payment, at, known).collect(), at)


# ---- adjustments


def adjust(lines: Lines, at: Adjusting) -> None:
    """Apply one adjustment."""
    plan, decisions = lines.spread.plan, lines.spread.of_groups.decisions()
    term = plan.terms.adjustments[at.index]
    if reads_groups(plan, at):
        lines.change(partial(_in_groups, at))
    refuse_figures(decisions, at, _below(lines, at))
    if isinstance(term, Gate) or not getattr(term, "per", ()) or _within_parts(lines.spread, at):
        lines.change(partial(_adjusted, at))
    elif isinstance(term, Cap):
        _cap(lines, term, at)
    else:
        sums = groups_added(lines.gather(partial(_sums, at)).drop("_part"), at)
        with said_of(plan, at):
            made = term.made(sums, lines.groups.head(0), at)
        lines.change(partial(_unchanged, at, made))


def _within_parts(spread: Spread, at: Adjusting) -> bool:
    """Whether each group of an adjustment is of one subject, or of whom subjects belong to, so of one part."""
    parent = spread.plan.terms.parent_key
    return bool({"subject", *([f"_field.{parent[1]}"] if parent else [])} & set(at.keys))


def _below(lines: Lines, at: Adjusting) -> list[int]:
    """Places of groups of lines by whose figures, which are below 0, they would be multiplied."""
    if at.found is None or all(above >= 0 for above in at.found.above):
        return []
    found = lines.ask_all(partial(_places_below, at))
    return [place for each in found for place in each]


def _places_below(at: Adjusting, part: Part, lines: pl.DataFrame) -> list[int]:
    return places_below(part.plan, lines, at)


def _in_groups(at: Adjusting, part: Part, lines: pl.DataFrame) -> pl.DataFrame:
    return in_groups(part.plan, part.of_nobody(), lines, at)


def _adjusted(at: Adjusting, part: Part, lines: pl.DataFrame) -> pl.DataFrame:
    return adjusted(part.plan, part.of_nobody(), lines, at)


def _sums(at: Adjusting, lines: pl.DataFrame) -> pl.DataFrame:
    return sums_of(lines, at)


def _unchanged(at: Adjusting, made: pl.DataFrame, part: Part, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that an adjustment of groups leaves as they are, and the rows of these among those of no subject."""
    found = unchanged(lines, at)
    found = together(found, made) if part.of_groups else found
    return checked(of_groups(part.plan, part.of_nobody(), found))


def _cap(lines: Lines, cap: Cap, at: Adjusting) -> None:
    """Two questions: what lines come to on each day; and the lines of the days on which the cap is crossed."""
    days = lines.gather(partial(cap.days, at=at)).drop("_part")
    with said_of(lines.spread.plan, at):
        decided = cap.decided(days, lines.groups.head(0), at)
    edge = lines.gather(partial(cap.edge, at=at, decided=decided))
    cut = cap.ordered(edge, at).select("_part", *CUT).partition_by("_part", as_dict=True, include_key=False)
    for (number,), mine in cut.items():
        lines.spread.part(number).write(f"cut{at.index}.", mine)
    lines.change(partial(_cut, at, decided, frozenset(number for (number,) in cut)))


def _cut(at: Adjusting, decided: Decided, told: frozenset[int], part: Part, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of a part after a cap, and the rows of what is carried among those of no subject."""
    cap = part.plan.terms.adjustments[at.index]
    assert isinstance(cap, Cap), "only a cap cuts days"
    cuts = cap.lost(lines, at, decided)
    if part.number in told:  # of the days on which it is crossed
        cuts = pl.concat([cuts, part.read(f"cut{at.index}.")], how="vertical_relaxed")
    carried = decided.carried if part.of_groups else lines.head(0)
    return checked(of_groups(part.plan, part.of_nobody(), cap.cut(lines, at, cuts, carried)))
