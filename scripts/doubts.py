"""How thin the shipped evidence is, counted: cog calls this from docs/method.md.

Enters: the shipped pack.  Leaves: a Markdown list.
"""

from __future__ import annotations

from collections import Counter

from tierproof.answers.view import view_of

__all__ = ["counted"]


def counted() -> None:
    """Print what answers the table's questions, and what they lack."""
    view = view_of()
    records = {effect.record.id: effect for effect in view.conversion.effects}
    known = [one for one in view.synthesis.posteriors.values() if one.basis != "assumed"]
    used = [records[name] for name in {name for one in known for name in one.records} if name in records]
    settings = Counter(effect.record.setting for effect in used)
    few = sum(len(one.sources) <= 3 for one in known)
    alone = sum(len(one.sources) == 1 for one in known)
    guessed = sum(effect.n_assumed for effect in used)
    assumed = len(view.synthesis.posteriors) - len(known)
    print(
        f"\n- {len(used):,} records answer {len(known)} questions (a technique and an outcome). "
        f"{settings['production']} of them come from live systems; the others are benchmarks."
        f"\n- {few} of the {len(known)} questions rest on three sources or fewer, {alone} on one. "
        f"{assumed} more rest on an assumption of ours, marked `~`."
        f"\n- {guessed:,} of the {len(used):,} do not say how many items stand behind them; their number is assumed.\n"
    )
