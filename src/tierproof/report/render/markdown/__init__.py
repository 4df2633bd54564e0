"""GitHub-flavoured Markdown."""
