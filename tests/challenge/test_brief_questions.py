"""Briefs out of somebody's own words: what they ask for, what is missing, and that nothing else is answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierproof.answers.brief import brief_answer, brief_for, scenarios_of
from tierproof.answers.document import plain
from tierproof.answers.view import view_of
from tierproof.challenge.brief import Asked, Brief, Scenario, ask, compose, make_brief, settle
from tierproof.challenge.brief.option import TODAY
from tierproof.decision.appraisals.appraisal import appraise
from tierproof.errors import InputError
from tierproof.evidence import Pack, load_pack
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.brief import brief_blocks, chosen_of
from tierproof.report.words.brief_options import legend
from tierproof.report.words.numerals import money, money_interval

RAG, TUNE, LORA, AGENTS, LARGER = (
    "retrieval-augmented-generation",
    "instruction-fine-tuning",
    "lora",
    "agent-orchestration",
    "model-scaling",
)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def make(pack: Pack) -> Callable[[str], Brief]:
    """Briefs in one context, which is pooled once; their own situations are another test's."""
    view = view_of(pack)
    appraisal = appraise(view.detailed, pack.techniques, pack.settings, view.profile)

    @cache
    def made(words: str) -> Brief:
        found = settled(pack, words)
        composed = compose(found, appraisal) if isinstance(found, Asked) else (found, None)
        assert composed is not None
        scenario, asked = composed
        return make_brief(scenario, appraisal, view.conversion.effects, asked=asked)

    return made


def settled(pack: Pack, words: str) -> Scenario | Asked:
    return settle(words, scenarios_of(pack), pack.techniques, pack.settings)


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        ("RAG or fine-tuning", [RAG, TUNE, LORA]),
        ("should I fine-tune or use RAG", [TUNE, LORA, RAG]),
        ("RAG vs. fine-tuning?", [RAG, TUNE, LORA]),
        ("agents vs RAG", [AGENTS, RAG]),
        ("bigger model, RAG, fine-tuning or agents for a support assistant", [LARGER, RAG, TUNE, LORA, AGENTS]),
        ("RAG или дообучение", [RAG, TUNE, LORA]),
        ("Нужно ли нам дообучать модель или взять RAG?", [TUNE, LORA, RAG]),
        ("что выбрать: RAG, агентов или большую модель?", [RAG, AGENTS, LARGER]),
        ("LoRA или полное дообучение", [LORA, TUNE]),
        ("caching", ["prompt-caching", "semantic-caching"]),
        ("is RAG worth it", [RAG]),
    ],
)
def test_every_way_that_is_named_is_an_option(pack: Pack, words: str, ways: list[str]) -> None:
    found = settled(pack, words)
    assert isinstance(found, Asked)
    assert [way.techniques for way in found.ways] == [(way,) for way in ways]
    assert not found.missing and not found.unread


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        ("4-bit or 8-bit quantization", [{"quantization": "int4"}, {"quantization": "int8"}]),
        (
            "self-consistency or best of n",
            [{"test-time-compute": "self-consistency"}, {"test-time-compute": "best-of-n"}],
        ),
        ("few-shot or DSPy", [{"prompt-engineering": "few-shot"}, {"prompt-engineering": "optimiser"}]),
    ],
)
def test_forms_are_options_of_their_own(pack: Pack, words: str, forms: list[dict[str, str]]) -> None:
    found = settled(pack, words)
    assert isinstance(found, Asked)
    assert [dict(way.forms) for way in found.ways] == forms


@pytest.mark.parametrize(
    ("words", "aims", "task"),
    [
        ("reduce cost", ["cost"], None),
        ("reduce latency", ["latency"], None),
        ("how do I make it faster", ["latency"], None),
        ("cut our GPU bill", ["cost"], None),
        ("more throughput", ["throughput"], None),
        ("reduce cost without losing quality", ["cost", "quality"], None),
        ("support chatbot", [], "chat"),
        ("customer support assistant", [], "chat"),
        ("make our coding assistant better", [], "code"),
        ("снизить стоимость", ["cost"], None),
        ("ускорить ответы", ["latency"], None),
        ("чат-бот поддержки", [], "chat"),
        ("reduce hallucinations in our chatbot", ["wrong-answers"], "chat"),
    ],
)
def test_aims_and_places_are_read(pack: Pack, words: str, aims: list[str], task: str | None) -> None:
    found = settled(pack, words)
    assert isinstance(found, Asked)
    assert (list(found.aims), found.task, found.ways) == (aims, task, ())


