"""The same figures as files: JSON and CSV beside each page, pictures as SVG, and the files of a release unchanged."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse

from amparo.pictures.chart import file_svg
from amparo.pictures.values import RECORD_FIELDS, Quantity
from amparo.portal import pages
from amparo.portal.archive import ZIP64_LIMIT, packed
from amparo.portal.explorer import Explored, Panel, title_of
from amparo.portal.explorer import explore as explored
from amparo.portal.middleware import shelf_of
from amparo.portal.selection import Selection
from amparo.portal.shelf import File, Release
from amparo.portal.views import explorable_or_404, reading, release_or_404, selection_of
from amparo.standard.writing import csv_text

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
PIECE = 1 << 20
FIGURE_COLUMNS = ("picture", "column", "value", "second_column", "second_value", *RECORD_FIELDS)


def about_release(release: Release) -> dict[str, Any]:
    """Return the facts that every answer carries about its release."""
    told = release.bundle.description
    return {
        "id": told.id,
        "kind": str(told.kind),
        "title": dict(told.title),
        "publisher": told.publisher,
        "licence": told.licence,
        "issued": told.issued.isoformat(),
        "rows": told.rows,
        "epsilon": told.epsilon,
        "delta": told.delta,
        "contributors_per_person": told.contributors_per_person,
        "checksums_sha256": release.token,
    }


def about_panel(panel: Panel, language: str) -> dict[str, Any]:
    """Return a picture as JSON carries it."""
    return {
        "picture": panel.key,
        "title": title_of(panel, language),
        "sentence": panel.chart.sentence(language),
        "denominator": _counted(panel.of),
        "not_recorded": _counted(panel.without),
        "figures": [{"where": dict(figure.where)} | _measures(figure.record) for figure in panel.chart.figures],
    }


def _measures(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in RECORD_FIELDS}


def _counted(quantity: Quantity | None) -> dict[str, Any] | None:
    if quantity is None:
        return None
    shown = quantity.count if quantity.is_shown else None
    return {"count": shown, "margin": round(quantity.margin, 1), "basis": str(quantity.basis), "mark": str(quantity.mark or "")}


def _json(content: object, *, status: int = 200) -> HttpResponse:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return HttpResponse(text + "\n", content_type="application/json", status=status)


def _csv(name: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """Return a table as a file to save; whoever named a release or its columns, no cell is taken for a formula."""
    response = HttpResponse(csv_text([header, *rows]), content_type=TYPES["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _figure_rows(panels: Iterable[Panel]) -> Iterable[list[object]]:
    for panel in panels:
        for figure in panel.chart.figures:
            places = [part for pair in figure.where for part in pair]
            record = figure.record
            yield [panel.key, *places, *[""] * (4 - len(places)), *(record[name] for name in RECORD_FIELDS)]


def _refused(request: HttpRequest, release: Release) -> tuple[Selection, HttpResponse | None]:
    """Return the selection, or the answer that says which filters cannot be answered."""
    selection, problems = selection_of(request, release)
    if not problems:
        return selection, None
    told = [
        {"code": one.code, "filter": one.name[:60], "value": one.value[:60], "message": pages.problem_words(one)}
        for one in problems
    ]
    return selection, _json({"problems": told}, status=400)


def _explored_json(
    request: HttpRequest, language: str, release: Release, selection: Selection, panels: Iterable[Panel]
) -> HttpResponse:
    page = reverse("explore", args=[language, release.id]) + selection.query
    total = explored(release, selection).total
    content = {
        "release": about_release(release),
        "language": language,
        "link": request.build_absolute_uri(page),
        "selection": [{"filter": name, "value": value} for name, value in selection.pairs],
        "total": _counted(total),
        "pictures": [about_panel(panel, language) for panel in panels],
    }
    return _json(content)


def _panel_or_404(shown: Explored, key: str) -> Panel:
    panel = shown.panel(key)
    if panel is None:
        raise Http404
    return panel


@reading
def explore_json(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """All pictures of a selection as JSON."""
    release = explorable_or_404(request, name)
    selection, refused = _refused(request, release)
    return refused or _explored_json(request, language, release, selection, explored(release, selection).panels)


@reading
def explore_csv(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """All figures of a selection as one CSV."""
    release = explorable_or_404(request, name)
    selection, refused = _refused(request, release)
    return refused or _csv(f"{release.id}-figures", FIGURE_COLUMNS, _figure_rows(explored(release, selection).panels))


@reading
def picture_json(request: HttpRequest, language: str, name: str, key: str) -> HttpResponse:
    """One picture's figures as JSON."""
    release = explorable_or_404(request, name)
    selection, refused = _refused(request, release)
    if refused:
        return refused
    panel = _panel_or_404(explored(release, selection), key)
    return _explored_json(request, language, release, selection, [panel])


