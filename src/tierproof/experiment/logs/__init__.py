"""Logs of other tools: outcomes that were measured elsewhere, read, paired and compared.

`readers/` holds one file a tool; `columns` what was read, `pairing` which items are the same, `comparison` what they
say.  Must not make calls.
"""

__all__ = [
    "evidence",
    "files",
    "gate",
    "imported",
    "outcome",
    "pairs",
    "reader_registry",
    "readers",
    "writers",
]
