"""Answers held to a schema or grammar: by the endpoint's decoder, by the prompt, or by both.

Willard and Louf 2023 (constrained decoding); Wang et al., "Grammar Prompting", NeurIPS 2023 (the grammar as text).
"""

from __future__ import annotations

import json

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.parts.constraint import checker
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.texts.grammar import grammar_fields

__all__ = ["constrained", "constrained_and_told", "told"]

ID = "dsl-injection"


@technique(ID, needs=("grammar",))
def constrained(system: System, resources: Resources) -> System:
    """Decoding held to the schema or grammar, where the endpoint can."""
    checker(resources.schema, resources.grammar)  # refuses one that is none, before an endpoint is asked
    if resources.schema is not None:
        form = {"name": "answer", "schema": resources.schema, "strict": True}
        return system.with_decoding(response_format={"type": "json_schema", "json_schema": form})
    fields = grammar_fields(resources)
    if system.tools and "tools" in fields:
        raise InputError.of(
            Message("this endpoint takes a grammar as a tool, and the system has tools of its own"),
            remedy=Message("measure it on a baseline without tools"),
        )
    return system.with_decoding(extra={**system.decoding.extra, **fields})


@technique(ID, variant="in-prompt", needs=("grammar",))
def told(system: System, resources: Resources) -> System:
    """The schema or grammar stands in the prompt."""
    checker(resources.schema, resources.grammar)
    if resources.schema is not None:
        text = json.dumps(resources.schema, ensure_ascii=False, indent=1)
        return system.with_closing(f"Answer with JSON alone, valid under this JSON schema:\n\n{text}")
    return system.with_closing(f"Answer with a text of this grammar (Lark notation) alone:\n\n{resources.grammar}")


@technique(ID, variant="both", needs=("grammar",))
def constrained_and_told(system: System, resources: Resources) -> System:
    """Told in the prompt, and held to it while decoding."""
    return constrained(told(system, resources), resources)
