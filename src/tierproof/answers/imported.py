"""What other tools' logs say of a difference: `tierproof import`.

Enters: logs that were compared, and what they do to a table.  Leaves: an `ImportAnswer`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Literal, cast, get_args

from msgspec import structs

from tierproof.answers.document import Exact, Interval, drawn
from tierproof.answers.view import View
from tierproof.decision.own_data import Update, updates
from tierproof.errors import InputError
from tierproof.evidence import effects_of
from tierproof.evidence.record import Outcome, Record, Setting
from tierproof.experiment.findings.kept.records import Origin
from tierproof.experiment.logs.evidence import log_records
from tierproof.experiment.logs.files.named_columns import Log
from tierproof.experiment.logs.imported import Imported
from tierproof.experiment.logs.pairs.comparison import Compared
from tierproof.experiment.trials.paired import Estimate
from tierproof.messages import gettext

__all__ = [
    "ComparedAnswer",
    "ImportAnswer",
    "LogRead",
    "Ratio",
    "Updated",
    "compared_answer",
    "evidence_of",
    "import_answer",
    "log_read",
]


class LogRead(Exact, frozen=True):
    """One log."""

    file: str
    tool: str
    version: str
    """Of the tool or its format; empty: the log does not say."""
    systems: tuple[str, ...]
    metrics: tuple[str, ...]
    rows: int
    warnings: tuple[str, ...]


class Between(Exact, frozen=True):
    """An estimate with a 95 % interval."""

    value: float
    """In the unit of the field that holds it, as are error and ends."""
    se: float
    low: float
    high: float


class Ratio(Exact, frozen=True):
    """Treated over baseline, with a 95 % interval."""

    ratio: float
    """Treated over baseline, above 0."""
    low: float
    high: float


class Alternative(Exact, frozen=True):
    """The same comparison under another rule."""

    pairs: int
    baseline: float
    """Mean score."""
    treated: float
    """Mean score."""
    difference: float
    """Treated less baseline."""
    se: float | None
    """Of the difference; null of one pair."""


class ComparedAnswer(Exact, frozen=True):
    """One metric of one system against the baseline's, paired by item."""

    metric: str
    filter: str
    """What was done to answers before they were scored; empty: the log has one reading of them."""
    task: str
    baseline_system: str
    treated_system: str
    pairs: int
    """Items that both have a score for."""
    baseline: float
    """Mean score of the paired items, repeats of an item averaged first, errors left out."""
    treated: float
    """The same of the other system."""
    difference: float
    """Treated less baseline."""
    se: float | None
    """Of the difference, items (or clusters) being independent; null of one pair."""
    level: float
    """Probability of the interval, 0 to 1."""
    low: float | None
    high: float | None
    p_value: float | None
    """Two-sided, of no difference: exact where scores are right or wrong, else Student's t."""
    p_exact: float | None
    """Exact sign test on the items won and lost; McNemar's where scores are right or wrong; null of clusters."""
    p_holm: float | None
    """`p_value` put right for all comparisons of this document."""
    verdict: Literal["better", "worse", "not settled"]
    """Of the treated system: settled where the interval leaves 0 out and `p_holm` agrees, over six items or more."""
    won: int
    lost: int
    paired_by: str
    """`id`, `hash` or `input`."""
    shared: int
    """Items that both logs have."""
    unpaired: int
    """Items of either log in no pair."""
    errors: int
    """Rows of both without a score, which are missing, not wrong, unless asked."""
    errors_baseline: int
    errors_treated: int
    errors_counted: str
    """`missing`, or `wrong` where that was asked."""
    cached: int
    """Rows of both that came from a cache; their times and costs are left out."""
    refused: int
    """Rows that the provider declined and the tool scored."""
    truncated: int
    """Rows whose answer was cut off."""
    repeats: tuple[int, int]
    """The most tries at one item, of baseline and treated."""
    clusters: int | None
    """Groups of items, where they were asked for."""
    log_odds_ratio: Between | None
    """Null of scores that are no shares of success, of one pair, and of one cluster."""
    cost_ratio: Ratio | None
    """Null where the logs have no price."""
    latency_ratio: Ratio | None
    tokens_ratio: Ratio | None
    detectable_difference: float | None
    """The least difference that so many items find four times in five."""
    items_needed: int | None
    """Items that find a difference as large as this four times in five; null: there is none to find."""
    shares: bool
    """Scores are shares of success, from 0 to 1."""
    lower_is_better: bool
    without_refused: Alternative | None
    """With declined rows left out, where there were some."""
    warnings: tuple[str, ...]


class Updated(Exact, frozen=True):
    """A technique in the table: what the literature foretold, what the logs show, both together."""

    technique: str
    name: str
    tier_before: str | None
    tier_after: str | None
    literature: dict[Outcome, Interval]
    """On the scale of analysis, 90 %; so below."""
    own: dict[Outcome, Interval]
    together: dict[Outcome, Interval]
    contradicts: bool
    """The logs' 90 % interval of quality lies wholly outside of what was foretold."""


class ImportAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/import/1"):
    """`tierproof import LOG... --json`"""

    logs: tuple[LogRead, ...]
    comparisons: tuple[ComparedAnswer, ...]
    passed_over: tuple[str, ...]
    """What could not be compared beside what was, and why."""
    records: tuple[Record, ...]
    """Evidence records, where a technique was named."""
    updates: tuple[Updated, ...]


def import_answer(found: Imported, records: Sequence[Record] = (), updates: Sequence[Update] = ()) -> ImportAnswer:
    """The whole document."""
    return ImportAnswer(
        logs=tuple(log_read(log) for log in found.logs),
        comparisons=tuple(compared_answer(one, wrong=found.choice.errors_wrong) for one in found.comparisons),
        passed_over=found.passed_over,
        records=tuple(records),
        updates=tuple(_updated(one) for one in updates),
    )


def log_read(log: Log) -> LogRead:
    return LogRead(
        file=str(log.told.path),
        tool=log.told.tool,
        version=log.told.version,
        systems=log.systems,
        metrics=tuple(dict.fromkeys(metric for series in log.series for metric in series.metrics)),
        rows=log.rows,
        warnings=tuple(log.told.warnings),
    )


def compared_answer(one: Compared, *, wrong: bool) -> ComparedAnswer:
    ends = one.interval() or (None, None)
    base, treated = one.paired.sides
    named = one.named
    made = drawn(
        ComparedAnswer,
        one,
        metric=named.metric,
        filter=named.filter,
        task=named.task,
        baseline_system=named.baseline,
        treated_system=named.treated,
        low=ends[0],
        high=ends[1],
        paired_by=one.paired.key.name,
        shared=one.paired.key.shared,
        unpaired=one.paired.unpaired,
        errors=base.without_score + treated.without_score,
        errors_baseline=base.without_score,
        errors_treated=treated.without_score,
        errors_counted="wrong" if wrong else "missing",
        cached=base.cached + treated.cached,
        refused=base.refused + treated.refused,
        truncated=base.truncated + treated.truncated,
        repeats=(base.most_repeats, treated.most_repeats),
        shares=one.shares,
        log_odds_ratio=None if one.log_odds is None else _between(one.log_odds),
        cost_ratio=_ratio(one.cost),
        latency_ratio=_ratio(one.latency),
        tokens_ratio=_ratio(one.tokens),
        detectable_difference=one.detectable,
        items_needed=one.needed,
        lower_is_better=named.lower_is_better,
    )
    return structs.replace(made, warnings=one.warnings)  # as messages, which `drawn` takes for text


def _between(one: Estimate) -> Between:
    low, high = one.interval()
    return Between(value=one.value, se=one.se, low=low, high=high)


def _ratio(one: Estimate | None) -> Ratio | None:
    if one is None:
        return None
    low, high = one.interval()
    return Ratio(ratio=math.exp(one.value), low=math.exp(min(low, 700)), high=math.exp(min(high, 700)))


def _updated(one: Update) -> Updated:
    return drawn(
        Updated,
        one,
        tier_before=one.before.tier,
        tier_after=one.after.tier,
        contradicts=one.contradicts("quality"),
    )


def evidence_of(
    found: Imported, view: View, technique: str, *, name: str = "", setting: str = "benchmark"
) -> tuple[tuple[Record, ...], tuple[Update, ...]]:
    """The logs' one comparison as records of a technique, and what they do to its place in the view's table.

    `name`: of the workload, default what the log calls it; `setting`: where it ran.  Raises InputError for what is no
    technique or no setting, and for logs with more than one comparison.
    """
    known = view.technique(technique)
    if setting not in get_args(Setting):
        message = gettext("'{setting}' is no setting", setting=setting)
        remedy = gettext("one of: {names}", names=", ".join(get_args(Setting)))
        raise InputError.of(message, remedy=remedy, field="setting")
    if len(found.comparisons) != 1:
        message = gettext("{n} comparisons, and a technique's effect is one", n=len(found.comparisons))
        remedy = gettext("name --metric, --filter and --treated")
        raise InputError.of(message, remedy=remedy, field="technique")
    one = found.comparisons[0]
    origin = Origin(
        workload=name or one.named.task or found.logs[0].told.path.stem,
        setting=cast(Setting, setting),
        task_family=view.context.task_family or "",
        metric=one.named.measured[:200],
        model=one.named.baseline[:200],
        year=date.today().year,
    )
    records = log_records(one, known.id, origin)
    pack = view.pack
    effects = effects_of(records, pack.settings).effects
    success = 1 - one.baseline if one.named.lower_is_better else one.baseline
    kept = min(max(success, 0.5 / one.pairs), 1 - 0.5 / one.pairs)
    measured = structs.replace(view.profile, baseline_success=kept)
    own = updates(view.synthesis, effects, pack.techniques, pack.settings, profile=measured, lens=view.lens)
    return records, own
