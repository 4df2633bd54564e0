#!/usr/bin/env bash
# Inspect: its mock model, meant for tests, downloads a tokenizer; without a network every sample of it fails.
#
# One would expect: `mockllm/model`, which answers a fixed text, to need neither a key nor a network.
# What happens: the number of tokens that it answered is counted with tiktoken's o200k_base, which is fetched at the first use; where it
# cannot be, each sample ends with a ConnectionError (here a ProxyError) after half a minute, and the log's status is `error`.
# Versions: inspect-ai 0.3.285, Python 3.11.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'inspect-ai==0.3.285'
cd "$folder"
# Nobody listens at port 9 of this machine: as on one without a network.
HTTPS_PROXY=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 TIKTOKEN_CACHE_DIR="$folder/none" "$folder/venv/bin/python" - <<'PY'
import importlib.metadata, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
task = Task(dataset=[Sample(input="1 + 1 = ?", target="2")], scorer=match())
(log,) = eval(task, model="mockllm/model", log_dir="logs", display="none")
told = [sample.error.message if sample.error else "" for sample in log.samples or []]
print("inspect-ai", importlib.metadata.version("inspect-ai"))
print(log.status, [text[:150] for text in told])
stated = log.status == "error" and all("o200k_base.tiktoken" in text for text in told) and bool(told)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
