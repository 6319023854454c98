"""A release from table to certificate, on a small invented table."""

import json

import numpy as np
import pytest

from amparo.disclosure import (
    Attribute,
    BudgetExceeded,
    Domain,
    Ledger,
    Measurements,
    Privacy,
    Spend,
    Table,
    certificate,
    generate,
    measure,
    plan,
)


def invented(rows: int, *, columns: int = 5, seed: int = 1) -> Table:
    rng = np.random.default_rng(seed)
    domain = Domain(tuple(Attribute(f"c{i}", tuple("abcdefg"[: 1 + i % 4])) for i in range(columns)))
    first = rng.integers(0, 2, rows)
    codes = np.stack([np.minimum(first + rng.integers(0, 2, rows) * (i % 3), size - 1) for i, size in enumerate(domain.sizes)], 1)
    return Table.from_codes(domain, codes)


def test_a_release_has_the_rows_and_spends_no_more_than_promised():
    table = invented(3_000)
    measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6)))
    made = generate(measured, seed=7)
    assert measured.rho <= measured.privacy.rho
    assert abs(made.rows - 3_000) < 100
    assert made.domain == table.domain


def test_measurements_survive_bytes_unchanged_and_generate_the_same_table():
    table = invented(3_000)
    measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6)))
    raw = measured.to_bytes()
    read = Measurements.from_bytes(raw)
    assert read.to_bytes() == raw
    first, second = generate(measured, seed=7), generate(read, seed=7)
    assert all((a == b).all() for a, b in zip(first.columns, second.columns, strict=True))


def test_the_certificate_is_json_and_speaks_three_languages():
    table = invented(500)
    measured = measure(table, plan(table.domain, Privacy(4.0, 1e-6, 2)))
    ledger = Ledger("pool", 10.0, 1e-5).spend(Spend.of("r1", measured.privacy))
    made = certificate(measured, ledger=ledger)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["ledger"]["kept"]
    assert set(made["not_promised"][0]["says"]) == {"en", "fr", "es"}


def test_a_ledger_refuses_to_overspend_and_spends_nothing():
    ledger = Ledger("pool", 5.0, 1e-5).spend(Spend.of("r1", Privacy(4.0, 1e-6)))
    with pytest.raises(BudgetExceeded) as refused:
        ledger.spend(Spend.of("r2", Privacy(4.0, 1e-6)))
    assert refused.value.epsilon_after > 5.0
    assert len(ledger.spends) == 1
    assert "r2" not in str(refused.value)
    assert refused.value.say("fr")
