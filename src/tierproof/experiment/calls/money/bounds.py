"""What calls of a model may take at most, and how many of them may be under way, as far as its endpoint is known.

Enters: calls with the bounds that their requests set, and the usage that answers report.  Leaves: the worst case to
reserve for a call, and leave to send it.  Must not know where a reservation is kept.

A request bounds its own cost: all its bytes as prompt tokens, its limit as completion tokens.  Endpoints exceed both:
they think beyond the limit, add prompts of their own, or ignore the limit, and bill it.  So an endpoint is believed by
degrees: one call is under way at first, twice as many after each round of answers that kept to their bounds, and one
again after an answer that did not, whose excess is then reserved for every further call.  A server that lies from the
start is found out with few calls in flight; one that begins to later, with those in flight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tierproof.experiment.calls.money.budget import PICO, Amount, picodollars
from tierproof.systems.models.chat import ChatReply, Price, Usage
from tierproof.systems.models.wire.request import Prepared

__all__ = ["Excess", "ModelBounds", "at_share", "worst_case"]

MOST_AT_ONCE = 2**20
ROUNDED = 1.01
"""What is said to cost no more than this many times the price of its tokens is the same, rounded."""


def worst_case(call: Prepared, price: Price, *, prompt_excess: int = 0, completion_excess: int = 0) -> Amount:
    """Most that one attempt of a call can take, where its endpoint exceeds the request's bounds by so many tokens."""
    prompt, completion = call.prompt_bound + prompt_excess, call.completion_bound + completion_excess
    usd = (prompt * price.dearest_input + completion * price.output) / 1e6 + price.per_call
    return Amount(picodollars=picodollars(usd), tokens=prompt + completion, calls=1)


def _completion(price: Price, completion: int) -> Amount:
    """What so many tokens of a reply cost."""
    return Amount(picodollars=picodollars(completion * price.output / 1e6), tokens=completion)


def _larger(one: Amount, other: Amount) -> Amount:
    """The larger of two amounts of one call, kind by kind."""
    return Amount(
        picodollars=max(one.picodollars, other.picodollars), tokens=max(one.tokens, other.tokens), calls=one.calls
    )


def at_share(amount: Amount, share: float) -> Amount:
    """What is charged of an amount where that is a share of the price, rounded up."""
    return amount if share == 1 else msgspec.structs.replace(amount, picodollars=math.ceil(amount.picodollars * share))


def _shown(reply: ChatReply) -> int:
    """Bytes of all that a reply shows."""
    said = [reply.text, reply.reasoning, *(tool.name + tool.arguments for tool in reply.tool_calls)]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in said)


@dataclass(frozen=True, slots=True)
class Excess:
    """Most tokens by which an endpoint was seen to exceed what its requests bound."""

    prompt: int = 0
    """Of a reported prompt, beyond its request's bytes."""
    completion: int = 0
    """Of a reported completion, beyond the limit that was sent."""
    unseen: int = 0
    """Of a reported completion, beyond all that was shown of it."""

    def __or__(self, other: Excess) -> Excess:
        """The larger of each."""
        return Excess(
            prompt=max(self.prompt, other.prompt),
            completion=max(self.completion, other.completion),
            unseen=max(self.unseen, other.unseen),
        )


