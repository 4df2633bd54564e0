"""How far a language model bends towards who asks: one claim, many tones, and what the model says to each."""

from tierproof.experiment.sycophancy.bending import Bend, Sycophancy, measure
from tierproof.experiment.sycophancy.interview import Case, Interview, interview
from tierproof.experiment.sycophancy.script import LABELS, Label, Question, Script, load_script, read_label

__all__ = [
    "LABELS",
    "Bend",
    "Case",
    "Interview",
    "Label",
    "Question",
    "Script",
    "Sycophancy",
    "interview",
    "load_script",
    "measure",
    "read_label",
]
