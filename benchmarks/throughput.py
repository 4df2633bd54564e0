"""What driving a model endpoint costs: processor seconds of the client per 1,000 calls, Tierproof beside its peers.

    python benchmarks/throughput.py                                  bare aiohttp against Tierproof
    python benchmarks/throughput.py --items 100000 --clients tierproof      memory over a long run
    python benchmarks/throughput.py --peers DIR                      also the peers installed under DIR:
        DIR/inspect/bin/inspect     a virtual environment with inspect-ai and openai
        DIR/lm-eval/bin/lm_eval     a virtual environment with lm-eval[api]
        DIR/promptfoo/node_modules/.bin/promptfoo       npm install promptfoo, node 22 or later on the PATH

Every client runs in a fresh process against one server (tests/servers/endpoint.py) on this machine, with the same
items, limits and concurrency, and must report the accuracy that the server's answers have.  Charged to the calls is the
difference between a run of all items and a run of one, so that start-up is left out; it has its own column.  Processor
time is compared, since wall-clock time moves with what the neighbours do.  Tierproof runs as a measurement does:
journal, budget, cache look-up, system, exact scoring, outcomes on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from results import Row

HERE = Path(__file__).resolve().parent
SERVERS = HERE.parent / "tests"
sys.path.insert(0, str(SERVERS))

from servers.endpoint import is_wrong, item_prompt, item_target  # noqa: E402

MAX_TOKENS = 16
PATIENCE_SECONDS = 900
MODEL = "stub-1"


# What a client is told, and the two that run in this interpreter.
@dataclass(frozen=True)
class Job:
    items: int
    base_url: str
    concurrency: int
    folder: Path


async def _drive(job: Job, call: Callable[[str], Awaitable[str]]) -> float:
    """Accuracy over all items, with as many workers as calls may be in flight."""
    right = 0
    numbers = iter(range(job.items))

    async def worker() -> None:
        nonlocal right
        for number in numbers:
            text = await call(item_prompt(number))
            right += text.strip() == item_target(number)

    await asyncio.gather(*(worker() for _ in range(job.concurrency)))
    return right / job.items


async def bare_aiohttp(job: Job) -> float:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=job.concurrency)
    url = f"{job.base_url}/chat/completions"
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer none"}) as session:

        async def call(text: str) -> str:
            messages = [{"role": "user", "content": text}]
            body = {"model": MODEL, "messages": messages, "temperature": 0, "max_tokens": MAX_TOKENS}
            async with session.post(url, json=body) as response:
                response.raise_for_status()
                table = await response.json()
                return str(table["choices"][0]["message"]["content"])

        return await _drive(job, call)


async def tierproof(job: Job) -> float:
    from tierproof.experiment.calls.caller import Caller
    from tierproof.experiment.calls.journals.journal import Journal
    from tierproof.experiment.calls.money.budget import parse_budget
    from tierproof.experiment.design.design import FixedDesign
    from tierproof.experiment.design.standing import Stakes
    from tierproof.experiment.findings.arm import Arm
    from tierproof.experiment.findings.kept.outcomes import Outcomes
    from tierproof.experiment.run.runner import Run
    from tierproof.experiment.workload.scorers import Place, scorer_from
    from tierproof.systems.item import Item
    from tierproof.systems.models import ModelSpec, Price
    from tierproof.systems.parts.direct import Direct
    from tierproof.systems.system import Decoding, System

    spec = ModelSpec(
        name=MODEL,
        base_url=job.base_url,
        api_key_env="STUB_API_KEY",
        price=Price(input=0.15, output=0.6, cached_input=0.075),
        concurrency=job.concurrency,
    )
    arm = Arm(
        name="baseline",
        system=System(model=MODEL, steps=Direct(), decoding=Decoding(temperature=0, max_tokens=MAX_TOKENS)),
    )
    items = [Item(id=str(at), input=item_prompt(at), target=item_target(at)) for at in range(job.items)]
    with Journal(job.folder / "journal.sqlite", run="benchmark") as journal:
        async with Caller([spec], journal=journal, budget=parse_budget("1000usd, 900min")) as caller:
            with Outcomes(job.folder, [arm.name]) as outcomes:
                run = Run(
                    [arm],
                    items,
                    scorer=scorer_from({"kind": "exact"}, Place(folder=job.folder, models=(MODEL,))),
                    caller=caller,
                    design=FixedDesign(1, job.items, stakes=Stakes(), round_trials=max(1024, 16 * job.concurrency)),
                    workers=job.concurrency,
                    take=outcomes.add,
                )
                ending = await run.play()
                outcomes.save()
        assert ending.kind == "complete" and caller.ledger.taken == journal.spend().total
        return run.trials.means(0)[0]


IN_PROCESS = {"bare aiohttp": bare_aiohttp, "tierproof": tierproof}


def runner_of(client: str) -> Callable[[Coroutine[Any, Any, float]], float]:
    """What runs a client in this interpreter: Tierproof as its commands do, on uvloop where that is installed."""
    if client != "tierproof":
        return asyncio.run
    from tierproof.experiment.calls.event_loop import run

    return run


# Peers, each as its own documentation runs such a task.
INSPECT_TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import exact
from inspect_ai.solver import generate

@task
def sums():
    return Task(dataset=json_dataset({items!r}), solver=generate(), scorer=exact())
"""
INSPECT_SCORE = (
    "import sys, glob; from inspect_ai.log import read_eval_log; "
    "log = read_eval_log(glob.glob(sys.argv[1] + '/*.eval')[0], header_only=True); "
    "print(log.results.scores[0].metrics['mean'].value)"
)
LM_EVAL_TASK = """
task: sums
dataset_path: json
dataset_kwargs:
  data_files:
    test: {items}
test_split: test
output_type: generate_until
doc_to_text: "{{{{input}}}}"
doc_to_target: "{{{{target}}}}"
generation_kwargs: {{until: [], max_gen_toks: 16}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true}}
"""


