"""Packages that only some techniques need: imported where they are used, asked for where they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["optional"]


def optional(module: str, *, use: str, extra: str) -> Any:
    """An optional module.  Raises InputError that names what it is for and the extra that brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and not module.startswith(error.name):
            raise
        package = module.partition(".")[0]
        message = gettext("{use} needs the package {package}", use=use, package=package)
        remedy = gettext("install the extra: {command}", command=f"pip install 'tierproof[{extra}]'")
        raise InputError.of(message, remedy=remedy) from None
