#!/usr/bin/env bash
# PyMARE: three studies of 0.2 with a standard error of 0.32 each are an average of 0.2 with a standard error of 0.006.
#
# One would expect: three imprecise studies that happen to agree to be no more precise together than their own errors allow (0.18 by the
# model of one common effect, which is what DerSimonian and Laird's is where the variance between studies comes out as 0).
# What happens: since corrections for few studies are on by default, the error is scaled by how much the studies differ, without a floor
# at 1: the interval is 0.175 to 0.225 where the common effect's is -0.158 to 0.558, p is 0.0008 in place of 0.27, and there is no warning.
# `small_sample_correction="knapp-hartung-conservative"` has the floor. WeightedLeastSquares, on the same three, has no such correction.
# Versions: PyMARE 0.0.13, numpy 2.4, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'pymare==0.0.13' 'numpy<2.5'
"$folder/venv/bin/python" - <<'PY'
import sys, warnings
import numpy as np, pymare
from pymare import Dataset
from pymare.estimators import DerSimonianLaird, Hedges, WeightedLeastSquares

warnings.simplefilter("error")
effects, variances = np.array([0.20, 0.21, 0.19]), np.array([0.1, 0.1, 0.1])

def told(name, estimator):
    found = estimator.fit_dataset(Dataset(effects, variances)).summary().get_fe_stats()
    one = {key: float(np.ravel(found[key])[0]) for key in ("est", "se", "ci_l", "ci_u", "p")}
    print(f"{name:28}", {key: round(value, 4) for key, value in one.items()})
    return one

print("PyMARE", pymare.__version__, "effects", effects, "standard errors", np.sqrt(variances).round(3))
default, hedges = told("DerSimonianLaird", DerSimonianLaird()), told("Hedges", Hedges())
floor = told("DerSimonianLaird, floor", DerSimonianLaird(small_sample_correction="knapp-hartung-conservative"))
common = told("WeightedLeastSquares", WeightedLeastSquares())
stated = default["se"] < 0.006 and hedges["se"] < 0.006 and default["p"] < 0.001 and floor["se"] > 0.18 and common["se"] > 0.18
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
