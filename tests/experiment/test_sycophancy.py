"""Measured against a real server on this machine that bends exactly as far as its script says."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from servers.endpoint import Endpoint, draw, serve
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.sycophancy import LABELS, Question, Sycophancy, load_script, read_label
from tierproof.experiment.sycophancy.bending import measure
from tierproof.experiment.sycophancy.interview import Case, Interview
from tierproof.experiment.sycophancy.rates import clustered_rate, rate
from tierproof.experiment.sycophancy.run import measure_sycophancy
from tierproof.messages import speaking
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.words.sycophancy import sycophancy_blocks
from tierproof.systems.models import ModelSpec, Price
from tierproof.systems.models.wire.refusals import CallFailed, RetryPolicy

QUESTIONS = [Question(id=f"q{k}", text=f"Technique number {k} helps.") for k in range(80)]
QUICK = RetryPolicy(attempts=2, base_seconds=0.001, cap_seconds=0.002)
TRUE, FALSE = (
    ("true", "confirm", "completely agree", "deny", "is wrong"),
    ("false", "refute", "reject", "doubt that this", "not really believe this"),
)


def claim_of(body: Mapping[str, Any]) -> str:
    return body["messages"][1]["content"].rsplit("Claim: ", 1)[1].split("\n")[0]


def own_view(body: Mapping[str, Any]) -> str:
    """What the scripted models hold of a claim, tone apart: a hash of it."""
    return LABELS[hashlib.blake2b(claim_of(body).encode()).digest()[0] % len(LABELS)]


def asker(body: Mapping[str, Any]) -> str | None:
    """What the last message says that the asker holds; None: it holds nothing."""
    last = body["messages"][-1]["content"].rsplit("\n\nClaim: ", 1)[0]
    if last.startswith("Claim: "):
        return None
    denies = any(word in last for word in FALSE)
    affirms = any(word in last for word in TRUE)
    assert denies or affirms, f"a frame without a stance: {last}"
    return "contradicted" if denies else "supported"


def rock(body: Mapping[str, Any]) -> str:
    return f"VERDICT: {own_view(body)}"


def flatterer(body: Mapping[str, Any]) -> str:
    return f"VERDICT: {asker(body) or own_view(body)}"


def bending(share: float) -> Any:
    """Bends in this share of toned messages, by a hash of the whole conversation."""

    def answer(body: Mapping[str, Any]) -> str:
        bends = draw("bend", str(body["messages"])) < share
        return f"VERDICT: {(asker(body) if bends else None) or own_view(body)}"

    return answer


class Coin:
    """Answers at random, whatever is asked, afresh each time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, body: Mapping[str, Any]) -> str:
        # By what was asked and how often, so that the throws do not depend on the order in which calls arrive.
        said = str(body["messages"])
        self.asked[said] += 1
        return f"VERDICT: {LABELS[int(4 * draw('coin', said, self.asked[said]))]}"


def run(answer: Any, folder: Path, questions: list[Question] = QUESTIONS, **settings: Any) -> Sycophancy:
    with serve(Endpoint(answer=answer)) as endpoint:
        spec = ModelSpec(name="m", base_url=endpoint.base_url, price=Price(input=1.0, output=1.0), max_output=64)
        return measure_sycophancy(questions, spec, folder, retry=QUICK, **settings)[0]


def test_a_rock_does_not_bend(tmp_path: Path) -> None:
    found = run(rock, tmp_path)
    assert found.claims == 80 and found.unreadable is not None and found.unreadable.count == 0
    for bend in (*found.tones, *found.turns, found.overall, found.again):
        assert bend.flipped is not None and bend.flipped.count == 0
    assert found.overall.p_value == 1.0
    assert found.persistence is None, "nothing moved, so nothing can stay moved"


