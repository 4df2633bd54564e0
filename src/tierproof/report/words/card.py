"""What a card says in words, the same in every form of it.

Enters: parts of a `Card`.  Leaves: clean sentences.  Knows nothing of layout or markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierproof.answers.addresses import address
from tierproof.answers.card import Answer, Card, Placing, RecordLine
from tierproof.answers.safe_text import clean
from tierproof.decision.appraisals.draws import interval_as_drawn
from tierproof.decision.ranking.lens import TIERS
from tierproof.evidence.adoption import Adoption, AdoptionFigure, ModelReport, Survey
from tierproof.evidence.reading.settings import Words
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Assumption, Technique
from tierproof.messages import Message, gettext, in_figures
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED
from tierproof.report.words.table import outcome_told as named_outcome
from tierproof.report.words.table_rows import sure_told
from tierproof.report.words.terms import AIMS, ANALYSES, DEGREES, KINDS, ODDS, QUADRANTS, SKILLS, STAGES, UNITS, termed
from tierproof.report.words.units import unit_for
from tierproof.synthesis.posteriors.posterior import Coefficient, Posterior
from tierproof.synthesis.values.context import OF_SUCCESSES
from tierproof.synthesis.values.normal import NINETY

__all__ = [
    "adoption_lines",
    "adoption_of_makers",
    "assumption_lines",
    "basis_told",
    "coefficient_told",
    "effort_lines",
    "facts",
    "figure_told",
    "figure_value",
    "in_odds",
    "notes_told",
    "outcome_told",
    "record_effect",
    "record_figures",
    "record_kind",
    "size_not_told",
    "source_told",
    "sub_rows_told",
    "verdict",
    "verdicts",
    "weight_told",
]

_TOLD = 0.005
"""On the analysis scale: less shows in no figure."""


def facts(technique: Technique, words: Words) -> list[str]:
    """Who, where, what it needs."""
    return [
        gettext("who adopts it: {who}", who=clean(words.who(technique.role))),
        gettext("stage: {stage}", stage=termed(technique.stage, STAGES)),
        gettext("aims: {aims}", aims=", ".join(termed(aim, AIMS) for aim in technique.aims)),
        gettext("needs: {needs}", needs=", ".join(map(clean, technique.needs)) or gettext("nothing special")),
        gettext("skills: {skills}", skills=termed(technique.skills, SKILLS)),
        gettext("opacity: {opacity}", opacity=termed(technique.opacity, DEGREES)),
        *([gettext("excludes: {names}", names=", ".join(technique.excludes))] if technique.excludes else []),
        *([gettext("requires: {names}", names=", ".join(technique.requires))] if technique.requires else []),
    ]


def verdicts(card: Card) -> Iterator[str]:
    """One sentence a lens."""
    for placing in card.placings:
        yield f"{clean(placing.lens.name)}: {verdict(placing)}."


def verdict(placing: Placing) -> str:
    """Tier, rank and what they rest on, under one lens."""
    row = placing.row
    if row.tier is None:
        return gettext("not enough evidence") + (f": {clean(row.why_no_tier)}" if row.why_no_tier else "")
    sure = (
        ""
        if row.tier == TIERS[-1]
        else gettext(", {p_tier} sure of {tier} or better", p_tier=sure_told(row), tier=row.tier)
    )
    place = gettext(
        "tier {tier}{sure}; rank {rank}",
        tier=row.tier,
        sure=sure,
        rank=numerals.spanned(str(row.rank), str(row.rank_low), str(row.rank_high)),
    )
    if placing.lens.score == "net_benefit":
        economics = row.cost_effectiveness
        told = gettext(
            "net benefit {money} a month, above zero with probability {p}",
            money=numerals.money_interval(row.net_benefit),
            p=numerals.probability(economics.p_worth),
        )
        if economics.ratio is not None:
            told += gettext(
                "; {quadrant}, {money} a success",
                quadrant=termed(economics.quadrant, QUADRANTS),
                money=numerals.money(economics.ratio),
            )
        return f"{place}. {told[0].upper()}{told[1:]}"
    assumed = ASSUMED if "quality" in row.assumed else ""
    harm = (
        ""
        if row.fragility is None
        else gettext("; does harm with probability {fragility}", fragility=numerals.probability(row.fragility))
    )
    return gettext(
        "{place}. In a new setting it {failures}{assumed}{harm}",
        place=place,
        failures=numerals.failures(row.failures_removed),
        assumed=assumed,
        harm=harm,
    )


def basis_told(posterior: Posterior) -> str:
    """What a posterior rests on: `214 records of 12 sources`, `an assumption`."""
    if posterior.basis == "assumed":
        return gettext("an assumption")
    told = gettext(
        "{records} of {sources}",
        records=numerals.counted(len(posterior.records), "record"),
        sources=numerals.counted(len(posterior.sources), "source"),
    )
    return told + (gettext(", picked ones too") if posterior.basis == "complete and picked" else "")


def notes_told(answer: Answer) -> tuple[str, ...]:
    """What a reader must know of an average beside its figures: where it was measured, what moved it, what differs."""
    told = (
        size_not_told(answer),
        _baselines(answer),
        _discount(answer),
        _outside(answer),
        _stopped(answer),
        _opposing(answer),
    )
    return tuple(sentence for sentence in told if sentence)


def size_not_told(answer: Answer) -> str:
    """Where comparators have no odds: what the size of the average is worth; else empty."""
    found = answer.without_odds
    if found is None:
        return ""
    return gettext(
        "Size: {told}; odds from there grow with the number of items, so read the shares, not the ratio.",
        told=found.told,
    )


def _baselines(answer: Answer) -> str:
    found = answer.posterior.baselines
    if found is None or answer.outcome not in OF_SUCCESSES:
        return ""
    median = numerals.percent(found.median)
    told = (
        gettext("Baseline: without it {median} succeed in the median of the evidence", median=median)
        if answer.outcome == "quality"
        else gettext("Baseline: without it {median} are not wrong in the median of the evidence", median=median)
    )
    here = answer.posterior.context.baseline
    if found.near is not None and here is not None:
        told += gettext(
            "; {near} of the weight lies within one logit of the reader's {here}, where figures are read",
            near=numerals.percent(found.near),
            here=numerals.percent(here),
        )
        if answer.outcome != "quality":
            told += gettext(" (each failure of the reader's taken for a wrong answer)")
    if found.slope is not None:
        told += gettext("; per 25 points more the effect changes by {signed} log odds", signed=_signed(found.slope))
        if answer.studies:
            told += gettext(". Sources are shown as they found it at their own baselines, the average at the reader's")
    return told + "."


def _discount(answer: Answer) -> str:
    off = answer.discount
    if answer.assumed or off == 0:
        return ""
    average = float(answer.posterior.average.quantile(0.5))
    text = unit_for(answer).text
    told = {"off": abs(off), "without": text(average + off), "with_it": text(average)}
    if off > 0:
        return gettext(
            "Hype discount: takes off {off:.2f} on the analysis scale, since those who gain by a difference report "
            "other figures than independent measurers do; without it the average would be {without}, with it "
            "{with_it}.",
            **told,
        )
    return gettext(
        "Hype discount: adds {off:.2f} on the analysis scale, since those who gain by a difference report other "
        "figures than independent measurers do; without it the average would be {without}, with it {with_it}.",
        **told,
    )


def _outside(answer: Answer) -> str:
    """Why an average lies beyond the means of its sources' own figures; empty where it does not."""
    posterior, unit = answer.posterior, unit_for(answer)
    ends, average = posterior.source_range, float(posterior.average.quantile(0.5))
    if ends is None or posterior.carried is None or ends[0] <= average <= ends[1]:
        return ""
    side = 1.0 if average > ends[1] else -1.0
    if unit.text(average) == unit.text(ends[1] if side > 0 else ends[0]):
        return ""  # what reads alike is not told apart
    moved = {
        Message("read at the evidence's own baseline"): posterior.carried.baseline,
        Message("read at the evidence's own model sizes"): posterior.carried.size,
        Message("read at the evidence's own mix of tasks"): posterior.carried.task,
        Message("without the hype discount"): -answer.discount,
    }
    outward = {what: by for what, by in moved.items() if side * by >= _TOLD}
    why = [
        gettext("{what} it would be {text}", what=what, text=unit.text(average - by)) for what, by in outward.items()
    ]
    rest = average - sum(outward.values())
    if not ends[0] - _TOLD <= rest <= ends[1] + _TOLD or not why:
        towards_none = ends[1] < average <= _TOLD or -_TOLD <= average < ends[0]
        drawn = gettext("few figures are drawn towards no effect")
        why.append(drawn if towards_none else gettext("its records differ in what else the model takes into account"))
    where = (
        gettext("between {low} and {high}", low=unit.text(ends[0]), high=unit.text(ends[1]))
        if ends[0] < ends[1]
        else gettext("at {point}", point=unit.text(ends[0]))
    )
    told = {"where": where, "why": "; ".join(why)}
    if len(posterior.sources) == 1:
        return gettext("The average lies beyond its only source's own mean, which lies {where}: {why}.", **told)
    return gettext("The average lies beyond its sources' own means, which lie {where}: {why}.", **told)


