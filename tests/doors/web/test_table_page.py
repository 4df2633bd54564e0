"""The table's page without a script: its fields, its address, its answer alone."""

from __future__ import annotations

from typing import Any

import pytest

from doors.web.asking import VISION
from doors.web.browsing import DESK, browsing
from tierproof.answers.view import view_of
from tierproof.doors.web.asked import Asked
from tierproof.messages import speaking
from tierproof.report.render.html.table import html_document


def test_the_page_ranks_as_the_table_does(client: Any) -> None:
    page = client.get("/?value_per_success=2&lens=value")
    assert page.status_code == 200
    view = view_of(VISION, lens="value", profile={"value_per_success": 2.0})
    places = [page.text.index(f'id="value-{row.technique}"') for row in view.table().rows if not row.apart]
    assert places == sorted(places)


def test_the_answer_comes_alone_with_the_address_of_what_differs(client: Any) -> None:
    own = view_of(VISION).profile
    query = f"lens=effect&role=&task=&model_size=&value_per_success=3&baseline_success={own.baseline_success:.12g}"
    answer = client.get(f"/?{query}", headers={"HX-Request": "true"})
    assert answer.headers["hx-replace-url"] == "/?value_per_success=3"
    assert "<form" not in answer.text
    assert "<html" not in answer.text
    assert "<table" in answer.text
    told, _, beside = answer.text.partition("<nav")
    assert told.strip() in client.get("/?value_per_success=3").text
    # What leads to the other pages comes along, so that they take the figures set here.
    assert beside.startswith(' class="site" id="site"') and 'hx-swap-oob="true"' in beside
    assert 'href="/plan?value_per_success=3"' in beside


def test_what_is_lacking_leaves_techniques_out(client: Any) -> None:
    whole = client.get("/api/v1/table").json()["rows"]
    resources = view_of(VISION).pack.settings.resources
    lacked = next(iter(resources))
    some = client.get(f"/api/v1/table?lack={lacked}").json()["rows"]
    needs = {name: one.needs for name, one in view_of(VISION).pack.techniques.items()}
    assert (
        [row["technique"] for row in some]
        == [row["technique"] for row in whole if lacked not in needs[row["technique"]]]
        != [row["technique"] for row in whole]
    )


def test_a_query_is_what_asked_it() -> None:
    asked = Asked(lens="value", task="a b&c", lack=("x", "y"), include_lab=True, value_per_success=0.5)
    assert asked.query() == "?lens=value&task=a+b%26c&include_lab=true&lack=x&lack=y&value_per_success=0.5"
    assert Asked().query() == ""
    assert asked.query(lens="effect", lack=()) == "?task=a+b%26c&include_lab=true&value_per_success=0.5"


def test_a_fault_is_told_in_the_answers_place(client: Any) -> None:
    answer = client.get("/?value_per_success=-1", headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_tables_end_within_a_desk(language: str) -> None:
    """Of 1,280 pixels: no column has to be sought by scrolling, in the language of the longer words neither."""
    view = view_of()
    with speaking(language):
        documents = [html_document(view.table(lens), view.pack) for lens in ("effect", "value")]
    with browsing(DESK) as page:
        for document in documents:
            page.set_content(document)
            right = page.evaluate("document.querySelector('table.tiers').getBoundingClientRect().right")
            assert right <= DESK["width"], language
