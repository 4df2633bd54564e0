"""What runs in a process of its own: the only place that imports torch."""
