"""The kind of scorer that a file's answers fit.

Enters: targets.  Leaves: the kind, and what to know about it, in a sentence.  Must not know columns or options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tierproof.messages import Message
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.texts.quantity import boxed, is_one_number, quantity_in

__all__ = ["scorer_of"]

MOST = 0.8
"""Share of the targets that must look like one thing."""
LONGEST_RESULT = 40
LONG_WORDS = 12
"""Targets of more words than this on average are seldom met to the letter."""
FREE_WORDS = 25
"""Targets of more words than this on average can be said in many ways: shared words say little of them."""
STRONG = re.compile(r"####|\\boxed\s*\{|<answer>", re.IGNORECASE)
"""Marks that nothing but a result follows."""
SAID = re.compile(
    r"(?:\b(?:final answer|the answer|answer|ans|result|total)\b\s*(?:is\b|[:=.])|(?:^|\n)\s*A\s*:"
    r"|(?:antwort|lösung|ответ|respuesta|réponse|risposta|resposta|odpowiedź|答案|答え|答|정답|답)\s*[:：=]?)",
    re.IGNORECASE,
)
"""What stands before the result of a worked solution."""
UNIT = re.compile(r"(?<=[\d.%])\s?(?:[^\W\d_]|[/²³°]){1,20}(?:\s[^\W\d_]{1,20}){0,2}$")
PROGRAM = re.compile(r"^\s*(?:assert\b|def test|def check\b|import unittest|>>> )", re.MULTILINE)
JUDGE_ADVICE = Message(
    "--scorer judge has a model judge them, which costs calls and should be measured against people (docs/workload.md)"
)
WORKED = Message("the answers are worked solutions: the last number of each is compared")
WORKED_TEXTS = Message(
    "the answers are worked solutions, and replies would be compared with all of each: put their results into a column "
    "of their own and name it with --target; or {advice}",
    advice=JUDGE_ADVICE,
)
LONG_TEXTS = Message("the answers are long texts, and f1 counts shared words only: {advice}", advice=JUDGE_ADVICE)
SENTENCES = Message("the answers are sentences, and f1 counts shared words: {advice}", advice=JUDGE_ADVICE)


def scorer_of(targets: Sequence[Any]) -> tuple[str, str]:
    """The kind of scorer that fits, and what to know about it."""
    given = [target for target in targets if target not in (None, "", [])]
    if not given:
        return "judge", ""
    texts = [str(target[0] if isinstance(target, list) and target else target) for target in given]
    words = sum(len(normal_form(text).split()) for text in texts) / len(texts)
    results = [(text, result) for text in texts if (result := _result(text, least=LONG_WORDS / 2))]
    worked = len(results) >= len(texts) * MOST
    amounts = sum(_is_amount(result) and _is_last(result, text) for text, result in results)
    kinds = (
        ("json-fields", all(map(_is_table, given)), ""),
        ("code", all(map(_is_tests, given)), ""),
        ("number", all(map(is_one_number, texts)), ""),
        ("number", worked and amounts >= len(texts) * MOST, WORKED),
        ("f1", worked and words > LONG_WORDS / 2, WORKED_TEXTS),
        ("f1", words > FREE_WORDS, LONG_TEXTS),
        ("f1", words > LONG_WORDS, SENTENCES),
    )
    return next(((kind, advice) for kind, fits, advice in kinds if fits), ("normalised", ""))


def _is_tests(target: Any) -> bool:
    texts = target if isinstance(target, list) else [target]
    return bool(texts) and all(isinstance(text, str) and PROGRAM.search(text.lstrip("['\"")) for text in texts)


def _result(text: str, *, least: float) -> str:
    """What stands at the end of a solution, behind the mark of its result; empty where it is none."""
    strong = list(STRONG.finditer(text))
    marks = strong or (list(SAID.finditer(text)) if len(normal_form(text).split()) > least else [])
    if not marks or not text[: marks[-1].start()].strip():
        return ""
    inside = boxed(text)
    if inside is not None:
        return inside.strip() if len(inside) <= LONGEST_RESULT else ""
    behind = text[marks[-1].end() :].split("\n\n", maxsplit=1)[0]
    result = re.sub(r"</answer>|\*\*|[\s.$}]+$|^[\s:：=$*]+", "", behind).strip()
    result = result.partition("$")[0].partition("}")[0] if strong and "\\frac" not in result else result
    return result.strip(" .$") if len(result) <= LONGEST_RESULT else ""


def _is_amount(result: str) -> bool:
    """A number, with its unit maybe; no formula, date or text."""
    plain = result if re.fullmatch(r"-?\\[dt]?frac\s*\{?\d+\}?\s*\{?\d+\}?", result) is None else "1/2"
    return is_one_number(plain) or is_one_number(UNIT.sub("", plain))


def _is_last(result: str, text: str) -> bool:
    """Is a result the number that a solution is compared by, which is its last?"""
    return quantity_in(result, "either") == quantity_in(text, "either")


def _is_table(target: Any) -> bool:
    if isinstance(target, Mapping):
        return True
    try:
        return isinstance(target, str) and isinstance(json.loads(target), dict)
    except ValueError:
        return False
