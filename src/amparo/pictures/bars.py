"""How many in each category: horizontal bars with their margins as whiskers."""

from __future__ import annotations

from dataclasses import dataclass

from amparo.pictures import numbers
from amparo.pictures.scale import steps, wrapped
from amparo.pictures.svg import Shape, element, hatch, line, picture, text
from amparo.pictures.values import Category, Figure, Quantity, Row, Share, Table, Words, words
from amparo.standard.reasons import say


@dataclass(frozen=True, slots=True)
class Bar:
    """One category, its count and, where the code book defines one, its percentage."""

    category: Category
    quantity: Quantity
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts by category in the order given; `column` is the release's column, or "" where each category is a column of its own."""

    title: Words
    column: str
    bars: tuple[Bar, ...]

    @property
    def has_shares(self) -> bool:
        """True when at least one bar has a percentage to show."""
        return any(bar.share and bar.quantity.is_shown for bar in self.bars)

    @property
    def table(self) -> Table:
        """One row for each category: count, and percentage where there is one."""
        headers = [words("category"), words("persons")] + ([words("share")] if self.has_shares else [])
        rows = [
            Row(bar.category, (bar.quantity, bar.share if bar.quantity.is_shown else None)[: len(headers) - 1]) for bar in self.bars
        ]
        return Table(self.title, tuple(headers), tuple(rows))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every bar, by its column and code."""
        return tuple(Figure(((self.column or "column", bar.category.code),), bar.quantity, bar.share) for bar in self.bars)

    def sentence(self, language: str) -> str:
        """Name the largest category, or the two largest when their margins touch."""
        known = [bar for bar in self.bars if bar.category.mark is None and bar.quantity.is_shown and bar.quantity.count]
        known.sort(key=lambda bar: -bar.quantity.count)
        if not known:
            return say("pictures", "nothing", language)
        first = known[0]
        values = {"name": first.category.name(language), "value": numbers.quantity(first.quantity, language)}
        if len(known) == 1:
            return say("pictures", "bars_only", language, **values)
        second = known[1]
        values |= {"second": second.category.name(language), "second_value": numbers.quantity(second.quantity, language)}
        return say("pictures", "bars_first" if first.quantity.differs_from(second.quantity) else "bars_tie", language, **values)

    def svg(self, language: str, *, shape: Shape = Shape.HALF, key: str = "picture") -> str:
        """Draw the bars; names stand left of them, on a narrow page above them."""
        narrow = shape is Shape.NARROW
        width = float(shape.value)
        left = 2.0 if narrow else (270.0 if shape is Shape.WIDE else 200.0)
        pitch = 46.0 if narrow else 34.0
        right = width - (118.0 if narrow else 128.0)
        ticks = steps(max((bar.quantity.high for bar in self.bars if bar.quantity.is_shown), default=1.0), about=4)
        bottom = 8.0 + pitch * len(self.bars)
        inside = [hatch(key)]
        for tick in ticks if any(bar.quantity.is_shown for bar in self.bars) else ():
            x = left + (right - left) * tick / ticks[-1]
            inside.append(line(x, 4, x, bottom, "p-axis" if tick == 0 else "p-grid"))
            anchor = "" if tick == 0 and narrow else " p-middle"
            inside.append(text(x, bottom + 18, numbers.number(tick, language), f"p-quiet{anchor}"))
        for at, bar in enumerate(self.bars):
            top = 8.0 + pitch * at
            inside += _name(
                bar.category.name(language), left=left, top=top, narrow=narrow, letters=31 if shape is Shape.WIDE else 22
            )
            inside += _bar(
                bar, left=left, top=top + (20 if narrow else 3), scale=(right - left) / ticks[-1], key=key, language=language
            )
        return picture(
            *inside,
            width=width,
            height=bottom + 28,
            key=key,
            title=self.title.get(language, ""),
            description=self.sentence(language),
        )


def _name(name: str, *, left: float, top: float, narrow: bool, letters: int) -> list[str]:
    if narrow:
        return [text(left, top + 14, wrapped(name, 46)[0], "p-text")]
    lines = wrapped(name, letters)
    start = top + 19 - 8 * (len(lines) - 1)
    return [text(left - 10, start + 16 * at, part, "p-text p-end") for at, part in enumerate(lines)]


def _bar(bar: Bar, *, left: float, top: float, scale: float, key: str, language: str) -> list[str]:
    quantity, tall = bar.quantity, 22.0
    middle = top + tall / 2
    if not quantity.is_shown:
        box = element("rect", x=left, y=top + 1, width=22, height=tall - 2, fill=f"url(#{key}-h)", cls="p-frame")
        return [box, text(left + 30, middle + 4, say("pictures", "suppressed_short", language), "p-quiet")]
    end = left + quantity.count * scale
    low, high = left + quantity.low * scale, left + quantity.high * scale
    look = 0 if bar.category.mark is not None else 1
    whisker = f"M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 5:.1f}v10M{high:.1f} {middle - 5:.1f}v10"
    shape = element("rect", x=left, y=top, width=end - left, height=tall, cls=f"p-fill-{look}")
    number = numbers.number(quantity.count, language)
    label = element(
        "text",
        element("tspan", number, cls="p-strong"),
        element("tspan", f" ± {numbers.margin(quantity.margin, language)}", cls="p-quiet"),
        x=high + 8,
        y=middle + 5,
        cls="p-text",
    )
    drawn = [shape] if quantity.count else []
    return [*drawn, element("path", d=whisker, cls="p-halo"), element("path", d=whisker, cls="p-whisker"), label]
