"""Tools of a workload: Python functions, OpenAPI operations over real HTTP, a real MCP server over pipes."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tierproof.errors import InputError
from tierproof.experiment.workload.files.tool_files import read_tools
from tierproof.techniques import Tool

PYTHON = '''
"""Tools."""
from dataclasses import dataclass
from typing import Literal

@dataclass
class Place:
    name: str
    height: float = 0.0

def convert(amount: float, to: Literal["EUR", "USD"] = "EUR") -> float:
    """Convert an amount."""
    return amount * (2 if to == "USD" else 1)

async def highest(places: list[Place]) -> str:
    """The highest of places."""
    return max(places, key=lambda place: place.height).name

def _hidden(x): ...
'''
MCP = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "initialize":
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {}}), flush=True)
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
    elif message["method"] == "tools/call":
        given = message["params"]
        if given["name"] == "die":
            sys.exit(1)
        bad = given["name"] == "fail"
        result = {"content": [{"type": "text", "text": f"{given['name']} {given['arguments']}"}], "isError": bad}
    else:
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


def call(tool: Tool, **arguments: object) -> str:
    return asyncio.run(tool.call(json.dumps(arguments)))


def test_python_functions_are_tools_with_schemas(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(PYTHON, encoding="utf-8")
    convert, highest = read_tools(tmp_path)
    assert (convert.name, convert.description) == ("convert", "Convert an amount.")
    assert convert.parameters["properties"]["to"] == {"enum": ["EUR", "USD"], "default": "EUR"}
    assert convert.parameters["required"] == ["amount"]
    assert call(convert, amount=3, to="USD") == "6.0"
    assert call(convert, amount="3") == "3.0", "a number in quotes is still a number"
    assert "Invalid enum value 'GBP'" in call(convert, amount=3, to="GBP")
    assert "unknown field" in call(convert, amount=3, much=4)
    assert highest.parameters["properties"]["places"]["items"] == {"$ref": "#/$defs/Place"}
    assert call(highest, places=[{"name": "a", "height": 1}, {"name": "b", "height": 2}]) == "b"


def test_a_function_without_types_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("\n\ndef f(x, *rest): ...\ndef g(y): ...\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_tools(tmp_path)
    assert [(problem.line, problem.field) for problem in caught.value.problems] == [(3, "f"), (4, "g")]


@pytest.fixture
def api() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = 404 if "missing" in self.path else 200
            self.answer(status, f"GET {self.path} {self.headers.get('X-Unit')} {self.headers.get('Authorization')}")

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            self.answer(200, f"POST {self.path} {self.rfile.read(size).decode()}")

        def answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/base"
    server.shutdown()
    server.server_close()


def document(address: str) -> dict[str, object]:
    return {
        "openapi": "3.1.0",
        "servers": [{"url": address}],
        "x-api-key-env": "BIRDS_KEY",
        "paths": {
            "/birds/{name}": {
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {
                    "operationId": "find bird",
                    "summary": "Find a bird.",
                    "parameters": [
                        {"$ref": "#/components/parameters/limit"},
                        {"name": "X-Unit", "in": "header", "schema": {"type": "string"}},
                    ],
                },
                "post": {
                    "operationId": "add",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Bird"}}},
                    },
                },
                "delete": {"summary": "no operationId, no tool"},
            }
        },
        "components": {
            "parameters": {
                "limit": {"name": "limit", "in": "query", "description": "How many.", "schema": {"type": "integer"}}
            },
            "schemas": {"Bird": {"type": "object", "properties": {"kin": {"$ref": "#/components/schemas/Bird"}}}},
        },
    }


def test_openapi_operations_are_called_over_http(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document(api)), encoding="utf-8")
    find, add = read_tools(tmp_path)
    assert (find.name, find.description) == ("find_bird", "Find a bird.")
    assert find.parameters["properties"]["limit"] == {"type": "integer", "description": "How many."}
    assert add.parameters["required"] == ["name", "body"]
    assert "$ref" not in json.dumps(add.parameters), "models see no references"
    assert call(find, name="a/b", limit=2, **{"X-Unit": "m"}) == "GET /base/birds/a%2Fb?limit=2 m None"
    assert call(find, name="missing").startswith("error: status 404: GET")
    assert call(add, name="x", body={"a": 1}) == 'POST /base/birds/x {"a": 1}'
    monkeypatch.setenv("BIRDS_KEY", "sk-secret")
    assert call(find, name="x") == "GET /base/birds/x None Bearer [key]", "a key that is echoed is not shown"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"servers": []}, "no http server address"),
        ({"paths": []}, "no OpenAPI 3 document"),
        ({"components": {}}, "no OpenAPI 3 document"),
    ],
)
def test_a_broken_openapi_document(change: dict[str, object], told: str, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps({**document("http://x"), **change}), encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_tools(tmp_path)


def listed(*names: str, server: bool = True) -> str:
    tools = [{"name": name, "description": "d", "inputSchema": {"type": "object"}} for name in names]
    command = {"server": {"command": [sys.executable, "server.py"]}} if server else {}
    return json.dumps({"tools": tools, **command})


def test_mcp_tools_are_called_on_their_server(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(MCP, encoding="utf-8")
    (tmp_path / "mcp.json").write_text(listed("look", "fail", "die"), encoding="utf-8")
    look, fail, die = read_tools(tmp_path)
    assert call(look, a=1) == "look {'a': 1}"
    assert call(fail) == "error: fail {}"
    assert "ended before it answered" in call(die)


def test_an_mcp_list_without_a_server_describes_python_functions(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("def look() -> str:\n    return 'seen'\n", encoding="utf-8")
    (tmp_path / "mcp.json").write_text(listed("look", server=False), encoding="utf-8")
    [tool] = read_tools(tmp_path)
    assert (tool.description, call(tool)) == ("d", "seen")
    (tmp_path / "mcp.json").write_text(listed("look", "hear", server=False), encoding="utf-8")
    with pytest.raises(InputError, match="nothing runs the tools hear"):
        read_tools(tmp_path)


def test_two_tools_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("def look() -> str:\n    return 'seen'\n", encoding="utf-8")
    (tmp_path / "mcp.json").write_text(listed("look"), encoding="utf-8")
    with pytest.raises(InputError, match="two tools are called look"):
        read_tools(tmp_path)


def spec(folder: Path, address: str, paths: dict[str, object], **parts: object) -> Path:
    document = {"openapi": "3.1.0", "servers": [{"url": f"{address}/base"}], "paths": paths, **parts}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture
def echo() -> Iterator[str]:
    class Echo(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            said = {"path": self.path, "body": body, "type": self.headers.get("content-type")}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_GET = do_POST = answer

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


QUERY: dict[str, object] = {"name": "q", "in": "query", "schema": {"type": "array"}}


@pytest.mark.parametrize(
    ("parameter", "value", "path"),
    [
        (QUERY, ["x", "y"], "/base/a?q=x&q=y"),
        ({**QUERY, "explode": False}, ["x", "y"], "/base/a?q=x,y"),
        ({**QUERY, "style": "pipeDelimited", "explode": False}, ["x", "y"], "/base/a?q=x%7Cy"),
        ({**QUERY, "style": "deepObject"}, {"k": 1}, "/base/a?q%5Bk%5D=1"),
        (QUERY, {"k": 1, "l": None}, "/base/a?k=1"),
        (QUERY, True, "/base/a?q=true"),
        (QUERY, None, "/base/a"),
    ],
)
def test_a_query_is_sent_in_its_style(
    parameter: dict[str, object], value: object, path: str, tmp_path: Path, echo: str
) -> None:
    [tool] = read_tools(spec(tmp_path, echo, {"/a": {"get": {"operationId": "find", "parameters": [parameter]}}}))
    assert json.loads(call(tool, q=value))["path"].replace("%2C", ",") == path


@pytest.mark.parametrize(
    ("kind", "sent", "told"),
    [
        ("application/json", '{"a": [1, "b"]}', "application/json"),
        ("application/vnd.api+json", '{"a": [1, "b"]}', "application/vnd.api+json"),
        ("application/json; charset=utf-8", '{"a": [1, "b"]}', "application/json; charset=utf-8"),
        ("application/x-www-form-urlencoded", "a=1&a=b", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_is_sent_as_the_document_says(kind: str, sent: str, told: str, tmp_path: Path, echo: str) -> None:
    body = {"required": True, "content": {kind: {"schema": {"type": "object"}}}}
    [tool] = read_tools(spec(tmp_path, echo, {"/a": {"post": {"operationId": "put", "requestBody": body}}}))
    assert tool.parameters["required"] == ["body"]
    said = json.loads(call(tool, body={"a": [1, "b"]}))
    assert (said["body"], said["type"]) == (sent, told)


def test_a_body_that_cannot_be_sent_is_refused(tmp_path: Path) -> None:
    body = {"content": {"application/octet-stream": {}}}
    folder = spec(tmp_path, "http://x", {"/a": {"post": {"operationId": "put", "requestBody": body}}})
    with pytest.raises(InputError, match="cannot be sent"):
        read_tools(folder)


def test_servers_have_variables_and_places(tmp_path: Path, echo: str) -> None:
    servers = [{"url": "{at}/{v}", "variables": {"at": {"default": echo}, "v": {"default": "v2"}}}]
    own = {"get": {"operationId": "own", "servers": [{"url": f"{echo}/elsewhere"}]}}
    of_path = {"servers": [{"url": "/sub"}], "get": {"operationId": "of_path"}}
    paths = {"/a": {"get": {"operationId": "plain"}}, "/b": own, "/c": of_path}
    tools = {tool.name: tool for tool in read_tools(spec(tmp_path, echo, paths, servers=servers))}
    assert [json.loads(call(tools[name]))["path"] for name in ("plain", "own", "of_path")] == [
        "/v2/a",
        "/elsewhere/b",
        "/sub/c",
    ]


def test_an_operation_states_a_parameter_of_its_path_again(tmp_path: Path) -> None:
    place = {"name": "id", "in": "path", "required": True}
    entry = {
        "parameters": [{**place, "schema": {"type": "string"}}],
        "get": {"operationId": "read", "parameters": [{**place, "schema": {"type": "integer"}}]},
    }
    [tool] = read_tools(spec(tmp_path, "http://x", {"/a/{id}": entry}))
    assert (tool.parameters["required"], tool.parameters["properties"]["id"]["type"]) == (["id"], "integer")


def test_a_document_as_generators_write_it(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New%20Order"}}}}
    given = {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    entry = {"post": {"operationId": "order", "parameters": [given], "requestBody": body}}
    where = spec(tmp_path, "http://x", {"/a": entry, "/b": None})
    table = json.loads((tmp_path / "openapi.json").read_text())
    table["components"] = {
        "schemas": {"New Order": {"type": "object", "required": None, "properties": {"n": {"enum": [1, None]}}}}
    }
    (tmp_path / "openapi.json").write_text(json.dumps(table))
    [tool] = read_tools(where)
    assert tool.parameters["properties"]["filter"] == {"type": "object"}
    assert tool.parameters["properties"]["body"] == {"type": "object", "properties": {"n": {"enum": [1, None]}}}


def test_a_reference_to_another_document_is_told(tmp_path: Path) -> None:
    body = {"content": {"application/json": {"schema": {"$ref": "other.json#/New"}}}}
    with pytest.raises(InputError, match="lies in another document"):
        read_tools(spec(tmp_path, "http://x", {"/a": {"post": {"operationId": "order", "requestBody": body}}}))


@pytest.mark.parametrize("width", [1, 3, 8])
def test_types_that_hold_each_other_stay_short(width: int, tmp_path: Path) -> None:
    names = [f"T{number}" for number in range(width)]
    held = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": held} for name in names}
    body = {"content": {"application/json": {"schema": held["T0"]}}}
    paths = {"/a": {"post": {"operationId": "put", "requestBody": body}}}
    [tool] = read_tools(spec(tmp_path, "http://x", paths, components={"schemas": schemas}))
    assert len(json.dumps(tool.parameters)) < 13_000
    assert "$ref" not in json.dumps(tool.parameters)
    assert set(tool.parameters["properties"]["body"]["properties"]) == set(names)


RESULTS = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "initialize":
        print(json.dumps({"jsonrpc": "2.0", "id": 77, "method": "ping"}), flush=True)
        assert json.loads(sys.stdin.readline())["result"] == {}
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
    elif message["method"] == "tools/call":
        parts = [{"type": "resource", "resource": {"uri": "file:///a", "text": "inside"}},
                 {"type": "resource_link", "uri": "file:///b", "name": "b"},
                 {"type": "image", "mimeType": "image/png", "data": "AA"},
                 {"type": "text", "text": message["params"]["name"]}]
        result = {"content": parts}
    else:
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


def test_a_servers_names_schemas_and_results_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(RESULTS, encoding="utf-8")
    listed = [
        {"name": "shop.find/one", "inputSchema": {"type": "object", "required": None, "properties": None}},
        {"name": "shop_find_one", "inputSchema": None},
        {"name": "n" * 80, "inputSchema": {"properties": {"x": {"default": None, "title": None}}}},
    ]
    table = {"tools": listed, "server": {"command": [sys.executable, "s.py"]}}
    (tmp_path / "mcp.json").write_text(json.dumps(table), encoding="utf-8")
    one, two, three = read_tools(tmp_path)
    assert (one.name, two.name, len(three.name)) == ("shop_find_one", "shop_find_one_2", 64)
    assert one.parameters == {"type": "object", "properties": {}}
    assert three.parameters["properties"] == {"x": {"default": None}}
    # The server is asked by its own name.
    assert call(one) == "inside\nb file:///b\n[image image/png, not shown]\nshop.find/one"
