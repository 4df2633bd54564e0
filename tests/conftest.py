"""What holds for all tests: a property does not fail because a busy machine is slow with one of its examples.

Where CI is set the examples are drawn alike each time, so that a change is judged by what it changes; elsewhere they
are drawn anew, and what they find becomes a test.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("alike", settings.get_profile("unhurried"), derandomize=True, database=None)
settings.load_profile("alike" if os.environ.get("CI") else "unhurried")