@reading
def picture_csv(request: HttpRequest, language: str, name: str, key: str) -> HttpResponse:
    """One picture's figures as CSV."""
    release = explorable_or_404(request, name)
    selection, refused = _refused(request, release)
    if refused:
        return refused
    panel = _panel_or_404(explored(release, selection), key)
    return _csv(f"{release.id}-{key}", FIGURE_COLUMNS, _figure_rows([panel]))


@reading
def picture_svg(request: HttpRequest, language: str, name: str, key: str) -> HttpResponse:
    """One picture as an SVG file that needs no style sheet."""
    release = explorable_or_404(request, name)
    selection, refused = _refused(request, release)
    if refused:
        return refused
    panel = _panel_or_404(explored(release, selection), key)
    response = HttpResponse(file_svg(panel.chart, language), content_type=TYPES["svg"])
    response.headers["Content-Disposition"] = f'attachment; filename="{release.id}-{key}.{language}.svg"'
    return response


@reading
def home_json(request: HttpRequest, language: str) -> HttpResponse:
    """The figures of the front page."""
    shelf = shelf_of(request)
    release = shelf.newest
    if release is None:
        return _json({"release": None, "withheld": shelf.withheld, "facts": [], "pictures": []})
    told = [
        {
            "label": fact.label,
            "total": _counted(fact.quantity) if fact.change is None else None,
            "change": fact.change,
            "change_margin": round(fact.quantity.margin, 1) if fact.quantity and fact.change is not None else None,
            "percent": round(fact.share.percent, 1) if fact.share else None,
            "percent_margin": round(fact.share.margin, 1) if fact.share else None,
        }
        for fact in pages.facts(release)
    ]
    pictures = [about_panel(panel, language) for panel in pages.home_panels(release)]
    return _json({"release": about_release(release), "withheld": shelf.withheld, "facts": told, "pictures": pictures})


@reading
def home_csv(request: HttpRequest, language: str) -> HttpResponse:
    """The figures of the front page's pictures."""
    newest = shelf_of(request).newest
    panels = pages.home_panels(newest) if newest else []
    return _csv("home-figures", FIGURE_COLUMNS, _figure_rows(panels))


@reading
def releases_json(request: HttpRequest, language: str) -> HttpResponse:
    """All releases as JSON."""
    shelf = shelf_of(request)
    told = [
        about_release(one) | {"link": request.build_absolute_uri(reverse("release", args=[language, one.id]))}
        for one in shelf.releases
    ]
    return _json({"releases": told, "withheld": shelf.withheld})


@reading
def releases_csv(request: HttpRequest, language: str) -> HttpResponse:
    """All releases as CSV, titles in the language of the address."""
    header = (
        "id",
        "kind",
        "title",
        "publisher",
        "licence",
        "issued",
        "rows",
        "epsilon",
        "delta",
        "contributors_per_person",
        "checksums_sha256",
    )
    rows = []
    for one in shelf_of(request).releases:
        told = about_release(one)
        rows.append([told[name] if name != "title" else one.bundle.description.title[language] for name in header])
    return _csv("releases", header, rows)


