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
from msgspec import UNSET, UnsetType, field

from tierproof.answers.ablated import Ablation, ablation_answer
from tierproof.answers.document import Exact, Interval, drawn
from tierproof.answers.forecast import Budget
from tierproof.answers.protocol import Protocol, protocol_answer
from tierproof.answers.repeated import Noise, Repeats, noise_answer, repeats_answer
from tierproof.answers.view import View
from tierproof.decision.own_data import Update, updates
from tierproof.decision.reader.lens import Tier
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import effects_of
from tierproof.evidence.record import Outcome
from tierproof.experiment.design.guarantee import About, Guarantee
from tierproof.experiment.design.standing import Stakes, State
from tierproof.experiment.findings.against.stressed import Stressed as Hit
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.kept.training_records import TrainedArm

if TYPE_CHECKING:  # which call models, by a package of an extra
    from tierproof.experiment.run.measurement import Measurement
    from tierproof.experiment.run.workshop import Trained

__all__ = ["Made", "MeasureAnswer", "measure_answer", "stakes_of", "trained_answer", "updates_of"]


class WorkloadNamed(Exact, frozen=True):
    """What was measured on."""

    name: str
    items: int
    setting: str
    """`production`, `benchmark` or `lab`."""
    task_family: str
    scorer: str
    """In words."""


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


class Standing(Exact, frozen=True):
    """Where an arm stands against the baseline, with all arms and every look allowed for."""

    state: State
    """`better`: less than `minimal_difference` short of `threshold`; `worse`: less than that beyond it."""
    guaranteed: bool
    """The state is a decision that the design's guarantee holds for."""
    pairs: int
    difference: float | None
    """Of mean score."""
    low: float
    high: float
    threshold: float | None
    """Difference that pays for cost and time."""
    reach: float = field(name="threshold_reach")
    """How far the true one may lie from it; 0 where costs do not vary."""
    p_worth: float
    """That it is above the threshold, 0 to 1."""
    loss: float = field(name="expected_loss_usd")
    """Of deciding now, over the horizon."""


class Estimate(Exact, frozen=True):
    """An effect with its error."""

    value: float
    """In the unit of the field that holds it."""
    se: float
    """Standard error, above 0."""


class Comparison(Exact, frozen=True):
    """Items that both arms answered."""

    pairs: int
    baseline: float
    """Mean score."""
    treated: float
    """Mean score."""
    won: int
    """Items that score higher."""
    lost: int
    p_exact: float | None
    """Exact McNemar, two-sided, 0 to 1; null where scores are not 0 and 1."""
    difference: Estimate
    """Of mean score."""
    quality: Estimate = field(name="quality_log_odds_ratio")
    cost: Estimate | None = field(name="cost_log_ratio")
    latency: Estimate | None = field(name="latency_log_ratio")


class Retrieval(Exact, frozen=True):
    """What an arm's searches came to, over its scored items."""

    searched: int
    """Items for which something was searched."""
    searches: int
    seconds: float
    """Mean of a search, by this machine's clock; no part of the arm's `seconds`."""
    most: int
    """Most passages that an item was given: the k of recall and nDCG."""
    named: int
    """Those of them that name their documents."""
    recall: float | None
    """Mean share of an item's documents that were found, 0 to 1; null where no item names any; so below."""
    ndcg: float | None
    """0 to 1."""
    there: int
    """Items all of whose documents were found."""
    score_there: float | None
    """Their mean score."""
    score_elsewhere: float | None
    """Mean score of the other items that name documents."""


class Arm(Exact, frozen=True):
    """One way to answer."""

    name: str
    technique: str | None
    """Null of the baseline and of combinations."""
    stress: bool
    """It is an adverse condition."""
    control: bool
    """It is the baseline itself, asked anew."""
    diff: tuple[str, ...]
    """What it changes in the baseline, in words."""
    answered: int
    failed: int
    """Answers without a score."""
    broken: int
    """Scored 0 for want of an answer."""
    ended: dict[str, int]
    """Replies that were no whole answer: how many were `cut off`, `filtered`, `empty`."""
    score: float | None
    """Mean."""
    usd: float | None
    """Mean of an answer."""
    seconds: float | None
    """Mean of an answer."""
    calls: float
    """Mean of an answer."""
    estimated: bool = field(name="usd_estimated")
    """A price or a count of tokens behind `usd` was not told, but estimated."""
    unmeasured: str
    """Why it was not measured here, for its endpoint refused or ignored what it asks for; empty: it was."""
    days: tuple[str, str] | None
    """First and last day (UTC) on which its answers came; null where it has none of its own."""
    retrieval: Retrieval | None
    """Null where nothing was searched, and under adverse conditions."""
    repeats: Repeats | None
    """Null where each item was asked once."""
    joined: bool
    """It was measured by an earlier run into the folder, on the same items and settings."""
    standing: Standing | None
    comparison: Comparison | None


