"""Readers of other tools' logs, one file a tool.

Importing this package registers them all; users' packages register theirs with the same `reader` decorator, under the
entry point group `tierproof.logs`.
"""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

__all__ = [
    "deepeval",
    "every_eval_ever",
    "helm",
    "inspect_ai",
    "langfuse",
    "lighteval",
    "lm_eval",
    "mlflow",
    "openai_evals",
    "opentelemetry",
    "promptfoo",
    "pydantic_evals",
    "ragas",
    "table",
    "tierproof_outcomes",
]