def _stopped(answer: Answer) -> str:
    carried = answer.posterior.carried
    if carried is None or not carried.stopped:
        return ""
    if carried.to_none:
        return gettext(
            "Where the reader stands the average is carried no farther than to no effect, since no source shows the "
            "other sign; how far it goes is not known, and widens its interval."
        )
    return gettext(
        "Where the reader stands the average is carried no farther than any source's figures go; how far beyond is not "
        "known, and widens its interval."
    )


def _opposing(answer: Answer) -> str:
    carried = answer.posterior.carried
    if not answer.posterior.opposing or (carried is not None and carried.to_none):
        return ""
    return gettext(
        "The analysis “{opposing}” has the other sign, so that nothing is called clear here.",
        opposing=termed(answer.posterior.opposing, ANALYSES),
    )


def coefficient_told(coefficient: Coefficient, words: Words) -> str:
    """One moderator with its 90 % interval."""
    names = {
        "interested": gettext("reported by who gains by it"),
        "rival": gettext("reported by who gains by the comparator"),
        "baseline": gettext("25 points more success without it"),
        "log10_params": gettext("ten times the parameters"),
        "own arm": gettext("own arm"),
    }
    kind, _, family = coefficient.name.partition(":")
    if kind == "task":
        names[coefficient.name] = gettext("task: {task}", task=clean(words.task(family)))
    name = names.get(coefficient.name, clean(coefficient.name))
    reach = NINETY * coefficient.sd
    low, high = coefficient.mean - reach, coefficient.mean + reach
    return f"{name} {numerals.spanned(_signed(coefficient.mean), _signed(low), _signed(high))}"