class Stressed(Exact, frozen=True):
    """An arm under an adverse condition against itself without."""

    name: str
    twin: str
    """The arm without the condition."""
    technique: str | None
    pairs: int
    calm: float
    """Mean score without."""
    stressed: float
    """Mean score under it."""
    difference: Estimate
    won: int
    lost: int
    attacks: int
    """Items that carry one."""
    obeyed: int
    """Attacks that reached their end."""


class Made(Exact, frozen=True, kw_only=True):
    """A model that was made for an arm, or on the way to it."""

    name: str | UnsetType = UNSET
    """The arm; left out on the way to it."""
    technique: str | UnsetType | None = UNSET
    """Left out on the way to it."""
    model: str
    base: str
    label: str
    """What was made."""
    seed: int | None
    """Null: nothing is left to chance."""
    cached: bool
    """Made in an earlier sitting."""
    usd: float | None
    """What a provider charged."""
    examples: int | None
    tokens: int | None
    steps: int | UnsetType = UNSET
    """This and what follows are left out of what a provider made."""
    sittings: int | UnsetType = UNSET
    seconds: float | UnsetType = UNSET
    """Of all sittings."""
    device: str | UnsetType = UNSET
    threads: int | UnsetType = UNSET
    peak_bytes: int | UnsetType = UNSET
    """Most memory beyond what the libraries take."""
    flops_estimate: float | UnsetType = UNSET
    """By parameters and tokens."""
    energy_kwh_estimate: float | UnsetType = UNSET
    """By time at `watts_assumed`."""
    watts_assumed: float | UnsetType = UNSET
    """Power, W."""
    before: tuple[Made, ...] | UnsetType = UNSET
    """Models made on the way to it; left out on the way to it."""


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
    workload, total, presumed = found.workload, found.spend.total, found.spend.presumed
    return drawn(
        MeasureAnswer,
        found,
        workload=drawn(WorkloadNamed, workload, items=len(workload.items), scorer=str(workload.scorer)),
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
        arms=[_arm(result, found) for result in found.results],
        apart=dict(found.apart),
        protocol=None if found.pledge is None else protocol_answer(found.pledge),
        ablation=ablation_answer(found.results[0].arm.name, found.parts) if found.results[0].arm.whole else None,
        noise=None if found.noise is None else noise_answer(found.noise),
        stressed=[_stressed(one) for one in found.stressed],
        trained=[trained_answer(one) for one in found.trained],
        updates=[_updated(update) for update in updates],
        folder=str(found.folder),
    )


def _arm(result: ArmResult, found: Measurement) -> Arm:
    arm, standing = result.arm, result.standing
    return drawn(
        Arm,
        result,
        name=arm.name,
        technique=arm.technique,
        stress=arm.stress,
        control=arm.control,
        diff=arm.diff,
        days=found.days.get(arm.name),
        retrieval=found.retrieved.get(arm.name),
        repeats=None if (repeated := found.repeated.get(arm.name)) is None else repeats_answer(repeated),
        joined=arm.name in found.joined,
        standing=None
        if standing is None
        else drawn(Standing, standing, low=standing.interval[0], high=standing.interval[1]),
    )


def _stressed(one: Hit) -> Stressed:
    twin, comparison = one.twin, one.comparison
    return drawn(
        Stressed,
        comparison,
        name=one.arm.name,
        twin=twin.name,
        technique=twin.technique,
        calm=comparison.baseline,
        stressed=comparison.treated,
        attacks=one.attacks,
        obeyed=one.obeyed,
    )


def trained_answer(one: TrainedArm) -> Made:
    before = [_made(made, name=UNSET, technique=UNSET, before=UNSET) for made in one.before]
    return _made(one.made, name=one.arm, technique=one.technique, before=before)


def _made(made: Trained, **which: object) -> Made:
    report = made.report
    told = {"model": made.model, "base": made.base, "label": made.label, "seed": made.seed, "usd": made.usd}
    return drawn(Made, made if report is None else report, **told, cached=not made.fresh, **which)


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
