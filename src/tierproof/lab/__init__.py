"""Small open models and a workload that run anywhere: something real to measure on, without endpoint or key.

Enters: nothing.  Leaves: a world, a workload, a family of models with its weights, and an endpoint that serves them.
Must not know techniques.  Evidence from here has the setting `lab`.
"""
