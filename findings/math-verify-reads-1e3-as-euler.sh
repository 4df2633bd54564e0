#!/usr/bin/env bash
# Math-Verify: an answer written 1e3 is Euler's number times three, and a date is the number that its hyphens make.
#
# One would expect: 1e3 and 2.5e-4, which programs and models write for numbers, to equal 1000 and 0.00025 as 6.02E23 equals its power of
# ten, or not to be read at all; and 2024-01-05 to be no number.
# What happens: with a small e, between LaTeX's marks, `parse` gives 1*E*3 and 2.5*E - 4, and without the marks 1: a right answer is wrong,
# whichever of the two is the gold one. 2024-01-05 between marks is 2018, and equals it by `verify`.
# Versions: math-verify 0.9.0 with antlr4 4.13.2, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'math-verify[antlr4_13_2]==0.9.0'
"$folder/venv/bin/python" - <<'PY'
import sys
from math_verify import parse, verify

def same(gold, answer):
    read, answered = parse(gold), parse(answer)
    right = verify(read, answered)
    print(f"{gold:22} {answer:14} {right!s:6} read as {read[:1]} and {answered[:1]}")
    return right

pairs = [("1000", "1e3"), ("$1000$", "$1e3$"), ("$0.00025$", "$2.5e-4$")]
stated = not any(same(gold, answer) or same(answer, gold) for gold, answer in pairs)
stated &= same("$6.02 \\times 10^{23}$", "$6.02E23$") and same("$1000$", "$10^3$") and same("$2018$", "$2024-01-05$")
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
