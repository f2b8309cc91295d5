"""The oracle's adjustments: one line at a time, in order, and what belongs to a group of lines as a line of its own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve

from tests.oracle_held import named
from tests.oracle_money import Key, Paid, by_provider
from tests.oracle_names import PERIODS
from tests.oracle_rows import DIGITS
from tests.oracle_words import period_start, round_half

if TYPE_CHECKING:
    from fractions import Fraction

    from tests.oracle_people import World

Group: TypeAlias = "tuple[Any, ...]"


def settle(world: World, paid: list[Paid]) -> dict[Key, int]:
    """Write the payment lines, then those of each adjustment, in order, that change an amount."""
    return settled(world, paid)[0]


def settled(world: World, paid: list[Paid]) -> tuple[dict[Key, int], list[Paid]]:
    """Give the amount of every line, and what lines were made from: payments, and groups that adjustments made."""
    lines = {item.line("-"): item.amount for item in paid}
    items = list(paid)
    for change in world.contract.get("adjustments", []):
        chosen = [(item, net_of(item, lines)) for item in items if acts_on(world, change, item)]
        chosen = [(item, net) for item, net in chosen if wanted(change, net)]
        act = {"cap": cap, "multiply": multiply, "floor": floor, "gate": gate}[change["kind"]]
        made, rows = act(world, change, chosen)
        lines |= made
        lines |= {row.line("-"): row.amount for row in rows}
        items += rows
    return {key: amount for key, amount in lines.items() if amount != 0 or (key[3] == "-" and key[0])}, items


def net_of(item: Paid, lines: dict[Key, int]) -> int:
    """Sum all there is of one payment line, or of one line of a group."""
    mine = item.line("-")
    return sum(amount for key, amount in lines.items() if (key[:3], key[4:]) == (mine[:3], mine[4:]))


def acts_on(world: World, change: dict[str, Any], item: Paid) -> bool:
    """Say whether an adjustment acts on a line at all."""
    payments = list(world.contract["payments"])
    on = change.get("on", payments)
    theirs = [item.payment] if item.origin is None or item.payment else item.origin.get("on", payments)
    if not set(theirs) <= set(on):
        return False
    if item.group(change.get("per", [])) is None or item.group(labels_in(world, change)) is None:
        return False
    if "where" not in change:
        return True
    return item.person is not None and world.truth(change["where"], item.person.row) is True


def labels_in(world: World, change: dict[str, Any]) -> list[str]:
    """List the keys that the figure of an adjustment is by, but for periods."""
    written = change.get("by", change.get("at_most", change.get("at_least")))
    shape = world.contract.get("values", {}).get(written)
    keys = shape.get("by", []) if isinstance(shape, dict) else []
    return [key for key in ([keys] if isinstance(keys, str) else keys) if key not in PERIODS]


def wanted(change: dict[str, Any], net: int) -> bool:
    """Say whether a line is above or below nothing as the adjustment wants it."""
    only = "gains" if change["kind"] == "cap" else change.get("only")
    return only is None or (net > 0 if only == "gains" else net < 0)


def gate(world: World, change: dict[str, Any], chosen: list[tuple[Paid, int]]) -> tuple[dict[Key, int], list[Paid]]:
    """Take back each line whose outcome is not as it must be."""
    opens = {"met"} if "needs" in change else {"not_met", "excluded"}
    outcome = str(change.get("needs", change.get("stops")))
    made = {}
    for item, net in chosen:
        if item.person is not None and item.person.verdict(outcome)[0] not in opens:
            made[item.line(change["id"])] = -net
    del world
    return made, []


def multiply(world: World, change: dict[str, Any], chosen: list[tuple[Paid, int]]) -> tuple[dict[Key, int], list[Paid]]:
    """Multiply each line, or the sum of each group."""
    mode = world.contract.get("conventions", {}).get("rounding", "half_up")
    if "per" not in change:
        return {
            item.line(change["id"]): round_half(net * item.figure(change["by"]), mode) - net for item, net in chosen
        }, []
    rows = []
    for members in in_groups(change, chosen).values():
        total = sum(net for _, net in members)
        rows.append(row_of(world, change, members, round_half(total * figure_of(change, "by", members), mode) - total))
    return {}, [row for row in rows if row.amount]


def floor(world: World, change: dict[str, Any], chosen: list[tuple[Paid, int]]) -> tuple[dict[Key, int], list[Paid]]:
    """Add to each group what it comes to less; carried forward, take it in the next period."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    groups = in_groups(change, chosen)
    if change.get("if_owed", "forgiven") == "forgiven":
        rows = []
        for members in groups.values():
            least = int(figure_of(change, "at_least", members) * scale)
            rows.append(row_of(world, change, members, least - sum(net for _, net in members)))
        return {}, [row for row in rows if row.amount > 0]
    return {}, carried_forward(world, change, groups, scale)


