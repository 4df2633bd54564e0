"""The API gives what the commands print with `--json`, by the same schemas, and describes itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from doors.checked import check
from doors.web.asking import VISION
from tierproof.answers.schema import DOCUMENTS as FORMS
from tierproof.doors.cli import app
from tierproof.doors.web.app import DOCUMENTS

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
}


@pytest.mark.parametrize("path", SAME)
def test_the_api_says_what_the_command_says(path: str, client: Any) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    ended = CliRunner().invoke(app, [*SAME[path], "--pack", str(VISION), "--json"])
    assert answer.json() == json.loads(ended.stdout)
    check(answer.json())


def test_evidence_and_packs_are_told_too(client: Any) -> None:
    for path in ("/evidence", "/packs"):
        check(client.get(f"/api/v1{path}").json())


def test_the_description_holds_every_document_with_its_notes(client: Any) -> None:
    told = client.get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    addresses = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, one in told["paths"].items() for method in one
    }
    assert addresses == {address.replace(":str}", "}") for address in DOCUMENTS}
    forms = told["components"]["schemas"]
    row = forms["table.Row"]["properties"]
    assert row["p_tier_or_better"]["description"] == "0 to 1; 0 without a tier."
    assert told["paths"]["/api/v1/table"]["get"]["description"].startswith("Techniques ranked in tiers")
    assert _references(told) <= {f"#/components/schemas/{name}" for name in forms}
    assert {name.partition(".")[0] for name in forms if "." in name} <= set(FORMS)


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
