"""The evidence's verdicts on what somebody wrote, and on a pack's own claims.

Enters: a text, or a `View`.  Leaves: a `Verdict` for each claim.  Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tierproof.answers.view import View
from tierproof.challenge.judge import judge
from tierproof.challenge.reading import Parsed, parse
from tierproof.challenge.verdict import Verdict

__all__ = ["Critique", "critique_of", "verdicts_on_claims"]


@dataclass(frozen=True)
class Critique:
    """What a text claims, and what the evidence makes of it; as domain values."""

    view: View
    parsed: Parsed
    verdicts: tuple[Verdict, ...]
    """One for each of `parsed.claims`."""


def critique_of(text: str, view: View) -> Critique:
    """The verdicts on every claim of `text`, in English or Russian."""
    parsed = parse(text, view.ground.vocabulary)
    return Critique(view, parsed, tuple(judge(claim, view.ground) for claim in parsed.claims))


def verdicts_on_claims(view: View, names: Iterable[str] | None = None) -> Mapping[str, Verdict]:
    """By claim id; `names`: those that are wanted, default all.  The English wording is judged."""
    wanted = None if names is None else frozenset(names)
    found = {}
    for claim in view.pack.claims:
        name = str(claim.get("id", ""))
        # What stands in words that no rule reads whole is put plainly beside them, and judged so.
        text = str(claim.get("plainly", {}).get("en") or claim.get("en", ""))
        if wanted is not None and name not in wanted:
            continue
        claims = parse(text, view.ground.vocabulary).claims
        if len(claims) == 1:
            found[name] = judge(claims[0], view.ground)
    return found
