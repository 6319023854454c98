"""The certificate says what was done, what is promised and what is not, in three languages, with true figures."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import Ledger, Privacy, Spend, certificate, measure, plan
from amparo.disclosure.accounting import rho_spent
from amparo.disclosure.certificate import NOT_PROMISED, no_less
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import invented
from amparo.standard.reasons import LANGUAGES, sentences


@pytest.fixture(scope="module")
def measured():
    table = invented(3_000)
    return measure(table, plan(table.domain, Privacy(4.0, 1e-6, 3)), noise=SeededNoise(1))


def sentences_in(value):
    if isinstance(value, dict):
        if "says" in value:
            yield value
        for part in value.values():
            yield from sentences_in(part)
    if isinstance(value, list):
        for part in value:
            yield from sentences_in(part)


def test_every_sentence_is_said_in_three_languages(measured):
    found = list(sentences_in(certificate(measured)))
    assert len(found) > 12
    for sentence in found:
        assert set(sentence["says"]) == set(LANGUAGES)
        assert len(set(sentence["says"].values())) == 3
        assert not any(re.search(r"[{}]", words) for words in sentence["says"].values())


def test_what_was_spent_is_the_sum_of_the_mechanisms_and_within_the_promise(measured):
    made = certificate(measured)
    spent = sum(mechanism["rho"] for mechanism in made["mechanisms"])
    assert spent == pytest.approx(made["promise"]["rho_spent"])
    assert made["promise"]["rho_spent"] <= made["promise"]["rho_budget"]
    assert made["promise"]["delta_for_reading"] + made["promise"]["delta_for_rows"] == made["promise"]["delta"]
    for mechanism in made["mechanisms"]:
        least = rho_spent(mechanism["sigma_least"], mechanism["l2_sensitivity_squared"])
        assert mechanism["rho"] <= least * mechanism["tables"] * (1 + 1e-12)


def test_it_is_json_and_names_versions_and_thresholds(measured):
    made = certificate(measured, seed=7)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert set(made["versions"]) == {"amparo", "opendp", "numpy", "numba", "python"}
    (rows,) = [mechanism for mechanism in made["mechanisms"] if mechanism["step"] == "rows"]
    assert rows["threshold"] == measured.found.histogram.threshold
    assert made["generated"]["seed"] == 7


@given(st.floats(1e-15, 100.0), st.integers(2, 9))
def test_what_is_said_is_never_smaller_than_what_is_true(value, figures):
    """And no larger than by one in the last of the figures said."""
    said = float(no_less(value, figures))
    assert value <= said <= value * (1 + 10.0 ** (1 - figures)) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("value", "said"), [(4.0, "4"), (4.0000004, "4.00001"), (0.5, "0.5"), (1.1, "1.1"), (99.9999999, "100"), (float("inf"), "∞")]
)
def test_round_figures_stay_round_and_others_are_rounded_up(value, said):
    assert no_less(value) == said


def test_the_sentence_of_the_promise_says_no_less_than_was_promised():
    table = invented(300)
    made = certificate(measure(table, plan(table.domain, Privacy(4.0000004, 1.8401e-6)), noise=SeededNoise(1)))
    for words in made["promise"]["meaning"]["says"].values():
        assert "4.00001" in words
        assert "1.85e-06" in words
    assert (made["promise"]["epsilon"], made["promise"]["delta"]) == (4.0000004, 1.8401e-6)


def test_it_says_whether_a_ledger_was_kept(measured):
    assert certificate(measured)["ledger"] == {"kept": False} | certificate(measured)["ledger"]
    ledger = Ledger("pool", 9.0, 1e-5).spend(Spend.of("r1", measured.privacy))
    kept = certificate(measured, ledger=ledger)["ledger"]
    assert kept["kept"]
    assert kept["epsilon_spent"] <= kept["epsilon_ceiling"] == 9.0


def test_a_person_with_several_contributors_is_told_what_holds_for_them(measured):
    person = certificate(measured)["promise"]["person"]
    assert person["epsilon_multiple"] == 12.0
    assert person["delta_of_multiple"] > 1e-6
    assert person["epsilon"] > 12.0
    assert "fr" in person["says"]


def test_what_is_not_promised_is_said(measured):
    assert [sentence["code"] for sentence in certificate(measured)["not_promised"]] == list(NOT_PROMISED)


def test_words_are_complete_and_their_blanks_agree():
    """The same keys and the same values to fill in, in all three languages."""
    blanks = {
        language: {key: sorted(re.findall(r"{(\w+)}", words)) for key, words in sentences("disclosure", language).items()}
        for language in LANGUAGES
    }
    assert blanks["en"] == blanks["fr"] == blanks["es"]
