"""Real servers behind real runs: llama.cpp's and LiteLLM's proxy, started and stopped here.  `make test-servers`.

* llama.cpp's server with one of the lab's models, written as GGUF (`servers/gguf_of_lab.py`).
* LiteLLM's proxy in front of the lab's own endpoint.

What is held is what they do with what techniques ask for, and what a run says of it; scores are no matter here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from servers.gguf_of_lab import write_gguf
from tierproof.errors import InputError
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.experiment.workload.folder import load_workload
from tierproof.lab.serving.family import SHIPPED, Family
from tierproof.lab.world.shop import write_workload
from tierproof.systems.models import ChatRequest, ModelSpec, Price, user_message
from tierproof.systems.models.features import features_of
from tierproof.systems.models.simple import chat
from tierproof.systems.models.wire.refusals import RetryPolicy

BESIDE = Path(sys.executable).parent
STARTS_WITHIN = 120
KEY = "sk-a-key-of-these-tests-alone"
PRICE = Price(input=1, output=2)
QUICKLY = RetryPolicy(attempts=2, base_seconds=0.01)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def started(command: Sequence[str], health: str, log: Path) -> Iterator[None]:
    """A server, from when it answers until the end of the block.  Skips where it does not start here."""
    environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environ, start_new_session=True)
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(health, timeout=2).close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"{Path(command[0]).name} does not start here: {log.read_text(errors='replace')[-400:]}")
            time.sleep(0.3)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of llama.cpp's server."""
    pytest.importorskip("gguf", reason="not installed here: make test-servers")
    server = BESIDE / "llama-server-vulkan"
    if not server.exists():
        pytest.skip("not installed here: make test-servers")
    folder, port = tmp_path_factory.mktemp("llama"), free_port()
    weights = write_gguf(SHIPPED / "lab-200k", folder / "lab-200k.gguf")
    command = [str(server), "-m", str(weights), "--host", "127.0.0.1", "--port", str(port), "--jinja", "-c", "4096"]
    with started([*command, "--parallel", "4"], f"http://127.0.0.1:{port}/health", folder / "log"):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.fixture(scope="module")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of LiteLLM's proxy, which knows one of the lab's models."""
    pytest.importorskip("litellm", reason="not installed here: make test-servers")
    folder, port, behind = tmp_path_factory.mktemp("litellm"), free_port(), free_port()
    (folder / "config.yaml").write_text(
        "model_list:\n"
        "  - model_name: lab-200k\n"
        f'    litellm_params: {{model: openai/lab-200k, api_base: "http://127.0.0.1:{behind}/v1", api_key: none}}\n'
        "litellm_settings: {num_retries: 0, telemetry: false}\n"
        f"general_settings: {{master_key: {KEY}}}\n",
        encoding="utf-8",
    )
    lab = [sys.executable, "-m", "tierproof", "lab", "serve", "--port", str(behind)]
    proxy = [str(BESIDE / "litellm"), "--config", str(folder / "config.yaml"), "--host", "127.0.0.1"]
    with (
        started(lab, f"http://127.0.0.1:{behind}/v1/models", folder / "lab.log"),
        started([*proxy, "--port", str(port)], f"http://127.0.0.1:{port}/health/liveliness", folder / "proxy.log"),
    ):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_KEY", KEY)


def measured(
    address: str, folder: Path, *arms: str, dialect: str = "vllm-old", large: str = "", model: str = ""
) -> Measurement:
    """Arms on the lab's questions, with one model, or a second and larger one at the same address."""
    where = folder / "workload"
    write_workload(where, items=40, models=Family().ladder())
    text = (where / "workload.toml").read_text(encoding="utf-8")
    named = "".join(
        f'[[models]]\nname = "{name}"\nmodel_id = "{sent}"\nbase_url = "{address}"\napi_key_env = "PROXY_KEY"\n'
        "price = { input = 1, output = 2 }\ncontext_limit = 1024\nmax_output = 64\nconcurrency = 4\n"
        for name, sent in (("lab-200k", model or "lab-200k"), (large, large))
        if name
    )
    head, tail = text[: text.index("[[models]]")], text[text.index("[baseline]") :]
    tail = re.sub(r"^model = .*$", 'model = "lab-200k"', tail, count=1, flags=re.MULTILINE)
    text = f'grammar_dialect = "{dialect}"\n{head}{named}{tail}'
    (where / "workload.toml").write_text(text, encoding="utf-8")
    workload = load_workload(where)
    return asyncio.run(measure(workload, folder / "results", names=arms, fixed=12, retry=QUICKLY))


