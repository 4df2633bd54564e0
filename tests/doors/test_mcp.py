"""What an assistant gets: small answers with sources, the same whoever insists, and words where something is wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytest.importorskip("mcp")

from hypothesis import assume, given
from hypothesis import strategies as st
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from typer.testing import CliRunner

from tierproof.answers.document import rounded
from tierproof.answers.short.parts import few
from tierproof.answers.table import table_answer
from tierproof.answers.view import view_of
from tierproof.doors.cli import app
from tierproof.doors.mcp.calls import MOST, Desk, tokens
from tierproof.doors.mcp.offered import OFFERED
from tierproof.doors.mcp.server import server_of
from tierproof.doors.mcp.transports import serve_http
from tierproof.errors import InputError
from tierproof.evidence import load_pack
from tierproof.messages import speaking

ROOT = Path(__file__).resolve().parents[2]
ERAS = ("legacy", "auto")
"""With the handshake of before 2026, and without."""
TABLE = (ROOT / "examples" / "tables" / "production_2025.json").read_text(encoding="utf-8")
CALLS: dict[str, dict[str, Any]] = {
    "list_techniques": {},
    "tier_table": {"profile": {"requests_per_month": 500_000}},
    "invert": {"profile": {"requests_per_month": 500_000}},
    "technique_evidence": {"technique": "rag"},
    "compare": {"first": "rag", "second": "fine-tuning"},
    "critique_claim": {"claim": "RAG is always better than fine-tuning", "sources": 5},
    "audit_table": {"table": TABLE},
    "plan": {"weeks": 6},
    "brief": {"question": "RAG or fine-tuning"},
    "import_log": {"logs": ["before.json", "after.json"]},
}
"""A question for each tool, answered with the shipped pack."""


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(pack=load_pack(None, whole=False), logs=ROOT / "examples" / "logs")


@pytest.fixture(scope="module")
def small() -> Desk:
    return Desk(pack=load_pack(ROOT / "examples" / "packs" / "production_vision", whole=False))


def said(desk: Desk, doing: Callable[[Client], Awaitable[Any]], mode: str = "legacy") -> Any:
    async def run() -> Any:
        async with Client(server_of(desk), mode=mode) as client:
            return await doing(client)

    return asyncio.run(run())


def called(desk: Desk, name: str, **arguments: Any) -> Any:
    return said(desk, lambda client: client.call_tool(name, arguments))


def error(desk: Desk, name: str, **arguments: Any) -> str:
    result = called(desk, name, **arguments)
    assert result.is_error
    assert result.structured_content is None
    assert "Traceback" not in result.content[0].text
    return str(result.content[0].text)


@pytest.mark.parametrize("name", OFFERED)
def test_an_answer_is_small_fits_its_schema_and_names_sources(name: str, desk: Desk) -> None:
    result = called(desk, name, **CALLS[name])
    assert not result.is_error, result.content
    (part,) = result.content
    data = result.structured_content
    tools = {tool.name: tool for tool in said(desk, lambda client: client.list_tools()).tools}
    jsonschema.Draft202012Validator(tools[name].output_schema).validate(data)
    assert tokens(part.text, json.dumps(data, ensure_ascii=False, separators=(",", ":"))) <= MOST
    if name == "import_log":
        assert {log["file"] for log in data["logs"]} == {"before.json", "after.json"}
    elif name != "list_techniques":
        assert re.search(r"https://(arxiv\.org|doi\.org|github\.com)/", part.text)


def test_each_row_has_a_source_or_says_that_it_is_assumed(desk: Desk) -> None:
    offset, ids = 0, []
    while True:
        data = called(desk, "tier_table", offset=offset, limit=50).structured_content
        for row in data["rows"]:
            ids.append(row["id"])
            assert row.get("heaviest_source", {}).get("ref", "").startswith("http") or row.get("assumed")
        if "next_offset" not in data["page"]:
            break
        offset = data["page"]["next_offset"]
    # Pages join without a gap, and hold each technique once.
    assert sorted(ids) == sorted(desk.pack.techniques)


def test_figures_are_those_of_the_command(small: Desk) -> None:
    told = called(small, "invert", limit=1).structured_content["rows"][0]
    view = view_of(small.pack, lens="value")
    row = table_answer(view.table(), small.pack).rows[0]
    assert told["id"] == row.technique
    assert told["tier"] == row.tier
    # Short answers have four significant digits.
    assert told["net_benefit_usd_month"]["median"] == float(f"{row.net_benefit.median:.4g}")
    assert told["failures_removed"]["low"] == float(f"{row.failures_removed.low:.4g}")


def test_the_users_figures_change_money_and_are_shown(small: Desk) -> None:
    few, many = (
        called(small, "invert", profile={"requests_per_month": number}, limit=1).structured_content
        for number in (1_000, "9000000")
    )
    assert few["reader"]["requests_per_month"] == 1_000
    assert many["reader"]["requests_per_month"] == 9_000_000
    assert few["rows"][0]["net_benefit_usd_month"] != many["rows"][0]["net_benefit_usd_month"]


@pytest.mark.parametrize(
    "put",
    [
        "I am sure that {claim}.",
        "No, you are wrong: {claim}!",
        "I insist: {claim}!",
        "Everybody knows that {claim}.",
        "Are you really sure? I think {claim}.",
        "As you said yourself, {claim}.",
        "I agree with you, {claim}.",
    ],
)
def test_who_insists_gets_the_same_bytes(put: str, small: Desk) -> None:
    claim = "pruning always improves quality"
    plain = called(small, "critique_claim", claim=f"{claim.capitalize()}.")
    pressed = called(small, "critique_claim", claim=put.format(claim=claim))
    assert plain.structured_content["verdicts"][0]["verdict"]
    assert json.dumps(pressed.structured_content["verdicts"]) == json.dumps(plain.structured_content["verdicts"])
    assert pressed.content[0].text.partition("\n")[0] == plain.content[0].text.partition("\n")[0]


def test_the_opposite_claim_gets_another_verdict(small: Desk) -> None:
    # Else the test above would hold of a tool that always says the same.
    verdicts = {
        called(small, "critique_claim", claim=claim).structured_content["verdicts"][0]["claim"]
        for claim in ("Pruning always improves quality.", "Pruning never improves quality.")
    }
    assert len(verdicts) == 2


def test_what_can_be_mended_is_said_in_words(small: Desk) -> None:
    assert "did you mean quantization" in error(small, "technique_evidence", technique="quantisation!")
    assert "tier_table takes" in error(small, "tier_table", limitt=3)
    assert "requests_per_month" in error(small, "tier_table", profile={"requests": 3})
    assert "Expected `int`" in error(small, "tier_table", limit="many")
    assert "baseline_success" in error(small, "tier_table", profile={"baseline_success": 70})
    assert "is empty" in error(small, "critique_claim", claim="  ")
    assert "no folder of logs" in error(small, "import_log", logs=["before.json"])


def test_a_named_technique_is_updated_as_by_the_command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "logs")
    logs = ["before.json", "after.json"]
    told = called(
        desk, "import_log", logs=logs, metric="Exact Match", technique="RAG", profile={"value_per_success": 2}
    )
    words = [*logs, "--metric", "Exact Match", "--technique", "RAG", "--set", "value_per_success=2", "--json"]
    (whole,) = json.loads(CliRunner().invoke(app, ["import", *words]).stdout)["updates"]
    update = told.structured_content["update"]
    assert update["technique"] == whole["technique"] == "retrieval-augmented-generation"
    assert (update["tier_before"], update["tier_after"]) == (whole["tier_before"], whole["tier_after"])
    for part in ("literature", "own", "together"):
        # Three digits of the odds that the whole document has as a logarithm.
        expected = math.exp(whole[part]["quality"]["median"])
        assert update[part]["median"] == pytest.approx(expected, rel=0.005)
    assert "2 comparisons" in error(desk, "import_log", logs=logs, technique="RAG")
    assert "no technique" in error(desk, "import_log", logs=logs, metric="Exact Match", technique="magic")


def test_no_other_tool_is_called(small: Desk) -> None:
    async def ask(client: Client) -> None:
        with pytest.raises(MCPError, match="no tool 'table'; there are: list_techniques"):
            await client.call_tool("table", {})

    said(small, ask)


@pytest.mark.parametrize("name", ["../../pyproject.toml", "/etc/passwd", "link.json", "nothing.json", "", "a\0b"])
def test_logs_are_read_below_their_folder_alone(name: str, tmp_path: Path, small: Desk) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "link.json").symlink_to(ROOT / "pyproject.toml")
    told = error(Desk(pack=small.pack, logs=folder), "import_log", logs=[name])
    assert "below the folder of logs" in told or "without a log" in told
    assert "tierproof" not in told


def test_a_fault_of_the_program_stays_in_its_log(
    small: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("secret of the machine")

    monkeypatch.setattr(Desk, "answer", broken)
    with caplog.at_level(logging.ERROR):
        told = error(small, "list_techniques")
    assert "secret" not in told
    assert "secret of the machine" in caplog.text


@pytest.mark.parametrize("mode", ERAS)
def test_the_pack_and_two_prompts_are_there(mode: str, small: Desk) -> None:
    async def look(client: Client) -> None:
        resources = (await client.list_resources()).resources
        names = {one.name for one in resources}
        assert {"pack.toml", "techniques/pruning.toml", "evidence/pruning.jsonl"} <= names
        pack = (await client.read_resource("tierproof://pack/pack.toml")).contents[0]
        assert "production_vision" in pack.text
        id = small.pack.records[0].id
        record = json.loads((await client.read_resource(f"tierproof://record/{id}")).contents[0].text)
        assert record["source"]["title"]
        for uri in ("tierproof://pack/../pack.toml", "tierproof://record/none", "file:///etc/passwd"):
            with pytest.raises(MCPError, match="no resource"):
                await client.read_resource(uri)
        prompts = {one.name: one for one in (await client.list_prompts()).prompts}
        assert set(prompts) == {"decide", "challenge"}
        asked = await client.get_prompt("decide", {"decision": "prune or not", "figures": "9 requests"})
        assert "prune or not" in asked.messages[0].content.text
        assert "9 requests" in asked.messages[0].content.text
        with pytest.raises(MCPError, match="is missing"):
            await client.get_prompt("challenge", {"claim": " "})
        assert "same" in (client.instructions or "")

    said(small, look, mode)


def test_tools_cost_little_to_know(small: Desk) -> None:
    tools = said(small, lambda client: client.list_tools()).tools
    told = [json.dumps({"name": t.name, "description": t.description, "input": t.input_schema}) for t in tools]
    # What a model reads before it asks anything: measured at 3,970 tokens, three quarters of it where the user stands.
    assert tokens(*told) <= 4_400
    for tool in tools:
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert tool.annotations.read_only_hint


PRINTS = """
import os, sys
from pathlib import Path
import tierproof.doors.mcp.calls as calls
from tierproof.doors.cli import main
plain = calls.techniques_of
def noisy(*given, **named):
    print("noise of a tool")
    os.write(1, b"noise of a library\\n")
    return plain(*given, **named)
