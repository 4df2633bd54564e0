"""The file that a person means who names a folder.

Enters: a path.  Leaves: the path of a log, or an error that lists those there are.  Must not read them.
"""

from __future__ import annotations

from pathlib import Path

from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["log_at"]

USUAL = (
    "outcomes.jsonl",
    "results/outcomes.jsonl",
    "per_instance_stats.json",
    "*.eval",
    "samples_*.jsonl",
    "*_samples.jsonl",
    "details_*.parquet",
    "test_run_*.json",
)
"""Names under which tools leave logs, the surest first; looked for in the folder, then one folder below."""
WHOLE = ("samples_*.jsonl", "results_*.json")
"""Where there are several of the first, the one of the second that speaks of them all is the log."""


def log_at(path: Path) -> Path:
    """The path itself, or the one log in a folder.  Raises InputError where there is none, or more."""
    if not path.is_dir():
        return path
    for depth in ("", "*/"):
        for name in USUAL:
            found = sorted(path.glob(depth + name))
            if len(found) == 1:
                return found[0]
            if name == WHOLE[0] and len(whole := sorted(path.glob(depth + WHOLE[1]))) == 1:
                return whole[0]
            if found:
                names = ", ".join(str(one.relative_to(path)) for one in found[:8])
                message = gettext("a folder with several logs: {n}", n=len(found))
                raise InputError.of(message, remedy=gettext("name one of: {names}", names=names), file=path)
    raise InputError.of(gettext("a folder without a log of a known name"), remedy=gettext("name the file"), file=path)
