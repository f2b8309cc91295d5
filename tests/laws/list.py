"""Print each law, its test, how many examples ran and the result: `make laws`.

Arguments are passed on to pytest. Exit code 1 if a law failed.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT: Final = Path(__file__).parent.parent.parent
NAME: Final = re.compile(r"test_law_(\d\d)_\w+")


class Count:
    """A pytest plugin that counts, for each test function, the examples tried."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.examples: Counter[str] = Counter()
        self.results: dict[str, Counter[str]] = {}
        self.says: dict[str, str] = {}
        self._wrapped: set[str] = set()

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Wrap what hypothesis calls for each example; a plain test is one example."""
        function = getattr(item, "obj", None)
        name = getattr(item, "originalname", None) or item.name
        if not NAME.fullmatch(name):
            return
        self.results.setdefault(name, Counter())
        self.says[name] = (getattr(function, "__doc__", None) or "").strip().split("\n")[0]
        handle = getattr(function, "hypothesis", None)
        if handle is None:
            self.examples[name] += 1
        elif name not in self._wrapped:
            self._wrapped.add(name)
            handle.inner_test = self._counted(name, handle.inner_test)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how each test ended."""
        name = report.nodeid.rpartition("::")[2].partition("[")[0]
        if name in self.results and (report.when == "call" or report.outcome != "passed"):
            self.results[name][report.outcome] += 1

    def _counted(self, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        """Give the same function, counting its calls."""

        @functools.wraps(inner)
        def counted(*args: object, **kwargs: object) -> object:
            self.examples[name] += 1
            return inner(*args, **kwargs)

        return counted

    def table(self) -> list[tuple[str, str, str, str, str]]:
        """Give law, test, examples, result and sentence, in order of law."""
        return [
            (
                name[len("test_law_") :][:2],
                name,
                f"{self.examples[name]:,}",
                ", ".join(sorted(result)) or "not run",
                self.says[name],
            )
            for name, result in sorted(self.results.items())
        ]


def main(arguments: Sequence[str]) -> int:
    """Run the laws and print the table."""
    count = Count()
    output = io.StringIO()
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
    with contextlib.redirect_stdout(output):
        code = pytest.main([*options, str(ROOT / "tests" / "laws"), *arguments], plugins=[count])
    rows = [("law", "test", "examples", "result", "says"), *count.table()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for law, test, examples, result, says in rows:
        cells = law.ljust(widths[0]), test.ljust(widths[1]), examples.rjust(widths[2])
        print(*cells, result.ljust(widths[3]), says, sep="  ")
    if code:
        print(output.getvalue(), file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
