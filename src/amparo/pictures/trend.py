"""Over time: one line for each category with its margin as a band."""

from __future__ import annotations

from dataclasses import dataclass

from amparo.pictures import numbers
from amparo.pictures.chart import blank, listed
from amparo.pictures.scale import every, spread, steps, wrapped
from amparo.pictures.svg import Shape, element, line, picture, points, text
from amparo.pictures.values import Category, Figure, Quantity, Row, Table, Words, words
from amparo.standard.reasons import say

LINE = 17.0


@dataclass(frozen=True, slots=True)
class Series:
    """One category through all periods; `quantities[i]` belongs to the trend's `periods[i]`."""

    category: Category
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Counts through periods, oldest first; `columns` names the two columns of the release (period, category).

    `partial` is the code of a last period that was not over when the figures were published: it is drawn and marked,
    and the sentence compares the periods before it.
    """

    title: Words
    columns: tuple[str, str]
    periods: tuple[Category, ...]
    series: tuple[Series, ...]
    partial: str = ""

    def __post_init__(self) -> None:
        if any(len(one.quantities) != len(self.periods) for one in self.series):
            raise ValueError("every series needs one quantity for each period")

    @property
    def table(self) -> Table:
        """One row for each period, newest first, one column for each category."""
        rows = [
            Row(period, tuple(one.quantities[at] for one in self.series)) for at, period in reversed(list(enumerate(self.periods)))
        ]
        return Table(self.title, (words("period"), *(one.category.label for one in self.series)), tuple(rows))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every point, by period and category."""
        period, category = self.columns
        return tuple(
            Figure(((period, self.periods[at].code), (category, one.category.code)), quantity)
            for one in self.series
            for at, quantity in enumerate(one.quantities)
        )

    def sentence(self, language: str) -> str:
        """Say for each category whether first and last whole period differ by more than their margins."""
        known = [one for one in self.series if one.category.mark is None]
        if not known or not self.periods:
            return say("pictures", "nothing", language)
        last = len(self.periods) - 1
        if last and self.periods[last].code == self.partial:
            last -= 1
        said = [self._change(one, last, language) for one in known if _can_be_compared(one, last)]
        unsaid = [one.category for one in known if not _can_be_compared(one, last)]
        if unsaid:
            said.append(say("pictures", "trend_unsaid", language, names=listed(unsaid, language)))
        return " ".join(said)

    def _change(self, one: Series, at: int, language: str) -> str:
        first, last = one.quantities[0], one.quantities[at]
        values = {
            "name": one.category.name(language),
            "start": self.periods[0].name(language),
            "end": self.periods[at].name(language),
            "first": numbers.quantity(first, language),
            "last": numbers.quantity(last, language),
        }
        if not at:
            return say("pictures", "trend_one", language, **values)
        if not first.differs_from(last):
            return say("pictures", "trend_level", language, **values)
        return say("pictures", "trend_rose" if last.count > first.count else "trend_fell", language, **values)

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """Draw the lines that have a number to show; names stand at their ends, on a narrow page above them."""
        narrow = shape is Shape.NARROW
        drawn = [(at, one) for at, one in enumerate(self.series) if any(q.is_shown and q.count for q in one.quantities)]
        if not drawn:
            return blank(language, shape=shape, key=key, title=self.title.get(language, ""), description=self.sentence(language))
        top_edge = 16.0 + (22.0 * len(drawn) if narrow else 0.0)
        width, height = float(shape.value), 330.0 if not narrow else 230.0 + top_edge
        frame = _Frame(
            left=52.0 if not narrow else 44.0,
            right=width - (190.0 if not narrow else 20.0),
            top=top_edge,
            bottom=height - 34.0,
            ticks=steps(max((q.high for _, one in drawn for q in one.quantities if q.is_shown), default=1.0)),
            count=len(self.periods),
        )
        inside = [*_grid(frame, language), *_periods(frame, self.periods, language, narrow=narrow)]
        if len(self.periods) > 1 and self.periods[-1].code == self.partial:
            inside += _partial(frame, self.periods[-1], language)
        for at, one in drawn:
            inside += _line(frame, one, at)
        inside += _names_above(drawn, language) if narrow else _names_at_end(frame, drawn, language)
        return picture(
            *inside, width=width, height=height, key=key, title=self.title.get(language, ""), description=self.sentence(language)
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[float, ...]
    count: int

    def x(self, at: int) -> float:
        if self.count == 1:
            return (self.left + self.right) / 2
        return self.left + (self.right - self.left) * at / (self.count - 1)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.ticks[-1]


def _grid(frame: _Frame, language: str) -> list[str]:
    drawn = []
    for tick in frame.ticks:
        y = frame.y(tick)
        drawn.append(line(frame.left, y, frame.right, y, "p-axis" if tick == 0 else "p-grid"))
        drawn.append(text(frame.left - 8, y + 4, numbers.number(tick, language), "p-quiet p-end"))
    return drawn


def _periods(frame: _Frame, periods: tuple[Category, ...], language: str, *, narrow: bool) -> list[str]:
    room = int((frame.right - frame.left) / (48 if narrow else 62)) + 1
    step = every(len(periods), room)
    drawn = []
    for at, period in enumerate(periods):
        if (len(periods) - 1 - at) % step:
            continue
        drawn.append(line(frame.x(at), frame.bottom, frame.x(at), frame.bottom + 5, "p-axis"))
        drawn.append(text(frame.x(at), frame.bottom + 21, period.name(language), "p-quiet p-middle"))
    return drawn


def _partial(frame: _Frame, period: Category, language: str) -> list[str]:
    """Part off a last period that was not over."""
    x = (frame.x(frame.count - 2) + frame.x(frame.count - 1)) / 2
    note = say("pictures", "partial", language, period=period.name(language))
    return [line(x, frame.top, x, frame.bottom, "p-parting"), text(x - 6, frame.top + 12, note, "p-quiet p-end")]


def _can_be_compared(one: Series, last: int) -> bool:
    """True when both ends are shown and at least one of them counts anybody."""
    ends = (one.quantities[0], one.quantities[last])
    return all(end.is_shown for end in ends) and any(end.count for end in ends)


def _runs(one: Series) -> list[list[int]]:
    """Split a series where a count is not shown: a line never crosses a gap."""
    runs: list[list[int]] = [[]]
    for at, quantity in enumerate(one.quantities):
        if quantity.is_shown:
            runs[-1].append(at)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _line(frame: _Frame, one: Series, at: int) -> list[str]:
    look = series_look(at, one.category)
    bands, lines, markers = [], [], []
    for run in _runs(one):
        upper = [(frame.x(i), frame.y(one.quantities[i].high)) for i in run]
        lower = [(frame.x(i), frame.y(one.quantities[i].low)) for i in reversed(run)]
        places = [(frame.x(i), frame.y(one.quantities[i].count)) for i in run]
        if len(run) > 1:
            bands.append(element("polygon", points=points(upper + lower), cls=f"p-fill-{look} p-band"))
            lines.append(element("polyline", points=points(places), cls=f"p-line-{look}"))
        else:
            x = places[0][0]
            bands.append(line(x, upper[0][1], x, lower[0][1], "p-whisker"))
        markers += [marker(x, y, look) for x, y in places]
    return [*bands, *lines, *markers]


def series_look(at: int, category: Category) -> int:
    """Return which of the seven looks a category has; grey is kept for what nobody recorded."""
    return 0 if category.mark is not None else 1 + at % 6


def marker(x: float, y: float, look: int, size: float = 4.0) -> str:
    """Return a point whose shape, not only its colour, tells its series."""
    fill = f"p-fill-{look}"
    match look % 4:
        case 1:
            return element("circle", cx=x, cy=y, r=size, cls=fill)
        case 2:
            return element("rect", x=x - size, y=y - size, width=2 * size, height=2 * size, cls=fill)
        case 3:
            corners = [(x, y - size * 1.25), (x + size * 1.2, y + size), (x - size * 1.2, y + size)]
            return element("polygon", points=points(corners), cls=fill)
        case _:
            corners = [(x, y - size * 1.3), (x + size * 1.3, y), (x, y + size * 1.3), (x - size * 1.3, y)]
            return element("polygon", points=points(corners), cls=fill)


def _names_at_end(frame: _Frame, series: list[tuple[int, Series]], language: str) -> list[str]:
    ends = [next((q.count for q in reversed(one.quantities) if q.is_shown), 0) for _, one in series]
    names = [wrapped(one.category.name(language), 20) for _, one in series]
    lines = max(map(len, names))
    places = spread([frame.y(end) for end in ends], 21.0 + LINE * lines, frame.top + 6, frame.bottom + 5 - LINE * lines)
    drawn = []
    for (at, one), name, y in zip(series, names, places, strict=True):
        x = frame.right + 18
        last = one.quantities[-1] if one.quantities else Quantity(0, 0.0)
        value = numbers.quantity(last, language) if last.is_shown else say("pictures", "suppressed_short", language)
        drawn.append(marker(x, y - 4, series_look(at, one.category)))
        drawn += [text(x + 12, y + LINE * k, part, "p-strong") for k, part in enumerate(name)]
        drawn.append(text(x + 12, y + LINE * len(name), value, "p-quiet"))
    return drawn


def _names_above(series: list[tuple[int, Series]], language: str) -> list[str]:
    drawn = []
    for row, (at, one) in enumerate(series):
        y = 18.0 + 22.0 * row
        look = series_look(at, one.category)
        drawn.append(element("path", d=f"M4 {y - 4:.0f}H34", cls=f"p-line-{look}"))
        drawn.append(marker(19, y - 4, look))
        drawn.append(text(44, y, one.category.name(language), "p-strong"))
    return drawn
