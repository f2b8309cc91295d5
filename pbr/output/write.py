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
from attrs import field, frozen

from pbr.entitlement import total
from pbr.money import CURRENCY_DIGITS, format_minor
from pbr.output.files import GROUP_ROWS, csv_file, json_file, write_csv, write_parquet
from pbr.output.merge import in_frames
from pbr.output.parts import decision_rows
from pbr.problem import EvaluationError, Problem
from pbr.statement import LINE_COLUMNS, SCHEMA
from pbr.uses import short_files, use_counts, use_rows, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pbr.decisions import Decisions
    from pbr.evidence import Evidence
    from pbr.plan import Plan
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
_TEXTS = {name.removesuffix("_minor") for name in _MONEY} | {"adjustment", "message"}
"""Columns of text that a spreadsheet takes for what they are."""


@frozen(kw_only=True)
class Product:
    """What the files of a run are made of; rows come in frames that follow one another, at least one of each kind.

    Attributes:
        plan: The contract as at the day.
        evidence: What was read; of its tables nothing is asked.
        lines: The lines of the statement, by the columns of ``LINE_COLUMNS``; see ``Statement.lines``.
        total_minor: Their sum in minor units.
        decisions: Every decision; see ``Decisions.rows``.
        uses: The use of every row; see ``pbr.uses.use_rows``.
        counts: How many rows have which use; see ``pbr.uses.use_counts``.
        cohort: How the cohort came about; see ``pbr.uses.waterfall``.
    """

    plan: Plan
    evidence: Evidence = field(repr=False)
    lines: Iterable[pl.DataFrame] = field(repr=False)
    total_minor: int
    decisions: Iterable[pl.DataFrame] = field(repr=False)
    uses: Iterable[pl.DataFrame] = field(repr=False)
    counts: pl.DataFrame = field(repr=False)
    cohort: pl.DataFrame = field(repr=False)


def write_run(
    out: str | Path, decisions: Decisions, statement: Statement, evidence: Evidence, arguments: dict[str, Any]
) -> Path:
    """Write every file of a run that is held whole.

    Args:
        out: A folder that does not exist yet, is empty, or was written by an earlier run, which it replaces.
        decisions: What was decided.
        statement: What is due.
        evidence: What was read.
        arguments: What the run was asked for, as it goes into ``run.json``.

    Returns:
        The folder.

    Raises:
        EvaluationError: See ``write_product``.
    """
    product = Product(
        plan=decisions.plan,
        evidence=evidence,
        lines=[statement.lines()],
        total_minor=statement.total_minor,
        decisions=decision_rows(decisions),
        uses=(use_rows(each, statement.uses) for each in [decisions]),
        counts=use_counts(statement.uses),
        cohort=waterfall(decisions),
    )
    return write_product(out, product, arguments)


def write_product(out: str | Path, product: Product, arguments: dict[str, Any]) -> Path:
    """Write every file of a run.

    Args:
        out: A folder that does not exist yet, is empty, or was written by an earlier run, which it replaces.
        product: What the files are made of; its rows are gone through once.
        arguments: What the run was asked for, as it goes into ``run.json``.

    Returns:
        The folder.

    Raises:
        EvaluationError: PBR501 the folder is not ours to replace; PBR502 it cannot be written. What was there before
            is then untouched, and so it is whatever the rows raise, and after an interruption.
    """
    folder = _place_of(Path(out))
    part, old = folder.with_name(folder.name + PART), folder.with_name(folder.name + OLD)
    try:
        _may_replace(folder, str(out))
        _recover(folder, part, old)
        new = [each for each in part.parents if not each.exists()]
        try:
            part.mkdir(parents=True)
            files = _write_files(part, product)
            _write_manifest(part, folder, product, arguments, files)
            for path in sorted(part.iterdir()):
                _sync(path)
            _take_place(folder, part, old)
        except BaseException:
            surely(lambda: _put_back(folder, part, old, new))
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


def surely(tidy: Callable[[], None]) -> None:
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


