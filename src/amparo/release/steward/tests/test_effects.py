"""Every number of every picture finds its truth: each kind of chart, gathered countries, groups and blanks."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from amparo.bundle.charts import panels
from amparo.bundle.reading import Bundle, read
from amparo.bundle.writing import write
from amparo.disclosure import Table
from amparo.release import steps
from amparo.release.recipe import parse
from amparo.release.steward.effects import count as counted
from amparo.release.steward.effects import effects
from amparo.release.table import prepare
from amparo.release.tests.test_steps import DAY

RECIPE = """
title = "t"
schema = "ctdc-kanon-7"
[privacy]
epsilon = 4.0
delta = 1e-6
"""
COUNTRIES = ("UA", "PH", "MD", "RU", "ID", "US", "GH", "HT", "KH")


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Table, pl.DataFrame]:
    rows = [
        {
            "yearOfRegistration": str(2014 + k % 4),
            "gender": ("Female", "Male", "")[k % 3],
            "ageBroad": ("18--20", "9--17", "")[k % 7 % 3],
            "citizenship": COUNTRIES[(k * k) % 9],
            "isForcedLabour": ("1.0", "0.0", "")[k % 5 % 3],
            "isSexualExploit": ("0.0", "1.0", "", "1.0")[k % 4],
            "CountryOfExploitation": ("", *COUNTRIES)[(k * 7) % 10],
        }
        for k in range(4_000)
    ]
    frame = pl.DataFrame(rows)
    recipe = parse(RECIPE)
    table, _ = prepare(recipe, frame)
    contents = steps.compose(recipe, steps.measure(recipe, table), seed=1, issued=DAY)
    bundle = write(tmp_path_factory.mktemp("effects") / "out", contents)
    return bundle, table, frame


def test_every_number_of_the_report_has_its_effect(seven: tuple[Bundle, Table, pl.DataFrame]) -> None:
    bundle, table, _ = seven
    found = effects(bundle, table)
    drawn = panels(bundle)
    assert [one.key for one in found] == [one.key for one in drawn]
    for mine, theirs in zip(found, drawn, strict=True):
        assert sorted(one.quantity.count for one in mine.effects) == sorted(f.quantity.count for f in theirs.chart.figures)
    assert {"time", "flows"} < {one.key for one in found}


def test_truths_of_one_picture_add_up_to_all_persons(seven: tuple[Bundle, Table, pl.DataFrame]) -> None:
    bundle, table, _ = seven
    by_key = {one.key: one.effects for one in effects(bundle, table)}
    flows = {one.label["en"]: one.true for one in by_key["flows"]}
    totals = {name for name in flows if name.startswith("Total · ")}
    assert sum(flows[name] for name in totals) == table.rows
    assert sum(true for name, true in flows.items() if "Total" not in name) == table.rows
    assert sum(one.true for one in by_key["gender"]) == table.rows


def test_truths_are_those_of_the_table(seven: tuple[Bundle, Table, pl.DataFrame]) -> None:
    bundle, table, frame = seven
    by_key = {one.key: {e.label["en"]: e for e in one.effects} for one in effects(bundle, table)}
    women = frame.filter(pl.col("gender") == "Female")
    assert by_key["gender"]["Female"].true == women.height
    answered = frame.filter(pl.col("gender") != "").height
    assert by_key["gender"]["Female"].true_percent == pytest.approx(100 * women.height / answered)
    assert by_key["time"]["2015 · Female"].true == women.filter(pl.col("yearOfRegistration") == "2015").height
    both = frame.filter((pl.col("citizenship") == "UA") & (pl.col("CountryOfExploitation") == ""))
    assert by_key["flows"]["Ukraine · Not recorded"].true == both.height


def test_a_count_is_what_filtering_gives(seven: tuple[Bundle, Table, pl.DataFrame]) -> None:
    _, table, frame = seven
    where = {"gender": frozenset({"Male", ""}), "citizenship": frozenset({"UA", "MD"})}
    wanted = frame.filter(pl.col("gender").is_in(["Male", ""]) & pl.col("citizenship").is_in(["UA", "MD"]))
    assert counted(table, where) == wanted.height
    assert counted(table, {}) == table.rows


def test_margins_are_asked_whether_they_hold(seven: tuple[Bundle, Table, pl.DataFrame]) -> None:
    bundle, table, _ = seven
    for panel in effects(bundle, table):
        for one in panel.effects:
            assert one.is_covered == (
                one.quantity.count - one.quantity.margin <= one.true <= one.quantity.count + one.quantity.margin
            )
            assert (one.is_share_covered is None) == (one.share is None or one.true_percent is None)


def test_the_bundle_on_disk_gives_the_same(seven: tuple[Bundle, Table, pl.DataFrame], tmp_path: Path) -> None:
    bundle, table, _ = seven
    assert effects(read(bundle.path), table) == effects(bundle, table)
