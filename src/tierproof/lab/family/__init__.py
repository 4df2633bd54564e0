"""How the lab's models are made: networks, text, recipes and training."""

__all__ = [
    "build",
    "family",
    "network",
    "recipe",
    "sparse_block",
    "stages",
    "tokenizing",
    "trainer",
]
