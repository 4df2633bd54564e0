"""The reader against claims in two languages, six tones and many voices; and against what no reader should trip over.

`base.jsonl` holds one plain sentence a form and technique.  `voices.jsonl` holds eleven sets in the voice of posts,
tickets and emails, by three hands.  Of those a claim is taken only where every word was read; of the others the
nearest claim is told, and no verdict given.
"""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

import tierproof
from challenge.wordings import frames, in_tones, lines_of
from pace import timed
from tierproof.challenge.claim import FORMS, Claim
from tierproof.challenge.reading import LONGEST_TEXT, Vocabulary, parse, vocabulary_of
from tierproof.evidence import load_pack

PACK = Path(tierproof.__file__).parent / "packs" / "production_ai"
BASE = lines_of("base.jsonl")
VOICES = lines_of("voices.jsonl")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return vocabulary_of(load_pack().techniques)


def _only(text: str, vocabulary: Vocabulary) -> Claim:
    claims = parse(text, vocabulary).claims
    assert len(claims) == 1, (text, claims)
    return claims[0]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("base", BASE, ids=lambda base: base["en"])
def test_plain_claims_are_read(base: dict[str, object], language: str, vocabulary: Vocabulary) -> None:
    claim = _only(str(base[language]), vocabulary)
    assert [claim.form, list(_whole(claim.subjects)), list(_whole(claim.objects)), claim.negated] == [
        base["form"],
        base["subjects"],
        base["objects"],
        base["negated"],
    ]


def test_plain_claims_cover_every_form_and_enough_ground() -> None:
    assert len(BASE) >= 60
    assert {base["form"] for base in BASE} == set(FORMS)
    assert all(len(tones) == 6 for tones in frames().values())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_tone_changes_nothing_of_a_claim(language: str, vocabulary: Vocabulary) -> None:
    changed = []
    for number, base in enumerate(BASE):
        plain = parse(base[language], vocabulary).claims
        # Every frame meets a quarter of the claims, every claim a quarter of the frames.
        some = list(in_tones(base[language], language))[number % 4 :: 4]
        changed += [(tone, text) for tone, text in some if parse(text, vocabulary).claims != plain]
    assert changed == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_both_languages_say_the_same(language: str, vocabulary: Vocabulary) -> None:
    """An English sentence and its Russian translation give one canonical claim, to the field."""
    differing = [
        base["en"]
        for base in BASE
        if (english := _only(base["en"], vocabulary)) != (russian := _only(base["ru"], vocabulary))
        and (english.outcome, russian.outcome) != (None, "quality")
    ]
    # Two sentences name an outcome or a setting that their translation leaves out; more would be a fault.
    assert len(differing) <= 3, differing


def _whole(names: Iterable[str]) -> tuple[str, ...]:
    """Techniques, a form of one counted as its whole: the sets were written before forms had names."""
    return tuple(sorted({name.partition("/")[0] for name in names}))


def _as_then(names: Iterable[str]) -> tuple[str, ...]:
    """The same where "fine-tuning", which names two since the sets were written, is the one that it named then."""
    whole = _whole(names)
    family = {"lora", "instruction-fine-tuning"} <= set(whole)
    return tuple(name for name in whole if not (family and name == "lora"))


def test_real_voices_are_read_or_refused(vocabulary: Vocabulary) -> None:
    """What is taken is what was meant; what is not taken whole is named, in two of three cases with the claim meant.

    Measured 2026-12-01: 0.98 of what is taken, 0.48 of all; 0.65 with the nearest.  A floor below each guards against
    falling back.
    """
    hits = taken = near = wanted = 0
    for voice in VOICES:
        parsed = parse(voice["text"], vocabulary)
        got = Counter((claim.form, _as_then(claim.subjects)) for claim in parsed.claims)
        close = Counter(
            (part.nearest.form, _as_then(part.nearest.subjects)) for part in parsed.not_understood if part.nearest
        )
        want = Counter((claim["form"], tuple(claim["subjects"])) for claim in voice["claims"])
        hits += (got & want).total()
        near += ((got + close) & want).total()
        taken += got.total()
        wanted += want.total()
    assert hits / taken >= 0.97
    assert hits / wanted >= 0.47
    assert near / wanted >= 0.64


def test_real_voices_keep_denials_and_opponents(vocabulary: Vocabulary) -> None:
    wrong = []
    for voice in VOICES:
        read = {(claim.form, _as_then(claim.subjects)): claim for claim in parse(voice["text"], vocabulary).claims}
        for claim in voice["claims"]:
            found = read.get((claim["form"], tuple(claim["subjects"])))
            if found is not None and (
                found.negated != claim["negated"]
                or (claim["objects"] and list(_as_then(found.objects)) != claim["objects"])
            ):
                wrong.append(voice["text"])
    assert wrong == []


