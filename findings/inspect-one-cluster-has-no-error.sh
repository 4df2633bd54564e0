#!/usr/bin/env bash
# Inspect: answers that are all of one cluster have a standard error of 0 and an interval without width.
#
# One would expect: the standard error of a mean to be unknown (NaN, or an error) where there is but one independent unit, as nothing can be said
# of how units differ.
# What happens: `stderr(cluster=...)` of 100 answers of one document, half of them right, is 0, and `ci(cluster=...)` is
# [0.5, 0.5]; the same goes for one sample alone (`stderr()`, `ci()`): it is the least certain mean that looks the surest, and weighs
# infinitely much where results are pooled by their standard errors.  Without the cluster the same 100 answers have 0.05.
# Versions: inspect-ai 0.3.285, numpy 2.4, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'inspect-ai==0.3.285' 'numpy<2.5'
cd "$folder"
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import sys
from importlib.metadata import version
from inspect_ai.scorer import SampleScore, Score, ci, stderr

def samples(values, documents):
    return [SampleScore(score=Score(value=value), sample_id=str(n), sample_metadata={"document": document})
            for n, (value, document) in enumerate(zip(values, documents))]

one = samples([0.0, 1.0] * 50, ["a"] * 100)
print("inspect-ai", version("inspect-ai"))
found = {
    "100 answers": (stderr()(one), ci()(one)),
    "100 answers, 1 document": (stderr(cluster="document")(one), ci(cluster="document")(one)),
    "1 answer": (stderr()(one[:1]), ci()(one[:1])),
}
for name, (error, interval) in found.items():
    print(f"{name}: standard error {error:.4f}, 95 % from {interval['lower']:.3f} to {interval['upper']:.3f}")
stated = (0.05 < found["100 answers"][0] < 0.0503
          and found["100 answers, 1 document"] == (0, {"lower": 0.5, "upper": 0.5})
          and found["1 answer"] == (0, {"lower": 0.0, "upper": 0.0}))
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