def item_file(job: Job) -> Path:
    path = job.folder / "items.jsonl"
    rows = ({"id": at, "input": item_prompt(at), "target": item_target(at)} for at in range(job.items))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def inspect_command(peers: Path, job: Job) -> list[str]:
    (job.folder / "sums.py").write_text(INSPECT_TASK.format(items=str(item_file(job))), encoding="utf-8")
    most = str(job.concurrency)
    return [
        *(str(peers / "inspect/bin/inspect"), "eval", "sums.py", "--model", f"openai-api/stub/{MODEL}"),
        *("--max-connections", most, "--max-samples", most, "--temperature", "0", "--max-tokens", str(MAX_TOKENS)),
        *("--display", "none", "--log-dir", str(job.folder / "logs")),
    ]


def inspect_accuracy(peers: Path, job: Job, output: str) -> float:
    command = [str(peers / "inspect/bin/python"), "-c", INSPECT_SCORE, str(job.folder / "logs")]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def lm_eval_command(peers: Path, job: Job) -> list[str]:
    (job.folder / "task").mkdir()
    (job.folder / "task/sums.yaml").write_text(LM_EVAL_TASK.format(items=item_file(job)), encoding="utf-8")
    url = f"{job.base_url}/chat/completions"
    return [
        *(str(peers / "lm-eval/bin/lm_eval"), "run", "--model", "local-chat-completions", "--model_args"),
        f"model={MODEL},base_url={url},num_concurrent={job.concurrency},max_retries=3",
        *("--tasks", "sums", "--include_path", "task", "--apply_chat_template", "--log_samples"),
        *("--output_path", str(job.folder / "results")),
    ]


def lm_eval_accuracy(peers: Path, job: Job, output: str) -> float:
    return float(re.search(r"exact_match\|↑\s*\|\s*([0-9.]+)\|", output)[1])  # type: ignore[index]


