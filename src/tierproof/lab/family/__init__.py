"""How the lab's models are made: networks, recipes and training."""

__all__ = [
    "build",
    "network",
    "optimiser",
    "recipe",
    "sparse_block",
    "stages",
    "trainer",
]
