"""The one way from the text of a condition to a ``Condition``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pbr.condition.check import Checker
from pbr.condition.syntax import Fault, read_tree
from pbr.condition.tree import Condition, canonical
from pbr.problem import ContractError

if TYPE_CHECKING:
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
            too long, deep or wide; PBR024 a word is not one that the field may hold; PBR025 definitions in a circle.
            All faults of types and names are raised at once.
    """
    tree = read_tree(text)
    if isinstance(tree, Fault):
        raise ContractError([place.problem(tree.code, tree.message, offset=tree.column)])
    checker = Checker(scope, place)
    node = checker.check(tree)
    if node is None:
        raise ContractError(checker.problems)
    return Condition(
        text=text,
        node=node,
        fields=tuple(checker.fields),
        field_types=MappingProxyType(checker.fields),
        canonical=canonical(node),
        leap_birthday=scope.leap_birthday,
    )
