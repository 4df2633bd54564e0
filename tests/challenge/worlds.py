"""Small made-up fields: a few techniques, and sources that say what a test states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from decision.stand_ins import EFFECT, SETTINGS, technique
from tierproof.challenge.reading import vocabulary_from_aliases
from tierproof.challenge.weighing.ground import Ground
from tierproof.decision.appraisals.appraisal import appraise
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Independence, Outcome, Record, Source
from tierproof.evidence.technique import Technique
from tierproof.synthesis.synthesise import synthesise
from tierproof.synthesis.values.context import EVERYWHERE, Context

NO_USE = Adoption(applications=(), makers=())


def effect(
    technique: str,
    estimate: float,
    *,
    source: str,
    number: int = 0,
    se: float = 0.1,
    outcome: Outcome = "quality",
    independence: Independence = "independent",
    task: str = "other",
    params_b: float | None = None,
    against: str | None = None,
) -> Effect:
    """One figure: a log odds ratio of quality, a log ratio of anything else."""
    record = Record(
        id=f"{technique}.{outcome}.{source}.{number}",
        technique=technique,
        comparator=against or "none",
        comparator_technique=against,
        outcome=outcome,
        metric="accuracy",
        unit="percent",
        higher_is_better=True,
        baseline=50.0,
        treated=50.0,
        params_b=params_b,
        task_family=task,
        setting="benchmark",
        independence=independence,
        year=2024,
        source=Source(title=f"Paper {source}"),
        source_id=source,
        contrast="added" if against is None else "instead-of",
        selection="complete",
    )
    odds = outcome in ("quality", "stability", "safety")
    return Effect(
        estimate=estimate,
        se=se,
        scale="log_odds_ratio" if odds else "log_ratio",
        n_assumed=False,
        record=record,
        date=(2024, 12),
    )


def sources(technique: str, estimates: Sequence[float], **fields: object) -> list[Effect]:
    """One figure of each of as many sources."""
    return [
        effect(technique, estimate, source=f"{technique}-{number}", **fields)  # type: ignore[arg-type]
        for number, estimate in enumerate(estimates)
    ]


def ground(
    effects: Sequence[Effect],
    techniques: Mapping[str, Technique] | Sequence[str],
    *,
    profile: Profile | None = None,
    adoption: Mapping[str, Adoption] | None = None,
    context: Context = EVERYWHERE,
    settings: Settings = SETTINGS,
) -> Ground:
    """A ground of `effects`, through a lens of failures removed and time saved."""
    known = techniques if isinstance(techniques, Mapping) else {name: technique(name) for name in techniques}
    synthesis = synthesise(effects, known, settings, context)
    return Ground(
        effects=tuple(effects),
        appraisal=appraise(synthesis, known, settings, profile),
        adoption=dict.fromkeys(known, NO_USE) | dict(adoption or {}),
        lens=EFFECT,
        vocabulary=vocabulary_from_aliases(
            {name: (name, "larger model") if name == "grow" else (name,) for name in known}
        ),
    )