def test_claims_of_the_pack_are_read(vocabulary: Vocabulary) -> None:
    """`claims.toml` states form and subjects; classes are written there without their asterisk."""
    for stated in tomllib.loads((PACK / "claims.toml").read_text(encoding="utf-8"))["claims"]:
        for language in ("en", "ru"):
            claims = parse(stated.get("plainly", {}).get(language, stated[language]), vocabulary).claims
            if stated["form"] == "none":
                # No form of the pack's fits; whatever is read names no technique.
                assert all(name.startswith("*") for claim in claims for name in claim.subjects)
                continue
            assert [claim.form for claim in claims] == [stated["form"]], stated[language]
            spoken_of = {name.removeprefix("*") for name in _whole(claims[0].subjects + claims[0].objects)}
            assert set(stated["subjects"]) <= spoken_of, stated[language]


@pytest.mark.parametrize(
    ("text", "form", "negated"),
    [
        ("RAG doesn't hurt accuracy", "harms", True),
        ("RAG does not help", "helps", True),
        ("isnt RAG overhyped?", "overhyped", False),
        ("Разве RAG не переоценён?", "overhyped", False),
        ("retreival augmented generation helps", "helps", False),
        ("finetuning is a waste of money", "worth-it", True),
        ("промт инжиниринг рулит", "best", False),
        ("Файнтюнинг не окупается", "worth-it", True),
        ("rag is dead lol", "overhyped", False),
    ],
)
def test_slang_slips_denial_and_questions(text: str, form: str, negated: bool, vocabulary: Vocabulary) -> None:
    claim = _only(text, vocabulary)
    assert (claim.form, claim.negated) == (form, negated)


def test_several_claims_in_one_text(vocabulary: Vocabulary) -> None:
    claims = parse("RAG helps on long documents. LoRA is overhyped! Agents cost ten times more.", vocabulary).claims
    assert [claim.form for claim in claims] == ["helps", "overhyped", "at-least"]
    assert (claims[2].amount, claims[2].unit, claims[2].outcome, claims[2].direction) == (10, "times", "cost", "up")


def test_one_of_the_best_is_not_the_best(vocabulary: Vocabulary) -> None:
    assert _only("RAG is one of the most effective techniques", vocabulary).among
    assert _only("RAG — один из самых эффективных методов", vocabulary).among
    assert not _only("RAG is the most effective technique", vocabulary).among


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RAG ist besser als Fine-Tuning und das ist nicht schlecht", "another language"),
        ("検索拡張生成は役に立つ", "another language"),
        ("The weather is fine in Paris.", "no technique named"),
        ("We had a meeting on RAG.", "not understood"),
    ],
)
def test_what_is_not_understood_says_why(text: str, reason: str, vocabulary: Vocabulary) -> None:
    parsed = parse(text, vocabulary)
    assert parsed.claims == ()
    assert [part.reason for part in parsed.not_understood] == [reason]


@pytest.mark.parametrize("text", ["", "   \n", "?!", "\x00\x1b[2J"])
def test_text_without_words_claims_nothing(text: str, vocabulary: Vocabulary) -> None:
    assert parse(text, vocabulary).claims == ()


