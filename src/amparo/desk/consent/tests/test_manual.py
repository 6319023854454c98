"""What a consent covers: the tables of the manual."""

from pathlib import Path

import pytest

from amparo.desk.consent import manual


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [(spec, given, expected) for spec in manual.specs() for given, expected in spec.rows()],
    ids=lambda value: value.name if isinstance(value, manual.Spec) else None,
)
def test_the_manual_tells_what_the_program_does(spec, given, expected):
    assert spec.run(given) == expected


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_printed_page_is_this_very_manual(language):
    root = next(parent for parent in Path(__file__).parents if (parent / "pyproject.toml").exists())
    assert (root / "docs" / manual.FILES[language]).read_text(encoding="utf-8") == manual.page(language)


def test_each_verdict_of_the_rule_stands_in_a_table():
    said = {expected for spec in manual.specs() for _given, expected in spec.rows() if spec.name != "same-recipient"}
    assert said == {
        *("yes", "consent_not_given", "consent_refused", "consent_refused_to_all", "consent_withdrawn"),
        *("consent_expired", "consent_narrower", "consent_of_guardian_ended", "consent_needs_guardian"),
    }
