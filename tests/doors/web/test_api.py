"""The API gives what the commands print with `--json`, by the same schemas, and describes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doors.checked import check
from doors.test_measure_command import folder
from doors.web.asking import ROOT, VISION, client_of
from servers.endpoint import serve
from tierproof.answers.schema import DOCUMENTS as FORMS
from tierproof.doors.cli import app
from tierproof.doors.web.app import DOCUMENTS
from tierproof.doors.web.fences import LARGEST_UPLOAD

AS_JSON = {"content-type": "application/json"}
SHIPPED = ROOT / "src" / "tierproof" / "packs" / "production_ai"

SAME = {
    "/table": ("table",),
    "/table?lens=value&role=application&as_of=2020&value_per_success=2": (
        *("table", "--lens", "value", "--role", "application", "--as-of", "2020", "--set", "value_per_success=2"),
    ),
    "/table?task=detection&model_size=25M&include_lab=true&baseline_success=0.4": (
        *("table", "--task", "detection", "--model-size", "25M", "--include-lab", "--set", "baseline_success=0.4"),
    ),
    "/techniques/quantization": ("show", "quantization"),
    "/techniques/pruning?baseline_success=0.5": ("show", "pruning", "--set", "baseline_success=0.5"),
    "/comparison/quantization/pruning": ("compare", "quantization", "pruning"),
    "/history": ("history",),
    "/critique?text=Quantization+does+not+help.+Robots+will+win.": (
        "critique",
        "Quantization does not help. Robots will win.",
    ),
    "/scenarios": ("brief", "--list"),
    "/brief?question=pruning+or+quantization&skills=standard": (
        *("brief", "pruning or quantization", "--skills", "standard"),
    ),
    "/plan?weeks=6&budget=500&without=pruning&role=owner": (
        *("plan", "--weeks", "6", "--budget", "500/month", "--without", "pruning", "--role", "owner"),
    ),
    "/validation?outcome=latency&include_lab=true": ("validate", "--outcome", "latency", "--include-lab"),
}


@pytest.mark.parametrize("path", SAME)
def test_the_api_says_what_the_command_says(path: str, client: Any) -> None:
    answer = client.get(f"/api/v1{path}")
    _same(answer, *SAME[path], "--pack", str(VISION))


def _same(answer: Any, *words: str) -> None:
    """To the byte, and valid."""
    assert answer.status_code == 200, answer.text
    ended = CliRunner().invoke(app, [*words, "--json"])
    assert answer.content == ended.stdout.encode()
    check(answer.json())


def test_a_table_is_audited_as_by_the_command(client: Any, tmp_path: Path) -> None:
    table = "| tier | technique |\n| --- | --- |\n| S | Pruning |\n| A | Quantization |\n| B | Quantum leaps |\n"
    (tmp_path / "table.md").write_text(table, encoding="utf-8")
    for sent, words in (({}, ()), ({"as_of": "2021"}, ("--as-of", "2021"))):
        answer = client.post("/api/v1/audit?lens=value", json={"table": table, **sent})
        _same(answer, "audit", str(tmp_path / "table.md"), "--lens", "value", *words, "--pack", str(VISION))


def test_figures_are_pooled_as_by_the_command(client: Any, tmp_path: Path) -> None:
    effects = "est,err,study\n0.1,0.1,a\n0.4,0.2,a\n0.3,0.1,b\n0.25,0.15,c\n"
    events = "ai,n1i,ci,n2i,study\n4,123,11,139,a\n6,306,29,303,b\n3,231,11,220,c\n62,13598,248,12867,d\n"
    for table, sent, words in (
        (effects, {"y": "est", "se": "err", "cluster": "study"}, ("--y", "est", "--se", "err", "--cluster", "study")),
        (events, {"from": "events", "measure": "RR"}, ("--from", "events", "--measure", "RR")),
    ):
        (tmp_path / "figures.csv").write_text(table, encoding="utf-8")
        _same(client.post("/api/v1/pool", json={"table": table, **sent}), "pool", str(tmp_path / "figures.csv"), *words)


def test_logs_are_compared_and_gated_as_by_the_command(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "logs")
    before, after = (Path(name).read_bytes() for name in ("before.json", "after.json"))
    two = [("files", ("before.json", before)), ("files", ("after.json", after))]
    metric = ("--metric", "Exact Match")
    _same(client.post("/api/v1/import", files=two), "import", "before.json", "after.json")
    _same(
        client.post(
            "/api/v1/import?task=detection&baseline_success=0.6",
            files=two,
            data={"metric": "Exact Match", "errors": "wrong", "technique": "quantization", "name": "mine"},
        ),
        *("import", "before.json", "after.json", *metric, "--errors", "wrong", "--technique", "quantization"),
        *("--name", "mine", "--task", "detection", "--set", "baseline_success=0.6", "--pack", str(VISION)),
    )
    _same(
        client.post(
            "/api/v1/gate",
            files=[("log", ("after.json", after)), ("against", ("before.json", before))],
            data={"metric": "Exact Match", "margin": "2pt", "confidence": "0.9"},
        ),
        *("gate", "after.json", "--baseline", "before.json", *metric, "--margin", "2pt", "--confidence", "0.9"),
    )


def test_a_gate_reads_what_is_sent_and_no_file_of_the_server(client: Any, tmp_path: Path) -> None:
    log = (ROOT / "examples" / "logs" / "after.json").read_bytes()
    secret = tmp_path / "secret.json"
    secret.write_bytes((ROOT / "examples" / "logs" / "before.json").read_bytes())
    answer = client.post("/api/v1/gate", files=[("log", ("after.json", log))], data={"baseline": str(secret)})
    assert answer.status_code == 400
    assert "no system's name" in answer.json()["detail"]


def test_a_workload_is_forecast_and_a_past_run_told_as_by_the_command(tmp_path: Path) -> None:
    with serve() as endpoint, client_of(SHIPPED, workspace=tmp_path) as client:
        folder(tmp_path / "w", endpoint, 12)
        words = ("measure", str(tmp_path / "w"))
        _same(client.get("/api/v1/forecast?workload=w&cap=1usd"), *words, "--dry-run", "--budget", "1usd")
        assert client.get("/api/v1/measurement?run=w").status_code == 400
        printed = CliRunner().invoke(app, [*words, "--budget", "1usd", "--json"]).stdout
        told = client.get("/api/v1/measurement?run=w/results")
        assert told.content == printed.encode()
        check(told.json())
        assert client.get("/api/v1/measurement?run=../elsewhere").status_code == 400


@pytest.mark.parametrize(("path", "sent"), [("audit", {"table": "x"}), ("pool", {"table": "x"}), ("gate", None)])
def test_what_another_site_sends_or_is_too_large_is_refused(path: str, sent: Any, client: Any) -> None:
    foreign = client.post(f"/api/v1/{path}", json=sent, headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403
    large = client.post(f"/api/v1/{path}", content=b"x" * (LARGEST_UPLOAD + 1), headers=AS_JSON)
    assert large.status_code in (400, 413)
    for odd in (b"", b"[]", b"\xff", b'{"table": 1}'):
        assert client.post(f"/api/v1/{path}", content=odd, headers=AS_JSON).status_code == 400


def test_evidence_and_packs_are_told_too(client: Any) -> None:
    _same(client.get("/api/v1/evidence"), "evidence", "stats", str(VISION))
    _same(client.get("/api/v1/packs"), "packs")


def test_the_description_holds_every_document_with_its_notes(client: Any) -> None:
    told = client.get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    addresses = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, one in told["paths"].items() for method in one
    }
    assert addresses == {address.replace(":str}", "}") for address in DOCUMENTS}
    forms = told["components"]["schemas"]
    assert forms["sent.Compared"]["properties"]["files"]["items"] == {"type": "string", "format": "binary"}
    assert forms["sent.Gated"]["properties"]["margin"]["description"].startswith("How much worse")
    sent = told["paths"]["/api/v1/pool"]["post"]["requestBody"]["content"]["application/json"]
    assert sent == {"schema": {"$ref": "#/components/schemas/sent.Figures"}}
    row = forms["table.Row"]["properties"]
    assert row["p_tier_or_better"]["description"] == "0 to 1; 0 without a tier."
    assert told["paths"]["/api/v1/table"]["get"]["description"].startswith("Techniques ranked in tiers")
    assert _references(told) <= {f"#/components/schemas/{name}" for name in forms}
    assert {name.partition(".")[0] for name in forms if "." in name} <= {*FORMS, "sent"}


def _references(part: object) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/table?role=king", "role"),
        ("/table?baseline_success=2", "baseline_success"),
        ("/table?value_per_success=much", "value_per_success"),
        ("/table?lens=../../etc/passwd", "no lens"),
        ("/table?lens=%2Fetc%2Fpasswd", "no lens"),
        ("/table?lack=gold", "no resource"),
        ("/table?as_of=yesterday", "no date"),
        ("/techniques/%3Cscript%3E", "no technique"),
        ("/comparison/pruning/pruning", "same technique"),
        ("/brief", "is empty"),
        ("/brief?option=nothing", "nothing"),
        ("/plan?weeks=-1", "no limit"),
        ("/plan?at_once=0", "one thing at least"),
        ("/plan?skills=none", "skills"),
        ("/validation?outcome=joy", "outcome"),
        ("/forecast?workload=../../etc", "workspace"),
        ("/measurement?run=/etc", "workspace"),
    ],
)
def test_what_cannot_be_used_is_told(path: str, told: str, client: Any) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 400
    assert answer.json()["status_code"] == 400
    assert told in answer.json()["detail"]


def test_what_is_not_there_is_told_as_json(client: Any) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.json()["status_code"] == 404
