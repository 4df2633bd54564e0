"""Adoption in a few words, per population: who uses a technique, never averaged over unlike measures.

Enters: a pack's adoption figures.  Leaves: short strings and what they count.  Knows nothing of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tierproof.answers.survey import survey_told
from tierproof.evidence.adoption import Adoption, CaseStudies
from tierproof.evidence.pack import Pack
from tierproof.messages import gettext
from tierproof.report.words import numerals

__all__ = ["Uptake", "adoption_by_technique", "measure_of", "uptake_of"]


class Uptake(Struct, frozen=True, kw_only=True):
    """A technique's adoption, each figure short enough for a column."""

    applications: str
    """Share of the case studies that name it: in title or summary, to anywhere in the text; such as `14–55 %`."""
    makers: str
    """Model reports that state it, of those read for it, such as `42 of 47`; `3 reports` where no silent one was
    gathered, so that they are no share of anything."""
    survey: str
    """The newest share that a survey or telemetry gives, with its measure and year; may be empty."""


def adoption_by_technique(pack: Pack) -> Mapping[str, Adoption]:
    """Every technique's figures, those filed under a wider name included, as the pack's settings say."""
    return {technique: pack.adoption_of(technique) for technique in pack.techniques}


def uptake_of(adoption: Adoption) -> Uptake:
    """A technique's adoption in short."""
    return Uptake(applications=_case_studies(adoption), makers=_reports(adoption), survey=survey_told(adoption))


def _case_studies(adoption: Adoption) -> str:
    if (pair := adoption.case_studies) is None:
        return numerals.UNKNOWN
    low, high = (numerals.percent(figure.value / 100) for figure in pair)
    return low if low == high else f"{low.rstrip('%').rstrip()}–{high}"


def _reports(adoption: Adoption) -> str:
    if (disclosure := adoption.disclosure) is None:
        return numerals.UNKNOWN
    if disclosure.yes == disclosure.reports:
        return numerals.counted(disclosure.yes, "report")
    return gettext("{yes} of {reports}", yes=disclosure.yes, reports=disclosure.reports)


def measure_of(adoption: Iterable[Adoption]) -> str:
    """What the column of case studies counts, for a legend; empty where no technique has such figures."""
    for one in adoption:
        if one.case_studies is not None and isinstance(one.case_studies[0].detail, CaseStudies):
            study = one.case_studies[0].detail
            return gettext(
                "share of {total} case studies ({database}) that name it",
                total=numerals.count(study.total),
                database=study.database,
            )
    return ""
