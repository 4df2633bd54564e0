"""Write tests/lab/reference.json: the best logits and the greedy decoding of the lab's shipped models by transformers.

Needs torch and transformers, which the tests then do without.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers

from tierproof.lab.serving.family import SHIPPED

PROMPTS = (
    "<|user|> Bako price 12. Bako color red.\n\nLoko color gray. Loko price 7.\n\nLoko price?<|assistant|>",
    "<|system|> Answer in JSON.<|user|> Bako price 12. Bako stock 31.\n\nBako stock?<|assistant|>",
    "<|user|> Bako price 12. Loko price 7.\n\ncost of 3 Bako and 2 Loko?\n\nThink step by step.\n\nThen give the final "
    "answer alone, in the form asked for, on a last line that begins with 'Answer:'.<|assistant|>",
    "<|system|> Tools: lookup multiply add subtract<|user|> cost of 3 Bako?<|assistant|>",
    "<|user|> Who was the first man on the moon?<|assistant|>",
    "Bako price 12. Bako color red. Loko price 7. Loko color blue. Bako color?",
)
LIMIT = 40
BEST = 5
"""Logits after each prompt."""


def main() -> None:
    cases: list[dict[str, Any]] = []
    for folder in sorted(path.parent for path in SHIPPED.glob("*/model.safetensors")):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        for text in PROMPTS:
            prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
            given = torch.tensor([prompt])
            with torch.no_grad():
                logits, best = model(given).logits[0, -1].topk(BEST)
            written = model.generate(given, max_new_tokens=LIMIT, do_sample=False)
            cases.append(
                {
                    "model": folder.name,
                    "prompt": prompt,
                    "best": [[int(token), round(float(logit), 5)] for token, logit in zip(best, logits, strict=True)],
                    "limit": LIMIT,
                    "written": written[0, len(prompt) :].tolist(),
                }
            )
    made = {"torch": torch.__version__, "transformers": transformers.__version__, "cases": cases}
    path = Path(__file__).resolve().parents[1] / "tests" / "lab" / "reference.json"
    path.write_text(json.dumps(made) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases in {path}")


if __name__ == "__main__":
    main()