@pytest.mark.parametrize("unit", ["RAG helps. ", "RAG ", "и, ", "RAG, but "])
def test_a_long_text_is_read_in_seconds(unit: str, vocabulary: Vocabulary) -> None:
    text = unit * (LONGEST_TEXT // 4 // len(unit))
    _, seconds = timed(lambda: parse(text, vocabulary))
    # Half a second on one slow core; 5 is far from that and far from the minutes of a quadratic parser.
    assert seconds < 5


@pytest.mark.parametrize("unit", ["a", "и, "])
def test_what_stands_beyond_the_longest_text_is_not_read(unit: str, vocabulary: Vocabulary) -> None:
    parsed, seconds = timed(lambda: parse(unit * (1_000_000 // len(unit)), vocabulary))
    assert seconds < 20
    assert any(part.reason == "too long" and part.span[0] == LONGEST_TEXT for part in parsed.not_understood)


_RUN_ON = {
    "en": "RAG LoRA agents improves quality beats than not and or that it is false always 30 percent of failures cost",
    "ru": "RAG дообучение агенты улучшает качество лучше чем не и или что неверно всегда 30 процентов ошибок стоимость",
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ten_thousand_letters_without_a_stop_are_read_in_a_second(language: str, vocabulary: Vocabulary) -> None:
    words = _RUN_ON[language].split()
    text = " ".join(words[(7 * place) % len(words)] for place in range(2000))[:10_000]
    parse(text[:1000], vocabulary)
    started = time.process_time()
    parse(text, vocabulary)
    # A third of a second on one core; a parser that is not linear takes ten.
    assert time.process_time() - started < 2.0


def test_a_thousand_claims_take_seconds() -> None:
    """On one loaded pack, from the door that people use: pooled once, each claim judged once."""
    pack = load_pack()
    texts = [base[language] for base in BASE for language in ("en", "ru")]
    tierproof.critique(texts[0], pack)
    started = time.process_time()
    for text in texts:
        tierproof.critique(text, pack)
    # 132 claims, half of them on a technique's first outcome: about 2 s; a fresh pooling for each would take 50.
    assert time.process_time() - started < 8.0


@pytest.mark.parametrize(
    ("text", "form", "fields"),
    [
        ("more than half of companies use RAG", "adopted", {"amount": 50.0, "unit": "percent", "bound": "more-than"}),
        ("you get 3x throughput from quantization", "at-least", {"amount": 3.0, "direction": "up"}),
        ("Роутер экономит хотя бы половину бюджета", "at-least", {"outcome": "cost", "direction": "down"}),
        ("Agents cost 10 times more than RAG", "at-least", {"outcome": "cost", "direction": "up", "amount": 10.0}),
        ("Агенты стоят в 10 раз дороже", "at-least", {"outcome": "cost", "direction": "up"}),
        ("MoE менее стабильна", "harms", {"outcome": "stability"}),
    ],
)
def test_figures_directions_and_denials_are_kept(
    text: str, form: str, fields: dict[str, object], vocabulary: Vocabulary
) -> None:
    claim = _only(text, vocabulary)
    assert claim.form == form
    assert {name: getattr(claim, name) for name in fields} == fields


def test_a_winner_without_a_name_makes_nobody_the_best(vocabulary: Vocabulary) -> None:
    assert parse("Blockchain beats RLHF", vocabulary).claims == ()
    assert _only("RAG is unbeaten", vocabulary).form == "best"
    # Better than something that has no name here is neither better than all nor better than nothing.
    assert parse("RAG beats grep", vocabulary).claims == ()
    everything = _only("RAG beats everything", vocabulary)
    assert everything == _only("RAG outperforms everything else", vocabulary)


@pytest.mark.parametrize(
    "text",
    [
        "Model routing saves 40 % at no loss of quality.",
        "Model routing saves 40 % with no quality loss.",
        "Model routing cuts cost by 40 % with zero loss of accuracy.",
        "Маршрутизация моделей экономит 40 % при нулевой потере качества.",
    ],
)
def test_a_saving_and_no_loss_are_two_claims(text: str, vocabulary: Vocabulary) -> None:
    saving, loss = parse(text, vocabulary).claims
    assert (saving.form, saving.outcome, saving.amount, saving.direction) == ("at-least", "cost", 40, "down")
    assert (loss.form, loss.outcome, loss.negated, loss.amount) == ("harms", "quality", True, None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Model routing saves 40 % for some loss of quality.", "two changes, and one figure"),
        ("RAG is the only technique that pays.", "only technique"),
        ("Deduplication improves perplexity.", "perplexity"),
        ("RAG is not better than LoRA and cheaper.", "how far the denial reaches"),
    ],
)
def test_what_would_be_judged_as_another_claim_is_not_judged(text: str, word: str, vocabulary: Vocabulary) -> None:
    read = parse(text, vocabulary)
    assert not read.claims
    assert word in " ".join(read.not_understood[0].words)


@pytest.mark.parametrize(
    ("text", "outcome", "won"),
    [
        ("RAG is better than LoRA and cheaper.", "cost", "retrieval-augmented-generation"),
        ("RAG beats LoRA and is faster.", "latency", "retrieval-augmented-generation"),
        ("RAG лучше LoRA и дешевле.", "cost", "retrieval-augmented-generation"),
        ("RAG is better than LoRA but more expensive.", "cost", "lora"),
    ],
)
def test_a_second_comparison_has_the_other_side_of_the_first(
    text: str, outcome: str, won: str, vocabulary: Vocabulary
) -> None:
    second = parse(text, vocabulary).claims[1]
    assert (second.form, second.outcome, second.subjects) == ("beats", outcome, (won,))
    assert len(second.objects) == 1


def test_an_amount_on_average_is_of_the_average(vocabulary: Vocabulary) -> None:
    assert _only("RAG improves accuracy on average by 12 %", vocabulary).quantifier == "on-average"
    assert _only("В среднем RAG убирает 10 % ошибок", vocabulary).quantifier == "on-average"
    assert _only("RAG helps on average", vocabulary).quantifier is None


def test_plus_is_no_french(vocabulary: Vocabulary) -> None:
    assert parse("RAG plus fine-tuning beats either alone.", vocabulary).language == "en"
