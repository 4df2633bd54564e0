#!/usr/bin/env bash
# Inspect AI: a sample that failed says `completed: true`, and results count no unscored samples.
#
# One would expect: of 4 samples of which 1 raised (with fail_on_error off), `unscored_samples` 1 in the results, and
# `completed: false` for that sample in the log's summaries.
# What happens: the sample has an `error` and no score, yet `summaries.json` says `completed: true` beside the error,
# `unscored_samples` is 0, and accuracy is over 3 samples while `total_samples` says 4.
# Versions: inspect-ai 0.3.285, Python 3.11.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check inspect-ai==0.3.285
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import importlib.metadata, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log_sample_summaries
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import includes
from inspect_ai.solver import solver

@solver
def answer():
    async def solve(state, generate):
        if state.sample_id == "c":
            raise ValueError("the endpoint refused")
        state.output = ModelOutput.from_content("none", "x" if state.sample_id == "a" else "y")
        return state
    return solve

task = Task(dataset=MemoryDataset([Sample(id=name, input=name, target="x") for name in "abcd"]), solver=answer(),
            scorer=includes())
(log,) = eval(task, model="mockllm/model", fail_on_error=False, display="none", log_dir="logs")
score = log.results.scores[0]
summaries = {one.id: one for one in read_eval_log_sample_summaries(log.location)}
print("inspect-ai", importlib.metadata.version("inspect-ai"), "status", log.status)
print("total", log.results.total_samples, "completed", log.results.completed_samples, "scored", score.scored_samples,
      "unscored", score.unscored_samples, "accuracy", score.metrics["accuracy"].value)
print("summary of c: completed", summaries["c"].completed, "error", str(summaries["c"].error)[:40])
stated = (log.results.total_samples, score.scored_samples, score.unscored_samples) == (4, 3, 0)
stated = stated and summaries["c"].completed is True and bool(summaries["c"].error)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
