"""Which production AI techniques are worth it, how sure that is, and why."""

__version__ = "0.1.0"