@reading
def release_json(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """One release: its description as published, its files with checksums, its certificate."""
    release = release_or_404(request, name)
    content = {
        "release": about_release(release),
        "signer": release.signer,
        "not_for": dict(release.bundle.description.not_for),
        "summary": dict(release.bundle.description.summary),
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "group": column.group,
                "field": column.field,
                "label": dict(column.label),
                "domain": list(column.domain),
            }
            for column in release.bundle.description.columns
        ],
        "files": [
            {
                "name": one.name,
                "bytes": one.size,
                "sha256": one.sha256,
                "link": request.build_absolute_uri(reverse("file", args=[language, release.id, one.name])),
            }
            for one in release.files
        ],
        "archive": {
            "name": f"{release.id}.zip",
            "bytes": release.archive_size,
            "link": request.build_absolute_uri(reverse("folder", args=[language, release.id])),
        },
        "certificate": dict(release.bundle.certificate),
    }
    return _json(content)


@reading
def release_csv(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """The code book of a release: every column and value with its words."""
    release = release_or_404(request, name)
    rows = [
        [column.name, column.say(language), column.kind, column.group or "", code, column.say_value(code, language)]
        for column in release.bundle.description.columns
        for code in column.domain
    ]
    return _csv(f"{release.id}-code-book", ("column", "column_label", "kind", "group", "value", "value_label"), rows)


@reading
def file(request: HttpRequest, language: str, name: str, file: str) -> StreamingHttpResponse:
    """One file of a release, byte for byte; what no longer has its checksum is not sent."""
    release = release_or_404(request, name)
    listed = release.file(file)
    if listed is None:
        raise Http404
    path = release.bundle.path / file
    digests = _digests(path, listed)
    if digests is None:
        raise Http404
    response = StreamingHttpResponse(
        _pieces(path, digests), content_type=TYPES.get(file.rpartition(".")[2], "application/octet-stream")
    )
    response.headers["Content-Length"] = str(listed.size)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.rpartition("/")[2]}"'
    return response


@reading
def folder(request: HttpRequest, language: str, name: str) -> StreamingHttpResponse:
    """The whole folder of a release as one archive; where one file no longer has its checksum, none is sent."""
    release = release_or_404(request, name)
    path = release.bundle.path
    checked = {one: _digests(path / one.name, one) for one in release.files}
    known = {one: digests for one, digests in checked.items() if digests is not None}
    if len(known) < len(checked):
        raise Http404
    response = StreamingHttpResponse(
        packed(release.id, ((one.name, one.size, _pieces(path / one.name, digests)) for one, digests in known.items())),
        content_type=TYPES["zip"],
    )
    if release.archive_size < ZIP64_LIMIT:
        response.headers["Content-Length"] = str(release.archive_size)
    response.headers["Content-Disposition"] = f'attachment; filename="{release.id}.zip"'
    return response


def _digests(path: Path, listed: File) -> list[bytes] | None:
    """Return the digest of each piece of a file that is still the one that was verified; None when it is not."""
    whole, found = hashlib.sha256(), []
    try:
        with _opened(path) as opened:
            if os.fstat(opened.fileno()).st_size != listed.size:
                return None
            while piece := opened.read(PIECE):
                whole.update(piece)
                found.append(hashlib.sha256(piece).digest())
    except OSError:
        return None
    return found if whole.hexdigest() == listed.sha256 else None


def _pieces(path: Path, digests: list[bytes]) -> Iterator[bytes]:
    """Yield a file piece by piece, each only while it is what was verified; else the answer breaks off, visibly too short."""
    with _opened(path) as opened:
        for digest in digests:
            piece = opened.read(PIECE)
            if hashlib.sha256(piece).digest() != digest:
                raise ConnectionAbortedError("a file was changed while it was being sent")
            yield piece


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
