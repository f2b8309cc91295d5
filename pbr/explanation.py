"""Why one participant is paid or not: every outcome with its window and rows, every line with its price and cuts.

The participant is evaluated again from the inputs named in ``run.json``, whose hashes are checked; what comes out must
be what the run wrote. Amounts come from the run's own statement, since a cap depends on other people too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import evolve, field, frozen

from pbr.calendar import number_of, show_date
from pbr.condition import FieldRef, child_to_python, to_python
from pbr.contract import read_contract
from pbr.contract.model import FieldKind
from pbr.decisions import Decisions, evaluate
from pbr.evidence import read_tables
from pbr.money import format_minor, show_money
from pbr.outcomes import Combine, OwnFact, Scale
from pbr.plan import make_plan
from pbr.problem import LINE_REASONS, REASONS, USES, EvaluationError, Problem, short
from pbr.uses import placed, row_uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pbr.condition import ChildRef, Condition
    from pbr.contract import Contract
    from pbr.evidence import Evidence
    from pbr.plan import Plan

WIDTH = 13


@frozen(kw_only=True)
class Explanation:
    """Why a participant is paid or not.

    Attributes:
        subject: The participant.
        decisions: Its decisions, as in ``decisions.parquet``.
        lines: Its lines, as in ``statement.parquet``.
        text: All of it in words.
    """

    subject: str
    decisions: pl.DataFrame = field(repr=False)
    lines: pl.DataFrame = field(repr=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        """The words."""
        return self.text


def explain(out: str | Path, participant: str, outcome: str | None = None, line: str | None = None) -> Explanation:
    """Explain one participant of a run.

    Args:
        out: The folder a run wrote.
        participant: Id of the participant.
        outcome: Only this outcome and the lines that pay for it.
        line: Only the outcome of this line, by its ``line_id``.

    Raises:
        EvaluationError: PBR503 the folder holds no run; PBR504 an input changed since; PBR505 nobody or nothing of
            that name.
    """
    folder = Path(out)
    manifest = _manifest(folder)
    contract, evidence = _inputs(folder, manifest)
    plan = make_plan(contract, manifest["as_at"])
    mine = _only(plan, evidence, participant)
    decisions = evaluate(plan, mine)
    if decisions.frame.is_empty():
        _nobody(participant, "is not among the subjects of the run; refused rows stand in exceptions.csv")
    stated = pl.read_parquet(folder / "statement.parquet", glob=False)
    lines = stated.filter(pl.col("subject").cast(pl.String) == _subject(decisions))
    rows = decisions.rows()
    written = pl.read_parquet(folder / "decisions.parquet", glob=False).filter(
        pl.col("subject") == decisions.frame["subject"][0]
    )
    assert rows.equals(written), "an explanation is of the figures that were written"
    names = _chosen(plan, lines, outcome, line)
    text = _Words(plan, decisions, lines, names).text()
    return Explanation(subject=_subject(decisions), decisions=rows, lines=lines, text=text)


def explain_subject(
    decisions: Decisions,
    lines: pl.DataFrame,
    subject: str,
    outcomes: Iterable[str],
    where: Callable[[str, int], str] | None = None,
) -> str:
    """Explain one subject of decisions at hand.

    Args:
        decisions: The decisions of everyone.
        lines: The lines of everyone; the columns of ``pbr.statement.LINE_COLUMNS``.
        subject: Its id.
        outcomes: The outcomes to explain, with the lines that pay for them.
        where: What to call a row of evidence, from its table and record number; its file and row by default.

    Returns:
        The words of an explanation; empty if nobody has that id.
    """
    frame = decisions.frame.filter(pl.col("subject").cast(pl.String) == subject)
    if frame.is_empty():
        return ""
    mine = evolve(decisions, frame=frame, evidence=_only(decisions.plan, decisions.evidence, subject))
    theirs = lines.filter(pl.col("subject").cast(pl.String) == subject)
    named = set(outcomes)
    names = [name for name in decisions.plan.outcomes if name in named]
    return _Words(decisions.plan, mine, theirs, names, where).text()


def _nobody(name: str, why: str) -> None:
    raise EvaluationError([Problem(code="PBR505", message=f"'{short(name)}' {why}")])


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run whose outputs are still what it wrote."""
    name = str(folder)
    try:
        manifest: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        outputs = {item["file"]: item["sha256"] for item in manifest["outputs"]}
        named = [manifest["contract"], *manifest["contract"]["values"], *manifest["inputs"]]
        assert all(isinstance(item[key], str) for item in named for key in ("file", "sha256"))
        assert all(isinstance(item["table"], str) for item in manifest["inputs"])
        assert isinstance(manifest["as_at"], str)
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        message = "holds no run.json that can be read; name the folder given to evaluate --out"
        raise EvaluationError([Problem(code="PBR503", message=message, file=name)]) from None
    for file in ("statement.parquet", "decisions.parquet"):
        if _sha256(folder / file) != outputs.get(file):
            _changed(f"{name}/{file}")
    return manifest


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _changed(file: str) -> None:
    message = "is not what it was when the run was made; evaluate again"
    raise EvaluationError([Problem(code="PBR504", message=message, file=file)])


