"""What techniques do on a team's own workload: `tierproof measure`.

Enters: a view and a `Measurement`.  Leaves: what is at stake, what own data does to the table, and a `MeasureAnswer`:
everything but the outcome of each item.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import field

from tierproof.answers.ablated import Ablation, ablation_answer
from tierproof.answers.arm_results import Arm, Made, Stressed, arm_answer, stressed_answer, trained_answer
from tierproof.answers.document import Exact, Interval, drawn
from tierproof.answers.forecast import Budget
from tierproof.answers.protocol import Protocol, protocol_answer
from tierproof.answers.repeated import Noise, noise_answer
from tierproof.answers.view import View
from tierproof.decision.own_data import Update, updates
from tierproof.decision.ranking.lens import Tier
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import effects_of
from tierproof.evidence.record import Outcome
from tierproof.experiment.design.guarantee import About, Guarantee
from tierproof.experiment.design.standing import Stakes

if TYPE_CHECKING:  # which call models, by a package of an extra
    from tierproof.experiment.run.measurement import Measurement

__all__ = ["MeasureAnswer", "measure_answer", "stakes_of", "updates_of"]


class WorkloadNamed(Exact, frozen=True):
    """What was measured on."""

    name: str
    items: int
    setting: str
    """`production`, `benchmark` or `lab`."""
    task_family: str
    scorer: str
    """In words."""
    groundedness: str | None
    """Who judges whether answers rest on what was found, in words; null: nobody."""


class Design(Exact, frozen=True):
    """How items were given to arms, and what is at stake."""

    kind: Literal["adaptive", "fixed"]
    items: int | None
    """Of a fixed design."""
    repeats: int
    """Independent answers to each item, of every arm."""
    guarantee: Guarantee | None
    """What the decisions promise for any moment at which the run is stopped: with `level` none of them is wrong by
    `minimal_difference` or more, or at most 1 - `level` of them are expected to be; null of a fixed design, which
    promises the first for its end."""
    about: About
    """Intervals and decisions are about `requests` like the items, or about the mean over these `items` alone."""
    level: float
    """Of all intervals together, 0 to 1."""
    value_per_success: float = field(name="value_per_success_usd")
    latency_price: float = field(name="latency_price_usd")
    """A second."""
    requests: float
    """Over the horizon."""
    minimal_difference: float
    """Of mean score, that matters."""


class Ending(Exact, frozen=True):
    """Why it ended."""

    kind: Literal["complete", "budget", "interrupted", "failed"]
    message: str


class Amount(Exact, frozen=True):
    """What calls took."""

    usd: float
    calls: int
    tokens: int


class Batches(Exact, frozen=True):
    """What became of the requests that went into batches of providers, over all sittings."""

    batches: int = 0
    requests: int = 0
    answered: int = 0
    failed: int = 0
    """Refused, or an error came back; unanswered, as are those below."""
    expired: int = 0
    missing: int = 0
    """Nothing came back of them."""
    unknown: int = 0
    """It is not known whether their batch was made, so they are not put into another."""
    duplicates: int = 0
    """Further results of a request; the first counts."""
    strangers: int = 0
    """Results of requests that nobody made."""


class Spend(Amount, frozen=True):
    """What all calls took, over all sittings."""

    presumed: Amount
    """The part that is the worst case of attempts that never came back."""
    seconds: float
    unseen: Mapping[str, str]
    """Arms whose cost was not measured, and why."""
    excesses: Mapping[str, str]
    """What endpoints bill beyond what their requests ask for, by model, in words."""
    repriced: tuple[str, ...]
    """Models whose price has changed since some of their answers came; all count at the present one."""
    damaged: int
    """Kept answers that could not be read any more, and were asked for again."""
    batches: Batches | None
    """Null where none were made."""


class Updated(Exact, frozen=True):
    """What own data does to a technique's row.  Intervals hold 90 %."""

    technique: str
    name: str
    tier_before: Tier | None
    tier_after: Tier | None
    net_benefit_before: Interval
    """USD a month."""
    net_benefit_after: Interval
    literature: Mapping[Outcome, Interval]
    """On the scale of analysis."""
    own: Mapping[Outcome, Interval]
    together: Mapping[Outcome, Interval]


class MeasureAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/measure/1"):
    """`tierproof measure WORKLOAD --json`"""

    workload: WorkloadNamed
    design: Design
    ending: Ending
    spend: Spend
    budget: Budget
    arms: tuple[Arm, ...]
    """The baseline first, or the whole that the others lack a part of."""
    protocol: Protocol | None
    """What it set itself before its first call."""
    ablation: Ablation | None
    """What each part of a system does in it; null where none was taken apart."""
    noise: Noise | None
    """What chance alone makes of a difference; null where it was not measured."""
    stressed: tuple[Stressed, ...]
    trained: tuple[Made, ...]
    """Arms whose model was made."""
    left_out: Mapping[str, str]
    """Arms that could not be built, and what is lacking."""
    apart: Mapping[str, str]
    """Arms of earlier runs into the folder that were measured otherwise, and so are not shown, and in what."""
    doubts: tuple[str, ...]
    """What is doubtful of the workload or its endpoints, in sentences."""
    updates: tuple[Updated, ...]
    folder: str
    """Where the files are."""


def stakes_of(view: View) -> Stakes:
    """What the view's profile says is at stake."""
    profile = view.profile
    stakes = Stakes(
        value_per_success=profile.value_per_success,
        latency_price=profile.latency_price,
        requests=profile.requests_per_month * profile.horizon_months,
        months=profile.horizon_months,
    )
    minimal = view.pack.settings.minimal_difference.get("quality")
    if minimal is None:
        return stakes
    # Log odds to share of successes, at the profile's own rate.
    p0 = profile.baseline_success
    return dataclasses.replace(stakes, minimal_difference=minimal * p0 * (1 - p0))


def updates_of(found: Measurement, view: View) -> tuple[Update, ...]:
    """What the measurement does to the view's table."""
    settings = view.pack.settings
    effects = effects_of(found.table_records, settings).effects
    if not effects:
        return ()
    profile = _measured(view.profile, found)
    return updates(view.synthesis, effects, view.pack.techniques, settings, profile=profile, lens=view.lens)


def _measured(profile: Profile, found: Measurement) -> Profile:
    """The profile with what the baseline was measured to do."""
    baseline = found.results[0]
    if not baseline.answered or not math.isfinite(baseline.usd + baseline.seconds):
        # Nothing was answered: the profile's own figures stand.
        return profile
    n = max(2, baseline.answered)
    return msgspec.structs.replace(
        profile,
        baseline_success=min(max(baseline.score, 0.5 / n), 1 - 0.5 / n),
        cost_per_request=baseline.usd,
        latency_seconds=max(baseline.seconds, 1e-6),
    )


def measure_answer(found: Measurement, updates: Iterable[Update] = ()) -> MeasureAnswer:
    workload, judge = found.workload, found.workload.groundedness
    total, presumed = found.spend.total, found.spend.presumed
    return drawn(
        MeasureAnswer,
        found,
        workload=drawn(
            WorkloadNamed,
            workload,
            items=len(workload.items),
            scorer=str(workload.scorer),
            groundedness=None if judge is None else str(judge),
        ),
        design=drawn(
            Design,
            found.stakes,
            kind="adaptive" if found.fixed is None else "fixed",
            items=found.fixed,
            repeats=found.repeats,
            guarantee=found.guarantee if found.fixed is None else None,
            about=found.about,
            level=found.level,
        ),
        spend=drawn(
            Spend,
            total,
            presumed=drawn(Amount, presumed),
            seconds=found.seconds,
            unseen=dict(found.unseen),
            excesses=dict(found.excesses),
            repriced=found.repriced,
            damaged=found.damaged,
            batches=Batches(**found.batches) if found.batches else None,
        ),
        arms=[arm_answer(result, found) for result in found.results],
        apart=dict(found.apart),
        protocol=None if found.pledge is None else protocol_answer(found.pledge),
        ablation=ablation_answer(found.results[0].arm.name, found.parts) if found.results[0].arm.whole else None,
        noise=None if found.noise is None else noise_answer(found.noise),
        stressed=[stressed_answer(one) for one in found.stressed],
        trained=[trained_answer(one) for one in found.trained],
        updates=[_updated(update) for update in updates],
        folder=str(found.folder),
    )


def _updated(update: Update) -> Updated:
    before, after = update.before, update.after
    return drawn(
        Updated,
        update,
        tier_before=before.tier,
        tier_after=after.tier,
        net_benefit_before=before.net_benefit,
        net_benefit_after=after.net_benefit,
    )
