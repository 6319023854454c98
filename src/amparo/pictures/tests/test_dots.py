"""Values side by side: every mark stands at its value, and a long interval does not squeeze the others."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from amparo.pictures.chart import file_svg
from amparo.pictures.dots import Dots, Line, Point
from amparo.pictures.svg import Shape
from amparo.standard.reasons import LANGUAGES


def said(text: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


def dots(*lines: tuple[Point | None, ...], series: int = 2) -> Dots:
    named = tuple(Line(said(f"line {at} & <more>"), points) for at, points in enumerate(lines))
    return Dots(said("Title"), said("A sentence."), said("persons"), tuple(said(f"series {k}") for k in range(series)), named)


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_names_itself_and_is_well_formed(shape: Shape, language: str) -> None:
    svg = dots((Point(10, 5, 15), Point(12)), (Point(3), None)).svg(language, shape=shape, key="k")
    root = ElementTree.fromstring(svg)
    text = " ".join(root.itertext())
    assert "Title" in text
    assert "A sentence." in text
    assert "series 1" in text
    assert "line 0 & <more>" in text
    assert root.get("viewBox", "").split()[2] == str(shape.value)


def test_marks_stand_at_their_values() -> None:
    """On a scale from 0 to 20, 10 lies in the middle of 0 and 20."""
    svg = dots((Point(0),), (Point(10),), (Point(20),), series=1).svg("en")
    _, *places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]
    assert places[1] == pytest.approx((places[0] + places[2]) / 2)


def test_a_series_without_a_point_draws_no_mark() -> None:
    svg = dots((Point(1), None), (Point(2), None)).svg("en")
    assert svg.count("<circle") == 3
    assert svg.count('class="p-fill-2"') == 1, "the key alone"


def test_an_interval_that_says_nothing_does_not_squeeze_the_scale() -> None:
    wide = dots((Point(10, 0, 4_000), Point(9))).svg("en")
    assert "1,000" not in wide


def test_nothing_to_draw_is_an_empty_scale() -> None:
    assert ElementTree.fromstring(dots(series=1).svg("en")) is not None


def test_a_long_word_is_cut_with_an_ellipsis() -> None:
    one = Dots(said("t"), said("s"), said("u"), (said("a"),), (Line(said("x" * 90), (Point(1),)),))
    assert "…" in one.svg("en")


def test_lines_without_a_point_for_each_series_are_refused() -> None:
    with pytest.raises(ValueError):
        dots((Point(1),), series=2)


def test_a_file_needs_no_style_sheet() -> None:
    assert "class=" not in file_svg(dots((Point(1, 0, 2),), series=1), "en")  # type: ignore[arg-type]
