"""A release whose every name is a script: whoever publishes it, it runs in no reader's browser and in no picture."""

import re
from collections.abc import Iterator

import pytest

from amparo.portal.tests import making
from amparo.portal.tests.conftest import Served, case_folder, serve
from amparo.portal.tests.test_site import PAGES

WORDS = (
    '"><script>kan()</script>',
    "'><svg/onload=kan()>",
    "</title><img src=x onerror=kan()>",
    "]]></text><script>kan()</script>",
)


def hostile(words: str) -> dict[str, str]:
    return making.said(words, words, words)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """The portal with one release in which titles, names of columns and of values, publisher and licence are scripts."""
    folder = case_folder(tmp_path_factory.mktemp("hostile") / "site")
    columns = tuple(
        making.replace_domain(column, column.domain, {code: hostile(WORDS[k % 4]) for k, code in enumerate(column.domain)})
        if column.kind != "flag"
        else column
        for column in making.COLUMNS
    )
    facts = {name: hostile(WORDS[k]) for k, name in enumerate(("title", "summary", "not_for", "geography"))}
    making.make(folder / "bundles" / "hostile", rows=500, columns=columns, publisher=WORDS[0], licence=WORDS[1], **facts)
    yield from serve(folder)


PLACES = [
    *(f"/en{page}" for page in PAGES.values()),
    "/fr/r/invented-2025-1/explore/time.svg",
    "/es/r/invented-2025-1/explore/flows.svg",
]


@pytest.mark.parametrize("path", PLACES)
def test_hostile_names_stay_words(served, path):
    text = served.ask(path).text
    if path.endswith((".json", ".csv")):
        return
    assert not re.search(r"<script>kan|<img src=x|<svg/onload", text)
    assert not re.search(r"<[a-z][^<>]*\son\w+=", text)


def test_the_names_are_there_as_words(served):
    assert "&lt;script&gt;kan()" in served.ask("/en/").text
