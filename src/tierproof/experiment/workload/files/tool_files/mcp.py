"""Tools of a Model Context Protocol server, over standard input and output.

Enters: `mcp.json`: a tool list as `tools/list` gives it, and `"server": {"command": [...]}`.  Leaves: tools.

Every call starts the server anew, so that no call sees what another left behind, in whatever order arms are run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tierproof.errors import InputError
from tierproof.experiment.workload.files.text_lines import field_of, read_text
from tierproof.experiment.workload.files.tool_files.references import without_nulls
from tierproof.messages import Message
from tierproof.systems.parts.tool import Tool, sendable_name

__all__ = ["mcp_tools"]

PROTOCOL = "2025-06-18"
LONGEST_LINE = 4 * 2**20


class _Listed(Struct, frozen=True):
    name: str
    inputSchema: dict[str, Any] | None = None
    description: str | None = None
    title: str | None = None

    @property
    def told(self) -> str:
        return self.description or self.title or self.name

    @property
    def parameters(self) -> dict[str, Any]:
        """The schema as endpoints take it: an object, without the nulls that some servers write for what is not
        there.
        """
        return {"type": "object", "properties": {}, **without_nulls(self.inputSchema or {})}


class _Server(Struct, frozen=True, forbid_unknown_fields=True):
    command: tuple[str, ...]
    env: tuple[str, ...] = ()
    """Names of environment variables that the server is given, beside PATH and HOME."""


class _File(Struct, frozen=True):
    tools: tuple[_Listed, ...]
    server: _Server | None = None


def mcp_tools(path: Path, python: Sequence[Tool]) -> tuple[tuple[Tool, ...], frozenset[str]]:
    """The listed tools, and the names of those Python functions that the list describes."""
    if not path.is_file():
        return (), frozenset()
    try:
        file = msgspec.json.decode(read_text(path), type=_File)
    except msgspec.ValidationError as error:
        message, field = field_of(error)
        raise InputError.of(message, remedy=Message("as tools/list gives it"), field=field, file=path) from None
    except msgspec.DecodeError as error:
        raise InputError.of(Message("no JSON: {error}", error=str(error)), file=path) from None
    if file.server is not None:
        server = file.server
        tools: list[Tool] = []
        for one in file.tools:
            # Sent under a name that every endpoint takes, called by its own.
            name = sendable_name(one.name, [tool.name for tool in tools])
            run = _Remote(server, path.parent, one.name).call
            tools.append(Tool(name=name, description=one.told, parameters=one.parameters, run=run))
        return tuple(tools), frozenset()
    functions = {tool.name: tool for tool in python}
    lacking = [one.name for one in file.tools if sendable_name(one.name) not in functions]
    if lacking:
        message = Message("nothing runs the tools {lacking}", lacking=", ".join(lacking))
        remedy = Message('name a server ("server": {"command": [...]}), or write functions of these names in tools.py')
        raise InputError.of(message, remedy=remedy, field="tools", file=path)
    described = tuple(
        replace(functions[sendable_name(one.name)], description=one.told, parameters=one.parameters)
        for one in file.tools
    )
    return described, frozenset(tool.name for tool in described)


class _Remote:
    """One tool of a server."""

    def __init__(self, server: _Server, folder: Path, name: str) -> None:
        self._server = server
        self._folder = folder
        self._name = name

    async def call(self, arguments: Mapping[str, Any]) -> str:
        passed = ("PATH", "HOME", *self._server.env)
        process = await asyncio.create_subprocess_exec(
            *self._server.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=self._folder,
            env={name: os.environ[name] for name in passed if name in os.environ},
            limit=LONGEST_LINE,
        )
        try:
            client = {"name": "tierproof", "version": "1"}
            opening = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}
            await _asked(process, 1, "initialize", opening)
            _write(process, {"method": "notifications/initialized"})
            result = await _asked(process, 2, "tools/call", {"name": self._name, "arguments": dict(arguments)})
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        texts = [text for part in result.get("content") or () if (text := _told(part))]
        structured = result.get("structuredContent")
        text = "\n".join(texts) or ("" if structured is None else json.dumps(structured, ensure_ascii=False))
        return f"error: {text}" if result.get("isError") else text


def _told(part: Any) -> str:
    """One part of a result as text: what a model can read of it."""
    if not isinstance(part, Mapping):
        return ""
    kind = part.get("type")
    if kind == "text":
        return str(part.get("text") or "")
    if kind == "resource":
        inner = part.get("resource") or {}
        if inner.get("text") is not None:
            return str(inner["text"])
        return f"[{inner.get('mimeType', 'data')} at {inner.get('uri', '')}, not shown]"
    if kind == "resource_link":
        return " ".join(str(part[name]) for name in ("name", "uri", "description") if part.get(name))
    return f"[{kind} {part.get('mimeType', '')}, not shown]"


def _write(process: asyncio.subprocess.Process, message: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(RuntimeError):  # uvloop: it has ended, and what is read next says so
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


async def _asked(
    process: asyncio.subprocess.Process, number: int, method: str, params: Mapping[str, Any]
) -> Mapping[str, Any]:
    _write(process, {"id": number, "method": method, "params": params})
    assert process.stdout is not None
    while line := await process.stdout.readline():
        with contextlib.suppress(ValueError):
            message = json.loads(line)
            if isinstance(message, dict) and "method" in message and "id" in message:
                # The server asks too: whether we are there, or for what this client does not offer.
                refusal = {"error": {"code": -32601, "message": "not offered"}}
                _write(process, {"id": message["id"], **({"result": {}} if message["method"] == "ping" else refusal)})
            elif isinstance(message, dict) and message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(str(message["error"].get("message", message["error"])))
                result: Mapping[str, Any] = message["result"]
                return result
    raise RuntimeError(f"the tool server ended before it answered {method}")
