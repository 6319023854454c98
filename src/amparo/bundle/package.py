"""Describes a release to other people's programs: a Frictionless data package and a DCAT data set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from amparo.bundle import aggregates, files
from amparo.bundle.canonical import encode
from amparo.bundle.description import Column, Description, Kind, Text

DATAPACKAGE, DCAT = "datapackage.json", "dcat.jsonld"
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "json": "application/json", "html": "text/html"}
DESCRIBED = (
    *(files.DATA_CSV, files.DATA_PARQUET, files.MEASUREMENTS),
    *(files.AGGREGATES_CSV, files.AGGREGATES_PARQUET, files.CERTIFICATE),
)


def render(description: Description, rendered: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return `datapackage.json` and `dcat.jsonld` for files already rendered."""
    return {DATAPACKAGE: encode(datapackage(description, rendered)), DCAT: encode(dcat(description, rendered))}


def datapackage(description: Description, rendered: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the Frictionless descriptor (Data Package v1): one tabular resource, the rows or the aggregates."""
    path = files.AGGREGATES_CSV if description.kind is Kind.AGGREGATES else files.DATA_CSV
    content = rendered[path]
    return {
        "profile": "tabular-data-package",
        "name": description.id,
        "title": description.title["en"],
        "description": description.summary["en"],
        "version": description.issued.isoformat(),
        "created": f"{description.issued.isoformat()}T00:00:00Z",
        "licenses": [_licence(description.licence)],
        "contributors": [{"title": description.publisher, "role": "publisher"}],
        "resources": [
            {
                "name": path.partition(".")[0],
                "title": description.title["en"],
                "profile": "tabular-data-resource",
                "path": path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "dialect": {
                    "delimiter": ",",
                    "lineTerminator": "\n",
                    "quoteChar": '"',
                    "doubleQuote": True,
                    "header": True,
                    "skipBlankRows": True,
                },
                "schema": {"fields": _fields(description), "missingValues": [""]},
            }
        ],
    }


def dcat(description: Description, rendered: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the data set as DCAT 3 in JSON-LD, with one distribution for each data file."""
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"urn:amparo:release:{description.id}",
        "@type": "dcat:Dataset",
        "dct:identifier": description.id,
        "dct:title": _tagged(description.title),
        "dct:description": _tagged(description.summary),
        "dct:rights": {"@type": "dct:RightsStatement", "rdfs:label": _tagged(description.not_for)},
        "dct:issued": {"@type": "xsd:date", "@value": description.issued.isoformat()},
        "dct:license": _licence_id(description.licence),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": description.publisher},
        **(
            {"dct:spatial": {"@type": "dct:Location", "dct:title": _tagged(description.geography)}} if description.geography else {}
        ),
        **_years(description),
        "dcat:keyword": [
            {"@language": "en", "@value": "trafficking in persons"},
            {"@language": "es", "@value": "trata de personas"},
            {"@language": "fr", "@value": "traite des personnes"},
        ],
        "dcat:distribution": [_distribution(description, name, rendered[name]) for name in DESCRIBED if name in rendered],
    }


def _fields(description: Description) -> list[dict[str, Any]]:
    if description.aggregation is None:
        return [_field(column) for column in description.columns]
    return [{"name": name, "type": kind} for name, kind in aggregates.field_types(description.aggregation.length).items()]


def _field(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "title": column.say("en"),
        "type": "string",
        "constraints": {"enum": list(column.domain)},
        "amparo:kind": column.kind,
        "amparo:title": dict(column.label),
        "amparo:values": {code: dict(words) for code, words in column.labels.items()},
    }


def _distribution(description: Description, name: str, content: bytes) -> dict[str, Any]:
    return {
        "@id": f"urn:amparo:release:{description.id}:{name}",
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{MEDIA[name.rpartition('.')[2]]}"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(content))},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": hashlib.sha256(content).hexdigest()},
        },
    }


def _licence(name: str) -> dict[str, str]:
    return {"name": name, "path": LICENCES[name]} if name in LICENCES else {"name": name, "title": name}


def _licence_id(name: str) -> dict[str, str]:
    return {"@id": LICENCES[name]} if name in LICENCES else {"@type": "dct:LicenseDocument", "rdfs:label": name}


def _tagged(text: Text) -> list[dict[str, str]]:
    return [{"@language": language, "@value": words} for language, words in sorted(text.items())]


def _years(description: Description) -> dict[str, Any]:
    """Return the period that the year column's public domain spans, if there is such a column."""
    column = next((column for column in description.columns if column.kind == "year"), None)
    years = sorted(year for year in (column.domain if column else ()) if len(year) == 4 and year.isascii() and year.isdigit())
    if not years:
        return {}
    first, last = ({"@type": "xsd:gYear", "@value": year} for year in (years[0], years[-1]))
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}}
