"""What replies say of their usage is believed only where it can be, and billed wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from systems.models.replies import CALL, completion, read
from tierproof.systems.models import Price, Usage
from tierproof.systems.models.wire.usage import estimate_tokens, grown


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "much",
        {},
        {"prompt_tokens": -1, "completion_tokens": 3},
        {"prompt_tokens": 0, "completion_tokens": 3},
        {"prompt_tokens": 10**7, "completion_tokens": 3},
        {"prompt_tokens": 12, "completion_tokens": 10**9},
        {"prompt_tokens": 12, "completion_tokens": 0},
        {"prompt_tokens": True, "completion_tokens": "3"},
        {"prompt_tokens": "a dozen", "completion_tokens": 3},
        {"prompt_tokens": float("inf"), "completion_tokens": 3},
        {"cost": {"prompt": 12, "completion": 3}},
        {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 10**5}},
        {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": -2}},
        {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": "all"}},
    ],
)
def test_usage_that_cannot_be_is_estimated_and_marked(usage: Any) -> None:
    found = read(completion(usage)).usage
    assert found.estimated
    assert 0 < found.prompt_tokens <= CALL.prompt_bound
    assert 0 < found.completion_tokens <= CALL.completion_bound
    assert found.cached_tokens == 0


@pytest.mark.parametrize("figures", [(20, 4, 24), (20, 4, 30), (True, 4, 5), (20, 0, 20), (9_999_999, 1, 10_000_000)])
def test_a_usage_that_says_no_more_is_read_as_one_that_does(figures: tuple[int, int, int]) -> None:
    """The plainest form has a way of its own; what says nothing further (`null`) takes the long one."""
    plain = dict(zip(("prompt_tokens", "completion_tokens", "total_tokens"), figures, strict=True))
    assert read(completion(plain)).usage == read(completion(plain | {"completion_tokens_details": None})).usage


def test_the_possible_half_of_a_usage_is_kept() -> None:
    found = read(completion({"prompt_tokens": 12, "completion_tokens": -3})).usage
    assert found.prompt_tokens == 12


@pytest.mark.parametrize("details", [None, {"cached_tokens": None}, {}])
def test_usage_without_cached_tokens_is_no_estimate(details: Any) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": details}
    assert read(completion(usage)).usage == Usage(prompt_tokens=12, completion_tokens=3)


@pytest.mark.parametrize(("prompt", "completion_tokens"), [(12, 100), (12, 20_000), (90_000, 3)])
def test_what_is_reported_beyond_what_was_asked_for_is_billed_in_full(prompt: int, completion_tokens: int) -> None:
    # The limit is 50 and the request has some hundred bytes.
    usage = {"prompt_tokens": prompt, "completion_tokens": completion_tokens}
    reply = read(completion(usage))
    assert reply.usage == Usage(prompt_tokens=prompt, completion_tokens=completion_tokens)
    assert reply.usd == pytest.approx((prompt * 1 + completion_tokens * 10) / 1e6, rel=1e-12)


APART = [
    # Thought left out of the completion: the total has it, or the details do.
    ((9, 5, 54), {}, (9, 45, 0)),
    ((9, 5, None), {"completion_tokens_details": {"reasoning_tokens": 40}}, (9, 45, 0)),
    # Thought within the completion is counted once.
    ((9, 45, None), {"completion_tokens_details": {"reasoning_tokens": 40}}, (9, 45, 0)),
    # A cache beside the prompt, read and written, with and without a total.
    ((3, 5, 38), {"cache_read_input_tokens": 20, "cache_creation_input_tokens": 10}, (33, 5, 20)),
    ((3, 5, None), {"cache_read_input_tokens": 20}, (23, 5, 20)),
    ((3, 5, None), {"prompt_tokens_details": {"cached_tokens": 20}}, (23, 5, 20)),
    # Other names for the same counts, and counts that are written as text.
    ((None, None, None), {"input_tokens": 9, "output_tokens": 5}, (9, 5, 0)),
    (("9", "5", "14"), {}, (9, 5, 0)),
    ((9, 5, None), {"output_tokens_details": {"reasoning_tokens": 40}}, (9, 45, 0)),
    ((9, 5, None), {"reasoning_tokens": 40}, (9, 45, 0)),
    ((23, 5, 28), {"cached_tokens": 20}, (23, 5, 20)),
    # A cache that is written and not yet read.
    ((3, 5, None), {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 30}, (33, 5, 0)),
    ((33, 5, 38), {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 30}, (33, 5, 0)),
    ((None, None, None), {"promptTokenCount": 9, "candidatesTokenCount": 5, "thoughtsTokenCount": 40}, (9, 45, 0)),
    ((None, None, None), {"inputTokens": 3, "outputTokens": 5, "cacheReadInputTokens": 20}, (23, 5, 20)),
    # The same within the prompt.
    ((23, 5, 28), {"cache_read_input_tokens": 20}, (23, 5, 20)),
    # Sound and pictures beside the text, with and without a total.
    ((9, 5, None), {"completion_tokens_details": {"audio_tokens": 40}}, (9, 45, 0)),
    ((9, 45, None), {"completion_tokens_details": {"audio_tokens": 40}}, (9, 45, 0)),
    ((9, 5, None), {"completion_tokens_details": {"audio_tokens": 40, "reasoning_tokens": 3}}, (9, 48, 0)),
    ((9, 5, None), {"prompt_tokens_details": {"image_tokens": 90}}, (99, 5, 0)),
    ((9, 5, 104), {"prompt_tokens_details": {"image_tokens": 90}}, (99, 5, 0)),
    ((99, 5, 104), {"prompt_tokens_details": {"image_tokens": 90}}, (99, 5, 0)),
    # Names of forms that nobody described, and counts as people write them; parts of tokens.
    ((None, None, None), {"promptTokens": 9, "completionTokens": 5}, (9, 5, 0)),
    ((None, None, None), {"tokens": {"input": 9, "output": 5}, "cost": {"input": 1, "output": 2}}, (9, 5, 0)),
    ((None, None, None), {"billed_units": {"input_tokens": 9, "output_tokens": 5.0}}, (9, 5, 0)),
    ((None, None, None), {"num_prompt_tokens": 9, "num_generated_tokens": 5}, (9, 5, 0)),
    ((None, None, None), {"tokens_evaluated": 9, "tokens_predicted": 5}, (9, 5, 0)),
    (("1,209", "5", None), {}, (1209, 5, 0)),
    (("1.209e+03", "5E0", None), {}, (1209, 5, 0)),
    ((8.5, 4.2, None), {}, (9, 5, 0)),
    # A total that is less than its parts says nothing.
    ((9, 5, 2), {}, (9, 5, 0)),
]


@pytest.mark.parametrize(("figures", "more", "right"), APART)
def test_what_is_counted_apart_is_billed_as_well(figures: Any, more: Any, right: tuple[int, int, int]) -> None:
    usage = dict(zip(("prompt_tokens", "completion_tokens", "total_tokens"), figures, strict=True)) | more
    found = read(completion(usage)).usage
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == right
    assert not found.estimated


def test_the_estimate_counts_a_quarter_of_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    assert estimate_tokens("") == 0
    assert estimate_tokens("abcd") == 1
    assert estimate_tokens("abcde") == 2
    assert estimate_tokens("日本") == 2  # six bytes
    assert estimate_tokens("\ud83d") == 1  # half a character must not stop a run


def test_a_total_alone_bounds_what_was_billed() -> None:
    usage = read(completion({"total_tokens": 900})).usage
    assert usage.estimated and usage.prompt_tokens + usage.completion_tokens == 900


PLAIN = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}


@pytest.mark.parametrize(
    ("more", "usd"),
    [
        ({"cost": 0.0125}, 0.0125),
        ({"cost": "0.0125"}, 0.0125),
        ({"cost": {"input_tokens_cost": 0.001, "request_cost": 0.011, "total_cost": 0.0125}}, 0.0125),
        ({"estimated_cost": 0.0125}, 0.0125),
        ({"cost": 0.0025, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.01}}, 0.0125),
        ({"cost": 0.0125, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.01}}, 0.0125),
        # Less than the tokens cost at the stated price (1 and 10 USD a million), or no sum: these count.
        ({"cost": 0}, 60e-6),
        ({"cost": -1}, 60e-6),
        ({"cost": 1e9}, 60e-6),
        ({"cost": "free"}, 60e-6),
        ({"cost": float("nan")}, 60e-6),
    ],
)
def test_what_an_endpoint_says_that_a_call_costs_counts_where_it_is_more(more: Any, usd: float) -> None:
    reply = read(completion(PLAIN | more))
    assert not reply.usage.estimated
    assert reply.usd == pytest.approx(usd, rel=1e-12)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 20, "completion_tokens": 4, "cache_creation_input_tokens": 16},
        {"prompt_tokens": 4, "completion_tokens": 4, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 16},
        {"prompt_tokens": 20, "completion_tokens": 4, "prompt_tokens_details": {"cache_write_tokens": 16}},
    ],
)
def test_what_is_written_into_a_cache_costs_more(usage: Any) -> None:
    found = read(completion(usage)).usage
    assert (found.prompt_tokens, found.cached_tokens, found.written_tokens) == (20, 0, 16)
    # 4 + 16 * 1.25 + 4 * 2; then 16 * 3 in place of it.
    assert Price(input=1, output=2).usd(found) == pytest.approx(32e-6, rel=1e-12)
    assert Price(input=1, output=2, cache_write=3).usd(found) == pytest.approx(60e-6, rel=1e-12)


@pytest.mark.parametrize("place", ["choice", "message", "x_groq", "usageMetadata"])
def test_usage_is_found_where_it_stands(place: str) -> None:
    table, usage = completion(), {"prompt_tokens": 20, "completion_tokens": 4}
    choice = table["choices"][0]
    places = {"choice": choice, "message": choice["message"], "x_groq": table.setdefault("x_groq", {})}
    if place == "usageMetadata":
        table["usageMetadata"] = {"promptTokenCount": 20, "candidatesTokenCount": 4}
    else:
        places[place]["usage"] = usage
    assert read(table).usage == Usage(prompt_tokens=20, completion_tokens=4)


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        # Told again, it is not twice as much; what shrinks was billed before; parts are put together.
        ([{"prompt_tokens": 20, "completion_tokens": 9}] * 3, (20, 9, 0)),
        ([{"prompt_tokens": 20, "completion_tokens": at} for at in (1, 5, 9)], (20, 9, 0)),
        ([{"prompt_tokens": 20, "completion_tokens": at} for at in (9, 5, 1)], (20, 9, 0)),
        ([{"prompt_tokens": 20, "completion_tokens": 1}, {"completion_tokens": 9}], (20, 9, 0)),
        ([{"prompt_tokens": 20, "completion_tokens": 9}, {"prompt_tokens": None, "completion_tokens": -1}], (20, 9, 0)),
        ([{"usage": 1, "prompt_tokens": "30"}, {"prompt_tokens": 20, "completion_tokens": "9"}], (30, 9, 0)),
        # What a cache gave costs less: of two the smaller counts.
        (
            [
                {"prompt_tokens": 20, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 16}},
                {"prompt_tokens": 20, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}},
            ],
            (20, 9, 4),
        ),
    ],
)
def test_of_a_usage_that_is_told_several_times_the_most_is_billed(
    told: list[dict[str, Any]], counted: tuple[int, int, int]
) -> None:
    usage: Any = None
    for one in told:
        usage = grown(usage, one)
    found = read(completion(usage)).usage
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == counted
