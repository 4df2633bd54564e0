"""Files of a workload folder, one reader a kind."""

__all__ = [
    "csv_files",
    "data_frames",
    "data_sets",
    "item_files",
    "python_files",
    "resource_files",
    "text_lines",
    "tool_files",
]
