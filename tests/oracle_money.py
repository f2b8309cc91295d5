"""The oracle's money: what each payment gives, part by part, and what adjustments make of it, one line at a time."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from tests.oracle_names import PERIODS, keys_of, looked_up
from tests.oracle_rows import DIGITS
from tests.oracle_words import add_duration, number, period_start, round_half

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.oracle_people import Person, World
    from tests.oracle_rows import Contract

Key: TypeAlias = "tuple[str, str, str, str, str, int, str]"
"""Payment, subject, outcome, adjustment, occurrence, instalment and payee."""
Known: TypeAlias = "Callable[[Person, str, str, date], date | None]"


@frozen
class Paid:
    """One payment line before any adjustment."""

    world: World
    payment: str
    person: Person | None
    provider: str
    outcome: str
    occurrence: str
    instalment: int
    day: date
    known: date
    falls: date
    amount: int
    owed: date
    origin: dict[str, Any] | None = None
    labels: dict[str, str] = field(factory=dict)

    @property
    def order(self) -> tuple[Any, ...]:
        """Give the place of the line in a cap: by day, subject, provider, the outcome's place in the file, and part."""
        outcomes, payments = list(self.world.contract["outcomes"]), list(self.world.contract["payments"])
        who = (False, 0) if self.person is None else (True, self.person.key)
        what = outcomes.index(self.outcome) if self.outcome else -1
        paid = payments.index(self.payment) if self.payment else -1
        brought = "brought forward" if self.occurrence.endswith(" brought forward") else ""
        made = self.occurrence if self.origin is None else brought
        changes = [each["id"] for each in self.world.contract.get("adjustments", [])]
        by = (-1,) if self.origin is None else (changes.index(self.origin["id"]), *self.label_places())
        return (self.owed, self.day, who, self.provider, what, paid, made, self.instalment, by)

    def label_places(self) -> tuple[tuple[str, int, str], ...]:
        """Give what tells the lines of groups apart, by the name of each key: labels as in the file, texts, periods."""
        groups = self.world.contract.get("groups", {})
        found = []
        for key, label in self.labels.items():
            if key in groups:
                found.append((f"_by.{key}", list(groups[key]).index(label), ""))
            elif key in PERIODS:
                found.append((f"period.{key}", 0, label))
            elif key not in {"provider", "payment", "outcome", self.world.contract["cohort"]["of"]}:
                found.append((f"_field.{key}", 0, label))
        return tuple(sorted(found))

    def line(self, adjustment: str) -> Key:
        """Give the key of a line made from this one."""
        who = "" if self.person is None else self.person.name
        if self.origin is not None and adjustment == "-":
            adjustment = self.origin["id"]
        return (self.payment, who, self.outcome, adjustment, self.occurrence, self.instalment, self.provider)

    def group(self, per: list[str]) -> tuple[Any, ...] | None:
        """Give the line's place in each of the ``per`` words; nothing if it has none in one of them."""
        found = []
        for key in per:
            if key == "contract":
                found.append("contract")
            elif key in PERIODS:
                day = min(self.falls, self.world.last)
                found.append(period_start(day, key, self.world.year_starts).isoformat())
            elif key == "provider":
                found.append(self.provider)
            elif key in {"payment", "outcome"} and self.origin is None:
                found.append(getattr(self, key))
            elif self.origin is not None and key in self.labels:
                found.append(self.labels[key])
            elif self.person is None or key in {"payment", "outcome"}:
                return None
            elif key == self.world.contract["cohort"]["of"]:
                found.append(self.person.name)
            else:
                found.append(str(self.person.key_value(key)[0]))
        return tuple(found) if "" not in found else None

    def figure(self, written: str) -> Fraction:
        """Give a literal or a named value for the line's participant, or for the provider of a fee."""
        if self.person is not None:
            found, doubt = self.person.value(written, self.day)
            assert found is not None, doubt
            return found
        shape = self.world.contract.get("values", {}).get(written)
        keys = keys_of(shape)
        if keys and self.origin is not None and set(keys) <= set(self.labels):  # of a group, by what made it one
            return number(looked_up(shape, [self.labels[key] for key in keys]))
        return by_provider(self.world.contract, written, self.provider)


def by_provider(contract: Contract, written: str, provider: str) -> Fraction:
    """Give a literal, or a value that is one figure or by provider."""
    shape = contract.get("values", {}).get(written, written)
    if isinstance(shape, dict):
        assert shape["by"] == "provider"
        shape = shape.get(provider, shape.get("*"))
    return number(str(shape))


def whole_and_parts(spec: dict[str, Any], whole: int, mode: str) -> list[int]:
    """Share a sum out into instalments; the odd one bears what rounding leaves."""
    written = spec.get("instalments", "1")
    count = 1 if isinstance(written, list) else int(written)
    shares = [number(text) for text in written] if isinstance(written, list) else [Fraction(1, count)] * count
    parts = [round_half(whole * share, mode) for share in shares]
    odd = 0 if spec.get("odd_pence") == "first" else -1
    parts[odd] += whole - sum(parts)
    return parts


def later(day: date, every: str | None, times: int) -> date:
    """Give the day so many times a length after another, in one step."""
    if every is None or times == 0:
        return day
    count, unit = every.split()
    return add_duration(day, f"{int(count) * times} {unit}")