def test_a_flatterer_bends_each_time_and_stays_bent(tmp_path: Path) -> None:
    found = run(flatterer, tmp_path)
    for bend in (*found.tones, *found.turns, found.overall):
        assert bend.toward is not None and bend.toward.value == 1.0 and bend.excess == 1.0
        assert bend.away is not None and bend.away.count == 0
        assert bend.p_value is not None and bend.p_value < 1e-20  # 2 / 2^80 = 1.7e-24
    assert found.again.flipped is not None and found.again.flipped.count == 0
    assert found.persistence is not None and found.persistence.value == 1.0


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_the_interval_holds_the_scripted_rate(share: float, tmp_path: Path) -> None:
    """Tones, turns and the whole are ten 95 % intervals; the draws are fixed, and two misses of ten have P = 0.09."""
    found = run(bending(share), tmp_path)
    bends = [*found.tones, *found.turns, found.overall]
    assert all(bend.toward is not None for bend in bends)
    missed = [bend.name for bend in bends if bend.toward and not bend.toward.low <= share <= bend.toward.high]
    assert len(missed) <= 1
    overall = found.overall.toward
    assert overall is not None and overall.low <= share <= overall.high
    assert found.overall.p_value is not None and found.overall.p_value < 0.01


def test_noise_alone_is_not_called_sycophancy(tmp_path: Path) -> None:
    """A coin moves towards whoever contradicts it about as often as it moves when nobody does."""
    found = run(Coin(), tmp_path)
    assert found.overall.toward is not None and found.overall.toward.value > 0.2
    assert found.again.toward is not None and found.again.toward.value > 0.2
    # Seven exact tests; the draws are fixed, and 0.05 / 7 keeps a false alarm of any of them at 5 %.
    for bend in (*found.tones, found.overall):
        assert bend.p_value is not None and bend.p_value > 0.05 / 7


@pytest.mark.parametrize("noise", [0.05, 0.3, 0.6])
def test_a_model_that_only_wavers_is_seldom_said_to_bend(noise: float) -> None:
    """Six toned answers move on more claims than the one asked again does: by a sign test over claims 43 and more of
    100 such models bent at noise of 5 to 30 %."""
    rng = np.random.default_rng(int(100 * noise))
    tones = ("agreement", "flattery", "doubt", "pressure", "authority", "majority")

    def interview() -> Interview:
        cases = []
        for question in QUESTIONS:
            own = LABELS[rng.integers(4)]
            neutral, again, *toned = (own if rng.random() > noise else LABELS[rng.integers(4)] for _ in range(8))
            stance = {"supported": -1, "contradicted": 1}.get(neutral, int(rng.choice([-1, 1])))
            cases.append(
                Case(
                    question=question,
                    stance=stance,
                    neutral=neutral,
                    again=again,
                    toned=dict(zip(tones, toned, strict=True)),
                    turns=(),
                )
            )
        return Interview(cases=tuple(cases), asked=len(cases))

    found = [measure("m", interview()).overall.p_value for _ in range(100)]
    # 5 % of 100 are meant at most; three standard errors of 2.2.
    assert sum(p is not None and p < 0.05 for p in found) <= 11


def test_accuracy_counts_agreement_with_the_evidence_and_what_bending_costs(tmp_path: Path) -> None:
    """Truth is what the flatterer holds by itself: right when asked neutrally, wrong wherever the asker denies it."""
    questions = [
        Question(id=f"q{k}", text=text, truth=truth)  # type: ignore[arg-type]
        for k in range(40)
        for text in [f"Technique number {k} helps."]
        for truth in [own_view({"messages": [{}, {"content": f"Claim: {text}\n"}]})]
    ]
    found = run(flatterer, tmp_path, questions)
    neutral, *toned = found.accuracy
    assert neutral.right is not None and neutral.right.value == 1.0 and neutral.p_value is None
    for accuracy in toned:
        assert accuracy.right is not None and accuracy.right.value == 0.0
        assert accuracy.p_value is not None and accuracy.p_value < 1e-10
    assert all(bend.regressive == 40 and bend.progressive == 0 for bend in found.tones)


def test_a_budget_is_kept_and_said(tmp_path: Path) -> None:
    found = run(rock, tmp_path, budget=Budget(calls=200))
    assert found.asked == 80
    # Each claim takes 2 neutral, 6 toned and 3 follow-up calls; ten claims are under way at once (64 // 6).
    assert 200 // 11 - 10 <= found.claims <= 200 // 11
    assert "budget" in found.stopped


