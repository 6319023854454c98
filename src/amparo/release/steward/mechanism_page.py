"""What the noise of a release costs, as a page and as JSON that may be published: made from the bundle alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from amparo.bundle.canonical import encode
from amparo.bundle.charts import panels
from amparo.bundle.description import Description
from amparo.bundle.reading import Bundle
from amparo.disclosure.evaluation import Counted, MechanismError, mechanism_error
from amparo.pictures.dots import Dots, Line, Point
from amparo.pictures.values import Words
from amparo.release.steward import page as pages
from amparo.release.steward.inputs import released_table
from amparo.release.steward.page import Cell, Mark, Number, Page
from amparo.standard.reasons import LANGUAGES, say

FORMAT = "amparo-mechanism-error-1"
DRAWN = 16
LISTED = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of the release: how many numbers it has, and how many are larger than their margins."""

    title: Words
    numbers: int
    shown: int


@dataclass(frozen=True, slots=True)
class Noise:
    """What may be said to everybody of how far a release is off: from what is published, and from nothing else."""

    about: Description
    persons: float
    errors: tuple[MechanismError, ...]
    pictures: tuple[Shown, ...]


def noise(bundle: Bundle) -> Noise:
    """Say what the noise of a release costs. No table of persons is taken, and there is no way to give one."""
    persons = float(bundle.by_columns[frozenset()].estimate)
    counted = [Counted(one.columns, one.estimate, one.standard_error) for one in bundle.measurements()]
    shown = (
        Shown(panel.chart.title, len(panel.chart.figures), sum(figure.quantity.is_shown for figure in panel.chart.figures))
        for panel in panels(bundle)
    )
    errors = mechanism_error(counted, released_table(bundle), persons=persons)
    return Noise(bundle.description, persons, errors, tuple(shown))


def render(found: Noise, language: str) -> dict[str, bytes]:
    """Return `noise.LANGUAGE.html` and `noise.json`."""
    page = Page(language, Mark.PUBLISHABLE)
    return {f"noise.{language}.html": _page(page, found), "noise.json": encode(_record(found))}


def _page(page: Page, found: Noise) -> bytes:
    about = found.about
    facts = [
        (page.say("fact_release"), about.id),
        (page.say("fact_rows"), page.number(about.rows)),
        (page.say("fact_promise"), page.promise(about)),
    ]
    title = page.say("noise_title", title=about.title.get(page.language, ""))
    parts = [*_summary(page, found), *_columns(page, found), *_pictures(page, found)]
    return page.whole(title=title, lead=page.say("noise_lead"), facts=facts, parts=parts)


def _summary(page: Page, found: Noise) -> Iterator[str]:
    yield page.heading("summary")
    rows: list[list[Cell]] = []
    for width in (1, 2):
        errors = [one for one in found.errors if len(one.names) == width]
        if errors:
            rows.append(
                [
                    page.say(f"tables_of_{width}"),
                    Number(page.number(len(errors))),
                    Number(page.percent(fmean(one.share for one in errors))),
                    Number(page.percent(fmean(one.noise for one in errors), digits=2)),
                    Number(page.percent(fmean(one.fit for one in errors), digits=2)),
                ]
            )
    heads = [page.say(key) for key in ("tables", "number_of_tables", "told_share", "noise", "fit")]
    yield page.table(key="summary", caption=page.say("noise_caption"), heads=heads, rows=rows)
    yield page.paragraph("noise_three", quiet=True)


def _columns(page: Page, found: Noise) -> Iterator[str]:
    yield page.heading("by_column")
    yield page.paragraph("noise_by_column_why")
    singles = sorted((one for one in found.errors if len(one.names) == 1), key=lambda one: (-one.noise, one.names))
    lines = tuple(
        Line(_words_of(found.about, one.names), (Point(one.noise * found.persons), Point(one.fit * found.persons)))
        for one in singles[:DRAWN]
    )
    key = "drawn_some" if len(singles) > DRAWN else "drawn_all"
    sentence = _all(key, drawn=DRAWN, count=len(singles))
    yield page.figure(Dots(_all("by_column"), sentence, _all("unit_persons"), (_all("noise"), _all("fit")), lines), key="p-columns")
    yield _table(page, found, "single_columns", singles)
    pairs = sorted((one for one in found.errors if len(one.names) == 2), key=lambda one: (one.share, one.names))
    if pairs:
        yield _table(page, found, "worst_pairs", pairs[:LISTED])


def _table(page: Page, found: Noise, caption: str, errors: Sequence[MechanismError]) -> str:
    return page.table(
        key=caption,
        caption=page.say(caption),
        heads=[page.say(key) for key in ("columns", "told", "told_share", "noise", "fit", "widest_margin")],
        rows=[
            [
                _words_of(found.about, one.names)[page.language],
                Number(page.say("of", part=page.number(one.told), whole=page.number(one.cells))),
                Number(page.percent(one.share)),
                Number(page.percent(one.noise, digits=2)),
                Number(page.percent(one.fit, digits=2)),
                Number(page.number(one.margin)),
            ]
            for one in errors
        ],
    )


def _pictures(page: Page, found: Noise) -> Iterator[str]:
    yield page.heading("pictures")
    yield page.paragraph("noise_pictures_why")
    yield page.table(
        key="pictures",
        caption=page.say("pictures"),
        heads=[page.say("picture"), page.say("numbers_shown")],
        rows=[
            [one.title.get(page.language, ""), Number(page.say("of", part=page.number(one.shown), whole=page.number(one.numbers)))]
            for one in found.pictures
        ],
    )


def _words_of(about: Description, names: Sequence[str]) -> dict[str, str]:
    return {language: " · ".join(about.column(name).say(language) for name in names) for language in LANGUAGES}


def _all(key: str, **values: object) -> dict[str, str]:
    return {language: say(pages.ROOM, key, language, **values) for language in LANGUAGES}


def _record(found: Noise) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "publishable": True,
        "mark": _all(str(Mark.PUBLISHABLE)),
        "release": found.about.id,
        "persons": found.persons,
        "tables": [
            {"columns": list(one.names), **{key: value for key, value in asdict(one).items() if key != "names"}}
            for one in found.errors
        ],
        "pictures": [{"title": dict(one.title), "numbers": one.numbers, "shown": one.shown} for one in found.pictures],
    }
