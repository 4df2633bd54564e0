"""Arms beside another than the workload's baseline: an opponent, themselves without stress, the whole that they lack a
part of.  Must not make calls."""

__all__ = [
    "ablated",
    "opponents",
    "stressed",
]
