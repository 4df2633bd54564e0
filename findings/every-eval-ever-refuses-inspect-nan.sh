#!/usr/bin/env bash
# Every Eval Ever: a log of Inspect in which one scorer gave NaN once is not converted at all.
#
# One would expect: NaN, which Inspect's scorers give where a sample has no grade and which Inspect's own log holds, to become an instance
# without a grade, or to be left out with a word; the other samples and the other scorers to be converted.
# What happens: `every_eval_ever convert inspect` ends with `Out of range float values are not JSON compliant: nan`, exit 1, and writes no
# record: the aggregates of all scorers are lost with it.
# Versions: every-eval-ever 0.3.0, inspect-ai 0.3.285, Python 3.12.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'every-eval-ever==0.3.0' 'inspect-ai==0.3.285'
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalMetric, EvalResults, EvalSample, EvalScore, EvalSpec, EvalStats, write_eval_log
from inspect_ai.model import ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score

for name, odd in (("plain", 0.0), ("nan", float("nan"))):
    samples = []
    for at in range(3):
        output = ModelOutput.from_content("openai-api/org/model", "2")
        said = [ChatMessageUser(content="1 + 1"), output.choices[0].message]
        grades = {"right": Score(value=1.0, answer="2"), "near": Score(value=odd if at == 0 else 1.0, answer="2")}
        samples.append(EvalSample(id=f"q{at}", epoch=1, input="1 + 1", target="2", messages=said, output=output, scores=grades))
    mean = {"mean": EvalMetric(name="mean", value=1.0)}
    log = EvalLog(
        status="success",
        eval=EvalSpec(
            created="2026-12-01T00:00:00+00:00", task="sums", model="openai-api/org/model", config=EvalConfig(),
            dataset=EvalDataset(name="sums", samples=3, sample_ids=["q0", "q1", "q2"]),
        ),
        results=EvalResults(
            total_samples=3, completed_samples=3, scores=[EvalScore(name=one, scorer=one, metrics=mean) for one in ("right", "near")]
        ),
        stats=EvalStats(started_at="2026-12-01T00:00:00+00:00", completed_at="2026-12-01T00:00:01+00:00"),
        samples=samples,
    )
    write_eval_log(log, f"{name}.json")
PY
records() { find "$1" -name '*.json' 2>/dev/null | wc -l; }
for name in plain nan; do
  code=0
  "$folder/venv/bin/every_eval_ever" convert inspect --log_path "$name.json" --output_dir "out-$name" \
    --source_organization_name org --evaluator_relationship other > "$name.txt" 2>&1 || code=$?
  echo "$name: exit $code, $(records "out-$name") record(s); $(grep -o 'Out of range float values.*' "$name.txt" | tail -1)"
  eval "code_$name=$code"
done
stated=False
if [ "$code_plain" -eq 0 ] && [ "$(records out-plain)" -gt 0 ] && [ "$code_nan" -ne 0 ] && [ "$(records out-nan)" -eq 0 ]; then stated=True; fi
echo "as stated: $stated"
[ "$stated" = True ]