class ModelBounds:
    """What is known of one model's endpoint."""

    def __init__(
        self,
        price: Price,
        *,
        careful: bool,
        known: Excess = Excess(),
        noted: Callable[[Excess], None] = lambda excess: None,
    ) -> None:
        """`careful`: a budget depends on the bounds, so that they are tried with few calls first.

        `known`: what earlier sessions saw, in answers and in what failed.  `noted` is told of more; what others see
        meanwhile is told by `learn`.
        """
        self.price = price
        self.fee = 0
        """Picodollars that an answer cost beyond the worst case of its tokens, or was said to cost beyond their price,
        at most; what the run has of earlier answers tells it again."""
        self.excess = known
        self._noted = noted
        self.most_at_once = 1 if careful else MOST_AT_ONCE
        self.in_flight = 0
        self.careful = careful
        self._agreed = 0

    def worst(self, call: Prepared) -> Amount:
        """What to reserve for an attempt."""
        excess = self.excess
        worst = worst_case(call, self.price, prompt_excess=excess.prompt, completion_excess=excess.completion)
        return worst + Amount(picodollars=self.fee) if self.fee else worst

    def taken(self, call: Prepared, reply: ChatReply) -> Amount:
        """What an answer took, as a budget has to count it: as it was reported, else at the most that it can have been,
        at its share of the price.

        No token is shorter than a byte, so a reply that came without usage has at most as many as its bytes, and as the
        endpoint was seen to take without showing them.
        """
        usage = reply.usage
        tokens = usage.prompt_tokens + usage.completion_tokens
        known = Amount(picodollars=picodollars(self.price.usd(usage, reply.share)), tokens=tokens, calls=1)
        if not usage.estimated:
            return known
        likely = max(_shown(reply), usage.completion_tokens) + self.excess.unseen
        shorter = max(0, call.completion_bound + self.excess.completion - likely)
        return _larger(at_share(self.worst(call) - _completion(self.price, shorter), reply.share), known)

    @property
    def open(self) -> bool:
        """May a further call be sent now?"""
        return self.in_flight < self.most_at_once

    def learn(self, seen: Excess) -> None:
        """Others saw this of the endpoint: it is reserved from now on."""
        before, self.excess = self.excess, self.excess | seen
        if self.excess.prompt > before.prompt or self.excess.completion > before.completion:
            self._doubted()

    def remembered(self, call: Prepared, reply: ChatReply) -> None:
        """Learn from an answer of an earlier session."""
        self._exceeds(call, reply)

    def answered(self, call: Prepared, reply: ChatReply) -> None:
        """Learn from an answer that just came."""
        if self._exceeds(call, reply):
            self._doubted()
            return
        self._agreed += 1
        if self._agreed >= self.most_at_once < MOST_AT_ONCE:
            self.most_at_once *= 2
            self._agreed = 0

    def lost(self, call: Prepared, worst: Amount, usage: Usage | None, share: float = 1.0) -> Amount:
        """What a failed attempt took: its worst case, or more where the endpoint says so.  That is learned from."""
        if usage is None:
            return worst
        if self._surpasses(call, usage, share=share):
            self._doubted()
        usd, tokens = self.price.usd(usage, share), usage.prompt_tokens + usage.completion_tokens
        return _larger(worst, Amount(picodollars=picodollars(usd), tokens=tokens, calls=1))

    def _doubted(self) -> None:
        self._agreed = 0
        if self.careful:
            self.most_at_once = 1

    def _exceeds(self, call: Prepared, reply: ChatReply) -> bool:
        """Was it more than was known?  Then it is known from now on."""
        usage = reply.usage
        # A text has no fewer bytes than letters: what these cover need not be counted.
        hidden = usage.completion_tokens - len(reply.text)
        unseen = usage.completion_tokens - _shown(reply) if hidden > self.excess.unseen and not usage.estimated else 0
        return self._surpasses(call, usage, unseen, reply.share)

    def _surpasses(self, call: Prepared, usage: Usage, unseen: int = 0, share: float = 1.0) -> bool:
        prompt = usage.prompt_tokens - call.prompt_bound
        completion = usage.completion_tokens - call.completion_bound
        before = self.excess
        if prompt > before.prompt or completion > before.completion or unseen > before.unseen:
            self.excess = before | Excess(prompt, completion, unseen)
            self._noted(self.excess)
        dearer = (usage.billed_usd > 0 or usage.written_tokens > 0) and self._is_dearer(call, usage, share)
        return dearer or prompt > before.prompt or completion > before.completion

    def _is_dearer(self, call: Prepared, usage: Usage, share: float) -> bool:
        """Does a call cost more than its tokens explain?  What is beyond them is known from now on: what it was said to
        cost, or that they were written into a cache."""
        tokens = share * self.price.of_tokens(usage)
        beyond = picodollars(self.price.usd(usage, share)) - at_share(self.worst(call), share).picodollars
        said = picodollars(usage.billed_usd - tokens) if usage.billed_usd > tokens * ROUNDED else 0
        # Of what is set aside, a share is as well.
        self.fee = max(self.fee, math.ceil(said / share), self.fee + math.ceil(beyond / share))
        return beyond > 0

    @property
    def told(self) -> str:
        """What the endpoint bills beyond its requests, in words; empty where it keeps to them."""
        prompt, completion = self.excess.prompt, self.excess.completion
        parts = [
            f"up to {completion:,} tokens of a reply beyond the limit that was sent" if completion else "",
            f"up to {prompt:,} tokens of a prompt beyond what was sent" if prompt else "",
            f"up to {self.fee / PICO:.2g} USD a call beyond the stated price of its tokens" if self.fee else "",
        ]
        return " and ".join(part for part in parts if part)
