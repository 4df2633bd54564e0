"""The tier table: techniques scored through a lens, ranked, and marked.

Enters: an `Appraisal` and a `Lens`.  Leaves: a `TierTable`.  Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import numpy as np
from msgspec import Struct, structs

from tierproof.decision.appraisals.appraisal import Appraisal, failures_removed, interval_of
from tierproof.decision.appraisals.cost_effectiveness import cost_effectiveness
from tierproof.decision.appraisals.draws import share
from tierproof.decision.ranking.lens import TIERS, Lens, Tier, minimal_score, score, scored_outcomes, tier_of
from tierproof.decision.ranking.marks import CLEAR, mark_of, p_harm
from tierproof.decision.ranking.results import Mark, Placed, SubTierRow, TierRow, TierTable
from tierproof.decision.worth.information import evpi, evpi_of_choice, evppi_of_choice
from tierproof.evidence.record import EVERY_OUTCOME, Outcome
from tierproof.evidence.technique import Role, Technique
from tierproof.messages import Message, joined
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Interval, Posterior
from tierproof.synthesis.values.normal import Array

__all__ = ["can_adopt", "certainty_of", "lowest", "placings", "set_against", "tier_table"]

T = TypeVar("T")
_ROLES: Final[tuple[Role, ...]] = ("application", "owner", "maker")
_LEVELS: Final[tuple[CertaintyLevel, ...]] = ("very low", "low", "moderate", "high")


def certainty_of(
    technique: Technique, known: Mapping[Outcome, Posterior], scored: tuple[Outcome, ...]
) -> CertaintyLevel | None:
    """GRADE's rule for several outcomes: the lowest among the critical ones (G. H. Guyatt et al. 2013).

    Critical are those that the technique aims at and the lens scores; an assumption has no certainty to rate.
    """
    observed = [outcome for outcome in scored if outcome in known and known[outcome].basis != "assumed"]
    critical = [outcome for outcome in observed if outcome in technique.aims] or observed
    return lowest(known[outcome].certainty.level for outcome in critical)


def lowest(levels: Iterable[CertaintyLevel | None]) -> CertaintyLevel | None:
    """The lowest of several certainties, those that are None left out; None where no other is there."""
    return min((level for level in levels if level is not None), key=_LEVELS.index, default=None)


def can_adopt(role: Role | None, technique: Technique) -> bool:
    """Whether a reader of this role can adopt the technique: an owner also builds on his model, a maker does all."""
    return role is None or _ROLES.index(technique.role) <= _ROLES.index(role)


def set_against(technique: Technique) -> str:
    """What its effect is set against, where that is not the reader's own system without it; empty: it is."""
    question = technique.question
    return question.against or (Message("another way to the same end") if question.contrast == "instead-of" else "")


def placings(
    appraisal: Appraisal, lens: Lens, *, role: Role | None = None, at_hand: Collection[str] | None = None
) -> tuple[Placed, ...]:
    """Where every technique stands that `role` can adopt with the resources `at_hand` (ids as in `needs`; None: any).

    A technique gets a tier where there are records about it and every outcome that it aims at and the lens scores is
    known, if only by a marked assumption.  The others come last, by name, without one.
    """
    techniques = {
        key: technique
        for key, technique in sorted(appraisal.techniques.items())
        if can_adopt(role, technique) and (at_hand is None or set(technique.needs) <= set(at_hand))
    }
    reasons = {key: _why_no_tier(appraisal, lens, technique) for key, technique in techniques.items()}
    scores = {key: score(lens, appraisal, key) for key in techniques}
    scored = {
        key: _whatever_prices(appraisal, lens, ("score", key), partial(interval_of, scores[key])) for key in techniques
    }
    ranked = sorted((key for key in techniques if not reasons[key]), key=lambda key: (-scored[key].median, key))
    unranked = sorted((key for key in techniques if reasons[key]), key=lambda key: (techniques[key].name, key))
    standings = _whatever_prices(
        appraisal, lens, ("standings", *ranked), lambda: _standings([scores[key] for key in ranked])
    )
    nowhere = _Place(None, 1, max(1, len(techniques)))
    found = []
    for key, place in (*zip(ranked, standings, strict=True), *((key, nowhere) for key in unranked)):
        tier = tier_of(lens.thresholds, scored[key].median) if place.rank is not None else None
        records, sources = appraisal.fact((key, "behind"), partial(_behind, appraisal, key))
        found.append(
            Placed(
                technique=key,
                rank=place.rank,
                rank_low=place.low,
                rank_high=place.high,
                p_first=place.p_first,
                p_above_next=place.p_above_next,
                tier=tier,
                why_no_tier=reasons[key],
                tier_probabilities=_tier_probabilities(lens, scores[key]),
                p_tier=_p_at_least(lens, tier, scores[key]),
                score=scored[key],
                records=records,
                sources=sources,
            )
        )
    return tuple(found)


