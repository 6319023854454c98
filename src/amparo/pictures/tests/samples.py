"""Invented pictures for the tests."""

from amparo.pictures.bars import Bar, Bars
from amparo.pictures.chart import Chart
from amparo.pictures.flow import OTHER, Flow
from amparo.pictures.map import Arc, MapPicture, Place
from amparo.pictures.trend import Series, Trend
from amparo.pictures.values import Category, Mark, Quantity, Share, Words


def said(word: str) -> Words:
    """One invented word in three languages, told apart by its ending."""
    return {"en": word, "fr": f"{word} (fr)", "es": f"{word} (es)"}


def category(code: str, word: str, mark: Mark | None = None) -> Category:
    """One invented category."""
    return Category(code, said(word), mark)


UNKNOWN = category("", "Not recorded", Mark.UNKNOWN)
WOMEN, MEN = category("Female", "Women"), category("Male", "Men")
YEARS = tuple(category(str(year), str(year)) for year in range(2019, 2024))


def trend(*series: tuple[Category, tuple[int, ...]], margin: float = 30.0, partial: str = "") -> Trend:
    """A trend over five years."""
    lines = tuple(Series(one, tuple(Quantity(count, margin) for count in counts)) for one, counts in series)
    return Trend(said("Persons each year"), ("year", "gender"), YEARS, lines, partial)


def bars(*counts: int, margin: float = 30.0) -> Bars:
    """Bars named A, B, C …; the last is not recorded."""
    named = [category(chr(65 + at), f"Form {chr(65 + at)}") for at in range(len(counts) - 1)]
    found = [
        Bar(one, Quantity(count, margin), Share(count / 20, 1.5)) for one, count in zip([*named, UNKNOWN], counts, strict=True)
    ]
    return Bars(said("Persons by form"), "", tuple(found))


ARVANIA, BELMORA, COSTAVERDE = category("XA", "Arvania"), category("XB", "Belmora"), category("XC", "Costaverde")


def flow(*cells: tuple[int, ...], margin: float = 20.0) -> Flow:
    """A flow between the demo region's countries and the rest."""
    ends = (ARVANIA, BELMORA, COSTAVERDE, category(OTHER, "Other"), UNKNOWN)[: len(cells)]
    totals = [sum(row) for row in cells]
    arrived = [sum(column) for column in zip(*cells, strict=True)]
    return Flow(
        said("From origin to exploitation"),
        ("citizenship", "exploitation"),
        ends,
        ends,
        tuple(tuple(Quantity(count, margin) for count in row) for row in cells),
        tuple(Quantity(total, margin) for total in totals),
        tuple(Quantity(total, margin) for total in arrived),
    )


def region(*counts: int, margin: float = 20.0) -> MapPicture:
    """A map of the demo region."""
    places = tuple(
        Place(one, Quantity(n, margin), Quantity(n, margin)) for one, n in zip((ARVANIA, BELMORA, COSTAVERDE), counts, strict=True)
    )
    arcs = (Arc(ARVANIA, COSTAVERDE, Quantity(300, margin)), Arc(BELMORA, BELMORA, Quantity(90, margin)))
    return MapPicture(said("Countries"), ("citizenship", "exploitation"), places, arcs)


CHARTS: dict[str, Chart] = {
    "trend": trend((WOMEN, (500, 480, 520, 610, 700)), (MEN, (200, 20, 0, 260, 205)), (UNKNOWN, (40, 50, 60, 35, 44))),
    "bars": bars(400, 390, 25, 0, 90),
    "flow": flow((100, 200, 15, 30, 0), (90, 140, 60, 22, 40), (0, 33, 44, 55, 66), (12, 90, 21, 22, 23), (1, 2, 30, 40, 50)),
    "map": region(600, 120, 15),
}
