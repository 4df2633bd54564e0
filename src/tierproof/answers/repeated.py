"""An item asked several times: how often an arm is right at least once, and each time; what chance alone makes of a
difference.  Parts of `tierproof measure`.

Enters: a `Repeated` or a `Noise`.  Leaves: the Structs of the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from tierproof.answers.document import Exact, drawn
from tierproof.experiment.findings.repeats.repeated import Kind

if TYPE_CHECKING:
    from tierproof.experiment.findings.repeats.noise import Noise as Floor
    from tierproof.experiment.findings.repeats.repeated import Repeated

__all__ = ["Noise", "Repeats", "noise_answer", "repeats_answer"]


class ShareOfItems(Exact, frozen=True):
    """A mean over items with its 95 % interval over items."""

    value: float
    """0 to 1."""
    low: float
    high: float


class Pass(Exact, frozen=True):
    """Of k independent answers to an item."""

    k: int
    items: int
    """Items with k answers and more."""
    once: ShareOfItems = field(name="at_least_once")
    """One answer at least is right: pass@k, unbiased (Chen and others 2021)."""
    each: ShareOfItems = field(name="each_time")
    """All are right: pass^k, unbiased (Yao and others 2024)."""


class Repeats(Exact, frozen=True):
    """An arm's answers to one item, again and again."""

    repeats: int
    """Answers that were asked for, an item."""
    items: int
    """Items with two scored answers and more."""
    alike: int
    """Those of them whose answers are the same text."""
    kind: Kind
    """Why answers `differ`, or do not: the model is `sure` (its endpoint was seen to draw); no draw was asked for
    (`greedy`: temperature 0); they are `kept`, by a cache or an endpoint that ignores the temperature; too `few` items
    to tell."""
    passes: tuple[Pass, ...]
    """From k = 1 on; none where answers are `kept`, and where scores lie between right and wrong."""


class Difference(Exact, frozen=True):
    """Of mean score."""

    value: float
    """-1 to 1."""
    se: float
    """Standard error, above 0."""


class Noise(Exact, frozen=True):
    """The baseline against itself, asked anew."""

    pairs: int
    difference: Difference
    """Of mean score, the second asking less the first."""
    floor: float | None
    """A difference of mean score below it, on so many items, comes of chance in the answers alone 19 times in 20; null
    where they never differed."""
    kind: Kind
    """As of `repeats`, of both askings together."""
    beyond: bool
    """The baseline differs from itself by more than the floor."""
    below: tuple[str, ...]
    """Arms whose difference is below it, each on its own number of items."""


def repeats_answer(found: Repeated) -> Repeats:
    return drawn(Repeats, found)


def noise_answer(found: Floor) -> Noise:
    return drawn(Noise, found)