def carried_forward(
    world: World, change: dict[str, Any], groups: dict[Group, list[tuple[Paid, int]]], scale: int
) -> list[Paid]:
    """Go from period to period with what each group owes."""
    rows = []
    starts = period_starts(world, change)
    for others in {without_period(change, group) for group in groups}:
        owed = 0
        for start in starts:
            owed = owed if start <= world.as_at else 0
            members = [
                pair
                for group, pairs in groups.items()
                if without_period(change, group) == others and group[place_of(change)] == start.isoformat()
                for pair in pairs
            ]
            model = next(pairs for group, pairs in groups.items() if without_period(change, group) == others)
            if owed:
                rows.append(row_of(world, change, model, -owed, start, brought=True))
            total = sum(net for _, net in members) - owed
            least = int(figure_of(change, "at_least", model, start) * scale)
            short = max(least - total, 0) if (members and sum(net for _, net in members)) or owed else 0
            if start == starts[-1]:
                short = 0
            if short:
                rows.append(row_of(world, change, members or model, short, None if members else start))
            owed = short
    return rows


def cap(world: World, change: dict[str, Any], chosen: list[tuple[Paid, int]]) -> tuple[dict[Key, int], list[Paid]]:
    """Pay lines in order until the sum of their group is used up."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    groups, made, rows = in_groups(change, chosen), {}, []
    room = {group: int(figure_of(change, "at_most", members) * scale) for group, members in groups.items()}
    if change.get("excess") == "carried":
        rows = carry(world, change, groups, room, scale)
    for group, members in groups.items():
        left, closed = room[group], False
        for item, net in sorted(members, key=lambda pair: (*priority(world, change, pair[0]), *pair[0].order)):
            pays = min(net, max(left, 0))
            if change.get("part") == "refuse":
                closed = closed or net > left
                pays = 0 if closed else net
            left -= pays
            if pays < net:
                made[item.line(change["id"])] = pays - net
    return made, rows


def carry(
    world: World,
    change: dict[str, Any],
    groups: dict[Group, list[tuple[Paid, int]]],
    room: dict[Group, int],
    scale: int,
) -> list[Paid]:
    """Pay what is above a cap in the next period, as far as its cap goes, and leave the rest of that to its lines."""
    rows = []
    for others in {without_period(change, group) for group in groups}:
        mine = {group: pairs for group, pairs in groups.items() if without_period(change, group) == others}
        model, over = next(iter(mine.values())), 0
        for start in [start for start in period_starts(world, change) if start <= world.as_at]:
            limit = int(figure_of(change, "at_most", model, start) * scale)
            paid = min(over, limit)
            if paid:
                rows.append(row_of(world, change, model, paid, start, brought=True))
            total = 0
            for group, pairs in mine.items():
                if group[place_of(change)] == start.isoformat():
                    room[group] = limit - paid
                    total = sum(net for _, net in pairs)
            over += -paid + max(total - (limit - paid), 0)
    return rows


def priority(world: World, change: dict[str, Any], item: Paid) -> tuple[Any, ...]:
    """Give what comes before the day in the order of a cap, and the day if it is that on which it was known."""
    order = change.get("order", "achieved")
    if order == "known":
        return (item.known, *item.order[1:])
    payments = [] if order == "achieved" else ([order] if isinstance(order, str) else order)
    del world
    return (payments.index(item.payment) if item.payment in payments else len(payments),)


# ---------------------------------------------------------------- groups and their lines


def in_groups(change: dict[str, Any], chosen: list[tuple[Paid, int]]) -> dict[Group, list[tuple[Paid, int]]]:
    """Put lines together that are of one group."""
    groups: dict[Group, list[tuple[Paid, int]]] = {}
    for item, net in chosen:
        group = item.group(change["per"])
        assert group is not None
        groups.setdefault(group, []).append((item, net))
    return groups


def place_of(change: dict[str, Any]) -> int:
    """Give the place of the period among the words of a group."""
    return next(place for place, word in enumerate(change["per"]) if word in PERIODS)


def without_period(change: dict[str, Any], group: Group) -> Group:
    """Give a group but for its period."""
    return tuple(part for place, part in enumerate(group) if place != place_of(change))


def period_starts(world: World, change: dict[str, Any]) -> list[date]:
    """List the first day of each period of the term, as the calendar has it."""
    kind = change["per"][place_of(change)]
    if kind == "contract":
        return [world.first]
    days = [date.fromordinal(day) for day in world.term]
    return sorted({period_start(day, kind, world.year_starts) for day in days})


def figure_of(change: dict[str, Any], key: str, members: list[tuple[Paid, int]], start: date | None = None) -> Fraction:
    """Give the figure of a group."""
    item = members[0][0]
    if start is not None:
        item = evolve(item, day=max(start, item.world.first))
    written = change.get(key, "0")
    if item.person is None or item.origin is not None:
        shape = item.world.contract.get("values", {}).get(written, written)
        if isinstance(shape, dict) and shape["by"] != "provider":
            assert item.person is not None
            return item.figure(written)
        return by_provider(item.world.contract, written, item.provider)
    return item.figure(written)


def row_of(  # what there is to say of a line
    world: World,
    change: dict[str, Any],
    members: list[tuple[Paid, int]],
    amount: int,
    start: date | None = None,
    *,
    brought: bool = False,
) -> Paid:
    """Make the line of a group."""
    first = members[0][0]
    labels: dict[str, str] = {}
    words = []
    group = first.group(change["per"])
    assert group is not None
    day = max((item.day for item, _ in members)) if start is None else max(start, world.first)
    falls = max((item.falls for item, _ in members)) if start is None else day
    known = max((item.known for item, _ in members)) if start is None else day
    owed = max((item.owed for item, _ in members)) if start is None else day
    for word, part in zip(change["per"], group, strict=True):
        labels[word] = str(part)
        if word in PERIODS:
            where = min(falls, world.last)
            begins = None if word == "contract" else period_start(where, word, world.year_starts)
            words.append(named(world, {"per": [word]}, begins))
        elif word not in {"provider", "payment", "outcome", world.contract["cohort"]["of"]}:
            words.append('"' + str(part).replace('"', '""') + '"' if {" ", '"'} & set(str(part)) else str(part))
    has_person = world.contract["cohort"]["of"] in change["per"]
    only = list(world.contract["contract"]["providers"])
    return Paid(
        world=world,
        payment=labels.get("payment", ""),
        person=first.person if has_person else None,
        provider=first.provider if has_person or "provider" in change["per"] or len(only) == 1 else "",
        outcome=labels.get("outcome", ""),
        occurrence=" ".join([change["id"], *(words or ["all"]), *(["brought forward"] if brought else [])]),
        instalment=1,
        day=day,
        known=known,
        falls=falls,
        amount=amount,
        owed=owed,
        origin=change,
        labels=labels,
    )
