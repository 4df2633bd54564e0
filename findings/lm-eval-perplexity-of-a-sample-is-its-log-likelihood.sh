#!/usr/bin/env bash
# lm-eval: the `perplexity` of a sample is a log-likelihood: below 0, and higher is better, while the run's results say of
# `perplexity` that higher is not better.
#
# One would expect: the metric that a sample's `metrics` name to be the metric, or at least to point the same way as
# `higher_is_better` of the results says.
# What happens: with `output_type: loglikelihood`, each line of samples_*.jsonl has `"perplexity": -0.76`, the log-likelihood of
# the target; the aggregate is exp of minus their mean, above 1. Whoever compares two models sample by sample, and takes the
# direction from the results, calls the worse one better.
# Versions: lm-eval 0.4.13, Python 3.11.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'lm-eval[api]==0.4.13'
cd "$folder"
for n in 0 1 2 3 4; do echo "{\"q\": \"What is $n?\", \"a\": \"$n\"}"; done > items.jsonl
cat > ll.yaml <<'YAML'
task: ll
dataset_path: json
dataset_kwargs: {data_files: {test: items.jsonl}}
test_split: test
output_type: loglikelihood
doc_to_text: "{{q}}"
doc_to_target: " {{a}}"
metric_list:
  - metric: perplexity
YAML
HF_HUB_OFFLINE=1 "$folder/venv/bin/lm_eval" --model dummy --tasks ll --include_path . --output_path out --log_samples > run.log 2>&1 \
  || { tail -5 run.log; exit 1; }
"$folder/venv/bin/python" - <<'PY'
import glob, importlib.metadata, json, math, sys
(path,) = glob.glob("out/**/samples_ll_*.jsonl", recursive=True)
(told,) = glob.glob("out/**/results_*.json", recursive=True)
rows = [json.loads(line)["perplexity"] for line in open(path)]
results = json.load(open(told))
whole, higher = results["results"]["ll"]["perplexity,none"], results["higher_is_better"]["ll"]["perplexity"]
print("lm-eval", importlib.metadata.version("lm-eval"))
print("of samples:", [round(one, 3) for one in rows], "of the run:", round(whole, 3), "higher is better:", higher)
stated = max(rows) <= 0 and math.isclose(whole, math.exp(-sum(rows) / len(rows))) and higher is False
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
