"""The evidence's verdicts on a pack's own claims.

Enters: a `View`.  Leaves: a `Verdict` for each claim that can be parsed to exactly one form.  Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tierproof.api import View
from tierproof.critique.ground import ground_of
from tierproof.critique.judge import judge
from tierproof.critique.parse import parse, vocabulary_of
from tierproof.critique.verdict import Verdict

__all__ = ["verdicts_on_claims"]


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
