"""Which production AI techniques are worth it, how sure that is, and why.

    import tierproof as tp

    tp.table(lens="value", task="code")

Here is what a notebook needs.  The packages read as one sentence: evidence (found, or made by an experiment on systems
changed by techniques) is synthesised, decided on, challenged, answered, reported, and reached through doors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierproof.decision.plan import Limits, Team
    from tierproof.doors.notebook import audit, brief, critique, measure, plan, table
    from tierproof.errors import InputError, Problem
    from tierproof.evidence import Pack, load_pack
    from tierproof.synthesis import Context, pool, synthesise

__version__ = "0.1.0"

__all__ = [
    "Context",
    "InputError",
    "Limits",
    "Pack",
    "Problem",
    "Team",
    "audit",
    "brief",
    "critique",
    "load_pack",
    "measure",
    "plan",
    "pool",
    "synthesise",
    "table",
]

_HOME = {
    **dict.fromkeys(("audit", "brief", "critique", "measure", "plan", "table"), "tierproof.doors.notebook"),
    **dict.fromkeys(("InputError", "Problem"), "tierproof.errors"),
    **dict.fromkeys(("Limits", "Team"), "tierproof.decision.plan"),
    **dict.fromkeys(("Pack", "load_pack"), "tierproof.evidence"),
    **dict.fromkeys(("Context", "pool", "synthesise"), "tierproof.synthesis"),
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `tierproof --help` does not wait for numpy.
    if name not in _HOME:
        raise AttributeError(f"module 'tierproof' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
