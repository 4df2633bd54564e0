"""scikit-learn: a pipeline taught on train.jsonl beside this file, whose answers are labels.

It calls no endpoint, so it says itself what an answer costs: the machine's time.  The arm `classical-model` is such a
pipeline that is there already.

    [[systems]]
    name = "scikit-learn"
    function = "sklearn_pipeline.py:answer"
"""

import json
import time
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

USD_PER_SECOND = 0.60 / 3600  # what this machine costs
ROWS = [json.loads(line) for line in (Path(__file__).parent / "train.jsonl").read_text(encoding="utf-8").splitlines()]
PIPELINE = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000))
PIPELINE.fit([row["input"] for row in ROWS], [row["output"] for row in ROWS])


def answer(question: str) -> dict:
    start = time.perf_counter()
    label = str(PIPELINE.predict([question])[0])
    seconds = time.perf_counter() - start
    return {"text": label, "usd": seconds * USD_PER_SECOND, "seconds": seconds}
