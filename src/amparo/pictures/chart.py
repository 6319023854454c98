"""What every picture can do: draw itself, list itself, say itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from amparo.pictures.scale import wrapped
from amparo.pictures.svg import Shape, picture, standing_alone, text
from amparo.pictures.values import Category, Figure, Table, Words
from amparo.standard.reasons import say


class Drawn(Protocol):
    """What can be drawn for a page."""

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """The picture for a page; `key` makes its ids unique there."""
        ...


class Chart(Protocol):
    """A frozen value that is a picture, a table and a sentence; all three show the same quantities."""

    @property
    def title(self) -> Words:
        """What is counted, in three languages."""
        ...

    @property
    def table(self) -> Table:
        """The figures in rows and columns."""
        ...

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures one by one, as JSON and CSV carry them."""
        ...

    def sentence(self, language: str) -> str:
        """What the figures say, and no more than their margins allow."""
        ...

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """The picture for a page; `key` makes its ids unique there."""
        ...


def file_svg(chart: Chart, language: str, *, shape: Shape = Shape.WIDE) -> str:
    """Return a chart as an SVG file of its own: light colours, no style sheet needed."""
    return standing_alone(chart.svg(language, shape=shape, key="picture"))


def pair(chart: Drawn, language: str, *, key: str, wide: Shape = Shape.WIDE) -> str:
    """Return a chart for a page, once for wide and once for narrow screens; the style sheet shows one of them."""
    looks = "picture picture-wide picture-half" if wide is Shape.HALF else "picture picture-wide"
    broad = chart.svg(language, shape=wide, key=f"{key}-w").replace('class="picture', f'class="{looks}', 1)
    slim = chart.svg(language, shape=Shape.NARROW, key=f"{key}-n").replace('class="picture', 'class="picture picture-narrow', 1)
    return broad + slim


def blank(language: str, *, shape: Shape, key: str, title: str, description: str) -> str:
    """Return the picture of nothing: words in place of empty axes."""
    lines = wrapped(say("pictures", "nothing_drawn", language), int(shape.value / 8))
    words = [text(2, 22 + 20 * at, part, "p-quiet") for at, part in enumerate(lines)]
    return picture(*words, width=float(shape.value), height=14.0 + 20 * len(lines), key=key, title=title, description=description)


def listed(categories: Sequence[Category], language: str) -> str:
    """Return the names of categories, separated by commas."""
    return ", ".join(category.name(language) for category in categories)
