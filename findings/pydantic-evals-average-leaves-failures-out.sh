#!/usr/bin/env bash
# pydantic-evals: a task that raises improves the report's average.
#
# One would expect: a report over 4 cases, of which 2 are right, 1 is wrong and 1 raised, to say so in its averages, or to
# give the number of cases beside them; and an evaluator's own mean to be among them.
# What happens: `averages()` is over the 3 cases that did not raise, its name is "Averages" and it holds no count; and all
# boolean evaluators are pooled into one figure, `assertions`: with a second evaluator that is always true the figure is 5/6,
# which neither evaluator had (2/3 and 1).
# Versions: pydantic-evals 2.62.0, Python 3.11.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pydantic-evals==2.62.0
"$folder/venv/bin/python" - <<'PY'
import importlib.metadata, sys
from dataclasses import dataclass
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import EqualsExpected, Evaluator

@dataclass
class Answered(Evaluator):
    def evaluate(self, ctx):
        return True

def task(question: str) -> str:
    if question == "raise":
        raise ValueError("the endpoint refused")
    return "yes"

cases = [Case(name=name, inputs=name, expected_output=want) for name, want in
         (("a", "yes"), ("b", "yes"), ("c", "no"), ("raise", "yes"))]
report = Dataset(name="desk", cases=cases, evaluators=[EqualsExpected(), Answered()]).evaluate_sync(task, progress=False)
average = report.averages()
print("pydantic-evals", importlib.metadata.version("pydantic-evals"))
print("cases", len(report.cases), "failures", len(report.failures))
print("averages", average)
stated = len(report.cases) == 3 and len(report.failures) == 1 and abs(average.assertions - 5 / 6) < 1e-9
stated = stated and not any("count" in name or name == "n" for name in type(average).model_fields)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
