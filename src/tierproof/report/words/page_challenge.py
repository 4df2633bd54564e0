"""What the pages of challenge say beside the answers: labels, help, and the words of their pictures.

Enters: nothing, or values of answers.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tierproof.answers.safe_text import clean
from tierproof.messages import Message, gettext, in_figures, translated
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
    "aim_told",
    "audited_told",
    "first_judged",
    "option_told",
]

CLAIM: Final = Message("A claim")
CLAIM_TITLE: Final = Message("Hold a claim against the evidence")
CLAIM_LABEL: Final = Message("What is claimed, in English or Russian")
CLAIM_HELP: Final = Message(
    "The verdict goes by what is said, never by how it is said: to insist, to doubt or to agree changes nothing."
)
CLAIM_EXAMPLES: Final = Message("Such as")
CLAIM_BUTTON: Final = Message("Judge")
CLAIM_PICTURE: Final = Message("How likely the claim is true")
CLAIM_TRUE: Final = Message("the claim is true")
CLAIM_BANDS: Final = (
    (0.1, Message("contradicted")),
    (0.5, Message("open")),
    (0.9, Message("supported")),
)
CLAIM_SOURCES: Final = Message("What the strongest sources say")
CLAIM_SOURCES_LEGEND: Final = Message(
    "Discs speak for the claim, rings against it. Each source speaks of its own technique: "
    "the upright line is no difference from what that was compared with."
)
PROBABILITY: Final = Message("Probability")
SOURCE: Final = Message("Source")
SAYS: Final = Message("Says")
RECORDS: Final = Message("Every record and who paid:")

AUDIT: Final = Message("A tier table")
AUDIT_TITLE: Final = Message("Hold anyone's tier table against the evidence")
AUDIT_LABEL: Final = Message("The table, as Markdown, CSV or JSON")
AUDIT_HELP: Final = Message(
    "A head, then one row a technique: its name, and its tier or rank. What it cannot match is told, not guessed."
)
AUDIT_EXAMPLE: Final = Message("| Technique | Tier |\n| --- | --- |\n| RAG | S |\n| Fine-tuning | A |")
AUDIT_DATE: Final = Message("Its date")
AUDIT_DATE_UNSAID: Final = Message("as it states")
AUDIT_BUTTON: Final = Message("Audit")
AUDIT_PICTURE: Final = Message("Where each row stands by the evidence")
AUDIT_LEGEND: Final = Message(
    "Discs are ranks by the evidence among these rows, lines hold 90 % of settings; rings are the table's own places. "
    "Left is better."
)
ROW: Final = Message("Row")
RANK: Final = Message("Rank, 90 %")

BRIEF: Final = Message("A brief")
BRIEF_TITLE: Final = Message("Brief a decision")
BRIEF_LABEL: Final = Message("The question, in your words")
BRIEF_TICKED: Final = Message("Or tick the techniques to choose from")
BRIEF_TOGETHER: Final = Message("and all of them together")
BRIEF_AIM: Final = Message("What decides")
BRIEF_AIMS: Final[Mapping[Outcome | None, str]] = {
    None: Message("net benefit"),
    "quality": Message("failures removed"),
    "wrong-answers": Message("wrong answers removed"),
    "cost": Message("cost saved"),
    "latency": Message("time saved"),
}
BRIEF_SCENARIOS: Final = Message("Decisions that many teams face")
BRIEF_BUTTON: Final = Message("Brief")
BRIEF_PICTURE: Final = Message("The options side by side")
BRIEF_LEGEND: Final = Message(
    "Discs are medians, lines hold 90 % of new settings; rings do not fit or cannot be set beside the others. "
    "Right is better."
)
OPTION: Final = Message("Option")

PLAN: Final = Message("A plan")
PLAN_TITLE: Final = Message("The best set of techniques within your limits")
PLAN_BUTTON: Final = Message("Plan")
PLAN_WAIT: Final = Message("All sets are weighed, which takes some seconds.")
PLAN_PICTURE: Final = Message("What it nets a month")
PLAN_LEGEND: Final = Message(
    "The plan's line holds 90 % of settings. Each step stands at what the plan would lose without it, a ring at what a "
    "technique left out would add, limits aside."
)
PLAN_WHOLE: Final = Message("The plan")
PLAN_SKILLS: Final = Message("Skills at most")
PLAN_AT_ONCE: Final = Message("Worked on at the same time")
PLAN_WITHOUT: Final = Message("Not wanted")
ANY: Final = Message("any")
NETS: Final = Message("USD a month")
NO_LIMIT: Final = Message("no limit", context="field")
RESOURCES: Final = Message("What you lack: techniques that need it are left out")
LIMITS: Final[tuple[Dial, ...]] = (
    Dial(name="budget", label=Message("more than today, all in"), unit=Message("USD a month"), low=100, high=1_000_000),
    Dial(name="one_off", label=Message("once, engineer-days included"), unit="USD", low=500, high=1_000_000),
    Dial(name="weeks", label=Message("until all of it is in"), unit=Message("weeks"), low=1, high=104),
    Dial(name="latency", label=Message("a request may take"), unit=Message("seconds"), low=0.05, high=120),
)
"""The limits of a plan, as fields and sliders."""


def first_judged(shown: int, all_: int) -> str:
    """Where a text has more claims than are judged."""
    return gettext("The first {shown} of {all} claims are judged; send the rest by themselves.", shown=shown, all=all_)


def probability_told(p: float) -> str:
    return numerals.probability(p)


def for_told(label: str, *, of: str, speaks_for: bool) -> str:
    """A source in the picture.  `of`: its technique, where sources of several stand there."""
    who = gettext("{source} on {technique}", source=label, technique=of) if of else label
    return gettext("{source}, for", source=who) if speaks_for else gettext("{source}, against", source=who)


def aim_told(decided_by: str) -> str:
    """What decides a brief, over its figures."""
    told = translated(next((aim for aim in BRIEF_AIMS.values() if aim == decided_by), decided_by))
    return told[:1].upper() + told[1:]


def audited_told(row: AuditedRow) -> str:
    """A row of an audited table beside its picture."""
    rank = row.rank
    median, low, high = (in_figures(f"{end:g}") for end in (rank.median, rank.low, rank.high))
    told = numerals.spanned(median, low, high)
    return gettext("stated {place}, by the evidence {rank}", place=in_figures(f"{row.place:g}"), rank=told)


def option_told(row: OptionRow, *, money: bool) -> str:
    """An option of a brief beside its picture."""
    told = numerals.money_interval(row.net_benefit) if money else numerals.interval(row.measure)
    return told if row.fits else gettext("{told}, does not fit", told=told)


def plan_told(value: float) -> str:
    return f"{numerals.money(value, sign=True)}"


def name_told(name: str) -> str:
    return clean(name)
