"""Ctrl-C and SIGTERM at any moment: exit 130, one line, nothing half written, and what was there before untouched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import cycle
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import pbr.cli
from pbr.cli.interruption import Interrupted, Interruption
from tests import small
from tests.small import EVENTS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE: Final = small.__file__.rpartition("tests")[0]
WORDS: Final = ["evaluate", "contract.yaml", "--data", "return", "--as-at", small.LATE, "--out", "out"]
PATIENCE: Final = 60
NOTHING: Final = "interrupted; nothing was written\n"
AS_BEFORE: Final = "interrupted; out is as it was before\n"
WHOLE: Final = "interrupted; out was written before that, and is whole\n"

# What a child process does before the command: it makes one function wait, and says so with a file.
PRELUDE: Final = """
import hashlib, importlib, shutil, sys, time
from pathlib import Path
import polars as pl

def sleeps():
    time.sleep(100)

def stubborn():
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        pass
    time.sleep(100)

def queries():
    rows = pl.LazyFrame({"a": range(300_000)})
    rows.join(rows, how="cross").filter(pl.struct(pl.all()).hash() == 1).select(pl.len()).collect(engine="streaming")

def deaf():  # lets other threads run and hears no signal, as a long sort does
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**30)

def waiting(module, name, how, after=0, later=False):
    home = importlib.import_module(module)
    *path, name = name.split(".")
    for word in path:
        home = getattr(home, word)
    before, calls = getattr(home, name), []
    def wrapped(*rest, **more):
        calls.append(name)
        if len(calls) != after + 1:
            return before(*rest, **more)
        done = before(*rest, **more) if later else None
        Path("reached").touch()
        how()
        return done if later else before(*rest, **more)
    setattr(home, name, wrapped)

"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a folder with the small contract and its return."""
    (tmp_path / "contract.yaml").write_text(small.TEXT)
    (tmp_path / "return").mkdir()
    for name, frame in small.frames_of(PEOPLE, EVENTS).items():
        frame.write_csv(tmp_path / "return" / f"{name}.csv")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, but for the mark of the test."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "reached")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def folders(folder: Path) -> set[str]:
    """Name what stands in a folder, but for the mark of the test."""
    return {path.name for path in folder.iterdir()} - {"reached"}


