"""The workload's tools offered to the model, through the OpenAI tools protocol."""

from __future__ import annotations

import dataclasses

from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["with_tools"]


@technique("function-calling", needs=("tools",))
def with_tools(system: System, resources: Resources) -> System:
    """Tools that the model may call before it answers."""
    known = {tool.name for tool in system.tools}
    fresh = tuple(tool for tool in resources.tools if tool.name not in known)
    return dataclasses.replace(system, tools=(*system.tools, *fresh))
