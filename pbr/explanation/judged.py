"""A score of a panel in words: who asked for it, how many scored and were barred, and on what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.agreement.report import took_part
from pbr.calendar import number_of, show_date
from pbr.explanation.money import item

if TYPE_CHECKING:
    from pbr.contract import Contract
    from pbr.contract.grain import Grain, Key
    from pbr.outcomes import Judged


def judged_words(contract: Contract, judged: Judged, grain: Grain, key: Key) -> list[str]:
    """The question and its version, until when papers are taken, how many count, and what they cite."""
    panel, label = judged.agreed, judged.label(key)
    name = f"{panel.agreement}.{panel.question}"
    held = panel.on(number_of(grain.period(key).first))
    if not held.version:
        return [item("scored", f"by nobody: no version of {name} is in force when the period begins")]
    found = [item("scored", f"by {name}, version {held.version}, papers taken until {show_date(held.closes[label])}")]
    one = next(one for one in contract.cited[panel.agreement] if one.result.version == held.version)
    score = one.result.questions[panel.question].scores.get(label)
    if score is None:
        return [*found, item("papers", "none has been counted")]
    found.append(item("papers", took_part(score) + (f"; {score.why}" if score.why else "")))
    return found + ([item("evidence", "; ".join(score.evidence))] if score.evidence else [])
