"""Whatever JSON a command prints in these tests is held to its schema; shipped packs are read and pooled once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from doors.checked import check
from kept import keep
from tierproof.answers.document import Answer, plain
from tierproof.doors.cli import screen


@pytest.fixture(autouse=True)
def _held_to_its_schema_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch)
    put = screen.put_json

    def checked(answer: Answer | Mapping[str, Any]) -> None:
        if isinstance(answer, Answer):
            check(plain(answer))
        put(answer)

    monkeypatch.setattr(screen, "put_json", checked)
