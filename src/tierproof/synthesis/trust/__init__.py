"""How far a posterior can be trusted: certainty, other analyses, sources that oppose it."""

__all__ = [
    "certainty",
    "from_none",
    "one_point",
    "opposing",
    "sensitivity",
]
