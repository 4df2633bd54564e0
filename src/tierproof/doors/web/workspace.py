"""The folder whose files the page may show, and none beside it.

Enters: a name that a request gives.  Leaves: a path within the folder.  Knows nothing of what files hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct

from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["Workspace"]

_FILES: Final = 20_000
"""Files of a folder that are looked at, so that none leads out of the workspace."""


class Workspace(Struct, frozen=True):
    """A folder."""

    root: Path
    """Absolute, without links."""

    @classmethod
    def of(cls, folder: Path) -> Workspace:
        """Raises InputError for what is no folder."""
        if not folder.is_dir():
            raise InputError.of(gettext("is no folder"), remedy=gettext("name one that exists"), file=folder)
        return cls(folder.resolve())

    def path(self, name: str) -> Path:
        """What is called `name`, relative to the folder, with every link followed.

        Raises InputError where that lies outside of the folder, or is not there.
        """
        try:
            found = (self.root / name).resolve()
            inside = found.is_relative_to(self.root) and found.exists()
        except (OSError, ValueError):  # too long for a name, or with letters that no name has
            inside = False
        if not inside:
            message = gettext("there is no '{name}' in the workspace", name=name[:80])
            raise InputError.of(message, remedy=gettext("name a file or folder of the workspace"))
        return found

    def folder(self, name: str) -> Path:
        """The folder of that name.  Raises InputError where it, or a file in it, lies outside of the workspace."""
        found = self.path(name)
        if not found.is_dir():
            raise InputError.of(gettext("'{name}' is no folder of the workspace", name=name[:80]))
        for count, path in enumerate(found.rglob("*")):
            if path.is_symlink():
                self.path(str(path.relative_to(self.root)))
            if count > _FILES:
                message = gettext("'{name}' holds more than {n:,} files", name=name[:80], n=_FILES)
                raise InputError.of(message)
        return found

    def workload(self, name: str) -> Path:
        """The folder of that name, which is a workload.  Raises InputError where it is none."""
        found = self.folder(name)
        if not (found / "workload.toml").is_file():
            message = gettext("'{name}' is no workload", name=name[:80])
            raise InputError.of(message, remedy=gettext("choose one that has a workload.toml"))
        return found
