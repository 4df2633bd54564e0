"""Tools of a workload: Python functions, the operations of an OpenAPI document, the tools of an MCP server.

Enters: a workload's folder.  Leaves: tools.  Must not know who calls them.
"""

from __future__ import annotations

from pathlib import Path

from tierproof.errors import InputError
from tierproof.experiment.workload.files.tool_files.mcp import mcp_tools
from tierproof.experiment.workload.files.tool_files.openapi import openapi_tools
from tierproof.experiment.workload.files.tool_files.python import python_tools
from tierproof.messages import Message
from tierproof.systems.parts.tool import Tool

__all__ = ["read_tools"]


def read_tools(folder: Path) -> tuple[Tool, ...]:
    """Tools of `tools.py`, `openapi.json` and `mcp.json`, whichever are there; a name may occur once.

    An MCP list that names no server describes the functions of `tools.py`.
    """
    python = python_tools(folder / "tools.py")
    mcp, described = mcp_tools(folder / "mcp.json", python)
    found = [*(tool for tool in python if tool.name not in described), *mcp, *openapi_tools(folder / "openapi.json")]
    names = [tool.name for tool in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError.of(Message("two tools are called {twice}", twice=", ".join(twice)), field="tools", file=folder)
    return tuple(found)
