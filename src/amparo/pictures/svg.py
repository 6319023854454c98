"""SVG as text: elements with classes for a page, or with the same looks as attributes for a file that stands alone."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from html import escape
from importlib.resources import files

Attribute = str | float | int


class Shape(Enum):
    """For whom a picture is drawn: a wide page or a telephone; the value is the width of the view box in px."""

    WIDE = 1080
    HALF = 520
    NARROW = 340


def coordinate(value: float) -> str:
    """Return a coordinate with at most one decimal; a tenth of a pixel is less than anybody sees."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def element(name: str, *content: str, **attributes: Attribute | None) -> str:
    """Return one element; `cls` becomes `class`, other underscores hyphens; text content must be escaped by `text()`."""
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        key = "class" if key == "cls" else key.replace("_", "-")
        shown = escape(value) if isinstance(value, str) else coordinate(value)
        parts.append(f'{key}="{shown}"')
    inner = "".join(content)
    return f"<{' '.join(parts)}>{inner}</{name}>" if inner else f"<{' '.join(parts)}/>"


def text(x: float, y: float, content: str, cls: str = "") -> str:
    """Return a text element at a baseline."""
    return element("text", escape(content), x=x, y=y, cls=cls or None)


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, cls=cls)


def points(pairs: list[tuple[float, float]]) -> str:
    """Return coordinates as a `points` attribute."""
    return " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in pairs)


def hatch(key: str, *, ending: str = "h", scale: float = 1.0) -> str:
    """Return the pattern for what is not shown; each picture has its own, since a hidden picture's does not paint."""
    stroke = element("path", d="M0 0V6", cls="p-hatch")
    turned = f"scale({scale:.1f}) rotate(45)" if scale != 1.0 else "rotate(45)"
    pattern = element(
        "pattern", stroke, id=f"{key}-{ending}", width=6, height=6, patternUnits="userSpaceOnUse", patternTransform=turned
    )
    return element("defs", pattern)


def picture(*content: str, width: float, height: float, key: str, title: str, description: str, cls: str = "") -> str:
    """Return a whole picture that names itself: its title and its sentence are read out in place of the shapes."""
    return element(
        "svg",
        element("title", escape(title), id=f"{key}-t"),
        element("desc", escape(description), id=f"{key}-d"),
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        role="img",
        aria_labelledby=f"{key}-t {key}-d",
        cls=f"picture {cls}".strip(),
    )


@cache
def _tokens() -> dict[str, str]:
    css = files("amparo.pictures").joinpath("static/amparo/tokens.css").read_text(encoding="utf-8")
    light = css.split("@media")[0]
    return dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", light))


@cache
def _looks() -> dict[str, dict[str, str]]:
    """Return, for each class of `pictures.css`, its declarations with every token replaced by its light value."""
    css = files("amparo.pictures").joinpath("static/amparo/pictures.css").read_text(encoding="utf-8")
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).split("@media")[0]
    looks: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        declarations = dict(part.strip().split(": ", 1) for part in body.split(";") if part.strip())
        resolved = {name: _resolved(value) for name, value in declarations.items()}
        for selector in selectors.split(","):
            name = selector.strip()
            if name.startswith(".p-"):
                looks.setdefault(name[1:], {}).update(resolved)
    return looks


def _resolved(value: str) -> str:
    """Return a declaration's value with tokens replaced and rem, which not every viewer knows, as px."""
    value = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: _tokens()[found[1]], value)
    return re.sub(r"([\d.]+)rem", lambda found: f"{float(found[1]) * 16:g}px", value)


def standing_alone(page_svg: str) -> str:
    """Return a picture for a file: every class becomes the attributes it stands for, on a white sheet.

    Attributes, not a style element, so that any viewer draws it and a strict content policy has nothing to block.
    """
    looks = _looks()

    def dressed(found: re.Match[str]) -> str:
        merged: dict[str, str] = {}
        for name in found[1].split():
            merged |= looks.get(name, {})
        return "".join(f' {name}="{escape(value)}"' for name, value in merged.items())

    plain = re.sub(r' class="([^"]*)"', dressed, page_svg)
    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', plain)
    if view is None:
        raise ValueError("not a picture of this room")
    sheet = element("rect", width=float(view[1]), height=float(view[2]), fill=_tokens()["sheet"])
    plain = plain.replace("</desc>", f"</desc>{sheet}", 1)
    return plain.replace("<svg ", f'<svg width="{view[1]}" height="{view[2]}" font-family="{escape(_tokens()["font"])}" ', 1)
