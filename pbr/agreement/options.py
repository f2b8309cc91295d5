"""The options of a question: names, with a title for each where the voters are shown one."""

from __future__ import annotations

from attrs import field, frozen

from pbr.document import Fault, text_of


@frozen
class Options:
    """What is chosen between.

    Attributes:
        titles: By name, in the order of the file; empty for one without a title.
    """

    titles: dict[str, str] = field(factory=dict)
    written: tuple[str, ...] = ()

    @classmethod
    def of(cls, *names: str) -> Options:
        """Options without titles."""
        return cls(dict.fromkeys(names, ""), names)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, as often as they are written."""
        return self.written or tuple(self.titles)


NO_TITLES = Options()


def read_options(value: object) -> Options:
    """A list of names, or a map from names to titles, out of a file."""
    if isinstance(value, list):
        return Options.of(*(text_of(each) for each in value))
    if isinstance(value, dict):
        return Options({name: text_of(title) for name, title in value.items()})
    raise Fault("PBR103", "a list of options, or a map from options to titles, is expected here")
