"""An evidence card: nothing is dropped in silence, and every figure leads to records and their sources."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from shown import shown
from tierproof.answers.card import Card
from tierproof.answers.document import plain
from tierproof.answers.show import card_answer
from tierproof.evidence import load_pack
from tierproof.evidence.record import up_is_better
from tierproof.report.render.html.parts.material import Material
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.words.card import notes_told
from tierproof.report.words.card_blocks import card_blocks
from tierproof.report.words.method import method_blocks
from tierproof.report.words.records import record_blocks
from tierproof.report.words.units import unit_for


def test_every_record_of_the_technique_has_a_fate(shipped: Material) -> None:
    for card in shipped.cards:
        mine = {record.id for record in shipped.pack.records if record.technique == card.technique.id}
        assert {line.record.id for line in card.records} == mine
        assert all(line.fate for line in card.records)
        assert all((line.fate == "pooled") == (line.weight is not None) for line in card.records)


def test_pooled_records_are_those_of_the_posteriors(shipped: Material) -> None:
    for card in shipped.cards:
        pooled = {id_ for answer in card.answers for id_ in answer.posterior.records}
        assert {line.record.id for line in card.records if line.weight is not None} == pooled
        for answer in card.answers:
            if answer.posterior.records:
                # Weights are shares: they sum to one up to rounding of doubles.
                assert sum(study.weight for study in answer.studies) == pytest.approx(1.0, abs=1e-9)
                assert {id_ for study in answer.studies for id_ in study.records} == set(answer.posterior.records)


def test_doubtful_mirrored_and_unlike_records_say_so(shipped: Material) -> None:
    fates = {line.record.id: line.fate for card in shipped.cards for line in card.records}
    records = {record.id: record for record in shipped.pack.records}
    left_out = {id_: fate for id_, fate in fates.items() if fate != "pooled"}
    assert left_out
    for id_, fate in left_out.items():
        record = records[id_]
        if record.mirror_of is not None and "odds" not in fate and "ratio" not in fate:
            assert record.mirror_of in fate or "no " in fate or "stands alone" in fate or "difference" in fate


def test_strongest_sources_stand_on_their_side(shipped: Material) -> None:
    for card in shipped.cards:
        for answer in card.answers:
            sign = 1 if up_is_better(answer.outcome) else -1
            assert all(sign * study.point.median > 0 for study in answer.strongest_for)
            assert all(sign * study.point.median < 0 for study in answer.strongest_against)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_of_a_card_is_wider_than_the_screen(shipped: Material, width: int) -> None:
    for card in shipped.cards:
        for blocks in (card_blocks(card), record_blocks(card)):
            assert max(cell_len(line) for line in shown(blocks, width).splitlines()) <= width
    text = shown(method_blocks(shipped.method), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_a_card_says_what_is_assumed(shipped: Material) -> None:
    for card in shipped.cards:
        text = " ".join(shown(card_blocks(card), 200).split())
        for answer in card.answers:
            why = card.technique.assumed[answer.outcome].why if answer.assumed else ""
            assert " ".join(why.split())[:60] in text


def test_records_name_their_source_and_place(shipped: Material) -> None:
    card = _with_most_records(shipped)
    text = " ".join(shown(record_blocks(card), 200).split())
    for line in card.records:
        assert line.record.id in text
        assert " ".join(line.record.source.title.split())[:40] in text


def test_a_card_s_json_comes_back_and_holds_the_records(shipped: Material) -> None:
    for card in shipped.cards:
        data = plain(card_answer(card, shipped.pack))
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        ids = {record["id"] for record in data["records"]}
        for outcome in data["outcomes"]:
            assert set(outcome["records"]) <= ids
        assert all(record["source"]["title"] for record in data["records"])


def test_markdown_cards_list_sources_as_links(shipped: Material) -> None:
    card = _with_most_records(shipped)
    text = blocks_markdown([*card_blocks(card), *record_blocks(card)])
    assert card.main is not None
    for study in card.main.studies:
        if study.url:
            assert f"(<{study.url}>)" in text
    assert all(line.record.id.replace("_", r"\_") in text for line in card.records)


def _with_most_records(material: Material) -> Card:
    return max(material.cards, key=lambda card: len(card.records))


def test_a_form_that_no_record_is_of_is_not_told_as_the_whole_technique(shipped: Material) -> None:
    told = 0
    for card in shipped.cards:
        empty = {sub.id for sub in card.technique.sub_rows if not sub.subtypes}
        told += len(empty)
        for answer in card.answers:
            assert not empty & set(answer.posterior.sub_rows)
    whole = load_pack()
    assert any(not sub.subtypes for technique in whole.techniques.values() for sub in technique.sub_rows) or told


def test_figures_of_one_line_agree(shipped: Material) -> None:
    """The discount's line, and why an average lies outside, tell the average that the table above them tells."""
    checked = 0
    for card in shipped.cards:
        for answer in card.answers:
            unit = unit_for(answer)
            average = unit.text(float(answer.posterior.average.quantile(0.5)))
            for told in notes_told(answer):
                if told.startswith("Hype discount"):
                    assert told.endswith(f"with it {average}.")
                    checked += 1
    assert checked > 3


def test_an_average_outside_of_its_sources_has_a_reason_with_its_figure(shipped: Material) -> None:
    for card in shipped.cards:
        for answer in card.answers:
            told = next((told for told in notes_told(answer) if "lies beyond" in told), "")
            ends, average = answer.posterior.source_range, float(answer.posterior.average.quantile(0.5))
            text = unit_for(answer).text
            beyond = ends is not None and not ends[0] <= average <= ends[1]
            # What reads alike is not told apart: no "×1.5 lies beyond ×1.5".
            assert bool(told) == (beyond and text(average) not in (text(ends[0]), text(ends[1])))
            if "without the hype discount it would be" in told:
                assert answer.discount
            if "at the evidence's own baseline" in told:
                assert answer.posterior.carried is not None and answer.posterior.carried.baseline


def test_a_source_that_an_analysis_leaves_out_has_the_name_that_the_card_gives_it(shipped: Material) -> None:
    told = {card.technique.id: shown(card_blocks(card), 140) for card in shipped.cards}
    left_out = 0
    for card in shipped.cards:
        main = card.main
        for other in main.posterior.sensitivity if main is not None else ():
            named = [study.label for study in main.studies if study.source_id in other.what] if main is not None else []
            assert all(f"without {label}, which moves" in told[card.technique.id] for label in named)
            left_out += len(named)
    assert left_out >= 3
