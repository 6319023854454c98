"""Nothing in a bundle comes from the sensitive table but through the measurements, and publishing again is identical."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from amparo.bundle.keys import Signer
from amparo.bundle.verification import verify
from amparo.bundle.writing import render
from amparo.disclosure import Measurements, Table
from amparo.disclosure.ledger import Ledger, Spend
from amparo.release import steps
from amparo.release.recipe import Recipe, parse
from amparo.release.table import prepare
from amparo.standard.reasons import Refused

RECIPE = """
title = "Invented"
schema = "inline"
{head}
[privacy]
epsilon = 4.0
delta = 1e-6
[[columns]]
name = "year"
kind = "year"
domain = ["2020", "2021", "2022"]
[[columns]]
name = "sex"
domain = ["F", "M"]
[[columns]]
name = "debt"
kind = "flag"
domain = ["0", "1"]
[[columns]]
name = "age"
kind = "ordinal"
domain = ["child", "adult", "old"]
"""
DAY = datetime.date(2026, 3, 4)
SIGNER = Signer.from_bytes(bytes(range(32)))


def recipe(head: str = "") -> Recipe:
    return parse(RECIPE.format(head=head))


def frame(rows: int = 800, seed: int = 3) -> pl.DataFrame:
    source = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "year": source.choice(["2020", "2021", "2022", ""], rows),
            "sex": source.choice(["F", "M", ""], rows, p=[0.6, 0.35, 0.05]),
            "debt": source.choice(["0", "1", ""], rows),
            "age": source.choice(["child", "adult", "old"], rows),
        }
    )


@pytest.fixture(scope="module")
def measured() -> Measurements:
    table, _ = prepare(recipe(), frame())
    return steps.measure(recipe(), table)


def composed(measurements: Measurements, **changes: object) -> dict[str, bytes]:
    given: dict[str, object] = {"seed": 5, "issued": DAY}
    return render(steps.compose(recipe(), measurements, **(given | changes)), signer=SIGNER)  # type: ignore[arg-type]


def test_publishing_again_from_stored_measurements_is_identical(measured: Measurements, tmp_path: Path) -> None:
    """A publication that was killed after spending resumes from the stored bytes and gives the same bundle."""
    again = Measurements.from_bytes(measured.to_bytes())
    first = steps.publish(recipe(), measured, tmp_path / "a", seed=5, issued=DAY, signer=SIGNER)
    second = steps.publish(recipe(), again, tmp_path / "b", seed=5, issued=DAY, signer=SIGNER)
    names = sorted(path.relative_to(first.path) for path in first.path.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(second.path) for path in second.path.rglob("*") if path.is_file())
    assert len(names) >= 9
    for name in names:
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes(), name
    assert verify(first.path, key=SIGNER.public).ok


def test_neighbouring_tables_with_the_same_measurements_give_the_same_bundle(measured: Measurements, tmp_path: Path) -> None:
    """Whatever else differs (rows, foreign values, file name, time) leaves no trace once the measurements are equal."""
    bundles = []
    for name, table in (("a.csv", frame()), ("b.csv", frame().with_columns(sex=pl.lit("Z")).head(799))):
        (tmp_path / name).write_bytes(table.write_csv().encode())
        prepare(recipe(), tmp_path / name)
        bundles.append(composed(Measurements.from_bytes(measured.to_bytes())))
    assert bundles[0] == bundles[1]


def test_a_table_that_would_explode_is_never_touched_after_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sensitive table is poisoned once it was measured: composing neither reads nor notices it."""
    table, _ = prepare(recipe(), frame())
    measurements = steps.measure(recipe(), table)
    expected = composed(measurements)
    for column in table.columns:
        column.setflags(write=True)
        column[:] = 255
    monkeypatch.setattr(
        Table, "rows", property(lambda self: _explode() if self.columns[0] is table.columns[0] else len(self.columns[0]))
    )
    assert composed(measurements) == expected


def _explode() -> int:
    raise AssertionError("the sensitive table was read")


def test_a_public_number_of_rows_is_kept() -> None:
    table, _ = prepare(recipe("rows = 750"), frame())
    contents = steps.compose(recipe("rows = 750"), steps.measure(recipe("rows = 750"), table), seed=1, issued=DAY)
    assert contents.description.rows == 750


def test_another_recipe_does_not_take_these_measurements(measured: Measurements) -> None:
    other = parse(RECIPE.format(head="").replace("epsilon = 4.0", "epsilon = 3.0"))
    with pytest.raises(Refused) as problem:
        steps.compose(other, measured, seed=1, issued=DAY)
    assert problem.value.reasons[0].code == "measurements_of_another_recipe"


def test_seed_date_and_name_are_the_publishers_choice(measured: Measurements) -> None:
    one = composed(measured)
    assert composed(measured, seed=6)["data.csv"] != one["data.csv"]
    assert composed(measured, seed=6)["measurements.parquet"] == one["measurements.parquet"]
    assert composed(measured, release_id="meridian-2026.1")["data.csv"] == one["data.csv"]
    assert b"meridian-2026.1" in composed(measured, release_id="meridian-2026.1")["release.json"]


def test_the_certificate_says_whether_there_is_a_ledger(measured: Measurements) -> None:
    without = steps.compose(recipe(), measured, seed=1, issued=DAY).certificate
    assert without["ledger"]["kept"] is False
    ledger = Ledger("pool", 10.0, 1e-5).spend(Spend.of("one", recipe().privacy))
    assert steps.compose(recipe(), measured, seed=1, issued=DAY, ledger=ledger).certificate["ledger"]["releases"] == 1


def test_the_measurements_that_are_published_are_those_that_were_made(measured: Measurements) -> None:
    published = steps.published(measured)
    assert published[0].columns == ()
    assert [one.columns for one in published[1:]] == [one.names for one in measured.marginals]
    for one, made in zip(published[1:], measured.marginals, strict=True):
        assert np.array_equal(one.noisy, made.noisy)
        assert one.sigma == made.sigma
    assert len(published) == 1 + 4 + 6


def test_a_table_of_two_columns_has_a_number_of_persons_too() -> None:
    small = parse(RECIPE.format(head="").split('[[columns]]\nname = "debt"')[0])
    table, _ = prepare(small, frame())
    contents = steps.compose(small, steps.measure(small, table), seed=1, issued=DAY)
    assert abs(float(contents.measurements[0].estimate) - 800) < 60
    assert render(contents)


def test_a_person_with_several_contributors_stands_in_the_certificate() -> None:
    text = RECIPE.format(head="").replace("delta = 1e-6", "delta = 1e-6\ncontributors_per_person = 3")
    table, _ = prepare(parse(text), frame())
    contents = steps.compose(parse(text), steps.measure(parse(text), table), seed=1, issued=DAY)
    assert contents.certificate["promise"]["person"]["epsilon"] > 4
    assert contents.description.contributors_per_person == 3


def test_planning_spends_no_more_than_is_promised() -> None:
    planned = steps.plan(recipe())
    assert planned.privacy == recipe().privacy
    table, _ = prepare(recipe(), frame())
    assert steps.measure(recipe(), table).rho <= recipe().privacy.rho
