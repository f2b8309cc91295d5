"""Damage contracts at random: whatever is read gives a contract or problems, never an exception of another kind.

`python tests/fuzz.py COUNT [SEED]` tries many and prints what it reached; `make assure` tries 100,000.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from pbr.contract.read import load
from pbr.document import parse_document
from pbr.problem import RULES, ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent
MOST_SECONDS: Final = 2.0
MOST_MB: Final = 200
ODD: Final = [
    *"{}[]:,'\"#&*!|>%@`-?~\t\n\r\\ ",
    *("\x00", "\ufeff", "\u200b", "\u202e", "\x85", "\u2028", "e\u0301", "\U0001f600", "- ", "? ", ": ", "<<: "),
    *("--- ", "...\n", "!!int 3", "&a ", "*a", "null", "~", "yes", "0x1F", "1e9", "1_000", "9" * 40, "2025-02-29"),
    *("-1", "NaN", "''", '""', "AND ", "OR ", "NOT ", "(", ")", "IS NULL", "DATE ", "IN (", "CASE WHEN", "BETWEEN"),
    *("INTERVAL", "<>", ">=", "==", "[" * 40, "{a: " * 30, "x" * 5000, "  " * 60, "for: 12 weeks", "by: ", "dated: "),
    *("kind: event", "kind: scale", "csv: "),
]


class Reached(NamedTuple):
    """What came of many damaged contracts."""

    codes: Counter[str]
    slowest: float
    grown_mb: float


def seeds() -> list[str]:
    """Give contracts to damage: as many sound ones, over and over, as there are error folders."""
    sound = [*sorted(ROOT.glob("contracts/*/contract.yaml")), ROOT / "tests" / "errors" / "base.yaml"]
    wrong = sorted(ROOT.glob("tests/errors/*/contract.yaml"))
    paths = [*wrong, *sound * (len(wrong) // len(sound))]
    return [path.read_text(encoding="utf-8") for path in paths]


def damaged(luck: Random, texts: list[str]) -> bytes:
    """Damage a contract in one to eight places."""
    text: str = luck.choice(texts)
    for _ in range(luck.choice([1, 1, 1, 2, 3, 8])):
        damage = luck.choice(DAMAGES)
        text = damage(luck, text, luck.choice(texts))
    data = text.encode("utf-8", "surrogatepass")
    if luck.random() < 0.1 and data:
        place = luck.randrange(len(data))
        data = data[:place] + bytes([luck.randrange(256)]) + data[place + luck.randrange(3) :]
    return data


def _insert(luck: Random, text: str, other: str) -> str:  # noqa: ARG001  # as every damage
    place = luck.randint(0, len(text))
    return f"{text[:place]}{luck.choice(ODD)}{text[place:]}"


def _delete(luck: Random, text: str, other: str) -> str:  # noqa: ARG001  # as every damage
    place = luck.randint(0, len(text))
    return text[:place] + text[place + luck.choice([1, 1, 3, 20, 200]) :]


def _lines(luck: Random, text: str, other: str) -> str:
    """Take a line out, double it, move it, or change its indent."""
    lines = text.split("\n")
    at, to = luck.randrange(len(lines)), luck.randrange(len(lines))
    line = lines.pop(at)
    lines[to:to] = luck.choice([[], [line], [line, line], ["  " + line], [line[1:]], [luck.choice(other.split("\n"))]])
    return "\n".join(lines)


def _words(luck: Random, text: str, other: str) -> str:
    """Put one word, of this contract or another, in the place of another word."""
    words = text.split(" ")
    words[luck.randrange(len(words))] = luck.choice(
        [luck.choice(words), luck.choice(other.split(" ")), luck.choice(ODD)]
    )
    return " ".join(words)


def _cut(luck: Random, text: str, other: str) -> str:
    """Begin as one contract and end as another, or end early."""
    return text[: luck.randint(0, len(text))] + luck.choice(["", other[luck.randint(0, len(other)) :]])


DAMAGES: Final[list[Callable[[Random, str, str], str]]] = [
    _insert,
    _insert,
    _delete,
    _lines,
    _lines,
    _words,
    _words,
    _cut,
]


def fuzz(count: int, seed: int) -> Reached:
    """Read that many damaged contracts.

    Raises:
        AssertionError: One took too long, a problem has no code or place, or memory grew.
    """
    luck, texts = Random(seed), seeds()  # noqa: S311  # seeded, not secret
    codes: Counter[str] = Counter()
    slowest, before = 0.0, 0.0
    for number in range(count):
        data = damaged(luck, texts)
        began = time.process_time()
        try:
            contract, problems = load(parse_document(data, "fuzz.yaml"))
            assert (contract is None) == bool(problems), data
        except ContractError as error:
            problems = error.problems
            assert problems, data
        took = time.process_time() - began
        slowest = max(slowest, took)
        assert took < MOST_SECONDS, (took, data)
        assert all(problem.code in RULES and problem.file and problem.message for problem in problems), data
        codes.update({problem.code for problem in problems} or {"clean"})
        if number == min(200, count - 1):
            before = _peak_mb()
    grown = _peak_mb() - before
    assert grown < MOST_MB, grown
    return Reached(codes, slowest, grown)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int, seed: int) -> None:
    """Damage contracts, then texts of conditions and formulas, and print what was reached."""
    from tests.test_condition_refused import fuzz as fuzz_conditions

    found = fuzz(count, seed)
    print(f"{count:,} damaged contracts: {found.codes['clean']:,} clean, {len(found.codes) - 1} codes of problems")
    print(f"slowest {found.slowest:.2f} s of CPU, memory grew by {found.grown_mb:.0f} MB")
    before, began = _peak_mb(), time.process_time()
    read = fuzz_conditions(count, seed)
    print(f"{count:,} texts, each as a condition and as a formula: {read:,} could be read, the rest has problems")
    print(f"{time.process_time() - began:.0f} s of CPU in all, memory grew by {_peak_mb() - before:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