def _inputs(folder: Path, manifest: dict[str, Any]) -> tuple[Contract, Evidence]:
    """The contract and the evidence of a run, if they are still what they were."""
    path = _unchanged(folder, manifest["contract"], "PBR001")
    for item in manifest["contract"]["values"]:
        _unchanged(folder, item, "PBR001")
    contract = read_contract(path)
    source: dict[str, tuple[Path, ...]] = {}
    for item in manifest["inputs"]:
        if item["file"] == "frame":
            _nobody("frame", "was given as a frame, so there is no file to explain from")
        file = _unchanged(folder, item, "PBR201")
        source[item["table"]] = (*source.get(item["table"], ()), file)
    return contract, read_tables(contract.terms, source)


def _unchanged(folder: Path, item: dict[str, Any], gone: str) -> Path:
    """The file an item of the manifest names, if it is still there and still the same."""
    path, shown = (Path(os.path.normpath(start / item["file"])) for start in (folder.resolve(), folder))
    if not path.exists():
        raise EvaluationError([Problem(code=gone, message="is not there any more; put it back", file=str(shown))])
    if _sha256(path) != item["sha256"]:
        _changed(str(shown))
    return path


def _only(plan: Plan, evidence: Evidence, participant: str) -> Evidence:
    """The evidence of one subject."""
    key = pl.col(plan.terms.subject_key).cast(pl.String)
    wanted = unicodedata.normalize("NFC", participant.strip())
    if plan.terms.all_fields(plan.terms.cohort_table)[plan.terms.subject_key].is_whole_id:
        wanted = re.sub(r"^(-?)0+(?=[0-9])", r"\1", wanted)
        wanted = "0" if wanted == "-0" else wanted
    tables = {
        name: rows.filter(key == wanted) if plan.terms.subject_key in plan.terms.all_fields(name) else rows.clear()
        for name, rows in evidence.tables.items()
    }
    return evolve(evidence, tables=tables)


def _subject(decisions: Decisions) -> str:
    return str(decisions.frame["subject"][0])


def _chosen(plan: Plan, lines: pl.DataFrame, outcome: str | None, line: str | None) -> list[str]:
    """The outcomes to explain."""
    if line is not None:
        found = lines.filter(pl.col("line_id") == line)
        if found.is_empty():
            _nobody(line, "is not the id of a line of this participant")
        outcome = found["outcome"][0]
    if outcome is None:
        return list(plan.outcomes)
    if outcome not in plan.outcomes:
        _nobody(outcome, "is not an outcome of the contract; one of: " + ", ".join(plan.outcomes))
    return [outcome]