def _write_files(part: Path, product: Product) -> list[str]:
    """Write all but the manifest; give their names in the order of the manifest."""
    _write_statement(part, product)
    names = [f"decisions.{kind}" for kind in ("csv", "parquet")]
    with csv_file(part / names[0], SCHEMAS["decisions"], _TEXTS) as take:
        write_parquet(part / names[1], _through(product.decisions, take), _metadata("decisions"))
    write_csv(part / "cohort.csv", [product.cohort], SCHEMAS["cohort"], _TEXTS)
    write_parquet(part / "evidence_use.parquet", product.uses, _metadata("evidence_use"))
    refused = short_files(product.evidence.refused, product.evidence)
    write_csv(part / "exceptions.csv", [refused], SCHEMAS["exceptions"], _TEXTS)
    statement = [f"statement.{kind}" for kind in ("csv", "parquet", "json")]
    return [*statement, *names, "cohort.csv", "evidence_use.parquet", "exceptions.csv"]


def _write_statement(part: Path, product: Product) -> None:
    """The statement in its three forms, which are written side by side."""
    contract = product.plan.terms.contract
    digits = CURRENCY_DIGITS[contract.currency]
    header = [pl.lit(contract.id).alias("contract"), pl.lit(contract.version).alias("version")]
    top = {
        "schema": f"statement/{SCHEMAS['statement']}",
        "contract": contract.id,
        "version": contract.version,
        "currency": contract.currency,
        "as_at": product.plan.as_at.isoformat(),
        "total": format_minor(product.total_minor, digits),
    }
    named = (frame.select(*header, *LINE_COLUMNS) for frame in product.lines)
    sums = []
    metadata = _metadata("statement") | {"currency": contract.currency, "digits": str(digits)}
    with (
        csv_file(part / "statement.csv", SCHEMAS["statement"], _TEXTS) as in_csv,
        json_file(part / "statement.json", top, "lines") as in_json,
    ):

        def take(frame: pl.DataFrame) -> None:
            text = frame.with_columns(_decimal(name, digits) for name in _MONEY)
            text = text.rename({name: name.removesuffix("_minor") for name in _MONEY})
            in_csv(text)
            in_json(text.drop("contract", "version"))
            sums.append(total(frame["amount_minor"]))

        write_parquet(part / "statement.parquet", _through(named, take), metadata)
    assert sum(sums) == product.total_minor, "lines sum to the total"


def _through(frames: Iterable[pl.DataFrame], take: Callable[[pl.DataFrame], None]) -> Iterator[pl.DataFrame]:
    """The same rows, of which another file is written as they go by."""
    for frame in in_frames(frames, GROUP_ROWS):
        take(frame)
        yield frame


def _metadata(name: str) -> dict[str, str]:
    return {"schema": f"{name}/{SCHEMAS[name]}"}


def _decimal(name: str, digits: int) -> pl.Expr:
    """Exact decimal text of minor units."""
    value = pl.col(name)
    size = value.abs()
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = (size // 10**digits).cast(pl.String)
    rest = (size % 10**digits).cast(pl.String).str.zfill(digits)
    text = pl.concat_str(sign, whole, pl.lit("."), rest) if digits else pl.concat_str(sign, whole)
    return text.alias(name)


def _write_manifest(part: Path, folder: Path, product: Product, arguments: dict[str, Any], files: list[str]) -> None:
    plan, evidence = product.plan, product.evidence
    contract, digits = plan.contract, CURRENCY_DIGITS[plan.terms.contract.currency]
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
            | {use: rows for name, use, rows in product.counts.iter_rows() if name == table}
            for table, count in evidence.counts.items()
        },
        "notes": notes(product.plan),
        "total": format_minor(product.total_minor, digits),
        "outputs": [{"file": name, "sha256": _sha256(part / name)} for name in files],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (part / MANIFEST).write_text(text, encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _relative(file: str, folder: Path) -> str:
    """A path as seen from the output folder; a frame has none."""
    if file == "frame":
        return file
    return Path(os.path.relpath(_place_of(Path(file)), folder)).as_posix()


def _place_of(path: Path) -> Path:
    """A path whose folders are real ones, so that `..` means the same to everybody; a link at its end stays a link."""
    return path.resolve() if path.name in {"", ".."} else path.parent.resolve() / path.name


def notes(plan: Plan) -> list[str]:
    """What a reader must know: tables whose rows count from their own date."""
    from pbr.contract.model import FieldKind

    terms = plan.terms
    return [
        f"{name} has no recorded field: each row counts from its own date"
        for name, table in terms.tables.items()
        if table.role(FieldKind.RECORDED) is None and name in terms.returned
    ]