calls.techniques_of = noisy
sys.argv = ["tierproof", "mcp", "--pack", "examples/packs/production_vision"]
main()
"""


@pytest.mark.parametrize("mode", ERAS)
def test_standard_streams_carry_the_protocol_and_nothing_else(mode: str, tmp_path: Path) -> None:
    heard: list[Any] = []

    async def listen(message: Any) -> None:
        heard.append(message)

    async def talk() -> Any:
        with (tmp_path / "stderr").open("w") as errors:
            environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
            server = StdioServerParameters(command=sys.executable, args=["-c", PRINTS], env=environment, cwd=str(ROOT))
            async with Client(stdio_client(server, errlog=errors), mode=mode, message_handler=listen) as client:
                return await client.call_tool("list_techniques", {})

    result = asyncio.run(talk())
    assert len(result.structured_content["techniques"]) >= 4
    assert "noise of a tool" in (tmp_path / "stderr").read_text()
    assert "noise of a library" in (tmp_path / "stderr").read_text()
    assert not any(isinstance(message, Exception) for message in heard)


@contextmanager
def listening() -> Iterator[str]:
    """The address of a server that runs by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tierproof", "mcp", "--transport", "http", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--pack", "examples/packs/production_vision"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        first = server.stderr.readline()
        address = re.search(r"http://\S+", first)
        assert address, first
        yield address[0]
    finally:
        server.terminate()
        server.communicate()


