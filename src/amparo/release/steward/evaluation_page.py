"""An evaluation as a page and as JSON: for the steward's own eyes, and marked so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from amparo.bundle.canonical import encode
from amparo.bundle.description import Description
from amparo.disclosure.evaluation import Cell, MarginalError, SubpopulationError
from amparo.pictures.dots import Dots, Line, Point
from amparo.release.steward import page as pages
from amparo.release.steward.effects import Effect, PanelEffect
from amparo.release.steward.evaluating import Evaluation, Headline
from amparo.release.steward.page import Mark, Number, Page
from amparo.standard.reasons import LANGUAGES, say

FORMAT = "amparo-evaluation-1"
DRAWN = 16
LISTED = 20


def render(evaluation: Evaluation, other: Evaluation | None, language: str) -> dict[str, bytes]:
    """Return `evaluation.LANGUAGE.html` and `evaluation.json`."""
    page = Page(language, Mark.NOT_PUBLISHABLE)
    return {
        f"evaluation.{language}.html": _page(page, evaluation, other),
        "evaluation.json": encode({**_record(evaluation), "against": _record(other) if other else None}),
    }


def _page(page: Page, evaluation: Evaluation, other: Evaluation | None) -> bytes:
    about, found = evaluation.about, evaluation.exactness
    facts = [
        (page.say("fact_release"), about.id),
        (page.say("fact_persons"), page.number(found.persons)),
        (page.say("fact_rows"), page.number(found.released_rows)),
        (page.say("fact_promise"), page.promise(about)),
        (page.say("fact_against"), other.about.id if other else ""),
    ]
    title = page.say("evaluation_title", title=about.title.get(page.language, ""))
    parts = [
        *_summary(page, evaluation, other),
        *_columns(page, evaluation, other),
        *_worst(page, about, found.worst),
        *_parts(page, about, evaluation, other),
        *_pictures(page, evaluation),
        *_definitions(page),
    ]
    return page.whole(title=title, lead=page.say("evaluation_lead"), facts=facts, parts=parts)


def _summary(page: Page, evaluation: Evaluation, other: Evaluation | None) -> Iterator[str]:
    found = evaluation.exactness
    yield page.heading("summary")
    heads = [page.say("measure"), page.say("this_release")]
    if other:
        heads.append(page.say("other_release"))
        yield page.paragraph("better_marked")
    others = {one.key: one for one in other.headlines} if other else {}
    rows = []
    for one in evaluation.headlines:
        rival = others.get(one.key)
        row: list[str | Number] = [page.say(f"measure_{one.key}"), Number(_value(page, one), one.beats(rival))]
        if other:
            row.append(Number(_value(page, rival), rival.beats(one)) if rival else Number(""))
        rows.append(row)
    yield page.table(key="summary", caption=page.say("summary_caption"), heads=heads, rows=rows)
    if found.counted < found.possible:
        yield page.paragraph("counted_some", quiet=True, counted=page.number(found.counted), possible=page.number(found.possible))


def _value(page: Page, one: Headline) -> str:
    return page.percent(one.value, digits=2) if one.is_share else page.number(one.value)


def _columns(page: Page, evaluation: Evaluation, other: Evaluation | None) -> Iterator[str]:
    """Error by column: how many persons stand in a wrong cell, and the worst pairs."""
    about, found = evaluation.about, evaluation.exactness
    yield page.heading("by_column")
    yield page.paragraph("by_column_why")
    singles = sorted((one for one in found.marginals if len(one.names) == 1), key=lambda one: (-one.tvd, one.names))
    rival = {one.names: one.tvd * other.exactness.persons for one in other.exactness.marginals} if other else {}
    lines = [
        Line(
            _words_of(about, one.names),
            (
                Point(one.tvd * found.persons),
                *([Point(rival[one.names])] if other and one.names in rival else [None] * bool(other)),
            ),
        )
        for one in singles[:DRAWN]
    ]
    yield page.figure(
        Dots(_all("by_column"), _cut(len(singles)), _all("unit_persons"), _series(other), tuple(lines)), key="p-columns"
    )
    yield page.table(
        key="columns",
        caption=page.say("single_columns"),
        heads=_heads(page),
        rows=[_marginal(page, about, one, found.persons) for one in singles],
    )
    pairs = sorted((one for one in found.marginals if len(one.names) == 2), key=lambda one: (-one.tvd, one.names))
    if pairs:
        yield page.table(
            key="pairs",
            caption=page.say("worst_pairs"),
            heads=_heads(page),
            rows=[_marginal(page, about, one, found.persons) for one in pairs[:LISTED]],
        )


def _heads(page: Page) -> list[str]:
    return [page.say(key) for key in ("columns", "tvd", "misplaced", "worst_value", "difference")]


def _marginal(page: Page, about: Description, one: MarginalError, persons: int) -> list[str | Number]:
    return [
        _name(about, one.names, page.language),
        Number(page.percent(one.tvd, digits=2)),
        Number(page.number(one.tvd * persons)),
        _values(page, about, one.worst),
        Number(page.signed(one.worst.error)),
    ]


def _worst(page: Page, about: Description, cells: Sequence[Cell]) -> Iterator[str]:
    yield page.heading("worst_cells")
    yield page.paragraph("worst_cells_why")
    for width in (1, 2, 3):
        chosen = [cell for cell in cells if len(cell.names) == width]
        if chosen:
            yield page.table(
                key=f"worst-{width}",
                caption=page.say(f"worst_of_{width}"),
                heads=[page.say(key) for key in ("columns", "value", "true", "released", "difference")],
                rows=[
                    [
                        _name(about, cell.names, page.language),
                        _values(page, about, cell),
                        Number(page.number(cell.true)),
                        Number(page.number(cell.released)),
                        Number(page.signed(cell.error)),
                    ]
                    for cell in chosen
                ],
            )


def _parts(page: Page, about: Description, evaluation: Evaluation, other: Evaluation | None) -> Iterator[str]:
    if not evaluation.parts:
        return
    yield page.heading("parts")
    yield page.paragraph("parts_why")
    ordered = sorted(evaluation.parts, key=lambda one: -one.tvd2)
    rival = {_key(one): one.tvd2 for one in other.parts} if other else {}
    lines = [
        Line(
            {language: _part(about, one, language) for language in LANGUAGES},
            (Point(100 * one.tvd2), *([Point(100 * rival[_key(one)])] if other and _key(one) in rival else [None] * bool(other))),
        )
        for one in ordered[:DRAWN]
    ]
    yield page.figure(Dots(_all("parts"), _cut(len(ordered)), _all("unit_percent"), _series(other), tuple(lines)), key="p-parts")
    yield page.table(
        key="parts",
        caption=page.say("parts_caption"),
        heads=[page.say(key) for key in ("part", "true", "released", "difference", "tvd1", "tvd2")],
        rows=[
            [
                _part(about, one, page.language),
                Number(page.number(one.true)),
                Number(page.number(one.released)),
                Number(page.signed(one.released - one.true)),
                Number(page.percent(one.tvd1, digits=2)),
                Number(page.percent(one.tvd2, digits=2)),
            ]
            for one in ordered
        ],
    )


def _pictures(page: Page, evaluation: Evaluation) -> Iterator[str]:
    yield page.heading("pictures")
    shown = [one for panel in evaluation.panels for one in panel.effects if one.quantity.is_shown]
    held = sum(one.is_covered for one in shown)
    yield page.paragraph("pictures_why", shown=page.number(len(shown)), held=page.number(held))
    for panel in evaluation.panels:
        yield from _picture(page, panel)


def _picture(page: Page, panel: PanelEffect) -> Iterator[str]:
    yield f"<h3>{escape(panel.title.get(page.language, ''))}</h3>"
    shown = sorted((one for one in panel.effects if one.quantity.is_shown), key=lambda one: -max(one.true, one.quantity.count))
    lines = [Line(one.label, (_released(one), Point(float(one.true)))) for one in shown[:DRAWN]]
    if lines:
        held = sum(one.is_covered for one in shown)
        sentence = _all("picture_sentence", shown=len(shown), held=held)
        series = (_all("released_with_margin"), _all("true"))
        yield page.figure(Dots(panel.title, sentence, _all("unit_persons"), series, tuple(lines)), key=f"p-{panel.key}")
    has_shares = any(one.share for one in panel.effects)
    keys = [
        "value",
        "true",
        "released",
        "margin",
        "difference",
        "holds",
        *(["percent_true", "percent_released"] if has_shares else []),
    ]
    yield page.table(
        key=panel.key,
        caption=panel.title.get(page.language, ""),
        heads=[page.say(key) for key in keys],
        rows=[_effect(page, one, has_shares=has_shares) for one in panel.effects],
    )


def _released(one: Effect) -> Point:
    return Point(float(one.quantity.count), one.quantity.low, one.quantity.high)


def _effect(page: Page, one: Effect, *, has_shares: bool) -> list[str | Number]:
    row: list[str | Number] = [
        one.label.get(page.language, ""),
        Number(page.number(one.true)),
        Number(page.number(one.quantity.count) if one.quantity.is_shown else page.say("not_shown")),
        Number(page.number(one.quantity.margin)),
        Number(page.signed(one.difference)),
        page.say("yes" if one.is_covered else "no"),
    ]
    if has_shares:
        true = "" if one.true_percent is None else page.percent(one.true_percent / 100)
        released = (
            "" if one.share is None else f"{page.percent(one.share.percent / 100)} ± {page.number(one.share.margin, digits=1)}"
        )
        row += [Number(true if one.share else ""), Number(released)]
    return row


def _definitions(page: Page) -> Iterator[str]:
    yield page.heading("definitions")
    yield (
        "<ul>"
        + "".join(f"<li>{page.said(key)}</li>" for key in ("define_tvd", "define_kept", "define_covered", "define_part"))
        + "</ul>"
    )


def _series(other: Evaluation | None) -> tuple[dict[str, str], ...]:
    return (_all("this_release"), _all("other_release")) if other else (_all("this_release"),)


def _cut(count: int) -> dict[str, str]:
    return _all("drawn_some", drawn=DRAWN, count=count) if count > DRAWN else _all("drawn_all", count=count)


def _all(key: str, **values: object) -> dict[str, str]:
    return {language: say(pages.ROOM, key, language, **values) for language in LANGUAGES}


def _name(about: Description, names: Sequence[str], language: str) -> str:
    return " · ".join(about.column(name).say(language) for name in names)


def _words_of(about: Description, names: Sequence[str]) -> dict[str, str]:
    return {language: _name(about, names, language) for language in LANGUAGES}


def _values(page: Page, about: Description, cell: Cell) -> str:
    said = (
        about.column(name).say_value(value, page.language) if value else page.say("blank")
        for name, value in zip(cell.names, cell.values, strict=True)
    )
    return " · ".join(said)


def _part(about: Description, one: SubpopulationError, language: str) -> str:
    said = []
    for name, values in one.part.items():
        column = about.column(name)
        listed = ", ".join(column.say_value(value, language) or say(pages.ROOM, "blank", language) for value in sorted(values))
        said.append(say(pages.ROOM, "part_is", language, column=column.say(language), values=listed))
    return " · ".join(said)


def _key(one: SubpopulationError) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(sorted(one.part.items()))


def _record(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything that an evaluation holds, for programs."""
    found = evaluation.exactness
    return {
        "format": FORMAT,
        "publishable": False,
        "mark": _all(str(Mark.NOT_PUBLISHABLE)),
        "release": evaluation.about.id,
        "persons": found.persons,
        "released_rows": found.released_rows,
        "headlines": {one.key: one.value for one in evaluation.headlines},
        "better": {one.key: str(one.better) for one in evaluation.headlines},
        "three_columns": {"counted": found.counted, "possible": found.possible},
        "marginals": [{"columns": list(one.names), "tvd": one.tvd, "worst": _cell(one.worst)} for one in found.marginals],
        "worst": [_cell(cell) for cell in found.worst],
        "parts": [_part_record(one) for one in evaluation.parts],
        "pictures": [
            {"key": panel.key, "title": dict(panel.title), "numbers": [_effect_record(one) for one in panel.effects]}
            for panel in evaluation.panels
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"columns": list(cell.names), "values": list(cell.values), "true": cell.true, "released": cell.released}


def _part_record(one: SubpopulationError) -> dict[str, Any]:
    part = {name: sorted(values) for name, values in one.part.items()}
    return {"part": part, "true": one.true, "released": one.released, "tvd1": one.tvd1, "tvd2": one.tvd2}


def _effect_record(one: Effect) -> dict[str, Any]:
    return {
        "label": dict(one.label),
        "true": one.true,
        "released": one.quantity.count,
        "margin": one.quantity.margin,
        "basis": str(one.quantity.basis),
        "is_shown": one.quantity.is_shown,
        "is_covered": one.is_covered,
        "percent": one.share.percent if one.share else None,
        "percent_margin": one.share.margin if one.share else None,
        "true_percent": one.true_percent,
        "is_percent_covered": one.is_share_covered,
    }
