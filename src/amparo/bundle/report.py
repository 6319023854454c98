"""A readable report of a release: one self-contained page for each language, with pictures, tables and plain words."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from babel.dates import format_date

from amparo.bundle.charts import Panel, panels
from amparo.bundle.contents import Contents, Counting
from amparo.bundle.description import Column, Description
from amparo.bundle.margins import estimate
from amparo.pictures import numbers
from amparo.pictures.chart import file_svg, pair
from amparo.pictures.svg import Shape
from amparo.pictures.values import Basis, Quantity, Row, Share
from amparo.standard.reasons import LANGUAGES, say

ROOM = "bundle"
NAMES = {"en": "English", "fr": "Français", "es": "Español"}
FILES = (
    "data.csv",
    "data.parquet",
    "measurements.parquet",
    "certificate.json",
    "release.json",
    "datapackage.json",
    "dcat.jsonld",
    "checksums.json",
    "signature.json",
)
FEW_VALUES = 40
LARGE_PERCENTAGE = 9.95


def render(contents: Contents) -> dict[str, bytes]:
    """Return `report.LANGUAGE.html` and every picture as `pictures/KEY.LANGUAGE.svg`."""
    found = panels(Counting.of(contents))
    rendered = {f"report.{language}.html": page(contents, found, language).encode() for language in LANGUAGES}
    for panel in found:
        for language in LANGUAGES:
            rendered[f"pictures/{panel.key}.{language}.svg"] = file_svg(panel.chart, language).encode()
    return rendered


def page(contents: Contents, found: tuple[Panel, ...], language: str) -> str:
    """Return one report as a whole page: no script, nothing fetched, every text escaped."""
    about = contents.description
    persons = numbers.quantity(estimate(Counting.of(contents), {}).quantity, language)
    return framed(
        about,
        {"report_persons": persons},
        [
            *_protection(contents, language),
            *(part for panel in found for part in _panel(panel, language)),
            *columns_and_values(about, language),
            *keeping(about, FILES, language),
        ],
        language,
    )


def framed(about: Description, counted: Mapping[str, str], main: list[str], language: str) -> str:
    """Return a whole page about a release around its main part; `counted` are facts of its own that stand first."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy()}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(about.title[language])}</title>",
            f"<style>{style()}</style>",
            "</head>",
            "<body>",
            *_header(about, counted, language),
            "<main>",
            *main,
            "</main>",
            f"<footer><p>{said('report_made_with', language)}</p></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def style() -> str:
    """Return the style of a report: the tokens and looks of all of Amparo's pictures, and its own few rules."""
    shared = files("amparo.pictures").joinpath("static", "amparo")
    own = files("amparo.bundle").joinpath("report.css")
    return "\n".join(
        source.read_text(encoding="utf-8") for source in (shared.joinpath("tokens.css"), shared.joinpath("pictures.css"), own)
    )


