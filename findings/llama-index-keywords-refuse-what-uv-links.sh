#!/usr/bin/env bash
# LlamaIndex 0.14.25 installed by uv 0.13.9 with hard links into its cache, as by default on ext4: a keyword index.
# Expected (as after pip, or uv with --link-mode copy): the keywords of a text.
# What happens: PermissionError before anything is indexed: NLTK 3.10.4 opens no file that has a second hard link, and
# the list of stop words that LlamaIndex brings is one.  Seen 2026-11-30, Python 3.11, Linux.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export UV_CACHE_DIR="$work/cache" # on the disk of the environment, as is usual
python3 -m venv "$work/tools" && "$work/tools/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9 2>/dev/null || exit 1
ask='from llama_index.core.indices.keyword_table.utils import simple_extract_keywords as words; print(words("the purple heron"))'
for mode in hardlink copy; do
    "$work/tools/bin/uv" venv --quiet "$work/$mode" || exit 1
    "$work/tools/bin/uv" pip install --quiet --python "$work/$mode" --link-mode "$mode" llama-index-core==0.14.25 nltk==3.10.4 || exit 1
    "$work/$mode/bin/python" -c "$ask" >"$work/$mode.txt" 2>&1
    echo "$mode: exit $?, $(tail -1 "$work/$mode.txt" | cut -c1-160)"
done
grep -q PermissionError "$work/hardlink.txt" && grep -q heron "$work/copy.txt"
