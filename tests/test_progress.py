"""Progress: what the library tells, and what a terminal shows of it on one line."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

import pbr
from pbr.cli.progress import BETWEEN, SECOND, WORDS, TerminalProgress, shown_on, time_left
from pbr.progress import STAGES, Silent
from tests import small
from tests.small import EVENTS, PEOPLE

if TYPE_CHECKING:
    from pathlib import Path

HERE: Final = small.__file__.rpartition("tests")[0]


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls: list[tuple[str, str | int, int]] = []

    def stage(self, name: str, parts: int = 1) -> None:
        """Keep the stage."""
        self.calls.append(("stage", name, parts))

    def step(self, rows: int = 0) -> None:
        """Keep the step."""
        self.calls.append(("step", rows, 0))


class Clock:
    """A clock that is set by hand."""

    now = 0

    def __call__(self) -> int:
        """Tell the time in nanoseconds."""
        return self.now


class Screen(io.StringIO):
    """A terminal which knows what its line shows and how often it was written to."""

    def __init__(self, *, tty: bool = True) -> None:
        """Begin with an empty line."""
        super().__init__()
        self.tty, self.gone = tty, False
        self.writes: list[str] = []

    def isatty(self) -> bool:
        """Say whether it is a terminal."""
        return self.tty

    def fileno(self) -> int:
        """Have no file behind it."""
        raise OSError(25, "no file")

    def write(self, text: str) -> int:
        """Keep what is written, unless the terminal was closed."""
        if self.gone:
            raise OSError(5, "Input/output error")
        self.writes.append(text)
        return super().write(text)

    def line(self) -> str:
        """Tell what the line shows now."""
        shown = ""
        for text in self.getvalue().split("\r"):
            shown = text + shown[len(text) :]
        return shown.rstrip()


# ---- what the library tells


def test_a_run_tells_its_stages_in_order() -> None:
    """Each stage begins before its one partition is done, with the rows that were read and the people decided."""
    told = Told()
    done = pbr.run(small.contract_of(), small.frames_of(PEOPLE, EVENTS), small.LATE, progress=told)
    read = sum(count.read for count in done.evidence.counts.values())
    assert [call[1] for call in told.calls if call[0] == "stage"] == list(STAGES[:-1])
    assert told.calls[:4] == [
        ("stage", "reading", 1),
        ("step", read, 0),
        ("stage", "deciding", 1),
        ("step", len(PEOPLE), 0),
    ]


def test_who_is_told_changes_nothing() -> None:
    """The statement is the same for whoever is told, or nobody."""
    runs = [
        pbr.run(small.contract_of(), small.frames_of(PEOPLE, EVENTS), small.LATE, progress=told)
        for told in (None, Silent(), Told())
    ]
    assert runs[0].statement.lines().equals(runs[1].statement.lines())
    assert runs[0].statement.lines().equals(runs[2].statement.lines())


def test_every_stage_has_its_words() -> None:
    """No stage is shown by its bare name."""
    assert tuple(WORDS) == STAGES


# ---- what a terminal shows


def test_the_line_says_stage_parts_rows_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the midst of a stage the line says all that is known, and at the end it is empty."""
    monkeypatch.setattr("pbr.cli.progress._width", lambda _: 120)
    screen, clock = Screen(), Clock()
    with TerminalProgress(screen, clock) as shown:
        shown.stage("deciding", 8)
        assert screen.line() == "step 2 of 5: deciding who met what, 0 of 8 parts"
        for _ in range(2):
            clock.now += 15 * SECOND
            shown.step(1_000_000)
        assert screen.line() == (
            "step 2 of 5: deciding who met what, 2 of 8 parts, 2,000,000 rows, about 90 seconds left in this step"
        )
        shown.stage("paying")
        assert screen.line() == "step 3 of 5: working out the payments"
    assert screen.line() == ""
    assert screen.getvalue().endswith("\r")


def test_a_stage_of_another_name_is_shown_by_it() -> None:
    """A stage that is not in the list, such as one of a runner, has no number."""
    screen = Screen()
    TerminalProgress(screen, Clock()).stage("merging", 3)
    assert screen.line() == "merging, 0 of 3 parts"


def test_the_line_is_written_ten_times_a_second_at_most() -> None:
    """A thousand steps within a second are eleven updates; the last of all is always shown."""
    screen, clock = Screen(), Clock()
    shown = TerminalProgress(screen, clock)
    shown.stage("reading", 1_000)
    for _ in range(1_000):
        clock.now += SECOND // 1_000
        shown.step(1)
    assert len(screen.writes) == 11
    assert SECOND // BETWEEN == 10
    assert "1,000 of 1,000 parts, 1,000 rows" in screen.line()