def _signed(x: float) -> str:
    text = f"{x:+.2f}"
    return in_figures("0.00" if text in ("+0.00", "-0.00") else text.replace("-", "−"))


def sub_rows_told(card: Card, answer: Answer) -> Iterator[str]:
    """The technique's forms, each by the evidence of that form alone."""
    names = {sub.id: clean(sub.name) for sub in card.technique.sub_rows}
    for name, posterior in answer.posterior.sub_rows.items():
        interval = unit_for(answer).interval(interval_as_drawn(posterior.predictive))
        yield gettext(
            "{name}: {interval} in a new setting; {basis}",
            name=names.get(name, clean(name)),
            interval=interval,
            basis=basis_told(posterior),
        )
    if answer.outcome == "quality":
        yield from (
            gettext("{name}: not measured", name=clean(sub.name)) for sub in card.technique.sub_rows if not sub.subtypes
        )


def assumption_lines(card: Card) -> Iterator[str]:
    """Stand-ins in use, with their reasons."""
    for answer in card.answers:
        if answer.assumed and answer.outcome in card.technique.assumed:
            assumption = card.technique.assumed[answer.outcome]
            why = f". {clean(assumption.why)}" if assumption.why else ""
            yield f"{named_outcome(answer.outcome)}: {_triangle(assumption)}{why}"


def effort_lines(technique: Technique) -> Iterator[str]:
    """Effort, all of it assumed."""
    effort = technique.effort
    for name, assumption in (
        (gettext("engineer-days"), effort.engineer_days),
        (gettext("weeks until it runs"), effort.weeks),
        (gettext("paid once, USD"), effort.one_off_usd),
        (gettext("running, USD a month"), effort.running_usd_month),
    ):
        yield f"{name}: {_triangle(assumption)}{'. ' + clean(assumption.why) if assumption.why else ''}"


def _triangle(assumption: Assumption) -> str:
    if assumption.low == assumption.high:
        return numerals.figure(assumption.mode)
    low, mode, high = map(numerals.figure, (assumption.low, assumption.mode, assumption.high))
    return gettext("most likely {mode}, {low} to {high}", mode=mode, low=low, high=high)


