"""All techniques measured on the lab, and `docs/lab-results.md` written from what came out.

    python scripts/lab_full.py FOLDER [--only RUN ...] [--page FILE] [--jobs 2]

Enters: `lab_full.toml`, which says what is measured.  Leaves: one workload with its results for each run under FOLDER,
and the page.  The same command goes on where it was: answers are in journals, trained models in FOLDER/models, and what
is finished is read.  Needs the extras `[measure,lab,train]`; a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from lab_full_page import write_page

from tierproof.lab.serving.family import SHIPPED, Family
from tierproof.lab.world.dialogues import document, with_documents
from tierproof.lab.world.questions import guess_level
from tierproof.lab.world.sayings import DESK
from tierproof.lab.world.shop import MANIFEST, PER_MILLION, draw, write_workload
from tierproof.lab.world.world import Split, world_of

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "lab-results.md"
SEED = 2
"""Of the test shop: not the one that `docs/lab.md` reports."""
FIRST_PORT = 8350
MODEL = """
[[models]]
name = "{name}"
weights = "{weights}"
price = {{ input = {input:.4g}, output = {output:.4g} }}
context_limit = 1024
max_output = 192
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", metavar="RUN", help="measure these runs alone")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; times are cleanest with one")
    asked = parser.parse_args()
    plan = tomllib.loads((HERE / "lab_full.toml").read_text(encoding="utf-8"))
    unknown = set(asked.only or ()) - {run["name"] for run in plan["run"]}
    if unknown:
        parser.error(f"no run is called {', '.join(sorted(unknown))}")
    chosen = [run for run in plan["run"] if not asked.only or run["name"] in asked.only]
    folder: Path = asked.folder.resolve()
    with ThreadPoolExecutor(max(1, asked.jobs)) as pool:
        codes = list(pool.map(lambda run: _measured(folder, plan, run), chosen))
    write_page(folder, plan, asked.page)
    print(f"wrote {asked.page}", flush=True)
    return max(codes, default=0)


def arms_of(run: dict[str, Any]) -> list[str]:
    """The arms as they are named to `tierproof measure`, one for each seed where there are several."""
    seeds = int(run.get("seeds", 1))
    return [arm if seed == 0 else _seeded(arm, seed) for arm in run["arms"] for seed in range(seeds)]


def _seeded(arm: str, seed: int) -> str:
    return f"{arm.removesuffix(')')}, seed={seed})" if arm.endswith(")") else f"{arm}(seed={seed})"


def _measured(folder: Path, plan: dict[str, Any], run: dict[str, Any]) -> int:
    """Measure one run, or find that it is done.  Leaves the exit code."""
    name, place = run["name"], folder / run["name"]
    port = FIRST_PORT + [one["name"] for one in plan["run"]].index(name)
    # What was measured belongs to what was asked for: another plan is another run.
    asked = json.dumps([plan["questions"], run], sort_keys=True)
    said = place / "plan.json"
    if said.is_file() and said.read_text(encoding="utf-8") != asked:
        print(f"{name}: the plan has changed; delete {place} to measure it anew", flush=True)
        return 2
    if (place / "results" / "done").is_file():
        print(f"{name}: done before", flush=True)
        return 0
    if not said.is_file():
        _write(place, plan, run, port)
        said.write_text(asked, encoding="utf-8")
    tool = [sys.executable, "-m", "tierproof"]
    command = [*tool, "measure", str(place), "--techniques", ",".join(arms_of(run)), "--fixed", str(run["items"])]
    if run.get("served"):
        command = [*tool, "lab", "serve", "--port", str(port), "--", *command]
    environment = {"OMP_NUM_THREADS": "1", "TIERPROOF_MODELS": str(folder / "models"), **os.environ}
    start = time.monotonic()
    print(f"{name}: measuring, log in {place / 'log.txt'}", flush=True)
    with (place / "log.txt").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        while process.poll() is None:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                print(f"{name}: {_last_line(place / 'log.txt')}", flush=True)
    print(f"{name}: ended with {process.returncode} after {time.monotonic() - start:.0f} s", flush=True)
    if process.returncode == 0:
        (place / "results" / "done").touch()
    return process.returncode


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1].strip() if lines else "starting"


