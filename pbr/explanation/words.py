"""One subject's decisions and lines in words: every outcome with its window and rows, every line with its cuts."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from pbr.calendar import date_from_number, show_date
from pbr.condition import to_python
from pbr.contract.contract import definitions_named, readers_of
from pbr.contract.paid import says_signpost
from pbr.explanation.added import added_items
from pbr.explanation.formulas import FormulaWords
from pbr.explanation.helped import HelpWords
from pbr.explanation.money import SIGNPOST, WIDTH, MoneyWords, helped_words, item
from pbr.explanation.rows import SubjectRows
from pbr.explanation.scores import ScoreWords
from pbr.facts import Counted
from pbr.kinds import is_added
from pbr.money import plain_number
from pbr.outcomes import Combine, Held, OfFigures, Scale, Score, Total
from pbr.outcomes.event import once_per
from pbr.outcomes.held import Run
from pbr.problem import REASONS, STATES, USES, short
from pbr.uses import USE_CODE, placed, row_uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pbr.decisions import Decisions
    from pbr.outcomes import OwnOutcome
    from pbr.plan import Plan


class Words:
    """Puts one subject's decisions and lines into words."""

    def __init__(
        self,
        plan: Plan,
        decisions: Decisions,
        lines: pl.DataFrame,
        names: list[str],
        where: Callable[[str, int], str] | None = None,
    ) -> None:
        """Gather what the words are made of.

        Args:
            plan: The contract as at a day.
            decisions: The subject's, with its evidence.
            lines: The subject's, as in ``statement.parquet``.
            names: The outcomes to explain.
            where: How a row is cited, by its table and its number in the file; by file and number if not given.
        """
        self.plan, self.decisions, self.lines, self.names, self.where = plan, decisions, lines, names, where
        self.currency = plan.terms.contract.currency
        self.states = {row["outcome"]: row for row in decisions.own_rows().iter_rows(named=True)}
        self.uses = placed(decisions.evidence, row_uses(decisions))
        self.rows = SubjectRows.of(decisions)

    def text(self) -> str:
        """The whole explanation."""
        parts = [self._heading(), self._cohort()]
        parts += [self._outcome(name) for name in self.names]
        whom = "this outcome" if len(self.names) == 1 else "this participant"
        lines = self.lines.filter(self._told())
        parts.append(MoneyWords(self.plan, HelpWords(self.plan, self.rows).part).of(lines, whom))
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _told(self) -> pl.Expr:
        """Which lines are told: those of the outcomes, and of all of them also those of lines together."""
        theirs = pl.col("outcome").is_in(self.names).fill_null(value=False)
        return theirs | pl.col("outcome").is_null() if set(self.names) == set(self.plan.own) else theirs

    def _heading(self) -> list[str]:
        header, frame = self.plan.terms.contract, self.decisions.frame
        provider = self.plan.providers[frame["provider"][0]]
        who = f"{self.plan.terms.cohort.of} {self.decisions.frame['subject'][0]}"
        title = f"{who}, {header.providers[provider].name or provider}" if provider else who
        of = f"as at {show_date(self.plan.as_at)}, under {header.title or header.id}, version {header.version}"
        print_of = self.plan.contract.fingerprint[:16]
        return [title, f"{of} (fingerprint {print_of})"]

    def _cohort(self) -> list[str]:
        table = self.plan.terms.cohort_table
        own = self.uses.filter(pl.col("table") == table, pl.col("outcome").is_null())
        kept = [row for row in own.iter_rows(named=True) if row["_row"] in self.rows.tables[table]]
        found = [f"{'row':<{WIDTH}}{self._row(table, row)}" for row in kept]
        found += [f"{word:<{WIDTH}}{text}" for word, text in self._helps()]
        for name in self.plan.chosen:
            inside = self.decisions.frame[f"_chosen.{name}"][0]
            said = {True: "among those chosen", False: "outside of those chosen", None: "not known, a field is empty"}
            found.append(f"{'target':<{WIDTH}}{name}: {said[inside]} ({self.plan.contract.place('values', name)})")
        step, unsure = self.decisions.frame["_step"][0], self.decisions.frame["_unsure"][0]
        for index, clause in enumerate(self.plan.clauses):
            include = index < self.plan.includes
            condition = self.plan.clause_condition(index)
            truth = to_python(condition)(self.rows.read_by(condition))
            answer = {True: "yes", False: "no", None: "cannot be decided, a field is empty"}[truth]
            verdict = " -> left out" if index == step else " -> not paid until it is known" if index == unsure else ""
            word = "include" if include else "exclude"
            place = self.plan.contract.place(*self.plan.clause_path(index))
            number = f"clause {clause.clause}, " if clause.clause else ""
            found.append(f"{word:<{WIDTH}}{clause.title or clause.id}: {answer}{verdict} ({number}{place})")
        return found

    def _helps(self) -> Iterator[tuple[str, str]]:
        """Each row that says who helped, and why it does not count if it does not."""
        helps = self.plan.terms.contributions
        mine = self.uses.filter(pl.col("outcome").is_null(), pl.col("use") != USE_CODE["unasked"])
        for row in mine.sort("file", "row").iter_rows(named=True):
            if helps is not None and row["table"] == helps.table and row["_row"] in self.rows.tables[helps.table]:
                use = list(USES)[row["use"]]
                why = "" if use == "used" else f" - {USES[use]}"
                yield "help", self._row(helps.table, row) + why

    def _outcome(self, name: str) -> list[str]:
        state = self.states[name]
        outcome = self.plan.outcome(name)
        when = f" on {show_date(state['date'])}" if state["date"] else ""
        number = f"clause {outcome.clause}, " if outcome.clause else ""
        place = self.plan.contract.place("outcomes", name)
        found = [f"{name}: {state['state'].replace('_', ' ')}{when} ({number}{place})"]
        if outcome.title:
            found.append(item("title", outcome.title))
        if says_signpost(outcome):
            found.append(item("signpost", SIGNPOST))
        missing = f": {state['missing']}" if state["missing"] else ""
        found.append(item("because", REASONS[state["reason"]] + missing))
        text = getattr(outcome, "when", None)
        if text:
            found.append(item("condition", short(text, 200)))
            found += [item("meaning", f"{word}: {short(said, 200)}") for word, said in self._defined(text)]
        window = getattr(outcome, "window", None)
        if state["window_first"] and window is not None:
            start = "the day of" if window.from_ else "the day after"
            length = f", for {window.for_}" if window.for_ else ""
            days = f"{show_date(state['window_first'])} to {show_date(state['window_last'])}"
            found.append(item("window", f"{days} (from {start} {window.anchor}{length})"))
            term = self.plan.contract.term
            if state["window_last"] > term.last:
                found.append(item("term", f"ends on {show_date(term.last)}, before the window does"))
        found += self._of_kind(name, outcome, state)
        found += [item("helped by", helped_words(state["helped_by"]))] if state["helped_by"] else []
        return found + self._read(name)

    def _of_kind(self, name: str, outcome: OwnOutcome, state: dict[str, Any]) -> list[str]:
        """What is said of an outcome of its kind alone."""
        condition = self.plan.when(name)
        found = [self._part("part", other) for other in outcome.of] if isinstance(outcome, Combine) else []
        reader = readers_of(self.plan.contract).get(("outcomes", name, "value"), condition)
        results = [] if reader is None else [other for other in reader.results if other in self.states]
        found += [self._part("reads", other) for other in results]
        if is_added(outcome):
            found += self._added(name, outcome, state)
        if condition is not None and not hasattr(outcome, "table"):
            found += self._own_fields(name)
        if outcome.excused_by is not None:
            found.append(item("excused by", short(outcome.excused_by, 200)))
        if isinstance(outcome, Scale):
            found += self._points(outcome, state)
        if isinstance(outcome, Total):
            found.append(self._sum(name, outcome))
        if isinstance(outcome, Held):
            found += self._held(name, outcome)
        if once_per(outcome) is not None:
            found += self._parts(name, "once for")
        if isinstance(outcome, OfFigures):
            formula = FormulaWords(self.plan, self.decisions.frame, self.rows, name, outcome)
            found += [item(*each) for each in formula.items()]
        if isinstance(outcome, Score):
            words = ScoreWords(self.plan, self.decisions.frame, self.rows, name, outcome)
            found += [item(*each) for each in words.items()]
        return found

    def _added(self, name: str, outcome: OwnOutcome, state: dict[str, Any]) -> list[str]:
        """The kind that is not of the language, what it means, its terms, and its value."""
        found = [item(*each) for each in added_items(outcome)]
        found += [item("value", state["value"])] if state["value"] is not None else []
        several = f"{name}.parts" in self.decisions.frame.columns and once_per(outcome) is None
        return found + (self._parts(name, "time") if several else [])

    def _defined(self, text: str) -> list[tuple[str, str]]:
        """The definitions a condition names, and those that these name, each with its words."""
        return list(definitions_named(self.plan.terms, [text]).items())

    def _part(self, word: str, name: str) -> str:
        state = self.states.get(name) or self._word(name)
        when = f" on {show_date(state['date'])}" if state["date"] else ""
        value = f", {state['value']}" if state["value"] else ""
        return item(word, f"{name}: {state['state'].replace('_', ' ')}{when}{value}")

    def _word(self, name: str) -> dict[str, Any]:
        """What is decided of one word of an outcome that is met once for each."""
        frame = self.decisions.frame
        day = frame[f"{name}.date"][0]
        date = None if day is None else date_from_number(day)
        return {"state": STATES[frame[f"{name}.state"][0]], "date": date, "value": None}

    def _points(self, scale: Scale, state: dict[str, Any]) -> list[str]:
        """The number a scale turns into points, and the points it has, with the step."""
        table = self.plan.terms.cohort_table
        if scale.of is not None:
            number = f"{scale.of} {self.states[scale.of]['value'] or 'has none'}"
        else:
            number = self.rows.shown(table, str(scale.value), self.rows.own)
        found = [item("number", number)]
        if state["value"] is not None:
            step = "" if self._hides(scale) else f", for the step '{self._step(scale)}'"
            found.append(item("points", f"{state['value']}{step}"))
        return found

    def _sum(self, name: str, total: Total) -> str:
        """What the rows that count add up to, and what was to be reached."""
        used = self.uses.filter(
            pl.col("outcome") == name, pl.col("use") == USE_CODE["used"], pl.col("table") == total.table
        )
        amounts = [self.rows.value(total.table, total.add, self.rows.tables[total.table][row]) for row in used["_row"]]
        least = f"{'more than' if total.reaches is None else 'at least'} {total.least}"
        if self.rows.is_sensitive(total.table, total.add):
            return item("sum", f"of {total.add} (not shown), to be {least}")
        known = [Fraction(amount) for amount in amounts if isinstance(amount, int | Fraction)]
        empty = f" and {len(amounts) - len(known)} empty" if len(known) < len(amounts) else ""
        return item("sum", f"of {total.add} {plain_number(sum(known, start=Fraction(0)))}{empty}, to be {least}")

    def _step(self, scale: Scale) -> str:
        """The step that holds the number a scale turns into points."""
        table = self.plan.terms.cohort_table
        if scale.of is not None:
            number = Fraction(self.decisions.frame[f"{scale.of}.value"][0], self.plan.parts[scale.of])
        else:
            value = self.rows.value(table, str(scale.value), self.rows.own)
            assert isinstance(value, int | Fraction), "points are those of a number"
            number = Fraction(value)
        place = scale.place_of(number)
        assert place is not None, "every number has a step"
        return list(scale.points)[place]

    def _held(self, name: str, held: Held) -> list[str]:
        """How long the states held, what was required, and each block or number of days."""
        days = self.decisions.frame[f"{name}.days"][0] or 0
        how = {Run.ADDED_UP: "added up", Run.UNBROKEN: "unbroken", None: ""}[held.run]
        gap = f", breaks of up to {held.gap} bridged" if held.gap else ""
        found = [item("held", f"{days} {'day' if days == 1 else 'days'}{gap}")]
        if held.for_ is not None:
            found.append(item("needed", f"{held.for_} {how}"))
        elif held.every is not None:
            most = f", at most {held.at_most}" if held.at_most else ""
            resumes = ", going on after a break" if held.counted is Counted.RESUMED else ""
            found.append(item("blocks of", f"{held.every} {how}{resumes}{most}"))
        return found if held.parts is None else found + self._parts(name, "block" if held.every else "period")

    def _parts(self, name: str, word: str) -> list[str]:
        """Each time an outcome was met that can be met more than once."""
        parts = self.decisions.frame[f"{name}.parts"][0]
        found = []
        for part in sorted([] if parts is None else parts, key=lambda each: (each["date"], each["occurrence"])):
            day = show_date(date_from_number(part["date"]))
            many = "" if part["value"] is None else f": {part['value']} days"
            found.append(item(word, f"{part['occurrence']}{', ' if word == 'once for' else ' to '}{day}{many}"))
        return found

    def _hides(self, scale: Scale) -> bool:
        """Whether a scale is of a sensitive field, in the end: a step can be narrow enough to be its value."""
        if scale.of is not None:
            of = self.plan.outcome(scale.of)
            return isinstance(of, Scale) and self._hides(of)
        return self.rows.is_sensitive(self.plan.terms.cohort_table, str(scale.value))

    def _own_fields(self, name: str) -> list[str]:
        condition = self.plan.when(name)
        table = self.plan.terms.cohort_table
        fields = [ref.name for ref in condition.fields if not ref.outcome] if condition else []
        shown = [self.rows.shown(table, name, self.rows.own) for name in fields]
        shown += self.rows.asked(condition) if condition else []
        return [item("fact", ", ".join(shown))] if shown else []

    def _read(self, name: str) -> list[str]:
        """Each row the outcome reads, with what became of it."""
        mine = self.uses.filter(pl.col("outcome") == name).sort("file", "row")
        found = []
        for row in mine.iter_rows(named=True):
            if row["_row"] not in self.rows.tables[row["table"]]:
                continue
            use = list(USES)[row["use"]]
            word = "used" if use == "used" else "not used"
            why = "" if use == "used" else f" - {USES[use]}"
            found.append(item(word, self._row(row["table"], row) + why))
        return found

    def _row(self, table: str, row: dict[str, Any]) -> str:
        file = row["file"].replace("\\", "/").rsplit("/", 1)[-1]
        place = f"{file} row {row['row']}" if self.where is None else self.where(table, row["row"])
        values = self.rows.tables[table][row["_row"]]
        shown = [self.rows.shown(table, name, values) for name in self.plan.terms.all_fields(table)]
        return f"{place}: {', '.join(shown)}"
