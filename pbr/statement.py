"""A statement: the difference between two entitlements, line by line, each line with its reason and its place."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from pbr.adjustments import Cap, Retain, Split
from pbr.adjustments.retain import GIVEN_BACK
from pbr.agreed_by import by_adjustment, by_payment
from pbr.calendar import PeriodKind, number_of
from pbr.citations import references, with_helps
from pbr.entitlement import period_index, too_large, total
from pbr.helped import HELPED, helped_by
from pbr.lines import MOST
from pbr.money import plain
from pbr.own_rows import provider_name
from pbr.payments.fee import TAKEN_BACK
from pbr.sums import cited
from pbr.uses import as_sent, row_uses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pbr.entitlement import Entitlement
    from pbr.lines import Adjusting
    from pbr.plan import Plan
    from pbr.problem import Place

SCHEMA = 6
KEY = ("payment", "subject", "outcome", "occurrence", "instalment", "adjustment", "payee")
"""What names a line; ``line_id`` is the first 16 hex of the SHA-256 of its JSON text."""
PART_OF = " of "
"""What stands in the occurrence of a part of what is of no one subject, before the provider whose line it is of."""

LINE_COLUMNS: dict[str, str] = {
    "line_id": "first 16 hex of the SHA-256 of the line's key",
    "period": "name of the statement period in which it was achieved, such as Y1-Q2",
    "period_from": "first day of that period",
    "period_to": "last day of that period",
    "payment": "payment of the contract",
    "outcome": "outcome it pays for; empty for a fee, an amount that pays for none, and a part of a label",
    "subject": "who it is for; empty for a fee and for a group",
    "provider": "provider that it is for: the one at the start, unless the payment says another",
    "occurrence": "1; which time, word or period it is of what is met more than once; labels and period of a group",
    "instalment": "1; more where a payment is made in parts",
    "adjustment": "adjustment that made the line, or - for the payment itself",
    "payee": "who is paid",
    "earned_on": "day of the achievement, of the instalment of a fee, or the last of the period of a group",
    "due_on": "day on which it is to be paid; empty where the payment says nothing of it",
    "priced_on": "day whose price holds",
    "quantity": "how many are paid, as exact text such as 1, 6.5 or 20/3; of an amount the product of its factors, of "
    "a part the figure of its outcome; what an outcome multiplies by; else empty",
    "unit_price_minor": "price of one, or the sum or part that is multiplied, in minor units; empty for an adjustment",
    "amount_minor": "amount of the line in minor units; cuts are negative",
    "limit_minor": "for a cap: the most of its group, in minor units",
    "left_minor": "for a cap: what was left of it before this line, in minor units",
    "nth": "for bands: which place it takes, or would take if there were one; empty elsewhere",
    "nth_of": "for bands: whose places they are, such as provider north, milestone started; all for everybody's",
    "group": "label whose price or sum holds, for bands the band first; or the group of the outcome that multiplies it",
    "clause": "clause of the signed contract",
    "reason": "price, no_place, fee, settled, amount, part, the kind of an adjustment, or held_ and the state of what "
    "multiplies it",
    "place": "file and line of the payment or adjustment in the contract",
    "price_place": "file and line of the price or figure in the contract",
    "agreement": "agreed figures that it rests on: question, version and first 16 hex of the SHA-256 of the result, or "
    "if_none or no version where nothing was agreed; joined by ;",
    "evidence": "rows that decided the outcome, by table and key or content hash; of groups the results it rests on",
    "helped_by": "who helped the subject up to earned_on, as known by the as-at date: words of the table marked "
    "contribution, in the order of the contract and joined by ;; empty where nobody did, and of groups",
}


@frozen(kw_only=True)
class Statement:
    """Lines of money that add up to what is due.

    Attributes:
        plan: The plan they follow.
        frame: One row per line, by payment, subject, outcome and adjustment; the columns of ``LINE_COLUMNS``.
        uses: The use of every row of evidence; see ``pbr.uses.row_uses``.
    """

    plan: Plan
    frame: pl.DataFrame = field(repr=False)
    uses: pl.DataFrame = field(repr=False)

    @property
    def total_minor(self) -> int:
        """What is due in minor units."""
        return total(self.frame["amount_minor"])

    def lines(self) -> pl.DataFrame:
        """The lines; columns and dtypes as ``LINE_COLUMNS``: days Date, counts Int64, money Int64 minor units."""
        return self.frame


def make_statement(entitlement: Entitlement, stated: pl.DataFrame | None = None) -> Statement:
    """The lines of an entitlement, less those already stated.

    Args:
        entitlement: What is due as at now.
        stated: Lines of earlier statements, with at least the columns of ``LINE_COLUMNS``; none by default.

    Returns:
        Lines whose amounts are the differences by line key; a line that is no longer due is taken back.

    Raises:
        EvaluationError: PBR401, a difference that 64 bits cannot hold.
    """
    uses = row_uses(entitlement.decisions)
    lines = entitlement_lines(entitlement, uses)
    if stated is not None and not stated.is_empty():
        lines = _difference(entitlement.plan, lines, stated)
    assert lines["line_id"].n_unique() == lines.height, "every line has a key of its own"
    assert lines["clause"].null_count() == 0, "every line has a clause, if an empty one"
    return Statement(plan=entitlement.plan, frame=lines, uses=as_sent(entitlement.decisions.evidence, uses))


def _difference(plan: Plan, lines: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Now less stated, by line."""
    wide = pl.col("amount_minor").cast(pl.Int128)  # which cannot be negated, but can be subtracted
    back = stated.select(lines.columns).with_columns(pl.lit(1, dtype=pl.Int8).alias("_old"), amount_minor=0 - wide)
    both = pl.concat([lines.with_columns(wide, pl.lit(0, dtype=pl.Int8).alias("_old")), back]).sort("_old")
    others = [pl.col(name).first() for name in lines.columns if name not in {"line_id", "amount_minor"}]
    was = pl.col("_old").max().alias("_was")
    merged = both.group_by("line_id", maintain_order=True).agg(pl.col("amount_minor").sum(), was, *others)
    if merged.select((~pl.col("amount_minor").is_between(-MOST, MOST)).any()).item():
        raise too_large(plan, "the difference to what was stated")
    merged = merged.with_columns(pl.col("amount_minor").cast(pl.Int64))
    orders = ("payment", plan.payments), ("outcome", plan.outcomes), ("adjustment", ("-", *_adjustments(plan)))
    places = [_place(column, names) for column, names in orders]
    unlisted = (pl.col("reason") == "no_place") & (pl.col("_was") == 0)  # whom nothing is paid is said once
    changed = merged.filter((pl.col("amount_minor") != 0) | unlisted)
    return changed.sort(places[0], "subject", places[1], places[2], *KEY).select(lines.columns)


