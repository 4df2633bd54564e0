"""Operations of an OpenAPI document as tools, called over HTTP.

Enters: `openapi.json`.  Leaves: a tool for each operation that has an `operationId`.  A key is sent only where the
document says so: `"x-api-key-env": "NAME"` at its top is the environment variable of a bearer token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.text_lines import read_text
from tierproof.experiment.workload.files.tool_files.references import without_nulls, written_out
from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.tool import Tool, sendable_name

__all__ = ["openapi_tools"]

METHODS = ("get", "post", "put", "patch", "delete")
FORM, PARTS, TEXT = "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"
JOINTS = {"spaceDelimited": " ", "pipeDelimited": "|"}
LARGEST_REPLY = 2**20


def openapi_tools(path: Path) -> tuple[Tool, ...]:
    """One tool an operation.  Raises InputError for a document without a server address, with a broken `$ref`, or with
    a body that cannot be sent.
    """
    if not path.is_file():
        return ()
    try:
        document = json.loads(read_text(path))
    except ValueError as error:
        raise InputError.of(
            Message("no JSON: {error}", error=str(error)), file=path, line=getattr(error, "lineno", None)
        ) from None
    key_env = document.get("x-api-key-env") if isinstance(document, dict) else None
    try:
        return tuple(_tools(document, str(key_env) if key_env else None))
    except InputError as error:
        raise InputError(*(_placed(problem, path) for problem in error.problems)) from None
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        message = Message("this is no OpenAPI 3 document: {kind}: {error}", kind=type(error).__name__, error=str(error))
        raise InputError.of(message, file=path) from None


def _placed(problem: Problem, path: Path) -> Problem:
    return Problem(file=path, field=problem.field, message=problem.message, remedy=problem.remedy)


def _tools(document: Mapping[str, Any], key_env: str | None) -> Iterator[Tool]:
    taken: list[str] = []
    for route, entry in document["paths"].items():
        for method in METHODS:
            operation = (entry or {}).get(method)
            if operation is None or "operationId" not in operation:
                continue
            name = sendable_name(operation["operationId"], taken)
            taken.append(name)
            parameters = _parameters(document, entry, operation)
            properties = {one["name"]: _described(one) for one in parameters}
            required = {one["name"]: None for one in parameters if one.get("required")}
            kind = ""
            body = written_out(operation.get("requestBody") or {}, document, whole=False)
            if body.get("content"):
                kind = _kind_of(body["content"], operation["operationId"])
                properties["body"] = body["content"][kind].get("schema") or {}
                required |= {"body": None} if body.get("required") else {}
            table = {"type": "object", "properties": properties, "required": list(required)}
            yield Tool(
                name=name,
                description=operation.get("summary") or operation.get("description") or operation["operationId"],
                parameters=without_nulls(written_out(table, document)),
                run=_Operation(
                    method.upper(), _address(document, entry, operation) + route, tuple(parameters), kind, key_env
                ).call,
            )


def _parameters(
    document: Mapping[str, Any], entry: Mapping[str, Any], operation: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Of the path and of the operation, which may state one again in its own way."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for given in (entry, operation):
        for one in given.get("parameters") or ():
            parameter = written_out(one, document, whole=False)
            found[parameter["name"], parameter["in"]] = parameter
    return list(found.values())


def _described(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    content = next(iter((parameter.get("content") or {}).values()), None) or {}
    schema = dict(parameter.get("schema") or content.get("schema") or {"type": "string"})
    if "description" in parameter:
        schema["description"] = parameter["description"]
    return schema


def _address(*given: Mapping[str, Any]) -> str:
    """The server of the operation, else of its path, else of the document, its variables at their defaults."""
    base = ""
    for one in given:
        servers = one.get("servers")
        if not (isinstance(servers, list) and servers):
            continue
        url = str(servers[0].get("url", ""))
        for name, variable in (servers[0].get("variables") or {}).items():
            usual = variable.get("default") or next(iter(variable.get("enum") or ()), "")
            url = url.replace(f"{{{name}}}", str(usual))
        # One of a path or an operation may be relative to the document's.
        base = url if urlsplit(url).scheme else urljoin(base, url) if base else url
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
        remedy = Message('state it: "servers": [{"url": "https://host/base"}]')
        raise InputError.of(Message("there is no http server address"), remedy=remedy, field="servers")
    return base.rstrip("/")


def _kind_of(content: Mapping[str, Any], operation: str) -> str:
    """The media type in which the body is sent: JSON where that is taken, else a form, else text."""
    plain = {kind: kind.partition(";")[0].strip().lower() for kind in content}
    for fits in (_is_json, lambda one: one == FORM, lambda one: one == PARTS, lambda one: one.startswith("text/")):
        found = next((kind for kind, one in plain.items() if fits(one)), None)
        if found is not None:
            return found
    if "*/*" in plain.values():
        return next(kind for kind, one in plain.items() if one == "*/*")
    message = Message(
        "the body of operation '{operation}' is {content}, which cannot be sent",
        operation=operation,
        content=", ".join(content),
    )
    remedy = Message("offer it as application/json, or take the operation's operationId away: it is then left out")
    raise InputError.of(message, remedy=remedy, field="requestBody")


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith(("+json", "/json"))


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    address: str
    parameters: tuple[Mapping[str, Any], ...]
    kind: str
    """Media type of the body; empty: there is none."""
    key_env: str | None

    async def call(self, arguments: Mapping[str, Any]) -> str:
        aiohttp = optional("aiohttp", use=Message("calling an API"), extra="measure")
        address = self.address
        query: list[tuple[str, str]] = []
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for parameter in self.parameters:
            name, value = parameter["name"], arguments.get(parameter["name"])
            if value is None:
                continue
            place = parameter["in"]
            if place == "path":
                address = address.replace(f"{{{name}}}", quote(_text(value), safe=","))
            elif place == "query":
                query += _pairs(parameter, value)
            elif place == "header":
                headers[name] = _text(value)
            elif place == "cookie":
                cookies[name] = _text(value)
        key = os.environ.get(self.key_env, "") if self.key_env else ""
        if key:
            headers["Authorization"] = f"Bearer {key}"
        async with (
            aiohttp.ClientSession(cookies=cookies) as session,
            session.request(
                self.method,
                address,
                params=query,
                headers=headers,
                allow_redirects=False,
                **self._body(arguments, headers, aiohttp),
            ) as reply,
        ):
            body = (await reply.content.read(LARGEST_REPLY)).decode("utf-8", "replace")
        if key:
            body = body.replace(key, "[key]")
        return body if reply.status < 400 else f"error: status {reply.status}: {body}"

    def _body(self, arguments: Mapping[str, Any], headers: dict[str, str], aiohttp: Any) -> dict[str, Any]:
        """The body as the document says that it is sent; sets its type among the headers."""
        if not self.kind or "body" not in arguments:
            return {}
        body, plain = arguments["body"], self.kind.partition(";")[0].strip().lower()
        if plain in (FORM, PARTS) and isinstance(body, Mapping):
            form = aiohttp.FormData(default_to_multipart=plain == PARTS)
            for name, value in body.items():
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        form.add_field(name, _text(one))
            return {"data": form}
        headers["Content-Type"] = "application/json" if plain == "*/*" else self.kind
        if plain.startswith("text/"):
            return {"data": _text(body).encode()}
        return {"data": json.dumps(body, ensure_ascii=False).encode()}


def _pairs(parameter: Mapping[str, Any], value: Any) -> list[tuple[str, str]]:
    """A value of the query in the parameter's style; by default each member for itself (form, explode)."""
    name, style = parameter["name"], parameter.get("style", "form")
    apart = parameter.get("explode", style == "form")
    if "content" in parameter:
        return [(name, json.dumps(value, ensure_ascii=False))]
    if isinstance(value, list):
        members = [_text(one) for one in value if one is not None]
        return [(name, one) for one in members] if apart else [(name, JOINTS.get(style, ",").join(members))]
    if isinstance(value, Mapping):
        members_of = {str(key): _text(one) for key, one in value.items() if one is not None}
        if style == "deepObject":
            return [(f"{name}[{key}]", one) for key, one in members_of.items()]
        if apart:
            return list(members_of.items())
        return [(name, ",".join(part for pair in members_of.items() for part in pair))]
    return [(name, _text(value))]


def _text(value: Any) -> str:
    """A value in a path, a query, a header or a form."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(one, list | Mapping) for one in value):
        return ",".join(_text(one) for one in value if one is not None)
    return json.dumps(value, ensure_ascii=False)
