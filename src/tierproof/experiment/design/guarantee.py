"""What a decision at the stop promises, and when enough is known to promise it.

Enters: for each arm its differences from the baseline and the difference that pays for it.  Leaves: decisions.  Must
not know rounds, prices or models.  Nothing of the literature enters here.

An arm is taken when "it falls short of the threshold by the margin or more" is refuted, and left when "it passes the
threshold by the margin or more" is.  At most one of the two is true, so at most one decision on an arm can be wrong by
the margin or more.  A decision that missing answers could turn is not taken: it must be the same if all that one of
the two systems lacks were as bad for the arm as can be, and as good.  Two promises can be had; both hold whenever and
for whatever reason a run is stopped:

`every-decision`: with the stated probability no decision of the run is wrong by the margin or more.  Each of K arms
has the share error / K: a decision needs a capital of K / error at any time up to now (Ville's inequality and
Bonferroni's). How arms depend on one another does not matter.  Holm's step (1979), by which an arm that is settled
hands its share on, is not sound here: it takes a settled arm for one whose hypothesis was false, but the other
hypothesis on that arm, the one that would have been refuted by mistake, may well be true (Shaffer 1980, on
directional errors).  Where all effects lie at the margin, it keeps 5 % at some 8 % (`make simulate`).

`false-decisions`: of the decisions of a run, the share that is wrong by the margin or more is expected to be at most
the stated error.  R decisions need a capital of K / (error R) each (e-BH: Wang and Ramdas, JRSS B 84 (2022) 822-852),
each at its own moment, whatever the dependence.  A capital counts as it stood at the moment of the decision, not at
its best; and since arms share items, that moment must not hang on an item that the arm has yet to see (Wang,
Dandapanthula and Ramdas, "Anytime- valid FDR control with the stopped e-BH procedure", 2025): so all open arms are
played to the same item before a look.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tierproof.errors import InputError
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.trials.paired import Array
from tierproof.messages import Message

__all__ = ["About", "Case", "Decision", "Guarantee", "Rule", "about_of", "guarantee_of", "mean_reach"]

Guarantee = Literal["every-decision", "false-decisions"]
About = Literal["requests", "items"]
Decision = Literal["better", "worse", "no difference that matters"]

FOR_THRESHOLDS = 0.1
"""Share of the error that is kept for thresholds that are themselves means of what was measured."""


@dataclass(frozen=True, slots=True)
class Case:
    """One arm at a look."""

    differences: Differences
    threshold: float
    """Difference that pays for the arm; NaN: none can be told."""
    reach: float = 0.0
    """How far the true threshold may lie from it."""
    extremes: tuple[Differences, ...] = ()
    """The differences with the answers that are missing as bad for the arm as can be, and as good; none: none is
    missing."""

    def at_extreme(self, which: int) -> Case:
        """As if what is missing were so."""
        return replace(self, differences=self.extremes[which]) if self.extremes else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a decision is settled."""

    guarantee: Guarantee = "every-decision"
    error: float = 0.05
    arms: int
    """That decisions are taken on."""
    margin: float

    def decide(self, cases: Mapping[int, Case], settled: Mapping[int, float]) -> dict[int, tuple[Decision, float]]:
        """Decisions that can be taken now, whatever the missing answers were, each with its log capital.

        `settled`: log capitals of the decisions that were taken before.
        """
        found = self._seen(cases, settled)
        for which in (0, -1) if any(case.extremes for case in cases.values()) else ():
            other = self._seen({arm: case.at_extreme(which) for arm, case in cases.items()}, settled)
            found = {
                arm: (state, min(capital, other[arm][1]))
                for arm, (state, capital) in found.items()
                if arm in other and (other[arm][0] == state or not cases[arm].extremes)
            }
        return found

    def turning(self, cases: Mapping[int, Case]) -> set[int]:
        """Arms that would be decided by what was answered, and are not for what is missing."""
        return self._seen(cases, {}).keys() - self.decide(cases, {}).keys()

    def _seen(self, cases: Mapping[int, Case], settled: Mapping[int, float]) -> dict[int, tuple[Decision, float]]:
        """Decisions by what was answered."""
        of_moment = self.guarantee == "false-decisions"
        found = {arm: self._evidence(case, of_moment) for arm, case in cases.items() if not math.isnan(case.threshold)}
        if of_moment:
            estimated = any(case.reach > 0 for case in cases.values())
            need = self._shared([*(max(pair) for pair in found.values()), *settled.values()], self._error(estimated))
            needs = dict.fromkeys(found, need)
        else:
            needs = {arm: math.log(self.arms / self._error(cases[arm].reach > 0)) for arm in found}
        return {
            arm: (self._told(cases[arm], pair, needs[arm], of_moment), max(pair))
            for arm, pair in found.items()
            if max(pair) >= needs[arm]
        }

    def share(self, threshold_only: bool = False) -> float:
        """Of the error, one arm's: all of it, or what is kept for its threshold."""
        return self.error / max(1, self.arms) * (FOR_THRESHOLDS if threshold_only else 1.0)

    @property
    def one_sided(self) -> float:
        """Of the error, one side's of one arm."""
        return self.share() / 2

    def _error(self, estimated: bool) -> float:
        return self.error * (1 - FOR_THRESHOLDS) if estimated else self.error

    def _evidence(self, case: Case, of_moment: bool) -> tuple[float, float]:
        """Log capitals against: worse than the threshold by the margin; better than it by the margin."""
        one = case.differences
        capital = one.evidence if of_moment else one.best
        away = self.margin - case.reach
        return capital(_within(case.threshold - away), 1), capital(_within(case.threshold + away), -1)

    def _shared(self, capitals: list[float], error: float) -> float:
        """What a decision needs by e-BH: the most decisions R of which each has a log capital of log(K / (error R))."""
        for count, least in reversed(list(enumerate(sorted(capitals, reverse=True), start=1))):
            need = math.log(self.arms / (error * count))
            if least >= need:
                return need
        return math.inf

    def _told(self, case: Case, pair: tuple[float, float], need: float, of_moment: bool) -> Decision:
        if min(pair) < need:
            return "better" if pair[0] > pair[1] else "worse"
        # Within the margin on both sides; unless it is known on which side of the threshold itself.
        capital = case.differences.evidence if of_moment else case.differences.best
        if capital(_within(case.threshold + case.reach), 1) >= need:
            return "better"
        if capital(_within(case.threshold - case.reach), -1) >= need:
            return "worse"
        return "no difference that matters"


