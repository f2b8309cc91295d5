"""Damage contracts, files of values and cases at random: whatever is read gives what it is or problems, nothing else.

`python tests/fuzz.py COUNT [SEED]` tries many and prints what it reached; `make assure` tries 100,000.
"""

from __future__ import annotations

import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import pbr
from pbr.cases.read import read_cases
from pbr.cases.run import run_case
from pbr.contract.read import load
from pbr.document import parse_document, read_document
from pbr.problem import RULES, ContractError

if TYPE_CHECKING:
    from pbr.problem import Problem

Damage: TypeAlias = Callable[[Random, str, str], str]

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


def damaged(luck: Random, texts: list[str], damages: Sequence[Damage] = ()) -> bytes:
    """Damage a text in one to eight places."""
    text: str = luck.choice(texts)
    for _ in range(luck.choice([1, 1, 1, 2, 3, 8])):
        damage = luck.choice(damages or DAMAGES)
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


def _again(luck: Random, text: str, other: str) -> str:  # noqa: ARG001  # as every damage
    """Write a line many times, on days that follow each other."""
    lines = text.split("\n")
    at = luck.randrange(len(lines))
    days = [str(date(2025, 4, 1) + timedelta(days=day)) for day in range(luck.choice([3, 40, 900]))]
    lines[at : at + 1] = [re.sub("20[0-9]{2}-[0-9]{2}-[0-9]{2}", day, lines[at], count=1) for day in days]
    return "\n".join(lines)


DAMAGES: Final[list[Damage]] = [
    _insert,
    _insert,
    _delete,
    _lines,
    _lines,
    _words,
    _words,
    _cut,
]


def _wide() -> tuple[str, str]:
    """Write a contract whose prices are by two fields of a hundred words each, and the file of them."""
    listed = ", ".join(f"w{place}" for place in range(100))
    text = (ROOT / "tests" / "language" / "1" / "values" / "contract.yaml").read_text(encoding="utf-8")
    field = "level: {type: text, one_of: [high, low]}\n"
    assert text.count(field) == 1
    assert text.count("by: [grade, provider], csv: values/prices.csv") == 1
    fields = "".join(f"      {name}: {{type: text, one_of: [{listed}]}}\n" for name in "ab")
    text = text.replace(field, field + fields)
    return text.replace("by: [grade, provider], csv: values/prices.csv", "by: [a, b], csv: values/prices.csv"), (
        "a,b,from,figure\n*,*,2025-04-01,1.00\n*,w1,2025-05-01,2.00\nw2,*,2025-06-01,3.00\nw2,w1,2025-05-01,4.00\n"
    )


class Files:
    """Contracts with files of values, and cases, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Gather what is damaged."""
        self.folder = folder
        frozen = ROOT / "tests" / "language" / "1" / "values"
        plain = (frozen / "contract.yaml").read_text(encoding="utf-8"), "values/prices.csv"
        self.values = [(plain[0], (frozen / plain[1]).read_text(encoding="utf-8")), _wide()]
        self.contract = pbr.read_contract(ROOT / "contracts" / "drug-recovery" / "contract.yaml")
        cases = sorted(ROOT.glob("contracts/drug-recovery/cases/*.yaml"))
        self.cases = [path.read_text(encoding="utf-8") for path in cases]
        (folder / "values").mkdir()

    def value_file(self, luck: Random) -> tuple[Problem, ...]:
        """Damage a file of values, and read its contract."""
        text, rows = luck.choice(self.values)
        (self.folder / "contract.yaml").write_text(text, encoding="utf-8")
        (self.folder / "values" / "prices.csv").write_bytes(damaged(luck, [rows], [*DAMAGES, _again, _again]))
        contract, problems = load(read_document(self.folder / "contract.yaml"))
        assert (contract is None) == bool(problems)
        return problems

    def case(self, luck: Random) -> tuple[Problem, ...]:
        """Damage a case, read it, and evaluate some of those that are clean."""
        path = self.folder / "case.yaml"
        path.write_bytes(damaged(luck, self.cases))
        (case,) = read_cases(self.contract, [path])
        if luck.random() < 0.1:
            run_case(self.contract, case)
        return ()


def fuzz(count: int, seed: int) -> Reached:
    """Read that many damaged files: of ten, eight contracts, a file of values and a case.

    Raises:
        AssertionError: One took too long, a problem has no code or place, or memory grew.
    """
    luck, texts = Random(seed), seeds()  # noqa: S311  # seeded, not secret
    codes: Counter[str] = Counter()
    slowest, before = 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        for number in range(count):
            state, began = luck.getstate(), time.process_time()
            try:
                if number % 10 == 8:  # one of ten is a file of values
                    problems = files.value_file(luck)
                else:
                    problems = files.case(luck) if number % 10 == 9 else _contract(luck, texts)
            except ContractError as error:
                problems = error.problems
                assert problems, (number, state)
            took = time.process_time() - began
            slowest = max(slowest, took)
            assert took < MOST_SECONDS, (took, number, seed)
            assert all(problem.code in RULES and problem.file and problem.message for problem in problems), problems
            codes.update({problem.code for problem in problems} or {"clean"})
            if number == min(400, count - 1):
                before = _peak_mb()
    grown = _peak_mb() - before
    assert grown < MOST_MB, grown
    return Reached(codes, slowest, grown)


def _contract(luck: Random, texts: list[str]) -> tuple[Problem, ...]:
    """Damage a contract, and read it."""
    data = damaged(luck, texts)
    contract, problems = load(parse_document(data, "fuzz.yaml"))
    assert (contract is None) == bool(problems), data
    return problems


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int, seed: int) -> None:
    """Damage contracts, then texts of conditions and formulas, and print what was reached."""
    from tests.test_condition_refused import fuzz as fuzz_conditions

    found = fuzz(count, seed)
    clean, codes = found.codes["clean"], len(found.codes) - 1
    print(f"{count:,} damaged contracts, files of values and cases: {clean:,} clean, {codes} codes of problems")
    print(f"slowest {found.slowest:.2f} s of CPU, memory grew by {found.grown_mb:.0f} MB")
    before, began = _peak_mb(), time.process_time()
    read = fuzz_conditions(count, seed)
    print(f"{count:,} texts, each as a condition and as a formula: {read:,} could be read, the rest has problems")
    print(f"{time.process_time() - began:.0f} s of CPU in all, memory grew by {_peak_mb() - before:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
