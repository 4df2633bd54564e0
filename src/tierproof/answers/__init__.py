"""A reader's view: every question one function, every answer one Struct.  Knows nothing of screens or languages."""
