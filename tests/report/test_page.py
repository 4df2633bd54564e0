"""The page as a browser reads it: well formed, self-contained, safe, and every figure within two steps of its
records."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from report import made
from tierproof.report.render.html.environment import TEMPLATES
from tierproof.report.render.html.page import Section, page
from tierproof.report.render.html.parts.material import Material
from tierproof.report.render.html.report import html_report
from tierproof.report.render.html.table import html_document, html_table
from tierproof.report.render.svg.plane import Point, plane
from tierproof.report.render.svg.strip import axis_of, strip
from tierproof.synthesis.posteriors.posterior import Interval

VOID = {"meta", "link", "br", "img", "input", "hr", "wbr", "col"}
FETCHES = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping", "manifest"}


class Reader(HTMLParser):
    """Collects what a browser would act on, and every tag that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetches: list[str] = []
        self.handlers: list[str] = []
        self.tags: Counter[str] = Counter()
        self.words: list[str] = []
        self.cells: list[list[int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "xlink:href"):
                self.links.append(value or "")
            elif name in FETCHES:
                self.fetches.append(f"{tag} {name}={value}")
            elif name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> while {self.open[-3:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def report(shipped: Material) -> str:
    return html_report(shipped, version="0")


def test_the_page_is_well_formed(report: str) -> None:
    reader = read(report)
    assert reader.faults == []
    assert reader.open == []
    assert [id_ for id_, times in Counter(reader.ids).items() if times > 1] == []


def test_sections_with_nothing_to_show_are_left_out(report: str, shipped: Material) -> None:
    rows = tuple(structs.replace(row, cost_ratio=None) for row in shipped.effect.rows)
    unpriced = structs.replace(shipped.effect, rows=rows)
    bare = replace(shipped, pack=replace(shipped.pack, adoption=()), effect=unpriced)
    text = html_report(bare, version="0")
    for name in ("plane", "adoption"):
        assert f'id="{name}"' in report and f'href="#{name}"' in report
        assert f'id="{name}"' not in text and f'href="#{name}"' not in text


def test_the_page_needs_no_network(report: str) -> None:
    reader = read(report)
    assert reader.fetches == []
    assert reader.tags["link"] == reader.tags["iframe"] == reader.tags["img"] == 0
    assert not re.search(r"@import|url\(", report)
    # One script, the page's own; it asks for nothing.
    assert reader.tags["script"] == 1
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|WebSocket", report)


def test_the_lead_calls_only_those_figures_pooled_that_are(report: str, shipped: Material) -> None:
    pooled = {line.record.id for card in shipped.cards for line in card.records if line.fate == "pooled"}
    assert 0 < len(pooled) < len(shipped.pack.records)
    assert f"{len(shipped.pack.records):,} figures from" in report
    assert f"; {len(pooled):,} answer the table" in report


def test_links_lead_somewhere(report: str) -> None:
    reader = read(report)
    outside = [link for link in reader.links if not link.startswith("#")]
    assert all(re.match(r"https?://", link) for link in outside)
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)


def test_every_figure_is_two_steps_from_its_records(report: str, shipped: Material) -> None:
    reader = read(report)
    for row in shipped.effect.rows:
        # First step: the name leads to the card.  Second: the card lists records, each under its source.
        assert f"#t-{row.technique}" in reader.links
    kept = unpacked(report)
    assert set(kept) == {card.technique.id for card in shipped.cards}
    for card in shipped.cards:
        groups = kept[card.technique.id]
        listed = [row[0] for *_, rows in groups for row in rows]
        assert sorted(listed) == sorted(line.record.id for line in card.records)
        assert all(label and title and re.match(r"https?://|$", address) for label, title, address, *_ in groups)


def unpacked(report: str) -> dict[str, list[list[Any]]]:
    """As the page's script reads it."""
    found = re.search(r'<div id="packed-records" data-heads="[^"]*" hidden>([A-Za-z0-9+/=]*)</div>', report)
    assert found is not None
    kept: dict[str, list[list[Any]]] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return kept


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
def test_a_browser_lists_the_records_where_they_are_opened(report: str, shipped: Material, tmp_path: Path) -> None:
    card = next(card for card in shipped.cards if card.records)
    strict = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    opened = report.replace('<details class="records"', '<details class="records" open')
    script = re.search(r"<script>(.*?)</script>", opened, re.S)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    page = tmp_path / "report.html"
    head = f"<head>{strict}script-src 'sha256-{digest}'\">"
    page.write_text(opened.replace("<head>", head, 1), encoding="utf-8")
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    ended = subprocess.run([*browser, page.as_uri()], capture_output=True, text=True, check=True, timeout=300)
    words = set(read(ended.stdout).words)
    assert {line.record.id for line in card.records} <= words


def test_the_page_shows_no_number_that_is_none(report: str) -> None:
    text = " ".join(read(report).words)
    assert not re.search(r"\b(nan|NaN|None|inf|Infinity|undefined)\b", text)


def test_the_page_reads_without_scripts(report: str, shipped: Material) -> None:
    silent = re.sub(r"<script>.*?</script>", "", report, flags=re.S)
    words = " ".join(read(silent).words)
    for row in shipped.effect.rows:
        assert row.short in words
    assert "<noscript" not in silent


def test_tables_have_heads_and_figures_have_words(report: str) -> None:
    reader = read(report)
    assert reader.tags["thead"] == reader.tags["table"]
    described = re.findall(r'<svg class="plane"[^>]*aria-labelledby="([^"]+)"', report)
    assert described
    for ids in described:
        assert set(ids.split()) <= set(reader.ids)
    # All other figures repeat what stands beside them in words.
    assert all("aria-hidden" in tag for tag in re.findall(r'<svg class="strip[^>]*>', report))


def test_the_whole_page_is_of_sane_size(report: str, shipped: Material) -> None:
    # 2.5 MB is the budget for the whole pack; packed records take some 50 bytes each, and some room is the rest's.
    packed = re.search(r'<div id="packed-records" data-heads="[^"]*" hidden>([^<]*)</div>', report)
    assert packed is not None
    assert len(packed[1]) / max(len(shipped.pack.records), 1) < 100


def test_sections_can_be_added(shipped: Material) -> None:
    further = Section(
        id="further", title="Further <b>", short="More", template="section_plane.html", data={"figure": "<i>"}
    )
    text = html_report(shipped, version="0", further=[further])
    assert 'id="further"' in text
    assert "Further &lt;b&gt;" in text
    assert "<i>" not in text
    with pytest.raises(ValueError, match="distinct"):
        page([further, further], title="t")


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=80), st.floats(allow_nan=True, allow_infinity=True))
def test_untrusted_text_never_becomes_markup(text: str, figure: float) -> None:
    attack = f"{text}<script>alert(1)</script><img src=x onerror=alert(1)>\"' onload=x"
    row = made.row(
        "alpha", name=attack, short=attack, fragility=figure, failures_removed=Interval(figure, figure, figure)
    )
    for shown in (html_table(made.table(row), made.pack()), html_document(made.table(row), made.pack())):
        reader = read(shown)
        assert reader.faults == []
        assert reader.tags["script"] == reader.tags["img"] == 0
        assert reader.handlers == []
        assert not re.search(r"(?<![\w])(nan|inf)(?![\w])", " ".join(reader.words).replace(text, "").lower())


