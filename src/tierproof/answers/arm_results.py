"""What a measurement found of each arm: its standing, its comparison, its searches, its model.

Enters: results of arms.  Leaves: the Structs of which a `MeasureAnswer` is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType, field

from tierproof.answers.document import Exact, drawn
from tierproof.answers.repeated import Repeats, repeats_answer
from tierproof.experiment.design.standing import State
from tierproof.experiment.findings.against.stressed import Stressed as Hit
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.kept.training_records import TrainedArm

if TYPE_CHECKING:  # which call models, by a package of an extra
    from tierproof.experiment.calls.workshop import Trained
    from tierproof.experiment.run.measurement import Measurement

__all__ = ["Arm", "Made", "Stressed", "arm_answer", "stressed_answer", "trained_answer"]


class Extreme(Exact, frozen=True):
    """Where an arm would stand if the missing answers were all as bad for it as can be, or as good."""

    difference: float
    """Of mean score."""
    low: float
    high: float
    p_worth: float
    """0 to 1."""


class Standing(Exact, frozen=True):
    """Where an arm stands against the baseline, with all arms and every look allowed for."""

    state: State
    """`better`: less than `minimal_difference` short of `threshold`; `worse`: less than that beyond it; `turns on
    missing answers`: it would be decided, but for what the missing answers may have been."""
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
    missing: int
    """Answers of the arm and the baseline that never came, and that the same command asks for again."""
    extremes: tuple[Extreme, ...]
    """With what is missing as bad for the arm as can be, then as good; empty where the two lack nothing that the other
    answered."""


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


class Grounded(Exact, frozen=True):
    """How many of an arm's answers rest on what was found for them, as a judge says."""

    judged: int
    """Answers with a grade."""
    ungraded: int
    """Answers for which the judge gave none."""
    share: float | None
    """Of the judged ones, grounded, 0 to 1; null where none was."""
    true: Estimate | None
    """The same with the judge's mistakes put right; null where it was not measured against people."""


class Retrieval(Exact, frozen=True):
    """What an arm's searches came to, over its scored answers."""

    searched: int
    """Answers for which something was searched."""
    searches: int
    seconds: float
    """Mean of a search, by this machine's clock; no part of the arm's `seconds`."""
    most: int
    """Most passages that an answer was given: the k of recall and nDCG."""
    named: int
    """Answers to items that name their documents."""
    recall: float | None
    """Mean share of an item's documents that were found, 0 to 1; null where no item names any; so below."""
    ndcg: float | None
    """0 to 1."""
    there: int
    """Answers for which all of the item's documents were found."""
    score_there: float | None
    """Their mean score."""
    score_elsewhere: float | None
    """Mean score of the other answers to items that name documents."""
    grounded: Grounded | None
    """Null where nobody judged it."""


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
    refused: int
    """Of them, those that the endpoint refused for good."""
    refused_as_wrong: float | None
    """Mean difference to the baseline if items that only one of the two was refused were wrong; null: none were."""
    broken: int
    """Scored 0 because the system raised."""
    ended: dict[str, int]
    """Replies that were no whole answer: how many were `cut off`, `filtered`, `declined`, `tool call`, `empty`."""
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


def arm_answer(result: ArmResult, found: Measurement) -> Arm:
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
        else drawn(
            Standing,
            standing,
            low=standing.interval[0],
            high=standing.interval[1],
            extremes=tuple(drawn(Extreme, one, low=one.interval[0], high=one.interval[1]) for one in standing.extremes),
        ),
    )


def stressed_answer(one: Hit) -> Stressed:
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
