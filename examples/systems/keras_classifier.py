"""Keras (TensorFlow): a bag of words and one layer, taught on train.jsonl beside this file, whose answers are labels.

It calls no endpoint, so it says itself what an answer costs: the machine's time.

    [[systems]]
    name = "keras"
    function = "keras_classifier.py:answer"
"""

import json
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

USD_PER_SECOND = 0.60 / 3600  # what this machine costs
ROWS = [json.loads(line) for line in (Path(__file__).parent / "train.jsonl").read_text(encoding="utf-8").splitlines()]
LABELS = sorted({row["output"] for row in ROWS})

words = keras.layers.TextVectorization(output_mode="tf_idf")
words.adapt([row["input"] for row in ROWS])
model = keras.Sequential([keras.layers.Dense(len(LABELS), activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
given = words(tf.constant([row["input"] for row in ROWS]))
model.fit(given, np.array([LABELS.index(row["output"]) for row in ROWS]), epochs=30, verbose=0)


def answer(question: str) -> dict:
    start = time.perf_counter()
    shares = model(words(tf.constant([question])))[0]
    seconds = time.perf_counter() - start
    return {"text": LABELS[int(np.argmax(shares))], "usd": seconds * USD_PER_SECOND, "seconds": seconds}
