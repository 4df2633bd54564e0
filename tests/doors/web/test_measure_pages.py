"""Measuring, past runs and logs on the page: money is spent only after a forecast and within a cap, the workspace ends
at its folder, and what models and logs say is text."""

from __future__ import annotations

import html
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from doors.test_measure_command import HOSTILE, folder, hostile_answer
from doors.web.asking import ROOT, client_of
from doors.web.browsing import DESK, PHONE, browsing, fits
from doors.web.watching import served
from servers.endpoint import Endpoint, serve
from spent import spent
from tierproof.doors import background
from tierproof.doors.background import ANSWER, ArmProgress, Progress, put_progress
from tierproof.doors.web.fences import LARGEST_UPLOAD
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS

SHIPPED = ROOT / "src" / "tierproof" / "packs" / "production_ai"
XSS = "<img src=x onerror=alert(1)>"
FOREIGN = ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"})


def slow_answer(body: dict[str, object]) -> str:
    """So that there is something to watch and to stop: 600 trials take ten seconds at least."""
    time.sleep(0.015)
    return hostile_answer(body)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Path, Endpoint]]:
    """A client, its workspace with the workload `w`, and the endpoint that is measured."""
    workspace = tmp_path_factory.mktemp("workspace")
    with serve(answer=slow_answer) as endpoint, client_of(SHIPPED, workspace=workspace) as client:
        folder(workspace / "w", endpoint, 200)
        yield client, workspace, endpoint


def sent(**fields: str) -> dict[str, tuple[None, str]]:
    return {name: (None, value) for name, value in fields.items()}


