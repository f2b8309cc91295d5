"""A contract that has been read, typed and checked."""

from __future__ import annotations

import hashlib
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from pbr.calendar import Term
from pbr.document import kind_word
from pbr.kinds import added_kinds, blamed_on, failed, version_of
from pbr.outcomes import OfFigures, Score
from pbr.outcomes.event import once_per, outcome_of
from pbr.payments import Amount, Bands
from pbr.payments.bands import PlaceOfUndone
from pbr.problem import Place
from pbr.scoring import Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    from pbr.condition import Condition, Formula
    from pbr.contract.agreed import Cited
    from pbr.contract.model import Terms
    from pbr.contract.value_file import ValueFile
    from pbr.document import Document, PathTo, Plain
    from pbr.outcomes import Outcome
    from pbr.payments import Payment
    from pbr.problem import Problem
    from pbr.table import Table

    Readers: TypeAlias = "Mapping[PathTo, Condition] | Mapping[PathTo, Condition | Formula]"


@frozen(kw_only=True)
class Contract:
    """Every term typed, every name known, every figure found.

    Attributes:
        document: The file as read, with the place of every term.
        terms: The file as models.
        conditions: Every condition, by its path in the file.
        formulas: Every formula, by its path in the file.
        tables: Every figure a term reads, by the path of the term, in the term's unit.
        order: Outcomes in an order in which each can be decided.
        files: Files that hold the rows of values, by the value's name.
        cited: The versions of each agreement, by its name, in the order of their numbers.
        notes: What ``pbr check`` found worth knowing and wrong in nothing, in the order of their places.
    """

    document: Document = field(repr=False)
    terms: Terms
    conditions: Mapping[PathTo, Condition]
    formulas: Mapping[PathTo, Formula]
    tables: Mapping[PathTo, Table]
    order: tuple[str, ...]
    files: Mapping[str, ValueFile] = field(factory=dict)
    cited: Mapping[str, tuple[Cited, ...]] = field(factory=dict)
    notes: tuple[Problem, ...] = ()

    @property
    def file(self) -> str:
        """The file as it was named."""
        return self.document.file

    @property
    def term(self) -> Term:
        """The days on which anything can be earned, and where its years start."""
        return term_of(self.terms)

    @property
    def fingerprint(self) -> str:
        """What both sides sign: SHA-256 of terms, value files, agreements and added kinds, whatever the spacing.

        The order of outcomes and payments is a term, since lines of one day use up a cap in the order of the file; that
        of the parts of a pot, and of the payees of a split, is one too.
        """
        agreed = {name: tuple(one.bundle for one in versions) for name, versions in self.cited.items()}
        rows = {name: file.rows for name, file in self.files.items()}
        versions = {kind_word(kind): version_of(kind) for kind in added_kinds(self.terms.outcomes.values())}
        return fingerprint(self.document.root, rows, agreed, versions)

    def place(self, *path: str | int) -> Place:
        """Where a term stands, with the file's own name only, so that outputs do not depend on a folder."""
        found = self.document.place(path)
        return Place(found.file.replace("\\", "/").rsplit("/", 1)[-1], found.line, found.column)


def named_by(terms: Terms, outcome: str) -> tuple[str, ...]:
    """The outcomes, or words of them, that an outcome is counted from or made of, as its kind says.

    A formula on one subject is made of results, as a condition reads them.
    """
    found = terms.outcomes[outcome]
    return () if isinstance(found, OfFigures) and outcome in terms.own_outcomes else reads_of(outcome, found)


def reads_of(name: str, outcome: Outcome) -> tuple[str, ...]:
    """What the kind of an outcome says that it reads.

    Raises:
        EvaluationError: PBR405, the code of an added kind failed, or gave something else.
    """
    with blamed_on(name, outcome):
        found: object = outcome.reads()
        if not isinstance(found, tuple) or not all(isinstance(each, str) for each in found):
            raise failed(name, outcome, "gives from `reads` something else than a tuple of names of outcomes")
    return found


def readers_of(contract: Contract) -> Readers:
    """Every condition and every formula of a contract, by its path in the file."""
    return {**contract.conditions, **contract.formulas}


def reads(terms: Terms, readers: Readers, tables: Mapping[PathTo, Table], outcome: str) -> tuple[str, ...]:
    """The outcomes that an outcome is decided from, each once.

    As its kind says, those whose results its condition reads or the groupings of its figures, and those that
    adjustments and groupings of its payments read: it can be paid only when these are known. What is asked in order to
    pay it may read the outcome itself.
    """
    found = [outcome_of(name) for name in named_by(terms, outcome)]
    return tuple(dict.fromkeys([*found, *results_read(terms, readers, tables, outcome)]))


