"""A pooled effect as lines of a terminal and as data.

Enters: a `Pooled`.  Leaves: lines of text, or a dict of JSON types (schema `tierproof/pool/1`).  Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierproof.answers.safe_text import clean
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals

if TYPE_CHECKING:
    from tierproof.synthesis import Interval, Pooled

__all__ = ["SCHEMA", "pooled_dict", "pooled_lines"]

SCHEMA = "tierproof/pool/1"


def pooled_lines(pooled: Pooled, priors: tuple[str, ...], *, clustered: bool) -> list[Text]:
    """The figures in the order in which they are read."""
    what = f"{numerals.counted(pooled.records, 'record')} of {numerals.counted(pooled.sources, 'source')}"
    rows = [
        ("average effect", f"{pooled.mean:.4f}, sd {pooled.sd:.4f}"),
        ("  95 % interval", _ends(pooled.interval)),
        ("effect in a new setting", f"{pooled.predictive.mean:.4f}, sd {pooled.predictive.sd:.4f}"),
        ("  95 % interval", _ends(pooled.predictive_interval)),
        ("sd between sources", _spread(pooled.tau_source, pooled.i2_source)),
        ("sd between records of a source", _spread(pooled.tau_record, pooled.i2_record)),
    ]
    lines = [Text(what, style="bold")] + [Text(f"{label:<32}{value}") for label, value in rows]
    if not clustered:
        lines.append(Text("One record a source: only the two spreads together can be told from the data.", style="dim"))
    lines.append(Text("Priors: " + clean("; ".join(priors)) + ".", style="dim"))
    return lines


def _ends(interval: Interval) -> str:
    return f"{interval.low:.4f} to {interval.high:.4f}"


def _spread(tau: Interval, share: float) -> str:
    return f"{tau.median:.4f} ({_ends(tau)}), {numerals.percent(share)} of the variance"


def pooled_dict(pooled: Pooled, priors: tuple[str, ...]) -> dict[str, Any]:
    """Every figure at full precision; intervals are central, of probability 0.95, with the median."""
    return {
        "schema": SCHEMA,
        "records": pooled.records,
        "sources": pooled.sources,
        "mean": pooled.mean,
        "sd": pooled.sd,
        "interval": _interval(pooled.interval),
        "predictive": {
            "mean": pooled.predictive.mean,
            "sd": pooled.predictive.sd,
            "interval": _interval(pooled.predictive_interval),
        },
        "heterogeneity": {
            "source": {"sd": _interval(pooled.tau_source), "i2": pooled.i2_source},
            "record": {"sd": _interval(pooled.tau_record), "i2": pooled.i2_record},
        },
        "log_marginal_likelihood": pooled.log_marginal,
        "priors": list(priors),
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {"median": interval.median, "low": interval.low, "high": interval.high, "level": interval.level}
