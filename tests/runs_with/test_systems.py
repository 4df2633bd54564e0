"""The systems of `examples/systems/`, each measured by the command line on the lab's endpoint.  `make test-parts`.

DSPy's program is measured on an endpoint of these tests: it asks for a form that the lab's models do not keep.

What is held is that they run as they are and that what they take is counted: calls and tokens of those that call
through the given address, and what those state that call nothing.  No environment holds all frameworks; each runs
those that it has, and must have those that TIERPROOF_SYSTEMS names.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from servers.endpoint import serve
from tierproof.lab.serving.family import SHIPPED, Family
from tierproof.lab.world.shop import write_workload

EXAMPLES = Path(__file__).parents[2] / "examples" / "systems"
CALLING = {
    "langchain": ("langchain_chain", ("langchain", "langchain_openai"), 1),
    "langgraph": ("langgraph_check", ("langgraph", "langchain_openai"), 2),
    "llama-index": ("llama_index_pages", ("llama_index.llms.openai_like",), 1),
    "haystack": ("haystack_pipeline", ("haystack",), 1),
    "pydantic-ai": ("pydantic_ai_agent", ("pydantic_ai",), 1),
    "dspy": ("dspy_program", ("dspy",), 1),
}
"""By the system's name: its file, what it imports, and how many calls an answer takes at least."""
CALLING_NOTHING = {
    "transformers": ("transformers_pipeline", ("transformers", "torch")),
    "keras": ("keras_classifier", ("keras", "tensorflow")),
    "scikit-learn": ("sklearn_pipeline", ("sklearn",)),
}
ITEMS = 4
SAYS = {"returns": "how do I send back", "delivery": "when comes the parcel with", "care": "how do I wash"}
KEPT = "[[ ## answer ## ]]\nreeds\n\n[[ ## completed ## ]]"
"""A reply in the form that DSPy asks for."""


def needs(name: str, modules: tuple[str, ...]) -> None:
    def there(module: str) -> bool:
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.util.find_spec(module) is not None
        return False

    if lacking := [module for module in modules if not there(module)]:
        assert name not in os.environ.get("TIERPROOF_SYSTEMS", "").split(","), f"{lacking} are not installed"
        pytest.skip(f"{lacking[0]} is not installed here: make test-parts")


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    """Address of the lab's endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    command = [sys.executable, "-m", "tierproof", "lab", "serve", "--port", str(port)]
    address = f"http://127.0.0.1:{port}/v1"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 120
            while True:
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{address}/models", timeout=5).close()
                    break
                assert server.poll() is None and time.monotonic() < deadline, "the lab does not start"
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def asked(given: str | list[dict[str, str]]) -> str:
    """The text of a request: what a system that takes a text is asked."""
    return given if isinstance(given, str) else given[-1]["content"]


def lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def measured(lab: str, folder: Path, name: str, file: str, kind: str) -> list[dict[str, Any]]:
    """The example copied into a workload of the lab, and measured there: the system's outcomes."""
    write_workload(folder, items=ITEMS, models=Family().ladder()[:1])
    rows = [json.loads(line) for line in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    lines(folder / "items.jsonl", [{**row, "input": asked(row["input"])} for row in rows])
    if kind == "function" and name != "transformers":
        things, queues = ("boots", "tent", "stove", "rope"), ("returns", "delivery", "care")
        said = [(f"{SAYS[queue]} the {thing}", queue) for thing in things for queue in queues]
        lines(folder / "train.jsonl", [{"input": text, "output": queue} for text, queue in said])
        told = [(f"{SAYS[queue]} my lamp", queue) for queue in (*queues, "care")]
        items = [{"id": str(place), "input": text, "target": queue} for place, (text, queue) in enumerate(told)]
        lines(folder / "items.jsonl", items)
    shutil.copy(EXAMPLES / f"{file}.py", folder)
    told = (EXAMPLES / f"{file}.py").read_text(encoding="utf-8").partition("[[systems]]")[2].partition('"""')[0]
    table = "[[systems]]\n" + "\n".join(line.strip() for line in told.splitlines())
    assert f'name = "{name}"' in table and f'{kind} = "{file}.py:' in table, "the example says how it is named"
    manifest = folder / "workload.toml"
    text = manifest.read_text(encoding="utf-8").replace("http://127.0.0.1:8321/v1", lab)
    assert lab in text
    manifest.write_text(f"{text}\n{table}\n", encoding="utf-8")
    command = [sys.executable, "-m", "tierproof", "measure", str(folder), "--techniques", f"own(name={name})"]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [*command, "--fixed", str(ITEMS), "--json"],
        capture_output=True,
        text=True,
        env=environ,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcomes = (folder / "results" / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, outcomes) if row.get("arm") == f"own(name={name})"]


@pytest.mark.parametrize("name", CALLING)
def test_a_framework_runs_as_it_is_and_its_calls_are_counted(name: str, lab: str, tmp_path: Path) -> None:
    file, modules, calls = CALLING[name]
    needs(name, modules)
    with serve(answer=lambda body: KEPT) if name == "dspy" else contextlib.nullcontext() as scripted:
        own = measured(lab if scripted is None else scripted.base_url, tmp_path / "desk", name, file, "make")
    price = tomllib.loads((tmp_path / "desk" / "workload.toml").read_text(encoding="utf-8"))["models"][0]["price"]
    assert len(own) == ITEMS
    for row in own:
        assert not row.get("error"), row
        assert row["text"].strip() and row["calls"] >= calls, row
        assert name != "dspy" or row["text"] == "reeds", "the last field is the answer, without the form around it"
        assert row["prompt_tokens"] > 0 and row["completion_tokens"] > 0 and row["usd"] > 0, row
        # No time of the framework's own, and no more than a run at all may take.
        assert 0 < row["seconds"] < 400
        million = (
            price["input"] * (row["prompt_tokens"] - row["cached_tokens"]) + price["output"] * row["completion_tokens"]
        )
        assert row["usd"] == pytest.approx((million + price["cached_input"] * row["cached_tokens"]) / 1e6)


@pytest.mark.parametrize("name", CALLING_NOTHING)
def test_what_calls_nothing_states_its_cost_and_has_no_tokens(name: str, lab: str, tmp_path: Path) -> None:
    file, modules = CALLING_NOTHING[name]
    needs(name, modules)
    folder = tmp_path / "desk"
    folder.mkdir()
    if name == "transformers":
        shutil.copytree(SHIPPED / "lab-200k", folder / "model")
    own = measured(lab, folder, name, file, "function")
    assert len(own) == ITEMS
    for row in own:
        assert not row.get("error"), row
        assert row["text"].strip() and row["calls"] == 1 and row["prompt_tokens"] == 0
        assert row["usd"] == pytest.approx(row["seconds"] * 0.60 / 3600)
        # The queues' words never meet, so a classifier that was taught tells them apart.
        assert name == "transformers" or row["score"] == 1