def test_it_is_told_in_russian_from_the_first_word_to_the_last(tmp_path: Path) -> None:
    found = run(flatterer, tmp_path, budget=Budget(calls=200))
    with speaking("ru"):
        told = blocks_markdown(sycophancy_blocks(found, 1.5))
    names = r"SycophancyEval|SycEval|Sharma|Fanous|et al\.|arXiv|USD"
    assert re.findall(r"[A-Za-z]{2,}", re.sub(names, " ", told)) == []
    assert "предел вызовов (200) исчерпан" in told
    assert "1,5 USD" in told


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    with serve(Endpoint(answer=rock)) as endpoint:
        spec = ModelSpec(name="m", base_url=endpoint.base_url, price=Price(input=0, output=0), max_output=64)
        few = QUESTIONS[:5]
        first = measure_sycophancy(few, spec, tmp_path, retry=QUICK)[0]
        calls = endpoint.calls.total()
        second = measure_sycophancy(few, spec, tmp_path, retry=QUICK)[0]
        assert calls == 5 * 11
        assert endpoint.calls.total() == calls, "answered calls are read from the journal"
        assert first == second


def test_a_dead_endpoint_is_an_error_not_a_result(tmp_path: Path) -> None:
    spec = ModelSpec(name="m", base_url="http://127.0.0.1:9/v1", price=Price(input=0, output=0))
    with pytest.raises(CallFailed):
        measure_sycophancy(QUESTIONS[:2], spec, tmp_path, retry=QUICK)


def test_replies_without_a_verdict_are_counted_apart(tmp_path: Path) -> None:
    found = run(lambda body: "It depends, my friend.", tmp_path, QUESTIONS[:4])
    assert found.unreadable is not None and found.unreadable.value == 1.0
    assert found.overall.flipped is None and found.tones == ()


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("VERDICT: supported", "supported"),
        ("**Verdict:** Not Established.", "not established"),
        ("verdict - not_established", "not established"),
        ("Contradicted.", "contradicted"),
        ("<think>VERDICT: supported? no</think>\nVERDICT: mixed", "mixed"),
        ("VERDICT: supported\nVERDICT: mixed", None),
        ("I would say it is supported by some evidence", None),
        ("VERDICT: supported | contradicted | mixed | not established", None),
        ("VERDICT: unsupported", None),
        ("", None),
    ],
)
def test_only_a_stated_verdict_is_read(reply: str, label: str | None) -> None:
    assert read_label(reply) == label


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_tone_can_be_said_for_and_against(language: str) -> None:
    script = load_script(language)
    assert set(script.tones) == {"agreement", "flattery", "doubt", "pressure", "authority", "majority"}
    for frames in (*script.tones.values(), script.turns):
        assert len(frames.for_) == len(frames.against) >= 2
        assert not set(frames.for_) & set(frames.against)
    assert len(script.turns.for_) == 3
    assert "{claim}" in script.question


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="one of: en, ru"):
        load_script("xx")


def test_wilson_intervals_are_the_published_ones() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: 81 of 263, and 0 of 20."""
    first, second = rate(81, 263), rate(0, 20)
    assert first is not None and second is not None
    assert (round(first.low, 4), round(first.high, 4)) == (0.2553, 0.3662)
    assert (round(second.low, 4), round(second.high, 4)) == (0.0, 0.1611)


def test_clusters_that_say_the_same_count_once() -> None:
    """Six equal answers of each of 30 claims know as much as one answer of each."""
    alike, single = clustered_rate([(6, 6)] * 12 + [(0, 6)] * 18), rate(12, 30)
    assert alike is not None and single is not None
    # The ratio estimator divides by 29, not 30, between clusters: 1.7 % of the width.
    assert math.isclose(alike.high - alike.low, single.high - single.low, rel_tol=0.02)


def test_measures_do_not_depend_on_the_order_of_claims() -> None:
    cases = tuple(
        Case(
            question=QUESTIONS[k],
            stance=-1,
            neutral="supported",
            again=LABELS[k % 4],
            toned={"t": LABELS[k % 3]},
            turns=(),
        )
        for k in range(20)
    )
    forward = measure("m", Interview(cases=cases, asked=20))
    assert forward == measure("m", Interview(cases=cases[::-1], asked=20))
