#!/usr/bin/env bash
# Inspect AI: samples without ids are numbered after the shuffle, so that equal ids are other questions.
#
# One would expect: sample ids to identify samples of a data set, so that two logs of one data set can be joined by id.
# What happens: where samples have no id of their own, `sample_shuffle` comes first and the ids 1..n after it.  Two runs, in
# order and shuffled, both limited to 5 samples, have ids 1..5, `sample_ids` [1, 2, 3, 4, 5] in both headers, and other
# questions under them.
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
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import includes
from inspect_ai.solver import solver

@solver
def answer():
    async def solve(state, generate):
        state.output = ModelOutput.from_content("none", "x")
        return state
    return solve

def run(shuffle):
    task = Task(dataset=MemoryDataset([Sample(input=f"question {n}", target="x") for n in range(100)]), solver=answer(),
                scorer=includes())
    (log,) = eval(task, model="mockllm/model", limit=5, sample_shuffle=shuffle, display="none", log_dir="logs")
    print("sample_shuffle", shuffle, "sample_ids", log.eval.dataset.sample_ids,
          {sample.id: sample.input for sample in log.samples})
    return log

print("inspect-ai", importlib.metadata.version("inspect-ai"))
first, second = run(None), run(7)
same = first.eval.dataset.sample_ids == second.eval.dataset.sample_ids == [1, 2, 3, 4, 5]
questions = [{sample.id: sample.input for sample in log.samples} for log in (first, second)]
stated = same and sum(questions[0][at] == questions[1][at] for at in questions[0]) <= 1
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
