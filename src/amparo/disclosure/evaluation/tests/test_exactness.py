"""Distances, worst cells, kept and invented combinations are what their definitions say, computed slowly and obviously."""

from dataclasses import astuple
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import Table
from amparo.disclosure.evaluation import exactness, largest_parts, subpopulation_error
from amparo.disclosure.evaluation import exactness as measured
from amparo.disclosure.evaluation.comparing import compare
from amparo.disclosure.evaluation.tests import naive
from amparo.disclosure.tests.tables import domain_of, invented, searched
from amparo.standard.reasons import Refused


@st.composite
def two_tables(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    row = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    made = []
    for least in (1, 0):
        rows = draw(st.lists(row, min_size=least, max_size=60))
        made.append(Table.from_codes(domain_of(sizes), np.array(rows, np.uint8).reshape(len(rows), len(sizes))))
    return tuple(made)


@searched
@given(two_tables())
def test_the_fast_measures_are_the_slow_ones(tables):
    real, released = tables
    found = exactness(real, released)
    for width in (1, 2, 3):
        slow = [naive.tvd(real, released, clique) for clique in combinations(range(len(real.columns)), width)]
        assert found.tvd[width - 1] == pytest.approx(np.mean(slow) if slow else 0.0)
    assert astuple(found.kept) == naive.kept(real, released)
    for error in found.marginals:
        clique = tuple(real.domain.names.index(name) for name in error.names)
        assert error.tvd == pytest.approx(naive.tvd(real, released, clique))
        assert abs(error.worst.error) == pytest.approx(naive.worst(real, released, clique))


@searched
@given(two_tables())
def test_distances_are_distances(tables):
    real, released = tables
    found = exactness(real, released)
    assert all(0 <= one.tvd <= 1 + 1e-12 for one in found.marginals)
    assert found.kept.kept <= found.kept.common
    assert found.kept.invented <= found.kept.distinct
    same = exactness(real, real)
    assert same.tvd == (0, 0, 0)
    assert same.kept.preserved == 1
    assert same.kept.invented == 0


def test_more_columns_are_never_nearer():
    """Summing cells up cannot bring tables further apart (data processing)."""
    real, released = invented(500), invented(400, seed=2)
    pairs, _ = compare(real, released, [(1, 3)])
    singles, _ = compare(real, released, [(1,), (3,)])
    assert pairs[0].tvd >= max(one.tvd for one in singles)


def test_worst_cells_name_what_was_counted():
    real, released = invented(500), invented(400, seed=2)
    for cell in exactness(real, released).worst:
        columns = [real.values(name) for name in cell.names]
        assert sum(row == cell.values for row in zip(*columns, strict=True)) == cell.true
        assert cell.error == pytest.approx(cell.released - cell.true)


def test_the_three_column_sample_is_fixed_and_all_are_counted_while_they_are_few():
    real, released = invented(60, sizes=(2,) * 16), invented(60, sizes=(2,) * 16, seed=5)
    whole, sampled = exactness(real, released), exactness(real, released, most_work=0)
    assert (whole.counted, whole.possible) == (560, 560)
    assert (sampled.counted, sampled.possible) == (300, 560)
    assert sampled.tvd == whole.tvd
    assert sampled.tvd3_all is None
    assert whole.tvd3_all is not None


def test_released_rows_are_scaled_to_persons():
    real = invented(300)
    twice = Table(real.domain, tuple(np.tile(column, 2) for column in real.columns))
    assert measured(real, twice).tvd == pytest.approx((0, 0, 0))


def test_progress_is_told():
    told = []
    exactness(invented(50), invented(50), progress=lambda step, share: told.append((step, share)))
    assert {step for step, _ in told} == {"marginals_1", "marginals_2", "marginals_3"}
    assert all(0 <= share < 1 for _, share in told)


def test_cancelling_stops_every_thread_at_its_next_block():
    """Of 560 tables in blocks of 64 a thread that was not stopped would tell nine times."""
    table, told = invented(60, sizes=(2,) * 16), []

    def cancel(step, share):
        told.append(step)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exactness(table, table, progress=cancel)
    assert len(told) <= 2


@pytest.mark.parametrize(("other", "code"), [(invented(5, sizes=(2, 3)), "tables_unlike"), (invented(0), "table_empty")])
def test_what_cannot_be_compared_is_refused(other, code):
    with pytest.raises(Refused) as refused:
        exactness(other, invented(5))
    assert refused.value.reasons[0].code == code


def test_a_part_is_compared_like_a_table_of_its_own():
    real, released = invented(500), invented(400, seed=2)
    part = {"c1": frozenset({"a"})}
    found = subpopulation_error(real, released, part)
    inside = [Table(t.domain, tuple(column[t.columns[1] == 1] for column in t.columns)) for t in (real, released)]
    assert found.true == inside[0].rows
    assert found.released == pytest.approx(inside[1].rows * 500 / 400)
    others = (0, 2, 3, 4)
    assert found.tvd1 == pytest.approx(np.mean([naive.tvd(*inside, (i,)) for i in others]))
    assert found.tvd2 == pytest.approx(np.mean([naive.tvd(*inside, pair) for pair in combinations(others, 2)]))


def test_a_part_that_the_release_lost_is_as_far_as_can_be():
    real = invented(100)
    emptied = Table(real.domain, tuple(column[real.columns[1] == 0] for column in real.columns))
    found = subpopulation_error(real, emptied, {"c1": frozenset({"a"})})
    assert (found.released, found.tvd1, found.tvd2) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"nothing": frozenset({"a"})}, "part_column_unknown"),
        ({"c1": frozenset({"zz"})}, "part_value_unknown"),
        ({"c4": frozenset({"a"}), "c0": frozenset()}, "part_empty"),
    ],
)
def test_a_part_that_is_none_is_refused(part, code):
    with pytest.raises(Refused) as refused:
        subpopulation_error(invented(50), invented(50), part)
    assert refused.value.reasons[0].code == code


def test_parts_of_their_own_are_the_largest_values():
    codes = np.repeat([[1, 1], [1, 2], [0, 3], [0, 1]], [150, 120, 90, 400], axis=0)
    parts = largest_parts(Table.from_codes(domain_of((2, 5)), codes), least=100, most=2)
    assert parts == ({"c0": frozenset("a")}, {"c1": frozenset("a")}, {"c1": frozenset("b")})
