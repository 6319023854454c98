"""`docs/portal.md` names every address, every environment variable and every field of the JSON answers."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[4] / "docs" / "portal.md"
ROOM = Path(__file__).parents[1]
ANSWERS = (
    "home.json",
    "releases.json",
    "r/invented-2025-1/release.json",
    "r/invented-2025-1/explore.json?gender=Man",
    "r/invented-2025-1/explore.json?gender=x",
)
OWN_WORDS = {"title", "not_for", "summary", "label", "certificate", "where"}


def fields(value, inside=""):
    """Yield the names of an answer's own fields; words by language, filters' columns and the certificate are not its own."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name not in OWN_WORDS:
                yield from fields(inner, name)
    if isinstance(value, list):
        for one in value:
            yield from fields(one, inside)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_field_is_documented(portal, path):
    documented = set(re.findall(r"`([a-z_0-9]+)`", DOCS.read_text(encoding="utf-8")))
    found = set(fields(portal.ask(f"/en/{path}").json))
    assert len(found) >= 4
    assert found - documented == set()


def test_every_variable_is_documented():
    named = set(re.findall(r"AMPARO_[A-Z_]+", (ROOM / "settings.py").read_text(encoding="utf-8")))
    assert named == {"AMPARO_BUNDLES", "AMPARO_PORTAL_HOSTS", "AMPARO_SIGNER", "AMPARO_DEMO"}
    assert named <= set(re.findall(r"AMPARO_[A-Z_]+", DOCS.read_text(encoding="utf-8")))


def test_every_address_is_documented():
    routes = re.findall(r'path\("([^"]*)"', (ROOM / "urls.py").read_text(encoding="utf-8"))
    text = DOCS.read_text(encoding="utf-8")
    for route in routes:
        spelled = "/" + route
        for old, new in (
            ("<language:language>", "LANG"),
            ("<release:name>", "NAME"),
            ("<slug:key>", "PICTURE"),
            ("<file:file>", "FILE"),
        ):
            spelled = spelled.replace(old, new)
        assert f"`{spelled}`" in text or spelled.endswith(("PICTURE.csv", "PICTURE.svg")), spelled
