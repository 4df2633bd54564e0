"""The server: the protocol's requests, handed to the desk and the pack.

Enters: a `Desk`.  Leaves: the SDK's low-level server with its handlers.  Knows nothing of transports.

What a person or a model can mend comes back as a tool error in words; anything else is written to the log, and the
client learns only that it happened.
"""

from __future__ import annotations

import logging
from typing import Any, get_args

import anyio.to_thread
import mcp_types as types
import msgspec
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from tierproof import __version__
from tierproof.doors.mcp.arguments import Figure
from tierproof.doors.mcp.calls import Answered, Desk
from tierproof.doors.mcp.offered import INSTRUCTIONS, OFFERED, flat
from tierproof.doors.mcp.pack_files import RECORD, PackFiles
from tierproof.doors.mcp.prompts import PROMPTS, message
from tierproof.errors import InputError

__all__ = ["server_of"]

_LOG = logging.getLogger(__name__)
_HINTS = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server_of(desk: Desk) -> Server[Any]:
    """A server that answers from the desk."""
    handlers = _Handlers(desk)
    return Server(
        "tierproof",
        version=__version__,
        title="Tierproof",
        description="Evidence on techniques for production AI systems.",
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
    )


class _Handlers:
    """One method a request of the protocol."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._files = PackFiles(desk.pack)

    async def list_tools(self, _context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=name,
                    title=offered.title,
                    description=offered.what,
                    input_schema=flat(offered.asks),
                    output_schema=flat(offered.answers),
                    annotations=_HINTS,
                )
                for name, offered in OFFERED.items()
            ]
        )

    async def call_tool(self, _context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in OFFERED:
            raise MCPError(types.INVALID_PARAMS, f"no tool '{params.name[:40]}'; there are: {', '.join(OFFERED)}")
        try:
            asked = msgspec.convert(params.arguments or {}, OFFERED[params.name].asks, strict=False)
            answered: Answered = await anyio.to_thread.run_sync(self._desk.answer, asked)
        except msgspec.ValidationError as error:
            takes = ", ".join(flat(OFFERED[params.name].asks).get("properties", {}))
            figures = f"; figures of profile: {', '.join(get_args(Figure))}" if "profile" in str(error) else ""
            return _failed(f"the arguments cannot be used: {error}\n  remedy: {params.name} takes {takes}{figures}")
        except InputError as error:
            return _failed(str(error))
        except Exception:
            _LOG.exception("%s failed", params.name)
            return _failed("the tool failed by a fault of the program, which its log tells; no answer was made")
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=answered.text)], structured_content=answered.data
        )

    async def list_resources(self, _context: Any, _params: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=uri, name=name, mime_type=kind, size=size)
                for uri, name, kind, size in self._files.listed()
            ]
        )

    async def list_templates(self, _context: Any, _params: Any) -> types.ListResourceTemplatesResult:
        record = types.ResourceTemplate(
            uri_template=RECORD,
            name="record",
            description="One figure of the evidence as it was read, with its source.",
            mime_type="application/json",
        )
        return types.ListResourceTemplatesResult(resource_templates=[record])

    async def read_resource(self, _context: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            text, kind = self._files.read(uri)
        except InputError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=kind, text=text)])

    async def list_prompts(self, _context: Any, _params: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=name,
                    description=prompt.what,
                    arguments=[
                        types.PromptArgument(name=key, description=what, required=needed)
                        for key, (what, needed) in prompt.takes.items()
                    ],
                )
                for name, prompt in PROMPTS.items()
            ]
        )

    async def get_prompt(self, _context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        try:
            text = message(params.name, params.arguments or {})
        except InputError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None
        said = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(description=PROMPTS[params.name].what, messages=[said])


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)
