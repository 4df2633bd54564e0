"""Training: a base model on disk, examples and a recipe become another model on disk, with what that took.

Torch and its kin are imported in worker processes alone (`tierproof.systems.training.worker`, the extra `train`).
"""

from tierproof.systems.training.data.examples import Conversation, conversation
from tierproof.systems.training.job import Job, Report, job_key
from tierproof.systems.training.making.fingerprint import fingerprint
from tierproof.systems.training.making.store import Limits, Made, Store
from tierproof.systems.training.recipes import (
    Distillation,
    Experts,
    Lora,
    Preferences,
    Quantised,
    Recipe,
    Rewards,
    Tuning,
    checked,
    dials_of,
)

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
    "dials_of",
    "fingerprint",
    "job_key",
]
