"""Repeats are found: exactly the planted ones, exact and near, whatever lies around them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierproof.errors import InputError
from tierproof.systems.parts.prompt import Example, Prompt
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import conversation
from tierproof.systems.training.bench import lessons_and_texts
from tierproof.systems.training.data.duplicates import find_repeats, jaccard, shingles
from tierproof.systems.training.data.examples import without_items
from tierproof.systems.training.data.rewards import comparable

WORDS = [
    f"{first}{second}"
    for first in ("ba", "do", "fi", "gu", "ka", "lo")
    for second in ("ren", "sto", "mil", "tar", "vun")
]


def sentence(rng: random.Random, words: int = 30) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


def planted(rng: random.Random) -> tuple[list[str], dict[int, int]]:
    """200 unlike texts, then 10 copies in other clothes and 10 with their last word changed; where each came from.

    One word of 30 at the end changes one 3-gram of 28: Jaccard 27/29 = 0.93, above the threshold of 0.8.
    """
    texts = [sentence(rng) for _ in range(200)]
    of = {}
    for copy in range(10):
        of[len(texts)] = copy
        texts.append(f"  {texts[copy].upper()}\n")
        source = 100 + copy
        of[len(texts)] = source
        texts.append(" ".join([*texts[source].split()[:-1], "changed"]))
    return texts, of


@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_planted_repeats_go(seed: int) -> None:
    texts, of = planted(random.Random(seed))
    found = find_repeats(texts)
    assert found.of == of
    assert found.exact == 10
    assert found.kept == tuple(range(200))


def test_with_threshold_one_only_exact_repeats_go() -> None:
    texts, of = planted(random.Random(1))
    found = find_repeats(texts, 1.0)
    assert found.of == {late: early for late, early in of.items() if early < 100}


def test_all_pairs_above_the_threshold_are_found_and_none_below() -> None:
    # Against the definition, computed for all pairs: texts that share a head of growing length.
    rng = random.Random(3)
    base = sentence(rng, 60).split()
    texts = [" ".join([*base[:cut], *sentence(rng, 60 - cut).split()]) for cut in range(60, 0, -1)]
    found = find_repeats(texts, 0.5)
    sets = [shingles(text) for text in texts]
    for place in range(len(texts)):
        alike = [other for other in found.kept if other < place and jaccard(sets[place], sets[other]) >= 0.5]
        assert found.of.get(place) == (alike[0] if alike else None)


def test_short_texts_are_compared_by_letters() -> None:
    found = find_repeats(["Where is the grey heron?", "Where is the grey heron now?", "Who paints the gate?"], 0.7)
    assert found.of == {1: 0}


@given(st.lists(st.text(max_size=40), max_size=12))
@settings(max_examples=60)
def test_what_is_kept_repeats_nothing_kept(texts: list[str]) -> None:
    found = find_repeats(texts)
    assert sorted((*found.kept, *found.of)) == list(range(len(texts)))
    assert all(early in found.kept and early < late for late, early in found.of.items())
    again = find_repeats([texts[place] for place in found.kept])
    assert not again.of


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5])
def test_a_threshold_outside_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(InputError, match="threshold"):
        find_repeats(["a"], threshold)


SHARED = " ".join(f"Rule {n}: mind paragraph {7 * n} of the book." for n in range(60))


def test_a_shared_system_message_makes_no_copies() -> None:
    things = ("lamp", "tent", "stove", "rope")
    texts = [f"{SHARED}\nWhere is my {things[n % 4]}, order {900 + 31 * n}?\nIt left on day {n}." for n in range(40)]
    assert find_repeats(texts).of == {}
    # One that does repeat is found beneath it.
    assert find_repeats([*texts, texts[3].upper()]).of == {40: 3}


@pytest.mark.parametrize(
    "template",
    [
        "Name the one of our five departments to which this message belongs, and nothing else: {} Department: sales",
        "{} - the above is what a customer wrote to us; name in one word what he or she is asking us for",
        "请说出下面这条客户留言属于我们五个部门中的哪一个，不要写别的内容：{}",
    ],
)
def test_a_template_around_every_text_makes_no_copies(template: str) -> None:
    # In one line, so that no sentence or line is shared as a whole.
    rng = random.Random(5)
    texts = [template.format(sentence(rng, 6)) for _ in range(40)]
    assert find_repeats(texts).of == {}
    assert find_repeats([*texts, texts[3].upper()]).of == {40: 3}


def test_copies_that_differ_in_a_word_are_copies_however_many() -> None:
    texts = [f"How do I block my card, number {n}?" for n in "abcdefgh"]
    assert find_repeats(texts, 0.7).kept == (0,)


def test_what_the_system_asks_all_with_is_not_compared() -> None:
    rules = Prompt(system=SHARED, template="Answer this: {input} (in one sentence, kindly, and without a promise)")
    train = tuple(Example(input=f"Where is the {one}?", output=f"In {one}'s box") for one in ("lamp", "tent", "lamp"))
    pairs = lessons_and_texts(System(model="m", steps=None, prompt=rules), Resources(train=train))  # type: ignore[arg-type]
    assert [own for _, own in pairs][:2] == ["Where is the lamp?\nIn lamp's box", "Where is the tent?\nIn tent's box"]
    assert pairs[0][0].messages[0]["content"] == SHARED
    assert find_repeats([own for _, own in pairs]).of == {2: 0}


def test_two_questions_on_one_document_are_two() -> None:
    texts = [f"{SHARED}\n{end}" for end in ("Who wrote it?\nAda", "When was it sold?\n1912", "Who wrote it?\nAda")]
    assert find_repeats([*texts, "Something else.", "And more of it."]).of == {2: 0}


def test_texts_without_blanks_are_compared_by_letters() -> None:
    one = "这盏床头灯的保修期是两年，从购买之日起计算，请保留发票。"
    near, other = one.replace("请", "请您"), "退货请在三十天之内寄回，并附上发票和原包装，谢谢合作。"
    assert find_repeats([one, near, other], 0.7).of == {1: 0}


def test_an_item_with_another_mark_is_the_item() -> None:
    asked = ("How do I block a card?", "how do i block a card", "How do I block the card!", "How do I open a card?")
    taught = [
        conversation(({"role": "user", "content": text}, {"role": "assistant", "content": "x"})) for text in asked
    ]
    left = without_items(taught, ["How do I block a card ?"])
    assert [one.asked for one in left] == ["How do I open a card?"]


def test_an_item_in_parts_is_the_item() -> None:
    parts = [{"type": "text", "text": "How do I "}, {"type": "text", "text": "block a card?"}]
    taught = conversation(({"role": "user", "content": parts}, {"role": "assistant", "content": "x"}))
    assert taught.asked == "How do I block a card?"
    assert without_items([taught], ["How do I block a card?"]) == ()


def test_an_answer_with_nothing_after_its_mark_rewards_no_silence() -> None:
    assert not comparable("exact", "Answer: ", "Answer:")
    assert comparable("exact", "Answer: 4", "Answer:") and comparable("overlap", "four", "Answer:")


def test_a_mark_at_the_end_of_a_sentence_makes_no_other_example() -> None:
    texts = [
        "Where may I leave the keys of the cabin after noon?\nIn the box.",
        "Where may I leave the keys of the cabin after noon\nIn the box",
        "Where may I leave the keys of the boat after noon\nWith the guard",
    ]
    assert find_repeats(texts).kept == (0, 2)
