"""What a measurement found: on a terminal while it runs and after, as plain data, and as a page of its own."""

from tierproof.report.measured.document import measure_dict
from tierproof.report.render.html.measured import measure_document
from tierproof.report.render.terminal.measured import arm_lines, measure_lines
from tierproof.report.words.forecast import forecast_dict, forecast_lines

__all__ = [
    "arm_lines",
    "forecast_dict",
    "forecast_lines",
    "measure_dict",
    "measure_document",
    "measure_lines",
]
