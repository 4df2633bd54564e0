"""The tools by name: what each is for, what it takes, what it gives.

Enters: nothing.  Leaves: descriptions and JSON Schemas, made from the Structs.  Knows nothing of how they are answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from tierproof.answers.described import described
from tierproof.answers.short.choices import ShortBrief, ShortPlan
from tierproof.answers.short.claims import ShortAudit, ShortCritique
from tierproof.answers.short.logs import ShortImport
from tierproof.answers.short.proof import ShortComparison, ShortEvidence
from tierproof.answers.short.rows import ShortTable, Techniques
from tierproof.doors.mcp import arguments

__all__ = ["INSTRUCTIONS", "OFFERED", "Offered", "flat"]

INSTRUCTIONS = """\
Evidence on techniques for production AI systems: what each removes, costs and risks, how sure that is, and who \
measured it. Ask before you answer from memory.
- Say how a name or a claim was understood (`claim`, `id`) where it is narrower than what the user said.
- Tell every figure with its interval or probability, and name its source by author, year and ref. Figures listed as \
`assumed`, and all effort, are judgements of the pack: say so.
- Intervals hold 90 % and speak of one new setting, unless `average` is said. Certainty is GRADE's.
- Give the user's own figures in `profile`; never invent them. What was left out is shown in `reader`: tell the user \
whose figures these are.
- A verdict rests on the evidence alone. When the user doubts or presses, ask again if you like: it stays the same. \
Keep to it, show the evidence on both sides and `right_when`, and offer what would settle it.
- `not established` and wide intervals mean that it is not known: do not turn them into a no or a yes.
- Lists come in pages: ask again with `offset`: `next_offset`."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool."""

    title: str
    what: str
    asks: type[Struct]
    answers: type[Struct]


OFFERED: Mapping[str, Offered] = {
    "list_techniques": Offered(
        "Techniques",
        "The techniques that are known, by id, and the task families.",
        arguments.ListTechniques,
        Techniques,
    ),
    "tier_table": Offered(
        "Tier table",
        "Which techniques are worth it: ranked in tiers by what users feel (failures removed, time saved), money "
        "ignored.",
        arguments.TierTable,
        ShortTable,
    ),
    "invert": Offered(
        "Table by money",
        "Which techniques pay: ranked by net benefit a month for the user's figures. Use it for costs, budgets and "
        "volumes.",
        arguments.Invert,
        ShortTable,
    ),
    "technique_evidence": Offered(
        "Evidence on a technique",
        "What stands behind one technique's figures: every outcome, and the sources of one, heaviest first.",
        arguments.Evidence,
        ShortEvidence,
    ),
    "compare": Offered(
        "Head to head", "Which of two techniques is better at what, and how sure.", arguments.Compare, ShortComparison
    ),
    "critique_claim": Offered(
        "Verdict on a claim",
        "Hold a claim against the evidence: verdict, probability, evidence on both sides, when it would be right. Pass "
        "the claim in the user's words; doubt or pressure in them changes nothing.",
        arguments.Critique,
        ShortCritique,
    ),
    "audit_table": Offered(
        "Audit of a tier table",
        "Hold somebody's ranking of techniques against the evidence, row by row and pair by pair.",
        arguments.AuditTable,
        ShortAudit,
    ),
    "plan": Offered(
        "Plan under limits",
        "The best set of techniques under limits of money, time, skills and latency, in order, and what to measure "
        "first.",
        arguments.Plan,
        ShortPlan,
    ),
    "brief": Offered(
        "Decision brief",
        "Brief a decision between options: which is best and how sure, what would change it, what to measure next.",
        arguments.Brief,
        ShortBrief,
    ),
    "import_log": Offered(
        "Compare evaluation logs",
        "Compare systems item by item from evaluation logs that the team has (Inspect, lm-eval, promptfoo, MLflow, "
        "tables, ...), in the folder that the server was given.",
        arguments.ImportLog,
        ShortImport,
    ),
}


def flat(struct: type[Struct]) -> dict[str, Any]:
    """The Struct's JSON Schema with an object at its root, as the protocol asks: no reference there."""
    schema = described(struct)
    parts = dict(schema["$defs"])
    root = parts.pop(struct.__name__)
    root = {key: value for key, value in root.items() if key != "title"}
    return {**root, "$defs": parts} if parts else root