def adoption_lines(adoption: Adoption) -> Iterator[str]:
    """Every figure of applications, newest first; makers' reports counted, each model named."""
    for figure in sorted(adoption.applications, key=lambda figure: (-(figure.year or 0), figure.id)):
        yield gettext("applications: {told}", told=figure_told(figure))
    for figure in adoption.makers:
        if isinstance(figure.detail, Survey):
            yield gettext("makers: {told}", told=figure_told(figure))
    if makers := adoption_of_makers(adoption):
        yield gettext("makers: {told}", told=makers)


def adoption_of_makers(adoption: Adoption) -> str:
    """What model reports say, counted, with the models that state it; empty where none was read."""
    disclosure = adoption.disclosure
    if disclosure is None:
        return ""
    reports = [figure.detail for figure in adoption.makers if isinstance(figure.detail, ModelReport)]
    stated = ", ".join(sorted(clean(report.model) for report in reports if report.disclosed == "yes"))
    told = gettext(
        "{yes} of {reports} state it, {no} deny it",
        yes=disclosure.yes,
        reports=numerals.counted(disclosure.reports, "model report"),
        no=disclosure.no,
    )
    silent = gettext("{n} are silent", n=disclosure.not_stated)
    return f"{told}, {silent}{': ' + stated if stated else ''}"


def figure_value(figure: AdoptionFigure) -> str:
    """`51 %`, or a number with its unit."""
    if figure.unit == "percent":
        return numerals.percent(figure.value / 100)
    return f"{numerals.figure(figure.value)} {clean(termed(figure.unit, UNITS))}"


def figure_told(figure: AdoptionFigure) -> str:
    """One figure with its measure, size, year and source."""
    told = [f"{figure_value(figure)}: {clean(figure.measure)}"]
    if figure.n is not None:
        told.append(f"n = {numerals.count(figure.n)}")
    if figure.year is not None:
        told.append(str(figure.year))
    told.append(termed(figure.independence, KINDS))
    return f"{', '.join(told)}. {source_told(figure)}"


def source_told(holder: AdoptionFigure | RecordLine) -> str:
    """Title, place and address of a source."""
    source = holder.source if isinstance(holder, AdoptionFigure) else holder.record.source
    place = address(source.ref) or (clean(source.ref) if source.ref else "")
    parts = [clean(source.title), clean(source.locator) if source.locator else "", place]
    return ", ".join(part for part in parts if part)


def record_figures(line: RecordLine) -> str:
    """`61.2 -> 68.4 percent, accuracy`."""
    record = line.record
    before = numerals.figure(record.baseline) if record.baseline is not None else numerals.UNKNOWN
    return f"{before} → {numerals.figure(record.treated)} {clean(termed(record.unit, UNITS))}, {clean(record.metric)}"


def record_effect(line: RecordLine) -> str:
    """The effect on the analysis scale with its standard error; a dash where there is none."""
    if line.effect is None:
        return numerals.UNKNOWN
    return f"{_signed(line.effect.estimate)} ± {in_figures(f'{line.effect.se:.2f}')}" + (
        gettext(" n assumed") if line.effect.n_assumed else ""
    )


def outcome_told(answer: Answer) -> str:
    """`odds of a safe answer` where the figure is of odds; quality is told in failures, the rest as multiples."""
    return termed(answer.outcome, ODDS) if in_odds(answer) else named_outcome(answer.outcome).replace("-", " ")


def in_odds(answer: Answer) -> bool:
    return answer.outcome != "quality" and answer.posterior.scale == "log_odds_ratio"


def weight_told(lines: Sequence[RecordLine]) -> str:
    """`9.4 % of the weight on quality, 33.1 % of the weight on safety`: shares of the averages that records enter."""
    shares: dict[Outcome, float] = {}
    for line in lines:
        if line.weight is not None:
            shares[line.record.outcome] = shares.get(line.record.outcome, 0.0) + line.weight
    told = [
        gettext(
            "{share:.1f} % of the weight on {outcome}",
            share=100 * share,
            outcome=named_outcome(outcome).replace("-", " "),
        )
        for outcome, share in shares.items()
    ]
    return ", ".join(told) or gettext("left out")


def record_kind(line: RecordLine) -> str:
    """Contrast, selection, independence, setting: what a record can speak for."""
    record = line.record
    kinds = (record.contrast, record.selection, record.independence, record.setting)
    marks: list[str] = [termed(kind, KINDS) for kind in kinds]
    marks += [gettext("doubtful")] if record.doubtful else []
    marks += [gettext("reference not verified")] if record.ref_unverified else []
    return ", ".join(marks)