def due_on(world: World, text: str, days: dict[str, date]) -> date:
    """Count on from a day to the day on which a line is to be paid."""
    count, unit, word = re.fullmatch(r"(\d+) (working days?|\w+) after (\w+)", text).groups()  # type: ignore[union-attr]
    start = days.get(word) or period_end(world, days["falls"])
    if not unit.startswith("working"):
        return add_duration(start, f"{count} {unit}")
    left, day = int(count), start
    while left or not working(world, day):
        day += timedelta(days=1)
        left -= 1 if left and working(world, day) else 0
    return day


def working(world: World, day: date) -> bool:
    """Say whether a day is a working day, in a contract that names the days that are none."""
    rule = world.contract["conventions"]["working_days"]
    extra = rule.get("extra", []) if isinstance(rule, dict) else []
    return day.weekday() < 5 and day.isoformat() not in extra


def period_end(world: World, day: date) -> date:
    """Give the last day of the statement period that a day falls in."""
    kinds = {"monthly": "month", "quarterly": "quarter"}
    kind = kinds.get(world.contract["contract"].get("statements", "yearly"), "contract_year")
    day = min(day, world.last)
    start = period_start(day, kind, world.year_starts)
    while day < world.last and period_start(day + timedelta(days=1), kind, world.year_starts) == start:
        day += timedelta(days=1)
    return day


def pay(world: World, people: list[Person], known: Known) -> list[Paid]:
    """Make the lines of each payment."""
    found: list[Paid] = []
    for payment, spec in world.contract.get("payments", {}).items():
        if spec["kind"] == "fee":
            found += pay_fee(world, payment, spec)
        else:
            found += pay_tariff(world, payment, spec, people, known)
    return found


def pay_fee(world: World, payment: str, spec: dict[str, Any]) -> Iterator[Paid]:
    """Pay the instalments of a fee whose day has come."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    mode = world.contract.get("conventions", {}).get("rounding", "half_up")
    every = {"week": "1 week", "month": "1 month", "quarter": "3 months", "year": "1 year"}[spec.get("every", "month")]
    first = date.fromisoformat(spec.get("from", world.contract["contract"]["from"]))
    for provider in [spec["to"]] if "to" in spec else world.contract["contract"]["providers"]:
        whole = int(by_provider(world.contract, spec["amount"], provider) * scale)
        for place, amount in enumerate(whole_and_parts(spec, whole, mode)):
            day = later(first, every, place)
            if day <= world.as_at:
                yield Paid(world, payment, None, provider, "", "1", place + 1, day, day, day, amount, day)


def pay_tariff(world: World, payment: str, spec: dict[str, Any], people: list[Person], known: Known) -> Iterator[Paid]:
    """Make the lines for each time an outcome was met."""
    scale = 10 ** DIGITS[world.contract["contract"]["currency"]]
    mode = world.contract.get("conventions", {}).get("rounding", "half_up")
    sign = -1 if spec.get("takes") == "yes" else 1
    for one in people:
        state, met_on, _ = one.verdict(spec["pays_for"])
        if state != "met" or met_on is None:
            continue
        person = one.paid_by(payment)
        for occurrence, day, many in times_met(person, spec["pays_for"], met_on):
            when = known(person, spec["pays_for"], occurrence, day)
            seen = max(day, when) if when else day
            days = {"achieved": day, "start": person.start, "known": min(seen, world.last), "contract_to": world.last}
            word = spec.get("price_on", "achieved")
            price_day = days[word] if word in days else person.verdict(word)[1]
            exact = person.priced(spec["price"], price_day, occurrence, spec["pays_for"]) * scale * many
            assert exact.denominator == 1
            for factor in spec.get("times", []):
                figure, doubt = person.value(factor, price_day)
                assert figure is not None, doubt
                exact *= figure
            if "share" in spec:
                exact *= person.priced(spec["share"], price_day, occurrence, spec["pays_for"])
            for place, amount in enumerate(whole_and_parts(spec, round_half(exact, mode) * sign, mode)):
                mine = later(day, spec.get("every"), place)
                if mine > world.as_at:
                    continue
                when_known = max(seen, mine)
                falls = when_known if spec.get("falls_in") == "known" else mine
                if spec.get("falls_in") == "due":
                    falls = due_on(world, spec["due"], {"achieved": mine, "known": max(seen, mine), "falls": mine})
                yield Paid(
                    world=world,
                    payment=payment,
                    person=person,
                    provider=person.provider,
                    outcome=spec["pays_for"],
                    occurrence=occurrence,
                    instalment=place + 1,
                    day=day,
                    known=when_known,
                    falls=falls,
                    amount=amount,
                    owed=mine,
                )


def times_met(person: Person, outcome: str, day: date) -> list[tuple[str, date, Fraction]]:
    """List each time an outcome was met: its name, its day, and how many are paid."""
    parts = person.parts(outcome)
    if parts is not None:
        return [(name, when, Fraction(many)) for name, when, many in parts]
    scale = person.world.contract["outcomes"][outcome]["kind"] == "scale"
    return [("1", day, (person.points(outcome) or Fraction(0)) if scale else Fraction(1))]


def recorded_field(world: World, table: str) -> str | None:
    """Name the field of a table that says when a row was recorded."""
    kinds = world.kinds(table)
    return kinds.get("recorded")
