"""How the lab's models are made: networks, text, recipes and training."""

__all__ = ["build", "experts", "family", "feed_forward", "network", "optimiser", "plan", "recipe", "text", "trainer"]
