"""Answers for readers with little room, an assistant above all: the figures that decide, each with its source.

Enters: a view, or what another answer was made from.  Leaves: one small Struct a question, its lists in pages.  Knows
nothing of protocols, screens or languages.
"""

__all__ = ["choices", "claims", "logs", "parts", "proof", "rows"]
