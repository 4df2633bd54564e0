"""Commands of these tests ask the same packs again and again."""

from __future__ import annotations

import pytest

from kept import keep


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch)