def tier_table(
    appraisal: Appraisal, lens: Lens, *, role: Role | None = None, at_hand: Collection[str] | None = None
) -> TierTable:
    """Rank every technique as `placings` does, and tell of each what speaks for it and against it."""
    placed = placings(appraisal, lens, role=role, at_hand=at_hand)
    benefits = {each.technique: appraisal.net_benefit(each.technique) for each in placed if each.rank is not None}
    all_known, one_known = evpi_of_choice(list(benefits.values())), evppi_of_choice(benefits)
    # One technique known is worth no more than all; draws of one and joint draws hold that within their error only.
    rows = [_row(appraisal, lens, each, min(one_known.get(each.technique, 0.0), all_known), role) for each in placed]
    return TierTable(
        lens=lens,
        profile=appraisal.profile,
        context=appraisal.synthesis.context,
        role=role,
        rows=tuple(rows),
        baseline_net=appraisal.baseline_net,
        yardstick=appraisal.yardstick,
        evpi=all_known,
    )


def _whatever_prices(appraisal: Appraisal, lens: Lens, key: tuple[str, ...], find: Callable[[], T]) -> T:
    """What follows from the scores: known once for all prices where the lens weighs none."""
    if lens.score == "net_benefit":
        return find()
    return appraisal.fact((*key, *sorted(lens.weights.items())), find)


def _standings(scores: list[Array]) -> list[_Place]:
    """Of techniques by their scores, the best first."""
    ranks, found = _ranks(scores), []
    for position, mine in enumerate(ranks, start=1):
        low, high = _rank_interval(mine)
        below = ranks[position] if position < len(ranks) else None
        # A skewed score can have its median outside of most of its ranks.
        place = _Place(
            position,
            min(low, position),
            max(high, position),
            p_first=share(mine == 1),
            p_above_next=None if below is None else share(mine < below),
        )
        found.append(place)
    return found


def _ranks(scores: list[Array]) -> Array:
    """(techniques, draws) rank of each technique in each joint draw, 1 the best."""
    if not scores:
        return np.zeros((0, 0))
    order = np.argsort(-np.vstack(scores), axis=0, kind="stable")
    ranks = np.empty(order.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, len(scores) + 1)[:, None], axis=0)
    return ranks


