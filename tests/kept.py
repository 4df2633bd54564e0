"""What is shipped does not change while tests run: it is read once, and pooled once for each place to stand.

Of tests that ask many questions of one pack, each of which a command reads anew.  How long that takes, and that it says
the same each time, other tests hold (`evidence/test_shipped_evidence.py`, `synthesis/test_shipped_pack.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tierproof.answers.view import View
from tierproof.evidence import pack

__all__ = ["keep"]

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = (ROOT / "src" / "tierproof" / "packs", ROOT / "examples" / "packs")
KEPT: dict[Any, Any] = {}


def keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the end of a test."""
    load = pack._load

    def loaded(folder: Path, *, whole: bool) -> pack.Pack:
        if not any(home in folder.resolve().parents for home in SHIPPED):
            return load(folder, whole=whole)
        pack.learn_words(folder)
        return _once((folder, folder.resolve(), whole), lambda: load(folder, whole=whole))

    monkeypatch.setattr(pack, "_load", loaded)
    for name in ("conversion", "synthesis"):
        part = View.__dict__[name]
        assert isinstance(part, cached_property)
        monkeypatch.setattr(part, "func", _pooled_once(name, part.func))


def _pooled_once(name: str, work: Callable[[View], Any]) -> Callable[[View], Any]:
    def found(view: View) -> Any:
        own = view.pack
        if not any(kept is own for kept in KEPT.values()):
            return work(view)
        return _once((name, id(own), view.context), lambda: work(view))

    return found


def _once(key: Any, work: Callable[[], Any]) -> Any:
    if key not in KEPT:
        KEPT[key] = work()
    return KEPT[key]
