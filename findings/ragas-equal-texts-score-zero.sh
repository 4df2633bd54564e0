#!/usr/bin/env bash
# Ragas: BleuScore and RougeScore give 0 to an answer that equals its reference, and RougeScore 1 to a wrong one.
#
# One would expect: an answer that is its reference, letter by letter, to score 1 by BLEU and by ROUGE-L, whatever its
# length and its language; and two Russian texts that say the opposite not to.
# What happens: BleuScore asks sacrebleu for a corpus, without effective order, so that a text below four tokens has no
# 4-grams and scores 0. RougeScore asks rouge-score, whose default tokenizer keeps the letters a to z and digits alone: Russian
# texts have no tokens (0), or those of their numbers alone (1 where these agree). Nothing warns.
# Versions: ragas 0.4.3, sacrebleu 2.6.0, rouge-score 0.1.2, langchain-community 0.4.1.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet ragas==0.4.3 sacrebleu==2.6.0 rouge-score==0.1.2 langchain-community==0.4.1
RAGAS_DO_NOT_TRACK=true env/bin/python - <<'PY'
import asyncio, importlib.metadata, sys, warnings

warnings.simplefilter("ignore")
from ragas.metrics.collections import BleuScore, RougeScore

print({name: importlib.metadata.version(name) for name in ("ragas", "sacrebleu", "rouge-score")})


async def value(metric, reference, response):
    found = (await metric.ascore(reference=reference, response=response)).value
    print(type(metric).__name__, repr(reference), repr(response), round(found, 3))
    return round(found, 3)


async def main():
    bleu, rouge = BleuScore(), RougeScore()
    short, long = "12 May 2024", "Paris is the capital of France."
    equal, rose, fell = "Столица Франции — Париж", "В 2024 году спрос вырос", "В 2024 году спрос упал"
    return [await value(bleu, short, short), await value(bleu, long, long), await value(rouge, equal, equal), await value(rouge, rose, fell)]


stated = asyncio.run(main()) == [0.0, 1.0, 0.0, 1.0]
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY
