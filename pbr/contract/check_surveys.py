"""Surveys: who could be asked, who was, and a score of each answer that nothing but a measure reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbr.calendar import PERIODS, Duration, number_of
from pbr.contract.check_outcomes import MOST_YEARS, PER_YEAR
from pbr.contract.check_words import own_words
from pbr.contract.contract import results_of_grouping
from pbr.contract.grain import make_grain
from pbr.contract.surveys import Survey, survey_of, surveys_of
from pbr.outcomes import Measure, Score
from pbr.outcomes.measure import RESPONSE_FORMS, ChosenBy, Took
from pbr.problem import did_you_mean, short
from pbr.settles import DRAWN_FORMS, Drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbr.contract.view import View
    from pbr.document import PathTo
    from pbr.outcomes.measure import Frame

_OF_ONE = ("when", "baseline", "follow_up", "change", "of", "reliable", "window", "undone_by", "excused_by")
"""Terms of a score that say which row of a participant counts, and so mean nothing of each."""
_OF_ANSWERS = {Took.SHARE, Took.COUNT, Took.N, Took.ALL, Took.ANY}


def check_surveys(view: View) -> None:
    """Check scores of each answer, the measures that count them, and who else reads them."""
    for name, outcome in view.terms.outcomes.items():
        if isinstance(outcome, Score) and outcome.per:
            _score(view, outcome, ("outcomes", name))
        survey = survey_of(view.terms, name)
        if survey is not None:
            _survey(view, survey, ("outcomes", name))
        elif isinstance(outcome, Measure) and (outcome.row_field is not None or outcome.of in view.terms.outcomes):
            _no_survey(view, outcome, ("outcomes", name))
    _alike(view)


def check_answer_readers(view: View) -> None:
    """Nothing but measures reads the scores of answers, and nothing but surveys the rows that surveys refuse.

    Args:
        view: A contract whose conditions have all been typed.
    """
    for name, outcome in view.terms.outcomes.items():
        if isinstance(outcome, Score) and outcome.per:
            _readers(view, name)
    judged: dict[str, Survey] = {}
    for survey in surveys_of(view.terms):
        for table in survey.judged:
            judged.setdefault(table, survey)
    for table, survey in judged.items():
        reader = next(_read_beside(view, table), None)
        if reader is not None:
            message = f"{reader} reads '{table}' too, and rows that this refuses would be missing there"
            fix = "send answers, and those asked, in tables of their own"
            view.fail("PBR185", f"{message}; {fix}", "outcomes", survey.name)


def _score(view: View, score: Score, path: PathTo) -> None:
    """A score of each row is of the rows of a child of the cohort's table, and needs no choice among them."""
    term = view.terms.tables.get(score.table)
    if term is None:
        return
    if score.table == view.terms.cohort_table or term.of != view.terms.cohort.of:
        noun = view.terms.cohort.of
        message = f"'{score.table}' has no answers of each {noun}; name a table `of: {noun}`"
        view.fail("PBR183", message, *path, "table")
    elif score.per != (term.row_is,):
        message = f"`per` names what a row of '{score.table}' is: write `per: [{term.row_is}]`, or remove it"
        view.fail("PBR183", message, *path, "per")
    value = view.terms.values.get(str(getattr(score, score.test))) if score.figures else None
    if value is not None and value.agreed is not None:
        message = f"'{getattr(score, score.test)}' is agreed, so that it could change among the answers of one period"
        view.fail("PBR318", f"{message}; name it in a test of the measure that counts them", *path, score.test)
    for key in _OF_ONE:
        if getattr(score, key) is not None:
            message = f"`{key}` chooses among the rows of one {term.of}, and here each {term.row_is} has a score"
            view.fail("PBR183", f"{message}; remove `{key}`, or `per`", *path, key)


def _readers(view: View, name: str) -> None:
    """Only a measure counts answers: whoever reads what one participant came to would read the last answer alone."""
    message = f"'{name}' is of each answer, so only a measure reads it; name a measure of it, or remove its `per`"
    terms = view.terms
    found: list[PathTo] = []
    for other, outcome in terms.outcomes.items():
        if isinstance(outcome, Measure):
            keys = ("among", "asked", "period_of")
            found += [("outcomes", other, key) for key in keys if getattr(outcome, key) == name]
        elif name in outcome.reads():
            found.append(("outcomes", other))
    found += [("payments", other) for other, payment in terms.payments.items() if name in payment.reads()]
    found += [("adjustments", at) for at, adjustment in enumerate(terms.adjustments) if name in adjustment.reads()]
    found += [path for path, reader in view.readers.items() if name in reader.results]
    for path in dict.fromkeys(found):
        view.fail("PBR184", message, *path)


