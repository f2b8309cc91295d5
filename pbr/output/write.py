"""Writing the files of a run: the same bytes for the same inputs, and the whole folder or none of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pbr.money import CURRENCY_DIGITS, format_minor
from pbr.problem import EvaluationError, Problem
from pbr.statement import LINE_COLUMNS, SCHEMA
from pbr.uses import short_files, use_counts, use_rows, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable

    from pbr.decisions import Decisions
    from pbr.evidence import Evidence
    from pbr.statement import Statement

SCHEMAS: dict[str, int] = {
    "statement": SCHEMA,
    "decisions": 4,
    "cohort": 1,
    "evidence_use": 1,
    "exceptions": 1,
    "run": 2,
}
"""The number of each file's schema; it grows when a column is added, and a column never changes its meaning."""

MANIFEST = "run.json"
PART = ".pbr-part"
OLD = ".pbr-old"
GONE = ".pbr-gone"
_MONEY = [name for name in LINE_COLUMNS if name.endswith("_minor")]
# a cell that begins so is read as a formula by a spreadsheet, half-width or full-width
# (apostrophes before it get one more, so that no two texts become the same cell)
_FORMULA = "^'*[=+\\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]"


def write_run(
    out: str | Path, decisions: Decisions, statement: Statement, evidence: Evidence, arguments: dict[str, Any]
) -> Path:
    """Write every file of a run.

    Args:
        out: A folder that does not exist yet, is empty, or was written by an earlier run, which it replaces.
        decisions: What was decided.
        statement: What is due.
        evidence: What was read.
        arguments: What the run was asked for, as it goes into ``run.json``.

    Returns:
        The folder.

    Raises:
        EvaluationError: PBR501 the folder is not ours to replace; PBR502 it cannot be written. What was there before
            is then untouched, and so it is after an interruption.
    """
    folder = _place_of(Path(out))
    part, old = folder.with_name(folder.name + PART), folder.with_name(folder.name + OLD)
    try:
        _may_replace(folder, str(out))
        _recover(folder, part, old)
        new = [each for each in part.parents if not each.exists()]
        try:
            part.mkdir(parents=True)
            files = _write_files(part, decisions, statement, evidence)
            _write_manifest(part, folder, decisions, statement, evidence, arguments, files)
            for path in sorted(part.iterdir()):
                _sync(path)
            _take_place(folder, part, old)
        except BaseException:
            _surely(lambda: _put_back(folder, part, old, new))
            raise
    except (OSError, pl.exceptions.ComputeError) as error:
        why = getattr(error, "strerror", None) or "the disk refused it"
        raise EvaluationError([Problem(code="PBR502", message=f"cannot be written: {why}", file=str(out))]) from None
    return folder


def _take_place(folder: Path, part: Path, old: Path) -> None:
    """The new folder takes the name, and the earlier run is removed; whatever stops between can be put back."""
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    if old.exists():
        shutil.rmtree(old)


def _surely(tidy: Callable[[], None]) -> None:
    """Tidy up, and do it once more if an interruption comes meanwhile."""
    try:
        tidy()
    except KeyboardInterrupt:
        tidy()
        raise


def _put_back(folder: Path, part: Path, old: Path, new: list[Path]) -> None:
    """After a failure: one whole run stands there, the earlier or the new one, and nothing half written is left."""
    with contextlib.suppress(OSError):
        if not folder.exists() and old.exists():
            old.rename(folder)
    for left in (part, old) if folder.exists() else (part,):
        shutil.rmtree(left, ignore_errors=True)
    for each in new:
        with contextlib.suppress(OSError):  # such as that it is not empty
            each.rmdir()


def clear_away(out: str | Path) -> None:
    """Clear away what is half written, when the process ends while another thread is in ``write_run`` for this folder.

    What is half written loses its name first, and can then take nobody's place, whatever the other thread does.
    """
    folder = _place_of(Path(out))
    part, old, gone = (folder.with_name(folder.name + suffix) for suffix in (PART, OLD, GONE))
    with contextlib.suppress(OSError):
        if _holds_only_ours(part):
            part.rename(gone)
    with contextlib.suppress(OSError):
        if not folder.exists() and _is_ours(old):
            old.rename(folder)
    for _ in range(10):  # a file that is being written may come after the others are gone
        if not gone.exists():
            break
        shutil.rmtree(gone, ignore_errors=True)
    if folder.exists() and _is_ours(folder) and _holds_only_ours(old):
        shutil.rmtree(old, ignore_errors=True)