def results_read(terms: Terms, readers: Readers, tables: Mapping[PathTo, Table], outcome: str) -> tuple[str, ...]:
    """The outcomes whose results are read by what an outcome is decided or paid by, each once."""
    found: list[str] = []
    for key in ("when", "excused_by", *(["value"] if outcome in terms.own_outcomes else [])):
        reader = readers.get(("outcomes", outcome, key))
        found += [] if reader is None else [name for name in reader.results if name in terms.own_outcomes]
    own = [key for path, table in tables.items() if path[:2] == ("outcomes", outcome) for key in table.by]
    for name in _groupings(terms, own):
        found += results_of_grouping(readers, name)
    for index in late(terms, readers, outcome):
        found += [other for other in readers["adjustments", index, "where"].results if other != outcome]
    for name in groupings_paid_by(terms, tables, outcome):
        found += [other for other in results_of_grouping(readers, name) if other != outcome]
    return tuple(dict.fromkeys(found))


def definitions_named(terms: Terms, texts: Iterable[str]) -> dict[str, str]:
    """The definitions that conditions name, and those that these name, with their text; also whom panels chose."""
    found: dict[str, str] = {}
    waiting = list(texts)
    while waiting:
        named = set(re.findall(r"[a-z][a-z0-9_]*", re.sub(r"'(?:[^']|'')*'", "", waiting.pop())))
        new = {word: said for word, said in terms.defined.items() if word in named and word not in found}
        found |= new
        waiting += new.values()
    return found


def results_of_grouping(conditions: Readers, name: str) -> tuple[str, ...]:
    """The outcomes whose results the labels of a grouping read, each once; none for one that is known at the start."""
    found = [
        each for path, condition in conditions.items() if path[:2] == ("groups", name) for each in condition.results
    ]
    return tuple(dict.fromkeys(found))


def groupings_paid_by(terms: Terms, tables: Mapping[PathTo, Table], outcome: str) -> tuple[str, ...]:
    """The groupings that say what is paid for an outcome, and to whom."""
    paid = {name: payment for name, payment in terms.payments.items() if payment.pays_for == outcome}
    keys = [key for path, table in tables.items() if path[0] == "payments" and path[1] in paid for key in table.by]
    keys += [payment.to for payment in paid.values() if payment.to is not None]
    keys += [word for payment in paid.values() if isinstance(payment, Bands) for word in payment.fill]
    for index, term in enumerate(terms.adjustments):
        if paid.keys() & set(term.on or paid):
            keys += getattr(term, "per", ())
            keys += [key for path, table in tables.items() if path[:2] == ("adjustments", index) for key in table.by]
    return _groupings(terms, keys)


def _groupings(terms: Terms, keys: Iterable[str]) -> tuple[str, ...]:
    """The groupings among keys by which figures are looked up or lines are grouped."""
    names = dict.fromkeys(key.removeprefix("_by.") for key in keys)
    return tuple(name for name in names if name in terms.groups)


def payments_in_order(terms: Terms) -> tuple[str, ...]:
    """The payments, each after that whose lines it reads; those in a circle are left out."""
    waiting = dict(terms.payments)
    found: list[str] = []
    while ready := [name for name, payment in waiting.items() if read_of(payment) not in waiting]:
        found += ready
        for name in ready:
            del waiting[name]
    return tuple(found)


def read_of(payment: Payment) -> str | None:
    """What a payment is a sum or a share of, which may be another payment; None for one of another kind."""
    return payment.amount if isinstance(payment, Amount) else None


def words_of(terms: Terms, outcome: str) -> tuple[str, ...]:
    """The words of an outcome that others name as ``OUTCOME.WORD``, each once, in the order of the file."""
    named = [name for other in terms.outcomes for name in named_by(terms, other) if outcome_of(name) == outcome]
    return tuple(dict.fromkeys(name.partition(".")[2] for name in named if "." in name))


def scale_of(terms: Terms, outcome: Outcome) -> int:
    """How many parts make one of a score: the decimals of its field, or how many items of a sum may be missing."""
    if not isinstance(outcome, Score):
        return 1
    if isinstance(outcome.value, Items):
        return outcome.value.parts
    places = terms.all_fields(outcome.table)[outcome.value].scale(terms.contract.currency)
    return int(10**places)


