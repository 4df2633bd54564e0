#!/usr/bin/env bash
# lm-eval: the Brier score of a sample is a list that holds numpy's printed text, not a number.
#
# One would expect: the metric named in a sample's `metrics` to be a number, as `acc` is, or at least numbers one can compute
# with.
# What happens: `brier_score` of each line of samples_*.jsonl is `[gold, "[0.22 0.18 0.59]"]`: the index of the right choice
# and the probabilities as one string, as numpy prints arrays, rounded to 8 digits; nobody can recompute the score exactly.
# Versions: lm-eval 0.4.13, Python 3.11.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'lm-eval[api]==0.4.13'
cd "$folder"
for n in 0 1 2 3 4; do echo "{\"q\": \"pick $n\", \"choices\": [\"a\", \"b\", \"c\"], \"gold\": $((n % 3))}"; done > items.jsonl
cat > mc.yaml <<'YAML'
task: mc
dataset_path: json
dataset_kwargs: {data_files: {test: items.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{q}}"
doc_to_choice: choices
doc_to_target: gold
metric_list:
  - metric: acc
  - metric: brier_score
    higher_is_better: false
YAML
HF_HUB_OFFLINE=1 "$folder/venv/bin/lm_eval" --model dummy --tasks mc --include_path . --output_path out --log_samples > run.log 2>&1 \
  || { tail -5 run.log; exit 1; }
"$folder/venv/bin/python" - <<'PY'
import glob, importlib.metadata, json, sys
(path,) = glob.glob("out/**/samples_mc_*.jsonl", recursive=True)
rows = [json.loads(line) for line in open(path)]
print("lm-eval", importlib.metadata.version("lm-eval"))
print("acc", rows[0]["acc"], "brier_score", json.dumps(rows[0]["brier_score"]))
stated = all(isinstance(row["brier_score"], list) and isinstance(row["brier_score"][1], str)
             and row["brier_score"][1].startswith("[") for row in rows)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
