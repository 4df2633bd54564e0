"""What was written down in English before anybody read it is told in the language spoken."""

from __future__ import annotations

from time import process_time

import pytest

from tierproof.errors import InputError, Problem, reason_of
from tierproof.messages import Message, headless, speaking, translated
from tierproof.written_messages import kept


def _reason() -> Message:
    return Message(
        "{n} trials in a row got no answer, the last: {error}",
        n=1200,
        error=Message("no answer: {cause}", cause=Message("nothing listens there")),
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("permission denied", "нет доступа"),
        (str(_reason()), "испытаний подряд без ответа: 1200; последняя причина: нет ответа: там никто не слушает"),
        ("Expected `int`, got `str`", "ожидается `int`, а стоит `str`"),
        (
            "lora needs the weights of 'a' (state weights = \"FOLDER\" in its [[models]] table)",
            'lora: нужны веса «a» (укажите weights = "FOLDER" в её таблице [[models]])',
        ),
        (
            "error: w.toml:3: field 'models': there is no model 'a'; permission denied",
            "ошибка: w.toml:3: поле «models»: нет модели «a»; нет доступа",
        ),
        ("there is no setting 'quality'", "настройки 'quality' нет"),
        ("the model said: no such thing is known", "the model said: no such thing is known"),
    ],
)
def test_what_was_written_down_in_english_is_known_again(written: str, told: str) -> None:
    """And what is no message of the code is quoted."""
    assert translated(kept(written)) == written
    with speaking("ru"):
        assert translated(kept(written)) == told


@pytest.mark.parametrize(
    "said",
    [
        "status 400: " + "a: b (c); " * 12,
        "error: " * 700,
        "make its calls through ask or the given base_url, or return ",
    ],
)
def test_what_somebody_else_said_is_told_at_once_however_it_is_put_together(said: str) -> None:
    with speaking("ru"):
        began = process_time()
        assert translated(kept(said)).endswith(said[-3:])
        assert process_time() - began < 2


def test_a_reason_is_told_without_the_name_beside_it() -> None:
    lacks = Message("{id} needs the weights of '{model}'", id="lora", model="a")
    reason = headless(lacks, "lora")
    assert reason == "needs the weights of 'a'"
    with speaking("ru"):
        assert translated(reason) == "нужны веса «a»"


def test_what_is_kept_of_an_error_is_english_whatever_is_spoken() -> None:
    with speaking("ru"):
        error = InputError(Problem(message=Message("there is no such file"), field="items"))
        assert "такого файла нет" in str(error)
    assert reason_of(error) == "field 'items': there is no such file"
