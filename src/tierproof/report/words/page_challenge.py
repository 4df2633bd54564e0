"""What the pages of challenge say beside the answers: labels, help, and the words of their pictures.

Enters: nothing, or values of answers.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tierproof.answers.safe_text import clean
from tierproof.report.words import numerals
from tierproof.report.words.page import Dial

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import AuditedRow
    from tierproof.challenge.brief import OptionRow
    from tierproof.evidence.record import Outcome

__all__ = [
    "AUDIT",
    "AUDIT_TITLE",
    "BRIEF",
    "BRIEF_TITLE",
    "CLAIM",
    "CLAIM_TITLE",
    "LIMITS",
    "PLAN",
    "PLAN_TITLE",
    "RECORDS",
    "audited_told",
    "first_judged",
    "option_told",
]

CLAIM: Final = "A claim"
CLAIM_TITLE: Final = "Hold a claim against the evidence"
CLAIM_LABEL: Final = "What is claimed, in English or Russian"
CLAIM_HELP: Final = (
    "The verdict goes by what is said, never by how it is said: to insist, to doubt or to agree changes nothing."
)
CLAIM_EXAMPLES: Final = "Such as"
CLAIM_BUTTON: Final = "Judge"
CLAIM_PICTURE: Final = "How likely the claim is true"
CLAIM_TRUE: Final = "the claim is true"
CLAIM_BANDS: Final = ((0.1, "contradicted"), (0.5, "open"), (0.9, "supported"))
CLAIM_SOURCES: Final = "What the strongest sources say"
CLAIM_SOURCES_LEGEND: Final = (
    "Discs speak for the claim, rings against it. Each source speaks of its own technique: "
    "the upright line is no difference from what that was compared with."
)
PROBABILITY: Final = "Probability"
SOURCE: Final = "Source"
SAYS: Final = "Says"
RECORDS: Final = "Every record and who paid:"

AUDIT: Final = "A tier table"
AUDIT_TITLE: Final = "Hold anyone's tier table against the evidence"
AUDIT_LABEL: Final = "The table, as Markdown, CSV or JSON"
AUDIT_HELP: Final = (
    "A head, then one row a technique: its name, and its tier or rank. What it cannot match is told, not guessed."
)
AUDIT_EXAMPLE: Final = "| Technique | Tier |\n| --- | --- |\n| RAG | S |\n| Fine-tuning | A |"
AUDIT_DATE: Final = "Its date"
AUDIT_DATE_UNSAID: Final = "as it states"
AUDIT_BUTTON: Final = "Audit"
AUDIT_PICTURE: Final = "Where each row stands by the evidence"
AUDIT_LEGEND: Final = (
    "Discs are ranks by the evidence among these rows, lines hold 90 % of settings; rings are the table's own places. "
    "Left is better."
)
ROW: Final = "Row"
RANK: Final = "Rank, 90 %"

BRIEF: Final = "A brief"
BRIEF_TITLE: Final = "Brief a decision"
BRIEF_LABEL: Final = "The question, in your words"
BRIEF_TICKED: Final = "Or tick the techniques to choose from"
BRIEF_TOGETHER: Final = "and all of them together"
BRIEF_AIM: Final = "What decides"
BRIEF_AIMS: Final[Mapping[Outcome | None, str]] = {
    None: "net benefit",
    "quality": "failures removed",
    "wrong-answers": "wrong answers removed",
    "cost": "cost saved",
    "latency": "time saved",
}
BRIEF_SCENARIOS: Final = "Decisions that many teams face"
BRIEF_BUTTON: Final = "Brief"
BRIEF_PICTURE: Final = "The options side by side"
BRIEF_LEGEND: Final = (
    "Discs are medians, lines hold 90 % of new settings; rings do not fit or cannot be set beside the others. "
    "Right is better."
)
OPTION: Final = "Option"

PLAN: Final = "A plan"
PLAN_TITLE: Final = "The best set of techniques within your limits"
PLAN_BUTTON: Final = "Plan"
PLAN_WAIT: Final = "All sets are weighed, which takes some seconds."
PLAN_PICTURE: Final = "What it nets a month"
PLAN_LEGEND: Final = (
    "The plan's line holds 90 % of settings. Each step stands at what the plan would lose without it, a ring at what a "
    "technique left out would add, limits aside."
)
PLAN_WHOLE: Final = "The plan"
PLAN_SKILLS: Final = "Skills at most"
PLAN_AT_ONCE: Final = "Worked on at the same time"
PLAN_WITHOUT: Final = "Not wanted"
ANY: Final = "any"
NETS: Final = "USD a month"
NO_LIMIT: Final = "no limit"
RESOURCES: Final = "What you lack: techniques that need it are left out"
LIMITS: Final[tuple[Dial, ...]] = (
    Dial(name="budget", label="more than today, all in", unit="USD a month", low=100, high=1_000_000),
    Dial(name="one_off", label="once, engineer-days included", unit="USD", low=500, high=1_000_000),
    Dial(name="weeks", label="until all of it is in", unit="weeks", low=1, high=104),
    Dial(name="latency", label="a request may take", unit="seconds", low=0.05, high=120),
)
"""The limits of a plan, as fields and sliders."""


def first_judged(shown: int, all_: int) -> str:
    """Where a text has more claims than are judged."""
    return f"The first {shown} of {numerals.count(all_)} claims are judged; send the rest by themselves."


def probability_told(p: float) -> str:
    return numerals.probability(p)


def for_told(label: str, *, of: str, speaks_for: bool) -> str:
    """A source in the picture.  `of`: its technique, where sources of several stand there."""
    return f"{label}{f' on {of}' if of else ''}, {'for' if speaks_for else 'against'}"


def audited_told(row: AuditedRow) -> str:
    """A row of an audited table beside its picture."""
    rank = row.rank
    return f"stated {row.place:g}, by the evidence {rank.median:g} ({rank.low:g} to {rank.high:g})"


def option_told(row: OptionRow, *, money: bool) -> str:
    """An option of a brief beside its picture."""
    told = numerals.money_interval(row.net_benefit) if money else numerals.interval(row.measure)
    return told if row.fits else f"{told}, does not fit"


def plan_told(value: float) -> str:
    return f"{numerals.money(value, sign=True)}"


def name_told(name: str) -> str:
    return clean(name)
