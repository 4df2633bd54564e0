"""Small made-up techniques and posteriors, so that a test of a decision states every number that enters it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.ranking.lens import Lens, Thresholds
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Assumption, Effort, SubRow, Technique
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import (
    Basis,
    Certainty,
    CertaintyLevel,
    Context,
    Interval,
    Posterior,
    Synthesis,
)

SETTINGS = Settings(
    name="made-up",
    title="Made up",
    minimal_difference={"quality": 0.1, "cost": 0.05, "latency": 0.1, "stability": 0.1, "safety": 0.1, "memory": 0.1},
)
EFFECT = Lens(
    id="effect",
    name="Effect",
    summary="Failures removed and time saved.",
    score="effect",
    weights={"quality": 1.0, "latency": 0.1},
    thresholds=Thresholds(S=0.4, A=0.2, B=0.08, C=0.0),
)
VALUE = Lens(
    id="value",
    name="Value",
    summary="Net benefit.",
    score="net_benefit",
    thresholds=Thresholds(S=0.2, A=0.1, B=0.03, C=0.0),
)
_NONE = Interval(median=0.0, low=0.0, high=0.0)


def fixed(value: float) -> Assumption:
    return Assumption(low=value, mode=value, high=value)


FREE = Effort(engineer_days=fixed(0), weeks=fixed(1))


def technique(
    key: str,
    *,
    effort: Effort = FREE,
    aims: tuple[str, ...] = ("quality",),
    role: str = "application",
    sub_rows: tuple[SubRow, ...] = (),
    needs: tuple[str, ...] = (),
) -> Technique:
    return Technique(
        id=key,
        name=key.title(),
        short=key,
        aliases={},
        summary="Made up.",
        aims=aims,  # type: ignore[arg-type]
        role=role,  # type: ignore[arg-type]
        stage="serving",
        skills="basic",
        opacity="low",
        effort=effort,
        sub_rows=sub_rows,
        needs=needs,
    )


def posterior(
    key: str,
    outcome: Outcome,
    average: Mixture,
    predictive: Mixture | None = None,
    *,
    basis: Basis = "complete",
    certainty: CertaintyLevel = "moderate",
    sub_rows: Mapping[str, Posterior] | None = None,
) -> Posterior:
    return Posterior(
        technique=key,
        outcome=outcome,
        scale="log_odds_ratio" if outcome in {"quality", "stability", "safety"} else "log_ratio",
        average=average,
        predictive=average if predictive is None else predictive,
        basis=basis,
        records=() if basis == "assumed" else (f"{key}-{outcome}-1", f"{key}-{outcome}-2"),
        sources=() if basis == "assumed" else (f"{key}-source", f"{key}-other"),
        tau_source=_NONE,
        tau_record=_NONE,
        certainty=Certainty(level=certainty, domains=()),
        sub_rows=sub_rows or {},
    )


def normal(key: str, outcome: Outcome, mean: float, sd: float, **more: object) -> Posterior:
    return posterior(key, outcome, Mixture.normal(mean, sd), **more)  # type: ignore[arg-type]


def appraisal(
    techniques: Iterable[Technique],
    posteriors: Iterable[Posterior],
    profile: Profile | None = None,
    settings: Settings = SETTINGS,
) -> Appraisal:
    synthesis = Synthesis(posteriors={(p.technique, p.outcome): p for p in posteriors}, context=Context(), hype=_NONE)
    return appraise(synthesis, {t.id: t for t in techniques}, settings, profile)
