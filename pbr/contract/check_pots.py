"""Pots: among what each is divided, by weights that come to 1 or by a figure of each label, and who is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS
from pbr.condition import Kind
from pbr.contract.check_pooled import of_groups
from pbr.contract.check_sums import check_falls, check_payee
from pbr.contract.check_weights import check_come_to_one
from pbr.contract.check_words import check_per, group_words, labelled
from pbr.contract.figures import OUTCOME, Unit
from pbr.contract.grain import grain_paid, make_grain, outcomes_paid
from pbr.contract.units import kind_of
from pbr.payments import POT_PRICED_ON, Divide
from pbr.payments.divide import OUTCOMES
from pbr.problem import did_you_mean, short

if TYPE_CHECKING:
    from pbr.contract.figures import Figures
    from pbr.contract.grain import Grain
    from pbr.contract.view import View
    from pbr.document import PathTo


def check_pot(view: View, figures: Figures, divide: Divide, path: PathTo) -> None:
    """Check a pot by itself."""
    view.keep(figures.table(divide.amount, Unit.MONEY, (*path, "amount")), *path, "amount")
    check_falls(view, divide, path)
    if divide.price_on not in POT_PRICED_ON:
        message = f"'{short(divide.price_on)}' is no day whose pot all parts can have; one of: "
        view.fail("PBR136", message + ", ".join(POT_PRICED_ON), *path, "price_on")
    words = divide.words if _is_among(view, divide, path) else divide.per
    check_per(view, words, group_words(view), "lines", path)
    if divide.by_weights:
        _by_weights(view, figures, divide, path)
    else:
        _by_figures(view, divide, path)


def _is_among(view: View, divide: Divide, path: PathTo) -> bool:
    """Whether a pot is divided among labels of what is said, so that each part has a group of its own."""
    words = [word for word in group_words(view) if word not in PERIODS]
    if divide.by_weights or divide.among in view.lost:
        return False
    if divide.among in divide.per:
        message = f"a pot of each {divide.among} is not divided among them; remove it from `per`, or name another"
        view.fail("PBR125", message, *path, "among")
    elif divide.among not in words:
        why = did_you_mean(divide.among, [OUTCOMES, *words])
        view.fail("PBR125", f"a pot cannot be divided among '{short(divide.among)}'{why}", *path, "among")
    return divide.among in words and divide.among not in divide.per


def _by_weights(view: View, figures: Figures, divide: Divide, path: PathTo) -> None:
    """Each part has a weight, and an outcome that says how much of it is paid."""
    if not divide.pays:
        message = "among outcomes each part has a key under `pays`, with the outcome that says how much of it is paid"
        view.fail("PBR136", message, *path)
    for key, name in divide.pays.items():
        if of_groups(view, name, *path, "pays", key) and kind_of(view.terms, name) not in {None, Kind.SHARE}:
            message = f"'{name}' is a number, and of a part a share is paid, or all or nothing; write a scale of shares"
            view.fail("PBR124", message, *path, "pays", key)
    here = (*path, "by")
    table = figures.table(divide.by, Unit.RATIO, here)
    view.keep(table, *here)
    if table is None or not divide.pays:
        return
    if f"_by.{OUTCOME}" not in table.by:
        message = f"'{short(divide.by)}' is no value `by: outcome` with a weight for each key of `pays`"
        view.fail("PBR171", message, *here)
        return
    labels = table.labels[table.by.index(f"_by.{OUTCOME}")]
    strange = [key for key in (*divide.pays, *labels) if key not in labels or key not in divide.pays]
    if strange:
        which = "`pays` has no key" if strange[0] in labels else f"'{divide.by}' has no weight"
        view.fail("PBR171", f"{which} '{short(strange[0])}'; both have the same keys", *here)
    else:
        check_come_to_one(view, divide.by, table, OUTCOME, ("PBR171", "weights", "a pot is divided whole"), here)


def _by_figures(view: View, divide: Divide, path: PathTo) -> None:
    """An outcome has a number of each label."""
    if divide.pays:
        view.fail("PBR136", "`pays` is of a pot that is divided among outcomes; remove it", *path, "pays")
    if of_groups(view, divide.by, *path, "by") and kind_of(view.terms, divide.by) is None:
        message = f"'{divide.by}' is met or not, and no number by which a pot could be divided"
        view.fail("PBR136", message, *path, "by")


def check_pot_grains(view: View, grains: dict[str, Grain]) -> None:
    """The groups of pots lie in those of what they are divided by, and say who is paid.

    Args:
        view: The contract; what has problems is passed over.
        grains: The groups of each outcome of groups.
    """
    for name, payment in view.terms.payments.items():
        if not isinstance(payment, Divide) or view.problems:
            continue
        path, grain = ("payments", name), grain_paid(view.terms, payment)
        if not _fits(view, payment, grain, grains, path):
            continue
        pots = make_grain(view.terms, payment.per)
        for key in ("amount", "by"):
            table = view.tables.get((*path, key))
            if table is not None:
                labelled(view, table, pots, f"the pot of '{name}'", (*path, key), others=(OUTCOME,))
        check_payee(view, name, grain, path)


def _fits(view: View, divide: Divide, grain: Grain, grains: dict[str, Grain], path: PathTo) -> bool:
    """Whether the groups of its lines lie in those of each outcome that it reads."""
    for other in outcomes_paid(view.terms, divide):
        own = grains[other]
        if not own.holds(grain) or (not divide.by_weights and divide.among not in own.words):
            mine, theirs = (", ".join(each.words) or "contract" for each in (grain, own))
            message = "a pot is of groups that lie in those of what it reads, and these do not: its lines per "
            message = f"{message}{mine}, and '{other}' per {theirs}; measure alike, or change `per`"
            view.fail("PBR164", message, *path)
            return False
    return True
