"""A team's folder, read: items, resources, tools, scorers.  Must not know how arms are run."""
