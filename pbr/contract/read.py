"""From a file to a checked contract: structure it, check it, and show every fault at once."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from pbr.calendar import Duration, parse_date
from pbr.contract.agreed import not_recounted, read_agreements, without_figures
from pbr.contract.check import check_terms
from pbr.contract.model import NOBODY, Field, FieldKind, MonthDay, TableTerm, Terms
from pbr.contract.read_values import QUESTION, read_value
from pbr.contract.value_file import read_value_files
from pbr.contract.value_terms import ValueTerm, Versions
from pbr.contract.view import NAME, in_order
from pbr.document import Family, Fault, make_converter, read_document, structure, text_of
from pbr.facts import Named
from pbr.instalments import MOST_INSTALMENTS, Instalments
from pbr.kinds import DEFAULT_KINDS, Kinds
from pbr.lines import Order
from pbr.outcomes import Outcome
from pbr.outcomes.index import Parts
from pbr.outcomes.judged import Panel
from pbr.problem import ContractError, PbrError, Problem, did_you_mean, short
from pbr.scoring import Items
from pbr.working_days import COUNTRIES, WorkingDays

if TYPE_CHECKING:
    from pbr.contract.contract import Contract
    from pbr.document import Document, Hooks, PathTo, Plain

_MAPS = {"agreements", "tables", "groups", "spells", "define", "values", "outcomes", "payments", "adjustments"}
_STAND_INS: dict[PathTo, str] = {
    ("pbr",): "1",
    ("contract", "id"): "?",
    ("contract", "version"): "?",
    ("contract", "currency"): "?",
    ("contract", "from"): "1900-01-01",
    ("contract", "to"): "2199-12-31",
    ("cohort", "of"): "?",
    ("cohort", "start"): "?",
}
"""What takes the place of a required term with a fault, so that the rest is checked; nothing more is said of it."""
_HINT = "; a kind of your own is passed with --kinds, or as `kinds` to the library"
_MEANT = re.compile(r"did you mean '(\w+)'")


def read_contract(path: str | Path, kinds: Kinds = DEFAULT_KINDS) -> Contract:
    """Read, structure and check one contract.

    Args:
        path: A file of UTF-8 text, or a folder with one called ``contract.yaml``.
        kinds: The kinds of outcome that it may use.

    Returns:
        A contract in which every term is typed, every name known and every figure found.

    Raises:
        ContractError: Every fault of the file, in the order of their places.
        EvaluationError: PBR405, the code of an added kind failed.
    """
    contract, problems = load(read_document(file_of(path)), kinds)
    if contract is None or problems:
        raise ContractError(problems)
    return contract


def check_contract(path: str | Path, kinds: Kinds = DEFAULT_KINDS) -> tuple[Problem, ...]:
    """Check one contract without running anything.

    Args:
        path: A file of UTF-8 text, or a folder with one called ``contract.yaml``.
        kinds: The kinds of outcome that it may use.

    Returns:
        Its faults in the order of their places, each with a code, a place and a fix; none if it is clean. A file that
        cannot be read is one fault, and nothing is raised.
    """
    try:
        return load(read_document(file_of(path)), kinds)[1]
    except PbrError as error:
        return error.problems


def file_of(path: str | Path) -> str | Path:
    """The file of a contract, which may be named by its folder."""
    try:
        folder = Path(path).is_dir()
    except OSError:  # such as a name that is too long: said where it is read
        folder = False
    return Path(path) / "contract.yaml" if folder else path


def load(document: Document, kinds: Kinds = DEFAULT_KINDS) -> tuple[Contract | None, tuple[Problem, ...]]:
    """Structure and check what was read; parts with faults are set aside so that the rest is checked too."""
    families = (Family(union=Outcome, more=kinds.added, hint=_HINT),)
    root: dict[str, Plain] = copy.deepcopy(document.root)
    problems = [problem for _, problem in document.faults]
    lost: set[str] = set()
    spoiled = [path for path, problem in document.faults if problem.code != "PBR010"]  # the first of two terms stays
    for path in spoiled:
        _set_aside(root, path, lost, whole_item=True)
    terms, faults = structure(document, root, Terms, HOOKS, families)
    explained = {*spoiled, *_meant(faults)}
    problems += [problem for path, problem in faults if problem.code != "PBR102" or path not in explained]
    if faults:
        for path, problem in faults:
            _set_aside(root, path, lost, whole_item=problem.code != "PBR104")
        terms, again = structure(document, root, Terms, HOOKS, families)
        if again:
            return None, in_order(problems, document.file)
    terms, files, more = read_value_files(document, _with_nobody(terms))
    terms, cited, others = read_agreements(document, terms, frozenset(lost))
    more += others
    lost |= without_figures(terms)
    if problems or more:
        lost.add("?")  # something is not as it was meant, so that nothing can be proved of the rest
    contract, found = check_terms(document, terms, frozenset(lost))
    problems += more + found
    whole = None if contract is None or problems else evolve(contract, files=files, cited=cited)
    if whole is not None:
        whole = evolve(whole, notes=in_order((*whole.notes, *not_recounted(document, cited)), document.file))
    return whole, in_order(problems, document.file)


def _with_nobody(terms: Terms) -> Terms:
    """The terms of a contract without a cohort, with a table of no rows in the place of its subjects."""
    if terms.has_cohort:
        return terms
    fields = {NOBODY: Field(type=FieldKind.ID), "start": Field(type=FieldKind.DATE)}
    if terms.contract.providers:
        fields["provider"] = Field(type=FieldKind.PROVIDER)
    return evolve(terms, tables={**terms.tables, NOBODY: TableTerm(row_is=NOBODY, key=(NOBODY,), fields=fields)})


def _meant(faults: list[tuple[PathTo, Problem]]) -> set[PathTo]:
    """Keys that are missing only because they are misspelt."""
    unknown = [(path, _MEANT.search(problem.message)) for path, problem in faults if problem.code == "PBR104"]
    return {(*path[:-1], found[1]) for path, found in unknown if found}


def _set_aside(root: dict[str, Plain], path: PathTo, lost: set[str], *, whole_item: bool) -> None:
    """Take the item a fault spoils out of the structure, and remember its name as lost."""
    if not path:
        return
    if whole_item and path[:2] in _STAND_INS:
        _stand_in(root, path[:2], lost)
        return
    if whole_item and path[0] in _MAPS and len(path) > 1:
        path = _item(root, path, lost)
    in_list = _in_list(path)
    if whole_item and in_list:
        _blank(root, in_list)
        return
    if whole_item:
        lost.add(str(path[-1]))
    holder = _within(root, path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
    elif isinstance(holder, list) and whole_item:
        _set_aside(root, path[:-1], lost, whole_item=True)


def _item(root: dict[str, Plain], path: PathTo, lost: set[str]) -> PathTo:
    """The path of what goes with a fault: the item it is in, or of a table only the field, unless that is its key."""
    holder = root.get(str(path[0]))
    table = holder.get(str(path[1])) if isinstance(holder, dict) and path[0] == "tables" else None
    if isinstance(table, dict):
        key = table.get("key", [table.get("row_is")])
        if path[2:3] == ("fields",) and path[3:4] and isinstance(key, list) and path[3] not in key:
            lost.add(str(path[3]))
            return path[:4]
        lost.add(str(table.get("row_is")))
    lost.add(str(path[1]))
    return path[:2]


def _stand_in(root: dict[str, Plain], path: PathTo, lost: set[str]) -> None:
    """Put something in the place of a required term."""
    holder = root if len(path) == 1 else root.get(str(path[0]))
    if isinstance(holder, dict):
        holder[str(path[-1])] = _STAND_INS[path]
        lost.update(("?", ".".join(map(str, path))))


def _in_list(path: PathTo) -> PathTo:
    """The path of the adjustment or clause that a path lies in, or nothing."""
    length = 2 if path[0] == "adjustments" else 3
    of_list = path[0] == "adjustments" or path[:2] in {("cohort", "include"), ("cohort", "exclude")}
    return path[:length] if of_list and len(path) >= length else ()


def _blank(root: dict[str, Plain], path: PathTo) -> None:
    """An item of a list set aside: the places of those after it must not move, so it goes with all after it."""
    items = _within(root, path[:-1])
    if isinstance(items, list):
        del items[int(path[-1]) :]


def _within(root: dict[str, Plain], path: PathTo) -> Any:  # noqa: ANN401  # whatever stands there
    """What stands at a path, or None: another fault may have taken it, or what it stood in, out before."""
    found: Any = root
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _field(value: object) -> Field:
    """A field's type, alone or with its details."""
    whole = {"type": value} if isinstance(value, str) else value
    found: Field = make_converter(((FieldKind, _field_kind),)).structure(whole, Field)
    return found


