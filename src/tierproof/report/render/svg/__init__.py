"""Figures as inline SVG: no script, no network, readable by a screen reader through title and description."""

__all__ = [
    "baselines",
    "element",
    "plane",
    "pooled",
    "ranking",
    "strip",
]
