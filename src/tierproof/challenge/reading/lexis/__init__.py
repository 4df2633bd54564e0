"""Words of a language, as data, and the names of a pack."""

__all__ = [
    "closed",
    "language",
    "lexicon",
    "stem",
    "tokens",
    "vocabulary",
]
