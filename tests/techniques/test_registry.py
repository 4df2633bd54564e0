"""Recipes by name: shipped ones, those of other packages, and what people mistype."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from techniques.answering import BASELINE, made, resources
from tierproof.errors import InputError
from tierproof.techniques import parse_arm, recipes, technique, unmet

NAMED = {
    "model-scaling",
    "prompt-engineering",
    "system-prompt-design",
    "retrieval-augmented-generation",
    "chain-of-thought",
    "test-time-compute",
    "function-calling",
    "agent-orchestration",
    "dsl-injection",
    "model-routing",
    "prompt-caching",
    "semantic-caching",
    "mixture-of-experts",
    "quantization",
    "speculative-decoding",
}
"""The pack's techniques that can be tried at inference time."""


def test_every_technique_of_inference_can_be_measured_and_says_what_it_does() -> None:
    known = recipes()
    assert {recipe.technique for recipe in known.values()} >= NAMED
    assert set(known) >= NAMED, "each has a usual way"
    for recipe in (*known.values(), *recipes(stress=True).values()):
        assert recipe.summary.endswith("."), recipe.name
        assert all(default is not None for default in recipe.options.values()), recipe.name


def test_shipped_ids_are_the_packs_but_for_what_no_evidence_speaks_of() -> None:
    pack = Path(__file__).resolve().parents[2] / "src" / "tierproof" / "packs" / "production_ai" / "techniques"
    ids = {path.stem for path in pack.glob("*.toml")}
    assert {recipe.technique for recipe in recipes().values()} - ids == {"own", "classical-model"}


def test_an_arm_is_parsed_to_steps_with_typed_options() -> None:
    [first, second] = parse_arm("retrieval-augmented-generation(top=6, size=800) + model-routing(threshold=0.5)")
    assert dict(first.options) == {"top": 6, "size": 800}
    assert dict(second.options) == {"threshold": 0.5}
    [text] = parse_arm("system-prompt-design(text=One + two = three)")
    assert dict(text.options) == {"text": "One + two = three"}


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ("retrieval-augmented-generaton", "did you mean retrieval-augmented-generation"),
        ("test-time-compute(sample=3)", "its options: samples=5"),
        ("test-time-compute(samples=many)", "of type int"),
        ("test-time-compute(3)", "write name=value"),
        ("test-time-compute(samples=1)", "make it 2 or more"),
        ("retrieval-augmented-generation(top=0)", "make it 1 or more"),
        ("model-routing(threshold=2)", "from 0 to 1"),
        ("", "no technique is called"),
        ("chain-of-thought+", "no technique is called"),
    ],
)
def test_a_slip_is_told_with_what_would_be_right(arm: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        made(arm)
    assert told in str(caught.value)


def test_options_of_the_workload_hold_where_the_arm_states_none() -> None:
    given = resources(options={"retrieval-augmented-generation": {"top": 2}})
    assert "top 2" in str(made("retrieval-augmented-generation", given).retriever)
    assert "top 1" in str(made("retrieval-augmented-generation(top=1)", given).retriever)


def test_what_a_workload_lacks_is_listed_once() -> None:
    lacks = unmet(parse_arm("dsl-injection+chain-of-thought/checked-refine+function-calling"), resources())
    assert lacks == ("needs schema.json or grammar.lark", "needs tools.py, openapi.json or mcp.json")


def test_an_unknown_need_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="unknown needs"):
        technique("mine", needs=("patience",))


def test_another_packages_techniques_are_found_by_entry_point(tmp_path: Path) -> None:
    (tmp_path / "shouting.py").write_text(
        "from tierproof.techniques import technique\n"
        "@technique('shouting')\n"
        "def shout(system, resources, *, marks: int = 1):\n"
        "    '''Shouted.'''\n"
        "    return system.with_closing('!' * marks)\n",
        encoding="utf-8",
    )
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[tierproof.techniques]\nshouting = shouting\n", encoding="utf-8")
    script = (
        "import asyncio\n"
        "from tierproof.techniques import Resources, System, build, recipes\n"
        "from tierproof.systems.parts.direct import Direct\n"
        "system = asyncio.run(build('shouting(marks=3)', System(model='m', steps=Direct()), Resources()))\n"
        "print(recipes()['shouting'].summary, system.prompt.closing)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.stdout == "Shouted. ('!!!',)\n", done.stderr
    broken = info / "entry_points.txt"
    broken.write_text("[tierproof.techniques]\nshouting = not_there\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert "the techniques of 'not_there' cannot be loaded" in done.stderr


def test_a_baseline_is_left_as_it_was() -> None:
    before = BASELINE.diff(BASELINE)
    for name in recipes():
        if not recipes()[name].lacking(resources()) and not recipes()[name].calls:
            try:
                made(name)
            except InputError:
                continue
    assert BASELINE.diff(BASELINE) == before == ()
