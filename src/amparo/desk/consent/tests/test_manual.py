"""What a consent covers: the tables of the manual."""

import inspect
import re
from pathlib import Path

import pytest

from amparo.desk.consent import manual, rules


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


def test_each_verdict_of_the_rules_stands_in_a_table():
    said = {reason for spec in manual.specs() for _given, expected in spec.rows() for reason in expected.split()}
    told = set(re.findall(r'\bno\("(\w+)"\)', inspect.getsource(rules)))
    assert told - said == {"consent_names_another"}, "which the table of names tells with a no"
