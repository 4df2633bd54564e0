#!/usr/bin/env bash
# statsmodels: the random-effects average of studies that agree can lie outside of all of them.
#
# One would expect: DerSimonian and Laird's estimate of the variance between studies to be 0 where studies agree more than chance
# alone would have them, so that the random-effects average is the fixed-effect one; and I-squared, a share, to be 0 or more.
# What happens: `combine_effects(..., method_re="chi2")` keeps a negative variance, weights become negative, and four studies between 0.09
# and 0.11 have a random-effects average of 0.185, told with an interval and no warning; its Hartung-Knapp error is NaN. `i2` is -670, with
# `method_re="iterated"` (the default, whose variance is held at 0) as well.
# Versions: statsmodels 0.15.0, numpy 2.4, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'statsmodels==0.15.0' 'numpy<2.5'
"$folder/venv/bin/python" -W ignore - <<'PY'
import math, sys
import numpy as np, statsmodels
from statsmodels.stats.meta_analysis import combine_effects
effect, variance = np.array([0.10, 0.11, 0.09, 0.10]), np.array([0.04, 0.05, 0.04, 0.06])
print("statsmodels", statsmodels.__version__, "effects", effect)
found = {method: combine_effects(effect, variance, method_re=method) for method in ("iterated", "chi2")}
for method, one in found.items():
    print(method, f"tau2 {one.tau2:.4f} I2 {one.i2:.1f} fixed {one.mean_effect_fe:.4f} random {one.mean_effect_re:.4f}",
          "weights", one.weights_rel_re.round(2), "error", one.sd_eff_w_re_hksj)
chi2 = found["chi2"]
stated = (chi2.tau2 < 0 and chi2.mean_effect_re > effect.max() and chi2.weights_rel_re.min() < 0
          and math.isnan(chi2.sd_eff_w_re_hksj) and all(one.i2 < -600 for one in found.values()))
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
