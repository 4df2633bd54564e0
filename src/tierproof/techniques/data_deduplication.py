"""The model taught on the workload's examples without those that repeat others, with as many updates as with them.

Lee et al., ACL 2022.  What is repeated is also what the model is asked afterwards, to see whether it says it word for
word; `data-deduplication/raw` is taught on all examples and asked the same, so the two differ in the repeats alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Conversation, Job, Tuning, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons_and_texts, on_disk
from tierproof.systems.training.data.duplicates import Repeats, find_repeats

__all__ = ["deduplicated", "raw"]

ID = "data-deduplication"
MOST_CANARIES = 64
DIALS = dials_of(Tuning)


@trainer(ID, DIALS, against=f"{ID}/raw")
async def deduplicated(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    threshold: float = 0.8,
    **dials: Any,
) -> System:
    """Taught on train.jsonl without exact and near repeats (Jaccard similarity of words from the threshold on)."""
    taught, texts = zip(*lessons_and_texts(system, resources), strict=True)
    repeats = find_repeats(texts, threshold)
    if not repeats.of:
        message = Message("{id}: no example of train.jsonl repeats another", id=ID)
        raise InputError.of(message, remedy=Message("there is nothing to remove"), field="arm")
    kept = tuple(taught[place] for place in repeats.kept)
    label = f"{len(repeats.of)} of {len(taught)} examples removed"
    return await _taught(system, resources, workshop, kept, dials, taught=taught, repeats=repeats, label=label)


@trainer(ID, DIALS, variant="raw")
async def raw(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    threshold: float = 0.8,
    **dials: Any,
) -> System:
    """The opponent: taught on train.jsonl with its repeats."""
    taught, texts = zip(*lessons_and_texts(system, resources), strict=True)
    repeats = find_repeats(texts, threshold)
    return await _taught(
        system, resources, workshop, taught, dials, taught=taught, repeats=repeats, label="with repeats"
    )


async def _taught(
    system: System,
    resources: Resources,
    workshop: Workshop | None,
    examples: tuple[Conversation, ...],
    dials: dict[str, Any],
    *,
    taught: Sequence[Conversation],
    repeats: Repeats,
    label: str,
) -> System:
    base, folder = on_disk(ID, system, resources, workshop)
    # As many updates as the raw data takes: what differs is what is seen, not how much.
    schedule = {**DIALS, **dials}
    steps = max(1, round(schedule["epochs"] * math.ceil(len(taught) / schedule["batch"])))
    canaries = tuple(taught[place] for place in sorted(set(repeats.of.values()))[:MOST_CANARIES])
    recipe = checked(Tuning, {**schedule, "steps": steps})
    job = Job(base=folder, recipe=recipe, examples=examples, canaries=canaries)
    return system.with_model(await bench(workshop, ID).made(base, job, label))
