"""A pool's spends add up for its life, and nobody gets past the ceiling."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import BudgetExceeded, Ledger, Privacy, Spend
from amparo.disclosure.accounting import epsilon_of
from amparo.disclosure.tests.tables import searched
from amparo.standard.reasons import LANGUAGES, Refused

spends = st.lists(st.tuples(st.floats(0.1, 3), st.sampled_from([None, frozenset({2020}), frozenset({2020, 2021})])), max_size=6)


def filled(entries, epsilon=50.0):
    ledger = Ledger("pool", epsilon, 1e-4)
    for k, (asked, years) in enumerate(entries):
        ledger = ledger.spend(Spend.of(f"r{k}", Privacy(asked, 1e-7), years))
    return ledger


@searched
@given(spends)
def test_what_is_spent_never_shrinks_and_never_passes_the_ceiling(entries):
    ledger, before = Ledger("pool", 4.0, 1e-4), 0.0
    for k, (asked, years) in enumerate(entries):
        try:
            after = ledger.spend(Spend.of(f"r{k}", Privacy(asked, 1e-7), years))
        except BudgetExceeded:
            assert ledger.epsilon_spent == before
            continue
        assert before <= after.epsilon_spent <= 4.0
        ledger, before = after, after.epsilon_spent


@searched
@given(spends)
def test_the_total_is_the_sum_of_rho_over_the_most_disclosed_year(entries):
    ledger = filled(entries)
    rhos = dict.fromkeys((2019, 2020, 2021), 0.0)
    for asked, years in entries:
        for year in rhos:
            rhos[year] += Privacy(asked, 1e-7).rho if years is None or year in years else 0.0
    assert ledger.rho == pytest.approx(max(rhos.values()))


@searched
@given(spends)
def test_the_order_of_releases_does_not_matter(entries):
    assert filled(entries).epsilon_spent == pytest.approx(filled(entries[::-1]).epsilon_spent)


def test_releases_of_different_years_compose_in_parallel_and_others_do_not():
    apart = filled([(1.0, frozenset({2020})), (1.0, frozenset({2021}))])
    together = filled([(1.0, frozenset({2020})), (1.0, frozenset({2020, 2021}))])
    assert apart.rho == pytest.approx(Privacy(1.0, 1e-7).rho)
    assert together.rho == pytest.approx(2 * Privacy(1.0, 1e-7).rho)


def test_tight_composition_spends_less_than_adding_epsilons():
    ledger = filled([(0.5, None)] * 8)
    assert ledger.epsilon_spent < 8 * 0.5
    assert ledger.epsilon_spent < ledger.epsilon_basic
    assert ledger.epsilon_spent == pytest.approx(epsilon_of(8 * Privacy(0.5, 1e-7).rho, 1e-4 - 8 * 0.5e-7))


def test_delta_is_used_up_as_well():
    """Ten releases with a delta of half the ledger's each cannot be read as any epsilon."""
    ledger = Ledger("pool", 50.0, 1e-5).spend(Spend("r1", 0.01, 6e-6))
    with pytest.raises(BudgetExceeded) as refused:
        ledger.spend(Spend("r2", 0.01, 6e-6))
    assert math.isinf(refused.value.epsilon_after)
    assert "∞" in refused.value.say("en")


def test_overspending_is_a_typed_refusal_with_words_and_leaves_the_ledger_alone():
    ledger = Ledger("region-2026", 4.5, 1e-5).spend(Spend.of("r1", Privacy(4.0, 1e-6)))
    with pytest.raises(BudgetExceeded) as refused:
        ledger.spend(Spend.of("r2", Privacy(3.0, 1e-6)))
    assert isinstance(refused.value, Refused)
    assert refused.value.ceiling == 4.5
    assert len({refused.value.say(language) for language in LANGUAGES}) == 3
    assert "region-2026" in refused.value.say("es")
    assert ledger.spend(Spend.of("r2", Privacy(0.5, 1e-6))).epsilon_spent <= 4.5


def test_a_release_is_spent_once():
    ledger = Ledger("pool", 9.0, 1e-5).spend(Spend.of("r1", Privacy(1.0, 1e-6)))
    with pytest.raises(Refused) as refused:
        ledger.spend(Spend.of("r1", Privacy(1.0, 1e-6)))
    assert refused.value.reasons[0].code == "spend_repeated"


def test_what_is_left_can_be_spent_and_no_more():
    ledger = Ledger("pool", 4.0, 1e-5).spend(Spend.of("r1", Privacy(1.0, 1e-6)))
    assert ledger.spend(Spend("r2", ledger.rho_left * 0.999, 0.0)).epsilon_spent <= 4.0
    with pytest.raises(BudgetExceeded):
        ledger.spend(Spend("r2", ledger.rho_left * 1.001, 0.0))


keyed = st.lists(st.sampled_from([2019, 2020, 2021]), min_size=1, max_size=4)


@searched
@given(spends, keyed)
def test_a_person_under_several_keys_is_never_charged_too_little(entries, years_of_keys):
    """Group privacy release by release: n keys in the years of a release are n^2 rho and at most its delta; all adds up."""
    m, ledger = len(years_of_keys), Ledger("pool", 100.0, 1e-4)
    for k, (asked, years) in enumerate(entries):
        ledger = ledger.spend(Spend.of(f"r{k}", Privacy(asked, 1e-7, m), years))
    touched = [(sum(s.years is None or year in s.years for year in years_of_keys), s) for s in ledger.spends]
    rho = math.fsum(n * n * s.rho for n, s in touched)
    delta = math.fsum(s.delta for n, s in touched if n)
    person = ledger.for_person(m)
    assert person.rho >= rho * (1 - 1e-12)
    if rho:
        assert person.epsilon >= epsilon_of(rho, 1e-4 - delta) * (1 - 1e-9)
    if m == 1:
        assert (person.rho, person.epsilon) == (ledger.rho, ledger.epsilon_spent)


def test_three_contributors_and_two_years_in_numbers():
    """The worked example of docs/explanation/person-not-row.md."""
    ledger = Ledger("region", 12.0, 1e-5)
    for year in ("2025", "2026"):
        ledger = ledger.spend(Spend.of(f"whole-{year}", Privacy(2.0, 1e-6, 3)))
    person = ledger.for_person(3)
    assert person.rho == pytest.approx(9 * 2 * Privacy(2.0, 1e-6).rho)
    assert ledger.epsilon_spent < person.epsilon < 3 * ledger.epsilon_spent * 1.5
    assert person.epsilon > 3 * ledger.epsilon_spent, "three times epsilon at the same delta would be a lie"


def test_a_release_that_counted_on_fewer_keys_promises_a_person_of_more_nothing():
    ledger = Ledger("pool", 9.0, 1e-5).spend(Spend.of("r1", Privacy(1.0, 1e-6, 2)))
    assert math.isfinite(ledger.for_person(2).epsilon)
    assert math.isinf(ledger.for_person(3).epsilon)


def test_an_empty_ledger_has_spent_nothing():
    assert Ledger("pool", 4.0, 1e-5).epsilon_spent == 0.0


@pytest.mark.parametrize("values", [("", 1.0, 0.0), ("r", 0.0, 0.0), ("r", -1.0, 0.0), ("r", math.nan, 0.0), ("r", 1.0, 1.0)])
def test_a_spend_of_nothing_is_a_mistake(values):
    with pytest.raises(ValueError):
        Spend(*values)