@pytest.mark.parametrize(
    ("words", "scenario"),
    [
        ("we hallucinate too much", "hallucination"),
        ("модель галлюцинирует", "hallucination"),
        ("hallucinatoins", "hallucination"),
        ("should we add agents to our workflow?", "add-agents"),
        ("fine-tune or prompt or scale", "scale-tune-or-prompt"),
        ("внедрять ли агентов", "add-agents"),
        ("DPO or PPO", "rlhf-worth"),
    ],
)
def test_the_twenty_stay_good_defaults(pack: Pack, words: str, scenario: str) -> None:
    found = settled(pack, words)
    assert isinstance(found, Scenario) and found.id == scenario


def test_what_is_missing_is_told_from_what_is_not_read(pack: Pack) -> None:
    found = settled(pack, "RAG vs knowledge graphs for legal documents")
    assert isinstance(found, Asked)
    assert (found.missing, found.unread) == (("knowledge graphs for legal documents",), ())
    found = settled(pack, "RAG for legal documents or agents")
    assert isinstance(found, Asked)
    assert (found.missing, found.unread) == ((), ("legal documents",))
    found = settled(pack, "RAG without fine-tuning")
    assert isinstance(found, Asked)
    assert (found.excluded, [way.techniques for way in found.ways]) == ((TUNE, LORA), [(RAG,)])


def test_two_at_once_are_an_option_where_the_words_say_so(pack: Pack) -> None:
    found = settled(pack, "RAG + fine-tuning or agents")
    assert isinstance(found, Asked)
    assert [way.techniques for way in found.ways] == [(RAG, TUNE), (RAG, LORA), (AGENTS,)]
    found = settled(pack, "RAG and fine-tuning")
    assert isinstance(found, Asked)
    assert [way.techniques for way in found.ways] == [(RAG,), (TUNE,), (LORA,), (RAG, TUNE), (RAG, LORA)]
    found = settled(pack, "RAG and agents")
    assert isinstance(found, Asked)
    assert [way.techniques for way in found.ways] == [(RAG,), (AGENTS,), (RAG, AGENTS)]


@pytest.mark.parametrize("words", ["the weather in Lisbon", "GPT-5 or Claude", "models", ""])
def test_words_that_ask_for_nothing_are_refused(pack: Pack, words: str) -> None:
    with pytest.raises(InputError, match="no scenario is meant"):
        settled(pack, words)