def test_the_server_that_runs_by_itself_hears_this_machine_alone() -> None:
    import http.client

    with listening() as address:
        for mode in ERAS:

            async def talk(mode: str = mode) -> Any:
                async with Client(address, mode=mode) as client:
                    return await client.call_tool("invert", {"limit": 2})

            assert len(asyncio.run(talk()).structured_content["rows"]) == 2
        host, port = address.removeprefix("http://").removesuffix("/mcp").split(":")
        statuses = {}
        for name, headers in {
            "other host": {"Host": "evil.example"},
            "other origin": {"Origin": "http://evil.example"},
            "own origin": {"Origin": f"http://127.0.0.1:{port}"},
        }.items():
            connection = http.client.HTTPConnection(host, int(port))
            kind = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
            ping = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {}}
            connection.request("POST", "/mcp", json.dumps(ping), {**kind, **headers})
            statuses[name] = connection.getresponse().status
            connection.close()
    # 421 and 403 as the protocol's security section asks; whatever a bare discovery gets, it is heard.
    assert (statuses["other host"], statuses["other origin"]) == (421, 403)
    assert statuses["own origin"] not in (403, 421)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "127.0.0.2"])
def test_no_other_address_is_served(host: str, small: Desk) -> None:
    with pytest.raises(InputError, match="no address of this machine alone"):
        serve_http(server_of(small), host, 0)


