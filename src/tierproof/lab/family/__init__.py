"""How the lab's models are made: networks, text, recipes and training."""

__all__ = [
    "build",
    "family",
    "feed_forward",
    "network",
    "optimiser",
    "plan",
    "recipe",
    "sparse_block",
    "tokenizing",
    "trainer",
]
