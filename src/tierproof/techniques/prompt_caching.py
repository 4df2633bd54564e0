"""What repeats comes first, so that the provider reads it from its cache; the replies' usage says how much it did.

The technique moves text and changes no words.  Its gain shows in `Usage.cached_tokens` and, through the model's
`cached_input` price, in the cost.
"""

from __future__ import annotations

from tierproof.systems.parts.prompt import PLACE
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["prefix_first"]


@technique("prompt-caching", saves_by_cache=True)
def prefix_first(system: System, resources: Resources, *, markers: bool = False, key: str = "") -> System:
    """What repeats comes before what changes; with markers or a cache key if wanted."""
    prompt = system.prompt
    head = tail = ""
    middle = prompt.template
    places = list(PLACE.finditer(middle))
    if places:
        start, end = places[0].start(), places[-1].end()
        head, middle, tail = middle[:start].strip(), middle[start:end], middle[end:].strip()
    fixed = "\n\n".join(part for part in (prompt.system, head, tail) if part)
    moved = system.with_prompt(system=fixed, template=middle, closing_first=True, cache_marker=markers)
    return moved.with_decoding(extra={**system.decoding.extra, "prompt_cache_key": key}) if key else moved
