"""Operations of an OpenAPI document as tools, called over HTTP.

Enters: `openapi.json`.  Leaves: a tool for each operation that has an `operationId`.  A key is sent only where the
document says so: `"x-api-key-env": "NAME"` at its top is the environment variable of a bearer token.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.lines import read_text
from tierproof.systems.extras import optional
from tierproof.systems.tool import Tool

__all__ = ["openapi_tools"]

METHODS = ("get", "post", "put", "patch", "delete")
NAME = re.compile(r"[^A-Za-z0-9_-]+")
DEEPEST = 20
LARGEST_REPLY = 2**20


def openapi_tools(path: Path) -> tuple[Tool, ...]:
    """One tool an operation.  Raises InputError for a document without a server address or with a broken `$ref`."""
    if not path.is_file():
        return ()
    try:
        document = json.loads(read_text(path))
    except ValueError as error:
        raise InputError(Problem(file=path, line=getattr(error, "lineno", None), message=f"no JSON: {error}")) from None
    servers = document.get("servers") if isinstance(document, dict) else None
    address = str(servers[0].get("url", "")) if isinstance(servers, list) and servers else ""
    if urlsplit(address).scheme not in ("http", "https"):
        remedy = 'state it: "servers": [{"url": "https://host/base"}]'
        raise InputError(Problem(file=path, field="servers", message="there is no http server address", remedy=remedy))
    key_env = document.get("x-api-key-env")
    try:
        return tuple(_tools(document, address.rstrip("/"), str(key_env) if key_env else None))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"this is no OpenAPI 3 document: {type(error).__name__}: {error}"
        raise InputError(Problem(file=path, message=message)) from None


def _tools(document: Mapping[str, Any], address: str, key_env: str | None) -> Iterator[Tool]:
    for route, entry in document["paths"].items():
        for method in METHODS:
            operation = entry.get(method)
            if operation is None or "operationId" not in operation:
                continue
            parameters = [
                _resolved(one, document) for one in (*entry.get("parameters", ()), *operation.get("parameters", ()))
            ]
            places = {one["name"]: one["in"] for one in parameters}
            properties = {one["name"]: _described(one) for one in parameters}
            required = [one["name"] for one in parameters if one.get("required")]
            body = _resolved(operation.get("requestBody", {}), document)
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            if schema is not None:
                properties["body"] = schema
                required += ["body"] if body.get("required") else []
            described = _resolved({"type": "object", "properties": properties, "required": required}, document)
            yield Tool(
                name=NAME.sub("_", operation["operationId"])[:64],
                description=operation.get("summary") or operation.get("description") or operation["operationId"],
                parameters=described,
                run=_Operation(method.upper(), address + route, places, key_env).call,
            )


def _described(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = dict(parameter.get("schema", {"type": "string"}))
    if "description" in parameter:
        schema["description"] = parameter["description"]
    return schema


def _resolved(value: Any, document: Mapping[str, Any], depth: int = 0) -> Any:
    """A part of a document with its references written out; beyond a depth (recursive types) anything is allowed."""
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str):
            if depth > DEEPEST:
                return {}
            found: Any = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            return _resolved(found, document, depth + 1)
        return {key: _resolved(inner, document, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, document, depth + 1) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    address: str
    places: Mapping[str, str]
    key_env: str | None

    async def call(self, arguments: Mapping[str, Any]) -> str:
        aiohttp = optional("aiohttp", use="calling an API", extra="measure")
        address = self.address
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for name, place in self.places.items():
            if name not in arguments:
                continue
            value = arguments[name]
            text = value if isinstance(value, str) else json.dumps(value)
            if place == "path":
                address = address.replace(f"{{{name}}}", quote(text, safe=""))
            elif place == "query":
                query[name] = text
            elif place == "header":
                headers[name] = text
        key = os.environ.get(self.key_env, "") if self.key_env else ""
        if key:
            headers["Authorization"] = f"Bearer {key}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                self.method,
                address,
                params=query,
                headers=headers,
                json=arguments.get("body"),
                allow_redirects=False,
            ) as reply,
        ):
            body = (await reply.content.read(LARGEST_REPLY)).decode("utf-8", "replace")
        if key:
            body = body.replace(key, "[key]")
        return body if reply.status < 400 else f"error: status {reply.status}: {body}"
