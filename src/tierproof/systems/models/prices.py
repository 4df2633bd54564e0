"""Prices of models: what the workload states, else the published price of that model at that address, else a question.

Enters: models, some without a price.  Leaves: models with prices.  Never a guess: not from a model's name at an unknown
address, not from a like-named model, not one tier of several where it is open which applies.  Must not know requests.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.systems.models.chat import ModelSpec, Price

__all__ = ["BATCH_SHARE", "published_price", "with_prices"]

BATCH_SHARE = 0.5
"""Of a model's price, as OpenAI and others who speak its API state it for batches."""


def with_prices(models: Iterable[ModelSpec]) -> tuple[ModelSpec, ...]:
    """The same models, each with a price.  Raises one InputError that asks for every price that is missing."""
    priced: list[ModelSpec] = []
    problems: list[Problem] = []
    for spec in models:
        price, why = (spec.price, "") if spec.price is not None else published_price(spec)
        if price is None:
            remedy = Message("state price.input and price.output in USD per million tokens (0 for a model of your own)")
            message = Message(
                "the price of model '{name}' at {base_url} is not known: {why}",
                name=spec.name,
                base_url=spec.base_url,
                why=why,
            )
            problems.append(Problem(field="price", message=message, remedy=remedy))
        priced.append(dataclasses.replace(spec, price=price))
    if problems:
        raise InputError(*problems)
    return tuple(priced)


def published_price(spec: ModelSpec) -> tuple[Price | None, str]:
    """Price in the installed `genai-prices` table, or None and why there is none.  Nothing is fetched."""
    try:
        import genai_prices  # noqa: PLC0415
    except ImportError:
        return None, Message("genai-prices is not installed (pip install 'tierproof[measure]')")
    try:
        usage = genai_prices.Usage(input_tokens=1)
        found = genai_prices.calc_price(usage, spec.sent_name, provider_api_url=spec.base_url).model_price
    except LookupError:
        return None, Message("no published price is known for this model at this address")
    limit = spec.context_limit
    try:
        return _price(found, limit), ""
    except _Open as reason:
        return None, str(reason)


class _Open(Exception):
    """The published price leaves open what a token costs."""


def _price(found: Any, limit: int | None) -> Price:
    prompt, completion = _flat(found.input_mtok, limit), _flat(found.output_mtok, limit)
    if prompt is None or completion is None:
        raise _Open(Message("its published price is not by token"))
    return Price(
        input=prompt,
        output=completion,
        cached_input=_flat(found.cache_read_mtok, limit),
        cache_write=_flat(getattr(found, "cache_write_mtok", None), limit),
        per_call=float(getattr(found, "requests_kcount", None) or 0) / 1000,
    )


def _flat(value: Any, limit: int | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, Decimal | int | float):
        return float(value)
    start = min(tier.start for tier in value.tiers)
    if limit is not None and limit <= start:
        return float(value.base)
    raise _Open(
        Message(
            "it costs more from {start:,} tokens on; state a context_limit of {start:,} or less, or the price",
            start=start,
        )
    )