def _no_survey(view: View, measure: Measure, path: PathTo) -> None:
    """What is said of answers stands beside a score of each answer only."""
    if measure.of in view.lost:
        return
    of_rows = measure.row_field is not None
    for key in ("frame", "weigh_by"):
        if getattr(measure, key) is not None:
            message = f"`{key}` is of a survey, so `of` names a score of each answer,"
            view.fail("PBR185", f"{message} such as {{kind: score, per: [answer], ...}}", *path, key)
    if measure.asked_field is not None and not of_rows:
        message = (
            f"'{short(str(measure.asked))}' is a list of those asked, so `of` names a score of each answer, such as"
        )
        view.fail("PBR185", f"{message} {{kind: score, per: [answer], ...}}; or name an outcome", *path, "asked")
    if measure.row_date is not None and not of_rows and isinstance(view.terms.outcomes.get(measure.of), Score):
        message = f"'{measure.of}' is of one answer of each {view.terms.cohort.of}; write `per: [answer]` on it,"
        view.fail("PBR185", f"{message} or name `start` or an outcome here", *path, "period_of")
    if not of_rows and measure.frame is None:
        _response_of(view, measure, path)


def _survey(view: View, survey: Survey, path: PathTo) -> None:
    measure = survey.measure
    if measure.take not in _OF_ANSWERS:
        message = f"the {measure.take.value} is not taken of answers that pass or fail; take their share or count"
        view.fail("PBR185", message, *path, "take")
    if measure.among is not None:
        message = "answers are counted among those in the frame; say with `frame` who is, and remove `among`"
        view.fail("PBR185", message, *path, "among")
    day = f"{survey.score.table}.{survey.score.date}"
    if measure.period_of not in {None, day} and survey.score.table in view.terms.tables:
        message = f"the answers of '{survey.of}' are of a period by their own day: write `period_of: {day}`"
        view.fail("PBR185", message, *path, "period_of")
    if measure.over != "period":
        message = "who answers does so in one period; remove `over`, or let `per` name a longer period"
        view.fail("PBR185", message, *path, "over")
    if measure.frame is not None:
        _frame(view, survey, measure.frame, (*path, "frame"))
    else:
        message = "nobody says who could be asked, so that whoever is paid may ask whom it expects to be pleased"
        view.note("PBR194", f"{message}, and nothing shows it; write `frame`", *path)
    if measure.asked_field is not None:
        _child(view, *measure.asked_field, (*path, "asked"))
        if measure.asked == day:
            message = "the day of an answer does not say who was asked; name the day of the invitation"
            view.fail("PBR186", message, *path, "asked")
    _response_of(view, measure, path)
    if measure.weigh_by is not None:
        _weighed(view, measure, measure.weigh_by, (*path, "weigh_by"))


def _rules(survey: Survey, table: str) -> dict[str, object]:
    """What a survey refuses rows of a table by: that of its answers, or the list of those asked."""
    measure = survey.measure
    periods = [word for word in measure.per if word in PERIODS]
    rules: dict[str, object] = {"periods": periods, "`frame`": measure.frame, "`asked`": measure.asked}
    if table == survey.score.table:
        rules |= {"day": survey.score.date, "`settles`": measure.settles, "`reopens`": measure.stays_open}
    return rules


def _alike(view: View) -> None:
    """Surveys that refuse rows of one table go by the same rules, since what is refused for one counts in no other."""
    first: dict[str, Survey] = {}
    for survey in surveys_of(view.terms):
        for table in survey.judged:
            other = first.setdefault(table, survey)
            one, two = (_rules(each, table) for each in (survey, other))
            unlike = next((what for what, rule in one.items() if rule != two.get(what, rule)), None)
            if unlike is not None:
                message = (
                    f"'{survey.name}' and '{other.name}' both judge rows of '{table}', and not by the same {unlike}"
                )
                fix = "what one refuses counts in no other, so write the same, or send each its own table"
                view.fail("PBR185", f"{message}; {fix}", "outcomes", survey.name)
                break
    for survey in surveys_of(view.terms):
        frame = survey.measure.frame
        if frame is not None and frame.table in first:
            message = f"rows of '{frame.table}' are refused as answers or invitations, and whoever they are of would"
            message = f"{message} leave the frame; name another table"
            view.fail("PBR186", message, "outcomes", survey.name, "frame", "table")


def _read_beside(view: View, table: str) -> Iterator[str]:
    """What else reads answers, or a list of those asked, in words."""
    terms = view.terms
    for name, outcome in terms.outcomes.items():
        rows = outcome.row_field if isinstance(outcome, Measure) else (getattr(outcome, "table", None),)
        if rows is not None and rows[0] == table and not (isinstance(outcome, Score) and outcome.per):
            yield f"'{name}'"
    yield from (f"'{name}'" for name, spell in terms.spells.items() if spell.table == table)
    yield from (f"`{path[-1]}`" for path, each in view.readers.items() if any(c.table == table for c in each.children))


