"""How the lab's models are made: networks, text, recipes and training."""
