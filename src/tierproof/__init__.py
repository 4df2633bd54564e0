"""Which production AI techniques are worth it, how sure that is, and why.

    import tierproof as tp

    pack = tp.load_pack()
    tp.tier_table(pack, lens="value")

Everything here is a short way to the packages, which read as one sentence: evidence (found, or made by an experiment)
is synthesised, decided on, challenged, and reported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierproof.doors.notebook import critique, tier_table
    from tierproof.errors import InputError, Problem
    from tierproof.evidence import Pack, load_pack
    from tierproof.synthesis import Context, pool, synthesise

__version__ = "0.1.0"

__all__ = [
    "Context",
    "InputError",
    "Pack",
    "Problem",
    "critique",
    "load_pack",
    "pool",
    "synthesise",
    "tier_table",
]

_HOME = {
    "Context": "tierproof.synthesis",
    "InputError": "tierproof.errors",
    "Pack": "tierproof.evidence",
    "Problem": "tierproof.errors",
    "critique": "tierproof.doors.notebook",
    "load_pack": "tierproof.evidence",
    "pool": "tierproof.synthesis",
    "synthesise": "tierproof.synthesis",
    "tier_table": "tierproof.doors.notebook",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `tierproof --help` does not wait for numpy.
    if name not in _HOME:
        raise AttributeError(f"module 'tierproof' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
