"""Two ways to begin: decide, and challenge.

Enters: what the user fills in.  Leaves: a first message that names the tools.  Knows nothing of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tierproof.errors import InputError

__all__ = ["PROMPTS", "Prompt", "message"]


@dataclass(frozen=True, slots=True)
class Prompt:
    what: str
    takes: Mapping[str, tuple[str, bool]]
    """What each argument is, and whether it is needed."""
    write: Callable[[Mapping[str, str]], str]


def _decide(given: Mapping[str, str]) -> str:
    figures = given.get("figures", "").strip()
    ours = f"Our figures: {figures}" if figures else "Ask me for our figures if the answer turns on them."
    return f"""Help me decide: {given["decision"]}
{ours}

1. `brief` with the question, and `invert` where money matters, both with our figures in `profile`.
2. Say which option is best, with what probability, and whose figures you used.
3. `technique_evidence` on the option in front: name its heaviest sources, and those against it.
4. Say what would change the answer, what is assumed and not measured, and what to measure next on our own workload.
Where it is not known, say so. Tell every figure with its interval and its source."""


def _challenge(given: Mapping[str, str]) -> str:
    return f"""Hold this against the evidence: {given["claim"]}

1. `critique_claim` with these very words. Say how the claim was understood before you give the verdict.
2. Give the verdict with its probability and certainty, the strongest evidence on both sides, and who paid for it.
3. Say when the claim would be right, and what would settle it for us.
If I insist, do not soften the verdict: show the evidence again, and what would change it."""


PROMPTS: Mapping[str, Prompt] = {
    "decide": Prompt(
        "Decide between techniques, with probabilities and sources.",
        {
            "decision": ("The decision, such as: RAG or fine-tuning for our help desk.", True),
            "figures": ("Requests a month, success rate, cost and time of a request, worth of a success.", False),
        },
        _decide,
    ),
    "challenge": Prompt(
        "Hold a claim against the evidence.",
        {"claim": ("The claim, in anybody's words.", True)},
        _challenge,
    ),
}


def message(name: str, given: Mapping[str, str]) -> str:
    """The first message.  Raises InputError for a prompt that is none, and where an argument is missing."""
    if name not in PROMPTS:
        raise InputError.of(f"no prompt '{name[:40]}'", remedy=f"one of: {', '.join(PROMPTS)}")
    prompt = PROMPTS[name]
    missing = [key for key, (_, needed) in prompt.takes.items() if needed and not given.get(key, "").strip()]
    if missing:
        raise InputError.of("is missing", remedy=prompt.takes[missing[0]][0], field=missing[0])
    return prompt.write(given)