def mark_of(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None, page
    return found[1]


def until(client: Any, sentence: str) -> str:
    """The page of the measurement, once it says so; a busy machine has minutes for it."""
    for _ in range(600):
        page = unescape(client.get("/measure/live?folder=w").text)
        if sentence in page:
            return page
        time.sleep(0.2)
    raise AssertionError(page)


def test_nothing_is_spent_without_a_cap_and_the_forecast(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, endpoint = desk
    assert "not measured yet" in client.get("/measure").text
    shown = client.get("/measure?folder=w")
    assert "State a cap to start it" in shown.text
    assert 'name="seen"' not in shown.text
    capped = client.get("/measure?folder=w&cap=1usd").text
    mark = mark_of(capped)
    for fields in (
        sent(folder="w", cap="", seen=mark),
        sent(folder="w", cap="1usd", seen=""),
        sent(folder="w", cap="100usd", seen=mark),
        sent(folder="w", cap="1usd", techniques="chain-of-thought", seen=mark),
        sent(folder="w", cap="much", seen=mark),
    ):
        assert client.post("/measure/start", files=fields).status_code == 400, fields
    for headers in FOREIGN:
        good = sent(folder="w", cap="1usd", seen=mark)
        assert client.post("/measure/start", files=good, headers=headers).status_code == 403
        assert client.post("/measure/stop", files=sent(folder="w"), headers=headers).status_code == 403
    assert client.get("/measure/start?folder=w&cap=1usd").status_code in (404, 405)
    assert background.started(workspace / "w") is None
    assert endpoint.calls.total() == 0


def test_a_forecast_is_told_in_russian(desk: tuple[Any, Path, Endpoint]) -> None:
    client, _, _ = desk
    for address in ("/measure", "/measure?folder=w", "/measure?folder=w&cap=1usd,5000calls", "/measure/live?folder=w"):
        page = client.get(address, headers={"Accept-Language": "ru"}).text
        assert '<html lang="ru">' in page
        body = re.sub(
            r"<script.*?</script>|<a [^>]*>[^<]*</a>|<[^>]*>", " ", page.partition("<main")[2], flags=re.DOTALL
        )
        # What of the workload and of its files is named, and what a shell takes.
        named = r"chain-of-thought|system-prompt-design|retrieval-augmented-generation|tierproof init NAME|\bw\b"
        body = re.sub(
            rf"{named}|baseline|documents/|\[retriever\]|2usd|30min|1usd|5000calls|USD|Tierproof", " ", unescape(body)
        )
        assert re.findall(r"[A-Za-z]{2,}", body) == [], address
    refused = client.post("/measure/start?lang=ru", files=sent(folder="w", cap="", seen="x"))
    assert refused.status_code == 400
    assert "прогноз" in refused.text


def test_a_measurement_is_watched_stopped_and_gone_on_with(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, endpoint = desk
    start = sent(folder="w", cap="2usd", seen=mark_of(client.get("/measure?folder=w&cap=2usd").text))
    assert client.post("/measure/start", files=start).status_code == 200
    again = client.post("/measure/start", files=start)
    assert again.status_code == 400
    page = until(client, "arms are decided")
    assert "within 2 USD" in page
    assert "<progress" in page
    assert "Score against the baseline" in page
    assert client.get("/measure?folder=w&cap=2usd").status_code == 200
    stopped = client.post("/measure/stop", files=sent(folder="w"))
    assert stopped.status_code == 200
    until(client, "It has ended.")
    started = background.started(workspace / "w")
    assert started is not None
    assert started.ended == 143
    calls = endpoint.calls.total()
    assert calls > 0
    spend = spent(workspace / "w" / "results" / "journal.sqlite")
    assert spend.total.usd <= 2
    assert not (workspace / "w" / "results" / background.PROGRESS).exists()

    capped = client.get("/measure?folder=w&cap=2usd").text
    assert "Go on, within 2usd" in capped
    start = sent(folder="w", cap="2usd", seen=mark_of(capped))
    assert client.post("/measure/start?lang=ru", files=start).status_code == 200
    until(client, "Its answers")
    # It is for whoever asked; what programs read is English.
    assert '<html lang="ru">' in (workspace / "w" / "results" / "report.html").read_text("utf-8")
    assert not re.search("[а-яё]", (workspace / "w" / "results" / background.ANSWER).read_text("utf-8"))
    trials = [
        json.loads(line) for line in (workspace / "w" / "results" / "outcomes.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(trials) == 600
    # No answered call was paid twice: those of the trials, and those of the arms timed apart.
    assert endpoint.calls.total() == sum(trial["calls"] for trial in trials) + 3 * TIMED_ITEMS
    assert spent(workspace / "w" / "results" / "journal.sqlite").total.usd <= 2

    over = unescape(client.get("/measure/live?folder=w").text)
    assert "It took $" in over
    assert "worth it with probability" in over
    answer = json.loads((workspace / "w" / "results" / ANSWER).read_text("utf-8"))
    answer["arms"][1] |= {"unmeasured": "it refused every request", "standing": None, "comparison": None}
    (workspace / "w" / "results" / ANSWER).write_text(json.dumps(answer), encoding="utf-8")
    over = unescape(client.get("/measure/live?folder=w").text)
    assert over.count("not measured here: it refused every request") == 1
    report = client.get("/runs/report?run=w/results")
    assert "sandbox" in report.headers["content-security-policy"]
    assert "script-src" not in report.headers["content-security-policy"]
    assert "Варианты против исходного" in report.text
    found = client.get("/runs/items", params={"run": "w/results", "text": "what is 107 + 113?"}).text
    assert "1 to 1 of 1 item" in unescape(found)
    assert re.search(r'<p class="asked" tabindex="0">Item 1: what is 107 \+ 113\?', unescape(found))
    assert "<script>alert" not in found


def test_an_arm_that_was_not_measured_says_so(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, endpoint = desk
    results = folder(workspace / "refusing", endpoint, 5) / "results"
    results.mkdir()
    arms = [
        ArmProgress(name="baseline", items=90, score=0.5),
        ArmProgress(name="tools", items=90, score=0.5, unmeasured=f"no tools {XSS}"),
        ArmProgress(name="cot", items=90, score=0.6, difference=0.1, low=-0.1, high=0.3, p_worth=0.7, state="open"),
    ]
    told = Progress(
        pid=os.getpid(), at=time.time(), done=270, ahead=30, seconds=9, usd=0.1, calls=270, tokens=1, budget="1 USD",
        cap=1.0, trouble="", arms=tuple(arms),
    )  # fmt: skip
    put_progress(results, told)
    # While it runs, as the process that measures tells it.
    page = client.get("/measure/live?folder=refusing").text
    assert "not measured here: no tools &lt;img" in page
    assert "0 of 1 arm is decided" in page


def test_items_stand_side_by_side_as_text(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, _ = desk
    run = workspace / "made"
    run.mkdir()
    scores = {"won": (0, 1), "lost": (1, 0), "both": (0, 0), "right": (1, 1), "gone": (1, None)}
    lines = [
        {
            "arm": arm,
            "item": f"{name} {XSS}",
            "position": at,
            "score": score,
            "text": f"{XSS} {name}",
            "target": HOSTILE,
        }
        | ({"error": f"failed {XSS}"} if score is None else {})
        for at, (name, both) in enumerate(scores.items())
        for arm, score in zip(("base", f"arm {XSS}"), both, strict=True)
    ]
    (run / "outcomes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert ">made</a>" in client.get("/runs").text
    for show, names in {
        "all": set(scores),
        "won": {"won"},
        "lost": {"lost"},
        "both-wrong": {"both"},
        "errors": {"gone"},
    }.items():
        page = client.get(f"/runs/items?run=made&show={show}").text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        found = set(re.findall(r"<h2>(\w+) ", page))
        assert found == names, show
    assert re.findall(r"<h2>(\w+) ", client.get("/runs/items?run=made&text=RIGHT").text) == ["right"]
    for query in ("run=made&show=odd", "run=made&page=0", "run=made&arm=none", "run=none", "run="):
        assert client.get(f"/runs/items?{query}").status_code == 400, query


def test_items_that_were_asked_several_times_stand_with_their_mean(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, _ = desk
    run = workspace / "again"
    run.mkdir()
    scores = {"base": (1, 0, 0), "arm": (1, 1, 0)}
    lines = [
        {"arm": arm, "item": "i0", "position": 0, "score": score, "repeat": at, "text": f"{arm} {at}"}
        for arm, each in scores.items()
        for at, score in enumerate(each)
    ]
    (run / "outcomes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    # The last answers are alike; the means are not.
    page = client.get("/runs/items?run=again&show=won").text
    assert "0.333" in page and "0.667" in page and "base 0" in page


def test_answers_are_labelled_blind(desk: tuple[Any, Path, Endpoint], tmp_path: Path) -> None:
    client, workspace, _ = desk
    run = workspace / "labelled"
    run.mkdir()
    lines = [
        {"arm": arm, "item": f"i{at}", "position": at, "score": 1, "text": f"{XSS} {said} {at}", "target": HOSTILE}
        for at in range(9)
        for arm, said in (("secret-arm", "perhaps"), ("other-arm", "surely"))
    ]
    lines += [{"arm": "silent", "item": f"i{at}", "position": at, "score": 0, "text": " "} for at in range(9)]
    (run / "outcomes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert "Label its answers" in client.get("/runs/items?run=labelled").text
    page = client.get("/runs/label?run=labelled").text
    assert 'name="by"' in page and "secret-arm" not in page
    page = client.get("/runs/label?run=labelled&by=ana").text
    for number in range(18):
        assert "secret-arm" not in page and "<img src=x" not in page
        assert f"{number} of 18 answers labelled" in page
        key = re.search(r'name="key" value="(\w+)"', page)
        assert key is not None
        fields = sent(run="labelled", by="ana", key=key[1], label="wrong" if number == 3 else "right")
        answer = client.post("/runs/label", files=fields)
        assert answer.status_code == 200
        page = answer.text
    assert "All answers are labelled." in page and "9 of 9 items labelled" in page
    assert "secret-arm" in page  # what follows for the arms, when all is said
    # One head, 18 that were asked, 9 that say nothing.
    assert len((run / "labels" / "ana.jsonl").read_text().splitlines()) == 28
    for wrong in ({"by": "../ana"}, {"key": "0" * 24}, {"label": "odd"}, {"run": "none"}):
        given = {"run": "labelled", "by": "ana", "key": key[1], "label": "right", **wrong}
        assert client.post("/runs/label", files=sent(**given)).status_code == 400, wrong
    for headers in FOREIGN:
        given = {"run": "labelled", "by": "ana", "key": key[1], "label": "right"}
        assert client.post("/runs/label", files=sent(**given), headers=headers).status_code == 403
    # A link that leads out of the workspace is not written through.
    (run / "labels" / "ana.jsonl").unlink()
    (run / "labels").rmdir()
    (run / "labels").symlink_to(tmp_path, target_is_directory=True)
    assert (
        client.post("/runs/label", files=sent(run="labelled", by="ana", key=key[1], label="right")).status_code == 400
    )
    assert not list(tmp_path.iterdir())


def test_many_items_come_in_pages(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, _ = desk
    run = workspace / "many"
    run.mkdir()
    lines = [{"arm": arm, "item": f"i{at}", "position": at, "score": 1} for at in range(45) for arm in ("a", "b")]
    (run / "outcomes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    last = client.get("/runs/items?run=many&page=3").text
    assert re.findall(r"<h2>(\w+)</h2>", last) == [f"i{at}" for at in range(40, 45)]
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last
    assert "41 to 45 of 45 items." in last


def test_two_runs_are_compared(desk: tuple[Any, Path, Endpoint]) -> None:
    client, workspace, _ = desk
    for name, right in (("before", 10), ("after", 30)):
        (workspace / name).mkdir()
        lines = [
            {"arm": arm, "item": f"i{at}", "position": at, "score": float(at < right)}
            for at in range(40)
            for arm in ("a", "b")
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (workspace / name / "outcomes.jsonl").write_text(text, encoding="utf-8")
    page = unescape(client.get("/runs/compare?first=before&second=after&arm=b").text)
    # Of 40 items 20 more are right: +50 points.
    assert "+50.0 points" in page
    assert "20 items won, 0 lost" in page
    assert "1 of 1 comparison settled: b (2-after.jsonl) is better by score." in page
    assert str(workspace) not in page
    for query in ("first=before&second=before", "first=before&second=after&arm=c", "first=before&second=../x"):
        assert client.get(f"/runs/compare?{query}").status_code == 400, query


def test_the_workspace_ends_at_its_folder(desk: tuple[Any, Path, Endpoint], tmp_path: Path) -> None:
    client, workspace, endpoint = desk
    outside = folder(tmp_path / "outside", endpoint, 30)
    (outside / "results").mkdir()
    (outside / "results" / "report.html").write_text("<p>secret</p>", encoding="utf-8")
    (outside / "results" / "outcomes.jsonl").write_text('{"arm": "a", "item": "secret", "score": 1}\n')
    (workspace / "linked").symlink_to(outside)
    inner = folder(workspace / "inner", endpoint, 30)
    (inner / "items.jsonl").unlink()
    (inner / "items.jsonl").symlink_to(outside / "items.jsonl")
    (workspace / "leads-out").mkdir()
    (workspace / "leads-out" / "outcomes.jsonl").symlink_to(outside / "results" / "outcomes.jsonl")
    try:
        for name in ("linked", "inner", "../outside", str(outside), "w/../../outside", "w/workload.toml"):
            for path in ("/measure", "/measure/live"):
                assert client.get(path, params={"folder": name, "cap": "1usd"}).status_code == 400, name
            start = sent(folder=name, cap="1usd", seen="")
            assert client.post("/measure/start", files=start).status_code == 400
        for name in ("linked/results", "leads-out", "../outside/results", f"{outside}/results"):
            assert client.get("/runs/report", params={"run": name}).status_code == 400, name
            answer = client.get("/runs/items", params={"run": name})
            assert answer.status_code == 400, name
            assert "secret" not in answer.text
    finally:
        (workspace / "linked").unlink()
        (workspace / "leads-out" / "outcomes.jsonl").unlink()


def test_dropped_logs_are_compared_and_removed(
    desk: tuple[Any, Path, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _, _ = desk
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    logs = ROOT / "examples" / "logs"
    files = [("files", (f"../../{name}", (logs / name).read_bytes())) for name in ("before.json", "after.json")]
    page = client.post("/import", files=files)
    assert page.status_code == 200
    assert "2 logs, compared item by item" in page.text
    assert "Nothing is settled, of 2 comparisons" in page.text
    assert str(tmp_path) not in page.text
    hostile = json.dumps([{"id": str(at), "model": XSS, "score": 1} for at in range(5)]).encode()
    for broken in (b"\x00\xff", b"{", b"", hostile):
        answer = client.post("/import", files=[("files", (f"{XSS}/../x.json", broken))])
        assert answer.status_code == 400
        assert XSS not in answer.text
        assert str(tmp_path) not in answer.text
    assert client.post("/import", files=sent(baseline="x")).status_code == 400
    own = sent(metric="Exact Match", technique="model-scaling")
    tried = client.post("/import", files=[*files, *own.items()]).text
    assert "The table with your own data" in tried
    assert 'value="model-scaling" selected' in tried or "<form" not in tried
    # An effect is one: of two metrics neither is taken.
    assert client.post("/import", files=[*files, *sent(technique="model-scaling").items()]).status_code == 400
    for headers in FOREIGN:
        assert client.post("/import", files=files, headers=headers).status_code == 403
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_is_not_taken_in(desk: tuple[Any, Path, Endpoint]) -> None:
    client, _, _ = desk
    answer = client.post("/import", files=[("files", ("x.json", b"x" * (LARGEST_UPLOAD + 1)))])
    assert answer.status_code == 413


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_measured_and_looked_through_in_a_browser(size: dict[str, int], tmp_path: Path) -> None:
    with serve(answer=slow_answer) as endpoint, browsing(size) as page, served(SHIPPED, workspace=tmp_path) as address:
        folder(tmp_path / "w", endpoint, 200)
        page.goto(f"{address}/measure")
        page.click("ul.listed a")
        page.fill("#cap", "2usd")
        page.click("form.asks button[type=submit]")
        page.wait_for_selector("form.spends")
        assert fits(page)
        page.click("form.spends button")
        page.wait_for_selector("#live table.pictured")
        page.wait_for_selector("progress")
        assert fits(page)
        page.click("form.spends button")
        page.wait_for_selector("text=It has ended.")
        page.click("#live a >> text=Its answers")
        page.wait_for_selector("section.item")
        assert "alert(1)" in page.inner_text("#answer")
        assert fits(page)
        page.select_option("select[name=show]", "both-wrong")
        page.wait_for_url(lambda url: "both-wrong" in url)
        assert fits(page)
        page.click("#answer a >> text=Label its answers")
        page.fill("input[name=by]", "ana")
        page.click("form.asks button[type=submit]")
        page.click("text=Undecided")
        page.wait_for_selector("#answer >> text=/^1 of \\d+ answers labelled/")
        assert fits(page) and "alert(1)" in page.inner_text("#answer")

        page.click("nav >> text=Import")
        logs = ROOT / "examples" / "logs"
        page.set_input_files("#files", [str(logs / "before.json"), str(logs / "after.json")])
        page.click("form.asks button[type=submit]")
        page.wait_for_selector("#answer table.pictured")
        assert fits(page)
        assert page.said == []


@pytest.mark.parametrize(
    ("lang", "baseline", "command"),
    [
        ("en", "“Baseline system”; systems: a, b, c", "with the command tierproof import: known:"),
        ("ru", "«Исходная система»; ", "командой tierproof import: известны:"),
    ],
)
def test_remedies_ask_for_what_the_form_has(client: Any, lang: str, baseline: str, command: str) -> None:
    several = "item,score,system\n" + "".join(f"{k},{k % 2},{name}\n" for k in range(9) for name in ("a", "b", "c"))
    unnamed = "ident,right\n1,1\n2,0\n"
    for text, told in ((several, baseline), (unnamed, command)):
        answer = client.post(f"/import?lang={lang}", files=[("files", ("log.csv", text.encode()))])
        assert answer.status_code == 400
        assert told in html.unescape(answer.text), answer.text
        assert "--baseline" not in answer.text
