"""How the numbers were made, in words and formulas: what `show --method` prints and the report's methods say.

Enters: a pack's settings, a synthesis, lenses and a profile.  Leaves: headed paragraphs of clean text.  Knows nothing
of layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from tierproof.answers.safe_text import clean
from tierproof.decision.ranking.lens import TIERS, Lens
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.settings import Settings, Words
from tierproof.messages import gettext, in_figures, spoken
from tierproof.report.blocks import Block, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import outcome_told, score_told
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["Passage", "method_blocks", "method_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One heading with its paragraphs, formulas and items."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    formula: str = ""
    """Lines to be set as they are."""
    items: tuple[str, ...] = ()


def method_of(
    settings: Settings, priors: Priors, hype: Interval, profile: Profile, lenses: Iterable[Lens]
) -> tuple[Passage, ...]:
    """From record to tier, in the order of the calculation."""
    return tuple(_passages(settings, priors, hype, profile, lenses))


def _passages(
    settings: Settings, priors: Priors, hype: Interval, profile: Profile, lenses: Iterable[Lens]
) -> Iterator[Passage]:
    yield Passage(
        heading=gettext("From figures to effects"),
        paragraphs=(
            gettext(
                "Shares of success become log odds ratios, technique against comparator, up meaning better; cost, "
                "time, memory and throughput become log ratios. Figures without a bound, such as perplexity, are "
                "shown and never pooled. A share without a sample size is given n = {assumed_n}, and says so.",
                assumed_n=settings.assumed_n,
            ),
        ),
    )
    yield Passage(
        heading=gettext("What is pooled"),
        paragraphs=(
            gettext(
                "Each technique has one main question. Whole tables answer it; records picked by hand join only where "
                "fewer than three sources have whole tables, since a picked record shows that an effect can occur, "
                "not how often. Doubtful records, mirrors of other records and other contrasts stay out and are "
                "listed with the reason."
            ),
        ),
    )
    yield Passage(
        heading=gettext("The model"),
        paragraphs=(
            gettext(
                "Records j of a source i share the source's deviation, so that ten figures of one paper do not count "
                "as ten papers. It is computed on a grid with exact normal algebra: no sampling, no seeds."
            ),
        ),
        formula=gettext(
            "y_ij = x_ij . beta + u_i + v_ij + e_ij\nu_i ~ N(0, ts^2)   v_ij ~ N(0, tr^2)   e_ij ~ N(0, se_ij^2)"
        ),
    )
    yield Passage(
        heading=gettext("Priors"),
        paragraphs=(gettext("On the analysis scale."),),
        items=tuple(map(clean, priors.lines())),
    )
    yield Passage(
        heading=gettext("Hype discount"),
        paragraphs=(
            gettext(
                "What authors and vendors report beyond independent measurers is estimated across all techniques: "
                "{hype} log odds for quality. Averages and predictions are those of an independent measurer.",
                hype=numerals.spanned(*(in_figures(f"{end:+.2f}") for end in (hype.median, hype.low, hype.high))),
            ).replace("-0.", "−0."),
        ),
    )
    yield Passage(
        heading=gettext("Average and new setting"),
        paragraphs=(
            gettext(
                "The average says what the technique does over settings; the predictive says what it would do in one "
                "new setting, which is what a reader has, and is wider. Tables, tiers and risks use the predictive."
            ),
        ),
    )
    least = (
        f"{outcome_told(outcome)}: {in_figures(f'{value:g}')}" for outcome, value in settings.minimal_difference.items()
    )
    yield Passage(
        heading=gettext("Harm and certainty"),
        paragraphs=(
            gettext(
                "Harm means worse by more than the least difference that a team would act on, in log odds for "
                "quality, stability and safety and in log ratio for resources. Certainty follows the five GRADE "
                "domains, each with its reason on the card."
            ),
        ),
        items=tuple(least),
    )
    yield Passage(
        heading=gettext("Net benefit"),
        paragraphs=(
            gettext(
                "In US dollars a month, for the profile; effort is assumed and written off over the horizon. Costs "
                "and waits beyond their 90 % count as the end of it: a bill many times too large is seen at once, and "
                "the technique taken out again."
            ),
        ),
        formula=(
            gettext(
                "net benefit = V (value (p1 - p0) - cost (m - 1) - latency price x latency (k - 1)) - running - "
                "one-off / horizon\np1 = expit(logit(p0) + theta)"
            )
        ),
        items=tuple(
            f"{_figure_named(name, settings.words)}: "
            + (numerals.figure(value) if isinstance(value, float) else clean(str(value)))
            for name, value in msgspec.to_builtins(profile).items()
            if value is not None
        ),
    )
    for lens in lenses:
        thresholds = ", ".join(
            gettext("{tier} from {threshold}", tier=t, threshold=numerals.threshold(getattr(lens.thresholds, t)))
            for t in TIERS
            if t != TIERS[-1]
        )
        yield Passage(
            heading=gettext("Lens: {name}", name=clean(lens.name)),
            paragraphs=tuple(
                part
                for part in (
                    clean(lens.summary),
                    gettext(
                        "Ranked by the median of {score}. Tiers: {thresholds}; {last} below.",
                        score=score_told(lens),
                        thresholds=thresholds,
                        last=TIERS[-1],
                    ),
                    clean(lens.why),
                )
                if part
            ),
        )
    yield Passage(
        heading=gettext("Combinations"),
        paragraphs=(
            gettext(
                "Effects of a set add on the logit scale; each further technique keeps {damping:g} of its own until "
                "the combination has been measured: an assumption.",
                damping=settings.damping,
            ),
        ),
    )


def _figure_named(name: str, words: Words) -> str:
    """A field of the profile in the field's words: `cost per image`."""
    if spoken() != "en":
        return name  # as `--set` and a profile have it
    return clean(name.replace("requests", words.many).replace("request", words.one).replace("_", " "))


def method_blocks(passages: Iterable[Passage]) -> Iterator[Block]:
    """Model, priors and lenses."""
    for passage in passages:
        yield Heading(passage.heading)
        yield from (Told(text, inset=1) for text in passage.paragraphs)
        if passage.formula:
            yield Told(passage.formula, "formula", inset=2)
        if passage.items:
            yield Items(passage.items, inset=1)