def test_untrusted_records_never_become_markup() -> None:
    attack = "<script>alert(1)</script>\x1b[31m\u202e"
    source = replace_source(attack)
    records = tuple(
        made.record(
            f"alpha-{i}", "alpha", source=source, source_id=f"{attack}{i}", note=attack, model=attack, task=attack
        )
        for i in range(3)
    )
    text = html_report(small(records, attack), version="0")
    reader = read(text)
    assert reader.faults == []
    assert reader.tags["script"] == 1
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert all(re.match(r"#|https?://", link) for link in reader.links)
    shown = json.dumps(unpacked(text), ensure_ascii=False)
    assert "\x1b" not in shown and "\u202e" not in shown and "javascript:" not in shown


def replace_source(attack: str) -> object:
    from tierproof.evidence.record import Source

    return Source(title=attack, authors=attack, ref="javascript:alert(1)", locator=attack)


def small(records: tuple[object, ...], name: str) -> Material:
    from tierproof.decision.appraisals.appraisal import appraise
    from tierproof.decision.ranking.tiers import tier_table
    from tierproof.decision.reader.profile import Profile
    from tierproof.evidence import effects_of
    from tierproof.report.words.method import method_of
    from tierproof.synthesis.model.prior import Priors
    from tierproof.synthesis.synthesise import synthesise

    techniques = (made.technique("alpha", name=name, summary=name), made.technique("beta"))
    pack = made.pack(records=records, techniques=techniques)  # type: ignore[arg-type]
    conversion = effects_of(pack.records, pack.settings)
    synthesis = synthesise(conversion.effects, pack.techniques, pack.settings, detail=True)
    appraisal = appraise(synthesis, pack.techniques, pack.settings)
    return Material(
        pack=pack,
        conversion=conversion,
        synthesis=synthesis,
        profile=Profile(),
        effect=tier_table(appraisal, made.EFFECT),
        value=tier_table(appraisal, made.VALUE),
        method=method_of(pack.settings, Priors(), synthesis.hype, Profile(), (made.EFFECT, made.VALUE)),
    )


def test_a_strip_keeps_its_point_inside() -> None:
    axis = axis_of(-1.0, 1.0, [(0.0, "0"), (5.0, "far")])
    assert [tick.label for tick in axis.ticks] == ["0"]
    for value in (Interval(0.0, -0.5, 0.5), Interval(9.0, 8.0, 10.0), Interval(-9.0, -10.0, -8.0)):
        places = [float(x) for x in re.findall(r"M(-?[\d.]+)", strip(value, axis))]
        assert all(0 <= x <= 1000 for x in places)


def test_labels_of_the_plane_do_not_cover_each_other() -> None:
    # Twelve points on a 4 x 3 lattice have room for every label.
    points = [
        Point(
            label=f"point {i}",
            href="#x",
            cost=Interval(2.0 ** (i % 4), 1.0, 9.0),
            effect=Interval(0.2 * (i // 4), 0, 1),
            tier="A",
            assumed=False,
        )
        for i in range(12)
    ]
    drawn = str(plane(points, id_="p", unit="a request"))
    boxes = [
        (float(x), float(y) - 11, float(x) + 7.2 * 8, float(y) + 3)
        for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="label"', drawn)
    ]
    assert len(boxes) == 12
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def _luminance(colour: str) -> float:
    """Relative luminance of #rrggbb by WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme: str) -> None:
    # 4.5 is WCAG 2.2's level AA for text.
    css = (TEMPLATES / "table.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark.split("@media")[0]))
    for name in ("ink", "muted", "accent", "s", "a", "b", "c", "d"):
        assert _contrast(colours[name], colours["paper"]) >= 4.5, name
    for tier in "sabcd":
        assert _contrast(colours["on-tier"], colours[tier]) >= 4.5, tier
