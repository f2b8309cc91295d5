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

from pbr.achieved import occurrence_of
from pbr.agreed_by import lines_cite, of_group, of_subject
from pbr.contract import read_contract
from pbr.contract.grain import grain_paid
from pbr.decisions import Decisions, decide, evaluate
from pbr.entitlement import entitle
from pbr.evidence import read_evidence
from pbr.explanation.agreed import agreed_words
from pbr.explanation.groups import GroupWords
from pbr.explanation.made import MadeWords
from pbr.explanation.money import whole_occurrence
from pbr.explanation.words import Words
from pbr.kinds import DEFAULT_KINDS, Kinds, added_kinds
from pbr.payments import Fee
from pbr.plan import make_plan
from pbr.problem import EvaluationError, Problem, short
from pbr.sums import SUMS, place_of, sums_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pbr.contract import Contract
    from pbr.contract.grain import Grain, Key
    from pbr.evidence import Evidence
    from pbr.plan import Plan


_OF_A_FEE = ("payment", "provider", "instalment")
"""What the lines of one instalment of a fee have in common."""


@frozen(kw_only=True)
class Explanation:
    """Why a participant is paid or not.

    Attributes:
        subject: The participant; empty for an outcome of groups.
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


def explain(
    out: str | Path,
    participant: str | None = None,
    outcome: str | None = None,
    line: str | None = None,
    *,
    ids: bool = False,
    kinds: Kinds = DEFAULT_KINDS,
) -> Explanation:
    """Explain one participant of a run, or an outcome of groups.

    Args:
        out: The folder a run wrote.
        participant: Id of the participant; none for an outcome of groups, which ``outcome`` or ``line`` then says.
        outcome: Only this outcome and the lines that pay for it.
        line: Only the outcome of this line, by its ``line_id``; of groups only its group; or a line that an adjustment
            made for a group of lines.
        ids: Whether the members of groups are named by their ids; without it they are only counted.
        kinds: The kinds of outcome that the contract of the run may use.

    Raises:
        EvaluationError: PBR503 the folder holds no run; PBR504 an input changed since; PBR505 nobody or nothing of
            that name.
    """
    folder = Path(out)
    manifest = _manifest(folder)
    contract, evidence = _inputs(folder, manifest, kinds)
    plan = make_plan(contract, manifest["as_at"])
    if participant is None:
        return _explain_groups(folder, plan, evidence, outcome, line, ids=ids)
    mine = _only(plan, evidence, participant)
    decisions = decide(plan, mine)
    if decisions.frame.is_empty():
        _nobody(participant, "is not among the subjects of the run; refused rows stand in exceptions.csv")
    stated = pl.read_parquet(folder / "statement.parquet", glob=False)
    lines = stated.filter(pl.col("subject").cast(pl.String) == _subject(decisions))
    rows = decisions.own_rows()
    written = pl.read_parquet(folder / "decisions.parquet", glob=False).filter(
        pl.col("subject") == decisions.frame["subject"][0]
    )
    if not rows.equals(written):
        _otherwise(contract)
    names = _chosen(plan, lines, outcome, line)
    cites = [*lines_cite(lines.filter(pl.col("outcome").is_in(names)))]
    cites += [each for name in names for each in of_subject(decisions, name)]
    text = Words(plan, decisions, lines, names).text() + agreed_words(contract, cites)
    return Explanation(subject=_subject(decisions), decisions=rows, lines=lines, text=text)


def _explain_groups(
    folder: Path, plan: Plan, evidence: Evidence, outcome: str | None, line: str | None, *, ids: bool
) -> Explanation:
    """Explain an outcome in each of its groups, or in that of a line."""
    decisions = evaluate(plan, evidence)
    stated = pl.read_parquet(folder / "statement.parquet", glob=False)
    every = pl.read_parquet(folder / "decisions.parquet", glob=False)
    group = None
    if line is not None:
        found = stated.filter(pl.col("line_id") == line)
        if found.is_empty():
            _nobody(line, "is not the id of a line of this run")
        payment = found["payment"][0]
        if payment is None:
            return _explain_made(plan, decisions, found)
        if isinstance(plan.terms.payments[payment], SUMS):
            return _explain_sum(decisions, stated, every, found)
        if isinstance(plan.terms.payments[payment], Fee):
            return _explain_fee(decisions, stated, found)
        outcome, group = found["outcome"][0], found.select("provider", whole_occurrence()).row(0)
    names = list(plan.terms.pooled)
    if outcome is None or outcome not in names:
        why = "is not an outcome of groups; name a participant" + (f", or one of: {', '.join(names)}" if names else "")
        _nobody(outcome or line or "", why)
    pooled = decisions.pooled[str(outcome)]
    keys = [key for key in pooled.results if group is None or group == _group_of(pooled.grain, key, group[0])]
    wanted = (pl.col("outcome") == outcome) & pl.col("group").is_in(list(map(pooled.grain.name, keys)))
    rows = decisions.rows().filter(wanted)
    assert rows.equals(every.filter(wanted)), "an explanation is of the figures that were written"
    lines = stated.filter((pl.col("outcome") == outcome) | pl.col("payment").is_in(sums_of(plan, str(outcome))))
    if group is not None:
        lines = lines.filter(pl.col("provider").eq_missing(group[0]), whole_occurrence() == group[1])
    words = GroupWords(decisions, lines, stated.filter(pl.col("payment").is_null()), ids=ids)
    cites = [*lines_cite(lines), *_rest_on(decisions, str(outcome), words.told(str(outcome), keys))]
    text = words.text(str(outcome), keys) + agreed_words(plan.contract, cites)
    return Explanation(subject="", decisions=rows, lines=lines, text=text)


def _rest_on(decisions: Decisions, outcome: str, keys: Iterable[Key]) -> Iterator[str]:
    """What the results of groups rest on that was agreed."""
    if decisions.plan.contract.cited:
        for key in keys:
            yield from of_group(decisions.plan, decisions.pooled, outcome, key)


def _explain_made(plan: Plan, decisions: Decisions, line: pl.DataFrame) -> Explanation:
    """Explain a line that an adjustment made for a group of lines."""
    text = MadeWords(entitle(plan, decisions), line.row(0, named=True)).text()
    text += agreed_words(plan.contract, lines_cite(line))
    return Explanation(subject="", decisions=decisions.rows().clear(), lines=line, text=text)


def _explain_sum(decisions: Decisions, stated: pl.DataFrame, written: pl.DataFrame, line: pl.DataFrame) -> Explanation:
    """Explain a line of a sum or a part: the outcomes of groups that say what it comes to, and its own cuts."""
    plan = decisions.plan
    payment, provider, occurrence = line.select("payment", "provider", whole_occurrence()).row(0)
    mine = pl.col("payment").eq(payment) & pl.col("provider").eq_missing(pl.lit(provider, dtype=pl.String))
    lines = stated.filter(mine, whole_occurrence() == occurrence)
    place = place_of(plan, payment, provider, occurrence)
    grain, wanted = grain_paid(plan.terms, plan.terms.payments[payment]), pl.lit(value=False)
    for name in place.outcomes:
        own = decisions.pooled[name].grain
        wanted |= (pl.col("outcome") == name) & (pl.col("group") == own.name(own.around(place.key, grain)))
    rows = decisions.rows().filter(wanted)
    assert rows.equals(written.filter(wanted)), "an explanation is of the figures that were written"
    text = GroupWords(decisions, lines).sum_text(payment, place) + agreed_words(plan.contract, lines_cite(lines))
    return Explanation(subject="", decisions=rows, lines=lines, text=text)


def _explain_fee(decisions: Decisions, stated: pl.DataFrame, line: pl.DataFrame) -> Explanation:
    """Explain an instalment of a fee: what is paid, what is taken back of it, and its cuts."""
    alike = [pl.col(name).eq_missing(pl.lit(line[name][0], line.schema[name])) for name in _OF_A_FEE]
    lines = stated.filter(*alike)
    rows, text = decisions.rows().clear(), GroupWords(decisions, lines).fee_text()
    text += agreed_words(decisions.plan.contract, lines_cite(lines))
    return Explanation(subject="", decisions=rows, lines=lines, text=text)


def _group_of(grain: Grain, key: Key, otherwise: str | None) -> tuple[str | None, str]:
    """The provider and the occurrence of the lines of a group; another provider where it has none of its own."""
    own = dict(zip(grain.words, key, strict=True))
    return own.get("provider", otherwise), occurrence_of(grain, key)


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
    names = [name for name in decisions.plan.own if name in named]
    return Words(decisions.plan, mine, theirs, names, where).text()


def explain_group(decisions: Decisions, lines: pl.DataFrame, outcome: str, group: str) -> str:
    """Explain one group of decisions at hand.

    Args:
        decisions: The decisions of everyone.
        lines: The lines of everyone; the columns of ``pbr.statement.LINE_COLUMNS``.
        outcome: An outcome of groups.
        group: Its labels and period, such as ``north Y1-Q1``.
    """
    pooled = decisions.pooled[outcome]
    keys = [key for key in pooled.results if pooled.grain.name(key) == group]
    return GroupWords(decisions, lines).text(outcome, keys)


def _nobody(name: str, why: str) -> None:
    raise EvaluationError([Problem(code="PBR505", message=f"'{short(name)}' {why}")])


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run whose outputs are still what it wrote."""
    name = str(folder)
    try:
        manifest: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        outputs = {item["file"]: item["sha256"] for item in manifest["outputs"]}
        named = [manifest["contract"], *manifest["contract"]["values"], *manifest["inputs"]]
        agreed = [one[key] for one in manifest["contract"]["agreements"] for key in ("result", "result_sha256")]
        assert all(isinstance(each, str) for each in agreed)
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


