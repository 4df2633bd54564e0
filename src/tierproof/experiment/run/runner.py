"""The run: rounds of trials, as many at once as the endpoints take, until the design is done or something stops it.

Enters: arms, items, a scorer, a caller, a design.  Leaves: trials, one after the other, to whoever takes them in, and
why the run ended.  Must not know prices, journals or where results go.

Nothing is held per item but what the design needs: trials are drawn from the round one by one, by a fixed number of
workers, so a hundred thousand items take no more memory than the items themselves.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from tierproof.errors import InputError, Problem, reason_of
from tierproof.experiment.calls.money.budget import BudgetExhausted
from tierproof.experiment.calls.sharing import Dealt
from tierproof.experiment.design.design import Batch, Design
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.trials.retrieved.arms import Retrieved
from tierproof.experiment.trials.retrieved.ranking import ndcg, ranked, recall
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import BASELINE, Trials
from tierproof.experiment.workload.scorers.groundedness import graded_on
from tierproof.experiment.workload.scorers.score import Scorer, Unscored
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.models.wire.refusals import CallFailed, CallRefused, ModelRefused, mended
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.system import Answer
from tierproof.written_messages import kept

__all__ = ["Ending", "Run"]

PATIENCE = 32
"""So many trials in a row without any answer from an endpoint, at least, and the run stops."""
FIRST_PATIENCE = 4
"""The same before anything was ever answered: then nobody is there."""
Place = tuple[int, int, int]
"""Arm, position of the item, repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a run ended."""

    kind: Literal["complete", "budget", "interrupted", "failed"]
    message: str = ""
    error: InputError | None = None
    """What a person must mend before the run can go on; only of `failed`."""


class Run:
    """One run.  What it knows may be read at any time, between two steps of the event loop."""

    def __init__(
        self,
        arms: Sequence[Arm],
        items: Sequence[Item],
        *,
        scorer: Scorer,
        caller: ChatCaller,
        design: Design,
        workers: int,
        take: Callable[[Trial], None] = lambda trial: None,
        forms: Mapping[str, Callable[[str], str]] | None = None,
        repeats: int = 1,
        first_patience: int = FIRST_PATIENCE,
        dealt: Callable[[Iterable[Place], int], Dealt[Place]] | None = None,
        groundedness: Scorer | None = None,
    ) -> None:
        """`forms`: for arms whose endpoint is to hold replies to a form, a check that says what is wrong with one.

        `repeats`: answers an item, each an independent draw.  `first_patience`: so many trials without any answer,
        before there was one, and nobody is there.  `dealt`: the places of a round, by its number, shared with other
        processes; None: there are none.  `groundedness`: judges whether answers rest on what was found for them.
        """
        self.arms = tuple(arms)
        self.items = items
        self.design = design
        self.repeats = repeats
        self._first_patience = first_patience
        self._tells_texts = repeats > 1 or any(arm.control for arm in arms)
        self.trials = Trials([arm.name for arm in arms], repeats=repeats, texts=self._tells_texts)
        self.planned = 0
        """Trials of the rounds so far, the present one included."""
        self.done = 0
        self.over = False
        """Nothing is under way any more; whoever plays it says so."""
        self._scorer = scorer
        self._caller = caller
        self._workers = workers
        self._take = take
        self.forms = forms or {}
        self._dealt = dealt
        self._groundedness = groundedness
        self._rounds = 0
        self._in_a_row = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._ending: Ending | None = None

    @property
    def ahead(self) -> int:
        """Most trials that may still come."""
        return self.planned - self.done + self.repeats * self.design.most_left

    @property
    def stopping(self) -> bool:
        """Someone or something wants an end."""
        return self._ending is not None

    def retrieved(self) -> dict[str, Retrieved]:
        """What the searches of arms came to, by the arms' names; of those that search, under no adverse condition."""
        return {
            arm.name: one
            for arm, sums in zip(self.arms, self.trials.retrieved, strict=True)
            # Under an adverse condition others' passages stand among those that were found.
            if not (arm.stress or arm.control) and (one := sums.result(self._groundedness)) is not None
        }

    def stop(self, message: str = "") -> None:
        """Start no further trial; those under way are brought to their end."""
        self._end(Ending(kind="interrupted", message=message))

    def _end(self, ending: Ending) -> None:
        if self._ending is None or self._ending.kind == "interrupted":
            self._ending = ending

    async def play(self) -> Ending:
        """Play rounds to the end.  A cancelled run gives up what is in flight, and ends as interrupted."""
        try:
            while self._ending is None:
                batches = self.design.next_round(self.trials)
                if not batches:
                    return Ending(kind="complete")
                self.planned += self.repeats * sum(batch.stop - batch.start for batch in batches)
                await self._play(_item_by_item(batches, self.repeats))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            self.stop()
        self.design.look(self.trials)
        assert self._ending is not None
        return self._ending

    async def _play(self, places: Iterable[Place]) -> None:
        """One round."""
        self._rounds += 1
        left = iter(places)
        dealt = None if self._dealt is None else self._dealt(left, self._rounds)

        async def work() -> None:
            while (place := next(left, None) if dealt is None else await dealt.next()) is not None:
                arm, position, repeat = place
                if self.trials.refuses(arm):
                    self.planned -= 1
                    continue
                trial = await self._trial(self.arms[arm], position, repeat)
                if trial is not None:
                    try:
                        self._took(trial)
                    except InputError as error:
                        # Where it cannot be kept (a full disk), no further trial starts; calls in flight come to their
                        # end, for they are paid.
                        self._end(Ending(kind="failed", message=error.problems[0].message, error=error))
                if self._ending is not None:
                    return

        self._tasks = []
        try:
            for _ in range(self._workers):
                # One after the other: the first answers are read before the last requests are made.
                self._tasks.append(asyncio.create_task(work()))
                await asyncio.sleep(0)
            await asyncio.gather(*self._tasks)
        except BaseException:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise

    def _took(self, trial: Trial) -> None:
        self.done += 1
        self.trials.add(trial)
        self._take(trial)
        if self.trials.refuses(BASELINE):
            # What is under way will be refused as well, and is not given up: that would count as lost.
            problem = Problem(
                message=Message("the endpoint refused {what}", what=self.trials.refusal(BASELINE)),
                remedy=mended(self.trials.refusals[BASELINE])
                or Message(
                    "mend the request or the endpoint by what it says (`tierproof doctor --call` tries it), and run "
                    "the same command"
                ),
            )
            self._end(Ending(kind="failed", message=problem.message, error=InputError(problem)))
        # An answer that came and could not be scored is no sign of an endpoint that is down, nor is a refusal.
        unanswered = trial.score is None and not trial.calls and not trial.refused
        self._in_a_row = self._in_a_row + 1 if unanswered else 0
        ever = self._in_a_row < self.done
        if self._in_a_row >= (max(PATIENCE, 2 * self._workers) if ever else self._first_patience):
            problem = Problem(
                message=Message(
                    "{n} trials in a row got no answer, the last: {error}", n=self._in_a_row, error=kept(trial.error)
                ),
                remedy=Message("when the endpoint answers again, run the same command: it goes on where it stopped")
                if ever
                else Message("start the endpoint or mend its base_url, then run the same command"),
            )
            self._end(Ending(kind="failed", message=problem.message, error=InputError(problem)))
            # What is under way is tried in vain as well.
            for task in self._tasks:
                task.cancel()

    def _misformed(self, arm: Arm, answer: Answer) -> bool | None:
        """Does a whole reply break the form that the endpoint was to hold it to?"""
        check = self.forms.get(arm.name)
        if check is None or answer.ended or not answer.raw.strip():
            return None
        return bool(check(answer.raw))

    async def _trial(self, arm: Arm, position: int, repeat: int) -> Trial | None:
        """Answer and score one item; None if the run has to stop first."""
        item = self.items[position]
        try:
            return await self._scored(
                arm, item, {"arm": arm.name, "item": item.id, "position": position, "repeat": repeat}
            )
        except BudgetExhausted as stop:
            self._end(Ending(kind="budget", message=stop.told))
        except InputError as error:
            self._end(Ending(kind="failed", message=error.problems[0].message, error=error))
        return None

    async def _scored(self, arm: Arm, item: Item, place: _Where) -> Trial:
        target = "" if item.target is None else str(item.target)
        draw = arm.first_draw + place["repeat"]
        try:
            answer = await arm.system.answer(item, self._caller, purpose=arm.name, repeat=draw)
        except CallFailed as error:
            # The endpoint's fault, not the system's: nothing is scored, and another run tries again.
            return Trial(**place, score=None, target=target, error=str(error))
        except CallRefused as error:
            # Nobody saw what the system makes of this item; how many there are stands beside the result.
            reason = str(error.problems[0].message)
            return Trial(**place, score=None, target=target, error=reason, refused=True)
        except ModelRefused as error:
            # Of the baseline it ends the run; of an arm it says that the endpoint has not what this arm needs.
            if arm is self.arms[BASELINE]:
                raise
            reason = str(error.problems[0].message)
            return Trial(**place, score=None, target=target, error=reason, refused=True)
        except (BudgetExhausted, InputError):
            raise
        except Exception as error:  # a system brought along may raise anything; it has then not answered
            reason = f"{type(error).__name__}: {error}"
            return Trial(**place, score=0.0, target=target, error=reason)
        value: float | None = None
        detail = reason = ""
        try:
            score = await self._scorer.score(item, answer.text, self._caller, purpose=f"{arm.name}, scoring")
            value, detail = score.value, score.detail
        except (CallFailed, CallRefused, Unscored) as error:
            reason = f"not scored: {reason_of(error)}"
        except (BudgetExhausted, InputError):
            raise
        except Exception as error:  # a scorer brought along may raise anything; the answer is then left unscored
            reason = f"not scored: {type(error).__name__}: {error}"
        usage = answer.usage
        passages = ranked(answer.searches)
        judged = bool(answer.searches and item.documents)
        grounded, ungraded = (None, "") if value is None else await self._grounded(arm, item, answer, passages)
        return Trial(
            **place,
            score=value,
            text=answer.text,
            target=target,
            usd=answer.usd,
            seconds=answer.seconds,
            calls=answer.calls,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            estimated=usage.estimated,
            ended=answer.ended,
            attacked=answer.attacked,
            misformed=self._misformed(arm, answer),
            alike=answer.alike,
            searches=len(answer.searches),
            search_seconds=sum(search.seconds for search in answer.searches),
            passages=len(passages),
            recall=recall(passages, item.documents) if judged else None,
            ndcg=ndcg(passages, item.documents) if judged else None,
            grounded=grounded,
            grounded_error=ungraded,
            error=reason,
            detail=detail,
            reply=_digest(answer.raw) if self._tells_texts else "",
        )

    async def _grounded(
        self, arm: Arm, item: Item, answer: Answer, passages: Sequence[Passage]
    ) -> tuple[float | None, str]:
        """Does the answer rest on what was found for it?  The grade, or why there is none; neither: not asked."""
        judge = self._groundedness
        if judge is None or arm.stress or arm.control or not answer.searches or not answer.text.strip():
            return None, ""
        purpose = f"{arm.name}, groundedness"
        try:
            return await graded_on(judge, item, answer.text, passages, self._caller, purpose=purpose), ""
        except (CallFailed, CallRefused, Unscored) as error:
            return None, reason_of(error)


class _Where(TypedDict):
    """Where a trial belongs: fields of `Trial`."""

    arm: str
    item: str
    position: int
    repeat: int


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _item_by_item(batches: Sequence[Batch], repeats: int) -> Iterator[Place]:
    """Arms, positions and repeats of a round: an item is put to all its arms before the next, and each time to all
    before the next time, so that a cut leaves pairs."""
    for position in range(min(batch.start for batch in batches), max(batch.stop for batch in batches)):
        for repeat in range(repeats):
            for batch in batches:
                if batch.start <= position < batch.stop:
                    yield batch.arm, position, repeat