def _field_kind(value: object) -> FieldKind:
    text = text_of(value)
    words = [kind.value for kind in FieldKind]
    if text not in words:
        raise Fault("PBR131", f"'{short(text)}' is not a type of field{did_you_mean(text, words)}")
    return FieldKind(text)


def _month_day(value: object) -> MonthDay:
    text = text_of(value)
    day = parse_date(f"2024-{text}")
    if day is None:
        raise Fault("PBR107", f"'{short(text)}' is not a day of the year written like 04-01")
    return MonthDay(day.month, day.day)


def _length(value: object) -> Duration | Named | None:
    """A length of time, or the name of a value that gives one."""
    text = text_of(value)
    if NAME.fullmatch(text):
        return Named(text)
    found: Duration = make_converter(()).structure(text, Duration)
    return found


def _instalments(value: object) -> Instalments:
    """A number of equal parts, or a list of shares."""
    items = value if isinstance(value, list) else [value]
    found = Instalments(tuple(map(text_of, items)))
    if found.shares is None:
        raise Fault(
            "PBR109",
            f"these are no instalments: write a number of equal parts from 1 to {MOST_INSTALMENTS}, or shares "
            "such as [40%, 60%] that add up to 1",
        )
    return found


def _working_days(value: object) -> WorkingDays:
    """Monday to Friday, or with the bank holidays of a country and days of the contract's own."""
    if value == "weekdays":
        return WorkingDays()
    if not isinstance(value, dict):
        message = "write `weekdays`, or a map such as {country: england, extra: [2026-12-24]}"
        raise Fault("PBR106", f"'{short(text_of(value))}' does not say which days are working days; {message}")
    found: WorkingDays = make_converter(()).structure(value, WorkingDays)
    if found.country and found.country not in COUNTRIES:
        why = did_you_mean(found.country, COUNTRIES)
        raise Fault(
            "PBR106", f"'{short(found.country)}' is no country whose bank holidays are known{why}", ("country",)
        )
    return found


