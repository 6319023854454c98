"""Doubtful combinations: what only noise shows is given up, in wide domains too, within stated memory."""

from itertools import combinations

import numpy as np
import pytest

from amparo.disclosure import Privacy, Table, doubting, generate, measure, plan
from amparo.disclosure.doubting import APART, apart
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import domain_of, invented

PRIVACY = Privacy(4.0, 1e-6)


def triples(table):
    """The combinations of three values that stand in a table, blanks left out."""
    rows = {tuple(row) for row in np.stack(table.columns, 1).tolist()}
    return {found for row in rows for found in combinations([(i, code) for i, code in enumerate(row) if code], 3)}


def flags(rows=6_000):
    """Twenty facts, most of them rare, behind which two kinds of case stand."""
    rng = np.random.default_rng(3)
    kind = rng.random((rows, 1)) < 0.3
    codes = rng.random((rows, 20)) < np.where(kind, rng.beta(0.5, 4, 20), rng.beta(0.4, 8, 20))
    return Table.from_codes(domain_of((2,) * 20), codes.astype(np.uint8))


@pytest.mark.parametrize("room", [2**27, 2**10])
def test_fewer_combinations_are_nobodys(monkeypatch, room):
    """With a place for each of the 1,140 triples, and with so little room that some share one."""
    table = flags()
    measured, true = measure(table, plan(table.domain, PRIVACY), noise=SeededNoise(1)), triples(table)
    monkeypatch.setattr(doubting, "ROOM_FOR_TRIPLES", room)
    with_step = triples(generate(measured, seed=1)) - true
    monkeypatch.setattr("amparo.disclosure.generating.doubt", lambda *_: None)
    assert len(with_step) < 0.7 * len(triples(generate(measured, seed=1)) - true)


def test_the_other_tables_noise_is_of_the_stated_size_and_cancels():
    """Added to one and taken from the other; a chi-square of 90 cells within five standard deviations of its mean."""
    table = invented(3_000)
    measured = measure(table, plan(table.domain, PRIVACY), noise=SeededNoise(1))
    more, less = apart(measured, np.random.default_rng(1))
    squares = []
    sigmas = [measured.singles_sigma] * len(measured.singles) + list(measured.pair_sigmas)
    tables = zip((*more.singles, *more.pairs), (*less.singles, *less.pairs), (*measured.singles, *measured.pairs), strict=True)
    for (high, low, middle), sigma in zip(tables, sigmas, strict=True):
        assert (high + low == 2 * middle).all()
        squares += list(((high - middle) / (APART * sigma)).reshape(-1) ** 2)
    assert abs(np.mean(squares) - 1) < 5 * np.sqrt(2 / len(squares))
