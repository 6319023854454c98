"""What attacks on a release found, as a page and as JSON: for the steward's own eyes, and marked so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from amparo.bundle.canonical import encode
from amparo.disclosure.attacks import Attack, Difference, Finding, Nearness, Rate
from amparo.disclosure.attacks.nearest import QUANTILES
from amparo.pictures.dots import Dots, Line, Point
from amparo.release.steward import page as pages
from amparo.release.steward.attacking import Attacks
from amparo.release.steward.page import Cell, Mark, Number, Page
from amparo.standard.reasons import LANGUAGES, say

FORMAT = "amparo-attacks-1"
DRAWN = 16


def render(found: Attacks, language: str) -> dict[str, bytes]:
    """Return `attacks.LANGUAGE.html` and `attacks.json`."""
    page = Page(language, Mark.NOT_PUBLISHABLE)
    return {f"attacks.{language}.html": _page(page, found), "attacks.json": encode(_record(found))}


def _page(page: Page, found: Attacks) -> bytes:
    about = found.about
    facts = [
        (page.say("fact_release"), about.id),
        (page.say("fact_persons"), page.number(found.persons)),
        (page.say("fact_holdout"), page.number(found.left_out)),
        (page.say("fact_rows"), page.number(about.rows)),
        (page.say("fact_promise"), page.promise(about)),
    ]
    title = page.say("attack_title", title=about.title.get(page.language, ""))
    parts = [
        *_summary(page, found),
        *_singling_out(page, found),
        *_inferring(page, found),
        *_nearness(page, found.nearness),
        *(_difference(page, found.differencing) if found.differencing else ()),
        *_limits(page),
    ]
    return page.whole(title=title, lead=page.say("attack_lead"), facts=facts, parts=parts)


def _summary(page: Page, found: Attacks) -> Iterator[str]:
    yield page.heading("summary")
    risky = [one for one in found.attacks if one.finding is Finding.RISK]
    verdict = "attack_risk" if found.is_risk_found else "attack_no_risk"
    look = "not-for" if found.is_risk_found else "protected"
    yield f'<div class="{look}"><p>{page.said(verdict, count=page.number(len(risky)))}</p></div>'
    rows = [_line(page, one) for one in (*found.singling_out, found.linking)]
    strongest = min(found.inferring, key=_exposure)
    rows.append(_line(page, strongest, name=page.say("infer_strongest", column=_column(found, strongest, page.language))))
    yield page.table(key="summary", caption=page.say("attack_caption"), heads=_heads(page), rows=rows)
    yield page.paragraph("attack_reading", quiet=True)


def _heads(page: Page) -> list[str]:
    return [page.say(key) for key in ("attack", "guesses", "main", "control", "naive", "risk", "finding")]


def _line(page: Page, one: Attack, *, name: str = "") -> list[Cell]:
    if one.finding is Finding.UNTRIED:
        return [
            name or page.say(f"attack_{one.name}"),
            Number("0"),
            Number(""),
            Number(""),
            Number(""),
            Number(""),
            page.say("finding_untried"),
        ]
    risk = one.risk
    return [
        name or page.say(f"attack_{one.name}"),
        Number(page.number(one.main.guesses)),
        *(Number(_rate(page, rate)) for rate in (one.main, one.control, one.naive)),
        Number(page.say("interval", value=page.percent(risk.value), low=page.percent(risk.low), high=page.percent(risk.high))),
        page.say(f"finding_{one.finding}"),
    ]


def _rate(page: Page, rate: Rate) -> str:
    return f"{page.percent(rate.value)} ± {page.number(100 * rate.error, digits=1)}"


def _singling_out(page: Page, found: Attacks) -> Iterator[str]:
    tried = [one for one in (*found.singling_out, found.linking) if one.finding is not Finding.UNTRIED]
    yield page.heading("section_persons")
    yield page.paragraph("section_persons_why")
    lines = tuple(Line(_all(f"attack_{one.name}"), _points(one)) for one in tried)
    if lines:
        yield page.figure(_dots("section_persons", lines), key="p-persons")


def _inferring(page: Page, found: Attacks) -> Iterator[str]:
    yield page.heading("section_infer")
    yield page.paragraph("section_infer_why")
    tried = [one for one in found.inferring if one.finding is not Finding.UNTRIED]
    ordered = sorted(tried, key=_exposure)
    lines = tuple(
        Line({language: _column(found, one, language) for language in LANGUAGES}, _points(one)) for one in ordered[:DRAWN]
    )
    if lines:
        yield page.figure(_dots("section_infer", lines), key="p-infer")
    yield page.table(
        key="infer",
        caption=page.say("infer_caption"),
        heads=[page.say("column"), *_heads(page)[1:]],
        rows=[_line(page, one, name=_column(found, one, page.language)) for one in ordered],
    )


def _exposure(one: Attack) -> tuple[int, float, float, str]:
    """Sort the most exposed column first: a risk before none, none before an attack that says nothing."""
    order = (Finding.RISK, Finding.NONE, Finding.BLIND, Finding.UNTRIED)
    return order.index(one.finding), -one.risk.low, -one.risk.value, one.about


def _dots(title: str, lines: tuple[Line, ...]) -> Dots:
    series = (_all("main"), _all("control"), _all("naive"))
    return Dots(_all(title), _all("rates_sentence"), _all("unit_percent"), series, lines)


def _points(one: Attack) -> tuple[Point, ...]:
    return tuple(Point(100 * rate.value, 100 * rate.low, 100 * rate.high) for rate in (one.main, one.control, one.naive))


def _nearness(page: Page, found: Nearness) -> Iterator[str]:
    yield page.heading("section_nearest")
    yield page.paragraph("section_nearest_why", people=page.number(found.people))
    verdict = "nearest_risk" if found.finding is Finding.RISK else "nearest_none"
    nearer = page.percent(found.nearer.value)
    yield page.paragraph(verdict, nearer=nearer, error=page.number(100 * found.nearer.error, digits=1))
    rows: list[list[Cell]] = [
        [page.percent(share, digits=0), Number(page.number(inside)), Number(page.number(outside))]
        for share, inside, outside in zip(QUANTILES, found.inside, found.outside, strict=True)
    ]
    rows.append([page.say("equal_rows"), *(Number(page.percent(share)) for share in (found.same_inside, found.same_outside))])
    heads = [page.say(key) for key in ("rows_within", "to_table", "to_holdout")]
    yield page.table(key="nearest", caption=page.say("nearest_caption"), heads=heads, rows=rows)


def _difference(page: Page, found: Difference) -> Iterator[str]:
    yield page.heading("section_difference")
    yield page.paragraph("section_difference_why")
    look, verdict = ("protected", "difference_kept") if found.is_kept else ("not-for", "difference_broken")
    yield f'<div class="{look}"><p>{page.said(verdict)}</p></div>'
    change = found.change
    rows: list[list[Cell]] = [
        [page.say("joined_persons"), Number(page.number(found.group))],
        [page.say("log_ratio"), Number(page.number(found.log_ratio, digits=2))],
        [page.say("expected_group"), Number(page.percent(found.expected_group_advantage))],
        [page.say("expected_one"), Number(page.percent(found.expected_advantage))],
        [page.say("seen_one"), Number(page.percent(change.advantage))],
        [page.say("seen_low"), Number(page.percent(change.low))],
        [page.say("promised"), Number(page.percent(found.promised_advantage))],
    ]
    heads = [page.say("measure"), page.say("value")]
    yield page.table(key="difference", caption=page.say("difference_caption"), heads=heads, rows=rows)


def _limits(page: Page) -> Iterator[str]:
    yield page.heading("limits")
    keys = ("limit_absence", "limit_knowledge", "limit_duplicates", "limit_sample")
    yield "<ul>" + "".join(f"<li>{page.said(key)}</li>" for key in keys) + "</ul>"


def _column(found: Attacks, one: Attack, language: str) -> str:
    return found.about.column(one.about).say(language)


def _all(key: str) -> dict[str, str]:
    return {language: say(pages.ROOM, key, language) for language in LANGUAGES}


def _record(found: Attacks) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "publishable": False,
        "mark": _all(str(Mark.NOT_PUBLISHABLE)),
        "release": found.about.id,
        "persons": found.persons,
        "left_out": found.left_out,
        "seed": found.seed,
        "is_risk_found": found.is_risk_found,
        "attacks": [_attack(one) for one in found.attacks],
        "nearest": {**asdict(found.nearness), "quantiles": list(QUANTILES), "finding": str(found.nearness.finding)},
        "difference": {**asdict(found.differencing), "is_kept": found.differencing.is_kept} if found.differencing else None,
    }


def _attack(one: Attack) -> dict[str, Any]:
    is_tried = one.finding is not Finding.UNTRIED
    rates = {
        name: asdict(rate) if is_tried else None
        for name, rate in (("main", one.main), ("control", one.control), ("naive", one.naive))
    }
    return {
        "name": one.name,
        "column": one.about or None,
        **rates,
        "risk": asdict(one.risk) if is_tried else None,
        "finding": str(one.finding),
    }
