"""A corrected price holds for what was bought before it was corrected, too.

Enters: a journal and a model with its price.  Leaves: the journal's account at that price.  Must not know budgets.

Usage is in the journal, so an answer is priced anew exactly.  Of an attempt that never came back only the sum of its
tokens is known: its worst case grows by the factor of the price that changed most, or, where that cannot be told, costs
what the dearer kind of token does.
"""

from __future__ import annotations

import msgspec

from tierproof.experiment.calls.journals.journal import Journal, Kept
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.money.budget import picodollars
from tierproof.systems.models.chat import ChatReply, ModelSpec, Price

__all__ = ["reprice"]

_decode = msgspec.json.Decoder(ChatReply).decode


def reprice(journal: Journal | SharedJournal, spec: ModelSpec) -> bool:
    """Count what the journal holds of a model at its price.  True if that changed what was counted before."""
    price = spec.price
    assert price is not None  # models without one are refused before anything is called
    further = [price.cache_write, price.per_call] if price.cache_write is not None or price.per_call else []
    stated = msgspec.json.encode([price.input, price.output, price.cached_input, *further]).decode()
    before = journal.stated_price(spec.name)
    if before == stated:
        return False
    old = None if before is None else _price(before)

    def value(kept: Kept) -> int:
        if kept.reply is not None:
            try:
                reply = _decode(kept.reply)
            except msgspec.MsgspecError:
                # Not a reply: what a provider asked for training, which has no price a token.
                return kept.picodollars
            if not reply.usage.estimated:
                return picodollars(price.usd(reply.usage, reply.share))
        return _worst(kept, old, price)

    return journal.revalue(spec.name, stated, value)


def _price(stated: str) -> Price:
    prompt, completion, cached, *further = msgspec.json.decode(stated, type=list[float | None])
    write, per_call = further or (None, 0.0)
    return Price(
        input=prompt or 0.0, output=completion or 0.0, cached_input=cached, cache_write=write, per_call=per_call or 0.0
    )


def _worst(kept: Kept, old: Price | None, new: Price) -> int:
    if not kept.tokens:
        # No call: a provider's training, which has no price a token.
        return kept.picodollars
    dearest = picodollars(kept.tokens * max(new.dearest_input, new.output) / 1e6 + new.per_call)
    if old is None or old.dearest_input <= 0 or old.output <= 0:
        return kept.picodollars if old is None and kept.picodollars else dearest
    factor = max(new.dearest_input / old.dearest_input, new.output / old.output)
    return min(dearest, round(kept.picodollars * factor) + picodollars(new.per_call))
