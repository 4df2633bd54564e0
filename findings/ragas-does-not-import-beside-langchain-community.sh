#!/usr/bin/env bash
# Ragas and langchain-community: what pip chooses for `ragas` alone cannot be imported.
#
# One would expect: `pip install ragas` to bring versions of its dependencies with which `import ragas` works.
# What happens: ragas asks for langchain-community without an upper bound and imports one of its modules of one vendor's
# models while it is itself imported, whatever models are used; langchain-community 0.4.2 no longer has that module, so that
# `import ragas` ends with ModuleNotFoundError. With 0.4.1 it imports.
# Versions: ragas 0.4.3, langchain-community 0.4.2 and 0.4.1.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
export RAGAS_DO_NOT_TRACK=true
env/bin/pip install --quiet ragas==0.4.3 langchain-community==0.4.2
env/bin/pip list 2> /dev/null | grep -E "^(ragas|langchain-community) "
newer=0; env/bin/python -W ignore -c "import ragas" 2> error.txt || newer=$?
tail -n 1 error.txt
env/bin/pip install --quiet langchain-community==0.4.1
older=0; env/bin/python -W ignore -c "import ragas; print('langchain-community 0.4.1: imports')" || older=$?
if [ "$newer" != 0 ] && [ "$older" = 0 ] && grep -q "ModuleNotFoundError: .*langchain_community" error.txt; then
  echo "as stated: True"
else
  echo "as stated: False"; exit 1
fi
