"""A bounded loop in which the model plans, searches the documents, calls tools, and decides by itself when it is done.

Yao et al., "ReAct", ICLR 2023.  A model that makes the same calls again is stopped and must answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tierproof.messages import Message
from tierproof.systems.parts.direct import Direct
from tierproof.systems.parts.retrieval import WordRetriever, passages_of
from tierproof.systems.parts.search.searches import searched
from tierproof.systems.parts.tool import Tool
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import Retriever, System

__all__ = ["agent", "search_tool"]

ID = "agent-orchestration"
LONGEST_SEARCH = 900.0
RULES = (
    "Work in steps.  Say in one sentence what you need to find out, call the tool that finds it, read the result, and "
    "go on until you can answer.  Look things up rather than guess, and check a result that surprises you in another "
    "way.  Do not make the same call twice.  When you know the answer, give it in the form asked for, without an "
    "account of your steps."
)


@technique(ID, needs=("tools-or-documents",))
def agent(system: System, resources: Resources, *, rounds: int = 12, top: int = 4) -> System:
    """A bounded loop over tools and a search of the documents."""
    if rounds < 1:
        raise unfit(ID, "rounds", rounds, Message("make it 1 or more"))
    retriever = system.retriever
    if retriever is None and resources.index is not None:
        retriever = resources.index.with_top(top)
    elif retriever is None and resources.documents:
        retriever = WordRetriever(passages=passages_of(resources.documents), top=top)
    known = {tool.name for tool in system.tools}
    tools = [*system.tools, *(tool for tool in resources.tools if tool.name not in known)]
    if retriever is not None:
        tools.append(search_tool(retriever))
    text = f"{system.prompt.system}\n\n{RULES}" if system.prompt.system else RULES
    # What the agent looks up itself is not put before it as well.
    acting = dataclasses.replace(system.with_prompt(system=text), retriever=None, tools=tuple(tools))
    return acting.with_innermost(Direct(rounds=rounds, repeats=1))


def search_tool(retriever: Retriever) -> Tool:
    """A retriever as a tool."""

    async def search(arguments: Mapping[str, Any]) -> str:
        passages = await searched(retriever, str(arguments["query"]))
        return "\n\n".join(f"({one.source}) {one.text}" for one in passages) or "nothing found; try other words"

    return Tool(
        name="search_documents",
        description="Search the documents.  Gives the passages that fit the query best.",
        parameters={
            "type": "object",
            "properties": {"query": {"type": "string", "description": "words to look for"}},
            "required": ["query"],
        },
        run=search,
        # A retriever has limits of its own, and its failures are none of the model's.
        timeout_seconds=LONGEST_SEARCH,
    )
