"""How claims are read back: every form in both languages, affirmed and denied, one subject and several."""

from __future__ import annotations

import pytest

from challenge.worlds import technique
from tierproof.challenge.claim import FORMS, SMALLER_MODEL, Claim, Condition
from tierproof.challenge.telling.wording import in_words

TECHNIQUES = {name: technique(name) for name in ("rag", "tuning")}


def told(form: str, *subjects: str, language: str = "en", **fields: object) -> str:
    return in_words(Claim(form=form, subjects=subjects or ("rag",), **fields), TECHNIQUES, language)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_form_is_a_sentence_that_denial_changes(form: str, language: str) -> None:
    fields = {
        "objects": ("tuning",),
        "amount": 30.0,
        "unit": "percent",
        "direction": "down",
        "outcome": "cost",
        "conditions": (Condition(kind="model-size"),) if form == "depends-on" else (),
    }
    affirmed, denied = (told(form, language=language, negated=negated, **fields) for negated in (False, True))
    assert affirmed != denied
    for sentence in (affirmed, denied):
        assert "rag" in sentence
        assert not set("[]{}|*") & set(sentence)


def test_the_words_say_the_amount_the_side_and_the_place() -> None:
    by_half = {"amount": 50.0, "unit": "percent", "direction": "down", "outcome": "cost", "bound": "up-to"}
    assert told("at-least", **by_half) == "rag lowers cost by up to 50 %"
    assert told("at-least", language="ru", **by_half) == "rag снижает стоимость вплоть до на 50 %"
    fewer = {"amount": 2.0, "unit": "times", "direction": "up", "outcome": "quality", "of_failures": True}
    assert told("at-least", **fewer) == "rag lowers failures 2 times"
    assert told("at-least", language="ru", **fewer) == "rag снижает число ошибок в 2 раза"
    assert told("only", conditions=(Condition(kind="setting", value="production"),)) == "only rag works in production"
    tasks = tuple(Condition(kind="task", value=task, only=True) for task in ("math", "code"))
    assert told("helps", conditions=tasks) == "rag helps only for code and mathematics"
    assert (
        told("beats", SMALLER_MODEL, objects=("rag",), outcome="cost") == "a smaller model is better than rag on cost"
    )
    assert told("worth-it", "rag", "tuning") == "rag and tuning are worth the money"
    assert told("worth-it", "rag", "tuning", language="ru") == "rag и tuning окупаются"
