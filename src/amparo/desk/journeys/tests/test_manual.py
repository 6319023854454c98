"""The tables of gaps, contradictions and sums: the program does what the manual prints, and the manual prints what it does."""

from pathlib import Path

import pytest

from amparo.desk.journeys import manual, rules

DOCS = Path(__file__).parents[5] / "docs"
LINES = [(spec, given, expected) for spec in manual.specs() for given, expected in spec.rows()]


@pytest.mark.parametrize(
    ("spec", "given", "expected"), LINES, ids=[f"{spec.name} {list(given.values())}" for spec, given, _ in LINES]
)
def test_the_program_does_what_the_table_says(spec, given, expected):
    assert spec.run(given) == expected


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_manual_is_printed_from_the_tables(language):
    assert (DOCS / manual.FILES[language]).read_text(encoding="utf-8") == manual.page(language)


def test_every_reason_code_stands_in_a_table():
    shown = {word for _spec, _given, expected in LINES for word in expected.replace(",", " ").split()}
    assert {oddity.value for oddity in rules.Oddity} <= shown