def guarantee_of(text: str, *, fixed: bool) -> Guarantee:
    """The promise that is meant; `fixed`: of a run that decides once, at its end.  Raises InputError."""
    known: tuple[Guarantee, ...] = get_args(Guarantee)
    found = next((one for one in known if one == text), None)
    if found is None:
        raise _unknown("guarantee", text, known)
    if fixed and found != "every-decision":
        message = Message(
            "--fixed and --batch decide once, at the end, and promises that no decision is wrong by the margin"
        )
        raise InputError.of(message, remedy=Message("leave --guarantee out, or those"), field="guarantee")
    return found


def about_of(text: str) -> About:
    """What decisions speak of.  Raises InputError."""
    known: tuple[About, ...] = get_args(About)
    found = next((one for one in known if one == text), None)
    if found is None:
        raise _unknown("about", text, known)
    return found


def _unknown(field: str, given: str, known: Sequence[str]) -> InputError:
    return InputError.of(
        Message("'{given}' is none", given=given),
        remedy=Message("name one of {known}", known=", ".join(known)),
        field=field,
    )


def mean_reach(values: Array, *, error: float, items: int) -> float:
    """How far a mean may lie to one side of what was measured; 0 if the values do not vary.

    Holds at all times together with probability 1 - `error`, for many values of any distribution with a variance:
    sd sqrt(2 (n r + 1) / (n^2 r) log(1 + sqrt(n r + 1) / (2 error))), an asymptotic confidence sequence (Waudby-Smith,
    Arbour, Sinha, Kennedy and Ramdas, Annals of Statistics 52 (2024) 2613-2640), narrowest at half of the items.
    """
    n = len(values)
    sd = float(values.std(ddof=1)) if n > 1 else 0.0
    if n < 2 or sd <= 1e-9 * float(abs(values).max()):
        return 0.0
    far = -2 * math.log(2 * error)
    r = (far + math.log(far + 1)) / max(1.0, items / 2)
    return sd * math.sqrt(2 * (n * r + 1) / (n * n * r) * math.log1p(math.sqrt(n * r + 1) / (2 * error)))


def _within(mean: float) -> float:
    return min(1.0, max(-1.0, mean))
