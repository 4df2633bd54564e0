#!/usr/bin/env bash
# mcp: a tool called with an argument that it does not have answers as if nothing had been said.
#
# One would expect: a misspelt argument (`threshhold`) to be refused, as a call of the function itself would be, so that the model can mend it;
# the server validates arguments, and refuses a wrong type with words.
# What happens: the argument is dropped, the default stands in for it, and the result is no error: an assistant reports the
# answer to another question.  The input schema of the tool does not forbid it either (no `additionalProperties: false`).
# Versions: mcp 2.3.0, pydantic 2.14.4, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'mcp==2.3.0' 'pydantic==2.14.4'
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import asyncio, sys
from importlib.metadata import version
from mcp import Client
from mcp.server import MCPServer

server = MCPServer("figures")

@server.tool()
def passes(score: float, threshold: float = 0.5) -> bool:
    return score >= threshold

async def main():
    async with Client(server) as client:
        schema = (await client.list_tools()).tools[0].input_schema
        said = await client.call_tool("passes", {"score": 0.6, "threshold": 0.9})
        misspelt = await client.call_tool("passes", {"score": 0.6, "threshhold": 0.9})
        wrong_type = await client.call_tool("passes", {"score": "high"})
    print("mcp", version("mcp"), "additionalProperties:", schema.get("additionalProperties"))
    print("threshold 0.9:", said.structured_content, "error:", said.is_error)
    print("threshhold 0.9:", misspelt.structured_content, "error:", misspelt.is_error)
    print("score 'high':", "error:", wrong_type.is_error)
    return (said.structured_content == {"result": False} and misspelt.structured_content == {"result": True}
            and not misspelt.is_error and wrong_type.is_error and "additionalProperties" not in schema)

stated = asyncio.run(main())
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
