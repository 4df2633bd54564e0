"""Hugging Face: a pipeline over a model that lies beside this file, in the folder `model`.

It calls no endpoint, so it says itself what an answer costs: the machine's time.  Its tokens are not counted.

    [[systems]]
    name = "transformers"
    function = "transformers_pipeline.py:answer"
"""

import time
from pathlib import Path

from transformers import pipeline

USD_PER_SECOND = 0.60 / 3600  # what this machine costs
GENERATE = pipeline("text-generation", model=str(Path(__file__).parent / "model"), device="cpu")


def answer(question: str) -> dict:
    start = time.perf_counter()
    talk = GENERATE([{"role": "user", "content": question}], max_new_tokens=16, do_sample=False, return_full_text=False)
    seconds = time.perf_counter() - start
    return {"text": talk[0]["generated_text"], "usd": seconds * USD_PER_SECOND, "seconds": seconds}