def why(found: Measurement, arm: str) -> str:
    """Why an arm was not measured; empty: it was."""
    [result] = [one for one in found.results if one.arm.name == arm]
    assert bool(result.unmeasured) == (result.comparison is None)
    return result.unmeasured


def spec(address: str, **settings: object) -> ModelSpec:
    given = {"name": "lab-200k", "base_url": address, "price": PRICE, "api_key_env": "PROXY_KEY", "max_output": 32}
    return ModelSpec(**{**given, **settings})  # type: ignore[arg-type]


def test_what_llama_cpp_has_is_told(llama: str) -> None:
    has = {one.name: one.has for one in features_of(spec(llama))}
    assert has["response_format"] and has["grammar_dialect llama.cpp"] and has["logprobs"] and has["usage"]
    assert has["temperature"] and has["cached tokens"]
    # Taken with 200 and left aside, or refused.
    assert not (has["grammar_dialect vllm"] or has["grammar_dialect vllm-old"] or has["grammar_dialect openai"])


def test_llama_cpp_is_held_to_the_labs_grammar_in_its_own_notation(llama: str, tmp_path: Path) -> None:
    found = measured(llama, tmp_path, "dsl-injection", dialect="llama.cpp")
    assert not why(found, "dsl-injection")
    assert any(record.technique == "dsl-injection" for record in found.records)


def test_a_dialect_that_llama_cpp_leaves_aside_measures_nothing(llama: str, tmp_path: Path) -> None:
    found = measured(llama, tmp_path, "dsl-injection", dialect="vllm")
    assert "does not hold answers to the form" in why(found, "dsl-injection")


def test_draws_and_probabilities_of_llama_cpp_are_real(llama: str, tmp_path: Path) -> None:
    found = measured(llama, tmp_path, "test-time-compute", "prompt-caching")
    assert not why(found, "test-time-compute")
    assert not found.unseen, "it reports what its cache held"
    assert not any(result.estimated for result in found.results)


def test_tools_without_a_template_for_them_are_no_evidence(llama: str, tmp_path: Path) -> None:
    found = measured(llama, tmp_path, "function-calling")
    told = why(found, "function-calling")
    assert "ignores tools" in told or "refused every request" in told
    assert not found.table_records


def test_one_model_under_two_names_is_told(llama: str, tmp_path: Path) -> None:
    found = measured(llama, tmp_path, "model-scaling", large="lab-3m")
    assert "are one model" in why(found, "model-scaling")


def test_a_request_beyond_the_context_is_refused_in_words(llama: str) -> None:
    request = ChatRequest(model="lab-200k", messages=(user_message("7 " * 3000),))
    with pytest.raises(InputError, match=r"status 400.*context"):
        chat(spec(llama), [request], retry=QUICKLY)


def test_the_proxy_passes_on_what_the_lab_has(litellm: str, tmp_path: Path) -> None:
    found = measured(litellm, tmp_path, "function-calling", "dsl-injection", "prompt-caching")
    assert [why(found, result.arm.name) for result in found.results[1:]] == [""] * 3
    assert not any(result.estimated for result in found.results) and not found.unseen and not found.doubts


def test_a_model_that_the_proxy_does_not_know_leaves_its_arm_out(litellm: str, tmp_path: Path) -> None:
    found = measured(litellm, tmp_path, "model-scaling", large="lab-3m")
    assert "Invalid model name" in why(found, "model-scaling")
    assert found.ending.kind == "complete"


def test_a_baseline_that_the_proxy_does_not_know_ends_the_run_with_its_words(litellm: str, tmp_path: Path) -> None:
    found = measured(litellm, tmp_path, "chain-of-thought", model="lab-typo")
    assert found.ending.kind == "failed" and "Invalid model name" in found.ending.message
    assert found.spend.total.calls <= 16, "the first few, and those under way with them"
    assert not found.records


def test_a_wrong_key_is_told_without_the_key(litellm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_KEY", "sk-quite-another")
    with pytest.raises(InputError) as caught:
        chat(spec(litellm), [ChatRequest(model="lab-200k", messages=(user_message("7"),))], retry=QUICKLY)
    told = str(caught.value)
    assert re.search(r"status 40[013]", told) and "sk-quite-another" not in told


def test_features_are_the_same_through_the_proxy(litellm: str) -> None:
    through = {one.name: one.has for one in features_of(spec(litellm))}
    assert through["tools"] and through["response_format"] and through["logprobs"] and through["seed"]
    assert not through["grammar_dialect openai"]
