"""Who is let in: by host, by origin, by token; and that nothing outside of the workspace is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doors.web.asking import VISION, client_of
from tierproof.doors.web.fences import HEADERS, LARGEST_UPLOAD, Fences, is_loopback
from tierproof.doors.web.serving import serve
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError

TOKEN = "a-long-random-text"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8471", "localhost", "localhost:9", "[::1]:8471", "192.0.2.7:80", "desk.lan"]
)
def test_a_host_that_nobody_else_controls_is_answered(host: str) -> None:
    assert Fences(hosts=frozenset({"desk.lan"})).refusal("GET", {"host": host}) == ""


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8471", "localhost.evil.example", "", "[::1", "a b"]
)
def test_a_name_that_leads_here_from_elsewhere_is_refused(host: str) -> None:
    assert "host" in Fences(hosts=frozenset({"desk.lan"})).refusal("GET", {"host": host})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8471"])
def test_what_another_page_sends_is_refused(origin: str) -> None:
    for method in ("GET", "POST"):
        assert "another site" in Fences().refusal(method, {"host": "127.0.0.1:8471", "origin": origin})


def test_what_this_page_sends_is_answered() -> None:
    headers = {"host": "127.0.0.1:8471", "origin": "http://127.0.0.1:8471", "sec-fetch-site": "same-origin"}
    assert Fences().refusal("POST", headers) == ""
    assert Fences().refusal("GET", {"host": "127.0.0.1:8471", "sec-fetch-site": "cross-site"}) == ""  # a link
    assert Fences().refusal("POST", {"host": "127.0.0.1:8471", "sec-fetch-site": "cross-site"}) != ""


def test_every_reply_has_the_headers_and_says_nothing_inline(client: Any) -> None:
    for path in ("/", "/api/v1/table", "/nowhere", "/assets/page.js", "/api/v1/nowhere"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS), path
    page = client.get("/").text
    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count("<script src=")
    assert not any(f" on{event}=" in page for event in ("click", "load", "error", "input"))


def test_replies_of_the_fences_have_the_headers_too(client: Any) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/nowhere", headers={"origin": "http://evil.example"}).status_code == 403


def test_a_token_is_asked_for_and_kept_in_a_cookie() -> None:
    with client_of(fences=Fences(token=TOKEN)) as client:
        for path in ("/", "/api/v1/table", "/assets/page.js", "/api/v1/openapi.json"):
            assert client.get(path).status_code == 401
        assert client.get("/?token=another").status_code == 401
        assert client.get("/", headers={"authorization": "Bearer another"}).status_code == 401
        assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get("/").status_code == 401
        let_in = client.get(f"/?lens=value&token={TOKEN}", follow_redirects=False)
        assert let_in.status_code == 303
        assert let_in.headers["location"] == "/?lens=value"
        assert "HttpOnly" in let_in.headers["set-cookie"]
        assert client.get("/").status_code == 200


def test_a_token_leads_to_no_other_host() -> None:
    with client_of(fences=Fences(token=TOKEN)) as client:
        answer = client.get(f"http://127.0.0.1:8471//evil.example/?token={TOKEN}", follow_redirects=False)
        assert answer.headers["location"] == "/evil.example/"


def test_only_loopback_does_without_a_token() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "::1", "localhost", "127.9.9.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.7", "example.org", "")))
    with pytest.raises(InputError, match="token"):
        serve(pack=VISION, host="0.0.0.0", port=0, workspace=Path(), token="", say=print)


def test_an_upload_has_a_limit(client: Any) -> None:
    answer = client.post("/nowhere", content=b"x" * 10)
    assert answer.status_code == 404
    assert LARGEST_UPLOAD <= 64_000_000


def test_the_workspace_ends_at_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.csv").write_text("a", encoding="utf-8")
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "within").symlink_to(inside / "a.csv")
    workspace = Workspace.of(inside)
    assert workspace.path("a.csv") == workspace.path("./within") == inside.resolve() / "a.csv"
    assert workspace.path("") == inside.resolve()
    for name in (
        "../secret",
        "link",
        str(tmp_path / "secret"),
        "a.csv/../../secret",
        "missing",
        "a\0b",
        "a" * 5000,
        "/etc/passwd",
    ):
        with pytest.raises(InputError, match="workspace"):
            workspace.path(name)
    with pytest.raises(InputError, match="no folder"):
        Workspace.of(tmp_path / "secret")
