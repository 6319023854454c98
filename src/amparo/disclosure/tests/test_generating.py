"""Generated tables follow the measurements, stay inside the domain, and never see the table they stand for."""

import inspect

import numpy as np
import pytest

from amparo.disclosure import Measurements, Privacy, Table, generate, measure, plan
from amparo.disclosure.counting import distinct_rows, pair_counts
from amparo.disclosure.kernels import warm
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import domain_of, invented


def released(table, epsilon=4.0, seed=3, **more):
    planned = plan(table.domain, Privacy(epsilon, 1e-6), **more)
    return generate(measure(table, planned, noise=SeededNoise(seed)), seed=seed)


def distances(true, made):
    """Mean total variation distance of the 1-way and of the pair tables."""
    at, n = true.domain.offsets, true.rows
    gap = np.abs(pair_counts(true) - pair_counts(made) * (n / max(1, made.rows))) / (2 * n)
    d = len(true.columns)
    pairs = [gap[at[i] : at[i + 1], at[j] : at[j + 1]].sum() for i in range(d) for j in range(i + 1, d)]
    return np.diagonal(gap).sum() / d, np.mean(pairs)


def test_generating_takes_measurements_and_nothing_else_that_could_hold_a_table():
    parameters = inspect.signature(generate, eval_str=True).parameters
    assert list(parameters) == ["measurements", "seed", "progress"]
    assert parameters["measurements"].annotation is Measurements


def test_the_table_can_be_destroyed_after_measuring():
    """Every array of the table is overwritten; the generated table stays the same, bit for bit."""
    first, second = invented(3_000), invented(3_000)
    planned = plan(first.domain, Privacy(4.0, 1e-6))
    kept = measure(first, planned, noise=SeededNoise(1))
    bombed = measure(second, planned, noise=SeededNoise(1))
    for column, size in zip(second.columns, second.domain.sizes, strict=True):
        column[:] = size - 1
        column.resize((0,), refcheck=False)
    a, b = generate(kept, seed=5), generate(bombed, seed=5)
    assert all((x == y).all() for x, y in zip(a.columns, b.columns, strict=True))


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    table = invented(6_000)
    measured = measure(table, plan(table.domain, Privacy(1.0, 1e-6)), noise=SeededNoise(1))
    first, again, other = (generate(measured, seed=seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first.columns, again.columns, strict=True))
    assert any((a != b).any() for a, b in zip(first.columns, other.columns, strict=True))
    assert first.seed == 1


def test_without_a_seed_a_fresh_one_is_drawn_and_recorded():
    table = invented(300)
    measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6)), noise=SeededNoise(1))
    first, second = generate(measured), generate(measured)
    assert first.seed != second.seed
    again = generate(measured, seed=first.seed)
    assert all((a == b).all() for a, b in zip(first.columns, again.columns, strict=True))


@pytest.mark.parametrize("rows", [0, 1, 2, 10])
@pytest.mark.parametrize("sizes", [(2, 3, 4), (5,), (1,), (1, 1, 1), (1, 3), (2, 1, 3, 2), (300, 2, 2)])
def test_tiny_tables_and_odd_domains_come_out_sane(rows, sizes):
    codes = np.zeros((rows, len(sizes)), np.uint16)
    made = released(Table.from_codes(domain_of_any(sizes), codes))
    assert made.rows < 200
    assert made.domain.sizes == sizes


def domain_of_any(sizes):
    from amparo.disclosure import Attribute, Domain

    return Domain(tuple(Attribute(f"c{i}", tuple(map(str, range(size - 1)))) for i, size in enumerate(sizes)))


def test_a_code_that_nobody_has_is_hardly_ever_given():
    codes = invented(20_000, (2, 4, 4, 3)).columns
    made = released(Table(domain_of((2, 9, 9, 3)), codes))
    for i in (1, 2):
        assert (made.columns[i] >= 4).mean() < 0.002


def test_a_public_number_of_rows_is_kept_exactly():
    for rows in (0, 1, 777):
        assert released(invented(1_000), rows=rows).rows == rows


@pytest.mark.parametrize(("epsilon", "one", "two"), [(2.0, 0.02, 0.04), (4.0, 0.01, 0.025)])
def test_a_small_table_of_many_flags_stays_useful(epsilon, one, two):
    """2,000 rows of 25 flags, as the demonstration publishes; bounds about twice what is usual, seeded."""
    rng = np.random.default_rng(2)
    kind = rng.random((2_000, 1)) < 0.4
    codes = rng.random((2_000, 25)) < np.where(kind, rng.random(25) * 0.6, rng.random(25) * 0.3)
    table = Table.from_codes(domain_of((2,) * 25), codes.astype(np.uint8))
    singles, pairs = distances(table, released(table, epsilon))
    assert singles < one
    assert pairs < two