def word_of(terms: Terms, outcome: str) -> tuple[str, tuple[str, ...]] | None:
    """The field of whose words an outcome is met once for each, with its words, if these are declared."""
    event = terms.outcomes.get(outcome)
    once, table = once_per(event), getattr(event, "table", None)
    if once is None or table not in terms.tables:
        return None
    field = terms.all_fields(str(table)).get(once)
    return (once, field.one_of) if field is not None and field.one_of else None


def late(terms: Terms, conditions: Readers, outcome: str) -> tuple[int, ...]:
    """Places of adjustments of an outcome's payments whose ``where`` reads results."""
    paid = {name for name, payment in terms.payments.items() if payment.pays_for == outcome}
    found = []
    for index, term in enumerate(terms.adjustments):
        where = conditions.get(("adjustments", index, "where"))
        if where is not None and where.results and paid & set(term.on or paid):
            found.append(index)
    return tuple(found)


def keeps_places(terms: Terms, outcome: str) -> bool:
    """Whether what is undone of an outcome keeps the place that it had filled."""
    bands = [payment for payment in terms.payments.values() if isinstance(payment, Bands)]
    return any(each.pays_for == outcome and each.place_of_undone is PlaceOfUndone.KEPT for each in bands)


def term_of(terms: Terms) -> Term:
    """The term of a contract, and where its years start."""
    header = terms.contract
    starts = header.year_starts
    month, day = (starts.month, starts.day) if starts else (header.from_.month, header.from_.day)
    return Term(first=header.from_, last=header.to, year_month=month, year_day=day)


NO_ROWS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType({})
_ORDERED = ("outcomes", "payments")
_PROSE = {"title", "means", "why", "source", "name"}
_CONDITIONS = {"when", "where", "excused_by", "opens", "closes"}
_OF_CONDITIONS = {"groups", "define"}
_QUOTED = re.compile(r"('[^']*')")


def fingerprint(
    root: Mapping[str, Plain],
    rows: Mapping[str, tuple[tuple[str, ...], ...]] = NO_ROWS,
    agreed: Mapping[str, tuple[tuple[str, ...], ...]] = NO_ROWS,
    kinds: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """SHA-256 of the canonical text of a contract: keys sorted, white space folded where it has no meaning.

    It has none in prose, nor in a condition outside its quoted text. Rows of value files come after the terms, and
    after these of each agreement its id, version and the hashes of its text and of its result. Last comes the version
    of each kind that is not of the language.
    """
    order = {key: list(value) for key in _ORDERED if isinstance(value := root.get(key), dict)}
    order |= dict(_order_of_parts(root))
    whole = [
        _folded(dict(root)),
        order,
        *([dict(rows)] if rows else []),
        *([{"agreements": dict(agreed)}] if agreed else []),
        *([{"kinds": dict(kinds)}] if kinds else []),
    ]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _order_of_parts(root: Mapping[str, Plain]) -> Iterator[tuple[str, list[str]]]:
    """The order of the keys, labels or payees that money is divided among: of equal remainders the first has more."""
    payments, groups, adjustments = (root.get(key) for key in ("payments", "groups", "adjustments"))
    for term in adjustments if isinstance(adjustments, list) else ():
        if isinstance(term, dict) and isinstance(payees := term.get("between"), dict):
            yield f"payees of {term.get('id')}", list(payees)
    for name, payment in payments.items() if isinstance(payments, dict) else ():
        if not isinstance(payment, dict) or payment.get("kind") != "divide":
            continue
        among = str(payment.get("among"))
        for key, parts in (
            (name, payment.get("pays")),
            (among, groups.get(among) if isinstance(groups, dict) else None),
        ):
            if isinstance(parts, dict):
                yield f"parts of {key}", list(parts)


def _folded(value: Plain, path: tuple[str, ...] = ()) -> Plain:
    if isinstance(value, list):
        return [_folded(item, path) for item in value]
    if isinstance(value, dict):
        return {key: _folded(item, (*path, key)) for key, item in value.items()}
    if path[-1] in _CONDITIONS or path[0] in _OF_CONDITIONS:
        return "".join(part if part[:1] == "'" else re.sub(r"\s+", " ", part) for part in _QUOTED.split(value)).strip()
    return " ".join(value.split()) if path[-1] in _PROSE and path[0] != "tables" else value
