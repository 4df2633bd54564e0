"""Claims, pasted tables, briefs and plans on the page: the commands' answers, and nothing that texts bring along."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from doors.web.asking import VISION, client_of
from doors.web.browsing import DESK, PHONE, browsing, fits
from doors.web.watching import served
from tierproof.answers.brief import asked_for, brief_answer, brief_for
from tierproof.answers.critique import critique_of
from tierproof.answers.plan import plan_answer
from tierproof.answers.view import view_of
from tierproof.decision.plan import Limits, Team, make_plan
from tierproof.doors.kept_views import KeptViews
from tierproof.evidence import load_pack
from tierproof.report.words.critique import answer_told
from tierproof.report.words.plan import plan_blocks

XSS = '<img src=x onerror=alert(1)><script>alert(2)</script>" autofocus onfocus=alert(3) x="'
TABLE = (
    "| Technique | Tier |\n| --- | --- |\n| Quantization | S |\n| Pruning | A |\n| "
    + XSS.replace("|", "/")
    + " | B |\n"
)


def escaped(text: str) -> bool:
    return "<img src=x" not in text and "<script>alert" not in text and '" autofocus' not in text


def test_a_claim_gets_the_verdict_of_the_command(client: Any) -> None:
    claim = "Quantization improves quality."
    page = client.get("/critique", params={"text": claim})
    (verdict,) = critique_of(claim, view_of(VISION)).verdicts
    assert answer_told(verdict) in unescape(page.text)
    assert "Understood: Quantization improves quality" in page.text
    assert 'href="/techniques/quantization"' in page.text
    assert "When you would be right" in page.text or "You stay right" in page.text


def test_a_russian_claim_is_read(client: Any) -> None:
    page = client.get("/critique", params={"text": "Прунинг улучшает качество."})
    assert page.status_code == 200
    assert "Понято так:" in page.text


def test_a_claim_stands_in_the_address(client: Any) -> None:
    answer = client.get("/critique", params={"text": " a & b "}, headers={"HX-Request": "true"})
    assert answer.headers["hx-replace-url"] == "/critique?text=a+%26+b"
    assert "<form" not in answer.text


def test_only_the_first_claims_of_a_long_text_are_judged(client: Any) -> None:
    text = " ".join(f"Quantization lowers cost by {n} percent." for n in range(11, 23))
    assert "The first 10 of" in client.get("/critique", params={"text": text}).text
    assert client.get("/critique", params={"text": "x" * 4001}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/critique?text=", "/brief?question=", "/plan?without=", "/brief?option=", "/audit?lens="]
)
def test_what_texts_bring_along_is_shown_as_text(path: str, client: Any) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(
            path + client.build_request("GET", "/", params={"q": XSS}).url.query.decode()[2:], headers=headers
        )
        assert answer.status_code in (200, 400)
        assert escaped(answer.text)


def test_a_pasted_table_is_audited(client: Any) -> None:
    answer = client.post("/audit", files={"table": (None, TABLE), "as_of": (None, "")})
    assert answer.status_code == 200
    assert escaped(answer.text)
    assert "Quantization" in answer.text
    assert "stated 1, by the evidence" in answer.text
    as_csv = client.post("/audit?lens=value", files={"table": (None, "technique,tier\nQuantization,S\nPruning,A\n")})
    assert "stated 2, by the evidence" in as_csv.text


@pytest.mark.parametrize(
    ("table", "told"), [("  ", "is empty"), ('{"rows": ', "JSON"), ("x" * 1_000_001, "larger than 1 MB")]
)
def test_what_is_no_table_is_told(table: str, told: str, client: Any) -> None:
    answer = client.post("/audit", files={"table": (None, table)}, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert told in answer.text


def test_a_table_of_another_sites_page_is_refused(client: Any) -> None:
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/audit", files={"table": (None, TABLE)}, headers=headers).status_code == 403


def test_ticked_techniques_are_briefed(client: Any) -> None:
    page = client.get(
        "/brief?option=quantization&option=pruning&together=true&aim=latency", headers={"HX-Request": "true"}
    )
    assert page.status_code == 200
    assert page.headers["hx-replace-url"] == "/brief?together=true&aim=latency&option=quantization&option=pruning"
    for label in ("Quantization", "Pruning", "Quantization + Pruning"):
        assert f">{label}</th>" in page.text or f">{label}<" in page.text, label
    assert "Time saved" in page.text


def test_a_brief_of_kept_views_is_that_of_the_command() -> None:
    pack = load_pack(VISION, whole=False)
    views = KeptViews(pack)
    asked = asked_for(pack, ["quantization", "pruning"], aim="latency", together=True)
    kept = brief_for(pack, asked, view_for=lambda _, **which: views.whole(**which), task="detection")
    again = brief_for(pack, asked, view_for=lambda _, **which: views.whole(**which), task="detection")
    alone = brief_for(pack, asked, task="detection")
    assert brief_answer(kept, pack) == brief_answer(again, pack) == brief_answer(alone, pack)


def test_a_question_in_words_is_briefed(client: Any) -> None:
    page = client.get("/brief", params={"question": "quantization or pruning"})
    assert "Options side by side" in page.text
    assert client.get("/brief", params={"question": "xyzzy"}).status_code == 400


def test_a_plan_keeps_the_limits_of_its_address(client: Any) -> None:
    page = client.get("/plan?budget=500&weeks=4&skills=basic&without=pruning&value_per_success=2&role=")
    assert page.status_code == 200
    view = view_of(VISION, profile={"value_per_success": 2.0})
    plan = make_plan(view.appraisal, Limits(budget=500, weeks=4), Team(skills="basic", without=frozenset({"pruning"})))
    first = plan_blocks(plan, view.pack)[1]
    assert first.text in unescape(page.text)  # type: ignore[union-attr]
    assert plan_answer(plan, view.pack).limits.budget == 500
    assert 'name="value_per_success" value="2"' in page.text
    for query in ("budget=-1", "weeks=nan", "at_once=0", "skills=wizard", "budget=much"):
        assert client.get(f"/plan?{query}").status_code == 400, query


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_each_is_used_in_a_browser(size: dict[str, int], tmp_path: Any) -> None:
    with browsing(size) as page, served(VISION, workspace=tmp_path) as address:
        page.goto(f"{address}/critique")
        page.fill("#claim", f"Quantization improves quality. {XSS}")
        page.click("form.asks button[type=submit]")
        page.wait_for_selector("#answer h2")
        page.wait_for_url(lambda url: "text=Quantization" in url)
        shown = page.inner_text("#answer")
        page.reload()
        assert page.inner_text("#answer") == shown
        assert fits(page)

        page.click("nav >> text=A tier table")
        page.fill("#pasted", TABLE)
        page.click("form.asks button[type=submit]")
        page.wait_for_selector("#answer table.pictured")
        assert "stated 1" in page.inner_text("#answer")
        assert fits(page)

        page.click("nav >> text=A brief")
        page.click("text=Or tick the techniques to choose from")
        page.check("input[name=option][value=quantization]")
        page.check("input[name=option][value=pruning]")
        page.click("form.asks button[type=submit]")
        page.wait_for_selector("#answer table.pictured")
        page.wait_for_url(lambda url: "option=quantization" in url and "option=pruning" in url)
        assert fits(page)

        page.click("nav >> text=A plan")
        before = page.inner_text("#answer")
        page.focus("input[data-of=l-weeks]")
        with page.expect_response(lambda reply: "weeks=" in reply.url):
            page.keyboard.press("ArrowRight")
        page.wait_for_url(lambda url: "weeks=" in url)
        assert page.inner_text("#answer") != before
        assert fits(page)
        assert page.said == []


def test_the_audit_asks_for_the_token_too() -> None:
    from tierproof.doors.web.fences import Fences

    with client_of(fences=Fences(token="a-long-random-text")) as client:
        assert client.post("/audit", files={"table": (None, TABLE)}).status_code == 401


def test_everybody_can_read_them(tmp_path: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    outcome = '{{"arm": "{}", "item": "i{}", "position": {}, "score": {}, "text": "so"}}\n'
    lines = [outcome.format(arm, at, at, at % 2) for at in range(5) for arm in ("base", "b")]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "outcomes.jsonl").write_text("".join(lines), encoding="utf-8")
    with browsing(PHONE) as page, served(VISION, workspace=tmp_path) as address:
        for path in (
            "/critique?text=Quantization+improves+quality.",
            "/audit",
            "/brief?option=quantization&option=pruning",
            "/plan?weeks=8",
            "/measure",
            "/runs",
            "/runs/items?run=run",
            "/runs/label?run=run",
            "/runs/label?run=run&by=ana",
            "/import",
        ):
            page.goto(f"{address}{path}")
            assert [one["id"] for one in axe.run(page).response["violations"]] == [], path
