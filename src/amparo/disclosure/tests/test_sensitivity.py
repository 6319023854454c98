"""One row more moves what is asked of the table by no more than the noise was made for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import Privacy, measure, plan
from amparo.disclosure.accounting import rho_spent
from amparo.disclosure.counting import distinct_rows, pair_counts
from amparo.disclosure.domain import Table
from amparo.disclosure.measuring import count_cells, gate_counts
from amparo.disclosure.plan import GATE_SENSITIVITY_SQUARED
from amparo.disclosure.tests.seeded import ScriptedNoise
from amparo.disclosure.tests.tables import domain_of, invented, neighbours, searched, with_row

PRIVACY = Privacy(2.0, 1e-4)


def as_mapping(table):
    distinct = distinct_rows(table)
    return {tuple(codes): int(count) for codes, count in zip(distinct.codes.tolist(), distinct.counts, strict=True)}


@searched
@given(neighbours())
def test_the_gate_moves_by_at_most_its_sensitivity(pair):
    table, larger = pair
    planned = plan(domain_of((2, 2, 2)), PRIVACY)
    moved = gate_counts(distinct_rows(larger), planned) - gate_counts(distinct_rows(table), planned)
    assert moved[0] == 1
    assert (np.abs(moved) <= 1).all()
    assert (moved**2).sum() <= GATE_SENSITIVITY_SQUARED


@searched
@given(neighbours())
def test_one_row_more_is_one_count_more_in_the_row_histogram(pair):
    table, larger = pair
    before, after = as_mapping(table), as_mapping(larger)
    moved = {key: after.get(key, 0) - before.get(key, 0) for key in before | after}
    assert sorted(moved.values(), reverse=True)[0] == 1
    assert sum(abs(change) for change in moved.values()) == 1


@searched
@given(neighbours())
def test_one_row_more_is_one_count_more_in_every_table(pair):
    table, larger = pair
    offsets = table.domain.offsets
    moved = pair_counts(larger) - pair_counts(table)
    for i in range(len(table.columns)):
        for j in range(i, len(table.columns)):
            block = moved[offsets[i] : offsets[i + 1], offsets[j] : offsets[j + 1]]
            assert (block**2).sum() == 1


@searched
@given(neighbours())
def test_one_row_more_is_at_most_one_count_more_in_every_probe(pair):
    """A row is in one of a probe's cells or in none, whichever levels the noisy 1-ways make it probe."""
    table, larger = pair
    width, rng = len(table.columns), np.random.default_rng(table.rows)
    for most in (1, 2):
        levels = [np.sort(rng.choice(size, min(most, size), replace=False)) for size in table.domain.sizes]
        cells = np.stack(np.meshgrid(*levels, indexing="ij"), axis=-1).reshape(-1, width).astype(np.uint16)
        before, after = count_cells(table.columns, cells), count_cells(larger.columns, cells)
        assert ((after - before) ** 2).sum() <= 1
        rows = list(zip(*(column.tolist() for column in larger.columns), strict=True))
        assert after.tolist() == [rows.count(tuple(cell)) for cell in cells.tolist()]


@searched
@given(neighbours(), st.integers(0, 9), st.sampled_from([None, (100, 99, 99), (100, 0, 70)]))
def test_the_whole_release_discloses_no_more_rho_than_promised(pair, seed, gate):
    """With the same answers for both neighbours, every question's squared change over 2 sigma squared adds up to rho."""
    table, larger = pair
    planned = plan(table.domain, PRIVACY, groups=[range(len(table.columns))])
    gate = (gate or (100, 0, 0)) if planned.gate_sigma else None
    asked = []
    for one in (table, larger):
        noise = ScriptedNoise(seed, gate)
        measure(one, planned, noise=noise)
        asked.append(noise.asked)
    assert len(asked[0]) == len(asked[1])
    rho = 0.0
    for (before, sigma), (after, same_sigma) in zip(*asked, strict=True):
        assert sigma == same_sigma
        if before.shape == after.shape:
            rho += float(((after - before) ** 2).sum()) / (2 * sigma**2)
        else:  # the row histogram with one key more, whose showing is paid for by delta; all other keys count the same
            assert len(after) == len(before) + 1
            assert sorted([*before.tolist(), 1]) == sorted(after.tolist())
    assert rho <= planned.privacy.rho


def test_a_row_with_28_attributes_among_rows_with_10_counts_no_more_than_another():
    """The row most unlike all others: tables bounded by how full rows usually are would fail it."""
    rng = np.random.default_rng(3)
    sizes = (2,) * 30
    codes = np.zeros((200, 30), np.uint8)
    for row in codes:
        row[rng.choice(30, 10, replace=False)] = 1
    table = Table.from_codes(domain_of(sizes), codes)
    planned = plan(table.domain, PRIVACY)
    spent = {}
    for name, row in (("plain", codes[0]), ("extreme", np.array([1] * 28 + [0, 0], np.uint8))):
        asked = []
        for one in (table, with_row(table, row)):
            noise = ScriptedNoise(5, (200, 0, 0))
            measure(one, planned, noise=noise)
            asked.append(noise.asked)
        spent[name] = sum(float(((b - a) ** 2).sum()) / (2 * s**2) for (a, s), (b, _) in zip(*asked, strict=True))
    assert spent["extreme"] <= planned.privacy.rho
    assert spent["extreme"] <= spent["plain"] + rho_spent(planned.gate_sigma, 3)


def test_the_order_of_rows_is_not_disclosed():
    table = invented(500)
    order = np.random.default_rng(1).permutation(500)
    shuffled = Table(table.domain, tuple(column[order] for column in table.columns))
    assert (distinct_rows(table).codes == distinct_rows(shuffled).codes).all()
    assert (pair_counts(table) == pair_counts(shuffled)).all()


@searched
@given(neighbours())
def test_distinct_rows_are_counted_truly(pair):
    table, _ = pair
    rows = list(zip(*(column.tolist() for column in table.columns), strict=True))
    assert as_mapping(table) == {row: rows.count(row) for row in rows}
    assert list(as_mapping(table)) == sorted(set(rows))


def test_distinct_rows_of_many_columns_are_counted_truly():
    """More levels than one 64-bit number can hold: keys are made in several steps."""
    rng = np.random.default_rng(9)
    codes = rng.integers(0, 20, (300, 40)).astype(np.uint8)
    codes[150:] = codes[:150]
    table = Table.from_codes(domain_of((20,) * 40), codes)
    found = distinct_rows(table)
    assert len(found.counts) == 150
    assert (found.counts == 2).all()
    assert found.codes.tolist() == sorted(codes[:150].tolist())
