"""Claims that were once judged as another claim: each with what is right, worked out here from the posteriors.

The right probability is computed beside the claim, with the normal and lognormal arithmetic written out and nothing of
the judges: P(average effect beyond the least difference), P(effect in a new setting beyond an amount), or one denied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tierproof.answers.view import View, view_of
from tierproof.challenge.judging import judge
from tierproof.challenge.reading import parse
from tierproof.decision.compare import compare, direct_evidence
from tierproof.synthesis import priors_of
from tierproof.synthesis.model.mixture import Mixture

RAG, AGENTS, ROUTING, COT = "retrieval-augmented-generation", "agent-orchestration", "model-routing", "chain-of-thought"
TTC, SPEC, LORA, SCALING, QUANT = "test-time-compute", "speculative-decoding", "lora", "model-scaling", "quantization"


@cache
def view() -> View:
    return view_of()


def average(technique: str, outcome: str) -> Mixture:
    posterior = view().synthesis.get(technique, outcome)  # type: ignore[arg-type]
    assert posterior is not None
    return posterior.average


def new_setting(technique: str, outcome: str) -> Mixture:
    posterior = view().synthesis.get(technique, outcome)  # type: ignore[arg-type]
    assert posterior is not None
    return posterior.predictive


def least(outcome: str) -> float:
    return view().pack.settings.minimal_difference.get(outcome, 0.0)  # type: ignore[call-overload,no-any-return]


def gains(technique: str, outcome: str) -> float:
    """P(average gain of a success rate beyond the least difference)."""
    return float(average(technique, outcome).sf(least(outcome)))


def loses(technique: str, outcome: str) -> float:
    """P(average loss of a success rate beyond the least difference)."""
    return float(average(technique, outcome).cdf(-least(outcome)))


def falls(technique: str, outcome: str) -> float:
    """P(average ratio of a resource below 1 by more than the least difference)."""
    return float(average(technique, outcome).cdf(-least(outcome)))


def ratio_beyond(technique: str, outcome: str, ratio: float) -> float:
    """P(ratio of a resource in a new setting at or beyond `ratio`, on its side of 1)."""
    log = math.log(ratio)
    return float(new_setting(technique, outcome).sf(log) if ratio > 1 else new_setting(technique, outcome).cdf(log))


def removes(technique: str, share: float) -> float:
    """P(a new setting loses at least `share` of its failures)."""
    p0 = view().profile.baseline_success
    p1 = 1.0 - (1.0 - p0) * (1.0 - share)
    return float(new_setting(technique, "quality").sf(math.log(p1 / (1 - p1)) - math.log(p0 / (1 - p0))))


def cheaper(first: str, second: str) -> float:
    """P(first's average cost lower than second's), by direct and indirect evidence."""
    effects = view().conversion.effects
    direct = direct_evidence(effects, first, second, priors_of(view().pack.settings), view().context)
    found = compare(view().appraisal, first, second, direct).on("cost")
    assert found is not None
    return float(found.average.cdf(0.0))


def share_of_settings(technique: str, share: float, *, below: bool) -> float:
    """P(at least `share` of settings gain, or lose, quality), by draws of the mean and the spread between settings."""
    mean, spread = average(technique, "quality"), new_setting(technique, "quality")
    q = 0.6744897501960817
    sd = [float(np.diff(one.quantile([0.25, 0.75]))[0]) / (2 * q) for one in (mean, spread)]
    between = math.sqrt(max(sd[1] ** 2 - sd[0] ** 2, 0.0))
    mu = mean.quantile((np.arange(20_000) + 0.5) / 20_000)
    z = (-least("quality") - mu) / between if below else (mu - least("quality")) / between
    within = 0.5 * (1.0 + np.vectorize(math.erf)(z / math.sqrt(2.0)))
    return float(np.mean(within >= share))


CASES: tuple[tuple[str, Callable[[], float]], ...] = (
    ("It is false that RAG improves quality.", lambda: 1 - gains(RAG, "quality")),
    ("It is wrong to say that RAG improves quality.", lambda: 1 - gains(RAG, "quality")),
    ("Неверно, что RAG улучшает качество.", lambda: 1 - gains(RAG, "quality")),
    ("It is not true that model routing improves quality.", lambda: 1 - gains(ROUTING, "quality")),
    ("Agents do not reduce latency.", lambda: 1 - falls(AGENTS, "latency")),
    ("Агенты не ускоряют ответы.", lambda: 1 - falls(AGENTS, "latency")),
    ("Chain of thought does not speed up responses.", lambda: 1 - falls(COT, "latency")),
    ("Цепочка рассуждений не снижает стоимость.", lambda: 1 - falls(COT, "cost")),
    ("Test-time compute does not lower cost.", lambda: 1 - falls(TTC, "cost")),
    ("Model routing does not improve quality.", lambda: 1 - gains(ROUTING, "quality")),
    ("Маршрутизация моделей не улучшает качество.", lambda: 1 - gains(ROUTING, "quality")),
    ("Quantization does not improve quality.", lambda: 1 - gains(QUANT, "quality")),
    ("Constrained decoding does not improve quality.", lambda: 1 - gains("dsl-injection", "quality")),
    ("RAG removes less than 60 % of failures.", lambda: 1 - removes(RAG, 0.6)),
    ("RAG removes fewer than 60 % of failures.", lambda: 1 - removes(RAG, 0.6)),
    ("RAG removes at most 60 % of failures.", lambda: 1 - removes(RAG, 0.6)),
    ("Model routing cuts cost by at most 90 %.", lambda: 1 - ratio_beyond(ROUTING, "cost", 0.1)),
    ("Model routing cuts cost by less than 90 %.", lambda: 1 - ratio_beyond(ROUTING, "cost", 0.1)),
    ("Speculative decoding reduces latency by no more than 80 %.", lambda: 1 - ratio_beyond(SPEC, "latency", 0.2)),
    ("Agents raise cost by less than 50 %.", lambda: 1 - ratio_beyond(AGENTS, "cost", 1.5)),
    ("Agents raise cost at most tenfold.", lambda: 1 - ratio_beyond(AGENTS, "cost", 10.0)),
    ("Test-time compute costs less than 10 times as much.", lambda: 1 - ratio_beyond(TTC, "cost", 10.0)),
    ("Model routing cuts cost by more than 90 %.", lambda: ratio_beyond(ROUTING, "cost", 0.1)),
    ("Agents cost more than RAG.", lambda: cheaper(RAG, AGENTS)),
    ("RAG costs more than agents.", lambda: 1 - cheaper(RAG, AGENTS)),
    ("Агенты дороже RAG.", lambda: cheaper(RAG, AGENTS)),
    ("Model scaling costs more than quantization.", lambda: cheaper(QUANT, SCALING)),
    ("Not every system benefits from RAG.", lambda: 1 - share_of_settings(RAG, 0.95, below=False)),
    ("Not everyone benefits from LoRA.", lambda: 1 - share_of_settings(LORA, 0.95, below=False)),
    ("Not all teams benefit from agents.", lambda: 1 - share_of_settings(AGENTS, 0.95, below=False)),
    ("RAG always improves quality.", lambda: share_of_settings(RAG, 0.95, below=False)),
    ("RAG всегда улучшает качество.", lambda: share_of_settings(RAG, 0.95, below=False)),
    ("RAG can hurt quality.", lambda: share_of_settings(RAG, 0.05, below=True)),
    ("RAG hallucinates more than a plain model.", lambda: loses(RAG, "wrong-answers")),
    ("RAG increases hallucinations.", lambda: loses(RAG, "wrong-answers")),
    ("RAG устраняет более 60 % ошибок.", lambda: removes(RAG, 0.6)),
    ("RAG устраняет не менее 30 % ошибок.", lambda: removes(RAG, 0.3)),
    ("RAG устраняет менее 60 % ошибок.", lambda: 1 - removes(RAG, 0.6)),
    ("RAG устраняет не более 60 % ошибок.", lambda: 1 - removes(RAG, 0.6)),
    ("LoRA cuts failures by exactly 27 %.", lambda: removes(LORA, 0.265) - removes(LORA, 0.275)),
    ("RAG removes two thirds of failures.", lambda: removes(RAG, 2 / 3)),
    ("Prompt caching cuts cost by nine tenths.", lambda: ratio_beyond("prompt-caching", "cost", 0.1)),
    ("Speculative decoding is x2 faster.", lambda: ratio_beyond(SPEC, "latency", 0.5)),
    ("Агенты в полтора раза дороже.", lambda: ratio_beyond(AGENTS, "cost", 1.5)),
    ("Agents are twice as expensive.", lambda: ratio_beyond(AGENTS, "cost", 2.0)),
    ("Quantization runs at half the price.", lambda: ratio_beyond(QUANT, "cost", 0.5)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "right"), CASES, ids=[text for text, _ in CASES])
def test_the_claim_itself_is_judged(text: str, right: Callable[[], float]) -> None:
    claims = parse(text, view().ground.vocabulary).claims
    assert len(claims) == 1
    found = judge(claims[0], view().ground).probability
    # 20,000 draws of a share are exact to 1e-4; the rest agrees to rounding.
    assert found == pytest.approx(right(), abs=2e-4)


@pytest.mark.parametrize(
    "text",
    [
        "A bigger chunk size improves RAG.",
        "Fine-tuned embeddings improve retrieval.",
        "RAG makes coffee.",
        "Нужно ли нам дообучать модель или взять RAG?",
        "Большая модель решит все наши проблемы.",
        "RAG improves quality on Tuesdays.",
        "RAG or fine-tuning improves quality.",
        "RAG improves quality, but only for lawyers.",
        "RAG improves quality if the documents are fresh.",
        "We cut costs without RAG.",
    ],
)
def test_nothing_wider_is_judged(text: str) -> None:
    parsed = parse(text, view().ground.vocabulary)
    assert parsed.claims == ()
    assert [part.words for part in parsed.not_understood] != [()]


@pytest.mark.parametrize(
    "text",
    [
        "AWQ is better than GPTQ.",
        "GraphRAG helps.",
        "GraphRAG beats plain RAG.",
        "Hybrid search beats dense retrieval.",
        "Reranking improves RAG.",
        "Гибридный поиск лучше обычного RAG.",
    ],
)
def test_forms_without_records_are_not_judged_as_their_technique(text: str) -> None:
    (claim,) = parse(text, view().ground.vocabulary).claims
    verdict = judge(claim, view().ground)
    assert verdict.probability is None
    assert "apart" in verdict.reason


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("4-bit quantization loses quality.", "quantization/int4"),
        ("8-bit quantization does not hurt quality.", "quantization/int8"),
        ("DPO beats PPO.", "reinforcement-learning-alignment/dpo"),
        ("Few-shot is better than zero-shot.", "prompt-engineering/few-shot"),
        ("DSPy beats manual prompts.", "prompt-engineering/optimiser"),
        ("Multi-agent systems beat single agents.", "agent-orchestration/multi-agent"),
        ("A small fine-tuned model beats GPT-4.", "lora/small-tuned"),
        ("Self-consistency improves quality.", "test-time-compute/self-consistency"),
    ],
)
def test_forms_are_judged_from_their_own_records(text: str, form: str) -> None:
    (claim,) = parse(text, view().ground.vocabulary).claims
    assert claim.subjects == (form,)
    verdict = judge(claim, view().ground)
    assert verdict.probability is not None
    records = {record for point in (*verdict.evidence_for, *verdict.evidence_against) for record in point.records}
    own = {subtype for name in (*claim.subjects, *claim.objects) for subtype in subtypes_of(name)}
    effects = view().ground.records
    assert records
    assert {
        effects[id].record.subtype for id in records if effects[id].record.technique == form.partition("/")[0]
    } <= own


def subtypes_of(name: str) -> set[str]:
    """Subtypes of records that speak of a form, alone or beside another."""
    parent, _, id = name.partition("/")
    forms = [form for form in view().pack.techniques[parent].forms if form.id == id]
    return {
        subtype
        for form in forms
        for subtypes in (form.subtypes, *(opponent.subtypes for opponent in form.against))
        for subtype in subtypes
    }


def test_a_form_answers_as_its_sub_row_does() -> None:
    """4-bit weights on the technique's card and in a claim: one posterior."""
    card = view().detailed_for(QUANT).get(QUANT, "quality")
    assert card is not None
    form = view().ground.knowing(["quantization/int4"]).posterior("quantization/int4", "quality")
    assert form is not None
    assert form.average.mean == pytest.approx(card.sub_rows["int4"].average.mean, abs=1e-9)


def test_every_form_has_the_records_that_it_names() -> None:
    known = {(record.technique, record.subtype, record.contrast) for record in view().pack.records}
    for technique in view().pack.techniques.values():
        for form in technique.forms:
            for subtype in form.subtypes:
                assert (technique.id, subtype, form.contrast) in known, (technique.id, form.id, subtype)
            for opponent in form.against:
                assert any((technique.id, subtype, opponent.contrast) in known for subtype in opponent.subtypes)


def test_a_summary_that_no_scale_could_take_is_named() -> None:
    """Sprague et al. on chain of thought for mathematics: points without the levels behind them."""
    (claim,) = parse("Chain of thought improves math.", view().ground.vocabulary).claims
    notes = " ".join(judge(claim, view().ground).notes)
    assert "Sprague et al." in notes and "+12.3 points" in notes
