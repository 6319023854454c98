"""The report of a k-anonymous table or of aggregates: what it is, how people are protected, what is not promised, a main table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from amparo.bundle import files, package
from amparo.bundle.aggregates import AggregateContents
from amparo.bundle.anonymous import AnonymousContents, counted
from amparo.bundle.description import Anonymity, Description
from amparo.bundle.report import certified, columns_and_values, framed, keeping, limits, said, small
from amparo.pictures import numbers
from amparo.standard.reasons import LANGUAGES

MOST_LINES = 40
LISTED = (files.CERTIFICATE, files.RELEASE, package.DATAPACKAGE, package.DCAT, files.CHECKSUMS, files.SIGNATURE)
PROMISES = ("meaning", "diversity", "blank", "person")


def render(contents: AnonymousContents | AggregateContents) -> dict[str, bytes]:
    """Return `report.LANGUAGE.html` for every language."""
    return {f"report.{language}.html": page(contents, language).encode() for language in LANGUAGES}


def page(contents: AnonymousContents | AggregateContents, language: str) -> str:
    """Return one report as a whole page."""
    about, certificate = contents.description, contents.certificate
    if isinstance(contents, AnonymousContents):
        facts = {"report_rows": numbers.number(about.rows, language)}
        body, tables = _blurring(contents, language), (files.DATA_CSV, files.DATA_PARQUET)
    else:
        facts = {"report_listed": numbers.number(about.rows, language)}
        body, tables = _largest(contents, language), (files.AGGREGATES_CSV, files.AGGREGATES_PARQUET)
    main = [
        *_protection(about, certificate, language),
        *limits(about, certificate, language),
        *body,
        *columns_and_values(about, language),
        *keeping(about, (*tables, *LISTED), language),
    ]
    return framed(about, facts, main, language)


def _protection(about: Description, certificate: Mapping[str, Any], language: str) -> Iterator[str]:
    yield f'<h2>{said("report_protected", language)}</h2><div class="protected">'
    if about.anonymity:
        yield f"<p>{said('report_anonymous', language, k=about.anonymity.k, others=about.anonymity.k - 1)}</p>"
    else:
        yield f"<p>{said('report_aggregates', language)}</p>"
        values = {"epsilon": small(about.epsilon, language), "delta": small(about.delta, language)}
        yield f"<p>{said('report_promise', language, **values)}</p>"
    found = (certified(certificate.get("promise"), name, language) for name in PROMISES)
    yield "".join(f"<p>{sentence}</p>" for sentence in found if sentence) + "</div>"


def _blurring(contents: AnonymousContents, language: str) -> Iterator[str]:
    """Show for each quasi-identifier how many cells were kept, recoded and suppressed."""
    about = contents.description
    assert about.anonymity is not None
    yield f"<h2>{said('report_blurring', language)}</h2><p>{_classes(contents, about.anonymity, language)}</p>"
    heads = [said(key, language) for key in ("report_column", "report_kept", "report_recoded", "report_suppressed")]
    loss, lines = contents.certificate["loss"], []
    for column in (about.column(name) for name in about.anonymity.quasi_identifiers):
        recoded, hidden = loss["recoded_cells"][column.name], loss["suppressed_cells"][column.name]
        cells = (about.rows - recoded - hidden, recoded, hidden)
        shares = [numbers.percent(100 * many / max(1, about.rows), language) for many in cells]
        lines.append((escape(column.say(language)), shares))
    yield _table(heads, lines, said("report_blurring", language))


def _classes(contents: AnonymousContents, anonymity: Anonymity, language: str) -> str:
    if not contents.description.rows:
        return ""
    k, _ = counted(contents.description, anonymity, contents.codes)
    return said("report_smallest_class", language, rows=numbers.number(k, language))


def _largest(contents: AggregateContents, language: str) -> Iterator[str]:
    """Show the most frequent combinations of each length, with their margins."""
    about = contents.description
    assert about.aggregation is not None
    yield f"<p>{said('report_margin', language)}</p>"
    for length in range(1, about.aggregation.length + 1):
        of_length = contents.listed.filter(contents.listed["length"] == length)
        if not of_length.height:
            continue
        title = said("report_combinations", language, length=length, count=numbers.number(of_length.height, language))
        yield f"<h2>{title}</h2>"
        shown = of_length.sort("count", descending=True, maintain_order=True).head(MOST_LINES)
        lines = [(_combination(about, line, length, language), [_count(line, language)]) for line in shown.iter_rows(named=True)]
        yield _table([said("report_combination", language), said("report_persons", language)], lines, title)
        if of_length.height > MOST_LINES:
            yield f'<p class="quiet">{said("report_all_listed", language, shown=MOST_LINES)}</p>'


def _combination(about: Description, line: Mapping[str, Any], length: int, language: str) -> str:
    pairs = ((about.column(line[f"column_{at}"]), line[f"value_{at}"]) for at in range(1, length + 1))
    return "; ".join(f"{escape(column.say(language))}: {escape(column.say_value(value, language))}" for column, value in pairs)


def _count(line: Mapping[str, Any], language: str) -> str:
    count, margin = numbers.number(line["count"], language), numbers.margin(line["margin"], language)
    return f'{escape(count)} <span class="margin">± {escape(margin)}</span>'


def _table(heads: list[str], lines: list[tuple[str, list[str]]], caption: str) -> str:
    first, *others = heads
    head = f'<th scope="col">{first}</th>' + "".join(f'<th scope="col" class="number">{one}</th>' for one in others)
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(f'<td class="number">{cell}</td>' for cell in cells) + "</tr>"
        for name, cells in lines
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
