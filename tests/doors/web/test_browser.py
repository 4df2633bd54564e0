"""The page as people use it: real clicks and keys in a browser, at both widths, light and dark.

TIERPROOF_SHOTS=folder keeps pictures of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from doors.web.watching import CHROMIUM, SHOTS, Watched, hostile, looked_at, served

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    # Playwright's own loop is left as it is when it stops.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
QUIET = 300
"""Milliseconds in which an answer that is not waited for would have come."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with looked_at() as found:
        yield found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport=DESK)
    watched = Watched(page)
    yield page
    page.close()
    assert watched.faults == []


def answered(page: Any, action: Any) -> None:
    """Do it, and wait until the answer is in its place."""
    with page.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        action()
    page.locator(".htmx-request").first.wait_for(state="detached")


def names(page: Any) -> list[str]:
    return [name.strip() for name in page.locator("table.tiers tbody th").all_inner_texts()]


def test_the_table_ranks_anew_as_a_slider_moves(page: Any, address: str) -> None:
    page.goto(f"{address}/?lens=value")
    before = names(page)
    slider = page.get_by_role("slider", name="a success is worth")
    slider.focus()
    answered(page, lambda: page.keyboard.press("End"))
    assert names(page) != before
    assert sorted(names(page)) == sorted(before)
    assert "value_per_success=100" in page.url
    assert page.locator("#f-value_per_success").input_value() == "100"
    after = names(page)
    page.reload()
    assert names(page) == after
    assert slider.input_value() == "200"


def test_a_field_moves_its_slider(page: Any, address: str) -> None:
    page.goto(address)
    slider = page.get_by_role("slider", name="succeed today")
    before = int(slider.input_value())
    answered(page, lambda: page.locator("#f-baseline_success").fill("0.3"))
    assert int(slider.input_value()) < before
    assert slider.get_attribute("aria-valuetext") == "0.3"
    assert "baseline_success=0.3" in page.url


def test_one_toggle_inverts_the_table(page: Any, address: str) -> None:
    page.goto(address)
    answered(page, lambda: page.get_by_label("Value", exact=True).check())
    assert page.get_by_role("columnheader", name="Net benefit a month").is_visible()
    assert page.url.endswith("/?lens=value")
    answered(page, lambda: page.get_by_label("Effect", exact=True).check())
    assert page.get_by_role("columnheader", name="Failures removed").is_visible()
    assert page.url.rstrip("/") == address


def test_who_asks_changes_what_is_listed(page: Any, address: str) -> None:
    page.goto(address)
    every = names(page)
    answered(page, lambda: page.get_by_label("You are").select_option("application"))
    assert 0 < len(names(page)) < len(every)
    answered(page, lambda: page.get_by_label("You are").select_option(""))
    answered(page, lambda: page.locator("select[name=task]").select_option("detection"))
    assert "task=detection" in page.url
    page.get_by_text("More about you").click()
    lack = page.locator("input[name=lack]").first
    answered(page, lack.check)
    assert "lack=" in page.url
    assert len(names(page)) < len(every)
    answered(page, lambda: page.get_by_label("let lab evidence count").check())
    answered(page, lambda: page.get_by_label("Model size").fill("25M"))
    answered(page, lambda: page.get_by_label("Evidence up to").fill("2021"))
    assert {"include_lab=true", "model_size=25M", "as_of=2021"} <= set(page.url.partition("?")[2].split("&"))


def test_a_fault_is_said_where_the_answer_would_be(browser: Any, address: str) -> None:
    page = browser.new_page(viewport=DESK)  # the browser itself logs a status of 400
    page.goto(address)
    answered(page, lambda: page.get_by_label("Model size").fill("huge"))
    assert "no model size" in page.get_by_role("alert").first.inner_text()
    answered(page, lambda: page.get_by_label("Model size").fill("25M"))
    assert len(names(page)) > 5
    page.close()


