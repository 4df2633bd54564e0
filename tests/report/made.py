"""Small hand-made values: a pack of three techniques and tables of them, whose every figure a test can name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tierproof.decision.appraisals.cost_effectiveness import CostEffectiveness
from tierproof.decision.ranking.lens import Lens, Thresholds
from tierproof.decision.ranking.results import TierRow, TierTable
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.adoption import CaseStudies, ModelReport, Survey, figure_of
from tierproof.evidence.pack import Pack
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Record, Source
from tierproof.evidence.technique import Assumption, Effort, Technique
from tierproof.synthesis.posteriors.posterior import Context, Interval

GUESS = Assumption(low=2, mode=10, high=30, why="guessed")


def technique(id_: str, **changes: Any) -> Technique:
    given: dict[str, Any] = {
        "name": id_.replace("-", " ").capitalize(),
        "short": id_[:24],
        "aliases": {"en": (f"the {id_}",)},
        "summary": f"What {id_} is.",
        "aims": ("quality",),
        "role": "application",
        "stage": "prompting",
        "skills": "standard",
        "opacity": "low",
        "effort": Effort(engineer_days=GUESS, weeks=GUESS),
    }
    return Technique(id=id_, **{**given, **changes})


def record(id_: str, technique_id: str, **changes: Any) -> Record:
    given: dict[str, Any] = {
        "comparator": "without it",
        "outcome": "quality",
        "metric": "accuracy",
        "unit": "percent",
        "higher_is_better": True,
        "baseline": 60.0,
        "treated": 70.0,
        "n": 500,
        "setting": "benchmark",
        "independence": "independent",
        "year": 2024,
        "source": Source(title="A paper", authors="Doe et al.", ref="arXiv:2401.00001", locator="table 2"),
        "source_id": "arxiv:2401.00001",
        "contrast": "added",
        "selection": "complete",
    }
    return Record(id=id_, technique=technique_id, **{**given, **changes})


def pack(*, records: tuple[Record, ...] = (), techniques: tuple[Technique, ...] | None = None) -> Pack:
    known = techniques or (technique("alpha"), technique("beta"), technique("gamma"))
    adoption = (
        CaseStudies(
            id="floor", technique="alpha", database="Stories", measure="title names it", bound="floor", count=14,
            total=100, years="2023-2026", ref="https://stories.example/db", independence="vendor",
        ),
        CaseStudies(
            id="ceiling", technique="alpha", database="Stories", measure="text names it", bound="ceiling", count=55,
            total=100, years="2023-2026", ref="https://stories.example/db", independence="vendor",
        ),
        Survey(
            id="survey", technique="alpha", who="firms", measure="share of implementations with alpha", value=51,
            unit="percent", n=600, year=2024, source=Source(title="State of things"), independence="vendor",
        ),
        ModelReport(
            id="report", technique="alpha", model="M-1", developer="Maker", year=2025, disclosed="yes",
            source=Source(title="M-1 report", ref="arXiv:2501.00002"),
        ),
    )  # fmt: skip
    return Pack(
        path=Path("made"),
        settings=Settings(name="made", title="Made techniques", minimal_difference={"quality": 0.08}),
        techniques={one.id: one for one in known},
        records=tuple(sorted(records, key=lambda one: one.id)),
        adoption=tuple(figure_of(entry) for entry in adoption),
        lenses={},
    )


EFFECT = Lens(
    id="effect", name="Effect", summary="What users feel.", score="effect", weights={"quality": 1.0},
    thresholds=Thresholds(S=0.4, A=0.2, B=0.08, C=0.0), why="because",
)  # fmt: skip
VALUE = Lens(
    id="value", name="Value", summary="Inverted.", score="net_benefit",
    thresholds=Thresholds(S=0.2, A=0.1, B=0.03, C=0.0),
)  # fmt: skip


def row(id_: str, **changes: Any) -> TierRow:
    given: dict[str, Any] = {
        "name": id_.replace("-", " ").capitalize(),
        "short": id_[:24],
        "role": "application",
        "aims": ("quality",),
        "rank": 1,
        "rank_low": 1,
        "rank_high": 2,
        "tier": "A",
        "tier_probabilities": {"S": 0.1, "A": 0.6, "B": 0.2, "C": 0.05, "D": 0.05},
        "p_tier": 0.7,
        "score": Interval(0.29, 0.12, 0.44),
        "failures_removed": Interval(0.29, 0.12, 0.44),
        "net_benefit": Interval(12_345, -3_000, 30_000),
        "net_benefit_mean": 12_000,
        "net_benefit_relative": Interval(0.31, -0.08, 0.75),
        "marks": {"quality": "clear gain", "cost": "assumed"},
        "fragility": 0.06,
        "p_harm": 0.06,
        "certainty": "moderate",
        "cost_ratio": Interval(1.5, 1.1, 2.8),
        "latency_ratio": Interval(1.2, 1.05, 1.7),
        "assumed": frozenset({"cost", "latency"}),
        "unknown": frozenset(),
        "effort_days": GUESS,
        "weeks": GUESS,
        "skills": "standard",
        "cost_effectiveness": CostEffectiveness(
            extra_cost=900, extra_successes=26_000, quadrant="costs more, gains more", ratio=0.034, p_dominant=0.01,
            p_dominated=0.03, p_worth=0.93,
        ),
        "evpi": 420.0,
        "evpi_choice": 900.0,
        "records": 214,
        "sources": 12,
    }  # fmt: skip
    return TierRow(technique=id_, **{**given, **changes})


def table(*rows: TierRow, lens: Lens = EFFECT, profile: Profile | None = None) -> TierTable:
    known = rows or (
        row("alpha"),
        row(
            "beta",
            rank=2,
            tier="D",
            marks={"quality": "fragile"},
            fragility=0.41,
            failures_removed=Interval(-0.1, -0.4, 0.1),
        ),
        nothing("gamma"),
    )
    return TierTable(
        lens=lens,
        profile=profile or Profile(),
        context=Context(),
        role=None,
        rows=known,
        baseline_net=39_500,
        yardstick=39_500,
        evpi=1_800,
    )


def nothing(id_: str) -> TierRow:
    """A row without enough evidence."""
    zero = Interval(0.0, 0.0, 0.0)
    return replace(
        row(id_),
        rank=None,
        rank_low=1,
        rank_high=3,
        tier=None,
        why_no_tier="no record of quality",
        p_tier=0.0,
        score=zero,
        failures_removed=zero,
        marks={"quality": "unknown"},
        fragility=None,
        certainty=None,
        cost_ratio=None,
        latency_ratio=None,
        assumed=frozenset(),
        unknown=frozenset({"quality"}),
        records=0,
        sources=0,
    )
