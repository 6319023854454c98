"""Every number is a count of released rows; its margin follows from published measurements alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.bundle import margins
from amparo.bundle.calibration import STRENGTHS, Structure
from amparo.bundle.contents import Counting, Probe
from amparo.bundle.errors import believed, block_variance, crowd
from amparo.bundle.intervals import mixed_half_width
from amparo.bundle.learning import learn
from amparo.bundle.margins import Basis, answered, estimate, share, tabulate
from amparo.bundle.rowcounts import Asked
from amparo.bundle.tests.making import COLUMNS, contents

RELEASED = Counting.of(contents())
NAMES = [column.name for column in COLUMNS]


def matching(where: dict[str, frozenset[str]]) -> int:
    """Count the rows of the table one by one: the naive engine that the fast one must agree with."""
    count = 0
    for row in zip(*RELEASED.codes, strict=True):
        spelled = {column.name: ("", *column.domain)[code] for column, code in zip(COLUMNS, row, strict=True)}
        count += all(spelled[name] in values for name, values in where.items())
    return count


WHERE = st.fixed_dictionaries(
    {}, optional={column.name: st.frozensets(st.sampled_from(("", *column.domain)), min_size=1) for column in COLUMNS}
)


@given(WHERE)
def test_a_number_is_found_again_by_counting_rows(where: dict[str, frozenset[str]]) -> None:
    found = estimate(RELEASED, where)
    assert found.count == matching(where)
    assert found.margin >= 0
    assert np.isfinite(found.margin)


@given(st.lists(st.sampled_from(NAMES), unique=True, max_size=3), WHERE)
def test_a_table_holds_the_same_numbers_as_one_by_one(by: list[str], where: dict[str, frozenset[str]]) -> None:
    """Cell by cell, count, margin and basis agree with asking for each cell on its own; the filter leaves zeros."""
    found = tabulate(RELEASED, by, where)
    for codes in np.ndindex(found.counts.shape):
        cell = {name: ("", *RELEASED.description.column(name).domain)[code] for name, code in zip(by, codes, strict=True)}
        if any(value not in where.get(name, {value}) for name, value in cell.items()):
            assert found.at(*codes).count == 0
            continue
        alone = estimate(RELEASED, {**where, **{name: frozenset({value}) for name, value in cell.items()}})
        assert found.at(*codes).count == alone.count
        assert found.at(*codes).margin == pytest.approx(alone.margin)


@given(st.permutations(NAMES), st.integers(0, 3))
def test_the_order_of_columns_does_not_matter(order: list[str], size: int) -> None:
    one, other = tabulate(RELEASED, sorted(order[:size])), tabulate(RELEASED, order[:size])
    turned = [order[:size].index(name) for name in sorted(order[:size])]
    assert np.array_equal(one.counts, other.counts.transpose(turned))
    assert np.allclose(one.margins, other.margins.transpose(turned))
    assert one.basis is other.basis


def test_up_to_two_columns_are_measured_and_more_are_modelled() -> None:
    assert estimate(RELEASED, {}).basis is Basis.MEASURED
    assert tabulate(RELEASED, ("year", "gender")).basis is Basis.MEASURED
    assert tabulate(RELEASED, ("year",), {"gender": frozenset({"Male"})}).basis is Basis.MEASURED
    assert tabulate(RELEASED, ("year", "gender"), {"debt": frozenset({"1"})}).basis is Basis.MODELLED


def test_a_filter_that_lets_all_pass_is_no_filter() -> None:
    everything = frozenset({"", "Female", "Male"})
    assert estimate(RELEASED, {"gender": everything}) == estimate(RELEASED, {})
    assert tabulate(RELEASED, ("year", "debt"), {"gender": everything}).basis is Basis.MEASURED


def test_a_pair_that_was_not_measured_is_modelled() -> None:
    fewer = {key: one for key, one in RELEASED.by_columns.items() if key != frozenset({"year", "gender"})}
    without = replace(RELEASED, by_columns=fewer, joint={})
    found = tabulate(without, ("year", "gender"))
    assert found.basis is Basis.MODELLED
    assert np.isfinite(found.margins).all()


def test_a_measured_margin_is_the_width_of_the_interval_around_the_count() -> None:
    """Normal error around the estimate: what lies within the margin of the count has a chance of 95 % and little more."""
    single = RELEASED.by_columns[frozenset({"gender"})]
    found = tabulate(RELEASED, ("gender",))
    for count, margin, centre, error in zip(found.counts, found.margins, single.estimate, single.standard_error, strict=True):
        truth = np.random.default_rng(1).normal(centre, error, 400_000)
        assert np.mean(np.abs(np.rint(truth) - count) <= margin) >= 0.949
        assert np.mean(np.abs(np.rint(truth) - count) <= margin - 1) < 0.951


def test_the_margin_of_a_value_that_noise_has_lifted_reaches_down_to_its_crowd() -> None:
    """Of 200 codes nearly all are empty: a count of three errors is then less in truth, one of twelve errors is not."""
    source = np.random.default_rng(2)
    estimates = np.concatenate([source.normal(0, 10, 197), [30.0, 120.0, 500.0]])
    belief = crowd(estimates, 10.0)
    assert belief.centre[-3] < 20
    assert (belief.centre[-2:] == estimates[-2:]).all()
    assert (belief.error[-2:] == 10.0).all()
    assert np.abs(belief.centre[:197]).mean() < 3
    assert (belief.error > 0).all()


def test_several_beliefs_make_one_interval() -> None:
    """A truth drawn from the beliefs lies within it in 95 of 100 cases: 200,000 draws, five standard errors either way."""
    distances, spreads, weights = np.array([0.0, 5.0, -20.0]), np.array([1.0, 4.0, 10.0]), np.array([0.5, 0.3, 0.2])
    source = np.random.default_rng(3)
    kind = source.choice(3, 200_000, p=weights)
    truth = source.normal(distances[kind], spreads[kind])
    assert np.mean(np.abs(truth) <= mixed_half_width(distances, spreads, weights)) == pytest.approx(0.95, abs=0.0025)


def test_the_width_of_structure_holds_95_of_100_errors_of_its_mixture() -> None:
    """The solved table against draws, from nothing but chance to nothing but structure."""
    structure, source = Structure(np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05])), np.random.default_rng(4)
    strengths = np.array(STRENGTHS)[source.choice(9, 200_000, p=structure.weights)]
    for known, feature in ((1.0, 1e-3), (40.0, 1e5), (3.0, 1e9)):
        errors = source.normal(0, np.sqrt(known + feature * strengths))
        width = structure.half_widths(np.array([known]), np.array([feature]))
        assert np.mean(np.abs(errors) <= width) == pytest.approx(0.95, abs=0.003)


def test_a_group_of_which_rows_and_count_agree_is_narrower_than_either_alone() -> None:
    """Two independent things speak of the rows' error; a gap that noise cannot explain widens the margin to reach it."""
    nothing = ("threats", "debt", "gender")
    blank = sum(row == (0, 0, 0) for row in zip(*(RELEASED.codes[NAMES.index(name)] for name in nothing), strict=True))

    def margin(gap: int, sigma: float) -> float:
        probe = Probe(nothing, np.zeros((1, 3), np.uint16), np.array([blank + gap]), sigma)
        return margins.answered_and_not(replace(RELEASED, probes=(probe,)), nothing)[1].margin

    assert margin(0, 10.0) < 1.96 * 10
    assert margin(0, 1e6) == pytest.approx(margin(5, 1e6), abs=1)
    assert margin(200, 10.0) > 200


