"""How the payments and adjustments of a random contract are drawn: what is paid, when, in which parts, what is cut."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.luck import CAPS, PERSON_TESTS, PRICES, chance, condition, money, pick, shuffled
from tests.oracle_words import add_months
from tests.strategies_words import KINDS, again, labels_of, rows_of, where_tests

if TYPE_CHECKING:
    from random import Random

    from tests.oracle_rows import Contract

RATIOS = ["5/6", "94%", "1/3", "50%", "0.5", "1.2", "12.5%"]
PER = [
    ["participant"],
    ["provider"],
    ["provider", "contract_year"],
    ["contract"],
    ["quarter"],
    ["month"],
    ["participant", "contract_year"],
    ["provider", "quarter"],
    ["provider", "payment"],
    ["outcome", "participant"],
]


def draw_price(luck: Random, contract: Contract, name: str, keys: list[str]) -> str:
    """Make a price for every label and every day of the term: a literal, or a value that is added to the contract."""
    currency = contract["contract"]["currency"]

    def one() -> str:
        return money(currency, pick(luck, PRICES))

    shape = pick(luck, ["inline", "literal", "dated", "dated", "by", "by dated", "by two", "by two dated", "by period"])
    if shape == "inline":
        return one()
    by = shuffled(luck, list(dict.fromkeys(keys)))[: 2 if "two" in shape else 1] if shape.startswith("by") else []
    if shape == "by period":
        by = shuffled(luck, [*by[: pick(luck, [0, 1])], pick(luck, ["contract_year", "quarter"])])
    value: Any = {"by": by[0] if len(by) == 1 else by} if by else {}

    def cell(by: list[str]) -> Any:  # noqa: ANN401  # text, or maps of it
        return one() if not by else rows_of(luck, labels_of(contract, by[0]), lambda: cell(by[1:]))

    if shape == "literal":
        value = one()
    elif "dated" not in shape:
        value |= cell(by)
    else:
        first, last = (date.fromisoformat(contract["contract"][end]) for end in ("from", "to"))
        change = add_months(first, pick(luck, [1, 2, 3, 12]))
        days = {first.isoformat(): cell(by)}
        days[change.isoformat()] = again(luck, days[first.isoformat()], one)
        if change <= last and chance(luck, 30):
            before = change - timedelta(days=1)
            days = dict(zip((f"{first} to {before}", f"{change} to {last}"), days.values(), strict=True))
        value["dated"] = days
    contract.setdefault("values", {})[name] = value
    return name


def draw_adjustment(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make a cap, a multiplication, a floor or a gate."""
    kind = pick(luck, ["cap", "cap", "cap", "multiply", "multiply", "floor", "gate"])
    terms = {"cap": draw_cap, "multiply": draw_multiply, "floor": draw_floor, "gate": draw_gate}[kind]
    found: dict[str, Any] = {"id": name, "kind": kind} | terms(luck, contract, name, keys)
    if chance(luck, 30):
        found["where"] = condition(luck, PERSON_TESTS + where_tests(luck, contract["outcomes"]))
    if chance(luck, 30):
        found["on"] = [pick(luck, contract["payments"])]
    if chance(luck, 15):
        found["only"] = "gains" if kind == "cap" else pick(luck, ["gains", "takes"])
    takes = any(spec.get("takes") == "yes" for spec in contract["payments"].values())
    if kind == "multiply" and takes and chance(luck, 30):
        found["only"] = "takes"
    fees = [name for name, spec in contract["payments"].items() if spec["kind"] == "fee"]
    figure: Any = contract.get("values", {}).get(found.get("by", found.get("at_most")), {})
    if fees and isinstance(figure, dict) and figure.get("by", "provider") != "provider":
        others = [name for name in contract["payments"] if name not in fees]
        found["on"] = [name for name in found.get("on", []) if name in others] or others
    return found


PAID_TO = [
    ["participant"],
    ["provider"],
    ["provider", "quarter"],
    ["participant", "contract_year"],
    ["provider", "month"],
]
PAID_TO += [["provider", "payment"], ["provider", "outcome", "quarter"], ["provider", "contract"]]


