"""The option that an answer picks: stated in many ways, among others, denied, not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pace import timed
from tierproof.experiment.workload.scorers.pick import picked

OPTIONS = dict(zip("ABCD", ("Iron", "Copper", "Silver", "Gold"), strict=True))


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("C", "C"),
        ("c", "C"),
        ("option c", "C"),
        ("C. Option A would be wrong here, and B is wrong as well.", "C"),
        ("C because B and D are false", "C"),
        ("A, B and D are wrong. C", "C"),
        ("Answer C. Distractors: A, B, D.", "C"),
        ("Only C fits", "C"),
        ("Not only C fits", None),
        ("\\framebox{C}", "C"),
        ("(c)", "C"),
        ("**C**", "C"),
        ("`C`", "C"),
        ("Ｃ", "C"),
        ("（Ｃ）", "C"),
        ("C) Silver", "C"),
        ("C. silver.", "C"),
        ("Silver", "C"),
        # Taken back, and stated anew; what is only told of another is no statement.
        ("The answer is A. Wait, actually it's C.", "C"),
        ("Answer: A. Correction: C", "C"),
        ("答案是A。等等，不对，应该是C", "C"),
        ("The answer is C. Wait, let me check that again. Yes.", "C"),
        ("The answer is C. Actually, A is wrong.", "C"),
        ("The answer is C. Note: actually A was used until 1900.", "C"),
        ("不是A，而是C", "C"),
        # Boxes to tick, and rows of a table.
        ("- [ ] A\n- [ ] B\n- [x] C\n- [ ] D", "C"),
        ("- [x] A\n- [ ] B\n- [x] C", None),
        ("| Option | Right |\n|---|---|\n| A | no |\n| B | no |\n| C | yes |\n| D | no |", "C"),
        # Letters of a Russian keyboard; its third may be meant for B.
        ("Ответ: С", "C"),
        ("Ответ: В", None),
        # Boxes, as models of mathematics write them.
        ("\\boxed{C}", "C"),
        ("$\\boxed{\\textbf{C}}$", "C"),
        ("\\(\\boxed{\\text{(C) Silver}}\\)", "C"),
        ("A seems near, but \\boxed{C}.", "C"),
        # Stated.
        ("The answer is (C).", "C"),
        ("the answer is c", "C"),
        ("The correct answer is **C**.", "C"),
        ("The final answer should be C", "C"),
        ("The correct option must be C: Silver", "C"),
        ("Answer - C", "C"),
        ("Answer → C", "C"),
        ("ANSWER:\n\nC", "C"),
        ("**Final answer**\n\nC", "C"),
        ('{"answer": "C"}', "C"),
        ("<answer>C</answer>", "C"),
        ("I would pick C.", "C"),
        ("I'm going with option C", "C"),
        ("I'd say C", "C"),
        ("My choice is C", "C"),
        ("C is the right one.", "C"),
        ("Of these, only C is true.", "C"),
        ("Therefore C.", "C"),
        ("A, B and D cannot be, so C.", "C"),
        ("So, B or C.", None),
        # By its place.
        ("The third option.", "C"),
        ("Option 3", "C"),
        ("The first one is wrong, the third one is right.", "C"),
        ("The second or the third option.", None),
        ("Iron? No. Gold? No. It's silver.", "C"),
        ("It is silver or gold.", None),
        ("C because it conducts best", "C"),
        ("C - it conducts best, unlike A", "C"),
        ("The answer is silver, which conducts best", "C"),
        ("The best choice is a shiny one: silver", "C"),
        # In other languages.
        ("Die richtige Antwort ist C.", "C"),
        ("Lösung: C", "C"),
        ("La bonne réponse est C.", "C"),
        ("La respuesta correcta es la C", "C"),
        ("Risposta: C", "C"),
        ("A resposta é C", "C"),
        ("Het antwoord is C", "C"),
        ("Правильный ответ — C", "C"),
        ("答案是C", "C"),
        ("我选C。", "C"),
        ("正解はCです", "C"),
        ("정답은 C입니다", "C"),
        # Among others.
        ("A. Iron: rusts\nB. Copper: green\nC. Silver: yes\nD. Gold: dear\n\nC", "C"),
        ("It could be A. But gold is dear, so the answer is C.", "C"),
        ("Answer: C. Option A would be wrong since iron rusts.", "C"),
        ("The answer is C, not option B", "C"),
        ("The answer is not A but C", "C"),
        ("C is correct. Option D is not.", "C"),
        ("Option A is wrong; option C is right.", "C"),
        ("A is wrong, B is wrong, D is wrong. So C.", "C"),
        ("We can rule out A, B and D. Hence C", "C"),
        ("The answer is C (not D)", "C"),
        ("First I said: the answer is A. On reflection the answer is C.", "C"),
        ("A: wrong. B: wrong. C: right. D: wrong.", "C"),
        ("A. Iron - False\nB. Copper - False\nC. Silver - True\nD. Gold - False", "C"),
        ("A ✗\nB ✗\nC ✓\nD ✗", "C"),
        ("A: wrong\nB: right\nC: right\nD: wrong", None),
        ("A: right. B: right. C: wrong. D: right.", None),
        ("It is C, not A.", "C"),
        ("I think it's C, not A.", "C"),
        ("Is it A? No, it's C.", "C"),
        ("It's C or D", None),
        ("The answer can't be C.", None),
        ("The answer cannot be A, so it must be C.", "C"),
        ("Вариант C верный, A неверный", "C"),
        ("<final>C</final>", "C"),
        ("A no. B no. D no. So C remains.", "C"),
        ("By elimination, C.", "C"),
        ("That makes C the correct answer.", "C"),
        ("It is neither A, B nor D; C it is.", "C"),
        ("Between C and D, C is better.", "C"),
        ("The answer to question A is C", "C"),
        ("Answer: ~~A~~ C", "C"),
        ("## C ##", "C"),
        ("Gold or silver? Silver.", "C"),
        ("The answer is silver, although gold is dearer", "C"),
        ("The answer is silver, gold", None),
        ('{"reason": "A rusts", "answer_letter": "C"}', "C"),
        ('Here it is:\n{"choice": "silver", "confidence": 0.9}', "C"),
        # Words that look like letters.
        ("This is a hard question.", None),
        ("The answer is a metal that shines.\n\nC. Silver", "C"),
        ("The answer is a little tricky, but I'd say C.", "C"),
        ("The answer is A because it rusts", "A"),
        # None, or several.
        ("", None),
        ("E", None),
        ("B or C", None),
        ("Answer: B and C", None),
        ("Copper or silver", None),
        ("It is not silver", None),
        ("C is false.", None),
        ("I can't choose C.", None),
        ("I would not go with C.", None),
        ("It is anything but C", None),
        ("The options are A, B, C and D.", None),
        ("A metal that I do not know", None),
        ("Answer: A metal like any other", None),
        ("Vitamin C is a thing.", None),
        ("I don't know.", None),
        # A letter that is part of a name picks nothing.
        ("Vitamin C", None),
        ("See Appendix B.", None),
        ("The answer is hepatitis B.", None),
        ("Appendix B: it is Silver", "C"),
        ("Vitamin B is in food. The metal is Silver.", "C"),
        ("Model B", "B"),
        # Several, however they are parted.
        ("Answer: A; B", None),
        ("Answer: A B", None),
        ("Answer: A, maybe B", None),
        ("Answer: A and also B", None),
        ("答案：A、C", None),
        ("A与B", None),
        ("- A\n- B", None),
        ("Answer: Copper (A)", None),
        ("Answer: Copper (B)", "B"),
        # Letters that look alike, in Markdown too.
        ("**С**", "C"),
        ("Ответ: А и С", None),
        ("It is Silver, since Iron and Gold are not.", "C"),
    ],
)
def test_one_option_is_read_or_none(answer: str, letter: str | None) -> None:
    assert picked(answer, OPTIONS) == letter


def test_options_may_be_numbers_and_words() -> None:
    numbers = {"1": "yes", "2": "no", "3": "perhaps"}
    assert picked("The answer is 2", numbers) == "2"
    assert picked("I choose 3.", numbers) == "3"
    assert picked("2) no", numbers) == "2"
    assert picked("perhaps", numbers) == "3"


def test_what_a_calculation_comes_to_is_said() -> None:
    numbers = {"A": "12", "B": "15", "C": "27"}
    assert picked("12 + 15 = 27", numbers) == "C"
    assert picked("12 + 15 = 28", numbers) is None


def test_an_option_that_is_a_tag_is_no_letter() -> None:
    tags = {"A": "<b>", "B": "<i>"}
    assert picked("<b>", tags) == "A"
    assert picked("<final>B</final>", tags) == "B"


def test_a_longer_option_hides_the_one_within_it() -> None:
    options = {"A": "York", "B": "New York"}
    assert picked("It is New York, I think", options) == "B"
    assert picked("It is York, I think", options) == "A"


@given(
    st.sampled_from("ABCD"),
    st.sampled_from(["The answer is {}.", "{}", "({})", "**{}**", "Answer: {}", "\\boxed{{{}}}"]),
)
def test_every_letter_is_read_alike(letter: str, form: str) -> None:
    assert picked(form.format(letter), OPTIONS) == letter


@given(st.text(max_size=200))
def test_whatever_is_written_is_read_without_a_fault(text: str) -> None:
    assert picked(text, OPTIONS) in {None, *OPTIONS}


@pytest.mark.parametrize(
    "text",
    ["(" * 20_000, "the answer is " * 2000, "*" * 20_000, "answer " * 3000, "is B " * 4000],
    ids=lambda text: text[:8],
)
def test_long_answers_made_to_be_slow_are_read_in_time(text: str) -> None:
    # A third of a second on a machine to itself; a quadratic reading took twenty.
    _, seconds = timed(lambda: picked(text, OPTIONS))
    assert seconds < 5
