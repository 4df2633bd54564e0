"""A tier table in five forms: terminal, Markdown, JSON, CSV and HTML."""
