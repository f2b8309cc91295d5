"""What panels agreed, as figures of the contract: read from result files, and held against bounds and ballots."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, evolve, field, frozen

from pbr.calendar import Date, date_from_number, number_of
from pbr.contract.judging import asks_for_scores, scores_of, unit_of_scores
from pbr.contract.model import FieldKind
from pbr.contract.spans import ANY
from pbr.contract.value_terms import UNPAID, AgreedTerm, Cell, InForce
from pbr.document import read_document
from pbr.money import CURRENCY_DIGITS, format_minor, parse_ratio, plain
from pbr.outcomes import Judged
from pbr.problem import AgreementError, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pbr.agreement import Agreement, Answer, Result
    from pbr.contract.model import Terms
    from pbr.contract.value_terms import ValueTerm
    from pbr.document import Document
    from pbr.outcomes.judged import Panel
    from pbr.problem import Place, Problem

YES, NO = "1", "0"
"""What stands for a label that was chosen, and for one that was not: a set is a figure of 1 or 0 for each label."""
_MAPS = {"map", "set"}
_WORDS = {"yes": YES, "no": NO}
Stretch: TypeAlias = "tuple[Date | None, Date | None, Cited | None]"


@frozen
class Cited:
    """One version of an agreement with its result.

    Attributes:
        name: Its name in the contract.
        agreement: The file of the agreement.
        result: What was counted.
        file: The result file, as the contract is named.
        recounted: Whether the ballots were there and a recount gave the same; else the result is taken as written.
    """

    name: str
    agreement: Agreement = field(repr=False)
    result: Result = field(repr=False)
    file: str
    recounted: bool

    @property
    def bundle(self) -> tuple[str, ...]:
        """What both sides sign of it, whatever the spacing of the file."""
        scored = [name for name in self.result.questions if asks_for_scores(self, name)]
        signed = self.result.signed_sha256(scored)
        return (self.result.agreement, str(self.result.version), self.agreement.sha256, signed)


def read_agreements(
    document: Document, terms: Terms, lost: frozenset[str]
) -> tuple[Terms, dict[str, tuple[Cited, ...]], list[Problem]]:
    """Read every agreement that a contract cites, and the figures that were agreed.

    Args:
        document: The file of the contract.
        terms: Its terms; agreed values have no figures yet.
        lost: Names set aside with faults of their own.

    Returns:
        The terms with these figures, the versions of each agreement by its name in the order of their numbers, and what
        is wrong. A value that has a fault has no figures, see ``without_figures``.
    """
    reader = _Reader(document, terms, lost)
    cited = {name: reader.versions(name) for name in terms.agreements}
    values = dict(terms.values)
    for name, value in terms.values.items():
        if value.agreed is not None:
            values[name] = reader.value(name, value, value.agreed, cited)
    outcomes = dict(terms.outcomes)
    for name, outcome in terms.outcomes.items():
        if isinstance(outcome, Judged):
            outcomes[name] = reader.judged(name, outcome, cited)
    return evolve(terms, values=values, outcomes=outcomes), cited, reader.problems


def without_figures(terms: Terms) -> frozenset[str]:
    """The agreed values and judged outcomes that have a fault, so that nothing more is said of what reads them."""
    values = {name for name, value in terms.values.items() if value.agreed is not None and not value.cells}
    judged = {name: each for name, each in terms.outcomes.items() if isinstance(each, Judged)}
    return frozenset(values | {name for name, each in judged.items() if not each.agreed.in_force})


def not_recounted(document: Document, cited: Mapping[str, tuple[Cited, ...]]) -> Iterator[Problem]:
    """A note for each result that is taken as it is written, since its ballots are not here."""
    for name, versions in cited.items():
        for one in versions:
            if not one.recounted:
                message = f"the ballots of '{name}', version {one.result.version}, are not here: it is not recounted"
                yield document.place(("agreements", name)).problem("PBR319", message)


@define
class _Reader:
    """Reads agreements and agreed values, and keeps what is wrong."""

    document: Document
    terms: Terms
    lost: frozenset[str]
    problems: list[Problem] = field(factory=list)
    _places: dict[str, Document] = field(factory=dict)
    _spoilt: set[str] = field(factory=set)

    def fail(self, code: str, message: str, *path: str | int) -> None:
        """Keep a problem at the place of a path of the contract."""
        self.problems.append(self.document.place(path).problem(code, message))

    def versions(self, name: str) -> tuple[Cited, ...]:
        """The versions of one agreement, in the order of their numbers."""
        files = self.terms.agreements[name].files
        found: list[tuple[Place, Cited]] = []
        before = len(self.problems)
        for at, file in enumerate(files):
            place = self.document.place(("agreements", name, *([at] if len(files) > 1 else [])))
            one = self._version(name, file, place)
            if one is not None:
                found.append((place, one))
        found.sort(key=lambda pair: pair[1].result.version)
        self._fit_together(name, found)
        if len(self.problems) > before:
            self._spoilt.add(name)
        return tuple(one for _, one in found)

    def _version(self, name: str, file: str, place: Place) -> Cited | None:
        parts = PurePosixPath(file)
        if parts.is_absolute() or ".." in parts.parts or "\\" in file or not file.isprintable():
            self.problems.append(place.problem("PBR317", f"'{short(file)}' is not a path beside the contract"))
            return None
        from pbr.agreement import check_result, count_ballots, read_agreed, read_agreement, read_ballots, result_path

        path = Path(self.document.file).parent / file
        try:
            agreement = read_agreement(path)
            result = read_agreed(agreement)
            recounted = agreement.papers_are_here
            if recounted:
                wrong = check_result(agreement, count_ballots(agreement, read_ballots(agreement)))
                if wrong:
                    raise AgreementError(wrong)  # noqa: TRY301  # all that is wrong is kept in one place
        except AgreementError as error:
            for fault in error.problems:
                message = f"'{short(file)}': {fault.message}"
                self.problems.append(fault if fault.line else place.problem(fault.code, message))
            return None
        return Cited(name, agreement, result, str(result_path(path)), recounted)

    def _fit_together(self, name: str, found: list[tuple[Place, Cited]]) -> None:
        """Versions are of the agreement that the contract names, each once, and none holds before it was counted."""
        earlier: Cited | None = None
        for place, one in found:
            result = one.result
            if result.agreement != name:
                message = f"this is the agreement '{short(result.agreement)}'; name it so here, or cite another file"
                self.problems.append(place.problem("PBR317", message))
            if earlier is not None and result.version == earlier.result.version:
                message = f"version {result.version} stands here twice; a count that is opened again is a new version"
                self.problems.append(place.problem("PBR317", message))
            only_scores = all(asks_for_scores(one, name) for name in result.questions)
            if earlier is None or only_scores:
                pass  # scores are of periods that begin after its first day, and close after these
            elif not result.closes:
                message = (
                    f"version {result.version} has no `closes`, so nobody knows whether it begins after its ballot"
                )
                self.problems.append(place.problem("PBR317", f"{message}; say until when papers are taken"))
            elif result.valid.from_.isoformat() <= result.closes[:10]:
                message = (
                    f"version {result.version} would hold from {result.valid.from_}, and its ballot closed on "
                    f"{result.closes[:10]}: what is stated already is never priced again; begin after the ballot"
                )
                self.problems.append(place.problem("PBR317", message))
            earlier = one

    def value(self, name: str, value: ValueTerm, term: AgreedTerm, cited: Mapping[str, tuple[Cited, ...]]) -> ValueTerm:
        """An agreed value with the figures of each version while it is in force, and those of ``if_none`` elsewhere."""
        before = len(self.problems)
        versions = self._asked(term, cited, "values", name, "agreed")
        if not versions:
            return value
        if any(asks_for_scores(one, term.question) for one in versions):
            message = f"'{term.question}' has a score for each period; an outcome of the kind `judged` reads it"
            self.fail("PBR187", message, "values", name, "agreed")
            return value
        self._shape(name, value, term, versions)
        if len(self.problems) > before:
            return value
        agreed = [one for one in versions if one.result.questions[term.question].agreed]
        none = tuple(self._if_none(name, term, versions[-1].result.questions[term.question]))
        cells: list[Cell] = []
        spans: list[InForce] = []
        chosen: list[tuple[Stretch, tuple[Cell, ...]]] = []
        for first, last, one in _stretches(agreed):
            figures = none if one is None else tuple(self._figures(term, one))
            cells += [evolve(cell, first=first, last=last) for cell in figures]
            spans.append(InForce(first=first, last=last) if one is None else _in_force(first, last, one))
            chosen.append(((first, last, one), figures))
        if len(self.problems) > before:
            return value
        asks = versions[-1].result.questions[term.question].asks
        condition = self._condition(value, asks, chosen)
        return evolve(value, cells=tuple(cells), agreed=evolve(term, in_force=tuple(spans), condition=condition or ""))

    def _asked(self, term: AgreedTerm | Panel, cited: Mapping[str, tuple[Cited, ...]], *path: str | int) -> list[Cited]:
        """The versions that ask a question; none if something is wrong."""
        if term.agreement not in cited:
            if not {term.agreement, "agreements"} & self.lost:
                message = f"no agreement is named '{short(term.agreement)}'{did_you_mean(term.agreement, cited)}"
                self.fail("PBR111", message, *path)
            return []
        if term.agreement in self._spoilt:
            return []
        versions = [one for one in cited[term.agreement] if term.question in one.result.questions]
        if not versions:
            asked = {question for one in cited[term.agreement] for question in one.result.questions}
            message = f"the agreement '{term.agreement}' asked nobody '{short(term.question)}'"
            self.fail("PBR314", f"{message}{did_you_mean(term.question, asked)}", *path)
        return versions

    def judged(self, name: str, outcome: Judged, cited: Mapping[str, tuple[Cited, ...]]) -> Judged:
        """A judged outcome with the scores of each version while it is in force."""
        path = ("outcomes", name, "agreed")
        panel = outcome.agreed
        versions = self._asked(panel, cited, *path)
        without = [one for one in versions if not asks_for_scores(one, panel.question)]
        units = {unit_of_scores(one, panel.question) for one in versions}
        if without:
            scored = {each for one in versions for each in one.result.questions if asks_for_scores(one, each)}
            some = f" in version {without[0].result.version}" if len(without) < len(versions) else ""
            message = f"'{panel.question}' is not scored period by period{some}"
            fix = "" if some else did_you_mean(panel.question, scored)
            fix = fix or "; write `scored` in the agreement, or read it as a value"
            self.fail("PBR187", message + fix, *path)
        elif len(units) > 1:
            message = f"'{panel.question}' is a {' and a '.join(sorted(units))} in different versions; name two"
            self.fail("PBR317", message, *path)
        elif versions:
            return evolve(outcome, agreed=scores_of(panel, versions, _stretches(versions), next(iter(units))))
        return outcome

    def _shape(self, name: str, value: ValueTerm, term: AgreedTerm, versions: list[Cited]) -> None:
        """What was asked, in every version, is what stands in the contract: a figure, or one for each label."""
        asks = {one.result.questions[term.question].asks for one in versions}
        if len(asks) > 1:
            message = f"'{term.question}' asks for {' and for '.join(sorted(asks))} in different versions; name two"
            self.fail("PBR317", message, "values", name, "agreed")
            return
        (asked,) = asks
        by = len(value.by)
        if asked in _MAPS and by != 1:
            message = f"a {asked} has a figure for each label; write `by:` with the one key that its options are of"
            self.fail("PBR316", message, "values", name, *(["by"] if by else []))
        if asked not in _MAPS and by:
            what = "yes or no" if asked == "yes_no" else "one number"
            self.fail("PBR316", f"'{term.question}' asks for {what}; remove `by`", "values", name, "by")
        if asked in {"set", "yes_no"} and term.bounds is not None:
            message = "bounds are of a number; what may be chosen stands in the agreement, as its options"
            self.fail("PBR316", f"{message}; remove them", "values", name, "bounds")
        if asked in {"number", "map"}:
            self._bounds(name, term)

    def _bounds(self, name: str, term: AgreedTerm) -> None:
        """The commissioner's bounds are there, and the right way round."""
        if term.bounds is None:
            message = "'bounds' is missing here: say what the commissioner allows, like `60% to 95%`"
            self.fail("PBR102", message, "values", name)
            return
        low, high = map(parse_ratio, term.bounds)
        for text, limit in zip(term.bounds, (low, high), strict=True):
            if limit is None:
                self.fail("PBR305", f"'{short(text)}' is no figure such as 60%, 12.50 or 3/4", "values", name, "bounds")
        if low is not None and high is not None and low > high:
            message = f"the lower bound {term.bounds[0]} is above the upper one {term.bounds[1]}; swap them"
            self.fail("PBR305", message, "values", name, "bounds")

    def _if_none(self, name: str, term: AgreedTerm, answer: Answer) -> Iterator[Cell]:
        """What holds while nothing is agreed."""
        for cell in term.if_none:
            path = ("values", name, *cell.path)
            if answer.asks in {"set", "yes_no"}:
                if cell.text not in _WORDS:
                    self.fail("PBR316", f"'{short(cell.text)}' is neither yes nor no", *path)
                yield evolve(cell, text=_WORDS.get(cell.text, NO))
                continue
            if cell.text == UNPAID and answer.asks == "map":
                message = "only a threshold can be `unpaid`; write a figure for each label"
                self.fail("PBR316", message, *path)
            elif cell.text != UNPAID:
                self._within(term, cell.text, parse_ratio(cell.text), self.document.place(path))
            yield cell

    def _figures(self, term: AgreedTerm, one: Cited) -> Iterator[Cell]:
        """What one version agreed, at its place in the result file."""
        answer = one.result.questions[term.question]
        place = self._document(one.file).place(("questions", term.question, "value"))
        agreed = answer.agreed_value
        if isinstance(agreed, bool):
            yield Cell(text=YES if agreed else NO, place=place)
        elif isinstance(agreed, Fraction):
            self._within(term, _text(agreed, answer.unit, self._digits), agreed, place)
            yield Cell(text=_text(agreed, answer.unit, self._digits), place=place)
        elif isinstance(agreed, dict):
            for label, share in agreed.items():
                self._within(term, str(share), share, place, f" for '{label}'")
                yield Cell(labels=(label,), text=_text(share, "share", self._digits), place=place)
        else:
            from pbr.agreement.model import options_of

            options = options_of(one.agreement.terms.questions[term.question])
            yield from (
                Cell(labels=(label,), text=YES if label in (agreed or ()) else NO, place=place) for label in options
            )
            yield Cell(labels=(ANY,), text=NO, place=place)

    @property
    def _digits(self) -> int:
        return CURRENCY_DIGITS.get(self.terms.contract.currency, 2)

    def _document(self, file: str) -> Document:
        """A result file with the places of its terms."""
        if file not in self._places:
            self._places[file] = read_document(file, begins="pbr_result: 1")
        return self._places[file]

    def _within(self, term: AgreedTerm, text: str, figure: Fraction | None, place: Place, whose: str = "") -> None:
        """A figure lies within the commissioner's bounds; it is refused and never cut to fit."""
        if term.bounds is None or figure is None:
            return  # what is no figure is said of where a term reads it
        low, high = map(parse_ratio, term.bounds)
        assert low is not None, "the bounds have been read"
        assert high is not None, "the bounds have been read"
        if not low <= figure <= high:
            bounds = " to ".join(term.bounds)
            message = f"{short(text)}{whose} is outside of the bounds {bounds} of the commissioner"
            message += "; it is refused, not cut: agree anew within them, or change the bounds"
            self.problems.append(place.problem("PBR315", message))

    def _condition(self, value: ValueTerm, asks: str, chosen: list[tuple[Stretch, tuple[Cell, ...]]]) -> str | None:
        """Whom a panel chose, by the version in force on the subject's start; None if it is no choice of these."""
        if asks not in {"set", "yes_no"} or not self.terms.has_cohort:
            return None
        parts = []
        for (first, last, _), cells in chosen:
            whom = self._whom(value, asks, cells)
            if whom is None:
                return None
            if whom:
                parts.append(" AND ".join([*_days(first, last), *([f"({whom})"] if whom != "TRUE" else [])]) or whom)
        return " OR ".join(f"({part})" for part in parts) or "FALSE"

    def _whom(self, value: ValueTerm, asks: str, cells: tuple[Cell, ...]) -> str | None:
        """A condition for those whose label was chosen; empty if nobody's was, None if the labels are of no subject."""
        if asks == "yes_no":
            return "TRUE" if any(cell.text == YES for cell in cells) else ""
        (key,) = value.by
        fields = self.terms.all_fields(self.terms.cohort_table) if self._cohort_known else {}
        groups = self.terms.groups.get(key, {})
        if key == "provider" and key not in fields:  # the field that names providers may be called otherwise
            key = next((name for name, each in fields.items() if each.type is FieldKind.PROVIDER), key)
        if not groups and key not in fields:
            return None
        of_providers = key in fields and fields[key].type is FieldKind.PROVIDER
        labels = groups or (self.terms.contract.providers if of_providers else fields[key].one_of)
        said = {cell.labels[0]: cell.text for cell in cells}
        chosen = [label for label in labels if said.get(label, said.get(ANY)) == YES]
        if groups:
            return " OR ".join(f"({_label(groups, each)})" for each in chosen)
        words = ", ".join("'" + each.replace("'", "''") + "'" for each in chosen)
        return f"{key} IN ({words})" if words else ""

    @property
    def _cohort_known(self) -> bool:
        return any(table.row_is == self.terms.cohort.of for table in self.terms.tables.values())


