"""DSPy: a program of one module; its last output field is the answer.

[[systems]]
name = "dspy"
make = "dspy_program.py:make"
"""

import dspy


def make(base_url: str, api_key: str, model: str):
    program = dspy.Predict(dspy.Signature("question -> answer", "Answer in as few words as possible."))
    program.set_lm(dspy.LM(f"openai/{model}", api_base=base_url, api_key=api_key, cache=False, num_retries=0))
    return program