@cache
def policy() -> str:
    """Return the content policy of a report: nothing but its own style, by its digest."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _header(about: Description, counted: Mapping[str, str], language: str) -> Iterator[str]:
    facts = {
        **counted,
        "report_columns": str(len(about.columns)),
        "report_where": about.geography.get(language, ""),
        "report_publisher": about.publisher,
        "report_issued": day_in_words(about.issued, language),
        "report_licence": about.licence,
        "report_id": about.id,
    }
    others = "".join(
        f'<li><a href="report.{other}.html" hreflang="{other}" lang="{other}">{name}</a></li>'
        for other, name in NAMES.items()
        if other != language
    )
    yield f'<header><ul class="languages">{others}</ul>'
    yield f"<h1>{escape(about.title[language])}</h1>"
    yield f'<p class="lead">{escape(about.summary[language])}</p>'
    listed = "".join(f"<dt>{said(key, language)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items() if value)
    yield f'<dl class="facts">{listed}</dl></header>'


def _protection(contents: Contents, language: str) -> Iterator[str]:
    """Say how people are protected, what is not promised, and what the release is not for."""
    about, certificate = contents.description, contents.certificate
    yield f"<h2>{said('report_protected', language)}</h2>"
    values = {"epsilon": small(about.epsilon, language), "delta": small(about.delta, language)}
    yield f'<div class="protected"><p>{said("report_protection", language)}</p>'
    yield f"<p>{said('report_promise', language, **values)}</p>"
    meaning = certified(certificate.get("promise"), "meaning", language)
    yield f"<p>{meaning}</p></div>" if meaning else "</div>"
    yield from limits(about, certificate, language)


def limits(about: Description, certificate: Mapping[str, Any], language: str) -> Iterator[str]:
    """Say what a release is not for, what is not promised, and whether a ledger was kept."""
    yield f"<h2>{said('report_not_for', language)}</h2>"
    yield f'<div class="not-for"><p>{escape(about.not_for[language])}</p></div>'
    unpromised = [says(one, language) for one in certificate.get("not_promised", ()) if says(one, language)]
    if unpromised:
        yield f"<h3>{said('report_not_promised', language)}</h3>"
        yield "<ul>" + "".join(f"<li>{limit}</li>" for limit in unpromised) + "</ul>"
    ledger = says(certificate.get("ledger"), language)
    if ledger:
        yield f'<p class="quiet">{ledger}</p>'


def _panel(panel: Panel, language: str) -> Iterator[str]:
    chart = panel.chart
    yield f'<section><h2 id="{panel.key}">{escape(chart.title.get(language, ""))}</h2>'
    yield f"<figure><figcaption>{escape(chart.sentence(language))}</figcaption>"
    yield pair(chart, language, key=f"p-{panel.key}", wide=Shape.WIDE)
    yield "</figure>"
    if panel.is_several:
        yield f'<p class="quiet">{said("report_several", language)}</p>'
    yield from _table(panel, language)
    yield f'<p class="quiet">{_basis(panel, language)}</p></section>'


def _basis(panel: Panel, language: str) -> str:
    found = {figure.quantity.basis for figure in panel.chart.figures}
    key = "report_measured" if found == {Basis.MEASURED} else "report_modelled"
    has_shares = any(figure.share for figure in panel.chart.figures)
    return " ".join([said(key, language), *([said("report_share", language)] if has_shares else [])])


def _table(panel: Panel, language: str) -> Iterator[str]:
    table = panel.chart.table
    heads = [escape(words.get(language, "")) for words in table.headers]
    yield f'<div class="scroll" tabindex="0" role="region" aria-labelledby="t-{panel.key}"><table>'
    yield f'<caption id="t-{panel.key}">{escape(table.caption.get(language, ""))}</caption>'
    yield f'<thead><tr><th scope="col">{heads[0]}</th>'
    yield "".join(f'<th scope="col" class="number">{head}</th>' for head in heads[1:]) + "</tr></thead>"
    yield "<tbody>" + "".join(_row(row, language) for row in table.rows if not row.is_total) + "</tbody>"
    totals = "".join(_row(row, language) for row in table.rows if row.is_total)
    yield (f"<tfoot>{totals}</tfoot>" if totals else "") + "</table></div>"


def _row(row: Row, language: str) -> str:
    cells = "".join(f'<td class="number">{_cell(cell, language)}</td>' for cell in row.cells)
    return f'<tr><th scope="row">{escape(row.head.name(language))}</th>{cells}</tr>'


def _cell(cell: Quantity | Share | None, language: str) -> str:
    match cell:
        case None:
            return ""
        case Share():
            wide = numbers.number(cell.margin, language, digits=0 if cell.margin >= LARGE_PERCENTAGE else 1)
            return _with_margin(numbers.percent(cell.percent, language), wide)
        case Quantity() if not cell.is_shown:
            return f'<span class="margin">{escape(say("pictures", "suppressed_short", language))}</span>'
        case _:
            return _with_margin(numbers.number(cell.count, language), numbers.margin(cell.margin, language))


def _with_margin(number: str, margin: str) -> str:
    return f'{escape(number)} <span class="margin">± {escape(margin)}</span>'


def columns_and_values(about: Description, language: str) -> Iterator[str]:
    """The code book: every column with its values, as they are spelled in the data."""
    yield f"<h2>{said('report_code_book', language)}</h2><p>{said('report_blank', language)}</p>"
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{said("report_code_book", language)}"><table><thead><tr>'
    yield "".join(f'<th scope="col">{said(key, language)}</th>' for key in ("report_column", "report_meaning", "report_values"))
    yield "</tr></thead><tbody>"
    for column in about.columns:
        yield f'<tr><th scope="row"><code>{escape(column.name)}</code></th><td>{escape(column.say(language))}</td>'
        yield f"<td>{_values(column, language)}</td></tr>"
    yield "</tbody></table></div>"


def _values(column: Column, language: str) -> str:
    shown = column.domain[:FEW_VALUES]
    spelled = [
        f"<code>{escape(code)}</code>" + (f" {escape(column.say_value(code, language))}" if column.labels.get(code) else "")
        for code in shown
    ]
    more = len(column.domain) - len(shown)
    return "; ".join(spelled) + (f"; {said('report_more_values', language, count=more)}" if more else "")


def keeping(about: Description, names: Iterable[str], language: str) -> Iterator[str]:
    """How to keep, check and cite the folder."""
    yield f"<h2>{said('report_files', language)}</h2><ul>"
    for name in names:
        yield f"<li><code>{name}</code>: {said('file_' + name.replace('.', '_'), language)}</li>"
    yield f"</ul><p>{said('report_check', language)} <code>./run release verify</code></p>"
    cite = f"{about.publisher}: " if about.publisher else ""
    cite += f"{about.title[language]}, {about.id}, {day_in_words(about.issued, language)}."
    yield f"<h2>{said('report_cite', language)}</h2><p>{escape(cite)}</p>"


def day_in_words(day: datetime.date, language: str) -> str:
    """Return a day as the reader writes it, with the month in words."""
    return str(format_date(day, format="long", locale="en_GB" if language == "en" else language))


def small(value: float | None, language: str) -> str:
    """Return a number in full, to three figures: 4, 0.5, 0.00000185; nothing for none."""
    if value is None:
        return ""
    plain = f"{Decimal(f'{value:.3g}'):f}"
    return plain if language == "en" else plain.replace(".", ",")


def certified(block: object, key: str, language: str) -> str:
    """Return a sentence of one block of the certificate, escaped; nothing when it has none."""
    return says(block.get(key), language) if isinstance(block, Mapping) else ""


def says(sentence: Any, language: str) -> str:
    """Return a sentence of the certificate, escaped; nothing when it has none in this language."""
    words = sentence.get("says") if isinstance(sentence, Mapping) else None
    return escape(str(words.get(language, ""))) if isinstance(words, Mapping) else ""


def said(key: str, language: str, **values: object) -> str:
    """Return a sentence of the report, escaped."""
    return escape(say(ROOM, key, language, **values))
