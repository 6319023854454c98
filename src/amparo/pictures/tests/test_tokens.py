"""The colours keep their promise: text reaches 4.5 : 1 and edges 3 : 1, light and dark; no other file names one."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
CSS = (PACKAGE / "pictures/static/amparo/tokens.css").read_text(encoding="utf-8")
TEXT = [
    *(
        ("ink", ground)
        for ground in ("paper", "sheet", "well", "act-wash", "attend-wash", "danger-wash", "settled-wash", "focus-wash")
    ),
    *(("muted", ground) for ground in ("paper", "sheet", "well", "act-wash")),
    *(("act", ground) for ground in ("paper", "sheet", "well", "act-wash")),
    *(("act-strong", ground) for ground in ("paper", "sheet", "well", "act-wash")),
    ("act-on", "act"),
    ("act-on", "act-strong"),
    ("attend", "sheet"),
    ("danger", "sheet"),
    ("settled", "sheet"),
    *((f"{role}-ink", ground) for role in ("attend", "danger", "settled") for ground in ("sheet", "paper", f"{role}-wash")),
    ("danger-on", "danger"),
    ("bar-ink", "bar"),
    ("bar-soft", "bar"),
    ("bar-ink", "bar-well"),
    ("bar-soft", "bar-well"),
    ("ink", "sea"),
    ("ink", "land"),
]
EDGES = [
    *(("edge", ground) for ground in ("paper", "sheet", "well")),
    *(("focus", ground) for ground in ("focus-gap", "paper", "sheet", "well")),
    *((f"series-{n}", "sheet") for n in (0, 1, 2, 3)),
    ("flow", "sea"),
]


def colours(theme: str) -> dict[str, str]:
    """Return the tokens of `light` or `dark`; dark overrides light."""
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    dark = dark.split("@media")[0]
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", light))
    return found | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", dark)) if theme == "dark" else found


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of an sRGB colour."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_reaches_four_and_a_half_and_edges_three(theme: str) -> None:
    tokens = colours(theme)
    weak = [(a, b, round(contrast(tokens[a], tokens[b]), 2)) for a, b in TEXT if contrast(tokens[a], tokens[b]) < 4.5]
    weak += [(a, b, round(contrast(tokens[a], tokens[b]), 2)) for a, b in EDGES if contrast(tokens[a], tokens[b]) < 3]
    assert weak == []


def test_contrast_is_known_for_black_on_white() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0


def test_dark_answers_every_colour_of_light() -> None:
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    named = set(re.findall(r"--([a-z0-9-]+): #", light))
    assert named == set(re.findall(r"--([a-z0-9-]+): #", dark.split("@media")[0]))


def test_no_other_style_sheet_names_a_colour() -> None:
    others = [path for path in PACKAGE.rglob("*.css") if path.name != "tokens.css" and "vendor" not in path.parts]
    naming = re.compile(r"(#[0-9a-fA-F]{3,8}\b(?![^{]*\{))|\b(rgb|hsl|oklch)a?\(")
    assert [path.name for path in others if naming.search(path.read_text(encoding="utf-8"))] == []
