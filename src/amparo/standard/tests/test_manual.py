"""The manual names every schema, every code list, every extension and the limits that the code has."""

from pathlib import Path

import pytest

from amparo.standard import codes, pool, reading, schemas
from amparo.standard.dates import DateOrder

MANUAL = Path(__file__).parents[4] / "docs" / "standard.md"

pytestmark = pytest.mark.skipif(not MANUAL.exists(), reason="installed without its documentation")


def manual():
    return MANUAL.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*schemas.NAMES, *codes.names()])
def test_every_schema_and_list_is_named(name):
    assert f"`{name}`" in manual()


def test_every_extension_is_named():
    for row in codes.rows("codes", codes.EXTENSIONS):
        assert row["code"] in manual()


def test_limits_and_orders_are_the_real_ones():
    assert f"up to {reading.LIMIT // reading.MIB} MB" in manual()
    assert f"from {pool.FIRST_YEAR} to {pool.LAST_YEAR}" in manual()
    assert f"{pool.PUBLIC_YEARS[0]} to {pool.PUBLIC_YEARS[-1]}" in manual()
    assert f"--date-order COLUMN={DateOrder.DAY_FIRST}" in manual()


def test_the_program_in_the_manual_runs(tmp_path, monkeypatch):
    code = manual().partition("```python\n")[2].partition("```")[0]
    schema = schemas.load("ctdc-kanon")
    (tmp_path / "cases.csv").write_text(",".join(schema.names) + "\n" + ",".join(["2016", *["-99"] * 62]) + "\n")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, str(MANUAL), "exec"), names)
    assert names["pool"].height == 1
