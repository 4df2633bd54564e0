"""Small open models and a workload that run anywhere: something real to measure on, without endpoint or key.

Enters: nothing.  Leaves: a world to ask about (`world`), models of it (`family` makes them, `decoding` runs them), and
an endpoint that serves them (`serving`).  Must not know techniques.  Evidence from here has the setting `lab`.

Training stands on kept libraries (torch, tokenizers, safetensors).  Inference is our own, in numpy: the base install
answers requests on any laptop without a gigabyte of libraries, one token's arithmetic fits on a page, and constrained
decoding, sampling and log probabilities can be read where a technique relies on them.  Tests hold it to those kept.
"""

__all__ = [
    "decoding",
    "family",
    "serving",
    "world",
]
