"""The closed lists of what is said of decisions, lines and rows: states, reasons and uses."""

from __future__ import annotations

STATES = ("met", "not_met", "pending", "excluded", "unknown", "not_assessable")

REASONS: dict[str, str] = {
    "met": "the outcome was achieved on the date shown",
    "window_open": "not achieved yet, and the window is still open",
    "no_evidence": "no row shows the event",
    "before_window": "a row shows the event, but before the window opened",
    "after_window": "a row shows the event, but after the window closed",
    "window_empty": "its window closes before it opens",
    "outside_term": "the achievement would lie outside the contract's term",
    "defeated": "a row shows the event that had to stay away",
    "not_true": "the fact required is not true",
    "too_little": "the sum of what counts does not come to what is required",
    "undone": "a row showed the event, but it has been undone since",
    "too_short": "it was not held for as long as is required",
    "no_baseline": "no row gives the baseline that a change is measured from",
    "zero_baseline": "the baseline is not above zero, so that no percentage of it can be taken",
    "score_short": "the score or its change is not what is required",
    "anchor": "the outcome its window starts from is not met, so it takes that outcome's state",
    "part_not_met": "an outcome it is made of is not met",
    "part_unknown": "an outcome it is made of is unknown",
    "part_pending": "an outcome it is made of is still pending",
    "part_excluded": "an outcome it is made of was missed, and that is excused",
    "part_not_assessable": "an outcome it is made of has no figure",
    "group_open": "the period is not over yet",
    "not_settled": "the period is over, but its figure is not fixed: a member is still open, or its day has not come",
    "nobody": "there is nobody to count",
    "too_few": "fewer are counted than the contract asks for",
    "off_scale": "the figure lies outside of what the scale has points for",
    "beside_threshold": "the figure is not on the right side of the threshold",
    "excused": "it was missed, and the contract excuses that",
    "missing_field": "a field needed to decide is empty",
    "unknown_clause": "a clause on who belongs to the cohort cannot be decided, because a field is empty",
    "no_group": "the participant is in no group of the grouping that sets the price, or who is paid",
    "two_groups": "the participant is in more than one group of the grouping that sets the price, or who is paid",
    "no_price": "no value is in force on the date the term names",
    "include_failed": "the participant does not fulfil a condition for the cohort",
    "exclude_hit": "the participant is excluded by a clause",
}

LINE_REASONS: dict[str, str] = {
    "fee": "an instalment of a fee, whatever was achieved",
    "settled": "an instalment on account, taken back since what it was on account of is fixed",
    "amount": "a sum for a group, times the figures of the group",
    "part": "a part of a pot, times the figure of its outcome if it has one",
    "price": "the price of the outcome at the participant's group and date",
    "multiply": "a factor applied to the amount before it",
    "floor": "what a group of lines comes to less than it must, or what was added for that before",
    "gate": "an outcome that the line depends on is not as it must be, or not yet",
    "cap": "the part of the amount above a cap",
}

USES: dict[str, str] = {
    "used": "it decided the outcome",
    "not_picked": "another row decided the outcome, or no row could",
    "outside_term": "its date lies outside the contract's term",
    "after_window": "its date lies after the window",
    "before_window": "its date lies before the window",
    "not_included": "its participant is excluded",
    "same_row": "it is an exact copy of another row",
    "not_yet_recorded": "it was not recorded, or not yet dated, by the as-at date",
    "unasked": "no outcome reads it",
}
