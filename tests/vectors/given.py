"""A vector as a function sees it: a mapping that knows what was read of it; and its figures, each changed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, TypeAlias

PARTS: Final = ("parameters", "inputs", "expected")
"""The parts of a vector whose every figure is to be looked at; the rest is about the vector."""
Path: TypeAlias = "tuple[str | int, ...]"


class Given(Mapping[str, Any]):
    """A mapping that notes each figure that is read; mappings and lists inside are of the same sort."""

    def __init__(self, content: dict[str, Any], seen: set[Path] | None = None, path: Path = ()) -> None:
        """Stand for `content`, found at `path`; what is read is added to `seen`."""
        self._content = content
        self._seen = set() if seen is None else seen
        self._path = path

    @property
    def seen(self) -> set[Path]:
        """The paths of the figures that were read so far."""
        return self._seen

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  # whatever the file holds
        """Give what stands under a key, and note it if it is a figure."""
        return _shown(self._content[key], self._seen, (*self._path, key))

    def __iter__(self) -> Iterator[str]:
        """Give the keys, which reads no figure."""
        return iter(self._content)

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._content)

    def __eq__(self, other: object) -> bool:
        """Compare the whole, which reads all of it."""
        self._seen.update((*self._path, *path) for path in leaves(self._content))
        return self._content == _plain(other)

    __hash__ = None  # type: ignore[assignment]  # as of a dictionary


class GivenList(Sequence[Any]):
    """A list that notes each figure that is read."""

    def __init__(self, content: list[Any], seen: set[Path], path: Path) -> None:
        """Stand for `content`, found at `path`."""
        self._content = content
        self._seen = seen
        self._path = path

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401  # a place or a slice, as of a list
        """Give what stands in a place, or in several."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self._content)))]
        whole = range(len(self._content))[place]
        return _shown(self._content[whole], self._seen, (*self._path, whole))

    def __len__(self) -> int:
        """Count the places."""
        return len(self._content)

    def __eq__(self, other: object) -> bool:
        """Compare the whole, which reads all of it."""
        self._seen.update((*self._path, *path) for path in leaves(self._content))
        return self._content == _plain(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list


def _shown(found: object, seen: set[Path], path: Path) -> object:
    """Give a part of a vector so that what is read of it is noted; an empty list or mapping is read at once."""
    if isinstance(found, dict) and found:
        return Given(found, seen, path)
    if isinstance(found, list) and found:
        return GivenList(found, seen, path)
    seen.add(path)
    return found


def _plain(value: object) -> object:
    """Give what is compared without its watcher."""
    return value._content if isinstance(value, Given | GivenList) else value  # noqa: SLF001  # of this module


def leaves(content: object, path: Path = ()) -> Iterator[Path]:
    """List where each figure, word or empty part stands in a vector or a part of it."""
    if isinstance(content, dict) and content:
        for key, inner in content.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(content, list) and content:
        for place, inner in enumerate(content):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def figures(vector: dict[str, Any]) -> list[Path]:
    """List every figure of the parts of a vector that are to be looked at."""
    return [path for part in PARTS if vector.get(part) not in ({}, [], None) for path in leaves(vector[part], (part,))]


def changed(vector: dict[str, Any], path: Path) -> dict[str, Any]:
    """Give the vector with another figure in one place: one more, the other of yes and no, or another last digit."""
    again = deepcopy(vector)
    inside: Any = again
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = other(inside[path[-1]])
    return again


def other(figure: object) -> object:
    """Give a figure or word that is near to this one and another: with another last digit, or with `not` before it."""
    if isinstance(figure, bool):
        return not figure
    if isinstance(figure, int | float):
        return figure + 1
    if isinstance(figure, str):
        digits = [place for place, sign in enumerate(figure) if sign.isdigit()]
        if not digits or " " in figure:
            return f"not {figure}"
        last = digits[-1]
        return f"{figure[:last]}{(int(figure[last]) + 1) % 10}{figure[last + 1 :]}"
    return 1


def written(path: Path) -> str:
    """Write a path as it is put in an excuse: `expected.schedule.0.subtotal`."""
    return ".".join(map(str, path))
