"""`python -m tierproof.systems.training.worker FOLDER`: run the job that lies in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tierproof.systems.training.worker.speech import failures_told, keep_output_apart, leave_with_parent

if __name__ == "__main__":
    keep_output_apart()
    leave_with_parent()
    with failures_told():
        from tierproof.systems.training.worker.work import work

        work(Path(sys.argv[1]))
