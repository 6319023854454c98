"""The described interface keeps its description, whatever a program asks: every answer fits, none is a failure."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from amparo.portal import urls
from amparo.portal.openapi import description

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FILTERS = st.dictionaries(
    st.sampled_from(["gender", "year_from", "year_to", "means", "kan", "", "&"]),
    st.lists(st.sampled_from(["Woman", "Man", "-", "2019", "1", "x", "", "meansThreats", "kan", "=&\u202e"]), max_size=3),
)
TRUE = {"name": "invented-2024-1", "key": "time"}


def ask(portal, path, check):
    """Ask an address what Schemathesis makes of its description, by fixed chance, and check every answer."""

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=schemathesis.openapi.from_dict(description())[path]["GET"].as_strategy(), filters=FILTERS)
    def asked(case, filters):
        check(case, filters)
        answer = case.call(base_url=portal.address)
        case.validate_response(answer, checks=CHECKS)
        seen.add(answer.status_code)

    seen: set[int] = set()
    asked()
    return seen


@pytest.mark.parametrize("path", description()["paths"])
def test_every_answer_to_anything_fits_its_description(portal, path):
    assert ask(portal, path, lambda case, filters: None) <= {200, 400, 404}


@pytest.mark.parametrize("path", description()["paths"])
def test_answers_about_what_is_there_fit_too(portal, path):
    """Names and filters that exist reach the answers that made-up ones never come to."""

    def true(case, filters):
        case.path_parameters |= {name: value for name, value in TRUE.items() if name in case.path_parameters}
        if "explore" in path:
            case.query = filters

    assert ask(portal, path, true) == ({200, 400} if "explore" in path else {200})


def test_every_json_and_csv_address_is_described():
    routes = {str(pattern.pattern) for pattern in urls.urlpatterns}
    described = {
        path.removeprefix("/")
        .replace("{language}", "<language:language>")
        .replace("{name}", "<release:name>")
        .replace("{key}", "<slug:key>")
        for path in description()["paths"]
    }
    assert described == {route for route in routes if route.endswith((".json", ".csv")) and route != "openapi.json"}