def _label(labels: Mapping[str, str], label: str) -> str:
    """The condition of a label of a grouping; of ``otherwise`` that none of the others is true."""
    if labels[label] != "otherwise":
        return labels[label]
    others = [text for text in labels.values() if text != "otherwise"]
    return "NOT (" + " OR ".join(f"({text})" for text in others) + ")"


def _days(first: Date | None, last: Date | None) -> list[str]:
    """That a subject's start lies between two days."""
    found = [] if first is None else [f"start >= DATE '{first}'"]
    return found + ([] if last is None else [f"start <= DATE '{last}'"])


def _in_force(first: Date | None, last: Date | None, one: Cited) -> InForce:
    return InForce(first=first, last=last, version=one.result.version, file=one.file, sha256=one.result.sha256)


def _text(figure: Fraction, unit: str, digits: int) -> str:
    """A figure as it is written in a contract."""
    if unit == "money":
        minor = figure * 10**digits
        return format_minor(int(minor), digits) if minor.denominator == 1 else plain(figure)
    return f"{plain(figure * 100)}%" if unit == "share" and "/" not in plain(figure * 100) else plain(figure)


def _stretches(versions: list[Cited]) -> Iterator[Stretch]:
    """Which version holds when, over all days: the latest that is valid then, or none.

    A version that did not agree on a question leaves an earlier one in force until that ends.
    """
    edges = {number_of(one.result.valid.from_) for one in versions}
    edges |= {number_of(one.result.valid.to) + 1 for one in versions}
    starts = sorted(edges)
    found: list[Stretch] = [(None, date_from_number(starts[0] - 1) if starts else None, None)]
    for at, start in enumerate(starts):
        first = date_from_number(start)
        last = date_from_number(starts[at + 1] - 1) if at + 1 < len(starts) else None
        here = [one for one in versions if one.result.valid.from_ <= first <= one.result.valid.to]
        one = here[-1] if here else None
        if found[-1][2] is one:
            found[-1] = (found[-1][0], last, one)
        else:
            found.append((first, last, one))
    yield from found