def started(home: Path, *command: str, ignored: bool = False, path: str = HERE) -> subprocess.Popen[str]:
    """Start Python in a process that takes SIGINT as one does that a person starts, or ignores it."""

    def before() -> None:
        """Whatever started the tests may ignore the signals."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, *command],
        cwd=home,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509  # the tests have no threads of their own here
    )


def reached(process: subprocess.Popen[str], mark: Path) -> None:
    """Wait until a file or folder is there."""
    until = time.monotonic() + PATIENCE
    while not mark.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, f"no {mark.name}"
        time.sleep(0.002)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Give the exit code, stdout and stderr of a process."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err


def hooked(home: Path, *hooks: str, words: list[str] | None = None) -> subprocess.Popen[str]:
    """Start the command in a process in which a function waits when it is called."""
    lines = "\n".join(f"waiting({hook})" for hook in hooks)
    script = f"{PRELUDE}{lines}\nfrom pbr.__main__ import main\nsys.argv[1:] = {words or WORDS}\nmain()\n"
    return started(home, "-c", script)


@pytest.fixture
def earlier(home: Path) -> dict[str, bytes]:
    """Write an earlier run with another day, and give what all files then hold."""
    done = pbr.run(home / "contract.yaml", home / "return", "2026-05-01")
    done.write(home / "out")
    return contents(home)


STAGES: Final = {
    "reading": "'pbr.evidence', 'read_evidence'",
    "deciding": "'pbr.decisions', 'evaluate'",
    "paying": "'pbr.entitlement', 'entitle'",
    "stating": "'pbr.statement', 'make_statement'",
    "writing": "'pbr.output.write', '_write_statement'",
}


@pytest.mark.parametrize(("stage", "number"), list(zip(STAGES, cycle([signal.SIGINT, signal.SIGTERM]), strict=False)))
def test_a_query_of_the_engine_is_stopped(
    stage: str, number: signal.Signals, home: Path, earlier: dict[str, bytes]
) -> None:
    """In the middle of a query, which would go on for minutes, a signal ends the command in whichever stage."""
    process = hooked(home, f"{STAGES[stage]}, queries")
    reached(process, home / "reached")
    process.send_signal(number)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier
    assert folders(home) == {"contract.yaml", "return", "out"}


@pytest.mark.parametrize(("stage", "number"), [("deciding", signal.SIGTERM), ("writing", signal.SIGINT)])
def test_what_hears_no_signal_does_not_hold_it_up(
    stage: str, number: signal.Signals, home: Path, earlier: dict[str, bytes]
) -> None:
    """While the main thread is in code that takes no signals, the command ends all the same, and tidies up before."""
    process = hooked(home, f"{STAGES[stage]}, deaf")
    reached(process, home / "reached")
    assert (home / "out.pbr-part").exists() == (stage == "writing")
    process.send_signal(number)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier
    assert folders(home) == {"contract.yaml", "return", "out"}


@pytest.mark.parametrize(
    ("stage", "number"), [("reading", signal.SIGTERM), ("writing", signal.SIGINT), ("writing", signal.SIGHUP)]
)
def test_where_nothing_was_nothing_is_left(stage: str, number: signal.Signals, home: Path) -> None:
    """Without an earlier run there is no folder afterwards, and none of those around it that had to be made."""
    words = [*WORDS[:-1], "new/deep/out"]
    process = hooked(home, f"{STAGES[stage]}, sleeps", words=words)
    reached(process, home / "reached")
    assert stage == "reading" or (home / "new" / "deep").is_dir()
    process.send_signal(number)
    assert ended(process) == (130, "", NOTHING)
    assert folders(home) == {"contract.yaml", "return"}


class Thrown:
    """Something that raises an error as it is thrown away, as a signal makes it do that comes just then."""

    def __init__(self, error: type[BaseException]) -> None:
        """Keep the error."""
        self.error = error

    def __del__(self) -> None:
        """Raise it."""
        raise self.error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interruption_that_is_lost_is_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes again; of every other error that is lost Python speaks as it did."""
    lost: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: lost.append(what.exc_type))
    for error in (KeyboardInterrupt, ValueError):
        with Interruption():
            Thrown(error)
    Thrown(KeyboardInterrupt)
    assert lost == [ValueError, KeyboardInterrupt]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_it_is_loaded_it_ends_at_once(
    number: signal.Signals, home: Path, earlier: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Before the command line is there to take a signal, it is taken all the same."""
    slow = tmp_path_factory.mktemp("slow")
    (slow / "click.py").write_text("import time\nfrom pathlib import Path\nPath('reached').touch()\ntime.sleep(100)\n")
    process = started(home, "-m", "pbr", *WORDS, path=f"{slow}{os.pathsep}{HERE}")
    reached(process, home / "reached")
    process.send_signal(number)
    assert ended(process) == (130, "", NOTHING)
    assert contents(home) == earlier


@pytest.mark.parametrize("module", ["polars", "pbr.evidence.read", "ruamel.yaml"])
def test_while_a_stage_is_loaded_it_ends(
    module: str, home: Path, earlier: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An import that is interrupted is no fault of the program."""
    slow = tmp_path_factory.mktemp("slow")
    (slow / "sitecustomize.py").write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            Path('reached').touch()\n"
        "            time.sleep(100)\n"
        "sys.meta_path.insert(0, Slow())\n"
    )
    process = started(home, "-m", "pbr", *WORDS, path=f"{slow}{os.pathsep}{HERE}")
    reached(process, home / "reached")
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier


@pytest.mark.parametrize(("after", "how"), [(0, "sleeps"), (1, "sleeps"), (1, "deaf")])
def test_between_two_renames_one_whole_run_stands(after: int, how: str, home: Path, earlier: dict[str, bytes]) -> None:
    """When the earlier run is set aside already and the new one does not stand yet, the earlier one is put back."""
    process = hooked(home, f"'pathlib', 'Path.rename', {how}, {after}")
    reached(process, home / "reached")
    assert (home / "out").exists() == (after == 0)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier
    assert folders(home) == {"contract.yaml", "return", "out"}