def test_nothing_of_a_longer_line_stays() -> None:
    """What is shown is the last line and no end of one before it."""
    screen, clock = Screen(), Clock()
    shown = TerminalProgress(screen, clock)
    for name in ("stating", "writing", "x", "deciding", "y"):
        shown.stage(name)
    assert screen.line() == "y"


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 20, 79, 80, 200])
def test_the_line_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line never reaches the last column, where some terminals would begin a new one."""
    monkeypatch.setattr("pbr.cli.progress._width", lambda _: columns)
    screen, clock = Screen(), Clock()
    shown = TerminalProgress(screen, clock)
    for name in STAGES:
        shown.stage(name, 1_000)
        clock.now += SECOND
        shown.step(123_456_789)
    assert max(len(text) for text in screen.getvalue().split("\r")) == min(columns - 1, 73)


def test_a_terminal_that_goes_away_is_no_fault() -> None:
    """When the terminal is closed the run goes on."""
    screen = Screen()
    with TerminalProgress(screen, Clock()) as shown:
        shown.stage("reading")
        screen.gone = True
        shown.step(5)
        shown.stage("deciding")


@pytest.mark.parametrize(
    ("quiet", "kind", "tty", "shows"),
    [
        (False, "xterm", True, True),
        (False, "", True, True),
        (True, "xterm", True, False),
        (False, "dumb", True, False),
        (False, "xterm", False, False),
    ],
)
def test_it_is_shown_only_where_it_can_be(
    quiet: bool, kind: str, tty: bool, shows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is shown on a pipe, on a terminal that cannot write over a line, or when all should be quiet."""
    monkeypatch.setenv("TERM", kind)
    screen = Screen(tty=tty)
    with shown_on(screen, quiet=quiet) as shown:
        shown.stage("reading")
        shown.step(5)
    assert bool(screen.writes) == shows


def test_nothing_is_shown_where_there_is_no_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without stderr, or with a closed one, shows nothing and goes on."""
    monkeypatch.setattr(sys, "stderr", None)
    with shown_on(quiet=False) as shown:
        assert isinstance(shown, Silent)
    closed = Screen()
    closed.isatty = io.StringIO.isatty.__get__(closed)  # type: ignore[method-assign]
    closed.close()
    with shown_on(closed, quiet=False) as shown:
        assert isinstance(shown, Silent)


# ---- the time left


def test_the_time_left_is_never_silly() -> None:
    """It is said only with enough behind it and something before it, in words that fit any length, none negative."""
    lengths = "a few seconds|about [1-9][0-9]{0,2} (seconds|minutes|hours)|some days"
    for parts in (1, 2, 3, 10, 1_000):
        for done in range(0, parts + 2, max(1, parts // 20)):
            for seconds in (0, 1, 2, 3, 59, 60, 61, 3_599, 86_400, 10**7):
                said = time_left(seconds, done, parts)
                if done < 2 or seconds < 2 or done >= parts:
                    assert said == ""
                else:
                    assert re.fullmatch(lengths, said), (seconds, done, parts, said)


def test_the_time_left_falls_as_parts_are_done() -> None:
    """With parts that take as long as each other the seconds left never grow."""
    found = [time_left(7 * done, done, 15) for done in range(2, 15)]
    numbers = [int(re.sub(r"\D", "", said) or 0) for said in found]
    assert numbers[0] == 100
    assert all(before >= after for before, after in pairwise(numbers))


# ---- a real terminal


def on_a_terminal(home: Path, *more: str, **environment: str) -> tuple[int, str, str]:
    """Evaluate with stderr on a terminal; give the exit code, stdout, and all that the terminal was sent."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[1] &= ~termios.OPOST  # as written, without a return before each new line
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    termios.tcsetwinsize(theirs, (24, 100))
    words = ["evaluate", "contract.yaml", "--data", "return", "--as-at", small.LATE, "--out", "out", *more]
    kept = {name: text for name, text in os.environ.items() if name not in {"TERM", "NO_COLOR"}}
    done = subprocess.run(
        [sys.executable, "-m", "pbr", *words],
        cwd=home,
        env=kept | {"PYTHONPATH": HERE, "TERM": "xterm"} | environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
        text=True,
    )
    os.close(theirs)
    try:
        sent = os.read(ours, 1 << 16).decode()
    except OSError:  # nothing was sent
        sent = ""
    os.close(ours)
    return done.returncode, done.stdout, sent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a folder with the small contract and its return, of which one row is refused."""
    (tmp_path / "contract.yaml").write_text(small.TEXT)
    (tmp_path / "return").mkdir()
    wrong = EVENTS[0] | {"kind": "=secret"}
    for name, frame in small.frames_of(PEOPLE, [*EVENTS, wrong]).items():
        frame.write_csv(tmp_path / "return" / f"{name}.csv")
    return tmp_path


def test_on_a_terminal_every_stage_is_shown_and_wiped_before_the_problems(home: Path) -> None:
    """The stages come one over the other, without an escape sequence, and what is said on stderr stands alone."""
    code, out, sent = on_a_terminal(home, NO_COLOR="1")
    assert code == 0
    assert out.startswith("A small contract")
    *lines, last = sent.split("\r")
    assert [line.strip() for line in lines if "step" in line and "rows" not in line] == [
        f"step {number} of 5: {words}" for number, words in enumerate(WORDS.values(), start=1)
    ]
    assert not lines[-1].strip()
    assert last == "1 of 7 rows refused; see out/exceptions.csv\n"
    assert "\x1b" not in sent


@pytest.mark.parametrize(("more", "kind"), [("--quiet", "xterm"), ("--strict", "dumb")])
def test_a_quiet_run_and_a_dumb_terminal_show_only_problems(more: str, kind: str, home: Path) -> None:
    """With --quiet, or TERM=dumb, stderr holds what it holds on a pipe."""
    code, _, sent = on_a_terminal(home, more, TERM=kind)
    assert (code, sent) == (int(more == "--strict"), "1 of 7 rows refused; see out/exceptions.csv\n")
