#!/usr/bin/env bash
# DSPy: the exact match of short answers takes -5 for 5, 1.5 for 15, and an empty answer for the choice A.
#
# One would expect: a metric called exact match, offered for any signature, to tell numbers, signs and letters of choices apart.
# What happens: both sides are normalised as for SQuAD: all marks go (with them minus, decimal point, slash, less and greater), then
# the articles a, an, the. So numbers that differ by sign or point are equal, and the choice "A" is an empty text, equal to no answer at all,
# while F1 gives 0 to "A" against "A". Nothing warns of the former; F1 prints that the case is rare.
# Versions: dspy 3.4.1.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet dspy==3.4.1
DSPY_CACHEDIR="$folder/cache" env/bin/python - <<'PY'
import importlib.metadata, sys

import dspy
from dspy.evaluate.metrics import F1, answer_exact_match

print("dspy", importlib.metadata.version("dspy"))
found = []
for target, answer in (("5", "-5"), ("15", "1.5"), ("34", "3/4"), ("x < 3", "x > 3"), ("A", ""), ("A", "The"), ("B", "")):
    example = dspy.Example(question="?", answer=target).with_inputs("question")
    found.append(answer_exact_match(example, dspy.Prediction(answer=answer)))
    print(f"target {target!r}, answer {answer!r}: {found[-1]}")
equal = F1("A", ["A"])
print("F1 of 'A' against 'A':", equal)
stated = found == [True] * 6 + [False] and equal == 0
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
