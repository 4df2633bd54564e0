"""Prices are stated, published, or asked for; never guessed."""

from __future__ import annotations

import pytest

from tierproof.errors import InputError
from tierproof.systems.models import ModelSpec, Price, Usage
from tierproof.systems.models.prices import with_prices

pytest.importorskip("genai_prices")

OPENAI = "https://api.openai.com/v1"


def test_a_stated_price_is_kept() -> None:
    stated = ModelSpec(name="gpt-4o-mini", base_url=OPENAI, price=Price(input=9, output=9))
    assert with_prices([stated]) == (stated,)


def test_a_published_price_is_found_by_address_and_model() -> None:
    (found,) = with_prices([ModelSpec(name="cheap", model_id="gpt-4o-mini", base_url=OPENAI)])
    # The provider's price list of 2024-07, unchanged since: USD 0.15, 0.60 and 0.075 per million tokens.
    assert found.price == Price(input=0.15, output=0.6, cached_input=0.075)


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec(name="gpt-4o-mini", base_url="http://127.0.0.1:9/v1"),
        ModelSpec(name="no-such-model", base_url=OPENAI),
    ],
    ids=["a known name at an unknown address", "an unknown name at a known address"],
)
def test_an_unknown_price_is_asked_for(spec: ModelSpec) -> None:
    with pytest.raises(InputError, match=r"state price\.input and price\.output"):
        with_prices([spec])


def test_all_missing_prices_are_asked_for_at_once() -> None:
    with pytest.raises(InputError) as caught:
        with_prices([ModelSpec(name=name, base_url="http://127.0.0.1:9/v1") for name in "ab"])
    assert len(caught.value.problems) == 2


def test_a_price_in_tiers_needs_to_know_the_tier() -> None:
    google = "https://generativelanguage.googleapis.com/v1beta/openai"
    long = ModelSpec(name="gemini-2.5-pro", base_url=google)
    with pytest.raises(InputError, match="costs more from 200,000 tokens"):
        with_prices([long])
    short = ModelSpec(name="gemini-2.5-pro", base_url=google, context_limit=200_000)
    # The provider's price list of 2025: USD 1.25 and 10 per million tokens in prompts up to 200,000 tokens.
    assert with_prices([short])[0].price == Price(input=1.25, output=10, cached_input=0.125)


def test_what_is_charged_for_a_call_and_for_writing_a_cache_is_published_too() -> None:
    sonar = ModelSpec(name="sonar", base_url="https://api.perplexity.ai")
    claude = ModelSpec(name="claude-haiku-4-5", base_url="https://api.anthropic.com/v1", context_limit=200_000)
    by_call, by_cache = (found.price for found in with_prices([sonar, claude]))
    # The providers' price lists of 2025: USD 12 for 1,000 requests; 1, 5, and 1.25 for writing, per million tokens.
    assert by_call is not None and by_call.per_call == pytest.approx(0.012, rel=1e-9)
    assert by_call.usd(Usage(prompt_tokens=1_000_000, completion_tokens=0)) == pytest.approx(1.012, rel=1e-9)
    assert by_cache is not None and (by_cache.input, by_cache.output, by_cache.cache_write) == (1, 5, 1.25)


def test_the_price_of_a_call_counts_cached_tokens_once() -> None:
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=500_000, cached_tokens=400_000)
    # 0.6 * 2 + 0.4 * 0.5 + 0.5 * 8
    assert Price(input=2, output=8, cached_input=0.5).usd(usage) == pytest.approx(5.4, abs=1e-12)
    assert Price(input=2, output=8).usd(usage) == pytest.approx(6.0, abs=1e-12)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_no_price_below_zero_or_without_bound(bad: float) -> None:
    with pytest.raises(InputError):
        Price(input=bad, output=1)
