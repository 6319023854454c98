"""The public figures as an interface for programs: an OpenAPI 3.1 description of every JSON and CSV address of the portal."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from amparo.pictures.values import Basis, Mark
from amparo.portal.views import reading
from amparo.standard.reasons import LANGUAGES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
SAID: Schema = {"type": "object", "properties": dict.fromkeys(LANGUAGES, TEXT), "required": list(LANGUAGES)}


def maybe(schema: Schema) -> Schema:
    """Return a schema that null fits too."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def record(**fields: Schema) -> Schema:
    """Return the schema of an object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def named(name: str) -> Schema:
    """Point to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


BASIS: Schema = {"enum": [str(one) for one in Basis], "type": "string"}
MARK: Schema = {"enum": ["", *(str(one) for one in Mark)], "type": "string"}
COUNTED = record(count=maybe(WHOLE), margin=NUMBER, basis=BASIS, mark=MARK)
FIGURE = record(
    where={"type": "object", "additionalProperties": TEXT},
    count=maybe(WHOLE),
    margin=maybe(NUMBER),
    basis=BASIS,
    mark=MARK,
    percent=maybe(NUMBER),
    percent_margin=maybe(NUMBER),
)
RELEASE_FIELDS: dict[str, Schema] = {
    "id": TEXT,
    "kind": TEXT,
    "title": SAID,
    "publisher": TEXT,
    "licence": TEXT,
    "issued": {"type": "string", "format": "date"},
    "rows": WHOLE,
    "epsilon": maybe(NUMBER),
    "delta": maybe(NUMBER),
    "contributors_per_person": maybe(WHOLE),
    "checksums_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
LINK: Schema = {"type": "string", "format": "uri"}
SCHEMAS: dict[str, Schema] = {
    "Counted": COUNTED,
    "Figure": FIGURE,
    "Release": record(**RELEASE_FIELDS),
    "ListedRelease": record(**RELEASE_FIELDS, link=LINK),
    "Picture": record(
        picture=TEXT,
        title=TEXT,
        sentence=TEXT,
        denominator=maybe(named("Counted")),
        not_recorded=maybe(named("Counted")),
        figures=listed(named("Figure")),
    ),
    "Explored": record(
        release=named("Release"),
        language={"enum": list(LANGUAGES)},
        link=LINK,
        selection=listed(record(filter=TEXT, value=TEXT)),
        total=maybe(named("Counted")),
        pictures=listed(named("Picture")),
    ),
    "Fact": record(
        label=TEXT,
        total=maybe(named("Counted")),
        change=maybe(NUMBER),
        change_margin=maybe(NUMBER),
        percent=maybe(NUMBER),
        percent_margin=maybe(NUMBER),
    ),
    "Home": record(release=maybe(named("Release")), withheld=WHOLE, facts=listed(named("Fact")), pictures=listed(named("Picture"))),
    "Releases": record(releases=listed(named("ListedRelease")), withheld=WHOLE),
    "Whole": record(
        release=named("Release"),
        signer=maybe(TEXT),
        not_for=SAID,
        summary=SAID,
        columns=listed(
            record(name=TEXT, kind=TEXT, group=maybe(TEXT), field=maybe(TEXT), label={"type": "object"}, domain=listed(TEXT))
        ),
        files=listed(record(name=TEXT, bytes=WHOLE, sha256=TEXT, link=LINK)),
        archive=record(name=TEXT, bytes=WHOLE, link=LINK),
        certificate={"type": "object"},
    ),
    "Problems": record(problems=listed(record(code=TEXT, filter=TEXT, value=TEXT, message=TEXT))),
}
LANGUAGE = {"name": "language", "in": "path", "required": True, "schema": {"enum": list(LANGUAGES)}}
NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9.-]{0,79}$"},
    "description": "The id of a release, as the list gives it.",
}
KEY = {
    "name": "key",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "description": "A picture, as `picture` of the explorer's answer names it.",
}
FILTERS = {
    "name": "filters",
    "in": "query",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
    "description": "Columns of the release with the values wanted, groups with their columns, `year_from`, `year_to`.",
}


def _answer(schema: str | None, media: str = "application/json") -> Schema:
    return {media: {"schema": named(schema) if schema else TEXT}}


def _operation(summary: str, parameters: list[Schema], content: Schema, *, name: str) -> Schema:
    answers: Schema = {"200": {"description": summary, "content": content}}
    if NAME in parameters:
        answers["404"] = {"description": "There is no such release or picture.", "content": _answer(None, "text/html")}
    if FILTERS in parameters:
        answers["400"] = {"description": "Filters that the release does not have.", "content": _answer("Problems")}
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": answers}}


def _both(address: str, schema: str, summary: str, parameters: list[Schema]) -> dict[str, Schema]:
    name = address.rpartition("/")[2].replace("{key}", "picture")
    return {
        f"{address}.json": _operation(summary, parameters, _answer(schema), name=f"{name}_json"),
        f"{address}.csv": _operation(f"{summary} As a table.", parameters, _answer(None, "text/csv"), name=f"{name}_csv"),
    }


@cache
def description() -> Schema:
    """Return the description; it depends on this software alone."""
    release, filtered = [LANGUAGE, NAME], [LANGUAGE, NAME, FILTERS]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Amparo: published figures",
            "version": "1",
            "description": "Releases, their figures with margins, and their files. Reading only; nobody signs in.",
        },
        "paths": {
            **_both("/{language}/home", "Home", "The newest release in a few figures.", [LANGUAGE]),
            **_both("/{language}/releases", "Releases", "All releases, the newest first.", [LANGUAGE]),
            **_both("/{language}/r/{name}/release", "Whole", "One release; its code book as a table.", release),
            **_both("/{language}/r/{name}/explore", "Explored", "All pictures of a selection.", filtered),
            **_both("/{language}/r/{name}/explore/{key}", "Explored", "One picture of a selection.", [*filtered[:2], KEY, FILTERS]),
        },
        "components": {"schemas": SCHEMAS},
    }


@reading
def openapi(request: HttpRequest) -> HttpResponse:
    """The description as JSON."""
    return HttpResponse(json.dumps(description(), indent=1) + "\n", content_type="application/json")