def test_a_client_is_told_how_to_start_it(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, ["mcp", "--print-config", "--logs", str(tmp_path)])
    entry = json.loads(ended.stdout)["mcpServers"]["tierproof"]
    assert entry["args"] == ["mcp", "--logs", str(tmp_path)]
    assert Path(entry["command"]).name == "tierproof"
    ended = CliRunner().invoke(app, ["mcp", "--print-config", "--transport", "http", "--port", "8123"])
    assert json.loads(ended.stdout)["mcpServers"]["tierproof"] == {"url": "http://127.0.0.1:8123/mcp"}


def test_a_folder_of_logs_must_be_one(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, ["mcp", "--logs", str(tmp_path / "none")])
    assert ended.exit_code == 2
    assert "is no folder" in ended.stderr


def test_the_extra_is_asked_for_where_it_is_missing() -> None:
    code = textwrap.dedent(
        """
        import sys
        sys.modules["mcp"] = None
        from tierproof.doors.cli import main
        sys.argv = ["tierproof", "mcp"]
        main()
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 2
    assert "tierproof[mcp]" in ended.stderr


def test_an_audit_names_what_it_leaves_out(desk: Desk) -> None:
    table = "1. RAG\n2. Retrieval-augmented generation\n3. agents\n4. Quantization (8-bit only)\n5. a unicorn"
    told = called(desk, "audit_table", table=table)
    assert told.structured_content["unmatched"] == ["a unicorn"]
    assert told.structured_content["not_judged"] == ["Quantization (8-bit only)", "Retrieval-augmented generation"]
    assert "8-bit only" in told.content[0].text


def test_the_last_tier_is_no_tier_or_better(desk: Desk) -> None:
    told = called(desk, "invert", profile={"requests_per_month": 1}, limit=1)
    assert "comes first, in tier D." in told.content[0].text
    assert "D or better" not in told.content[0].text


def test_a_claim_of_another_language_is_answered_in_one(desk: Desk) -> None:
    """A program asks: no half of the answer is in the language of the claim."""
    with speaking("ru"):
        answered = called(desk, "critique_claim", claim="RAG полезен для математики")
        refused = called(desk, "tier_table", task="нет")
    told = answered.content[0].text + json.dumps(answered.structured_content, ensure_ascii=False)
    assert "RAG helps for mathematics" in told
    assert not re.search("[а-яё]{3}", told)
    assert refused.is_error and refused.content[0].text.startswith("field 'task': no task family 'нет'\n  remedy:")


def test_money_and_shares_of_the_reader_have_their_units(desk: Desk) -> None:
    told = called(desk, "brief", question="RAG or LoRA").content[0].text
    assert "value per success $0.50; cost per request $0.01;" in told
    assert re.search(r"- baseline_success; now 70 %; side above; at \d\d %", told)
    assert re.search(r"- value_per_success; now \$0.50; side below; at \$0.0", told)


def test_a_table_without_a_pair_has_no_share_of_pairs(desk: Desk) -> None:
    answered = called(desk, "audit_table", table="hello")
    assert answered.structured_content["pairs"] == 0
    assert "expected_share_right" not in answered.structured_content


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_four_digits_round_on_as_the_figure_itself_does(value: float) -> None:
    """-742.53 is told as -743 in every door: a second rounding, of -742.5, would tell -742."""
    assume(value == 0 or abs(value) > 1e-12)
    short = few(value)
    assert short is not None
    assert [rounded(short, digits) for digits in (1, 2, 3)] == [rounded(value, digits) for digits in (1, 2, 3)]
    assert short == pytest.approx(value, rel=1.1e-3)
