"""Labels are set right by the words of a record, and left alone where its words say nothing.

Each case is a made line in the words of a source; the expected label is the rule's sentence in docs/evidence.md.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tierproof.evidence import Pack, load_pack
from tierproof.evidence.record import gains_of

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


relabelling, interests = script("relabelling"), script("interests")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def line(**changes: Any) -> dict[str, Any]:
    return {
        "technique": "t", "comparator": "the same without", "outcome": "quality", "metric": "accuracy", "note": "",
        "unit": "percent", "higher_is_better": True, "subtype": None, "selection": "complete", "model": "m",
        "independence": "independent", "source": {"title": "A", "authors": "B"}, "source_id": "title:a",
    } | changes  # fmt: skip


AGENTS = {"technique": "agent-orchestration", "subtype": "multi-agent"}
RATE = {"outcome": "throughput", "unit": "tokens"}
WEIGHTS = {
    "independence": "vendor", "technique": "quantization", "model": "Qwen3-8B", "comparator": "same model, BF16",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"subtype": "constrained-output", "note": "Format asked for in the prompt"}, {"subtype": "format-asked"}),
        ({"subtype": "constrained-output", "note": "Decoding is free; YAML."}, {"subtype": "format-asked"}),
        ({"subtype": "constrained-output", "note": "Constrained decoding with a grammar."}, {}),
        ({"outcome": "latency", "metric": "P99 TTFT"}, {"scope": "part"}),
        ({"outcome": "latency", "metric": "time to first token, median"}, {"scope": "part"}),
        ({"outcome": "latency", "metric": "seconds per request"}, {}),
        ({"metric": "accuracy of the first token"}, {}),
        ({"technique": "system-prompt-design", "note": "instruction to be brief added"}, {"subtype": "length"}),
        ({"technique": "system-prompt-design", "note": "a persona of a brief man"}, {}),
        ({"metric": "hallucination rate", "higher_is_better": False}, {"outcome": "wrong-answers"}),
        ({"metric": "wrong-answer rate", "outcome": "safety", "higher_is_better": False}, {"outcome": "wrong-answers"}),
        ({"metric": "answers free of hallucination"}, {}),
        ({"metric": "attack success rate", "outcome": "safety", "higher_is_better": False}, {}),
        ({"selection": "picked", "note": "The most extreme of nine tasks."}, {"doubtful": True}),
        ({"selection": "picked", "note": "'Up to 50 percent'."}, {"doubtful": True}),
        ({"selection": "picked", "note": "n is an upper bound."}, {}),
        ({"selection": "picked", "note": "Up to 16 examples."}, {}),
        ({"selection": "complete", "note": "The most extreme of nine tasks."}, {}),
        (
            AGENTS | {"model": "big", "note": "Editor is small, which"},
            {"subtype": "several-models"},
        ),
        (
            AGENTS | {"model": "big 1.5", "note": "editor big-1-5 writes"},
            {},
        ),
        ({"technique": "model-scaling", "note": "Edit formats differ (whole, diff)."}, {"doubtful": True}),
        (RATE | {"metric": "output tokens per second"}, {"unit": "tokens per second"}),
        (RATE | {"metric": "mean accepted tokens per step"}, {}),
    ],
)  # fmt: skip
def test_a_label_follows_the_words(given: dict[str, Any], changed: dict[str, Any]) -> None:
    raw = line(**given)
    assert relabelling.relabelled(raw) == changed
    assert relabelling.relabelled(raw | changed) == {}  # a second import changes nothing


@pytest.mark.parametrize(
    ("given", "whom"),
    [
        ({"independence": "independent"}, "neither"),
        ({"independence": "rival"}, "comparator"),
        ({"independence": "vendor"}, "treated"),
        # A maker's two sizes of one family, and a maker's product against a rival's.
        (
            {
                "independence": "vendor", "technique": "model-scaling", "model": "Qwen3-8B",
                "comparator": "next smaller model, Qwen3-4B", "source": {"title": "Report", "authors": "Qwen Team"},
            },
            "neither",
        ),
        (
            {
                "independence": "vendor", "technique": "model-scaling", "model": "Qwen3-8B",
                "comparator": "Llama 3 8B", "source": {"title": "Report", "authors": "Qwen Team"},
            },
            "treated",
        ),
        # A maker of tools quantises other makers' weights: its tool is the treated side.
        (
            {
                **WEIGHTS,
                "source": {"title": "Benchmarks", "authors": "NVIDIA"}, "source_id": "github:nvidia/tool",
            },
            "treated",
        ),
        (
            {
                **WEIGHTS,
                "source": {"title": "Qwen docs", "authors": "Qwen team"}, "source_id": "url:qwen.example",
            },
            "neither",
        ),
        # The comparator is the reporter's own product.
        (
            {"independence": "vendor", "comparator": "rival engine (Fast)", "note": "Run by the makers of Fast; 9 s."},
            "comparator",
        ),
    ],
)  # fmt: skip
def test_who_gains_follows_from_who_made_each_side(given: dict[str, Any], whom: str) -> None:
    assert interests.gains(line(**given)) == whom


def test_makers_gain_nothing_from_the_sizes_of_their_family(pack: Pack) -> None:
    sizes = [r for r in pack.records if r.technique == "model-scaling" and r.contrast == "added"]
    vendors = [record for record in sizes if record.independence == "vendor"]
    assert len(vendors) > 400
    assert {gains_of(record) for record in sizes} == {"neither"}


def test_wrong_answers_stand_apart_from_safety(pack: Pack) -> None:
    wrong = [record for record in pack.records if record.outcome == "wrong-answers"]
    assert not any(record.higher_is_better for record in wrong)
    assert not any("hallucination" in record.metric for record in pack.records if record.outcome == "safety")
    assert {"retrieval-augmented-generation", "test-time-compute", "model-scaling"} <= {r.technique for r in wrong}


def test_no_picked_extreme_answers_a_question(pack: Pack) -> None:
    told = [r for r in pack.records if r.selection == "picked" and "most extreme" in r.note.lower()]
    assert told and all(record.doubtful for record in told)


def test_the_grown_pack_holds_what_was_gathered(pack: Pack) -> None:
    # Counted by the notes that came with the evidence of November 2026.
    assert len(pack.records) == 12_796
    assert len({record.source_id for record in pack.records}) == 560
    assert sum(record.setting == "production" for record in pack.records) == 417
    assert (pack.path / "rejected.jsonl").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    ("authors", "kept"),
    [
        ("not named in the notes read", None),
        ("authors not read", None),
        ("practitioner blog, author not shown in the text read", None),
        ("unnamed", None),
        ("Various", None),
        ("rivus benchmarks (no personal author given)", "rivus benchmarks (no personal author given)"),
        ("Notley et al.", "Notley et al."),
        ("Agrawal et al.", "Agrawal et al."),
    ],
)
def test_words_that_say_that_no_author_is_known_are_none(authors: str, kept: str | None) -> None:
    said = relabelling.relabelled(line(source={"title": "A page", "authors": authors}))
    assert said.get("source", {"authors": authors})["authors"] == kept


@pytest.mark.parametrize(
    ("read_at", "kept"),
    [
        ("secondary copy, address unknown (file id 44466073521)", "secondary copy, address unknown"),
        ("secondary copy, address unknown ()", "secondary copy, address unknown"),
        ("a copy (notes; same figures in ids 68424108429, 55263197203)", "a copy (notes)"),
        ("https://openreview.net/forum?id=Sia4P28yXr", None),
        ("https://example.org/item/35156664 (excerpt)", None),
    ],
)
def test_numbers_of_a_private_filing_lead_nowhere_and_go(read_at: str, kept: str | None) -> None:
    assert relabelling.relabelled(line(read_at=read_at)).get("read_at") == kept


def test_no_shipped_source_is_called_by_what_is_not_known_of_it(pack: Pack) -> None:
    for record in pack.records:
        said = relabelling.source_named({"source": {"authors": record.source.authors, "ref": record.source.ref}})
        assert "source" not in said, record.id
