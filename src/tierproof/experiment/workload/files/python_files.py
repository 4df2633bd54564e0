"""Functions in a workload's own Python files.

Enters: a folder and a name like `scorer.py:score`.  Leaves: the function.  The file is run: a workload is code,
and is to be trusted as such.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["load_function", "load_module"]


def load_module(path: Path) -> ModuleType:
    """Run a Python file, once for each path, and give its module.  Modules beside it can be imported from it.

    Raises InputError with the line on which it failed.
    """
    digest = hashlib.blake2b(str(path.resolve()).encode(), digest_size=6).hexdigest()
    name = f"tierproof_workload_{digest}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError.of(Message("there is no such Python file"), file=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        inside = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(inside), None)
        remedy = ""
        if isinstance(error, ModuleNotFoundError) and error.name:
            package = error.name.partition(".")[0]
            remedy = Message(
                "install what holds it where Tierproof is installed (usually: python -m pip install "
                "{package}), or put {package}.py beside this file",
                package=package,
            )
        raise InputError.of(f"{type(error).__name__}: {error}", remedy=remedy, file=path, line=line) from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def load_function(folder: Path, name: str, *, field: str) -> Callable[..., Any]:
    """The function that `file.py:name` names, in a folder.  Raises InputError where there is none."""
    file, colon, attribute = name.partition(":")
    if not colon or not file.endswith(".py") or not attribute.isidentifier():
        raise InputError.of(
            Message("'{name}' names no function", name=name), remedy=Message("write file.py:name"), field=field
        )
    path = folder / file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError.of(
            Message("'{file}' lies outside the workload", file=file), remedy=Message("copy it there"), field=field
        )
    found = getattr(load_module(path), attribute, None)
    if not callable(found):
        raise InputError.of(
            Message("there is no function '{attribute}' in it", attribute=attribute), field=field, file=path
        )
    function: Callable[..., Any] = found
    return function