class _Words:
    """Puts one subject's decisions and lines into words."""

    def __init__(
        self,
        plan: Plan,
        decisions: Decisions,
        lines: pl.DataFrame,
        names: list[str],
        where: Callable[[str, int], str] | None = None,
    ) -> None:
        self.plan, self.decisions, self.lines, self.names, self.where = plan, decisions, lines, names, where
        self.currency = plan.terms.contract.currency
        self.states = {row["outcome"]: row for row in decisions.rows().iter_rows(named=True)}
        self.uses = placed(decisions.evidence, row_uses(decisions))
        self.rows = {name: self._rows(name) for name in plan.terms.tables}

    def _rows(self, table: str) -> dict[int, dict[str, Any]]:
        frame = self.decisions.evidence.tables[table].collect()
        return {row["_row"]: row for row in frame.iter_rows(named=True)}

    def text(self) -> str:
        parts = [self._heading(), self._cohort()]
        parts += [self._outcome(name) for name in self.names]
        parts.append(self._money())
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _heading(self) -> list[str]:
        header, frame = self.plan.terms.contract, self.decisions.frame
        provider = self.plan.providers[frame["provider"][0]]
        who = f"{self.plan.terms.cohort.of} {_subject(self.decisions)}"
        title = f"{who}, {header.providers[provider].name or provider}" if provider else who
        of = f"as at {show_date(self.plan.as_at)}, under {header.title or header.id}, version {header.version}"
        print_of = self.plan.contract.fingerprint[:16]
        return [title, f"{of} (fingerprint {print_of})"]

    def _cohort(self) -> list[str]:
        table = self.plan.terms.cohort_table
        own = self.uses.filter(pl.col("table") == table, pl.col("outcome").is_null())
        kept = [row for row in own.iter_rows(named=True) if row["_row"] in self.rows[table]]
        found = [f"{'row':<{WIDTH}}{self._row(table, row)}" for row in kept]
        step, unsure = self.decisions.frame["_step"][0], self.decisions.frame["_unsure"][0]
        for index, clause in enumerate(self.plan.clauses):
            include = index < self.plan.includes
            values = next(iter(self.rows[table].values()))
            condition = self.plan.clause_condition(index)
            truth = to_python(condition)(self._asked_row(condition, values))
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
        if isinstance(outcome, Combine):
            found += [self._part(other) for other in outcome.of]
        if isinstance(outcome, OwnFact):
            found += self._own_fields(name)
        if isinstance(outcome, Scale):
            found += self._points(outcome, state)
        return found + self._read(name)

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

    def _part(self, name: str) -> str:
        state = self.states[name]
        when = f" on {show_date(state['date'])}" if state["date"] else ""
        return self._item("part", f"{name}: {state['state'].replace('_', ' ')}{when}")

    def _points(self, scale: Scale, state: dict[str, Any]) -> list[str]:
        """The number a scale turns into points, and the points it has, with the step."""
        table = self.plan.terms.cohort_table
        if scale.of is not None:
            number = f"{scale.of} {self.states[scale.of]['value'] or 'has none'}"
        else:
            number = self._shown(table, str(scale.value), next(iter(self.rows[table].values())))
        found = [self._item("number", number)]
        if state["value"] is not None:
            place = self.decisions.frame[f"{state['outcome']}.value"][0]
            step = "" if self._hides(scale) else f", for the step '{list(scale.points)[place]}'"
            found.append(self._item("points", f"{state['value']}{step}"))
        return found

    def _hides(self, scale: Scale) -> bool:
        """Whether a scale is of a sensitive field, in the end: a step can be narrow enough to be its value."""
        if scale.of is not None:
            of = self.plan.outcome(scale.of)
            return isinstance(of, Scale) and self._hides(of)
        return self._is_sensitive(self.plan.terms.cohort_table, str(scale.value))

    def _own_fields(self, name: str) -> list[str]:
        condition = self.plan.when(name)
        table = self.plan.terms.cohort_table
        row = next(iter(self.rows[table].values()))
        shown = [self._shown(table, ref.name, row) for ref in condition.fields] if condition else []
        shown += self._asked(condition, row) if condition else []
        return [self._item("fact", ", ".join(shown))] if shown else []

    def _read(self, name: str) -> list[str]:
        """Each row the outcome reads, with what became of it."""
        mine = self.uses.filter(pl.col("outcome") == name).sort("file", "row")
        found = []
        for row in mine.iter_rows(named=True):
            if row["_row"] not in self.rows[row["table"]]:
                continue
            use = list(USES)[row["use"]]
            word = "used" if use == "used" else "not used"
            why = "" if use == "used" else f" - {USES[use]}"
            found.append(self._item(word, self._row(row["table"], row) + why))
        return found

    def _row(self, table: str, row: dict[str, Any]) -> str:
        file = row["file"].replace("\\", "/").rsplit("/", 1)[-1]
        place = f"{file} row {row['row']}" if self.where is None else self.where(table, row["row"])
        values = self.rows[table][row["_row"]]
        shown = [self._shown(table, name, values) for name in self.plan.terms.all_fields(table)]
        return f"{place}: {', '.join(shown)}"

    def _shown(self, table: str, name: str, row: dict[str, Any]) -> str:
        """A field and its value; that of a sensitive field is never shown."""
        name = self._real(table, name)
        term = self.plan.terms.all_fields(table)[name]
        value = row[name]
        if value is None:
            return f"{name} empty"
        if term.is_sensitive:
            return f"{name} (not shown)"
        digits = term.scale(self.currency)
        if term.type is FieldKind.YES_NO:
            return f"{name} {'yes' if value else 'no'}"
        return f"{name} {format_minor(value, digits) if digits else value}"

    def _real(self, table: str, name: str) -> str:
        fields = self.plan.terms.all_fields(table)
        return name if name in fields else self.plan.terms.cohort.start

    def _value(self, table: str, name: str, row: dict[str, Any]) -> object:
        """A field as conditions read it in plain Python."""
        from fractions import Fraction

        name = self._real(table, name)
        digits = self.plan.terms.all_fields(table)[name].scale(self.currency)
        value = row[name]
        return Fraction(value, 10**digits) if digits and value is not None else value

    def _asked_row(self, condition: Condition, own: dict[str, Any]) -> dict[Any, object]:
        """What a condition on the subject's own row reads: its fields, and what it asks of child tables."""
        table = self.plan.terms.cohort_table
        found: dict[Any, object] = {ref: self._value(table, ref.name, own) for ref in condition.fields}
        return found | {ref: child_to_python(ref, self._asked_rows(ref, own)) for ref in condition.children}

    def _asked_rows(self, ref: ChildRef, own: dict[str, Any]) -> list[dict[Any, object]]:
        """The rows of a child table as a question about all of them sees them."""
        terms, table = self.plan.terms, self.plan.terms.cohort_table
        recorded, days = terms.tables[ref.table].role(FieldKind.RECORDED), terms.dates(ref.table)
        theirs = {evolve(outside, parent=True): self._value(table, outside.name, own) for outside in ref.outside}
        found = []
        for row in self.rows[ref.table].values():
            come = [row[day] for day in days if row[day] is not None]
            if (recorded and row[recorded] > self.plan.as_at) or (come and min(come) > self.plan.as_at):
                continue
            seen = row | {day: None for day in days if row[day] is not None and row[day] > self.plan.as_at}
            fields = {FieldRef(name): self._value(ref.table, name, seen) for name in terms.all_fields(ref.table)}
            found.append(fields | theirs)
        return found

    def _asked(self, condition: Condition, own: dict[str, Any]) -> list[str]:
        """What a condition asks of child tables, with the answers."""
        found = []
        for ref in condition.children:
            inside = [ref.table, *([ref.field] if ref.field else []), *([ref.condition.text] if ref.condition else [])]
            answer = child_to_python(ref, self._asked_rows(ref, own))
            if answer is not None and self._asks_sensitive(ref):
                answer = "(not shown)"
            elif answer is None or isinstance(answer, bool):
                answer = {None: "not known", True: "yes", False: "no"}[answer]
            found.append(f"{ref.what}({', '.join(inside)}) {answer}")
        return found

    def _asks_sensitive(self, ref: ChildRef) -> bool:
        """Whether the answer to a question could tell the value of a sensitive field."""
        cohort = self.plan.terms.cohort_table
        read = [] if ref.condition is None else ref.condition.fields
        fields = [(cohort if each.parent else ref.table, each.name) for each in read]
        fields += [(ref.table, ref.field)] if ref.field else []
        return any(self._is_sensitive(*field) for field in fields)

    def _is_sensitive(self, table: str, name: str) -> bool:
        return self.plan.terms.all_fields(table)[self._real(table, name)].is_sensitive

    def _money(self) -> list[str]:
        """Each payment with its price, its adjustments and what is left."""
        lines = self.lines.filter(pl.col("outcome").is_in(self.names))
        if lines.is_empty():
            return ["No line of money for " + ("this outcome." if len(self.names) == 1 else "this participant.")]
        found: list[str] = []
        for (payment, outcome), part in lines.group_by("payment", "outcome", maintain_order=True):
            first = part.row(0, named=True)
            found.append(
                f"{payment}: pays for {outcome}, earned on {show_date(first['earned_on'])}, period {first['period']}"
            )
            found += [self._line(row) for row in part.iter_rows(named=True)]
            found.append(self._item("net", self._amount(int(part["amount_minor"].sum()))))
        total = int(lines["amount_minor"].cast(pl.Int128).sum())
        return [*found, f"{'total':<{WIDTH}}{self._amount(total)}"]

    def _line(self, row: dict[str, Any]) -> str:
        group = f" for {row['group']}" if row["group"] else ""
        number = f"clause {row['clause']}, " if row["clause"] else ""
        tail = f"({number}{row['place']}; line {row['line_id']})"
        if row["adjustment"] == "-":
            day = f" on {show_date(row['priced_on'])}" if row["priced_on"] else ""
            times = "" if row["quantity"] == 1 else f"{row['quantity']} x {self._amount(row['unit_price_minor'])}, "
            price = f"gross {self._amount(row['amount_minor'])}, {times}the price{group}{day}"
            return self._item("price", f"{price} at {row['price_place']} {tail}")
        cap = ""
        if row["limit_minor"] is not None:
            cap = f"; at most {self._amount(row['limit_minor'])}, of which {self._amount(row['left_minor'])} was left"
        why = next((term.why for term in self.plan.terms.adjustments if term.id == row["adjustment"]), "")
        reason = LINE_REASONS[row["reason"]]
        if row["reason"] == "multiply":
            reason = f"{reason}, {self._factor(row)}"
        text = f"{self._amount(row['amount_minor'])}, {reason}{cap}{group} at {row['price_place']}"
        return self._item(row["reason"], f"{row['adjustment']} {text}{' - ' + why if why else ''} {tail}")

    def _factor(self, row: dict[str, Any]) -> str:
        """The factor of a line: the cell of its label on the day on which it was earned."""
        terms = self.plan.terms.adjustments
        table = self.plan.adjusting[next(n for n, term in enumerate(terms) if term.id == row["adjustment"])].table
        span = sum(number_of(row["earned_on"]) >= start for start in table.starts[1:])
        return str(table.cells[table.rows.index(row["group"] or "") * table.spans + span])

    def _amount(self, minor: int) -> str:
        return show_money(minor, self.currency)
