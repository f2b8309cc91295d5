"""The one way from a text to a ``Condition`` or a ``Formula``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pbr.condition.canonical import canonical
from pbr.condition.check import Checker
from pbr.condition.condition import Condition, Formula
from pbr.condition.syntax import Fault, Language, read_tree
from pbr.condition.tree import questions_of, reads_term, type_of
from pbr.problem import ContractError

if TYPE_CHECKING:
    from pbr.condition.tree import Node
    from pbr.condition.types import Scope
    from pbr.problem import Place


def parse(text: str, scope: Scope, place: Place) -> Condition:
    """Read and type a condition.

    Args:
        text: The condition as written in the contract.
        scope: The names it may use, with their types, and the definitions.
        place: Where its first character stands; problems are that many columns further on.

    Returns:
        The condition, definitions put in.

    Raises:
        ContractError: PBR020 it cannot be read; PBR021 a name is not known; PBR022 types do not fit; PBR023 it is
            too long, deep or wide; PBR024 a word is not one that the field may hold; PBR025 definitions in a circle;
            PBR026 a figure might not fit. All faults of types and names are raised at once.
    """
    checker, node = _read(text, scope, place, Language.CONDITION)
    return Condition(
        text=text,
        node=node,
        fields=tuple(checker.fields),
        field_types=MappingProxyType(checker.fields),
        children=questions_of(node),
        canonical=canonical(node),
        leap_birthday=scope.leap_birthday,
        term=scope.term if reads_term(node) else None,
    )


def parse_formula(text: str, scope: Scope, place: Place) -> Formula:
    """Read and type a formula: the language of conditions, and division, rounding, ``least`` and the like.

    Args:
        text: The formula as written in the contract.
        scope: The names it may use, with their types, and the definitions.
        place: Where its first character stands; problems are that many columns further on.

    Returns:
        The formula; its unit is a number, money or a share.

    Raises:
        ContractError: As for ``parse``.
    """
    checker, node = _read(text, scope, place, Language.FORMULA)
    return Formula(
        text=text,
        node=node,
        unit=type_of(node).kind,
        fields=tuple(checker.fields),
        field_types=MappingProxyType(checker.fields),
        children=questions_of(node),
        canonical=canonical(node),
        leap_birthday=scope.leap_birthday,
        term=scope.term if reads_term(node) else None,
        rounding=scope.rounding,
    )


def _read(text: str, scope: Scope, place: Place, language: Language) -> tuple[Checker, Node]:
    """The typed node of a text, and who read it."""
    tree = read_tree(text, language)
    if isinstance(tree, Fault):
        raise ContractError([place.problem(tree.code, tree.message, offset=tree.column)])
    checker = Checker(scope, place, language)
    node = checker.check(tree)
    if node is None:
        raise ContractError(checker.problems)
    return checker, node