def test_the_margin_of_all_values_of_a_column_is_that_of_the_total() -> None:
    """What a column's effects add to a sum of cells vanishes when the sum holds them all."""
    whole = RELEASED.by_columns[frozenset()]
    single = RELEASED.by_columns[frozenset({"gender"})]
    assert block_variance(RELEASED, single, (3,)) == pytest.approx(float(whole.standard_error) ** 2)
    pair = RELEASED.by_columns[frozenset({"year", "gender"})]
    assert block_variance(RELEASED, pair, (1, 3)) == pytest.approx(
        block_variance(RELEASED, RELEASED.by_columns[frozenset({"year"})], (1,))
    )


def test_a_release_that_learnt_nothing_believes_its_estimates() -> None:
    """Folders from before: a pair's margin is then proven, and wider or the same on the whole."""
    assert RELEASED.calibration.dependence is None
    learnt = replace(RELEASED, calibration=learn(RELEASED))
    names = ("year", "gender")
    pair = RELEASED.by_columns[frozenset(names)]
    belief = believed(RELEASED, Asked(names, {}), pair)
    assert (belief.centre == pair.estimate).all()
    assert tabulate(learnt, names).margins.mean() <= tabulate(RELEASED, names).margins.mean()


def test_a_group_that_was_counted_has_a_measured_denominator() -> None:
    """Who answered nothing was counted; how far the rows are from that is in the margin, with a filter in proportion."""
    nothing = ("threats", "debt", "gender")
    blank = sum(row == (0, 0, 0) for row in zip(*(RELEASED.codes[NAMES.index(name)] for name in nothing), strict=True))
    counted = replace(RELEASED, probes=(Probe(nothing, np.zeros((1, 3), np.uint16), np.array([blank + 30]), 2.0),))
    alone = answered(counted, nothing)
    assert alone.basis is Basis.MEASURED
    assert alone.is_apart
    assert alone.count == 300 - blank
    assert answered(counted, nothing, {"year": frozenset({"2021"})}).basis is Basis.MODELLED
    assert answered(RELEASED, nothing).basis is Basis.MODELLED
    assert 33 <= margins.answered_and_not(counted, nothing)[1].margin <= 35  # the gap and 1.645 sigma


