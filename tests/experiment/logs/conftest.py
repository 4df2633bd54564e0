"""Logs that the tools themselves wrote, unpacked once."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

REAL = Path(__file__).parent / "real"


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a tool."""
    folder = tmp_path_factory.mktemp("real")
    for name in ("logs.tar.xz", "others.tar.xz", "settings.tar.xz"):
        with tarfile.open(REAL / name) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4
            archive.extractall(folder)
    return folder