def _inputs(folder: Path, manifest: dict[str, Any], kinds: Kinds) -> tuple[Contract, Evidence]:
    """The contract and the evidence of a run, if they are still what they were."""
    path = _unchanged(folder, manifest["contract"], "PBR001")
    for item in manifest["contract"]["values"]:
        _unchanged(folder, item, "PBR001")
    for one in manifest["contract"]["agreements"]:
        _unchanged(folder, {"file": one["result"], "sha256": one["result_sha256"]}, "PBR001")
    contract = read_contract(path, kinds)
    if contract.fingerprint != manifest["contract"].get("fingerprint"):
        _otherwise(contract)
    source: dict[str, tuple[Path, ...]] = {}
    for item in manifest["inputs"]:
        if item["file"] == "frame":
            _nobody("frame", "was given as a frame, so there is no file to explain from")
        file = _unchanged(folder, item, "PBR201")
        source[item["table"]] = (*source.get(item["table"], ()), file)
    return contract, read_evidence(make_plan(contract, manifest["as_at"]), source)


def _otherwise(contract: Contract) -> None:
    """Say that kinds of the user's own decide otherwise than in the run; nothing else can."""
    kinds = added_kinds(contract.terms.outcomes.values())
    assert kinds, "an explanation is of the figures that were written"
    modules = ", ".join(dict.fromkeys(kind.__module__ for kind in kinds))
    message = f"the kinds of {modules} are not those of the run, which had others under these words; evaluate again"
    raise EvaluationError([Problem(code="PBR504", message=message, file=contract.file)])


def _unchanged(folder: Path, item: dict[str, Any], gone: str) -> Path:
    """The file an item of the manifest names, if it is still there and still the same."""
    path, shown = (Path(os.path.normpath(start / item["file"])) for start in (folder.resolve(), folder))
    if not path.exists():
        raise EvaluationError([Problem(code=gone, message="is not there any more; put it back", file=str(shown))])
    if _sha256(path) != item["sha256"]:
        _changed(str(shown))
    return shown if shown.exists() and shown.resolve() == path.resolve() else path  # what is named is read


def _only(plan: Plan, evidence: Evidence, participant: str) -> Evidence:
    """The evidence of one subject."""
    key = pl.col(plan.terms.subject_key).cast(pl.String)
    wanted = unicodedata.normalize("NFC", participant.strip())
    if plan.terms.all_fields(plan.terms.cohort_table)[plan.terms.subject_key].is_whole_id:
        wanted = re.sub(r"^(-?)0+(?=[0-9])", r"\1", wanted)
        wanted = "0" if wanted == "-0" else wanted
    tables = {
        name: rows.filter(key == wanted) if name in plan.terms.row_tables else rows.clear()
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
        return list(plan.own)
    if outcome not in plan.own:
        _nobody(outcome, "is not an outcome of the contract; one of: " + ", ".join(plan.own))
    return [outcome]