def _may_replace(folder: Path, name: str) -> None:
    """Only a folder that is new, empty, or written by a run is replaced; a link is never followed."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        message = "is not a folder of its own; name a new one"
    elif folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        message = "holds files that pbr did not write; name a new folder"
    else:
        return
    raise EvaluationError([Problem(code="PBR501", message=message, file=name)])


def _is_ours(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() and _holds_only_ours(folder)


def _holds_only_ours(folder: Path) -> bool:
    names = {f"{name}.{kind}" for name in SCHEMAS for kind in ("csv", "parquet", "json")}
    return (
        folder.is_dir()
        and not folder.is_symlink()
        and all(path.name in names and path.is_file() and not path.is_symlink() for path in folder.iterdir())
    )


def _recover(folder: Path, part: Path, old: Path) -> None:
    """Put right what a run that was killed left behind; anything else of that name is not touched."""
    if not folder.exists() and old.exists() and _is_ours(old):
        old.rename(folder)
    for left in (part, old, folder.with_name(folder.name + GONE)):
        if left.is_symlink() or left.exists():
            if not _holds_only_ours(left):
                message = "stands where a run writes first, and pbr did not write it; move it away"
                raise EvaluationError([Problem(code="PBR501", message=message, file=str(left))])
            shutil.rmtree(left)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_files(part: Path, decisions: Decisions, statement: Statement, evidence: Evidence) -> list[str]:
    terms = decisions.plan.terms
    digits = CURRENCY_DIGITS[terms.contract.currency]
    lines = statement.lines()
    header = {"contract": terms.contract.id, "version": terms.contract.version}
    named = lines.with_columns(pl.lit(value).alias(name) for name, value in header.items())
    named = named.select(*header, *LINE_COLUMNS)
    as_text = named.with_columns(_decimal(name, digits) for name in _MONEY).rename(
        {name: name.removesuffix("_minor") for name in _MONEY}
    )
    rows = decisions.rows()
    use = use_rows(decisions, statement.uses)
    money = {"currency": terms.contract.currency, "digits": str(digits)}
    done: dict[str, Callable[[Path], None]] = {
        "statement.csv": lambda path: _csv(path, as_text, "statement"),
        "statement.parquet": lambda path: _parquet(path, named, "statement", money),
        "statement.json": lambda path: _json_lines(path, decisions, as_text, statement.total_minor, digits),
        "decisions.csv": lambda path: _csv(path, rows, "decisions"),
        "decisions.parquet": lambda path: _parquet(path, rows, "decisions", {}),
        "cohort.csv": lambda path: _csv(path, waterfall(decisions), "cohort"),
        "evidence_use.parquet": lambda path: _parquet(path, use, "evidence_use", {}),
        "exceptions.csv": lambda path: _csv(path, short_files(evidence.refused, evidence), "exceptions"),
    }
    for name, write in done.items():
        write(part / name)
    return list(done)


def _decimal(name: str, digits: int) -> pl.Expr:
    """Exact decimal text of minor units."""
    value = pl.col(name)
    size = value.abs()
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = (size // 10**digits).cast(pl.String)
    rest = (size % 10**digits).cast(pl.String).str.zfill(digits)
    text = pl.concat_str(sign, whole, pl.lit("."), rest) if digits else pl.concat_str(sign, whole)
    return text.alias(name)


def _safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would take for a formula gets an apostrophe; amounts are numbers and stay as they are."""
    amounts = {name.removesuffix("_minor") for name in _MONEY} | {"adjustment", "message"}
    texts = [name for name, kind in frame.schema.items() if kind == pl.String and name not in amounts]
    guarded = [
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ]
    return frame.with_columns(guarded)


def _csv(path: Path, frame: pl.DataFrame, name: str) -> None:
    numbered = _safe(frame).select(pl.lit(SCHEMAS[name]).alias("schema"), pl.all())
    numbered.write_csv(path, include_bom=True, date_format="%Y-%m-%d")