def _order(value: object) -> Order:
    """A word, or a list of payments."""
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Fault("PBR102", "name at least one payment, or write achieved or known")
    return Order(tuple(map(text_of, items)))


def _versions(value: object) -> Versions:
    """The file of an agreement, or a list of the files of its versions."""
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Fault("PBR102", "name the file of the agreement, such as agreements/panel-2025.yaml")
    return Versions(tuple(map(text_of, items)))


def _panel(value: object) -> Panel:
    """A question of an agreement that a panel scores by."""
    text = text_of(value)
    found = QUESTION.fullmatch(text)
    if found is None:
        raise Fault("PBR316", f"'{short(text)}' is no question; write AGREEMENT.QUESTION")
    return Panel(agreement=found[1], question=found[2])


def _parts(value: object) -> Parts:
    """One outcome, or a list of them."""
    if isinstance(value, str):
        return Parts((value,), one=True)
    items = value if isinstance(value, list) else [value]
    return Parts(tuple(map(text_of, items)))


def _scored(value: object) -> str | Items:
    """A field, or items that are added up."""
    if isinstance(value, str):
        return value
    found: Items = make_converter(()).structure(value, Items)
    return found


def _between(value: object) -> str | tuple[str, ...]:
    """A share or one word, or a list of words."""
    return tuple(map(text_of, value)) if isinstance(value, list) else text_of(value)


HOOKS: Hooks = (
    (Duration | Named | None, _length),
    (Field, _field),
    (Instalments, _instalments),
    (MonthDay, _month_day),
    (Order, _order),
    (Panel, _panel),
    (Parts, _parts),
    (ValueTerm, read_value),
    (Versions, _versions),
    (WorkingDays, _working_days),
    (str | Items, _scored),
    (str | tuple[str, ...], _between),
)
