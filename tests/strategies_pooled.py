"""Random outcomes of groups, added to a random contract: measures of what it has, and what is made of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.luck import chance, pick

if TYPE_CHECKING:
    from random import Random

    from tests.oracle_rows import Contract

PERIODS = ("month", "quarter", "contract_year", "contract")
LEVELS = ("80%", "90%", "95%", "98%", "99%", "99.8%")


def with_groups(contract: Contract, luck: Random) -> Contract:
    """Give a contract with a few outcomes of groups more, and payments for them."""
    own = list(contract["outcomes"])
    added: dict[str, dict[str, Any]] = {}
    for number in range(luck.choice((1, 2))):
        added[f"m{number}"] = measure(contract, own, luck)
    first = added["m0"]
    if first["take"] not in {"all", "any"}:
        added["line"] = straight(first, luck)
        added["passed"] = test(first, "m0", luck)
        if first["take"] == "share" and chance(luck, 50):
            added["surely"] = test(first, "m0", luck) | {
                "by": f"{pick(luck, ['lower', 'upper'])} {pick(luck, LEVELS)} two-sided"
            }
            added["both"] = {"kind": "combine", "need": pick(luck, ["all", "any"]), "of": ["passed", "surely"]}
        wide = {key: each for key, each in first.items() if key not in {"over", "round"}}
        wide |= {"per": [word for word in first["per"] if word in PERIODS or chance(luck, 40)]}
        if not set(wide["per"]) & set(PERIODS):
            wide.pop("period_of", None)
        added["wide"] = wide
        added["ahead"] = {"kind": "test", "of": "m0", pick(luck, ["at_least", "above", "at_most", "below"]): "wide"}
    paid = {f"pay_{name}": {"kind": "tariff", "pays_for": name, "price": "125"} for name in added if name != "wide"}
    paid = {name: each for name, each in paid.items() if "provider" in first["per"]}
    paid = {name: each for name, each in paid.items() if each["pays_for"] != "m1" or "provider" in added["m1"]["per"]}
    return contract | {
        "outcomes": contract["outcomes"] | added,
        "payments": contract.get("payments", {}) | paid,
    }


def measure(contract: Contract, own: list[str], luck: Random) -> dict[str, Any]:
    """Write a measure of one of the contract's outcomes."""
    valued = [name for name in own if "once_per" in contract["outcomes"][name]]
    take = pick(luck, ["share", "share", "count", "n", "all", "any", *(["sum", "mean", "median"] if valued else [])])
    of = pick(luck, valued if take in {"sum", "mean", "median"} else own)
    spec: dict[str, Any] = {"kind": "measure", "of": of, "take": take}
    words = ["provider"] if chance(luck, 80) else []
    plain = [name for name, labels in contract.get("groups", {}).items() if not reads_results(own, labels)]
    if plain and chance(luck, 30):
        words.append(pick(luck, plain))
    if chance(luck, 70):
        words.append(pick(luck, PERIODS))
    luck.shuffle(words)
    spec["per"] = words
    others = [name for name in own if name != of]
    if others and chance(luck, 40):
        spec["among"] = pick(luck, others)
    return spec | timed(spec, words, luck) | limits(take, luck)


def timed(spec: dict[str, Any], words: list[str], luck: Random) -> dict[str, Any]:
    """Say which day puts somebody into a period, and when a figure is fixed."""
    added: dict[str, Any] = {}
    if set(words) & set(PERIODS):
        added["period_of"] = spec["among"] if "among" in spec and chance(luck, 30) else "start"
        if chance(luck, 30):
            added["over"] = pick(luck, ["to_date", "6 months", "10 days", "3 weeks", "1 year"])
    if chance(luck, 30):
        added["settles"] = pick(luck, ["period_end", "period_end + 3 months", "period_end + 20 days", "2025-06-30"])
    return added


def limits(take: str, luck: Random) -> dict[str, Any]:
    """Say what is bad, what changes later, how few are too few and how a figure is rounded."""
    added: dict[str, Any] = {key: "yes" for key in ("reopens", "adverse") if chance(luck, 20)}
    if chance(luck, 20):
        added["fewest"] = "2"
    if chance(luck, 20) and take not in {"all", "any"}:
        added["round"] = pick(luck, ["0", "1", "2"])
    return added


def reads_results(own: list[str], labels: dict[str, str]) -> bool:
    """Say whether a grouping may read results of outcomes."""
    return any(name in text for name in own for text in labels.values())


def straight(of: dict[str, Any], luck: Random) -> dict[str, Any]:
    """Write a scale of straight lines."""
    ends = ("20%", "50%", "80%") if of["take"] == "share" else ("0", "2", "5")
    points = [pick(luck, ["-5", "0", "2.5", "10", "7"]) for _ in ends]
    spec = {"kind": "scale", "of": "m0", "shape": "straight", "points": dict(zip(ends, points, strict=True))}
    spec |= {"below": pick(luck, ["extend", "none", "-3"]), "above": pick(luck, ["extend", "none", "12"])}
    return spec | ({"round": pick(luck, ["0", "1"])} if chance(luck, 40) else {})


def test(of: dict[str, Any], name: str, luck: Random) -> dict[str, Any]:
    """Write a test against a figure."""
    sign = pick(luck, ["at_least", "above", "at_most", "below"])
    figures = ["0%", "25%", "50%", "66%", "100%"] if of["take"] == "share" else ["0", "1", "2", "3.5"]
    return {"kind": "test", "of": name, sign: pick(luck, figures)}