def test_cards_say_how_sure_tier_rank_and_order_are(page: Any, address: str) -> None:
    page.goto(address)
    rows = names(page)
    answered(page, lambda: page.get_by_label("cards").check())
    cards = page.locator("li.card")
    assert cards.count() == len(rows)
    first = cards.first.inner_text()
    assert "nine times in ten" in first
    assert "ahead of the next rank in" in first
    assert page.locator(".chances").first.inner_text().count("%") == 5
    assert page.url.endswith("/?shape=cards")


def test_tables_can_be_sorted_before_and_after_an_answer(page: Any, address: str) -> None:
    page.goto(address)
    for _ in range(2):
        ranked = names(page)
        page.get_by_role("button", name="Technique").click()
        assert names(page) == sorted(ranked, key=str.lower)
        answered(page, lambda: page.locator("#f-value_per_success").press("ArrowUp"))


def test_the_table_can_be_taken_away(page: Any, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/?lens=value")
    found = {}
    for name in ("CSV", "JSON", "Markdown", "SVG", "PNG"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        found[name] = path.read_bytes()
    assert found["CSV"].startswith(b"technique,")
    assert found["JSON"].startswith(b'{\n  "schema": "tierproof/table/1"')
    assert found["Markdown"].count(b"|") > 50
    assert found["SVG"].startswith(b"<svg xmlns=")
    assert found["PNG"].startswith(b"\x89PNG")
    assert len(found["PNG"]) > 20_000


def test_a_record_is_two_clicks_from_its_source_and_from_who_paid(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Quantization", exact=True).click()
    assert page.url == f"{address}/techniques/quantization"
    row = page.locator("#forest table.forest tbody tr").first
    assert row.locator("th a").get_attribute("href").startswith("https://")
    assert row.locator("td").last.inner_text() in {"authors", "vendor", "rival", "independent"}
    records = page.locator("details.records")
    assert records.get_attribute("open") is None
    row.locator("td a").click()
    page.locator("details.records[open]").wait_for()
    assert page.locator(":target").is_visible()


def test_sources_can_be_picked_and_the_whole_stands_beside(page: Any, address: str) -> None:
    page.goto(f"{address}/techniques/quantization")
    rows = page.locator("#forest table.forest tbody tr")
    every = rows.count()
    answered(page, lambda: page.get_by_label("only who gains nothing").check())
    assert "independent=true" in page.url
    some = page.locator("#forest table.forest tbody tr").count()
    assert some < every
    told = page.locator("#answer .told").first.inner_text()
    assert told.startswith(f"{some} of {every} sources are left:")
    page.reload()
    assert rows.count() == some
    answered(page, lambda: page.get_by_label("Years from").fill("2100"))
    assert "No source is left" in page.locator("#answer .told").first.inner_text()


def test_the_forest_can_be_looked_at_from_nearer(page: Any, address: str) -> None:
    page.goto(f"{address}/techniques/quantization")
    beyond = page.locator("#forest .beyond")
    before = beyond.count()
    nearer = page.get_by_role("slider", name="Nearer")
    nearer.focus()
    answered(page, lambda: page.keyboard.press("End"))
    assert "zoom=10" in page.url
    assert beyond.count() > before
    # No effect stays in sight, and a source beyond the axis is an arrow without a point.
    assert page.locator("#forest tfoot .zero").count() == 2
    assert page.locator("#forest .dot").count() < page.locator("#forest tbody tr").count() + 1


def test_two_techniques_head_to_head_begin_with_a_sentence_and_a_picture(page: Any, address: str) -> None:
    page.goto(f"{address}/comparison/quantization/pruning")
    assert "nets more than" in page.locator("#answer .answer").inner_text()
    picture = page.locator("table.pictured")
    assert picture.locator("tbody tr").count() >= 1
    assert picture.locator("caption").inner_text() == "How likely Quantization is the better one"


def test_a_technique_shows_baseline_cost_time_and_the_others(page: Any, address: str) -> None:
    page.goto(f"{address}/techniques/model-scaling")
    assert page.locator("svg.baselines circle").count() >= 3
    assert page.locator("svg.plane a.chosen").count() == 1
    with page.expect_response(lambda response: "/history" in response.url):
        page.get_by_role("heading", name="Head to head with").scroll_into_view_if_needed()
    page.locator("table.years").wait_for()
    assert page.locator("table.years tbody tr").count() == 1
    assert page.url == f"{address}/techniques/model-scaling"
    page.locator("ul.inline").get_by_role("link", name="Pruning").click()
    assert page.url == f"{address}/comparison/model-scaling/pruning"
    assert "probability" in page.locator("#answer").inner_text()
    page.get_by_role("link", name="the other way round").click()
    assert page.url == f"{address}/comparison/pruning/model-scaling"


def test_the_readers_figures_go_with_him(page: Any, address: str) -> None:
    page.goto(f"{address}/?value_per_success=3&role=owner")
    page.get_by_role("link", name="Quantization", exact=True).click()
    assert page.url == f"{address}/techniques/quantization?role=owner&value_per_success=3"
    answered(page, lambda: page.get_by_label("only who gains nothing").check())
    assert page.url == f"{address}/techniques/quantization?role=owner&value_per_success=3&independent=true"
    page.get_by_role("link", name="Table", exact=True).click()
    assert page.url == f"{address}/?role=owner&value_per_success=3"


def test_a_keyboard_is_enough(page: Any, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "answer"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('table.tiers tbody a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/techniques/**")


def test_without_scripts_fields_and_buttons_do(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    page.goto(address)
    page.locator("#f-value_per_success").fill("3")
    page.get_by_role("button", name="Rank").click()
    assert "value_per_success=3" in page.url
    assert page.locator("table.tiers tbody tr").count() > 5
    context.close()


PLACES = (
    "/",
    "/?lens=value",
    "/?shape=cards",
    "/techniques/quantization",
    "/comparison/pruning/quantization",
    "/history",
    "/critique?text=Pruning+is+better+than+quantization",
    "/plan?weeks=6",
)


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [(DESK, "light", "en"), (PHONE, "dark", "ru"), (DESK, "dark", "ru")],
    ids=["desk", "phone", "russian"],
)
def test_pages_fit_and_everyone_can_read_them(
    browser: Any, address: str, size: dict[str, int], scheme: str, language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = browser.new_page(viewport=size, color_scheme=scheme, locale=language)
    for place in PLACES:
        page.goto(address + place)
        page.evaluate("for (const one of document.querySelectorAll('details:not(.records)')) one.open = true")
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], place
        found = axe.run(page)
        assert found.violations_count == 0, f"{place}: {found.generate_report()}"
        if SHOTS:
            name = place.strip("/").replace("/", "-").replace("?", "-") or "table"
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{size['width']}-{scheme}.png"), full_page=True)
    page.close()


def test_what_a_pack_says_stays_text(browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(viewport=DESK)
    watched = Watched(page)
    with served(hostile(tmp_path)) as address:
        for place in (*PLACES, "/table/svg", "/?model_size=8B&task=detection"):
            page.goto(address + place)
            page.wait_for_timeout(QUIET)
            assert page.evaluate("window.taken") is None, place
            assert page.locator("[onerror], [onload], img").count() == 0, place
            assert page.locator("a[href^='javascript:']").count() == 0, place
        page.goto(f"{address}/techniques/quantization")
        assert page.get_by_text("<img src=x").count() > 10
    assert watched.faults == []
    page.close()


def test_what_an_address_says_stays_text(browser: Any, address: str) -> None:
    page = browser.new_page(viewport=DESK)
    attack = "%3Cimg%20src=x%20onerror=window.taken=1%3E"
    for place in (
        f"/techniques/{attack}",
        f"/?model_size={attack}",
        f"/?lens={attack}",
        f"/{attack}",
        f"/history?technique={attack}",
        f"/comparison/{attack}/{attack}",
    ):
        page.goto(address + place)
        page.wait_for_timeout(QUIET)
        assert page.evaluate("window.taken") is None, place
        assert page.locator("img").count() == 0, place
    page.close()
