"""A file whole or not at all: a reader finds the old one or the new one, never half of either.

Enters: a path and a text.  Leaves: the file.  Knows nothing of what it holds.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["replace_file"]


def replace_file(path: Path, text: str, *, lasting: bool = True) -> None:
    """Write beside the file and rename.  `lasting`: wait until the disk has it.  Raises InputError."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            if lasting:
                os.fsync(out.fileno())
        # mkstemp makes a private file; this one is as readable as any other new one.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> InputError:
    reason = (error.strerror or str(error)).lower()
    remedy = Message("free some space, or name a file in a folder that exists and takes new files")
    return InputError.of(Message("cannot be written: {reason}", reason=kept(reason)), remedy=remedy, file=path)
