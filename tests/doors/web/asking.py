"""A client of the page, over a small pack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
from litestar.testing import TestClient

from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.app import application
from tierproof.doors.web.fences import Fences
from tierproof.doors.web.workspace import Workspace
from tierproof.evidence import load_pack

ROOT = Path(__file__).resolve().parents[3]
VISION = ROOT / "examples" / "packs" / "production_vision"


def client_of(pack: Path = VISION, *, workspace: Path = ROOT, fences: Fences | None = None) -> TestClient:  # type: ignore[type-arg]
    app = application(
        KeptViews(load_pack(pack, whole=False)), workspace=Workspace.of(workspace), fences=fences or Fences()
    )
    return TestClient(app, base_url="http://127.0.0.1:8471")


def headers_of(answer: httpx.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
