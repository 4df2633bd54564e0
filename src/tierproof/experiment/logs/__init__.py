"""Logs of other tools: outcomes that were measured elsewhere, read, paired and compared.

`readers/` holds one file a tool; `columns` what was read, `pairing` which items are the same, `comparison` what they
say.  Must not make calls.
"""

__all__ = [
    "archive",
    "columns",
    "comparison",
    "evidence",
    "gate",
    "grades",
    "imported",
    "matching",
    "outcome",
    "pairing",
    "places",
    "readers",
    "registry",
    "remarks",
    "rows",
    "source",
    "who",
    "within",
    "writers",
]
