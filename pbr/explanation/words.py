"""One subject's decisions and lines in words: every outcome with its window and rows, every line with its cuts."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from pbr.calendar import date_from_number, number_of, show_date
from pbr.condition import to_python
from pbr.condition.tree import plain_number
from pbr.explanation.rows import SubjectRows
from pbr.explanation.scores import ScoreWords
from pbr.facts import Counted
from pbr.money import show_money
from pbr.outcomes import Combine, Event, Held, OwnFact, Scale, Score, Total
from pbr.outcomes.held import Run
from pbr.payments import Tariff
from pbr.problem import LINE_REASONS, REASONS, STATES, USES, short
from pbr.uses import USE_CODE, placed, row_uses

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.decisions import Decisions
    from pbr.outcomes import Outcome
    from pbr.plan import Plan

WIDTH = 13


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
        self.states = {row["outcome"]: row for row in decisions.rows().iter_rows(named=True)}
        self.uses = placed(decisions.evidence, row_uses(decisions))
        self.rows = SubjectRows.of(decisions)

    def text(self) -> str:
        """The whole explanation."""
        parts = [self._heading(), self._cohort()]
        parts += [self._outcome(name) for name in self.names]
        parts.append(self._money())
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

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

    def _outcome(self, name: str) -> list[str]:
        state = self.states[name]
        outcome = self.plan.outcome(name)
        when = f" on {show_date(state['date'])}" if state["date"] else ""
        number = f"clause {outcome.clause}, " if outcome.clause else ""
        place = self.plan.contract.place("outcomes", name)
        found = [f"{name}: {state['state'].replace('_', ' ')}{when} ({number}{place})"]
        if outcome.title:
            found.append(self._item("title", outcome.title))
        missing = f": {state['missing']}" if state["missing"] else ""
        found.append(self._item("because", REASONS[state["reason"]] + missing))
        text = getattr(outcome, "when", None)
        if text:
            found.append(self._item("condition", short(text, 200)))
            found += [self._item("meaning", f"{word}: {short(said, 200)}") for word, said in self._defined(text)]
        window = getattr(outcome, "window", None)
        if state["window_first"] and window is not None:
            start = "the day of" if window.from_ else "the day after"
            length = f", for {window.for_}" if window.for_ else ""
            days = f"{show_date(state['window_first'])} to {show_date(state['window_last'])}"
            found.append(self._item("window", f"{days} (from {start} {window.anchor}{length})"))
            term = self.plan.contract.term
            if state["window_last"] > term.last:
                found.append(self._item("term", f"ends on {show_date(term.last)}, before the window does"))
        found += self._of_kind(name, outcome, state)
        return found + self._read(name)

    def _of_kind(self, name: str, outcome: Outcome, state: dict[str, Any]) -> list[str]:
        """What is said of an outcome of its kind alone."""
        condition = self.plan.when(name)
        found = [self._part("part", other) for other in outcome.of] if isinstance(outcome, Combine) else []
        found += [self._part("reads", other) for other in (condition.results if condition else ())]
        if isinstance(outcome, OwnFact):
            found += self._own_fields(name)
        if outcome.excused_by is not None:
            found.append(self._item("excused by", short(outcome.excused_by, 200)))
        if isinstance(outcome, Scale):
            found += self._points(outcome, state)
        if isinstance(outcome, Total):
            found.append(self._sum(name, outcome))
        if isinstance(outcome, Held):
            found += self._held(name, outcome)
        if isinstance(outcome, Event) and outcome.once_per is not None:
            found += self._parts(name, "once for")
        if isinstance(outcome, Score):
            words = ScoreWords(self.plan, self.decisions.frame, self.rows, name, outcome)
            found += [self._item(*each) for each in words.items()]
        return found

    def _defined(self, text: str) -> list[tuple[str, str]]:
        """The definitions a condition names, and those that these name, each with its words."""
        found: dict[str, str] = {}
        waiting = [text]
        while waiting:
            named = set(re.findall(r"[a-z][a-z0-9_]*", re.sub(r"'(?:[^']|'')*'", "", waiting.pop())))
            new = {word: said for word, said in self.plan.terms.define.items() if word in named and word not in found}
            found |= new
            waiting += new.values()
        return list(found.items())

    def _item(self, word: str, text: str) -> str:
        return f"  {word:<{WIDTH - 2}}{text}"

    def _part(self, word: str, name: str) -> str:
        state = self.states.get(name) or self._word(name)
        when = f" on {show_date(state['date'])}" if state["date"] else ""
        value = f", {state['value']}" if state["value"] else ""
        return self._item(word, f"{name}: {state['state'].replace('_', ' ')}{when}{value}")

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
        found = [self._item("number", number)]
        if state["value"] is not None:
            step = "" if self._hides(scale) else f", for the step '{self._step(scale)}'"
            found.append(self._item("points", f"{state['value']}{step}"))
        return found

    def _sum(self, name: str, total: Total) -> str:
        """What the rows that count add up to, and what was to be reached."""
        used = self.uses.filter(
            pl.col("outcome") == name, pl.col("use") == USE_CODE["used"], pl.col("table") == total.table
        )
        amounts = [self.rows.value(total.table, total.add, self.rows.tables[total.table][row]) for row in used["_row"]]
        least = f"{'more than' if total.reaches is None else 'at least'} {total.least}"
        if self.rows.is_sensitive(total.table, total.add):
            return self._item("sum", f"of {total.add} (not shown), to be {least}")
        known = [Fraction(amount) for amount in amounts if isinstance(amount, int | Fraction)]
        empty = f" and {len(amounts) - len(known)} empty" if len(known) < len(amounts) else ""
        return self._item("sum", f"of {total.add} {plain_number(sum(known, start=Fraction(0)))}{empty}, to be {least}")

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
        found = [self._item("held", f"{days} {'day' if days == 1 else 'days'}{gap}")]
        if held.for_ is not None:
            found.append(self._item("needed", f"{held.for_} {how}"))
        elif held.every is not None:
            most = f", at most {held.at_most}" if held.at_most else ""
            resumes = ", going on after a break" if held.counted is Counted.RESUMED else ""
            found.append(self._item("blocks of", f"{held.every} {how}{resumes}{most}"))
        return found if held.parts is None else found + self._parts(name, "block" if held.every else "period")

    def _parts(self, name: str, word: str) -> list[str]:
        """Each time an outcome was met that can be met more than once."""
        parts = self.decisions.frame[f"{name}.parts"][0]
        found = []
        for part in sorted([] if parts is None else parts, key=lambda each: (each["date"], each["occurrence"])):
            day = show_date(date_from_number(part["date"]))
            many = "" if part["value"] is None else f": {part['value']} days"
            found.append(self._item(word, f"{part['occurrence']}{', ' if word == 'once for' else ' to '}{day}{many}"))
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
        return [self._item("fact", ", ".join(shown))] if shown else []

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
            found.append(self._item(word, self._row(row["table"], row) + why))
        return found

    def _row(self, table: str, row: dict[str, Any]) -> str:
        file = row["file"].replace("\\", "/").rsplit("/", 1)[-1]
        place = f"{file} row {row['row']}" if self.where is None else self.where(table, row["row"])
        values = self.rows.tables[table][row["_row"]]
        shown = [self.rows.shown(table, name, values) for name in self.plan.terms.all_fields(table)]
        return f"{place}: {', '.join(shown)}"

    def _money(self) -> list[str]:
        """Each payment with its price, its adjustments and what is left."""
        lines = self.lines.filter(pl.col("outcome").is_in(self.names))
        if lines.is_empty():
            return ["No line of money for " + ("this outcome." if len(self.names) == 1 else "this participant.")]
        found: list[str] = []
        for _, part in lines.group_by("payment", "outcome", "occurrence", "instalment", maintain_order=True):
            first = part.row(0, named=True)
            found.append(self._paid_for(first))
            found += [self._line(row) for row in part.iter_rows(named=True)]
            found.append(self._item("net", self._amount(int(part["amount_minor"].sum()))))
        total = int(lines["amount_minor"].cast(pl.Int128).sum())
        return [*found, f"{'total':<{WIDTH}}{self._amount(total)}"]

    def _paid_for(self, line: dict[str, Any]) -> str:
        """What a payment pays for, which time and part it is, and when it was earned and is due."""
        payment = self.plan.terms.payments[line["payment"]]
        which = "" if line["occurrence"] == "1" else f" ({line['occurrence']})"
        shares = payment.instalments.shares or ()
        part = f", instalment {line['instalment']} of {len(shares)}" if len(shares) > 1 else ""
        due = f", due on {show_date(line['due_on'])}" if line["due_on"] else ""
        earned = f"earned on {show_date(line['earned_on'])}{part}, period {line['period']}{due}"
        to = ""
        if isinstance(payment, Tariff) and payment.to is not None:
            to = f" to {self.plan.terms.contract.providers[line['payee']].name or line['payee']}"
        return f"{line['payment']}: pays{to} for {line['outcome']}{which}, {earned}"

    def _line(self, row: dict[str, Any]) -> str:
        group = f" for {row['group']}" if row["group"] else ""
        number = f"clause {row['clause']}, " if row["clause"] else ""
        tail = f"({number}{row['place']}; line {row['line_id']})"
        if row["adjustment"] == "-":
            day = f" on {show_date(row['priced_on'])}" if row["priced_on"] else ""
            times = "" if row["quantity"] == 1 else f"{row['quantity']} x {self._amount(row['unit_price_minor'])}, "
            payment = self.plan.terms.payments[row["payment"]]
            if isinstance(payment, Tariff) and payment.times:
                times = f"{row['quantity']} x {self._amount(row['unit_price_minor'])} x {' x '.join(payment.times)}, "
            shares = payment.instalments.shares or ()
            share = f"{shares[row['instalment'] - 1]} of " if len(shares) > 1 else ""
            price = f"gross {self._amount(row['amount_minor'])}, {share}{times}the price{group}{day}"
            return self._item("price", f"{price} at {row['price_place']} {tail}")
        cap = ""
        if row["limit_minor"] is not None:
            cap = f"; at most {self._amount(row['limit_minor'])}, of which {self._amount(row['left_minor'])} was left"
        why = next((term.why for term in self.plan.terms.adjustments if term.id == row["adjustment"]), "")
        reason = LINE_REASONS[row["reason"]]
        if row["reason"] == "multiply":
            reason = f"{reason}, {self._factor(row)}"
        place = "" if row["price_place"] is None else f" at {row['price_place']}"  # a gate has no figure
        text = f"{self._amount(row['amount_minor'])}, {reason}{cap}{group}{place}"
        return self._item(row["reason"], f"{row['adjustment']} {text}{' - ' + why if why else ''} {tail}")

    def _factor(self, row: dict[str, Any]) -> str:
        """The factor of a line: the cell of its label on the day on which it was earned."""
        terms = self.plan.terms.adjustments
        table = self.plan.adjusting[next(n for n, term in enumerate(terms) if term.id == row["adjustment"])].table
        span = sum(number_of(row["earned_on"]) >= start for start in table.starts[1:])
        return str(table.cells[table.rows.index(row["group"] or "") * table.spans + span])

    def _amount(self, minor: int) -> str:
        return show_money(minor, self.currency)
