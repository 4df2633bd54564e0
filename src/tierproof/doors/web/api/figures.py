"""The evidence counted, its intervals checked, and anyone's own figures pooled.

Enters: kept views, who asks, a table of figures.  Leaves: Structs of `answers/`.  What is sent is kept nowhere.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Struct
from msgspec import field as msgspec_field

from tierproof.answers.census import CensusAnswer, census_answer
from tierproof.answers.packs import PacksAnswer, packs_answer
from tierproof.answers.pool import PoolAnswer, pool_file
from tierproof.answers.validate import ValidationAnswer, validation_answer
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.logs import placeless
from tierproof.doors.web.asked import Asked
from tierproof.errors import InputError
from tierproof.evidence.record import Outcome
from tierproof.messages import Message
from tierproof.synthesis.pools.scales import Measure

__all__ = ["Figures", "census", "packs", "pool", "validation"]

_LARGEST: Final = 5_000_000
"""Letters of a table of figures."""


class Figures(Struct, frozen=True):
    """Figures to pool."""

    table: str
    """Separated values with a header line, at most 5 MB."""
    given: Literal["effects", "events"] = msgspec_field(name="from", default="effects")
    """What a row is: an effect, or two arms' events (ai, n1i, ci, n2i; or bi, di)."""
    measure: Measure | None = None
    """What the figures are; sets the priors."""
    y: str | None = None
    """Column of estimates; left out: yi."""
    se: str | None = None
    """Column of standard errors; left out: sei."""
    vi: str | None = None
    """Column of sampling variances, instead of standard errors."""
    cluster: str | None = None
    """Column of sources: figures that share one depend on each other."""
    label: str | None = None
    """Column of names."""
    corrected: bool = False
    """Events: half an event added where a cell is empty, not the exact model."""
    mean_sd: float | None = None
    """Prior sd of the average effect; left out: by the measure."""
    tau_scale: float | None = None
    """Scale of the half-normal priors of spread; left out: by the measure."""


def pool(data: Figures) -> PoolAnswer:
    """Your own figures or events, pooled: `tierproof pool FILE --json`."""
    if len(data.table) > _LARGEST:
        raise InputError.of(Message("is larger than 5 MB"), field="table")
    with tempfile.TemporaryDirectory(prefix="tierproof-") as folder:
        path = Path(folder) / "table"
        path.write_text(data.table, encoding="utf-8", errors="replace")
        with placeless([path]):
            return pool_file(path, **{name: getattr(data, name) for name in data.__struct_fields__ if name != "table"})


def validation(
    views: KeptViews, asked: Asked, *, outcome: Annotated[Outcome | None, "Left out: all."] = None
) -> ValidationAnswer:
    """How often intervals hold, each source left out in turn, which takes seconds: `tierproof validate --json`."""
    return validation_answer(views.validation(views.view(as_of=asked.as_of, include_lab=asked.include_lab), outcome))


def census(views: KeptViews) -> CensusAnswer:
    """How much evidence there is: `tierproof evidence stats --json`."""
    return census_answer(views.pack)


def packs() -> PacksAnswer:
    """The packs that are known by name: `tierproof packs --json`."""
    return packs_answer()
