"""The same documents as the commands' `--json`, over HTTP: one function a question.

Each takes kept views, who asks, and what is asked, and gives a Struct of `answers/`.  Knows nothing of HTTP, nor of how
an answer is made.  Text beside a type is what the API's description says of it.
"""

__all__ = ["challenges", "decisions", "figures", "logs", "runs"]