def _rank_interval(ranks: Array) -> tuple[int, int]:
    """The least ranks that 5 and 95 % of the draws (n,) do not exceed."""
    ordered, n = np.sort(ranks), len(ranks)
    return int(ordered[-(-n * 5 // 100) - 1]), int(ordered[-(-n * 95 // 100) - 1])


def _why_no_tier(appraisal: Appraisal, lens: Lens, technique: Technique) -> str:
    scored = scored_outcomes(lens)
    known = {outcome: appraisal.posterior(technique.id, outcome) for outcome in EVERY_OUTCOME}
    if not appraisal.answered(technique.id):
        return Message("no record answers for it")
    if not any(known[outcome] for outcome in scored):
        return Message(
            "nothing is known of its {outcomes}", outcomes=joined(Message(" or "), map(outcome_message, scored))
        )
    missing = [outcome for outcome in scored if outcome in technique.aims and known[outcome] is None]
    if not missing:
        return ""
    return Message(
        "it aims at {outcomes}, of which nothing is known",
        outcomes=joined(Message(" and "), map(outcome_message, missing)),
    )


def outcome_message(outcome: str) -> Message:
    return Message("{outcome}", outcome=outcome)


class _Place(Struct, frozen=True):
    """A rank, with its 90 % interval."""

    rank: int | None
    low: int
    high: int
    p_first: float = 0.0
    p_above_next: float | None = None


def _behind(appraisal: Appraisal, technique: str) -> tuple[int, int]:
    """Distinct records and sources behind all outcomes."""
    known = _known(appraisal, technique).values()
    return sum(len(each.records) for each in known), len({source for each in known for source in each.sources})


def _known(appraisal: Appraisal, technique: str) -> dict[Outcome, Posterior]:
    found = {outcome: appraisal.synthesis.get(technique, outcome) for outcome in EVERY_OUTCOME}
    return {outcome: posterior for outcome, posterior in found.items() if posterior is not None}


def _row(appraisal: Appraisal, lens: Lens, placed: Placed, evpi_choice: float, role: Role | None) -> TierRow:
    key = placed.technique
    technique = appraisal.techniques[key]
    evident = appraisal.fact(
        (key, "evident", scored_outcomes(lens)), lambda: _evident(appraisal, technique, scored_outcomes(lens))
    )
    minimal = appraisal.settings.minimal_difference
    benefit = appraisal.net_benefit(key)
    money = interval_of(benefit)
    margin = minimal_score(lens, appraisal.profile, minimal, appraisal.yardstick)
    return TierRow(
        **structs.asdict(placed),
        name=technique.name,
        short=technique.short,
        role=technique.role,
        aims=technique.aims,
        failures_removed=evident.failures_removed,
        net_benefit=money,
        net_benefit_mean=float(benefit.mean()),
        net_benefit_relative=_monotone(lambda usd: usd / appraisal.yardstick, money),
        marks=evident.marks,
        fragility=evident.fragility,
        p_harm=share(score(lens, appraisal, key) < -margin),
        certainty=evident.certainty,
        cost_ratio=evident.cost_ratio,
        latency_ratio=evident.latency_ratio,
        assumed=evident.assumed,
        unknown=evident.unknown,
        effort_days=technique.effort.engineer_days,
        one_off_usd=technique.effort.one_off_usd,
        against=set_against(technique),
        apart=role is None and not can_adopt(appraisal.profile.role, technique),
        effort_decides=_effort_decides(benefit, appraisal.effort(key)),
        weeks=technique.effort.weeks,
        skills=technique.skills,
        cost_effectiveness=cost_effectiveness(appraisal, key),
        evpi=evpi(benefit),
        evpi_choice=evpi_choice,
        sub_rows=_sub_rows(appraisal, lens, technique, evident.known, placed.tier),
    )


class _Evident(Struct, frozen=True, kw_only=True):
    """What a row owes to the evidence and the reader's baseline alone; fields as in `TierRow`."""

    known: Mapping[Outcome, Posterior]
    failures_removed: Interval
    marks: Mapping[Outcome, Mark]
    fragility: float | None
    certainty: CertaintyLevel | None
    cost_ratio: Interval | None
    latency_ratio: Interval | None
    assumed: frozenset[Outcome]
    unknown: frozenset[Outcome]


def _evident(appraisal: Appraisal, technique: Technique, scored: tuple[Outcome, ...]) -> _Evident:
    known = _known(appraisal, technique.id)
    minimal = appraisal.settings.minimal_difference
    quality = appraisal.posterior(technique.id, "quality")
    effect = partial(appraisal.interval, technique.id)
    return _Evident(
        known=known,
        failures_removed=_monotone(partial(failures_removed, appraisal.profile.baseline_success), effect("quality")),
        marks=_marks(technique, known, minimal),
        fragility=None if quality is None else p_harm(quality, minimal.get("quality", 0.0)),
        certainty=certainty_of(technique, known, scored),
        cost_ratio=_monotone(np.exp, effect("cost")) if appraisal.posterior(technique.id, "cost") else None,
        latency_ratio=_monotone(np.exp, effect("latency")) if appraisal.posterior(technique.id, "latency") else None,
        assumed=frozenset(outcome for outcome, posterior in known.items() if posterior.basis == "assumed"),
        unknown=frozenset(o for o in scored if appraisal.posterior(technique.id, o) is None),
    )


def _effort_decides(benefit: Array, effort: Array) -> bool:
    """Whether P(net benefit > 0) is clear with effort and not so, or clear the other way, without it."""
    with_effort, without = share(benefit > 0), share(benefit + effort > 0)
    if max(with_effort, 1.0 - with_effort) < CLEAR:
        return False
    return max(without, 1.0 - without) < CLEAR or (with_effort > 0.5) != (without > 0.5)


def _monotone(of: Callable[[Any], Any], interval: Interval) -> Interval:
    """The interval of an increasing function of the quantity."""
    return Interval(
        median=float(of(interval.median)),
        low=float(of(interval.low)),
        high=float(of(interval.high)),
        level=interval.level,
    )


def _tier_probabilities(lens: Lens, scores: Array) -> Mapping[Tier, float]:
    limits = [getattr(lens.thresholds, tier) for tier in TIERS[:-1]]
    at_least = [0.0, *(share(scores >= limit) for limit in limits), 1.0]
    return {tier: at_least[k + 1] - at_least[k] for k, tier in enumerate(TIERS)}


def _p_at_least(lens: Lens, tier: Tier | None, scores: Array) -> float:
    if tier is None:
        return 0.0
    return 1.0 if tier == TIERS[-1] else share(scores >= getattr(lens.thresholds, tier))


def _marks(
    technique: Technique, known: Mapping[Outcome, Posterior], minimal: Mapping[Outcome, float]
) -> Mapping[Outcome, Mark]:
    """Aims first, in the technique's order; then every other known outcome."""
    aims = tuple(outcome for outcome in technique.aims if outcome in EVERY_OUTCOME)
    return {
        outcome: mark_of(known.get(outcome), minimal.get(outcome, 0.0)) for outcome in dict.fromkeys((*aims, *known))
    }


def _sub_rows(
    appraisal: Appraisal, lens: Lens, technique: Technique, known: Mapping[Outcome, Posterior], whole: Tier | None
) -> tuple[SubTierRow, ...]:
    """Each form of the technique, where synthesis pooled it apart, in place of the whole."""
    rows = []
    for sub_row in technique.sub_rows:
        own = {o: posterior.sub_rows[sub_row.id] for o, posterior in known.items() if sub_row.id in posterior.sub_rows}
        if not own:
            continue
        part = appraisal.in_forms({(technique.id, outcome): p for outcome, p in own.items()})
        scores = score(lens, part, technique.id)
        scored = interval_of(scores)
        tier = tier_of(lens.thresholds, scored.median)
        minimal = appraisal.settings.minimal_difference
        rows.append(
            SubTierRow(
                id=sub_row.id,
                name=sub_row.name,
                tier=tier,
                score=scored,
                failures_removed=_monotone(
                    partial(failures_removed, part.profile.baseline_success), part.interval(technique.id, "quality")
                ),
                differs=tier != whole
                or any(_differ(p, known[outcome], minimal.get(outcome, 0.0)) for outcome, p in own.items()),
                records=sum(len(posterior.records) for posterior in own.values()),
                sources=len({source for posterior in own.values() for source in posterior.sources}),
            )
        )
    return tuple(rows)


def _differ(one: Posterior, other: Posterior, minimal: float) -> bool:
    """Whether two average effects clearly differ by more than `minimal`, taken as independent, which is cautious."""
    mean, sd = one.average.mean - other.average.mean, float(np.hypot(one.average.sd, other.average.sd))
    return float(Mixture.normal(abs(mean), sd).sf(minimal)) >= CLEAR
