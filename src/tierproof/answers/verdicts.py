"""The evidence's verdicts on what somebody wrote, and on a pack's own claims.

Enters: a text, or a `View`.  Leaves: a `Verdict` for each claim.  Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierproof.answers.view import View, view_of
from tierproof.challenge.ground import ground_of
from tierproof.challenge.judge import judge
from tierproof.challenge.reading import Parsed, parse, vocabulary_of
from tierproof.challenge.verdict import Verdict
from tierproof.evidence import Pack

__all__ = ["Critique", "critique", "verdicts_on_claims"]


@dataclass(frozen=True)
class Critique:
    """What a text claims, and what the evidence makes of it; for programs and notebooks."""

    view: View
    parsed: Parsed
    verdicts: tuple[Verdict, ...]
    """One for each of `parsed.claims`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as `tierproof critique --json` prints it."""
        from tierproof.report.critique import critique_dict  # noqa: PLC0415  (a verdict may be used without being shown)

        return critique_dict(self.parsed, self.verdicts, self.view.pack, self.view.appraisal)

    def _repr_html_(self) -> str:
        from tierproof.report.blocks import blocks_html  # noqa: PLC0415
        from tierproof.report.critique import critique_blocks  # noqa: PLC0415

        return blocks_html(critique_blocks(self.parsed, self.verdicts, self.view.pack), title="Critique")

    def __str__(self) -> str:
        from tierproof.report.blocks import block_lines  # noqa: PLC0415
        from tierproof.report.critique import critique_blocks  # noqa: PLC0415

        return "\n".join(
            line.plain for line in block_lines(critique_blocks(self.parsed, self.verdicts, self.view.pack), 80)
        )


def critique(text: str, pack: Pack | Path | str | None = None, **settings: Any) -> Critique:
    """The verdicts on every claim of `text`, in English or Russian; settings as in `view_of` (`lens="value"`, ...)."""
    view = view_of(pack, **settings)
    ground = ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)
    parsed = parse(text, ground.vocabulary)
    return Critique(view, parsed, tuple(judge(claim, ground) for claim in parsed.claims))


def verdicts_on_claims(view: View, names: Iterable[str] | None = None) -> Mapping[str, Verdict]:
    """By claim id; `names`: those that are wanted, default all.  The English wording is judged."""
    wanted = None if names is None else frozenset(names)
    ground = ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)
    vocabulary = vocabulary_of(view.pack.techniques)
    found = {}
    for claim in view.pack.claims:
        name, text = str(claim.get("id", "")), str(claim.get("en", ""))
        if wanted is not None and name not in wanted:
            continue
        claims = parse(text, vocabulary).claims
        if len(claims) == 1:
            found[name] = judge(claims[0], ground)
    return found
