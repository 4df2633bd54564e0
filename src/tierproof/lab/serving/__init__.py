"""How the lab's models answer: inference, tokens, sampling, constraint, and the endpoint."""
