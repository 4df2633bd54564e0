"""A workload folder made from a file of items: what can be seen in the file is filled in, the rest is asked."""

from tierproof.experiment.workload.new_workload.looking import Seen, look
from tierproof.experiment.workload.new_workload.writing import NewModel, write_workload

__all__ = ["NewModel", "Seen", "look", "write_workload"]
