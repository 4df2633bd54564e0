"""How people and programs ask: thin commands.

Nearly all values live to the end of a command, those that imports make too, so Python is told to look for cycles
rarely; here, because this module comes before the slow ones.
"""

import gc

gc.set_threshold(100_000)
