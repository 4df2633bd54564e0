"""Which of two techniques is better at what: `tierproof compare X Y`.

Enters: a view and two names.  Leaves: a `Comparison`, and a `ComparisonAnswer` of it.
"""

from __future__ import annotations

from msgspec import field

from tierproof.answers.document import Answer, Interval, PackNamed, Spread, drawn
from tierproof.answers.view import View
from tierproof.challenge.weighing.circumstance import unlike_told
from tierproof.decision.compare import Comparison, Versus, compare, direct_evidence
from tierproof.errors import InputError
from tierproof.evidence import Pack
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Outcome
from tierproof.messages import gettext
from tierproof.synthesis import priors_of
from tierproof.synthesis.posteriors.answering import scale_of

__all__ = ["ComparisonAnswer", "comparison_answer", "comparison_of", "unlike"]


class Direct(Answer, frozen=True):
    """What records that compare the two say of the difference."""

    average: Spread
    records: tuple[str, ...]
    """Ids."""
    sources: tuple[str, ...]


class Difference(Answer, frozen=True):
    """First less second on one outcome, on the scale of analysis."""

    outcome: Outcome
    scale: Scale
    difference: Interval
    """On average."""
    new_setting: Interval
    p_better: float
    """That the first is better on average, 0 to 1."""
    p_better_here: float = field(name="p_better_new_setting")
    """That it is better in a new setting, 0 to 1."""
    p_better_direct: float | None
    """Where both were tried, 0 to 1."""
    p_better_indirect: float | None
    """From each one's own effect, 0 to 1."""
    disagreement: float | None = field(name="disagreement_sd")
    """Of direct and indirect evidence, in sds, at least 0: above 2 they contradict each other."""
    assumed: bool
    """One side's own effect is a stand-in."""
    direct: Direct | None
    """Null where no record compares the two."""
    indirect: Spread | None
    """Null where one of the two is not known."""


class ComparisonAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/comparison/1"):
    """`tierproof compare X Y --json`"""

    pack: PackNamed
    first: str
    second: str
    net_benefit_difference: Interval = field(name="net_benefit_difference_usd_month")
    """First less second, in a new setting."""
    p_net_benefit: float = field(name="p_net_benefit_larger")
    """That the first nets more, ties counted half, 0 to 1."""
    unlike: str | None
    """Why no winner follows from the figures of quality, nor from those of net benefit; null: nothing forbids one."""
    unanswered: tuple[str, ...]
    """Those of the two for which no record answers: no winner follows, since nothing of theirs was measured."""
    outcomes: tuple[Difference, ...]
    """Every outcome of which a difference is known."""


def comparison_of(view: View, first: str, second: str) -> Comparison:
    """Raises InputError for a name that is none, and for two of one technique."""
    one, other = view.technique(first).id, view.technique(second).id
    if one == other:
        raise InputError.of(
            gettext("'{first}' and '{second}' are the same technique", first=first, second=second),
            remedy=gettext("name another one"),
        )
    direct = direct_evidence(view.conversion.effects, one, other, priors_of(view.pack.settings), view.context)
    return compare(view.appraisal, one, other, direct)


def comparison_answer(comparison: Comparison, pack: Pack) -> ComparisonAnswer:
    return drawn(
        ComparisonAnswer,
        comparison,
        pack=pack,
        unlike=unlike(comparison, pack) or None,
        outcomes=[_difference(one) for one in comparison.outcomes],
    )


def unlike(comparison: Comparison, pack: Pack) -> str:
    """Why no winner follows: the quality of each is set against another system.  Empty: nothing forbids one."""
    quality = comparison.on("quality")
    if quality is None:
        return ""
    pair = (comparison.first, comparison.second)
    return unlike_told(pack.techniques, pair, quality, lambda average, _: float(average.sf(0.0)))


def _difference(versus: Versus) -> Difference:
    new_setting = drawn(Interval, versus.new_setting.interval(0.9))
    return drawn(Difference, versus, scale=scale_of(versus.outcome), new_setting=new_setting)
