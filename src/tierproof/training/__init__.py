"""Training: a base model on disk, examples and a recipe become another model on disk, with what that took.

Torch and its kin are imported in worker processes alone (`tierproof.training.worker`, the extra `train`).
"""

from tierproof.training.examples import Conversation, conversation
from tierproof.training.fingerprint import fingerprint
from tierproof.training.job import Job, Report, job_key
from tierproof.training.recipes import (
    Distillation,
    Experts,
    Lora,
    Preferences,
    Quantised,
    Recipe,
    Rewards,
    Tuning,
    checked,
)
from tierproof.training.store import Limits, Made, Store

__all__ = [
    "Conversation",
    "Distillation",
    "Experts",
    "Job",
    "Limits",
    "Lora",
    "Made",
    "Preferences",
    "Quantised",
    "Recipe",
    "Report",
    "Rewards",
    "Store",
    "Tuning",
    "checked",
    "conversation",
    "fingerprint",
    "job_key",
]
