#!/usr/bin/env bash
# MLflow: one score that is NaN, and an evaluation has no frame of results, without a word.
#
# One would expect: a scorer that gives NaN for one of three items, as libraries of metrics do where there is nothing to measure, to leave
# a missing value in one cell of `result_df`.
# What happens: `mlflow.genai.evaluate` ends as if all were well, with the metrics of the other scorers, and `result_df` is None: a trace
# with such an assessment cannot be made JSON (`Fail to serialize NaN for Value.number_value`), and what that raises is logged at level
# DEBUG alone.  The store has all scores.
# Versions: mlflow 3.17.2, Python 3.11, SQLite.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'mlflow==3.17.2'
cd "$folder"
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import contextlib, io, sys, mlflow
from mlflow.genai.scorers import scorer
mlflow.set_tracking_uri("sqlite:///store.db")
mlflow.set_experiment("e")

@scorer
def right(outputs):
    return outputs == "2"

def near(odd):
    @scorer(name="near")
    def score(outputs):
        return odd if outputs == "" else 1.0
    return score

data = [{"inputs": {"question": f"{at}"}, "outputs": said} for at, said in enumerate(["2", "3", ""])]
found = {}
print("mlflow", mlflow.__version__)
for name, odd in (("a zero", 0.0), ("a NaN", float("nan"))):
    with contextlib.redirect_stdout(io.StringIO()):
        result = mlflow.genai.evaluate(data=data, scorers=[right, near(odd)])
    found[name] = result
    rows = None if result.result_df is None else len(result.result_df)
    print(name, "| rows of result_df:", rows, "| right/mean:", result.metrics.get("right/mean"))
stated = (
    found["a zero"].result_df is not None and len(found["a zero"].result_df) == 3
    and found["a NaN"].result_df is None and found["a NaN"].metrics["right/mean"] == found["a zero"].metrics["right/mean"]
)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
