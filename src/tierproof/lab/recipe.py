"""How the family is made: shapes, stages, seeds.  Everything that decides the weights stands here or in what this names.

Enters: nothing.  Leaves: plans.  Must not know torch, so that the recipe can be printed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from tierproof.lab.pages import Part, drill_page, names_page, recall_page, sums_page

__all__ = ["PAGES", "SHAPES"]

Draw = Callable[[np.random.Generator], list[Part]]

SHAPES: Mapping[str, Mapping[str, int]] = {
    "lab-200k": {"width": 64, "layers": 3, "heads": 4, "inner": 160},
    "lab-1m": {"width": 128, "layers": 4, "heads": 8, "inner": 352},
    "lab-3m": {"width": 256, "layers": 4, "heads": 8, "inner": 640},
}
PAGES: Mapping[str, Draw] = {
    "names-2": partial(names_page, products=2, questions=8),
    "names-8": partial(names_page, products=8, questions=16),
    "pages-3": partial(recall_page, products=3, questions=12, attributes=3),
    "pages-2": partial(recall_page, products=2, questions=12),
    "pages-4": partial(recall_page, products=4, questions=16),
    "pages-6": partial(recall_page, products=6, questions=20),
    "sums": partial(sums_page, products=3, questions=4),
    "sums-2": partial(sums_page, products=2, questions=4),
    "drills": partial(drill_page, count=16),
}
