"""The rules by which panels decide, a sentence for each term of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import fields, has

from pbr.agreement.words import show_share
from pbr.calendar import show_date
from pbr.money import parse_ratio
from pbr.prose.other import shown
from pbr.prose.words import counted, figure, folded, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.agreement.model import Quorum
    from pbr.agreement.options import Options
    from pbr.agreement.rules import Question
    from pbr.agreement.rules.delphi import Rounds
    from pbr.agreement.scored import Scored

_SHARES = {
    "valid": "Shares are of the papers that are valid.",
    "cast": "Shares are of all papers cast.",
    "eligible": "Shares are of everybody eligible.",
}
_MIDDLES = {
    "voters": "It is the middle of what all voters say.",
    "group_medians": "It is the middle of the middles of the groups.",
}
_EVEN = {
    "lower": "Of an even number the lower of the two in the middle counts.",
    "upper": "Of an even number the upper of the two in the middle counts.",
    "mean": "Of an even number the mean of the two in the middle counts.",
}
_LEFT = {
    "unspent": "What cannot be spent so is not spent.",
    "most_approved": "What cannot be spent so goes to the options most approved of that it still pays for.",
}
_UNITS = {"share": "It is a share.", "number": "It is a number.", "money": "It is money."}
_SAID = {"title", "means", "asks", "rule"}


def rule_words(question: Question) -> str:
    """The rule of a question, a sentence for each of its terms."""
    found = [f"It is decided by the rule of {question.rule.replace('_', ' ')}."]
    own = [each.name for each in fields(type(question)) if each.name not in _SAID]
    found += [_term(name, getattr(question, name)) for name in own]
    return " ".join(sentence for sentence in found if sentence)


def _term(name: str, value: Any) -> str:  # noqa: ANN401  # a term of any rule
    if value is None or value in ((), {}):
        return ""
    known = _TERMS.get(name)
    return f"Its {name.replace('_', ' ')}: {shown(plain_term(value))}." if known is None else known(value)


def _options(options: Options) -> str:
    named = [f"{name} ({folded(title)})" if title else name for name, title in options.titles.items()]
    return f"The options are {listed(named)}." if named else ""


def _needs(needs: object) -> str:
    if not has(type(needs)) or hasattr(needs, "share"):
        return f"Needed is {needs}."
    return f"Needed is {listed(f'{key} {value}' for key, value in plain_term(needs).items())}."


def _rounds(rounds: Rounds) -> str:
    found = (
        "It is asked once." if rounds.most == 1 else f"It is asked up to {rounds.most} times, again of what is open."
    )
    if rounds.stable is None:
        return found
    return f"{found} No further round is counted once no share moved by more than {show_share(rounds.stable)}."


def _scored(scored: Scored) -> str:
    periods = [f"{name} (to {show_date(last)})" for name, last in scored.periods.items()]
    of = f" for each of {listed(scored.of)}" if scored.of else ""
    proof = "has to" if scored.evidence == "required" else "may"
    return (
        f"A score is given{of} in each of these periods: {listed(periods)}. Papers on a period are taken until "
        f"{scored.closes.later} after its end. A paper {proof} cite evidence."
    )


_TERMS: dict[str, Callable[[Any], str]] = {
    "options": _options,
    "needs": _needs,
    "share_of": lambda value: _SHARES[value],
    "high": lambda value: f"An option is in if {value} of each group rate it 7 to 9.",
    "low": lambda value: f"It is in only if {value} of each group rate it 1 to 3.",
    "out": lambda value: f"It is out if {value} of every group rate it 7 to 9.",
    "rounds": _rounds,
    "budget": lambda value: f"What may be spent is {figure(str(value))}.",
    "costs": lambda value: (
        f"The costs are {listed(f'{figure(str(cost))} for {name}' for name, cost in value.items())}."
    ),
    "leftover": lambda value: _LEFT[value],
    "ties": lambda value: f"Of options that tie the first is taken, in this order: {', '.join(value)}.",
    "of": lambda value: _MIDDLES[value],
    "on_even": lambda value: _EVEN[value],
    "unit": lambda value: _UNITS[value],
    "bounds": lambda value: f"A paper may say {value}, both included.",
    "scored": _scored,
}
"""What says each term of a rule, by its name; a term that is none of these is named with its value."""


def quorum_words(quorum: Quorum) -> str:
    """How many have to take part."""
    counts = "who cast a paper" if quorum.counts == "cast" else "whose paper is valid"
    found = [f"{quorum.each_group} in each group"] if quorum.each_group else []
    found += [f"{quorum.overall} in all"] if quorum.overall else []
    return f"A question is counted if enough take part, {counts}: {listed(found)}." if found else ""


def plain_term(value: Any) -> Any:  # noqa: ANN401  # a term of any rule
    """A term as text, lists and maps; a threshold as it is written."""
    if has(type(value)) and "__str__" not in vars(type(value)):
        return {each.name.removesuffix("_"): plain_term(getattr(value, each.name)) for each in fields(type(value))}
    if isinstance(value, dict):
        return {key: plain_term(each) for key, each in value.items()}
    return [plain_term(each) for each in value] if isinstance(value, tuple) else str(value)


def agreed_words(value: Any) -> str:  # noqa: ANN401  # text, a list or a map
    """What was agreed, with shares in per cent where these end."""
    if isinstance(value, dict):
        return listed(f"{agreed_words(each)} for {name}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return listed(value) if value else "none of them"
    share = parse_ratio(str(value)) if "/" in str(value) else None
    return figure(str(value)) if share is None else show_share(share)


def scores_words(number: int) -> str:
    """How many scores there are."""
    return f"{counted(number, 'score')} {'has' if number == 1 else 'have'} been given so far."
