#!/usr/bin/env bash
# Evalica: one model that won nothing, or lost nothing, and Bradley and Terry's scores are the same for every model, without a word.
#
# One would expect: models compared in pairs, of which three are ordered by 30 comparisons, to keep that order when a fourth loses ten
# times to one of them; or an error or a warning, as the maximum of the likelihood is not finite there (choix raises one).
# What happens: `bradley_terry` gives 0.000001 to all four, whatever the solver: the winner of eight in ten is on a level with the model
# that lost all. A fourth that wins all does the same, to `newman` too. With one win in ten in place of none the order is there. Nothing
# in the result says so: where one wins all, `iterations` is 2 of 100.
# Versions: evalica 0.4.2, choix 0.4.1, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'evalica==0.4.2' 'choix==0.4.1'
"$folder/venv/bin/python" - <<'PY'
import sys, warnings
import choix, evalica
from evalica import Winner

THREE = [("a", "b", 7, 3), ("b", "c", 6, 4), ("a", "c", 8, 2)]

def scores(rank, solver, games):
    xs, ys, winners = [], [], []
    for x, y, won, lost in games:
        xs += [x] * (won + lost); ys += [y] * (won + lost); winners += [Winner.X] * won + [Winner.Y] * lost
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = rank(xs, ys, winners, solver=solver)
    told = {name: round(float(one), 6) for name, one in sorted(found.scores.items())}
    print(f"{rank.__name__:14} {solver:6} {games[3:]!s:26} {told} after {found.iterations} of {found.limit}")
    return told

def level(told): return len(set(told.values())) == 1
def ordered(told): return told["a"] > told["b"] > told["c"]

stated = True
for solver in ("pyo3", "naive"):
    stated &= ordered(scores(evalica.bradley_terry, solver, THREE))
    stated &= ordered(scores(evalica.bradley_terry, solver, THREE + [("c", "d", 9, 1)]))
    stated &= level(scores(evalica.bradley_terry, solver, THREE + [("c", "d", 10, 0)]))
    stated &= level(scores(evalica.bradley_terry, solver, THREE + [("d", "a", 10, 0)]))
    stated &= level(scores(evalica.newman, solver, THREE + [("d", "a", 10, 0)]))
try:
    choix.ilsr_pairwise(3, [(0, 1), (1, 2)])
    stated = False
except ValueError as error:
    print("choix:", error)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