@pytest.mark.parametrize("hook", ["'pbr.output.write', '_take_place', sleeps, later=True", "'shutil', 'rmtree', deaf"])
def test_once_the_new_run_stands_it_stays(hook: str, home: Path, earlier: dict[str, bytes]) -> None:
    """After the second rename the new run is whole, the earlier one is removed to the end, and the line says so."""
    process = hooked(home, hook)
    reached(process, home / "reached")
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", WHOLE)
    found = contents(home)
    assert folders(home) == {"contract.yaml", "return", "out"}
    pbr.run(home / "contract.yaml", home / "return", small.LATE).write(home / "out")
    assert contents(home) == found
    assert found != earlier


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_while_it_tidies_up_change_nothing(
    number: signal.Signals, home: Path, earlier: dict[str, bytes]
) -> None:
    """Whoever is impatient and presses Ctrl-C again and again gets the same end."""
    slow = "'shutil', 'rmtree', lambda: (Path('tidying').touch(), time.sleep(1.5))"
    process = hooked(home, f"{STAGES['writing']}, sleeps", slow)
    reached(process, home / "reached")
    process.send_signal(signal.SIGINT)
    reached(process, home / "tidying")
    for _ in range(5):
        process.send_signal(number)
        time.sleep(0.1)
    assert ended(process) == (130, "", AS_BEFORE)
    (home / "tidying").unlink()
    assert contents(home) == earlier
    assert folders(home) == {"contract.yaml", "return", "out"}


def test_what_swallows_a_signal_is_told_again(home: Path, earlier: dict[str, bytes]) -> None:
    """If something on the way catches the interruption and goes on, the next one comes a second later."""
    process = hooked(home, f"{STAGES['deciding']}, stubborn")
    reached(process, home / "reached")
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier


def test_a_process_that_ignores_the_signal_goes_on(home: Path) -> None:
    """What was started in the background by a script, which lets it ignore Ctrl-C, is not stopped by it."""
    hook = f"{STAGES['deciding']}, lambda: time.sleep(0.3)"
    script = f"{PRELUDE}waiting({hook})\nfrom pbr.__main__ import main\nsys.argv[1:] = {[*WORDS, '--quiet']}\nmain()\n"
    process = started(home, "-c", script, ignored=True)
    reached(process, home / "reached")
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "", "")
    assert (home / "out" / "run.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_large_run_is_stopped_as_it_writes(
    number: signal.Signals, home: Path, earlier: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With nothing slowed down, a signal that comes as soon as files are written leaves everything as it was."""
    large = tmp_path_factory.mktemp("large")
    times = pl.select(pl.int_range(15_000).cast(pl.String).alias("time"))
    for name, frame in small.frames_of(PEOPLE, EVENTS).items():
        named = frame.join(times, how="cross").with_columns(pl.concat_str("person", "time").alias("person"))
        named.drop("time").write_csv(large / f"{name}.csv")
    process = started(home, "-m", "pbr", *WORDS[:3], str(large), *WORDS[4:])
    reached(process, home / "out.pbr-part" / "statement.csv")
    process.send_signal(number)
    assert ended(process) == (130, "", AS_BEFORE)
    assert contents(home) == earlier
    assert folders(home) == {"contract.yaml", "return", "out"}


# ---- in one process


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Hear Ctrl-C while a test runs, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    """Take the signals while a test runs."""
    with Interruption() as taken:
        yield taken


def test_the_signals_are_given_back() -> None:
    """After a command the process has the handlers that it had, and no thread more."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interruption():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def stops() -> None:
    """Stop as an interrupted command does."""
    raise Interrupted


def test_one_signal_raises_once(interruption: Interruption) -> None:
    """While an interruption is dealt with, and after its end, nothing is raised."""
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert interruption.asked
    try:
        stops()
    except Interrupted:
        signal.raise_signal(signal.SIGINT)
        try:
            int("in the tidying up")
        except ValueError:
            signal.raise_signal(signal.SIGTERM)
    interruption.seen.set()
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("home")
def test_an_error_after_a_signal_is_an_interruption(
    interruption: Interruption, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever made another error of the interruption, the command ends as interrupted."""

    def fails(*_: object, **__: object) -> None:
        """Make an ImportError of the interruption."""
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError from None

    monkeypatch.setattr(pbr.cli.pbr, "main", fails)
    assert pbr.cli.run(WORDS, interruption) == 130
    assert capsys.readouterr() == ("", "interrupted\n")