def test_pairs_are_reproduced_on_a_table_of_usual_size():
    table = invented(20_000, (2, 8, 5, 20, 3, 2, 2))
    singles, pairs = distances(table, released(table))
    assert singles < 0.003
    assert pairs < 0.008


def test_rows_found_are_kept_as_often_as_measured():
    """Five thousand people in twelve classes: whole rows are shown, and nothing else."""
    rng = np.random.default_rng(4)
    classes = rng.integers(0, 4, (12, 6)).astype(np.uint8)
    table = Table.from_codes(domain_of((4,) * 6), classes[rng.integers(0, 12, 5_000)])
    measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6)), noise=SeededNoise(2))
    assert measured.found is not None
    made = generate(measured, seed=1)
    counts = {tuple(c): n for c, n in zip(distinct_rows(made).codes.tolist(), distinct_rows(made).counts, strict=True)}
    for codes, noisy in zip(measured.found.codes.tolist(), measured.found.counts, strict=True):
        assert abs(counts[tuple(codes)] - noisy) <= 60
    assert sum(counts.get(tuple(c), 0) for c in classes.tolist()) > 0.99 * made.rows


@pytest.mark.parametrize("rows", [600, 12_000])
def test_rows_found_are_scaled_alike_to_a_public_number_of_rows(rows):
    """No class is cut off because it comes last."""
    classes = np.array([[i % 4, i // 4, i % 3, i % 2, 0, 0] for i in range(12)], np.uint8)
    table = Table.from_codes(domain_of((4,) * 6), np.repeat(classes, 400, axis=0))
    made = released(table, rows=rows)
    assert made.rows == rows
    counts = distinct_rows(made).counts
    assert sorted(counts)[-12] > 0.9 * rows / 12


def many_classes(rng, small):
    """About 34,000 people in 300 classes: forty of nine each, of which the row histogram misses some; and `small` others."""
    classes = np.unique(rng.integers(0, 6, (300, 7)), axis=0)
    sizes = np.where(np.arange(len(classes)) % 7 == 0, 9, 30 + rng.geometric(0.01, len(classes)))
    rows = np.repeat(classes, sizes, axis=0)
    strangers = np.column_stack([np.full(small, 6), rng.integers(0, 6, (small, 6))])
    return Table.from_codes(domain_of((8,) * 7), np.concatenate([rows, strangers]).astype(np.uint8))


def test_nobody_is_invented_where_nothing_measured_speaks_for_more_than_the_rows_shown_whole():
    """Small classes that are not shown leave a gap wider than its noise; twenty measurements, none of them may fail."""
    table = many_classes(np.random.default_rng(6), small=0)
    planned, true = plan(table.domain, Privacy(4.0, 1e-6)), {tuple(row) for row in distinct_rows(table).codes.tolist()}
    for seed in range(20):
        measured = measure(table, planned, noise=SeededNoise(seed))
        assert measured.found is not None
        assert {tuple(row) for row in distinct_rows(generate(measured, seed=1)).codes.tolist()} <= true


def test_people_whom_only_other_tables_show_are_still_invented():
    """Three hundred people, each unlike all others but for one code that nobody else has."""
    table = many_classes(np.random.default_rng(6), small=300)
    for seed in range(5):
        measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6)), noise=SeededNoise(seed))
        assert measured.found is not None
        assert 6 not in measured.found.codes[:, 0]
        assert 200 < (generate(measured, seed=1).columns[0] == 6).sum() < 400


def test_a_row_that_nobody_shares_is_not_shown_whole():
    """A person unlike all others among five thousand of one kind: never among the rows found."""
    codes = np.zeros((5_000, 6), np.uint8)
    codes[0] = 3
    table = Table.from_codes(domain_of((4,) * 6), codes)
    planned = plan(table.domain, Privacy(4.0, 1e-6))
    for seed in range(30):
        found = measure(table, planned, noise=SeededNoise(seed)).found
        assert found is not None
        assert found.codes.tolist() == [[0] * 6]


def test_pairs_too_large_to_measure_are_named_and_the_rest_goes_on():
    rng = np.random.default_rng(8)
    sizes = (600, 600, 3)
    codes = np.stack([rng.integers(0, 5, 2_000), rng.integers(0, 5, 2_000), rng.integers(0, 3, 2_000)], 1)
    table = Table.from_codes(domain_of_any(sizes), codes)
    planned = plan(table.domain, Privacy(4.0, 1e-6))
    assert planned.left_out == ((0, 1),)
    assert planned.pairs == ((0, 2), (1, 2))
    assert abs(released(table).rows - 2_000) < 200


def test_rows_stay_out_of_logs():
    """Neither a table nor its distinct rows show their codes when printed."""
    table = Table.from_codes(domain_of((2, 2)), np.ones((3, 2), np.uint8))
    for shown in (repr(table), repr(distinct_rows(table)), str(table)):
        assert "array" not in shown


def test_kernels_compile_ahead_without_a_table():
    warm()
