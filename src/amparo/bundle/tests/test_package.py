"""Other people's programs read the folder: Frictionless finds the data valid, RDF tools find a DCAT data set."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from amparo.bundle import files, package
from amparo.bundle.reading import Bundle
from amparo.bundle.tests.making import COLUMNS, contents, description
from amparo.bundle.writing import write


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write(tmp_path_factory.mktemp("bundles") / "one", contents())


def test_frictionless_finds_package_and_data_valid(bundle: Bundle) -> None:
    """Also where a row is blank throughout: a person of whom nothing was recorded. Frictionless skips such rows."""
    from frictionless import Package, validate

    report = validate(str(bundle.path / package.DATAPACKAGE))
    assert report.valid, report.flatten(["type", "message"])
    blank = sum(not any(row) for row in zip(*bundle.codes, strict=True))
    assert blank > 0
    assert report.tasks[0].stats["rows"] == bundle.description.rows - blank
    fields = Package(str(bundle.path / package.DATAPACKAGE)).get_resource("data").schema.fields
    assert [field.name for field in fields] == list(bundle.description.names)
    assert [field.constraints["enum"] for field in fields] == [list(column.domain) for column in COLUMNS]


def test_frictionless_would_find_a_value_outside_the_domain(bundle: Bundle, tmp_path: Path) -> None:
    from frictionless import validate

    for name in (package.DATAPACKAGE, files.DATA_CSV):
        (tmp_path / name).write_bytes((bundle.path / name).read_bytes().replace(b"\n2020,", b"\n1066,"))
    assert not validate(str(tmp_path / package.DATAPACKAGE)).valid


def test_the_package_names_the_bytes_of_the_data(bundle: Bundle) -> None:
    described = json.loads((bundle.path / package.DATAPACKAGE).read_bytes())["resources"][0]
    content = (bundle.path / files.DATA_CSV).read_bytes()
    assert described["bytes"] == len(content)
    assert described["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()


def test_rdf_tools_read_a_dcat_data_set(bundle: Bundle) -> None:
    from rdflib import RDF, Graph, Literal, URIRef
    from rdflib.namespace import DCAT, DCTERMS, XSD

    graph = Graph().parse(data=(bundle.path / package.DCAT).read_bytes(), format="json-ld")
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    titles = {title.language: str(title) for title in graph.objects(dataset, DCTERMS.title)}
    assert titles == dict(bundle.description.title)
    assert graph.value(dataset, DCTERMS.issued) == Literal("2026-01-02", datatype=XSD.date)
    assert graph.value(dataset, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    rights = graph.value(dataset, DCTERMS.rights)
    assert (rights, RDF.type, DCTERMS.RightsStatement) in graph
    distributions = list(graph.objects(dataset, DCAT.distribution))
    described = [name for name in package.DESCRIBED if (bundle.path / name).exists()]
    assert len(distributions) == len(described) == 4
    sizes = {str(graph.value(one, DCTERMS.title)): int(graph.value(one, DCAT.byteSize)) for one in distributions}
    assert sizes == {name: (bundle.path / name).stat().st_size for name in described}
    period = graph.value(dataset, DCTERMS.temporal)
    assert (str(graph.value(period, DCAT.startDate)), str(graph.value(period, DCAT.endDate))) == ("2020", "2022")


def test_a_licence_of_another_name_is_said_as_it_is() -> None:
    about = contents(licence="Ask us").description
    rendered = dict.fromkeys(package.DESCRIBED, b"")
    assert package.dcat(about, rendered)["dct:license"]["rdfs:label"] == "Ask us"
    assert package.datapackage(about, rendered)["licenses"] == [{"name": "Ask us", "title": "Ask us"}]


def test_only_years_bound_the_period() -> None:
    """What another script writes like a number is a value, and no year of the Gregorian calendar in XML."""
    about = description(columns=(replace(COLUMNS[0], domain=("2020", "202²", "٢٠٢١", "2022", "before")),), groups=())
    period = package._years(about)["dct:temporal"]
    assert (period["dcat:startDate"]["@value"], period["dcat:endDate"]["@value"]) == ("2020", "2022")
