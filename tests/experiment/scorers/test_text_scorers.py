"""Scorers that compare at once, against values worked out by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.experiment.workload.scorers import Place, Score, Scoring, scorer_from
from tierproof.systems.models import ChatReply, ChatRequest
from tierproof.techniques import Item


class NoCaller:
    """No scorer here may call a model."""

    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        raise AssertionError("a call was made")


def scored(table: dict[str, Any], target: Any, answer: str, folder: Path = Path(), **metadata: Any) -> Score:
    scorer = scorer_from(table, Place(folder=folder))
    assert isinstance(scorer, Scoring)
    item = Item(id="1", input="?", target=target, metadata=metadata)
    assert scorer.fault(item) == ""
    return asyncio.run(scorer.score(item, answer, NoCaller()))


LEFT_OPEN = (
    "at least 8",
    "8 or more",
    "8+",
    ">8",
    "x \\geq 8",
    "не менее 8",
    "mindestens 8",
    "至少8个",
    "at least eight",
    "7~8",
    "7 - 8",
    "7 … 8",
    "[7, 8]",
    "x_1 = 7, x_2 = 8",
    "from 7 to 8 days",
    "entre 7 et 8",
    "от 7 до 8",
    "de 7 a 8",
    "семь или восемь",
    "8, 7, 8",
    "8; 7 and 8",
)
STATED = (
    "This adds up to 8.",
    "x => 8",
    "5*3=<<5+3=8>>8",
    "It rose from 7 to 8.",
    "20 - 12 = 8",
    "<answer>8</answer>",
    "p = 3 and q = 8",
    "He has 3 boxes of 14. The answer is eight.",
    "**8**\n\nExplanation: 2 and 3",
    "The answer is 8, since 3 and 5 make it",
)


@pytest.mark.parametrize(
    ("table", "target", "answer", "value"),
    [
        ({"kind": "exact"}, "Paris", " Paris\n", 1),
        ({"kind": "exact"}, "Paris", "paris", 0),
        # JSON calls it `true`, Python `True`.
        ({"kind": "exact"}, True, "true", 1),
        ({"kind": "exact"}, False, "False", 1),
        ({"kind": "exact"}, False, "true", 0),
        ({"kind": "number"}, "56", "Answer: 56\n\nFirst 7 x 8 is counted.", 1),
        ({"kind": "number"}, "56", "The answer is: **56**. To check: 56 / 8 = 7.", 1),
        ({"kind": "number"}, "56", "Answer: 7 x 8 = 56", 1),
        # It leaves open which number it is, in a list of two or a range.
        ({"kind": "number"}, 6, "5 or 6", 0),
        ({"kind": "number"}, 3, "\\boxed{2 \\text{ or } 3}", 0),
        ({"kind": "number"}, 20, "10–20", 0),
        ({"kind": "number"}, 8, "7～8天", 0),
        ({"kind": "number"}, 1, "2024-05-01", 0),
        ({"kind": "number"}, 7, "between 5 and 7", 0),
        ({"kind": "number"}, 7, "5 to 7 days", 0),
        ({"kind": "number"}, [2, 3], "x = 2 or x = 3", 1),
        ({"kind": "number"}, 0.5, "1/2 or 50%", 1),
        ({"kind": "number"}, 200, "2 m or 200 cm", 1),
        ({"kind": "number"}, 12, "It is 12 [1–3].", 1),
        ({"kind": "number"}, 6, "$5–$6", 0),
        ({"kind": "number"}, 12, "The answer is 12 (10 or 11 would be too few).", 1),
        ({"kind": "number"}, 20, "It rose from 10 to 20.", 1),
        ({"kind": "number"}, 12, "The sum of 5 and 7 is 12", 1),
        ({"kind": "number"}, 2.5e-4, "2.5E-4", 1),
        ({"kind": "number"}, 1.5e-3, "1.5 x 10-3", 1),
        # What is said to be none does not count.
        ({"kind": "number"}, 6, "It is 6, not 5.", 1),
        ({"kind": "number"}, 6, "6 instead of 5", 1),
        ({"kind": "number"}, 6, "6，而不是5", 1),
        ({"kind": "number"}, 5, "It is not 5.", 0),
        ({"kind": "number"}, 5, "Not 5.", 0),
        ({"kind": "number"}, 5, "It is **not** 5.", 0),
        ({"kind": "number"}, 5, "6, not **5**", 0),
        ({"kind": "number"}, 3, "x = 3, not x = 5", 1),
        ({"kind": "number"}, 144, "It is not 11^2 but 12^2", 1),
        ({"kind": "number"}, 42, "42, but I'm not 100 % sure", 1),
        ({"kind": "number"}, 12, "It is on page 12 of 30.", 1),
        ({"kind": "number"}, 2021, "on March 3 of 2021", 1),
        ({"kind": "number"}, 350_000_000, "3億5000万円", 1),
        ({"kind": "normalised"}, "1000", "1 000", 1),
        ({"kind": "normalised"}, "1500 км", "1\u202f500 км", 1),
        ({"kind": "normalised"}, "2020300", "2020 300", 0),
        ({"kind": "normalised"}, ".25", "0.25", 1),
        ({"kind": "normalised"}, "(3,7)", "(3, 7)", 1),
        ({"kind": "normalised"}, "(3,7)", "37", 0),
        ({"kind": "normalised"}, "y=4", "y=-4", 0),
        ({"kind": "normalised"}, "y=-4", "y = -4", 1),
        ({"kind": "exact", "ignore_case": True}, "Paris", "PARIS", 1),
        ({"kind": "exact"}, ["Paris", "Lutetia"], "Lutetia", 1),
        ({"kind": "exact"}, 42, "42", 1),
        ({"kind": "normalised"}, "The Hague", "hague.", 1),
        ({"kind": "normalised"}, "The Hague", "in The Hague", 0),
        ({"kind": "normalised", "contains": True}, "The Hague", "It is in The Hague!", 1),
        ({"kind": "normalised", "contains": True}, "art", "a party", 0),
        ({"kind": "normalised", "contains": True}, "...", "anything", 0),
        ({"kind": "normalised", "contains": True}, "7", "n=7", 1),
        ({"kind": "normalised", "contains": True}, "7", "n=17", 0),
        ({"kind": "normalised", "contains": True}, "Lima", "Quito/Lima", 1),
        ({"kind": "normalised", "contains": True}, "Lima", "Lima's port", 1),
        ({"kind": "normalised", "contains": True}, "北京", "答案：北京。", 1),
        ({"kind": "normalised"}, "5/8", "58", 0),
        ({"kind": "normalised"}, "F#", "F", 0),
        ({"kind": "normalised"}, "40 mg", "40mg", 1),
        ({"kind": "normalised"}, "4 0 mg", "40mg", 0),
        ({"kind": "normalised", "contains": True}, "4", "take 4mg", 0),
        ({"kind": "normalised"}, "İzmir", "izmir", 1),
        ({"kind": "exact"}, "one\ntwo", "one\r\ntwo", 1),
        ({"kind": "normalised"}, "O-", "O", 0),
        ({"kind": "normalised"}, "+5", "5", 1),
        ({"kind": "normalised"}, "Os\u200blo\ufeff", "Oslo", 1),
        ({"kind": "exact"}, "Oslo\u200b", "Oslo", 1),
        ({"kind": "exact"}, "caf\u00e9", "cafe\u0301", 1),
        ({"kind": "f1"}, [], "", 1),
        ({"kind": "f1"}, [], "Oslo", 0),
        ({"kind": "number", "decimal": "comma"}, 2.75, "Es sind 2,75 Liter.", 1),
        ({"kind": "number", "decimal": "comma"}, 75, "Es sind 2,75 Liter.", 0),
        ({"kind": "number"}, 2.75, "Es sind 2,75 Liter.", 1),
        ({"kind": "number"}, -6150, "($6,150)", 1),
        ({"kind": "number"}, "12", "So it is 12.", 1),
        ({"kind": "number"}, 12, "12.1", 0),
        ({"kind": "number", "absolute": 0.1}, 12, "12.1", 1),
        ({"kind": "number", "relative": 0.01}, 1000, "€1,009.99", 1),
        ({"kind": "number", "relative": 0.01}, 1000, "1010.1", 0),
        ({"kind": "number"}, 0, "0.0", 1),
        ({"kind": "number"}, 3, "no idea", 0),
        # Stated, and explained below; a box counts whatever is stated.
        ({"kind": "number"}, 14, "Answer: 14\nConfidence: 90 %", 1),
        ({"kind": "number"}, 14, "The answer is 14.\n\nExplanation: 2 boxes of 7", 1),
        ({"kind": "number"}, 14, '{"answer": 14, "confidence": 0.9}', 1),
        ({"kind": "number"}, 14, "\\boxed{14}, so the answer is 14 in 3 steps", 1),
        ({"kind": "number"}, 14, "Reasoning: there are 2 boxes of 7.\nThat is 14", 1),
        # A number that is left open is right only if all that it may be are.
        *(({"kind": "number"}, 8, answer, 0) for answer in LEFT_OPEN),
        *(({"kind": "number"}, [7, 9], answer, 0) for answer in ("7, 8, 9", "x = 7, x = 8 and x = 9")),
        ({"kind": "number"}, [7, 8, 9], "7, 8 and 9", 1),
        *(({"kind": "number"}, 8, answer, 1) for answer in STATED),
        ({"kind": "number"}, ["7", "8"], "7 or 8", 1),
        ({"kind": "number"}, "≥ 8", "at least 8", 1),
        ({"kind": "normalised"}, "x2", "x²", 0),
        ({"kind": "normalised"}, "x^2", "x²", 1),
        ({"kind": "normalised"}, "02139", "2139", 0),
        ({"kind": "normalised"}, "0.5", ".50", 1),
        # A target with a decimal comma says how answers are to be read, unless they cannot be read so.
        ({"kind": "number"}, "1,5", "Das sind 1,5.", 1),
        ({"kind": "number"}, "1,5", "1.5", 1),
        ({"kind": "number"}, "1,5", "2.5 - 1 = 1,5", 1),
        ({"kind": "number"}, "1,5", "5", 0),
        ({"kind": "number"}, "-1.234,567", "-1234,567", 1),
        ({"kind": "number"}, "1 234,5", "1.234,5 EUR", 1),
        ({"kind": "number"}, "1,500", "1500", 1),
        ({"kind": "number"}, ["1,5", 2], "It is 2.", 1),
        ({"kind": "number", "decimal": "comma"}, "1,500", "1,5", 1),
        ({"kind": "number", "decimal": "comma"}, 1500, "1500", 1),
        ({"kind": "number", "decimal": "point"}, "1,5", "5", 1),
        ({"kind": "regex", "pattern": r"\bno\b"}, None, "NO way", 1),
        ({"kind": "regex", "pattern": r"no", "where": "whole"}, None, "no way", 0),
        ({"kind": "regex", "ignore_case": False}, "^[a-z]+$", "Abc", 0),
        ({"kind": "f1"}, "cat sat here", "the cat sat down quietly", 4 / 7),  # 2 shared of 4 and 3 words
        ({"kind": "f1"}, ["dog", "cat"], "cat", 1),
    ],
)
def test_text_and_numbers(table: dict[str, Any], target: Any, answer: str, value: float) -> None:
    # Shares of small whole numbers: exact but for the last bit.
    assert scored(table, target, answer).value == pytest.approx(value, abs=1e-15)


def test_a_bound_answers_who_asks_for_one() -> None:
    scorer = scorer_from({"kind": "number"}, Place(folder=Path()))
    assert isinstance(scorer, Scoring)
    for asked, value in (("How many must he draw to be sure?", 1), ("How many are there?", 0)):
        assert scorer.mark(Item(id="1", input=asked, target=8), "at least 8").value == value


OPTIONS = ["Bern", "Oslo", "Rome", "New Bern"]


@pytest.mark.parametrize(
    ("answer", "picked"),
    [
        ("B", "B"),
        ("(b).", "B"),
        ("**B**", "B"),
        ("B) Oslo", "B"),
        ("Oslo", "B"),
        ("The answer is B, not C.", "B"),
        ("A is wrong. Answer: C. Hmm, answer: B", "B"),
        ("I think it must be Oslo, of course", "B"),
        ("Option (B)", "B"),
        ("Правильный ответ: B", "B"),
        ("A or B", None),
        ("Bern or Oslo", None),
        ("E", None),
        ("A city that I do not know", None),
        ("", None),
        ("New Bern", "D"),
    ],
)
def test_multiple_choice_reads_one_option_or_none(answer: str, picked: str | None) -> None:
    score = scored({"kind": "choice"}, picked or "B", answer, choices=OPTIONS)
    assert score.value == (1.0 if picked else 0.0), score.detail


def test_multiple_choice_takes_a_target_in_words_and_options_in_a_table() -> None:
    assert scored({"kind": "choice"}, "Rome", "C", choices=OPTIONS).value == 1
    assert scored({"kind": "choice", "options": "o"}, "2", "2", o={"1": "x", "2": "y"}).value == 1
    assert scored({"kind": "choice", "options": "o"}, "y", "K", o={"J": "x", "K": "y"}).value == 1


FIELDS = {"name": "Ada Lovelace", "born": 1815, "alive": False, "works": ["Notes"], "at": {"city": "London"}}


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"name": "ada lovelace.", "born": 1815, "alive": false, "works": ["notes"], "at": {"city": "London"}}', 1),
        ('{"name": "Ada", "born": 1815.0, "alive": 0, "works": [], "at": {"city": "London"}}', 2 / 5),
        ('```json\n{"born": 1815}\n```', 1 / 5),
        ('Here:\r\n```json\r\n{"born": 1815}\r\n```\r\nDone.', 1 / 5),
        ('```\nnot this\n```\nbut\n```json\n{"born": 1815}\n```', 1 / 5),
        ('```json {"born": 1815} ```', 1 / 5),
        ('```json\n{"born": 1815}\n```\nor\n```json\n{"born": 1816}\n```', 0),
        ('{"born": "1815", "alive": null}', 0),
        ('Sure!\n{"born": 1815}\nAnything else?', 1 / 5),
        ('Sure! {"born": 1815}', 1 / 5),
        ('I know {"born": 1815} of her', 0),
        ('Answer: {"born": 1815}', 1 / 5),
        ('{"born": 1815} is all I know', 1 / 5),
        ('`{"born": 1815}`', 1 / 5),
        ('<json>{"born": 1815}</json>', 1 / 5),
        ('**{"born": 1815}**', 1 / 5),
        ('Use {name}: {"born": 1815}', 1 / 5),
        # Of an object that was cut off, no part is the answer.
        ('{"more": {"born": 1815}, "la', 0),
        ('{"more": [\n{"born": 1815},\n{"la', 0),
        ('{"born": 1815}\n{"born": 1816}', 0),
        ("born 1815", 0),
        ("[1]", 0),
    ],
)
def test_json_fields_count_what_is_right(answer: str, value: float) -> None:
    assert scored({"kind": "json-fields"}, FIELDS, answer).value == pytest.approx(value, abs=1e-15)
    whole = scored({"kind": "json-fields", "all": True}, FIELDS, answer).value
    assert whole == (1 if value == 1 else 0)


def test_a_field_that_is_left_out_is_null_at_every_depth() -> None:
    target = {"at": {"city": "Oslo", "street": None}, "end": None}
    for answer, value in (
        ('{"at": {"city": "Oslo"}}', 1),
        ('{"at": {"city": "Oslo", "zip": null}, "end": null}', 1),
        ('{"at": {"city": "Oslo", "zip": 1}}', 1 / 2),
    ):
        assert scored({"kind": "json-fields"}, target, answer).value == value


def test_json_fields_of_a_csv_cell() -> None:
    assert scored({"kind": "json-fields", "fields": ["a"]}, '{"a": 1, "b": 2}', '{"a": 1}').value == 1


def test_json_schema(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "array", "minItems": 1}', encoding="utf-8")
    table = {"kind": "json-schema", "file": "s.json"}
    assert scored(table, None, "[1]", tmp_path).value == 1
    score = scored(table, None, "[]", tmp_path)
    assert (score.value, "non-empty" in score.detail or "too short" in score.detail) == (0, True)


def test_a_function_of_the_team(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def length(answer, item):\n    return min(1.0, len(answer) / 10), item.id\n"
        "async def same(answer, item):\n    return answer == item.target\n"
        "def wild(answer, item):\n    return 2\n"
        "def broken(answer, item):\n    return 1 / 0\n",
        encoding="utf-8",
    )
    assert scored({"kind": "function", "function": "mine.py:length"}, None, "abcde", tmp_path) == Score(0.5, "1")
    assert scored({"kind": "function", "function": "mine.py:same"}, "x", "x", tmp_path).value == 1
    with pytest.raises(InputError, match="gave 2 for item 1"):
        scored({"kind": "function", "function": "mine.py:wild"}, None, "x", tmp_path)
    with pytest.raises(InputError, match="failed on item 1: ZeroDivisionError"):
        scored({"kind": "function", "function": "mine.py:broken"}, None, "x", tmp_path)


@pytest.mark.parametrize(
    ("table", "field", "told"),
    [
        ({}, "scorer.kind", "kind is missing"),
        ({"kind": "normalized"}, "scorer.kind", "did you mean normalised?"),
        ({"kind": "number", "absolute": -1}, "scorer.absolute", ">= 0"),
        ({"kind": "exact", "casefold": True}, "scorer", "unknown field `casefold`"),
        ({"kind": "regex", "pattern": "("}, "scorer", "no regular expression"),
        ({"kind": "json-schema"}, "scorer.file", "no schema to score by"),
        ({"kind": "judge", "model": "m", "rubric": "r"}, "scorer.model", "none of the workload's"),
        ({"kind": "function", "function": "nowhere.py:f"}, None, "no such Python file"),
        ({"kind": "function", "function": "../f.py:f"}, "scorer.function", "outside the workload"),
        ({"kind": "function", "function": "f"}, "scorer.function", "file.py:name"),
        ({"kind": "code", "seconds": 0}, "scorer.seconds", "> 0"),
    ],
)
def test_what_is_wrong_with_a_scorer_is_told(table: dict[str, Any], field: str | None, told: str) -> None:
    with pytest.raises(InputError) as caught:
        scorer_from(table, Place(folder=Path()))
    assert told in str(caught.value)
    assert caught.value.problems[0].field == field


@pytest.mark.parametrize(
    ("table", "item", "fault"),
    [
        ({"kind": "exact"}, Item(id="1", input="?"), "no target"),
        ({"kind": "number"}, Item(id="1", input="?", target="many"), "no number"),
        ({"kind": "number"}, Item(id="1", input="?", target="2023-11-05"), "several numbers"),
        ({"kind": "number"}, Item(id="1", input="?", target="08:45"), "several numbers"),
        ({"kind": "choice"}, Item(id="1", input="?", target="A"), "no options"),
        ({"kind": "choice"}, Item(id="1", input="?", target="Z", metadata={"choices": ["x", "y"]}), "none of its"),
        ({"kind": "regex"}, Item(id="1", input="?", target="("), "no regular expression"),
        ({"kind": "json-fields"}, Item(id="1", input="?", target="x"), "no JSON object"),
        ({"kind": "json-fields", "fields": ["q"]}, Item(id="1", input="?", target={"a": 1}), "no field q"),
        ({"kind": "code"}, Item(id="1", input="?"), "no target"),
    ],
)
def test_an_item_that_cannot_be_scored_is_found_before_anything_is_paid(
    table: dict[str, Any], item: Item, fault: str
) -> None:
    scorer = scorer_from(table, Place(folder=Path()))
    assert isinstance(scorer, Scoring)
    assert fault in scorer.fault(item)
