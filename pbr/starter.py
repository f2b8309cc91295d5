"""The start of a contract: a folder with the contract, cases that pass, a README and the schemas for editors.

It is made from the blank contract, from one of the library (the contracts that come with the package), or from a file.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pbr.cases import CaseTerms, case_files, read_cases
from pbr.cases.read import FOLDER as CASES
from pbr.contract import read_contract
from pbr.contract.read import file_of
from pbr.contract.schema import agreement_schema, contract_schema, make_schema, schema_text
from pbr.document import read_document
from pbr.kinds import DEFAULT_KINDS, Kinds
from pbr.money import CURRENCY_DIGITS, format_minor
from pbr.problem import ContractError, EvaluationError, Problem, did_you_mean, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pbr.contract import Contract
    from pbr.contract.schema import Schema
    from pbr.document import Plain

CONTRACT: Final = "contract.yaml"
CASE_SCHEMA: Final = "case.schema.json"
BLANK: Final = "blank"


def case_schema() -> Schema:
    """The schema of a case file."""
    schema = make_schema(CaseTerms, "Worked case of a contract", "case")
    rows = schema["properties"]["tables"]
    rows["additionalProperties"] = {"anyOf": [rows["additionalProperties"], {"type": "string", "minLength": 1}]}
    return schema


SCHEMAS: Final[dict[str, Callable[[], Schema]]] = {
    "contract": contract_schema,
    "case": case_schema,
    "agreement": agreement_schema,
}
"""The files that have a schema."""


def library() -> dict[str, Path]:
    """The contracts that come with the package, by the name of their folder.

    They stand among the package's templates where it was installed from a wheel, and beside the package where it was
    installed from its own folder.
    """
    package = Path(str(files("pbr")))
    folders = (package / "templates" / "contracts", package.parent / "contracts")
    home = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.parent.name: path for path in sorted(home.glob(f"*/{CONTRACT}"))}


def list_titles() -> dict[str, str]:
    """The titles of the contracts that come with the package, by the name of their folder, in order of these names.

    Only the text of each is read: nothing of it is checked.

    Raises:
        ContractError: PBR001 to PBR013, of the first that is no YAML; those of the package are.
    """
    return {name: _title(read_document(path).root["contract"]) for name, path in library().items()}


def _title(header: Plain) -> str:
    """The title of a contract, or its id."""
    assert isinstance(header, dict), "the contracts of the package have been checked"
    return str(header.get("title") or header["id"])


def start_contract(
    folder: str | Path, source: str | Path | None = None, kinds: Kinds = DEFAULT_KINDS
) -> tuple[Path, ...]:
    """Make a folder to begin a contract in.

    Args:
        folder: Where; made if it is not there. No file in it is overwritten.
        source: A contract of the library, or the path of a contract; the blank one by default.
        kinds: The kinds of outcome that it may use.

    Returns:
        The files that were written: the contract first, then what it names beside it, its cases and all that stands
        with them, a README, the schemas.

    Raises:
        ContractError: PBR001, no such contract; or every fault of it, or of its cases.
        EvaluationError: PBR502, a file cannot be written; PBR506, one is there already. Nothing is left behind.
    """
    path = _source(source)
    contract = read_contract(path, kinds)
    texts = dict(_texts(contract, path, kinds))
    there = [name for name in texts if _stands(Path(folder) / name)]
    if there:
        message = f"{there[0]} is there already, and nothing is overwritten; name another folder"
        raise EvaluationError([Problem(code="PBR506", message=message, file=str(folder))])
    return _write(Path(folder), texts)


def _source(source: str | Path | None) -> Path:
    """The contract to begin from."""
    if source is None:
        return Path(str(files("pbr"))) / "templates" / BLANK / CONTRACT
    known = library()
    name = str(source)
    if name in known:
        return known[name]
    path = Path(file_of(source))
    if not _stands(path):
        hint = did_you_mean(name, known)
        message = f"neither a file nor a contract of the library (`pbr init --list` shows them){hint}"
        raise ContractError([Problem(code="PBR001", message=message, file=short(name))])
    return path


def _stands(path: Path) -> bool:
    """Whether there is a file or a folder; not where none can be, such as by a name that is too long."""
    try:
        return path.exists()
    except OSError:
        return False


def _texts(contract: Contract, path: Path, kinds: Kinds) -> Iterator[tuple[str, bytes]]:
    """Every file to write, by its path in the folder."""
    yield CONTRACT, _with_schema(path.read_bytes(), "contract.schema.json")
    named = [*_named_files(contract.document.root, path), *_results(contract, path)]
    beside = {name: path.parent / name for name in named}
    for name, file in beside.items():
        yield name, file.read_bytes()
    for name, data in _cases(contract, path):
        yield f"{CASES}/{name}", data
    readme = path.parent / "README.md"
    more = dict.fromkeys(beside, "named by the contract")
    if readme.is_file():
        yield "SOURCE.md", readme.read_bytes()
        more["SOURCE.md"] = "the README of the contract that this one was made from"
    yield "README.md", _readme(contract, more).encode()
    for name, schema in SCHEMAS.items():
        if name != "agreement" or contract.cited:
            yield (
                f"{name}.schema.json",
                schema_text(contract_schema(kinds) if name == "contract" else schema()).encode(),
            )


def _with_schema(data: bytes, schema: str) -> bytes:
    """The text of a file, under a first line that tells an editor its schema."""
    first = b"# yaml-language-server:"
    rest = data.removeprefix(b"\xef\xbb\xbf")
    if rest.startswith(first):
        rest = rest.partition(b"\n")[2]
    return first + f" $schema={schema}\n".encode() + rest


def _results(contract: Contract, path: Path) -> list[str]:
    """The agreements that a contract cites and their results, linked or not; the ballots stay with the panel."""
    cited = [Path(file) for term in contract.terms.agreements.values() for file in term.files]
    results = [Path(one.file).relative_to(path.parent) for versions in contract.cited.values() for one in versions]
    return [file.as_posix() for file in (*cited, *results)]


def _named_files(value: Plain, path: Path) -> list[str]:
    """Files beside a contract that it names, such as those of values."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return list(dict.fromkeys(name for part in parts for name in _named_files(part, path)))
    home = path.parent.resolve()
    try:
        found = (home / value).resolve()
        named = found.is_file() and found.is_relative_to(home) and found != path.resolve()
    except (OSError, ValueError, RuntimeError):  # text that cannot be a path, or a link to itself
        return []
    if not named:
        return []
    plain = not PurePosixPath(value).is_absolute() and ".." not in PurePosixPath(value).parts
    return [PurePosixPath(value).as_posix() if plain else found.relative_to(home).as_posix()]