def promptfoo_command(peers: Path, job: Job) -> list[str]:
    tests = [
        {
            "vars": {"input": item_prompt(at), "target": item_target(at)},
            "assert": [{"type": "equals", "value": "{{target}}"}],
        }
        for at in range(job.items)
    ]
    settings = {"apiBaseUrl": job.base_url, "apiKey": "none", "temperature": 0, "max_tokens": MAX_TOKENS}
    config = {
        "prompts": ["{{input}}"],
        "providers": [{"id": f"openai:chat:{MODEL}", "config": settings}],
        "tests": tests,
    }
    (job.folder / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf-8")
    program = str(peers / "promptfoo/node_modules/.bin/promptfoo")
    flags = ["--no-cache", "--no-table", "--no-progress-bar"]
    return [program, "eval", "-c", "promptfooconfig.json", "-j", str(job.concurrency), *flags]


def promptfoo_accuracy(peers: Path, job: Job, output: str) -> float:
    return int(re.search(r"([\d,]+) passed", output)[1].replace(",", "")) / job.items  # type: ignore[index]


PEERS = {
    "inspect-ai": ("inspect/bin/inspect", inspect_command, inspect_accuracy),
    "lm-eval": ("lm-eval/bin/lm_eval", lm_eval_command, lm_eval_accuracy),
    "promptfoo": ("promptfoo/node_modules/.bin/promptfoo", promptfoo_command, promptfoo_accuracy),
}
ENVIRONMENT = {  # nothing leaves the machine
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_FAILED_TEST_EXIT_CODE": "0",
    "OPENAI_API_KEY": "none",
    "STUB_API_KEY": "none",
    "PYTHONWARNINGS": "ignore",
    "NO_COLOR": "1",
}


# Measuring.
@dataclass(frozen=True)
class Run:
    cpu: float
    """Seconds, user and system, of the client and its children."""
    wall: float
    peak_megabytes: float
    accuracy: float


@contextlib.contextmanager
def server(latency: float) -> Iterator[str]:
    command = [sys.executable, str(SERVERS / "servers/endpoint.py"), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.terminate()


def reset(host: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(f"{host}/reset", data=b"", method="POST"), timeout=10):
        pass


def run_once(client: str, peers: Path | None, job: Job) -> Run:
    """Run a client in a fresh process and folder; raises RuntimeError if it fails."""
    environment = {**os.environ, **ENVIRONMENT, "STUB_BASE_URL": job.base_url, "XDG_DATA_HOME": str(job.folder)}
    environment["PROMPTFOO_CONFIG_DIR"] = str(job.folder)
    if client in IN_PROCESS:
        arguments = [client, str(job.items), job.base_url, str(job.concurrency), str(job.folder)]
        command = [sys.executable, str(Path(__file__).resolve()), "--client", *arguments]
    else:
        assert peers is not None
        command = PEERS[client][1](peers, job)
    with (job.folder / "output.txt").open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=job.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        timer = threading.Timer(PATIENCE_SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    text = (job.folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise RuntimeError(f"{client} ended with {process.returncode}:\n{text[-2000:]}")
    accuracy = float(text) if client in IN_PROCESS else PEERS[client][2](peers or Path(), job, text)
    # Kilobytes on Linux, bytes on macOS.
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Run(usage.ru_utime + usage.ru_stime, wall, peak, accuracy)


@dataclass(frozen=True)
class Figures:
    client: str
    cpu_per_1000: float
    """Seconds."""
    start: float
    """Processor seconds of a run of one item."""
    wall: float
    peak_megabytes: float


def measure(
    clients: Iterable[str], *, items: int, concurrency: int, latency: float, repeats: int, peers: Path | None
) -> list[Figures]:
    """Median figures of each client.  Repeats go round the clients in turn, so that a busy minute hits all alike."""
    runs: dict[str, list[tuple[Run, Run]]] = {client: [] for client in clients}
    expected = sum(not is_wrong(number) for number in range(items)) / items
    with server(latency) as host:
        for _ in range(repeats):
            for client in tuple(runs):
                try:
                    pair = [_measured(client, host, count, concurrency, peers) for count in (1, items)]
                    if abs(pair[1].accuracy - expected) > 6e-5:  # lm-eval prints four digits
                        raise RuntimeError(f"reports {pair[1].accuracy}, the answers have {expected}")
                except (RuntimeError, subprocess.CalledProcessError, TypeError, ValueError) as error:
                    if client in IN_PROCESS:
                        raise
                    # A peer that does not run here is left out, and said to be.
                    print(f"{client} is left out: {error}", file=sys.stderr)
                    del runs[client]
                    continue
                runs[client].append((pair[0], pair[1]))
    return [
        Figures(
            client,
            median((many.cpu - one.cpu) / (items - 1) * 1000 for one, many in pairs),
            median(one.cpu for one, _ in pairs),
            median(many.wall for _, many in pairs),
            max(many.peak_megabytes for _, many in pairs),
        )
        for client, pairs in runs.items()
    ]


def _measured(client: str, host: str, count: int, concurrency: int, peers: Path | None) -> Run:
    reset(host)
    with tempfile.TemporaryDirectory() as scratch:
        return run_once(client, peers, Job(count, f"{host}/v1", min(concurrency, count), Path(scratch)))


def table(figures: Iterable[Figures], against: str) -> str:
    figures = list(figures)
    floor = next((row.cpu_per_1000 for row in figures if row.client == against), None)
    lines = [
        f"{'client':14s}{'CPU s / 1,000 calls':>20s}{'ratio':>8s}{'start CPU s':>13s}{'wall s':>8s}{'peak MB':>9s}"
    ]
    for row in figures:
        ratio = "" if floor is None else f"{row.cpu_per_1000 / floor:.2f}"
        lines.append(
            f"{row.client:14s}{row.cpu_per_1000:20.3f}{ratio:>8s}{row.start:13.2f}{row.wall:8.1f}{row.peak_megabytes:9.0f}"
        )
    return "\n".join(lines)


def installed(peers: Path | None) -> list[str]:
    """Peers that lie under the folder; what does not is named, so that a table without it is no surprise."""
    found = [] if peers is None else [name for name, (program, _, _) in PEERS.items() if (peers / program).exists()]
    absent = ", ".join(name for name in PEERS if name not in found)
    if absent:
        print(f"not installed, so left out: {absent} (see the top of benchmarks/throughput.py)", file=sys.stderr)
    return found


def rows(peers: Path | None = None) -> list[Row]:
    """Rows for `make bench`.  Peers: folder in the environment variable TIERPROOF_PEERS."""
    named = os.environ.get("TIERPROOF_PEERS")
    peers = Path(named).resolve() if named and peers is None else peers
    figures = {
        row.client: row
        for row in measure(
            [*IN_PROCESS, *installed(peers)], items=3000, concurrency=64, latency=0.02, repeats=3, peers=peers
        )
    }
    ours = figures.pop("tierproof")
    bounds = {"bare aiohttp": 2.0}
    return [
        Row(
            "client CPU per 1,000 calls, 64 at once",
            f"{ours.cpu_per_1000:.2f} s",
            f"{name}: {row.cpu_per_1000:.2f} s",
            ours.cpu_per_1000 / row.cpu_per_1000,
            bounds.get(name, 1.0),
        )
        for name, row in figures.items()
    ]


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        name, items, base_url, concurrency, folder = sys.argv[2:]
        job = Job(int(items), base_url, int(concurrency), Path(folder))
        print(repr(runner_of(name)(IN_PROCESS[name](job))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds that the server takes to answer")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clients", help="comma-separated; default: both of our own and all installed peers")
    parser.add_argument("--peers", type=Path, help="folder with the peers' environments")
    options = parser.parse_args()
    peers = options.peers.resolve() if options.peers else None
    if shutil.which("node") is None and peers is not None:
        print("no node on the PATH: promptfoo cannot run", file=sys.stderr)
    clients = options.clients.split(",") if options.clients else [*IN_PROCESS, *installed(peers)]
    figures = measure(
        clients,
        items=options.items,
        concurrency=options.concurrency,
        latency=options.latency,
        repeats=options.repeats,
        peers=peers,
    )
    print(table(figures, "bare aiohttp"))


if __name__ == "__main__":
    main()
