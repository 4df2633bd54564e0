#!/usr/bin/env bash
# promptfoo: `--repeat` renumbers the tests, and no field says which repeat a row is.
#
# One would expect: with `--repeat 3` over 2 tests, rows of testIdx 0 and 1 with a number of the repeat beside it, so that a
# run with repeats and one without can be joined by testIdx.
# What happens: testIdx runs from 0 to 5 (0, 1, 2 are the first test); no field of a row holds the repeat; joined by
# testIdx to a run without repeats, the second test of that run (1) meets a repeat of the first.
# Versions: promptfoo 0.121.20, Node 20.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.121.20 > /dev/null 2>&1
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR="$folder/config"
cat > config.json <<'JSON'
{"prompts": ["{{q}}"], "providers": ["echo"],
 "tests": [{"vars": {"q": "first"}}, {"vars": {"q": "second"}}]}
JSON
node_modules/.bin/promptfoo eval -c config.json --no-cache --no-table --no-progress-bar --repeat 3 -o out.json > run.log 2>&1 || true
python3 - <<'PY'
import json, sys
whole = json.load(open("out.json"))
rows = sorted(whole["results"]["results"], key=lambda row: row["testIdx"])
print("promptfoo", whole["metadata"]["promptfooVersion"])
print("testIdx and question:", [(row["testIdx"], row["vars"]["q"]) for row in rows])
print("fields:", sorted(rows[0]))
stated = [row["testIdx"] for row in rows] == list(range(6)) and not any("repeat" in name.lower() for name in rows[0])
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