def _adjustments(plan: Plan) -> list[str]:
    return [term.id for term in plan.terms.adjustments]


def _place(column: str, names: Iterable[str]) -> pl.Expr:
    """The place of a name in the contract; one that is no longer there comes last."""
    order = {name: place for place, name in enumerate(names)}
    return pl.col(column).replace_strict(order, default=len(order), return_dtype=pl.Int64)


def entitlement_lines(entitlement: Entitlement, uses: pl.DataFrame) -> pl.DataFrame:
    """Every line of an entitlement: the payments' own, then what each adjustment added or cut."""
    plan, frame = entitlement.plan, entitlement.frame
    if not plan.paying:
        return pl.DataFrame(schema=_schema(entitlement.decisions.frame.schema["subject"]))
    cites = references(entitlement.decisions, uses, frame)
    on = ["subject", "outcome", "occurrence"]
    common = _common(plan, frame).join(cites, on=on, how="left", maintain_order="left")
    group = pl.concat_str("outcome", "provider", "_group", separator="/", ignore_nulls=True)
    own = pl.col("subject").is_null() & pl.col("origin").is_null() & pl.col("outcome").is_not_null()
    common = common.with_columns(pl.when(own).then(group).otherwise(pl.col("evidence").fill_null("")).alias("evidence"))
    groups = cited(entitlement.decisions).rename({"occurrence": "_group"})
    on = ["payment", "provider", "_group"]
    common = common.join(groups, on=on, how="left", nulls_equal=True, maintain_order="left")
    common = common.with_columns(evidence=pl.coalesce("groups", "evidence"))
    helps = [name for name in entitlement.decisions.frame.columns if name.startswith(HELPED)]
    theirs = entitlement.decisions.frame.select("subject", *helps)
    common = common.join(theirs, on="subject", how="left", maintain_order="left") if helps else common
    common = common.with_columns(helped_by(plan, helps, pl.col("day")))
    parts = [_payment_part(entitlement, common.filter(pl.col("origin").is_null(), pl.col("split").is_null()))]
    for index in range(len(plan.adjusting)):
        parts.append(_adjustment_part(entitlement, common.filter(pl.col(f"adj.{index}") != 0), index))
        made = pl.when(pl.col("split").is_null()).then(pl.col("origin")).otherwise(pl.col("split")) == index
        parts.append(_group_part(entitlement, common.filter(made), index))
        term = plan.terms.adjustments[index]
        if isinstance(term, Split) and term.by:
            parts[-2:] = [with_helps(entitlement.decisions, pl.concat(parts[-2:]))]
    order = ["_payment", "subject", "_outcome", "_day", "_occurrence", "occurrence"]
    order += ["instalment", "provider", "_adjustment", "payee"]
    lines = pl.concat(parts).sort(order, nulls_last=[True, *[False] * 9])  # what is of a group of lines comes last
    ids = [line_id(key) for key in lines.select(KEY).iter_rows()]
    return lines.with_columns(pl.Series("line_id", ids, dtype=pl.String)).select(list(LINE_COLUMNS))


