"""Results as people read them: terminal, Markdown, CSV, HTML.

Enters: packs, posteriors and decisions.  Leaves: text.  Knows nothing of how results were computed; writes no files.
"""

__all__ = ["blocks", "render", "words"]