def _weighed(view: View, measure: Measure, word: str, path: PathTo) -> None:
    """Answers are weighed by a word of the subjects that is known from the start, as in a frame."""
    words = [each for each in own_words(view) if each != "provider" and each not in PERIODS]
    if measure.frame is None:
        view.fail("PBR185", "groups weigh as in the frame, so say with `frame` who could be asked", *path)
    if word not in words:
        message = f"'{short(word)}' is no grouping and no text field with declared words{did_you_mean(word, words)}"
        view.fail("PBR185", message, *path)
    elif word in measure.per:
        message = f"'{word}' makes the groups, so that each holds one of its labels; remove one of them"
        view.fail("PBR185", message, *path)
    elif word in view.terms.groups and results_of_grouping(view.conditions, word):
        message = f"'{word}' reads results of outcomes, so nobody is in one of its labels when the frame is drawn"
        view.fail("PBR185", f"{message}; use a grouping that reads only the cohort's row", *path)
    if measure.take is not Took.SHARE:
        view.fail("PBR185", "only a share is weighed; write `take: share`, or remove this", *path)


def _response_of(view: View, measure: Measure, path: PathTo) -> None:
    """Of whom a part must answer is said somewhere."""
    if measure.response is None:
        return
    least = measure.least_response
    if least is None or not 0 <= least[0] <= 1:
        forms = ", ".join(f"`{form}`" for form in RESPONSE_FORMS)
        what = (
            "is not a share such as 40%"
            if measure.frame is None
            else f"is no share of those asked; write it like {forms}"
        )
        view.fail("PBR109", f"'{short(measure.response)}' {what}", *path, "response")
    elif least[1] and measure.frame is None:
        view.fail("PBR185", "there is no frame to answer; write `frame`, or `of asked`", *path, "response")
    elif not least[1] and measure.asked is None and measure.frame is None:
        view.fail("PBR136", "`response` is of those asked, so `asked` names who was", *path, "response")
    elif not least[1] and measure.asked is None:
        message = "a share of those asked must answer, so `asked` names who was; or write `of frame`"
        view.fail("PBR185", message, *path, "response")


def _frame(view: View, survey: Survey, frame: Frame, path: PathTo) -> None:
    """A frame is of the rows of a child table, and is drawn before anybody is asked."""
    _child(view, frame.table, frame.date, (*path, "table"), (*path, "date"))
    drawn, over = Drawn.parse(frame.drawn), Duration.parse(frame.over)
    if drawn is None:
        forms = ", ".join(f"`{form}`" for form in DRAWN_FORMS)
        view.fail("PBR186", f"'{short(frame.drawn)}' is no day to draw a frame; write it like {forms}", *path, "drawn")
    elif drawn.apart.count > MOST_YEARS * PER_YEAR[drawn.apart.unit]:
        view.fail("PBR186", f"{drawn.apart} is longer than {MOST_YEARS} years; shorten it", *path, "drawn")
    elif frame.over == "period" or (over is not None and over.count):
        _drawn(view, survey, over, (*path, "drawn"))
    if frame.over != "period" and (over is None or over.count == 0):
        view.fail("PBR186", f"'{short(frame.over)}' is neither `period` nor a length such as 3 months", *path, "over")
    elif over is not None and over.count > MOST_YEARS * PER_YEAR[over.unit]:
        view.fail("PBR186", f"{over} is longer than {MOST_YEARS} years; shorten it", *path, "over")
    if survey.measure.asked is None and frame.chosen_by is not ChosenBy.EVERYBODY:
        message = "not everybody in the frame is asked, so `asked` says who was; or write `chosen_by: everybody`"
        view.fail("PBR186", message, *path, "chosen_by")
    if frame.chosen_by is ChosenBy.PROVIDER:
        message = "the provider chooses who is asked, and may ask whom it expects to be pleased; a response `of frame`"
        view.note("PBR194", f"{message} shows it, and does not prevent it", *path, "chosen_by")


def _drawn(view: View, survey: Survey, over: Duration | None, path: PathTo) -> None:
    """In every period a frame has days, and there are days after it on which to answer."""
    per, of_more = survey.measure.per, int(over is None)  # one day of the period is none, unless it is asked for
    if {"contract.from", "contract.to"} & view.lost or len(set(per) & set(PERIODS)) > 1:
        return
    for period in make_grain(view.terms, tuple(word for word in per if word in PERIODS)).periods:
        days = survey.frame_days(period)
        if days is not None and days[1] >= number_of(period.last):
            message = f"answers are given in the period, and this frame is drawn when {period.name} is over; draw it"
            view.fail("PBR186", f"{message} earlier, such as `period_start` or `period_end - 28 days`", *path)
            return
        if days is not None and days[0] > days[1] - of_more:
            message = f"the frame of {period.name} has no days before this; say how long it goes back with `over`"
            view.fail("PBR186", f"{message}, such as `over: 3 months`", *path)
            return


def _child(view: View, table: str, date: str, path: PathTo, path_of_date: PathTo | None = None) -> None:
    """A table has rows of each subject, with a day."""
    terms = view.terms
    if not view.known(table, terms.returned, "table", *path):
        return
    if terms.tables[table].of != terms.cohort.of:
        noun = terms.cohort.of
        view.fail("PBR186", f"'{table}' has no rows of each {noun}; name a table `of: {noun}`", *path)
    elif date not in terms.dates(table):
        message = f"'{short(date)}' is no date of {table}{did_you_mean(date, terms.dates(table))}"
        view.fail("PBR186", message, *(path_of_date or path))
