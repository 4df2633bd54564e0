"""Every message has its translation, no translation is of a message that is gone, and both fill the same gaps."""

from __future__ import annotations

import importlib.util
import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("babel", reason="catalogues are held to the code by Babel, of the extra dev")

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ru",)


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "scripts" / "catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalogues = _script()


def _entries(language: str) -> dict[tuple[str, Any], Any]:
    return {(entry.context or "", entry.id): entry for entry in catalogues.catalogue_of(language) if entry.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_no_translation_is_left_over(language: str) -> None:
    said = {(context, (one, many) if many else one) for context, one, many in catalogues.messages()}
    entries = _entries(language)
    assert sorted(map(str, said - set(entries))) == [], "make catalogues, then translate what is new"
    assert sorted(map(str, set(entries) - said)) == [], "make catalogues"
    assert catalogues.untranslated(catalogues.catalogue_of(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_the_gaps_of_its_message(language: str) -> None:
    for (_, message), entry in _entries(language).items():
        forms = message if isinstance(message, tuple) else (message,)
        told = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        gaps = set().union(*map(_gaps, forms))
        for one in told:
            # A plural form may leave its number out: "another one", "several".
            assert _gaps(one) - {"n"} == gaps - {"n"}, one
            assert _gaps(one) <= gaps, one


def _gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_was_written(language: str) -> None:
    file = catalogues.file_of(language)
    kept = GNUTranslations(BytesIO(file.with_suffix(".mo").read_bytes()))
    made = GNUTranslations(BytesIO(catalogues.compiled(catalogues.catalogue_of(language))))
    # Heads name the version of Babel.
    assert {key: told for key, told in vars(kept)["_catalog"].items() if key} == {
        key: told for key, told in vars(made)["_catalog"].items() if key
    }
