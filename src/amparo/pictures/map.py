"""Where: countries shaded by how many were exploited there, and arrows from origin to exploitation."""

from __future__ import annotations

from dataclasses import dataclass

from amparo.pictures import numbers
from amparo.pictures.arrows import Box, arrow
from amparo.pictures.chart import listed
from amparo.pictures.geography import Geography, View, alpha2, geography_for, outline, view_on
from amparo.pictures.scale import steps
from amparo.pictures.svg import Shape, element, hatch, picture, text
from amparo.pictures.values import Category, Figure, Quantity, Row, Table, Words, words
from amparo.standard.reasons import say


@dataclass(frozen=True, slots=True)
class Place:
    """One country: how many were exploited there and how many come from there; None where the release does not say."""

    category: Category
    exploited: Quantity | None
    origin: Quantity | None


@dataclass(frozen=True, slots=True)
class Arc:
    """How many people went from one country to another."""

    origin: Category
    destination: Category
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class MapPicture:
    """Countries on a map; `columns` names the columns of origin and of exploitation.

    `around` are countries that stand on the map with nobody in them, so that every selection shows the same land.
    """

    title: Words
    columns: tuple[str, str]
    places: tuple[Place, ...]
    arcs: tuple[Arc, ...]
    around: tuple[Place, ...] = ()

    @property
    def geography(self) -> Geography | None:
        """The map on which most of the places lie; None where no map has any."""
        return geography_for(alpha2(place.category.code) for place in (*self.places, *self.around))

    @property
    def table(self) -> Table:
        """One row for each country: exploited there, coming from there."""
        rows = [Row(place.category, (place.exploited, place.origin)) for place in self.places]
        return Table(self.title, (words("country"), words("exploited_here"), words("from_here")), tuple(rows))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Both counts of every country; the arrows are figures of the flow picture."""
        origin, destination = self.columns
        found = []
        for place in self.places:
            if place.exploited is not None:
                found.append(Figure(((destination, place.category.code),), place.exploited))
            if place.origin is not None:
                found.append(Figure(((origin, place.category.code),), place.origin))
        return tuple(found)

    def sentence(self, language: str) -> str:
        """Name the country where most were exploited, or the two when their margins touch."""
        known = [
            (place.category, place.exploited)
            for place in self.places
            if place.exploited is not None and place.category.mark is None
        ]
        shown = sorted(((q.count, c.code, c, q) for c, q in known if q.is_shown and q.count), reverse=True, key=lambda one: one[:2])
        if not shown:
            return say("pictures", "nothing", language)
        _, _, first, quantity = shown[0]
        values = {"name": first.name(language), "value": numbers.quantity(quantity, language)}
        if len(shown) > 1 and not quantity.differs_from(shown[1][3]):
            values |= {"second": shown[1][2].name(language), "second_value": numbers.quantity(shown[1][3], language)}
            return say("pictures", "map_tie", language, **values)
        return say("pictures", "map_first", language, **values)

    def missing(self) -> tuple[Category, ...]:
        """Return the countries that the map has no shape for."""
        geography = self.geography
        shapes = geography.shapes if geography else {}
        return tuple(
            place.category for place in self.places if place.category.mark is None and alpha2(place.category.code) not in shapes
        )

    def note(self, language: str) -> str:
        """Say what is not drawn, or nothing."""
        notes = []
        missing = self.missing()
        if missing:
            notes.append(say("pictures", "not_on_map", language, names=listed(missing, language)))
        if len(self._drawable()) > MOST_ARCS:
            notes.append(say("pictures", "drawn_arcs", language, count=MOST_ARCS))
        return " ".join(notes)

    def _drawable(self) -> list[Arc]:
        """Return arrows that can be drawn, largest first: both ends on the map and not the same country."""
        geography = self.geography
        shapes = geography.shapes if geography else {}
        found = [
            arc
            for arc in self.arcs
            if arc.quantity.is_shown
            and arc.quantity.count
            and arc.origin.code != arc.destination.code
            and alpha2(arc.origin.code) in shapes
            and alpha2(arc.destination.code) in shapes
        ]
        return sorted(found, key=lambda arc: (-arc.quantity.count, arc.origin.code, arc.destination.code))

    def svg(self, language: str, *, shape: Shape = Shape.WIDE, key: str = "picture") -> str:
        """Draw the map; empty where no map knows the countries."""
        geography = self.geography
        if geography is None:
            return ""
        width = float(shape.value)
        narrow = shape is Shape.NARROW
        arcs = self._drawable()[: MOST_ARCS if not narrow else MOST_ARCS // 2]
        counted = [alpha2(p.category.code) for p in self.places if p.exploited and p.exploited.count and p.category.mark is None]
        counted += [alpha2(p.category.code) for p in self.around]
        ends = [alpha2(end.code) for arc in arcs for end in (arc.origin, arc.destination)]
        view = view_on(geography, sorted({*counted, *ends}), width=width, tallest=300.0 if narrow else 500.0)
        classes = _classes([p.exploited for p in self.places if p.exploited is not None and p.category.mark is None])
        labels = _labels(self, geography, view, language, narrow=narrow)
        land = _land(self, geography, view, classes, key)
        sea = element("rect", width=view.width, height=view.height, cls="p-sea")
        window = element("svg", *land, width=view.width, height=view.height, viewBox=view.box, overflow="hidden")
        inside = [
            hatch(key),
            hatch(key, ending="m", scale=view.grain),
            sea,
            window,
            *_arrows(arcs, geography, view, labels, narrow=narrow),
        ]
        inside += [_label(one) for one in labels]
        legend, tall = _legend(
            classes, view, language, key, has_hatch=any(_is_hatched(p) for p in self.places), has_arcs=bool(arcs)
        )
        return picture(
            *inside,
            *legend,
            width=width,
            height=view.height + tall,
            key=key,
            title=self.title.get(language, ""),
            description=self.sentence(language),
        )


MOST_ARCS = 24
FAR_APART = 20


def _is_hatched(place: Place) -> bool:
    return place.exploited is not None and place.category.mark is None and not place.exploited.is_shown


def _classes(quantities: list[Quantity]) -> tuple[float, ...]:
    """Return the upper bounds of at most five classes of shading: equal round steps, or growing ones where counts are far apart."""
    counts = [quantity.count for quantity in quantities if quantity.is_shown and quantity.count]
    if not counts:
        return ()
    if max(counts) <= FAR_APART * min(counts):
        return steps(float(max(counts)), about=5)[1:]
    round_numbers = [float(unit * 10**power) for power in range(8) for unit in (1, 2, 5)]
    top = next(at for at, bound in enumerate(round_numbers) if bound >= max(counts))
    return tuple(bound for bound in round_numbers[top % 2 : top + 1 : 2][-5:] if bound >= min(counts))


def _class_of(count: int, classes: tuple[float, ...]) -> int:
    return next((at for at, bound in enumerate(classes, start=1) if count <= bound), len(classes))


def _land(chart: MapPicture, geography: Geography, view: View, classes: tuple[float, ...], key: str) -> list[str]:
    shaded: dict[str, str] = {}
    for place in chart.places:
        code = alpha2(place.category.code)
        if place.exploited is None or not place.exploited.count or code not in geography.shapes or not view.sees(code, geography):
            continue
        path = outline(geography.name, code, view.level)
        if _is_hatched(place):
            shaded[code] = element("path", d=path, fill=f"url(#{key}-m)", cls="p-coast")
        else:
            shaded[code] = element("path", d=path, cls=f"p-shade-{_class_of(place.exploited.count, classes)} p-coast")
    plain = [
        outline(geography.name, code, view.level) for code in geography.shapes if code not in shaded and view.sees(code, geography)
    ]
    return [element("path", d="".join(plain), cls="p-land p-coast"), *shaded.values()] if plain else list(shaded.values())


@dataclass(frozen=True, slots=True)
class _Label(Box):
    code: str
    name: str
    value: str


def _arrows(arcs: list[Arc], geography: Geography, view: View, labels: list[_Label], *, narrow: bool) -> list[str]:
    if not arcs:
        return []
    most, widest = arcs[0].quantity.count, 6.0 if narrow or len(arcs) > 8 else 12.0
    boxes = {one.code: one for one in labels}
    drawn = []
    for arc in reversed(arcs):
        ends = (alpha2(arc.origin.code), alpha2(arc.destination.code))
        start, end = (_middle(code, geography, view, boxes) for code in ends)
        drawn.append(
            arrow(start, end, max(1.2, widest * arc.quantity.count / most), from_box=boxes.get(ends[0]), to_box=boxes.get(ends[1]))
        )
    return drawn


def _middle(code: str, geography: Geography, view: View, boxes: dict[str, _Label]) -> tuple[float, float]:
    return (boxes[code].x, boxes[code].y) if code in boxes else view.place(geography.anchor(code))


def _labels(chart: MapPicture, geography: Geography, view: View, language: str, *, narrow: bool) -> list[_Label]:
    """Name the countries with most persons where there is room; the table names all. Those with nobody are named if all can be."""
    named = [p for p in chart.places if p.exploited and p.exploited.count and alpha2(p.category.code) in geography.shapes]
    named.sort(key=lambda p: -(p.exploited.count if p.exploited else 0))
    found: list[_Label] = []
    most = 5 if narrow else 8
    empty = [p for p in chart.around if alpha2(p.category.code) in geography.shapes]
    for place in [*named, *empty] if len(named) + len(empty) <= most else named[:most]:
        name = place.category.name(language)
        value = _value(place.exploited, language)
        x, y = view.place(geography.anchor(alpha2(place.category.code)))
        wide = max(len(name) * 7.6, len(value) * 6.6) + 14
        x = min(max(x, wide / 2 + 2), view.width - wide / 2 - 2)
        one = _Label(x, min(max(y, 21.0), view.height - 21.0), wide, 38.0, alpha2(place.category.code), name, value)
        if not any(one.meets(other) for other in found):
            found.append(one)
    return found


def _value(quantity: Quantity | None, language: str) -> str:
    if quantity is None:
        return say("pictures", "filtered_out", language)
    return numbers.quantity(quantity, language) if quantity.is_shown else say("pictures", "suppressed_short", language)


def _label(one: _Label) -> str:
    left, top = one.x - one.wide / 2, one.y - one.tall / 2
    box = element("rect", x=left, y=top, width=one.wide, height=one.tall, rx=3, cls="p-tag")
    return box + text(one.x, top + 16, one.name, "p-strong p-middle") + text(one.x, top + 31, one.value, "p-quiet p-middle")


def _legend(
    classes: tuple[float, ...], view: View, language: str, key: str, *, has_hatch: bool, has_arcs: bool
) -> tuple[list[str], float]:
    """Return the legend below the map and its height."""
    if not classes and not has_hatch:
        return [], 0.0
    y = view.height + 22
    drawn = [text(2, y, say("pictures", "legend_persons", language), "p-quiet")]
    x, y = 2.0, y + 10
    low = 1
    entries: list[tuple[str, str | None, str]] = []
    for at, bound in enumerate(classes, start=1):
        entries.append((f"p-shade-{at}", None, f"{numbers.number(low, language)}\u2013{numbers.number(bound, language)}"))
        low = int(bound) + 1
    if has_hatch:
        entries.append(("p-frame", f"url(#{key}-h)", say("pictures", "legend_hatched", language)))
    for cls, fill, label in entries:
        wide = 30 + len(label) * 6.9 + 12
        if x + wide > view.width:
            x, y = 2.0, y + 24
        drawn.append(element("rect", x=x, y=y, width=22, height=15, fill=fill, cls=cls))
        drawn.append(text(x + 28, y + 12, label, "p-quiet"))
        x += wide
    y += 38
    if has_arcs:
        drawn.append(arrow((4, y - 4), (44, y - 4), 4.0))
        lines = _folded(say("pictures", "legend_flow", language), int((view.width - 60) / 6.4))
        drawn += [text(54, y + 17 * at, part, "p-quiet") for at, part in enumerate(lines)]
        y += 17 * (len(lines) - 1)
    return drawn, y - view.height + 8


def _folded(sentence: str, letters: int) -> list[str]:
    """Return a sentence in lines of at most `letters` letters."""
    lines = [""]
    for word in sentence.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
