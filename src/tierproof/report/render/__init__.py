"""Words laid out: one room or file a medium."""
