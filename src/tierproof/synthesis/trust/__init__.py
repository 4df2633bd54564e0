"""How far a posterior can be trusted: certainty, other analyses, sources that oppose it."""

__all__ = [
    "certainty",
    "one_point",
    "opposing",
    "sensitivity",
]
