"""Names of arms as people write them, in the form that recipes have.

Enters: a name such as `RAG + CoT(plan=2)`, and what techniques are also called.  Leaves: the name in ids, joined by
`+`. Must not know which techniques there are: an unknown name is left as it is, for the one who knows them to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from tierproof.experiment.workload.manifest import Manifest

__all__ = ["arm_in_ids", "manifest_in_ids", "names_in"]

PART = re.compile(r"(?P<name>[^/(]+)(?P<variant>/[^(]*)?(?P<options>\(.*\))?", re.DOTALL)


def names_in(text: str) -> list[str]:
    """Names at the commas that are not within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def arm_in_ids(text: str, known: Sequence[str], aliases: Mapping[str, str]) -> str:
    """One arm's name.  `known`: names that stand as they are; `aliases`: other names, in lower case, to ids."""
    return "+".join(_part(part.strip(), known, aliases) for part in re.split(r"\+(?![^(]*\))", text))


def _part(part: str, known: Sequence[str], aliases: Mapping[str, str]) -> str:
    match = PART.fullmatch(part)
    if match is None:
        return part
    name = match["name"].strip()
    rest = f"{(match['variant'] or '').strip()}{match['options'] or ''}"
    if name in known:
        return name + rest
    wanted = " ".join(name.casefold().split())
    for form in (wanted, wanted.replace(" ", "-"), wanted.replace("-", " ").replace("_", " ")):
        if form in known:
            return form + rest
        if form in aliases:
            return aliases[form] + rest
    return part


def manifest_in_ids(manifest: Manifest, known: Sequence[str], aliases: Mapping[str, str]) -> Manifest:
    """The manifest with every name of a technique in ids: arms, the baseline's techniques, options, swaps."""

    def named(text: str) -> str:
        return arm_in_ids(text, known, aliases)

    return replace(
        manifest,
        arms=tuple(map(named, manifest.arms)),
        baseline=replace(manifest.baseline, techniques=tuple(map(named, manifest.baseline.techniques))),
        options={named(name): options for name, options in manifest.options.items()},
        models=tuple(
            replace(model, technique=named(model.technique)) if model.technique else model for model in manifest.models
        ),
    )