def _write(place: Path, plan: dict[str, Any], run: dict[str, Any], port: int) -> None:
    """The workload of a run: the lab's own where the lab serves, else one with questions to learn from."""
    family = Family(SHIPPED)
    sizes = dict(family.sizes())
    place.mkdir(parents=True, exist_ok=True)
    if run.get("served"):
        write_workload(
            place,
            seed=SEED,
            items=run["items"],
            base_url=f"http://127.0.0.1:{port}/v1",
            models=family.ladder(),
            sparse=family.sparse(),
            baseline=run["baseline"],
            # One request at a time: a time is then an answer's and not a queue's.
            concurrency=1,
            # Of two arms that send the same prompt the second would pay less for coming second.
            cached=run.get("cached", False),
        )
        return
    _lines(place / "items.jsonl", _questions(plan, "test", run["items"]))
    if "examples" in run:
        _lines(place / "train.jsonl", _lessons(plan, run))
    tables = "".join(
        MODEL.format(
            name=name,
            weights=SHIPPED / name,
            input=PER_MILLION * sizes[name] / 1e6,
            output=4 * PER_MILLION * sizes[name] / 1e6,
        )
        for name in run["models"]
    )
    options = "".join(
        f'\n[options."{technique}"]\n' + "".join(f"{dial} = {value}\n" for dial, value in dials.items())
        for technique, dials in run.get("options", {}).items()
    )
    manifest = MANIFEST.format(
        name=f"lab-{run['name']}",
        description=run["title"],
        arms="",
        models=tables,
        baseline=run["baseline"],
        desk=DESK,
        tokens=24,
        options=options,
    )
    (place / "workload.toml").write_text(manifest, encoding="utf-8")


def _questions(plan: dict[str, Any], split: Split, count: int) -> Iterator[dict[str, Any]]:
    """Questions with their documents, of the shop of a split, in the plan's shares and a random order."""
    rng = np.random.default_rng([SEED, 9])
    world = world_of(split, SEED)
    kinds = [(kind, documents) for kind, documents, share in plan["questions"] for _ in range(round(share * count))]
    for number, at in enumerate(rng.permutation(len(kinds)), 1):
        kind, documents = kinds[int(at)]
        question, shown = draw(world.products, kind, documents, rng)
        text = with_documents(question.text, [document(product, rng) for product in shown])
        system = {"role": "system", "content": question.instruction}
        yield {
            "id": f"q{number}",
            "input": [system, {"role": "user", "content": text}] if question.instruction else text,
            "target": question.answer,
            "kind": kind,
            "documents": documents,
            "guess": round(guess_level(kind, documents), 4),
        }


def _lessons(plan: dict[str, Any], run: dict[str, Any]) -> list[dict[str, Any]]:
    """Solved questions of a training shop; with `copies`, half of them repeat a few of the others."""
    copies = run.get("copies", 0)
    count = run["examples"] // 2 if copies else run["examples"]
    lessons = [_lesson(one) for one in _questions(plan, "train", count)]
    repeated = lessons[: len(lessons) // copies] * copies if copies else []
    order = np.random.default_rng([SEED, 10]).permutation(len(lessons) + len(repeated))
    return [(lessons + repeated)[int(at)] for at in order]


def _lesson(one: dict[str, Any]) -> dict[str, Any]:
    """A question with its answer, asked as the baseline asks an item."""
    if isinstance(one["input"], str):
        return {"input": one["input"], "output": one["target"]}
    instruction, asked = one["input"]
    system = {"role": "system", "content": f"{DESK}\n\n{instruction['content']}"}
    return {"messages": [system, asked, {"role": "assistant", "content": one["target"]}]}


def _lines(path: Path, tables: Any) -> None:
    path.write_text("".join(json.dumps(table) + "\n" for table in tables), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
