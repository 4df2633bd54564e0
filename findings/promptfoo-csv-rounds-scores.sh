#!/usr/bin/env bash
# promptfoo: the CSV rounds every score to two digits and gives the same names to every system's columns.
#
# One would expect: the CSV of a run to hold the scores that its JSON holds, in columns that can be told apart.
# What happens: a score of 1/3 is 0.3333333333333333 in JSON and 0.33 in CSV (named scores too), so that means and paired
# differences of the two outputs of one run differ; and the columns Status, Score, Named Scores, ... stand once a system
# under equal names, so that readers by name (`csv.DictReader`) keep the last system's alone.
# Versions: promptfoo 0.121.20, Node 20.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.121.20 > /dev/null 2>&1
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR="$folder/config"
cat > config.json <<'JSON'
{"prompts": ["{{q}}"],
 "providers": [{"id": "echo", "label": "one"}, {"id": "echo", "label": "two"}],
 "tests": [{"vars": {"q": "abc"}, "assert": [{"type": "javascript", "value": "1/3", "metric": "third"}]}]}
JSON
node_modules/.bin/promptfoo eval -c config.json --no-cache --no-table --no-progress-bar -o out.json -o out.csv > run.log 2>&1 || true
python3 - <<'PY'
import csv, json, sys
whole = json.load(open("out.json"))
(first, *_) = whole["results"]["results"]
with open("out.csv", newline="") as file:
    header, row = list(csv.reader(file))[:2]
print("promptfoo", whole["metadata"]["promptfooVersion"])
print("JSON", first["score"], first["namedScores"])
print("CSV", dict(zip(header[1:], row[1:])), "columns named Score:", header.count("Score"))
stated = first["score"] == 1 / 3 and row[header.index("Score")] == "0.33" and header.count("Score") == 2
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
