"""What a notebook asks: the answers of the commands, which show themselves.

Enters: a pack and plain settings, as in `answers.view.view_of`.  Leaves: answers that are text, HTML and plain data.
Knows nothing worth testing twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from tierproof.answers.critique import Critique as Found
from tierproof.answers.critique import critique_answer, critique_of
from tierproof.answers.document import plain
from tierproof.answers.table import table_answer
from tierproof.answers.view import View, view_of
from tierproof.decision.results import TierTable
from tierproof.evidence import Pack
from tierproof.report import html_table, text_table, to_frame
from tierproof.report.render.html.blocks import blocks_html
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.critique import critique_blocks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Critique", "Table", "critique", "tier_table"]


class Table(Struct, frozen=True):
    """A tier table."""

    view: View
    result: TierTable

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as `tierproof table --json` prints it."""
        data: dict[str, Any] = plain(table_answer(self.result, self.view.pack))
        return data

    def to_pandas(self) -> pd.DataFrame:
        """One row a technique.  Raises InputError where pandas is not installed."""
        return to_frame(self.result, self.view.pack)

    def _repr_html_(self) -> str:
        return html_table(self.result, self.view.pack)

    def __str__(self) -> str:
        return text_table(self.result, self.view.pack)


class Critique(Struct, frozen=True):
    """What a text claims, and what the evidence makes of it."""

    found: Found

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as `tierproof critique --json` prints it."""
        data: dict[str, Any] = plain(critique_answer(self.found))
        return data

    def _blocks(self) -> Any:
        return critique_blocks(self.found.parsed, self.found.verdicts, self.found.view.pack)

    def _repr_html_(self) -> str:
        return blocks_html(self._blocks(), title="Critique")

    def __str__(self) -> str:
        return "\n".join(line.plain for line in block_lines(self._blocks(), 80))


def tier_table(pack: Pack | Path | str | None = None, **settings: Any) -> Table:
    """The tier table of a pack; settings as in `view_of` (`lens="value"`, `task="code"`, ...)."""
    view = view_of(pack, **settings)
    return Table(view, view.table())


def critique(text: str, pack: Pack | Path | str | None = None, **settings: Any) -> Critique:
    """The verdicts on every claim of `text`, in English or Russian; settings as in `view_of` (`lens="value"`, ...)."""
    return Critique(critique_of(text, _view_kept(pack, settings)))


_KEPT: Final = 4
_views: OrderedDict[tuple[int, str], View] = OrderedDict()


def _view_kept(pack: Pack | Path | str | None, settings: Mapping[str, Any]) -> View:
    """The view of a loaded pack, pooled once for any number of texts; of a folder, which may change, anew each time.

    A view holds its pack, so that no other can take the pack's place in memory while it is kept.
    """
    if not isinstance(pack, Pack):
        return view_of(pack, **settings)
    key = (id(pack), repr(sorted(settings.items())))
    view = _views.pop(key, None) or view_of(pack, **settings)
    _views[key] = view
    if len(_views) > _KEPT:
        _views.popitem(last=False)
    return view
