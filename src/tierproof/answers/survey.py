"""The survey figure that a reader meets first, in a few words.

Enters: a technique's adoption figures.  Leaves: a short string.  Knows nothing of effects.
"""

from __future__ import annotations

from tierproof.evidence.adoption import Adoption, Survey

__all__ = ["survey_told"]


def survey_told(adoption: Adoption) -> str:
    """`38 % of developers, 2025`; empty where no survey gives a share.

    The newest share comes first, then one independent of sellers, then that of the most people asked.
    """
    shares = [
        (figure, figure.detail)
        for figure in adoption.applications
        if isinstance(figure.detail, Survey) and figure.unit == "percent"
    ]
    if not shares:
        return ""
    figure, survey = max(
        shares, key=lambda f: (f[0].year or 0, f[0].independence == "independent", f[0].n or 0, f[0].id)
    )
    of = "of " if survey.measure.startswith("share of ") else ""
    what = survey.measure.removeprefix("share of ").removeprefix("share ")
    return f"{round(figure.value)} % {of}{what}{f', {figure.year}' if figure.year else ''}"
