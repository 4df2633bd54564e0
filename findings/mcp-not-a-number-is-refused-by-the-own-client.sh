#!/usr/bin/env bash
# mcp: a tool that returns a float that is not finite succeeds on the server, and its result is refused by the SDK's own client.
#
# One would expect: a value of the declared return type `dict[str, float]` to reach the client, or the server to report an error of the tool
# (`is_error`), which a model can read.
# What happens: the schema that is made of the annotation says `number`, the value is sent as null, and the client raises RuntimeError
# ("Invalid structured content ..."), so that the finite figures beside it are lost too, and an assistant sees a fault of its
# connection.  Statistics have such values as a matter of course: a standard error of one item, a ratio to zero.
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
def one_item() -> dict[str, float]:
    return {"mean": 0.5, "standard_error": float("nan")}

@server.tool()
def two_items() -> dict[str, float]:
    return {"mean": 0.5, "standard_error": 0.1}

async def main():
    async with Client(server) as client:
        finite = await client.call_tool("two_items", {})
        print("mcp", version("mcp"), "finite:", finite.structured_content)
        try:
            told = await client.call_tool("one_item", {})
            print("not finite:", told.is_error, told.structured_content)
            return False
        except RuntimeError as error:
            print("not finite: RuntimeError:", str(error).splitlines()[0])
            return finite.structured_content == {"mean": 0.5, "standard_error": 0.1} and "None is not of type" in str(error)

stated = asyncio.run(main())
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