def line_id(key: tuple[object, ...]) -> str:
    """First 16 hex of the SHA-256 of a line's key as JSON, in which an occurrence that is a number stands as one."""
    numbers = [int(part) if isinstance(part, str) and _NUMBER.fullmatch(part) else part for part in key[3:5]]
    text = _dump([*key[:3], *numbers, *key[5:]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it costs as much as a line
_NUMBER = re.compile("[1-9][0-9]{0,17}")


def _schema(subject: pl.DataType | type[pl.DataType]) -> dict[str, pl.DataType | type[pl.DataType]]:
    days = dict.fromkeys(("period_from", "period_to", "earned_on", "due_on", "priced_on"), pl.Date)
    numbers = ("instalment", "unit_price_minor", "amount_minor", "limit_minor", "left_minor", "nth")
    kinds = days | dict.fromkeys(numbers, pl.Int64) | {"subject": subject}
    return {name: kinds.get(name, pl.String) for name in LINE_COLUMNS}


def _names(names: tuple[str, ...] | list[str], column: str | pl.Expr) -> pl.Expr:
    place = pl.col(column) if isinstance(column, str) else column
    return pl.lit(pl.Series(names, dtype=pl.String)).gather(place)


def _common(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """What all the lines of one achievement share."""
    periods = plan.contract.term.periods(plan.statement_period)
    table = pl.DataFrame(
        {
            "_period": pl.Series(range(len(periods)), dtype=pl.UInt32),
            "period": [period.name for period in periods],
            "period_from": pl.Series([period.first for period in periods], dtype=pl.Date),
            "period_to": pl.Series([period.last for period in periods], dtype=pl.Date),
        }
    )
    whose = pl.coalesce("of", "provider")
    shared = frame.with_columns(
        provider_name(plan).alias("payee"),
        _names(plan.providers, whose).alias("provider"),
        _names(plan.outcomes, "outcome").alias("outcome"),
        pl.col("payment").alias("_payment"),
        pl.col("outcome").alias("_outcome"),
        _names(plan.payments, "payment").alias("payment"),
        pl.col("day").alias("_day"),
        occurrence_words(plan, frame).alias("occurrence"),
        pl.col("occurrence").alias("_group"),
        pl.col("day").cast(pl.Date).alias("earned_on"),
        pl.col("due").cast(pl.Date).alias("due_on"),
        pl.col("priced").cast(pl.Date).alias("priced_on"),
        period_index(plan, plan.statement_period, pl.col("falls")).alias("_period"),
    )
    shared = shared.with_columns(pl.col("occurrence").str.zfill(20).alias("_occurrence"))
    return shared.join(table, on="_period", how="left", maintain_order="left")


def occurrence_words(plan: Plan, frame: pl.DataFrame) -> pl.Expr:
    """Which time an outcome was met; for a row of a group its labels and period; of a part of such whose it is."""
    found = pl.col("occurrence")
    own = {"subject", "provider", "payment", "outcome"}  # which have columns of their own
    for at in plan.adjusting:
        term = plan.terms.adjustments[at.index]
        said = {at.period} if isinstance(term, Retain) and at.period else set()  # its rows say of which they are
        words = [_word(plan, key) for key in at.keys if key not in own | said and key in frame.columns]
        labels = pl.concat_str(words, separator=" ", ignore_nulls=True) if words else pl.lit("all")
        parts = [pl.lit(term.id), *([] if said and not words else [labels]), pl.col("occurrence")]
        name = pl.concat_str(parts, separator=" ").str.strip_chars()
        found = pl.when(pl.col("origin") == at.index).then(name).otherwise(found)
    whose = _names(plan.providers, "of")
    parted = pl.col("subject").is_null() & (whose != "")  # what is of one subject is told apart by that
    return pl.when(parted).then(pl.concat_str(found, pl.lit(PART_OF), whose)).otherwise(found)


def _word(plan: Plan, key: str) -> pl.Expr:
    """The words for a row's place in a group."""
    kind, _, name = key.partition(".")
    if kind == "period":
        periods = plan.contract.term.periods(PeriodKind(name))
        return pl.col(key).replace_strict({number_of(each.first): each.name for each in periods}, default=None)
    labels = list(plan.terms.groups.get(name, ()))
    word = _names(labels, key) if kind == "_by" and labels else pl.col(key).cast(pl.String)
    quoted = pl.concat_str(pl.lit('"'), word.str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(word.str.contains('[ "]')).then(quoted).otherwise(word)


def _group_part(entitlement: Entitlement, common: pl.DataFrame, index: int) -> pl.DataFrame:
    """The lines one adjustment made for groups of lines."""
    part = _adjustment_part(entitlement, common, index)
    return part.with_columns(amount_minor=common["amount"])


def _payment_part(entitlement: Entitlement, common: pl.DataFrame) -> pl.DataFrame:
    """The payments' own lines."""
    plan = entitlement.plan
    cells: list[tuple[int, int, str, str]] = []
    for at in plan.paying:
        rows = at.table.rows
        for cell, place in enumerate(at.table.places):
            cells.append((at.payment, cell, rows[cell // at.table.spans], _short(place)))
    kinds = {"_payment": pl.UInt16, "cell": pl.UInt32, "group": pl.String, "price_place": pl.String}
    table = pl.DataFrame(cells, schema=kinds, orient="row")
    clauses = [
        plan.terms.payments[name].clause or (plan.terms.outcomes[at.name].clause if at.name else "")
        for name, at in zip(plan.payments, plan.paying, strict=True)
    ]
    places = [str(plan.contract.place("payments", name)) for name in plan.payments]
    part = common.join(table, on=["_payment", "cell"], how="left", maintain_order="left")
    nothing = pl.lit(None, dtype=pl.Int64)
    words = _names([_REASON_OF.get(plan.terms.payments[name].kind, "price") for name in plan.payments], "_payment")
    return part.with_columns(
        pl.lit("-").alias("adjustment"),
        pl.lit(-1, dtype=pl.Int16).alias("_adjustment"),
        _quantity(part).alias("quantity"),
        pl.col("unit").alias("unit_price_minor"),
        pl.col("amount").alias("amount_minor"),
        nothing.alias("limit_minor"),
        nothing.alias("left_minor"),
        *_places(part),
        _names(clauses, "_payment").alias("clause"),
        pl.when((words == "fee") & (pl.col("occurrence") == TAKEN_BACK))
        .then(pl.lit("settled"))
        .when((words == "price") & pl.col("cell").is_null())
        .then(pl.lit("no_place"))
        .otherwise(words)
        .alias("reason"),
        _names(places, "_payment").alias("place"),
        by_payment(entitlement.decisions, part),
    ).select(_PART)


def _places(part: pl.DataFrame) -> list[pl.Expr]:
    """The place that a line takes, and whose it is, where a payment of the contract fills places."""
    found = []
    for name, kind in {"nth": pl.Int64, "nth_of": pl.String}.items():
        found.append(pl.col(name) if name in part.columns else pl.lit(None, dtype=kind).alias(name))
    return found


_REASON_OF = {"fee": "fee", "amount": "amount", "divide": "part"}
"""The reason of a payment's own lines by its kind; that of others is the price."""


def _quantity(part: pl.DataFrame) -> pl.Expr:
    """How many are paid, as exact text."""
    whole = pl.col("quantity").cast(pl.String)
    broken = part.filter(pl.col("parts") != 1).select("quantity", "parts").unique()
    if broken.is_empty():
        return whole
    texts = [plain(Fraction(above, below)) for above, below in broken.iter_rows()]
    keys = pl.concat_str("quantity", "parts", separator="/")
    names = dict(zip(broken.select(keys).to_series(), texts, strict=True))
    return pl.when(pl.col("parts") == 1).then(whole).otherwise(keys.replace_strict(names, default=None))


def _adjustment_part(entitlement: Entitlement, common: pl.DataFrame, index: int) -> pl.DataFrame:
    """The lines one adjustment made."""
    plan = entitlement.plan
    term, at = plan.terms.adjustments[index], plan.adjusting[index]
    nothing = pl.lit(None, dtype=pl.Int64)
    capped = isinstance(term, Cap)
    day = "priced" if isinstance(term, Retain) else at.period or "day"
    label, place, figure = (pl.lit(None, dtype=pl.String) for _ in range(3))
    reason: pl.Expr = pl.lit(term.kind)
    if isinstance(term, Retain):
        reason = pl.when(pl.col("occurrence").str.ends_with(GIVEN_BACK)).then(pl.lit("released")).otherwise(reason)
    if at.table.cells:
        cell, rows = at.table.cell(pl.col(day)), at.table.rows
        labels = [rows[number // at.table.spans] for number in range(len(at.table.places))]
        label = pl.lit(pl.Series(labels, dtype=pl.String)).gather(cell)
        place = pl.lit(pl.Series([_short(each) for each in at.table.places], dtype=pl.String)).gather(cell)
    elif at.group in common.columns:
        label, figure, reason = _of_outcome(entitlement, at)
        place = pl.lit(_short(plan.contract.place("outcomes", str(at.result))))
    part = common.with_columns(
        pl.lit(term.id).alias("adjustment"),
        pl.lit(index, dtype=pl.Int16).alias("_adjustment"),
        figure.alias("quantity"),
        nothing.alias("unit_price_minor"),
        pl.col(f"adj.{index}").alias("amount_minor"),
        (pl.col(f"limit.{index}") if capped else nothing).alias("limit_minor"),
        (pl.col(f"left.{index}") if capped else nothing).alias("left_minor"),
        *_places(common),
        pl.lit(term.clause).alias("clause"),
        reason.alias("reason"),
        pl.lit(str(plan.contract.place("adjustments", index))).alias("place"),
        label.alias("group"),
        place.alias("price_place"),
        by_adjustment(entitlement.decisions, common, index, day),
    )
    return part.select(_PART)


def _of_outcome(entitlement: Entitlement, at: Adjusting) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Of each line the group of the outcome that it is multiplied by, its figure, and the reason of what that does."""
    pooled = entitlement.decisions.pooled[str(at.result)]
    found = pooled.results.items()
    names = [pooled.grain.name(key) for key, _ in found]
    figures = [plain(result.value) if result.met and result.value is not None else None for _, result in found]
    reasons = ["multiply" if result.met else f"held_{result.state}" for _, result in found]
    columns = (pl.Series(each, dtype=pl.String) for each in (names, figures, reasons))
    label, figure, reason = (pl.lit(each).gather(pl.col(at.group)) for each in columns)
    return label, figure, reason


_PART = [name for name in LINE_COLUMNS if name != "line_id"]
_PART += ["_payment", "_outcome", "_day", "_occurrence", "_adjustment"]


def _short(place: Place) -> str:
    """A place with the file's own name only, so that outputs do not depend on a folder."""
    name = place.file.replace("\\", "/").rpartition("/")[2]
    return f"{name}:{place.line}"
