"""A cheap draft proposes tokens and the model checks them in one pass: at an endpoint that does so, or served so here.

Leviathan, Kalman and Matias, ICML 2023; prompt lookup: Saxena 2023.  Greedy answers stay as they are.
"""

from __future__ import annotations

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training.bench import Workshop, bench, on_disk, swapped
from tierproof.systems.training.making.server import Served

__all__ = ["draft_model", "prompt_lookup"]

ID = "speculative-decoding"


@technique(ID, trains=True)
async def draft_model(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, *, draft: str = ""
) -> System:
    """The model with a draft model before it: the smallest of the ladder that has weights, or the one named."""
    other = swapped(ID, system, resources)
    if other is not None:
        return other
    base, folder = on_disk(ID, system, resources, workshop, swap=True)
    smaller = [one for one in resources.models if one.weights is not None and one.name in (draft, draft or one.name)]
    before = next((one for one in smaller if one.name != base.name), None)
    if before is None or (not draft and resources.models.index(before) > resources.models.index(base)):
        message = Message(
            "{id} needs a draft before '{name}': a smaller model of the ladder with weights", id=ID, name=base.name
        )
        remedy = Message("add a [[models]] table before it, or measure speculative-decoding/prompt-lookup")
        raise InputError.of(message, remedy=remedy, field="arm")
    model = Served(folder=folder, draft=str(before.weights))
    return system.with_model(await bench(workshop, ID).served(base, model, f"draft {before.name}"))


@technique(ID, variant="prompt-lookup", trains=True, needs=("weights",))
async def prompt_lookup(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, *, tokens: int = 8
) -> System:
    """Tokens proposed from what the prompt says."""
    base, folder = on_disk(ID, system, resources, workshop)
    if not 1 <= tokens <= 64:
        raise InputError.of(f"{ID}: tokens = {tokens}", remedy=Message("from 1 to 64"), field="arm")
    return system.with_model(
        await bench(workshop, ID).served(base, Served(folder=folder, lookup=tokens), "prompt lookup")
    )
