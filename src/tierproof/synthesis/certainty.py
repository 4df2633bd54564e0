"""How far an average can be trusted, by the domains of GRADE, each with its reason in words and numbers.

Enters: a pooling and what it says of average and new setting.  Leaves: a `Certainty`.  Knows nothing of money or tiers.

Figures come from controlled comparisons on the same items, so certainty starts at high; each domain takes off up to two
levels (Guyatt et al., BMJ 336 (2008) 924-926; the cut-offs are ours and stand here).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import numpy as np
from msgspec import Struct

from tierproof.evidence.record import Setting
from tierproof.evidence.technique import Assumption
from tierproof.synthesis.answering import ENOUGH_SOURCES, ODDS, Evidence
from tierproof.synthesis.context import Context
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.normal import Array
from tierproof.synthesis.pooling import Pooling
from tierproof.synthesis.posterior import Certainty, CertaintyLevel, Domain

__all__ = ["Appraised", "asymmetry", "certainty_of", "certainty_of_assumption"]

LEVELS: Final[tuple[CertaintyLevel, ...]] = get_args(CertaintyLevel)
_ASYMMETRY_SOURCES: Final = 5
"""Below this many sources a regression on the standard error has next to no power."""
_MOST: Final = 2 / 3
"""Share of weight from authors and vendors that counts against the evidence; the hype discount meets smaller ones."""
_STALE_MONTHS: Final = 36
"""Evidence older than this speaks of models that hardly anybody runs any more."""
_FAR: Final = 3.0
"""A model more than this many times larger or smaller than any in evidence is another setting."""


class Appraised(Struct, frozen=True, kw_only=True):
    """What a certainty is judged from."""

    evidence: Evidence
    pooling: Pooling
    average: Mixture
    predictive: Mixture
    context: Context
    minimal_difference: float
    """On the analysis scale, not negative."""
    today: tuple[int, int] | None
    """Year and month against which the age of evidence counts."""


def certainty_of(seen: Appraised) -> Certainty:
    domains = (_bias(seen), _inconsistency(seen), _indirectness(seen), _imprecision(seen), _publication(seen))
    return Certainty(level=_level(domains), domains=domains)


def certainty_of_assumption(assumption: Assumption) -> Certainty:
    """Very low: nothing was observed."""
    reason = "no record answers; an assumption of the pack stands in"
    if assumption.why:
        reason += f" ({assumption.why.rstrip('.')})"
    return Certainty(level="very low", domains=(Domain(name="indirectness", levels=3, reason=reason),))


def _level(domains: Sequence[Domain]) -> CertaintyLevel:
    return LEVELS[min(sum(domain.levels for domain in domains), len(LEVELS) - 1)]


def _bias(seen: Appraised) -> Domain:
    share = seen.pooling.interested_share()
    reasons = [f"{share:.0%} of the weight comes from authors or vendors"]
    levels = int(share > _MOST)
    picked = sum(effect.record.selection == "picked" for effect in seen.evidence.used)
    if picked:
        levels += 1
        reasons.append(f"{picked} of {len(seen.evidence.used)} records were picked by hand, not whole tables")
    return Domain(name="risk of bias", levels=levels, reason="; ".join(reasons))


def _inconsistency(seen: Appraised) -> Domain:
    spread = seen.pooling.heterogeneity()
    centre = seen.average.mean
    opposite = float(seen.predictive.cdf(0.0) if centre > 0 else seen.predictive.sf(0.0))
    means, _ = _source_means(seen.pooling)
    agree = int(np.sum(means * centre > 0))
    reason = (
        f"true effects differ by an sd of {spread:.2f}; {agree} of {len(means)} sources have the average's sign; "
        f"a new setting has the other sign with probability {opposite:.0%}"
    )
    if spread <= seen.minimal_difference or opposite < 0.1:
        levels = 0
    else:
        levels = 2 if opposite > 0.3 and agree < 2 * len(means) / 3 else 1
    return Domain(name="inconsistency", levels=levels, reason=reason)


def _indirectness(seen: Appraised) -> Domain:
    records = [effect.record for effect in seen.evidence.used]
    weights = seen.pooling.weights
    reasons, levels = [], 0
    task = seen.context.task_family
    if task is not None:
        on_task = sum(record.task_family == task for record in records)
        levels += on_task == 0
        reasons.append(f"{on_task} of {len(records)} records are on {task}")
    wanted = seen.context.params_b
    if wanted is not None:
        sizes = [record.params_b for record in records if record.params_b is not None]
        if not sizes:
            levels += 1
            reasons.append("no record says how large its model is")
        elif not min(sizes) / _FAR <= wanted <= max(sizes) * _FAR:
            levels += 1
            reasons.append(f"models in evidence have {min(sizes):g} to {max(sizes):g} billion parameters")
    settings = [record.setting for record in records]
    lab, live = (_share(weights, settings, setting) for setting in ("lab", "production"))
    if lab > 0.5:
        levels += 1
        reasons.append(f"{lab:.0%} of the weight comes from small laboratory settings")
    reasons.append(f"{live:.0%} of the weight comes from live systems")
    age = _age(seen)
    if age is not None:
        levels += age > _STALE_MONTHS
        reasons.append(f"half of the weight is {age / 12:.1f} years old or older")
    return Domain(name="indirectness", levels=min(levels, 2), reason="; ".join(reasons))


def _share(weights: Array, settings: Sequence[Setting], wanted: Setting) -> float:
    """Of the weight, that of the records in the setting `wanted`."""
    if wanted not in settings:
        return 0.0
    return float(weights @ np.array([setting == wanted for setting in settings]))


def _age(seen: Appraised) -> float | None:
    """Weighted median age in months of the dated records."""
    if seen.today is None:
        return None
    dated = [
        (12 * (seen.today[0] - effect.date[0]) + seen.today[1] - effect.date[1], weight)
        for effect, weight in zip(seen.evidence.used, seen.pooling.weights.tolist(), strict=True)
        if effect.date is not None
    ]
    if not dated:
        return None
    dated.sort()
    cumulative = np.cumsum([weight for _, weight in dated])
    return max(0.0, float(dated[int(np.searchsorted(cumulative, 0.5 * cumulative[-1]))][0]))


def _imprecision(seen: Appraised) -> Domain:
    least = seen.minimal_difference
    worse, no_better = seen.average.cdf([-least, least]).tolist()
    better, neither = 1.0 - no_better, no_better - worse
    up, down = ("better", "worse") if seen.evidence.outcome in ODDS else ("higher", "lower")
    reason = f"beyond the minimal difference the average is {up} with probability {better:.0%}, {down} with {worse:.0%}"
    levels = 0
    if max(worse, better, neither) < 0.95:
        levels = 2 if min(worse, better) > 0.1 else 1
    sources = len(seen.pooling.sources)
    assumed = sum(effect.n_assumed for effect in seen.evidence.used)
    if assumed:
        reason += f"; sample size assumed for {assumed} of {len(seen.evidence.used)} records"
    if sources < ENOUGH_SOURCES:
        levels = min(levels + 1, 2)
        reason += f"; only {sources} source{'s' if sources > 1 else ''}"
    else:
        reason += f"; {sources} sources"
    return Domain(name="imprecision", levels=levels, reason=reason)


def _publication(seen: Appraised) -> Domain:
    sources = len(seen.pooling.sources)
    share = seen.pooling.interested_share()
    if sources < _ASYMMETRY_SOURCES:
        reason = (
            f"{sources} source{'s' if sources > 1 else ''}: too few to see whether unfavourable figures are missing"
        )
        few = share > _MOST
        if few:
            reason += ", and most of the weight is from authors or vendors"
        return Domain(name="publication bias", levels=int(few), reason=reason)
    slope, se = asymmetry(*_source_means(seen.pooling))
    z = slope / se
    towards = z if seen.evidence.outcome in (*ODDS, "throughput") else -z
    reason = (
        f"less precise sources report {'better' if towards > 0 else 'worse'} figures "
        f"(slope on the standard error, z = {towards:.1f})"
    )
    return Domain(name="publication bias", levels=int(towards > 1.645), reason=reason)


def _source_means(pooling: Pooling) -> tuple[Array, Array]:
    return pooling.figures.source_means(float(pooling.fit.weights @ pooling.fit.tau_record_grid))


def asymmetry(means: Array, se: Array) -> tuple[float, float]:
    """Slope of source means on their standard errors and its standard error (Egger et al., BMJ 315 (1997) 629-634).

    Weighted least squares with multiplicative overdispersion of at least 1, on three sources or more.
    """
    w = se**-2.0
    total = float(w.sum())
    x, y = se - float(w @ se) / total, means - float(w @ means) / total
    information = float(w @ x**2)
    if information < 1e-12 * len(se):  # all sources equally precise: nothing to see
        return 0.0, np.inf
    slope = float(w @ (x * y)) / information
    dispersion = max(1.0, float(w @ (y - slope * x) ** 2) / (len(means) - 2))
    return slope, float(np.sqrt(dispersion / information))
