"""Effects and techniques made for tests: small worlds whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Record, Source
from tierproof.evidence.technique import Assumption, Effort, Technique

DAYS = Assumption(low=1, mode=2, high=3)
SETTINGS = Settings(
    name="made",
    title="Made for tests",
    minimal_difference={"quality": 0.08, "cost": 0.05, "latency": 0.1},
)


def effect(estimate: float, se: float = 0.1, *, source: str = "s1", number: int = 0, **fields: Any) -> Effect:
    """One effect; `fields` are those of its record."""
    outcome = fields.get("outcome", "quality")
    year = fields.get("year", 2025)
    record = Record(
        **{
            "id": f"{fields.get('technique', 't')}.{source}.{number}".lower().replace(" ", "-"),
            "technique": "t",
            "comparator": "none",
            "outcome": "quality",
            "metric": "accuracy",
            "unit": "percent",
            "higher_is_better": True,
            "baseline": 50.0,
            "treated": 60.0,
            "setting": "benchmark",
            "independence": "independent",
            "source": Source(title=source),
            "source_id": source,
            "contrast": "added",
            "selection": "complete",
            **fields,
        }
    )
    return Effect(
        estimate=estimate,
        se=se,
        scale="log_odds_ratio" if outcome in ("quality", "stability", "safety", "wrong-answers") else "log_ratio",
        n_assumed=False,
        record=record,
        date=None if year is None else (year, 12),
    )


def technique(name: str = "t", **fields: Any) -> Technique:
    return Technique(
        **{
            "id": name,
            "name": name.title(),
            "short": name.title(),
            "aliases": {},
            "summary": "Made for tests.",
            "aims": ("quality",),
            "role": "application",
            "stage": "context",
            "skills": "basic",
            "opacity": "low",
            "effort": Effort(engineer_days=DAYS, weeks=DAYS),
            **fields,
        }
    )


def world(
    rng: np.random.Generator,
    *,
    mean: float = 0.3,
    tau_source: float = 0.3,
    tau_record: float = 0.2,
    sources: int = 8,
    records: int = 5,
    hype: float = 0.0,
    interested: int = 0,
    name: str = "t",
    outcome: str = "quality",
    far: float = 1.0,
    far_share: float = 0.0,
    **fields: Any,
) -> list[Effect]:
    """A technique's figures drawn from the model; the first `interested` sources are authors', inflated by `hype`."""
    made = []
    for i in range(sources):
        times = far if rng.random() < far_share else 1.0
        u = times * tau_source * rng.normal() + (hype if i < interested else 0.0)
        for j in range(records):
            se = float(rng.uniform(0.05, 0.3))
            y = mean + u + times * tau_record * rng.normal() + se * rng.normal()
            made.append(
                effect(
                    float(y),
                    se,
                    source=f"source-{i}",
                    number=j,
                    technique=name,
                    outcome=outcome,
                    independence="authors" if i < interested else "independent",
                    **fields,
                )
            )
    return made
