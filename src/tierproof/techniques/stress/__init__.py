"""Adverse conditions: what a system meets in the world and not in its test set.  One file each, named `stress/...`.

A condition is put on a system as a technique is, so a stressed arm differs from its own arm in the condition alone.
"""

__all__ = [
    "injection",
    "long_context",
    "repetition",
    "rewording",
]
