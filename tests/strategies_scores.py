"""How a random score is drawn: its table, what it is made of, where its baseline lies, and its test."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date
    from random import Random

ITEM = {"type": "whole", "from": "1", "to": "4"}
SURVEYS: dict[str, Any] = {
    "row_is": "survey",
    "of": "participant",
    "fields": {
        "done_on": "date",
        "form": {"type": "text", "one_of": ["full", "brief"]},
        "q1": ITEM,
        "q2": ITEM,
        "q3": ITEM,
        "used": {"type": "whole", "from": "0", "to": "28"},
        "grade": {"type": "decimal", "places": "1"},
        "void_on": "date",
        "recorded_on": "recorded",
    },
}
SURVEY_TESTS = ["form = 'full'", "form <> 'brief'", "done_on >= start", "used > 3", "level = 'high'", "form IS NULL"]
FIGURES = {"used": ["0", "3", "5", "12", "2.5"], "grade": ["1.5", "0", "2.05", "4"], "sum": ["7", "8.5", "1", "0", "9"]}
SHARES = ["50%", "20%", "1/3", "0%", "105%"]
TESTS = ["at_least", "at_least", "at_most", "above", "below"]


def draw_value(luck: Random) -> Any:  # noqa: ANN401  # a field, or a map
    """Make what a score is: a field, or items of which one may be missing or is the other way round."""
    if luck.randrange(100) < 60:
        return luck.choice(["used", "grade"])
    found: dict[str, Any] = {"sum": luck.choice([["q1", "q2", "q3"], ["q3", "q1"]]), "each": "1 to 4"}
    if luck.randrange(100) < 50:
        found["reverse"] = [luck.choice(found["sum"])]
    if luck.randrange(100) < 60:
        found |= {"most_missing": luck.choice(["1", "1", "0"]), "fill": "mean"}
    return found


def draw_test(luck: Random, value: Any) -> tuple[dict[str, Any], list[str]]:  # noqa: ANN401  # a field, or a map
    """Make the terms of a test but for its figure, and the figures it may have; none for a reliable change."""
    figures = FIGURES[value] if isinstance(value, str) else FIGURES["sum"]
    luck_of = luck.randrange(100)
    if luck_of < 30:
        return {}, figures
    way = {"change": luck.choice(["up", "down"])}
    if luck_of < 50:
        z = luck.choice([{"level": "80%"}, {"level": "95%"}, {"z": "1.96"}, {"z": "0.5"}])
        terms = {"sd": luck.choice(["7.5", "2", "0.5"]), "reliability": luck.choice(["0.80", "1/2", "0%"]), **z}
        return {"reliable": terms, **(way if luck_of < 42 else {})}, []
    if luck_of < 80:
        return way | {"of": "baseline"}, SHARES
    return way, figures


def draw_baseline(luck: Random, anchors: list[str], day: date) -> dict[str, str]:
    """Make where a baseline may lie, and which of its rows is picked."""
    found = {"pick": luck.choice(["first", "last"])} if luck.randrange(100) < 50 else {}
    kind = luck.choice(["until", "until", "date", "for", "open"])
    anchor = luck.choice(["start", "start", *anchors])
    if kind == "until":
        found["until"] = anchor
    elif kind == "date":
        found["until"] = (day + timedelta(days=luck.choice([0, 30, 60]))).isoformat()
    else:
        found[luck.choice(["from", "after"])] = anchor
        if kind == "for":
            found["for"] = luck.choice(["28 days", "1 month", "2 weeks"])
        elif luck.randrange(100) < 50:
            found["until"] = (day + timedelta(days=luck.choice([20, 60]))).isoformat()
    return found


def draw_survey(luck: Random, name: str, day: date) -> dict[str, str | None]:
    """Make the row of one survey, perhaps from before the start."""
    day -= timedelta(days=luck.choice([0, 0, 10, 30, 60]))

    def cell(options: list[str], empty: int) -> str | None:
        return luck.choice([None, ""]) if luck.randrange(100) < empty else luck.choice(options)

    numbers = ["1", "2", "3", "4"]
    return {
        "participant": name,
        "done_on": cell([day.isoformat()], 3),
        "form": cell(["full", "full", "full", "brief"], 6),
        "q1": cell(numbers, 8),
        "q2": cell(numbers, 8),
        "q3": cell(numbers, 8),
        "used": cell(["0", "0", "0", "3", "12", "25", "28"], 5),
        "grade": cell(["1.5", "0", "0", "2.5", "4", "-1.5", "12"], 5),
        "void_on": cell([(day + timedelta(days=luck.choice([0, 3, 30, 200]))).isoformat()], 90),
        "recorded_on": (day + timedelta(days=luck.choice([0, 0, 3, 40]))).isoformat(),
    }
