"""Elements of SVG as escaped markup.

Enters: names, attributes and children.  Leaves: `Markup` in which every attribute and text is escaped.  Knows nothing
of figures.
"""

from __future__ import annotations

import math

from markupsafe import Markup, escape

__all__ = ["element", "figure"]


def element(name: str, *children: str, **attributes: object) -> Markup:
    """`element("line", x1=0, stroke_width=2)`; text children are escaped, `Markup` ones are kept, None is left out."""
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None:
            parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"')
    if not children:
        return Markup("".join(parts) + "/>")
    inside = "".join(str(escape(child)) for child in children)
    return Markup(f"{''.join(parts)}>{inside}</{name}>")


def _number(value: object) -> object:
    """One decimal is a tenth of a pixel; what is not finite must not reach a browser."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a figure's coordinates are finite")
        return f"{value:.1f}".removesuffix(".0")
    return value


def figure(
    *children: str,
    width: float,
    height: float,
    title: str,
    description: str,
    id_: str,
    class_: str = "figure",
    role: str = "img",
) -> Markup:
    """A whole SVG that scales with its column and tells a screen reader what it shows."""
    return element(
        "svg",
        element("title", title, id=f"{id_}-title"),
        element("desc", description, id=f"{id_}-desc"),
        *children,
        class_=class_,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role=role,
        aria_labelledby=f"{id_}-title {id_}-desc",
        preserveAspectRatio="xMinYMin meet",
    )