def draw_floor(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make what a group of lines comes to at least, perhaps taken from the next period."""
    del name
    per = pick(luck, PAID_TO)
    if keys[0] != "provider" and chance(luck, 20):
        per = ["provider", keys[0]]
    found: dict[str, Any] = {"per": per}
    if chance(luck, 75):
        found["at_least"] = money(contract["contract"]["currency"], pick(luck, [500, 0, 5000, 20000]))
    if set(per) & {"quarter", "month", "contract_year", "contract"} and chance(luck, 85):
        found["if_owed"] = pick(luck, ["carry_forward", "carry_forward", "forgiven"])
    return found


def draw_gate(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make an outcome that must be met, or must not."""
    del name, keys
    return {pick(luck, ["needs", "stops"]): pick(luck, contract["outcomes"])}


def draw_multiply(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make the share that payments are multiplied by, one by one or in groups, perhaps one for each label of a key."""
    per = pick(luck, PAID_TO) if chance(luck, 30) else []
    if not chance(luck, 30):
        return {"by": pick(luck, RATIOS)} | ({"per": per} if per else {})
    key = pick(luck, keys) if not per else "provider"
    value = {"by": key, **{label: pick(luck, RATIOS) for label in labels_of(contract, key)}}
    contract.setdefault("values", {})[f"{name}_rate"] = value
    return {"by": f"{name}_rate"} | ({"per": list(dict.fromkeys(["provider", *per]))} if per else {})


def draw_cap(luck: Random, contract: Contract, name: str, keys: list[str]) -> dict[str, Any]:
    """Make a limit and whom it is for, perhaps one for each label of a key that parts them."""
    currency = contract["contract"]["currency"]
    own = [key for key in keys if key != "provider"]
    per = pick(luck, [*PER, *([key] for key in own), *([key, "contract_year"] for key in own)])
    found = {"at_most": money(currency, pick(luck, CAPS)), "per": per}
    if chance(luck, 35):
        value: Any = money(currency, pick(luck, CAPS))
        for key in [key for key in dict.fromkeys(keys) if key in per][:1]:
            limits = {label: money(currency, pick(luck, CAPS)) for label in labels_of(contract, key)}
            value = {"by": key, **limits}
        contract.setdefault("values", {})[f"{name}_limit"] = value
        found["at_most"] = f"{name}_limit"
    if chance(luck, 40):
        some = shuffled(luck, list(contract["payments"]))[: pick(luck, [1, 2])]
        found["order"] = pick(luck, ["achieved", "known", "known", some, some])
    if chance(luck, 40):
        found["part"] = pick(luck, ["pay", "refuse", "refuse"])
    payees, periods = {"provider", "participant"}, {"quarter", "month", "contract_year"}
    if set(per) & payees and set(per) & periods and found.get("part") != "refuse" and chance(luck, 60):
        found["excess"] = pick(luck, ["carried", "carried", "lost"])
    return found


def draw_payments(luck: Random, contract: Contract, keys: list[str]) -> dict[str, Any]:
    """Make a tariff for most outcomes, at least for one, and sometimes a fee."""
    found: dict[str, Any] = {}
    must = pick(luck, contract["outcomes"])
    for outcome in contract["outcomes"]:
        if outcome == must or chance(luck, 70):
            price = draw_price(luck, contract, f"{outcome}_price", keys)
            if contract["outcomes"][outcome].get("once_per") == "kind" and chance(luck, 50):
                price = draw_price_by_word(luck, contract, f"{outcome}_price")
            spec = {"kind": "tariff", "pays_for": outcome, "price": price}
            if chance(luck, 50):
                spec["price_on"] = pick(luck, ["start", "start", "achieved", "known", "contract_to", outcome])
            if chance(luck, 25):
                spec |= draw_parts(luck, contract, keys)
            if contract["outcomes"][outcome].get("once_per") == "kind" and chance(luck, 40):
                spec["share"] = draw_shares(luck, contract)
            found[f"pay_{outcome}"] = spec
    if chance(luck, 15):
        found["service"] = draw_fee(luck, contract)
    return {name: found[name] for name in shuffled(luck, list(found))}


def draw_price_by_word(luck: Random, contract: Contract, name: str) -> str:
    """Make a price for each kind of event."""
    currency = contract["contract"]["currency"]
    figures = {kind: money(currency, pick(luck, PRICES)) for kind in KINDS}
    contract.setdefault("values", {})[name] = {"by": "kind", **figures}
    return name


def draw_shares(luck: Random, contract: Contract) -> str:
    """Make a share of the price for each kind of event, 100% together, perhaps others from a day on."""
    shares = [dict(zip(KINDS, pick(luck, WHOLES), strict=True)) for _ in range(2)]
    dated = {contract["contract"]["from"]: shares[0], "2026-01-01": shares[1]}
    start = contract["contract"]["from"]
    shape = {"dated": dated} if chance(luck, 40) and start < "2026-01-01" else shares[0]
    contract.setdefault("values", {})["borne"] = {"by": "kind", **shape}
    return "borne"


WHOLES = [["50%", "30%", "20%"], ["1/3", "1/2", "1/6"], ["0%", "0.5", "50%"], ["100%", "0%", "0%"]]
SHARED: list[Any] = ["3", "2", "7", ["50%", "50%"], ["20%", "30%", "1/2"], ["1/3", "2/3"]]


def draw_parts(luck: Random, contract: Contract, keys: list[str]) -> dict[str, Any]:
    """Make instalments, days to pay, factors, and a sign."""
    found: dict[str, Any] = {}
    if chance(luck, 60):
        found["instalments"] = pick(luck, SHARED)
        if chance(luck, 50):
            found["every"] = pick(luck, ["1 month", "2 weeks", "10 days"])
        if chance(luck, 50):
            found["odd_pence"] = pick(luck, ["first", "last"])
    if chance(luck, 50):
        found["due"] = draw_due(luck, contract)
    if chance(luck, 50):
        found["falls_in"] = pick(luck, ["achieved", "known", "due"] if "due" in found else ["achieved", "known"])
    if chance(luck, 40):
        found["takes"] = pick(luck, ["yes", "yes", "no"])
    if chance(luck, 30):
        rates = {"by": keys[0], **{label: pick(luck, RATIOS) for label in labels_of(contract, keys[0])}}
        contract.setdefault("values", {})["rate"] = rates
        found["times"] = pick(luck, [["rate"], ["1.71", "1.45"], ["rate", "5/6"]])
    return found


def draw_due(luck: Random, contract: Contract) -> str:
    """Make a day to pay; working days need to be said."""
    count = pick(
        luck, ["0 days", "30 days", "2 weeks", "1 month", "15 working days", "1 working day", "0 working days"]
    )
    if "working" in count:
        contract.setdefault("conventions", {})["working_days"] = pick(
            luck, ["weekdays", {"extra": ["2025-05-05", "2025-05-06", "2025-12-25"]}]
        )
    return f"{count} after {pick(luck, ['achieved', 'known', 'period_end'])}"


def draw_fee(luck: Random, contract: Contract) -> dict[str, Any]:
    """Make a fee in instalments inside the term, for one provider or for each."""
    head = contract["contract"]
    currency, providers = head["currency"], list(head["providers"])
    first, last = (date.fromisoformat(head[end]) for end in ("from", "to"))
    amount = money(currency, pick(luck, [100000, 79600, 1, 333]))
    if chance(luck, 40):
        values = contract.setdefault("values", {})
        values["fee_sum"] = {"by": "provider", **{name: money(currency, pick(luck, PRICES)) for name in providers}}
        amount = "fee_sum"
    found: dict[str, Any] = {
        "kind": "fee",
        "amount": amount,
        "instalments": pick(luck, ["1", "2", "3", ["1/3", "2/3"]]),
    }
    if chance(luck, 50):
        found["from"] = (first + timedelta(days=pick(luck, [0, 5, 30]))).isoformat()
    begins = date.fromisoformat(found.get("from", head["from"]))
    if add_months(begins, 2) > last:
        found["every"] = "week"
    elif chance(luck, 50):
        found["every"] = pick(luck, ["week", "month"])
    if chance(luck, 40):
        found["to"] = pick(luck, providers)
    if chance(luck, 40):
        found["odd_pence"] = pick(luck, ["first", "last"])
    return found
