"""One client for all: what it keeps is what a server keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the extra [page] is not installed")

from doors.web.asking import client_of


@pytest.fixture(scope="package")
def client() -> Iterator[Any]:
    with client_of() as asking:
        yield asking