LIGHT = load_pack(whole=False)
WORDS = st.lists(
    st.sampled_from(
        """RAG or fine-tuning agents vs , bigger model reduce cost without + and или без chatbot zebra 4-bit ? LoRA
        faster""".split()  # noqa: SIM905
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=40)
@given(WORDS)
def test_no_way_is_an_option_that_was_not_named(words: str) -> None:
    pack = LIGHT
    found = ask(words, pack.techniques, pack.settings.task_families)
    named = {
        "RAG": RAG,
        "fine-tuning": TUNE,
        "agents": AGENTS,
        "bigger model": LARGER,
        "LoRA": LORA,
        "4-bit": "quantization",
    }
    for way in found.ways:
        for technique in way.techniques:
            # "Fine-tuning" names two.
            family = technique == LORA and "fine-tuning" in words
            assert family or any(name in words for name, id in named.items() if id == technique)
    # No word of no use is dropped.
    if "zebra" in words.split():
        assert any("zebra" in told for told in (*found.missing, *found.unread))


def shown(brief: Brief, pack: Pack) -> str:
    return " ".join(" ".join(line.plain for line in block_lines(brief_blocks(brief, pack), 100)).split())


def test_what_is_missing_is_said_first(pack: Pack) -> None:
    asked_brief = brief_for(pack, "RAG or knowledge graphs for legal documents", judged=False)
    text = shown(asked_brief, pack)
    missing = text.index("Asked for and missing: 'knowledge graphs for legal documents'")
    assert missing < min(text.find(word) for word in ("Recommended", "Go on as today", "does not pay") if word in text)
    assert {row.id for row in asked_brief.options} == {RAG, TODAY}
    data = plain(brief_answer(asked_brief, pack))
    assert data["asked"]["missing"] == ["knowledge graphs for legal documents"]


def test_forms_that_no_record_sets_apart_are_not_set_against_each_other(
    pack: Pack, make: Callable[[str], Brief]
) -> None:
    brief = make("AWQ or GPTQ")
    assert brief.asked is not None and len(brief.asked.not_apart) == 2
    assert [row.id for row in brief.options if row.techniques] == ["quantization"]
    assert "Asked for and missing: 'Quantization: AWQ' (no record sets" in shown(brief, pack)
    assert "comes first" not in shown(brief, pack)


def test_an_aim_decides_by_what_it_names(pack: Pack, make: Callable[[str], Brief]) -> None:
    brief = make("reduce latency")
    assert brief.scenario.decide_by == "time saved"
    assert {"prompt-caching", "speculative-decoding"} <= {row.id for row in brief.options}
    assert all(row.latency_ratio.median < 1.0 for row in brief.options if row.techniques)


@pytest.mark.parametrize("words", ["autonomy", "can-research-be-used", "rlhf-worth", "hallucination", "RAG or agents"])
def test_only_what_pays_is_recommended(pack: Pack, make: Callable[[str], Brief], words: str) -> None:
    """By the mean, which decides, and by the median, which is shown; what does most without paying is said so."""
    brief = make(words)
    rows = {row.id: row for row in brief.options}
    found = brief.recommendation
    assert found is not None
    if found.option != TODAY:
        row = rows[found.option]
        assert row.net_benefit_mean > 0 and row.net_benefit.median > 0
        assert row.p_pays > 0.5
    text = shown(brief, pack)
    fitting = [row for row in brief.options if row.fits]
    if fitting[0].id != found.option:
        assert brief.leader is not None and brief.leader.option == fitting[0].id
        assert "does not pay" in text and "does not pay" in chosen_of(brief)
        first = rows[brief.leader.option]
        assert first.net_benefit_mean <= 0 or first.net_benefit.median <= 0
    assert ("Recommended:" in text) == (found.option != TODAY)
    assert ("Go on as today: nothing" in text) == (found.option == TODAY)


def test_one_statistic_of_one_quantity(pack: Pack, make: Callable[[str], Brief]) -> None:
    """What an option nets is the median with 90 % in the head and in the table; the mean is named where it stands."""
    brief = make("RAG or agents")
    text = shown(brief, pack)
    for row in brief.options:
        assert money_interval(row.net_benefit) in text
        bare = text.replace(money_interval(row.net_benefit), "")
        mean = money(row.net_benefit_mean, sign=True)
        assert bare.count(mean) == bare.count(f"on average {mean}") or not row.techniques


def test_what_a_form_has_of_its_technique_is_marked(pack: Pack, make: Callable[[str], Brief]) -> None:
    brief = make("domain-or-general")
    row = next(row for row in brief.options if row.id == "domain-model")
    assert "latency" in row.inherited or "cost" in row.inherited
    assert "~" in shown(brief, pack)
    tuned = next(row for row in brief.options if row.id == "tune")
    assert not tuned.inherited


def test_forms_of_another_question_are_set_apart(pack: Pack, make: Callable[[str], Brief]) -> None:
    for words in ("enterprise-readiness", "system-prompts-control"):
        brief = make(words)
        row = next(row for row in brief.options if row.id == "injection-defence")
        assert row.apart and not row.fits and row.p_best == 0.0
        assert "set apart, its quality is utility under attack" in shown(brief, pack)


def test_columns_of_which_nothing_is_known_are_not_announced(pack: Pack, make: Callable[[str], Brief]) -> None:
    named = ("autonomy", "enterprise-readiness", "system-prompts-control")
    for scenario in (scenario for scenario in scenarios_of(pack) if scenario.id in named):
        brief = make(scenario.id)
        for outcome in scenario.outcomes:
            known = any(row.outcomes.get(outcome) is not None for row in brief.options)
            announced = outcome in legend(brief, pack).partition("multiples of today's (")[0].rpartition("; ")[2]
            assert known == announced


def test_records_that_tried_both_are_held_to_the_options_own_figures(make: Callable[[str], Brief], pack: Pack) -> None:
    """Each option's figure is of its own tasks and baselines; where records with both say otherwise, the brief does."""
    brief = make("RAG or fine-tuning")
    own = {row.techniques[0]: row.failures_removed.median for row in brief.options if len(row.techniques) == 1}
    tried = {(one.first, one.second): one.p_better for one in brief.direct if one.outcome == "quality"}
    turned = {pair for pair, p in tried.items() if (own[pair[0]] > own[pair[1]]) != (p > 0.5)}
    assert turned == {(TUNE, LORA)}
    text = shown(brief, pack)
    assert "Otherwise than the failures removed above: Instruction tuning against LoRA / QLoRA." in text
    assert "Otherwise" not in shown(make("RAG or agents"), pack)
    # Shares of time are not money: by which of them it is better is said.
    assert "by what decides here" in shown(make("reduce latency"), pack)
    assert "by what decides here" not in text


def test_the_answer_says_where_what_decides_is_assumed(pack: Pack) -> None:
    """Prompt caching saves time with more than 99 %, by an assumption alone: no record of its latency answers."""
    brief = brief_for(pack, "reduce latency", judged=False)
    assert brief.recommendation is not None and brief.recommendation.option == "prompt-caching"
    assert "What decides is assumed of it: no record measures it." in shown(brief, pack)
    assert "assumed of it" not in shown(brief_for(pack, "RAG or LoRA", judged=False), pack)
