"""An answer in words: one file an answer, the same words for every medium.  Knows nothing of screens or pages."""
