"""The page and its API: questions asked of a browser or over HTTP.  Knows nothing worth testing twice."""

__all__ = [
    "api",
    "app",
    "asked",
    "fences",
    "frame",
    "pages",
    "schema",
    "serving",
    "workspace",
]