def _parquet(path: Path, frame: pl.DataFrame, name: str, more: dict[str, str]) -> None:
    frame.write_parquet(path, metadata={"schema": f"{name}/{SCHEMAS[name]}"} | more)


def _json_lines(path: Path, decisions: Decisions, as_text: pl.DataFrame, total: int, digits: int) -> None:
    """The statement as JSON, a line of the file for each line of money; money is decimal text."""
    header = decisions.plan.terms.contract
    top = {
        "schema": f"statement/{SCHEMAS['statement']}",
        "contract": header.id,
        "version": header.version,
        "currency": header.currency,
        "as_at": decisions.plan.as_at.isoformat(),
        "total": format_minor(total, digits),
    }
    names = as_text.columns[2:]
    text = as_text.select(names).with_columns(pl.col(pl.Date).cast(pl.String))
    lines = ",\n".join(_dump(dict(zip(names, row, strict=True))) for row in text.iter_rows())
    body = _dump(top)[:-1] + ',"lines":[\n' + lines + "\n]}\n"
    path.write_text(body, encoding="utf-8")


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it costs as much as a line


def _write_manifest(  # noqa: PLR0913, PLR0917  # everything a run is made of
    part: Path,
    folder: Path,
    decisions: Decisions,
    statement: Statement,
    evidence: Evidence,
    arguments: dict[str, Any],
    files: list[str],
) -> None:
    plan = decisions.plan
    contract, digits = plan.contract, CURRENCY_DIGITS[plan.terms.contract.currency]
    counts = use_counts(statement.uses)
    manifest = {
        "schema": f"run/{SCHEMAS['run']}",
        "pbr": metadata.version("pbr"),
        "polars": metadata.version("polars"),
        "contract": {
            "file": _relative(contract.file, folder),
            "id": plan.terms.contract.id,
            "version": plan.terms.contract.version,
            "sha256": contract.document.sha256,
            "fingerprint": contract.fingerprint,
            "values": [
                {"value": name, "file": _relative(item.file, folder), "sha256": item.sha256}
                for name, item in sorted(contract.files.items())
            ],
            "agreements": [
                {
                    "agreement": name,
                    "version": one.result.version,
                    "file": _relative(one.agreement.file, folder),
                    "sha256": one.agreement.sha256,
                    "result": _relative(one.file, folder),
                    "result_sha256": one.result.sha256,
                    "ballots_sha256": one.result.ballots_sha256,
                    "recounted": one.recounted,
                }
                for name, versions in sorted(contract.cited.items())
                for one in versions
            ],
        },
        "as_at": plan.as_at.isoformat(),
        "arguments": arguments,
        "inputs": [
            {"table": item.table, "file": _relative(item.file, folder), "sha256": item.sha256, "rows": item.rows}
            for item in evidence.files
        ],
        "rows": {
            table: {"read": count.read, "refused": count.refused}
            | {use: rows for name, use, rows in counts.iter_rows() if name == table}
            for table, count in evidence.counts.items()
        },
        "notes": notes(decisions),
        "total": format_minor(statement.total_minor, digits),
        "outputs": [{"file": name, "sha256": hashlib.sha256((part / name).read_bytes()).hexdigest()} for name in files],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (part / MANIFEST).write_text(text, encoding="utf-8")


def _relative(file: str, folder: Path) -> str:
    """A path as seen from the output folder; a frame has none."""
    if file == "frame":
        return file
    return Path(os.path.relpath(_place_of(Path(file)), folder)).as_posix()


def _place_of(path: Path) -> Path:
    """A path whose folders are real ones, so that `..` means the same to everybody; a link at its end stays a link."""
    return path.resolve() if path.name in {"", ".."} else path.parent.resolve() / path.name


def notes(decisions: Decisions) -> list[str]:
    """What a reader must know: tables whose rows count from their own date."""
    from pbr.contract.model import FieldKind

    terms = decisions.plan.terms
    return [
        f"{name} has no recorded field: each row counts from its own date"
        for name, table in terms.tables.items()
        if table.role(FieldKind.RECORDED) is None and name in terms.returned
    ]
