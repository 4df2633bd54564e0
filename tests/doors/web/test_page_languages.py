"""A page is wholly in one language: that of its address, else the browser's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doors.test_languages import _english, russian
from doors.web.asking import ROOT, client_of
from tierproof.doors.cli import app
from tierproof.doors.web.asked import accepted

PLACES = (
    "/",
    "/?lens=value&role=owner",
    "/?shape=cards",
    "/techniques/chain-of-thought",
    "/techniques/chain-of-thought?independent=true&zoom=3",
    "/comparison/chain-of-thought/agents",
    "/history",
    "/critique",
    "/critique?text=RAG is better than agents",
    "/audit",
    "/brief",
    "/brief?option=retrieval-augmented-generation&option=model-scaling&aim=cost",
    "/plan?weeks=6&budget=5000",
    "/nothing",
    "/?model_size=huge",
)
TYPED = {"Markdown", "huge", "model-size", "scaling", "optimisation", "b-instruct"}
"""Names of forms, what these addresses themselves say, and pieces of a title and of a model's name, cut short."""


@pytest.fixture(scope="module")
def shipped() -> Iterator[Any]:
    with client_of(ROOT / "src" / "tierproof" / "packs" / "production_ai") as client:
        yield client


def words(page: str) -> str:
    """What a reader sees or hears of a page, but for what is quoted or in another language by its own word."""
    page = re.sub(r"<(script|style|pre|textarea).*?</\1>", " ", page, flags=re.S)
    page = re.sub(r"<a[^>]* (lang|rel)=\"[a-z]+\"[^>]*>[^<]*</a>", " ", page)
    page = re.sub(r"<details class=\"(records|more)\">.*?</details>", " ", page, flags=re.S)
    heard = re.findall(r"(?:title|aria-label|placeholder|data-label)=\"([^\"]*)\"", page)
    return html.unescape("\n".join([re.sub(r"<[^>]+>", "\n", page), *heard]))


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_wholly_in_one_language(shipped: Any, place: str) -> None:
    told = shipped.get(place, headers={"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"})
    assert '<html lang="ru">' in told.text
    assert "Accept-Language" in told.headers["Vary"]
    assert set(_english(words(told.text), ("show",))) - TYPED == set()
    # By the address, whatever the browser says; and nothing is kept of the language of the last reader.
    told = shipped.get(f"{place}{'&' if '?' in place else '?'}lang=en", headers={"Accept-Language": "ru"})
    assert '<html lang="en">' in told.text
    assert not russian(words(told.text))


def test_a_report_is_wholly_in_one_language(tmp_path: Path) -> None:
    pack, file = "examples/packs/bcg_vaccine", tmp_path / "report.html"
    ended = CliRunner().invoke(app, ["report", "--pack", str(ROOT / pack), "--output", str(file), "--lang", "ru"])
    assert ended.exit_code == 0, ended.output
    page = file.read_text(encoding="utf-8")
    assert '<html lang="ru">' in page
    # Titles of sources, packed records, and names of a profile's figures.
    told = re.sub(
        r"<td>[^<]*</td>(?=<td class=\"right\" data-sort)|<div id=\"packed.*?</div>|\w+_\w+:|\bname:", " ", page
    )
    assert set(_english(words(told), ("show", "--pack", str(ROOT / pack)))) == set()


def test_links_keep_the_language_that_the_address_names(shipped: Any) -> None:
    page = shipped.get("/?lang=ru&value_per_success=3").text
    assert 'href="/plan?value_per_success=3&amp;lang=ru"' in page
    assert 'href="/?value_per_success=3&amp;lang=en" hreflang="en"' in page
    assert '<input type="hidden" name="lang" value="ru">' in page
    assert "lang=" not in re.sub(r"[a-z]*lang=\"|[?&;]lang=ru\" hreflang", "", shipped.get("/").text)


def test_programs_read_english(shipped: Any) -> None:
    asked = shipped.get("/api/v1/table", headers={"Accept-Language": "ru"})
    assert asked.text == shipped.get("/api/v1/table").text
    assert not russian(shipped.get("/api/v1/table?lens=none", headers={"Accept-Language": "ru"}).text)


def test_a_russian_claim_is_answered_in_russian(shipped: Any) -> None:
    said = {"text": "RAG лучше агентов"}
    told = shipped.get("/critique", params=said, follow_redirects=False)
    assert told.status_code == 303
    assert "?lang=ru&text=" in told.headers["Location"]
    assert '<html lang="ru">' in shipped.get("/critique", params=said).text
    # A form in English takes no answer in Russian.
    told = shipped.get("/critique", params=said, headers={"HX-Request": "true"})
    assert "?lang=ru&text=" in told.headers["HX-Redirect"]
    assert '<html lang="en">' in shipped.get("/critique", params={**said, "lang": "en"}).text


def test_a_language_that_is_not_spoken_is_refused(shipped: Any) -> None:
    assert shipped.get("/?lang=xx").status_code == 400
    assert "one of: en, ru" in shipped.get("/?lang=xx").text


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
        ("en-GB,ru;q=0.5", "en"),
        ("de,ru;q=0.4,en;q=0.2", "ru"),
        ("de", "en"),
        ("ru;q=0", "en"),
        ("ru;q=x, en", "en"),
        (";;;,", "en"),
    ],
)
def test_of_a_browsers_languages_the_first_that_is_spoken_counts(said: str, language: str) -> None:
    assert accepted(said) == language
