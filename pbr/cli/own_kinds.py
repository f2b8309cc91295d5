"""The option ``--kinds``: modules of the user's own whose kinds of outcome a contract may use."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from pbr.kinds import Kinds

kinds_option: Callable[[Any], Any] = click.option(
    "--kinds",
    "modules",
    multiple=True,
    metavar="MODULE",
    help=(
        "Module, or .py file, whose KINDS the contract may use; it is imported, with the current folder on the path "
        "meanwhile. May be given again."
    ),
)


def load_kinds(modules: Sequence[str]) -> Kinds:
    """The kinds of the language, and those in the ``KINDS`` of modules.

    Args:
        modules: Names of modules, or paths that end in ``.py``. Nothing is imported if there are none.

    Raises:
        ContractError: PBR027, a module is not there or stops while it is imported; PBR028, its kinds cannot be used.
    """
    from pbr.kinds import DEFAULT_KINDS

    kinds = DEFAULT_KINDS
    for word in modules:
        kinds = _from_file(word, kinds) if word.endswith(".py") else _from_module(word, kinds)
    return kinds


def _from_module(word: str, kinds: Kinds) -> Kinds:
    """The kinds of a module that can be imported by its name."""
    if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", word) is None:
        raise _wrong("PBR027", word, "this is no name of a module; write it like attendance, or attendance.py")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        module = importlib.import_module(word)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{word}.".startswith(f"{error.name}."):
            raise _stopped(word, error) from error
        message = "there is no such module, here or installed; name it as `import` does, or give the path of its file"
        raise _wrong("PBR027", word, message) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may do anything
        raise _stopped(word, error) from error
    finally:
        sys.path.remove(here)
    return _added(word, module, kinds)


def _from_file(word: str, kinds: Kinds) -> Kinds:
    """The kinds of a file of Python, which is a module of the file's name only while it is read."""
    path = Path(word)
    if not path.is_file():
        raise _wrong("PBR027", word, "there is no such file; write the path as seen from the current folder")
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    assert spec is not None, "a file of Python has a loader"
    assert spec.loader is not None, "and it is this"
    module, before = importlib.util.module_from_spec(spec), sys.modules.get(path.stem)
    sys.modules[path.stem] = module  # types are looked up there
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
        return _added(word, module, kinds)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        from pbr.problem import ContractError

        if isinstance(error, ContractError):
            raise
        raise _stopped(word, error) from error
    finally:
        sys.path.remove(folder)
        if before is None:
            del sys.modules[path.stem]
        else:
            sys.modules[path.stem] = before


def _added(word: str, module: ModuleType, kinds: Kinds) -> Kinds:
    """The kinds with those of a module."""
    found = getattr(module, "KINDS", None)
    if not isinstance(found, tuple | list) or not found:
        raise _wrong("PBR028", word, "the module has no tuple of kinds; write KINDS = (Attended,) with its classes")
    try:
        return kinds.adding(*found)
    except TypeError as error:
        raise _wrong("PBR028", word, str(error).replace("\n- ", "; ")) from error


def _stopped(word: str, error: BaseException) -> Exception:
    """What is said of a module that cannot be imported: the type of the exception, and no data."""
    from pbr.kinds import line_in

    module = Path(word).stem if word.endswith(".py") else word
    what = f"{type(error).__name__}{line_in(error, module)}"
    return _wrong("PBR027", word, f"the module stopped with {what} while it was imported; mend it")


def _wrong(code: str, word: str, message: str) -> Exception:
    from pbr.problem import ContractError, Problem, short

    return ContractError([Problem(code=code, message=message, file=short(word))])