def _cases(contract: Contract, path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of the folder of cases, such as the tables that a case names; without a case, one to begin with."""
    try:
        cases = case_files(path)
    except ContractError:
        yield "first.yaml", _with_schema(_nothing(contract).encode(), f"../{CASE_SCHEMA}")
        return
    read = read_cases(contract, cases)
    folder = path.parent / CASES
    named = (PurePosixPath(rows.named) for case in read for rows in case.files.values())
    rows = [folder / name for name in named if ".." not in name.parts]
    for file in dict.fromkeys([*_files(folder), *rows]):
        data = file.read_bytes()
        yield file.relative_to(folder).as_posix(), _with_schema(data, f"../{CASE_SCHEMA}") if file in cases else data


def _files(folder: Path) -> list[Path]:
    """The files of a folder and of those in it; none that is hidden, nor that a link brings from elsewhere."""
    home = folder.resolve()
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.resolve().is_relative_to(home)]
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _nothing(contract: Contract) -> str:
    """The case that nothing comes of nothing."""
    header = contract.terms.contract
    nothing = format_minor(0, CURRENCY_DIGITS[header.currency])
    lines = (
        "# Add rows and what must come of them; docs/reference/cases.md says how.",
        "case: Where nobody is returned nothing is due",
        f"as_at: {header.to}",
        "tables: {}",
        "expect:",
        "  lines: []",
        f"  total: {nothing}",
    )
    return "".join(f"{line}\n" for line in lines)


def _readme(contract: Contract, more: dict[str, str]) -> str:
    header = contract.terms.contract
    text = (Path(str(files("pbr"))) / "templates" / "README.md").read_text(encoding="utf-8")
    rows = "".join(f"| `{name}` | {what} |\n" for name, what in more.items())
    values = {"{title}": header.title or header.id, "{more}": rows, "{as_at}": str(header.to)}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _write(folder: Path, texts: dict[str, bytes]) -> tuple[Path, ...]:
    """Write the files; where one cannot be written, those before it are taken away again."""
    written: list[Path] = []
    try:
        for name, data in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        message = f"cannot be written: {error.strerror}"
        raise EvaluationError([Problem(code="PBR502", message=message, file=str(folder))]) from None
    return tuple(written)