def test_unknown_columns_and_values_are_a_programmers_mistake() -> None:
    with pytest.raises(KeyError):
        estimate(RELEASED, {"nosuch": frozenset({"1"})})
    with pytest.raises(ValueError):
        estimate(RELEASED, {"gender": frozenset({"Other"})})


def test_a_number_is_shown_when_it_is_larger_than_its_margin() -> None:
    large = estimate(RELEASED, {"gender": frozenset({"Male"})})
    assert large.is_shown
    assert not replace(large, margin=float(large.count)).is_shown
    assert replace(large, margin=large.count - 0.1).is_shown


def test_percentages_leave_out_those_without_any_answer_in_the_group() -> None:
    """The code book's denominator: any answer in the group; a person blank in all its columns is left out."""
    threats, debt = RELEASED.codes[2], RELEASED.codes[3]
    some = (threats != 0) | (debt != 0)
    found = share(RELEASED, "threats", "1")
    assert found is not None
    assert found.whole.count == some.sum() == answered(RELEASED, ("threats", "debt")).count
    assert found.percent == pytest.approx(100 * (threats == 2).sum() / some.sum())
    assert 0 < found.margin < 100


def test_a_column_without_group_is_its_own_denominator() -> None:
    gender = RELEASED.codes[1]
    found = share(RELEASED, "gender", "Female", {"year": frozenset({"2021"})})
    assert found is not None
    in_year = RELEASED.codes[0] == 2
    assert found.percent == pytest.approx(100 * ((gender == 1) & in_year).sum() / ((gender != 0) & in_year).sum())


@given(WHERE)
def test_denominators_are_counts_of_rows_too(where: dict[str, frozenset[str]]) -> None:
    blank = {"threats": frozenset({""}), "debt": frozenset({""})}
    nobody = {**where, **{name: values & where.get(name, values) for name, values in blank.items()}}
    assert answered(RELEASED, ("threats", "debt"), where).count == matching(where) - matching(nobody)


def test_a_percentage_of_nobody_is_none() -> None:
    assert share(RELEASED, "threats", "1", {"threats": frozenset({""}), "debt": frozenset({""})}) is None


def test_the_whole_is_measured_where_those_without_answer_were() -> None:
    assert answered(RELEASED, ("gender",)).basis is Basis.MEASURED
    assert answered(RELEASED, ("threats", "debt")).basis is Basis.MEASURED  # their pair was measured
    assert answered(RELEASED, ("threats", "debt", "gender")).basis is Basis.MODELLED
