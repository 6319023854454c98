"""Bad input ends in a clear refusal or in a correct, honestly useless release; never in a crash, never in a weaker promise."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.bundle.reading import read
from amparo.bundle.verification import verify
from amparo.cli import main
from amparo.disclosure.domain import MAX_LEVELS
from amparo.disclosure.memory import memory_needed
from amparo.disclosure.plan import MAX_ROWS
from amparo.release import steps
from amparo.release.recipe import Recipe, parse
from amparo.release.table import prepare
from amparo.release.tests.test_steps import DAY
from amparo.standard.reasons import LANGUAGES, Refused, sentences

COLUMNS = {"a": ("x", "y"), "b": ("1", "2", "3"), "c": ("p",)}


def recipe_text(columns: dict[str, Any] = COLUMNS, *, epsilon: str = "2.0", delta: str = "1e-6", head: str = "") -> str:
    listed = "".join(
        f'[[columns]]\nname = "{name}"\ndomain = [{", ".join(f"{v!r}" for v in values)}]\n' for name, values in columns.items()
    )
    return f'title = "T"\nschema = "inline"\n{head}\n[privacy]\nepsilon = {epsilon}\ndelta = {delta}\n{listed}'


def make(folder: Path, recipe: str, table: str) -> int:
    (folder / "recipe.toml").write_text(recipe)
    (folder / "table.csv").write_text(table)
    return main(["release", "make", str(folder / "recipe.toml"), str(folder / "table.csv"), "--out", str(folder / "out")])


def require_words(refused: Refused) -> None:
    """A refusal has its sentence in every language."""
    assert all(refused.say(language).strip() for language in LANGUAGES)


def released(folder: Path, recipe: str, table: str) -> int:
    """Make a release, check it, and return how many rows it has."""
    assert make(folder, recipe, table) == 0
    assert verify(folder / "out").ok
    return read(folder / "out").frame().height


@pytest.mark.parametrize(
    "rows",
    [[], ["x,1,p"], ["x,1,p"] * 3, [",,"] * 400, ["x,,"] * 400, ["z,9,q"] * 400, ["x,1,p"] * 400],
    ids=["no row", "one row", "three rows", "all blank", "one value", "outside the domain", "all equal"],
)
def test_a_table_of_nearly_nothing_is_released_like_any_other(tmp_path: Path, rows: list[str]) -> None:
    """Also an empty one: if it were refused, a release being there would tell that somebody is in it."""
    made = released(tmp_path, recipe_text(), "\n".join(["a,b,c", *rows]) + "\n")
    assert made < 500


def test_a_domain_with_one_value_or_one_column_is_released(tmp_path: Path) -> None:
    assert released(tmp_path, recipe_text({"c": ("p",)}), "c\n" + "p\n" * 200) < 300


@pytest.mark.parametrize(
    "epsilon", ["1e-9", "9.9e-4", "100.1", "1e6", "1e999", "nan", "inf", "0", "-0.0", "-1", "true", '"4"', "[1]"]
)
def test_an_epsilon_that_promises_nothing_sensible_is_refused(tmp_path: Path, epsilon: str) -> None:
    assert make(tmp_path, recipe_text(epsilon=epsilon), "a,b,c\nx,1,p\n") == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("delta", ["0", "-1e-6", "9e-16", "1e-300", "0.011", "1", "1.0", "nan", "inf", "false", '"1e-6"'])
def test_a_delta_that_promises_nothing_sensible_is_refused(tmp_path: Path, delta: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(tmp_path, recipe_text(delta=delta), "a,b,c\nx,1,p\n") == 2
    said = capsys.readouterr().err
    assert "elta" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("epsilon", "delta"), [("0.001", "1e-15"), ("0.001", "0.01"), ("100", "1e-15"), ("100", "0.01")])
@pytest.mark.parametrize("contributors", [1, 100])
def test_at_the_edges_of_the_promise_the_promise_holds(epsilon: str, delta: str, contributors: int) -> None:
    recipe = parse(
        recipe_text(epsilon=epsilon, delta=delta).replace(
            "[[columns]]", f"contributors_per_person = {contributors}\n[[columns]]", 1
        )
    )
    table, _ = prepare(recipe, pl.DataFrame({"a": ["x", None] * 20, "b": ["1", "2"] * 20, "c": ["p"] * 40}))
    measured = steps.measure(recipe, table)
    assert 0 < measured.rho <= recipe.privacy.rho
    assert steps.compose(recipe, measured, seed=1, issued=DAY).certificate["promise"]["epsilon"] == float(epsilon)


@pytest.mark.parametrize("rows", ["1", "50000"])
def test_a_public_number_of_rows_far_from_the_truth_is_kept_and_the_margins_say_what_it_is_worth(tmp_path: Path, rows: str) -> None:
    table = "a,b,c\n" + "x,1,p\n" * (3 if rows == "50000" else 3_000)
    assert released(tmp_path, recipe_text(head=f"rows = {rows}"), table) == int(rows)


@pytest.mark.parametrize("rows", ["0", "-5", "2.5", "nan", "true", str(MAX_ROWS + 1), "9" * 30])
def test_a_senseless_public_number_of_rows_is_refused_before_the_table_is_read(tmp_path: Path, rows: str) -> None:
    (tmp_path / "recipe.toml").write_text(recipe_text(head=f"rows = {rows}"))
    arguments = ["release", "make", str(tmp_path / "recipe.toml"), str(tmp_path / "absent.csv"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    with pytest.raises(Refused) as refused:
        steps.plan(parse(recipe_text(head=f"rows = {rows}")))
    assert {reason.code for reason in refused.value.reasons} <= {"rows_invalid", "rows_not_positive", "not_whole"}


def test_a_domain_too_wide_for_memory_is_refused_with_the_memory_it_would_need() -> None:
    wide = {f"c{i}": tuple(str(k) for k in range(20)) for i in range(200)}
    with pytest.raises(Refused) as refused:
        parse(recipe_text(wide))
    (reason,) = refused.value.reasons
    assert reason.code == "domain_too_large"
    assert reason.values["levels"] == 200 * 21
    assert int(str(reason.values["needed"])) * 2**20 >= memory_needed(200 * 21, 0, 200)
    assert all(str(reason.values["needed"]) in refused.value.say(language) for language in LANGUAGES)


def test_two_hundred_columns_are_planned_and_every_step_stays_under_the_promise() -> None:
    planned = steps.plan(parse(recipe_text({f"c{i}": ("x", "y", "z") for i in range(200)})))
    assert len(planned.pairs) == 200 * 199 // 2
    for choice in (None, *planned.row_histograms):
        assert sum(Fraction(step.rho) for step in planned.steps_if(choice)) <= Fraction(planned.privacy.rho)


def test_keys_are_one_when_they_are_equal_letter_by_letter_and_near_ones_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ["A1", " A1", "A1\t", "a1", "A 1", "", "  ", "B", "b\u00a0"]
    frame = pl.DataFrame({"k": keys, "a": ["x"] * 9, "b": ["1"] * 9, "c": ["p"] * 9})
    text = recipe_text(head='person = "k"')
    table, report = prepare(parse(text), frame)
    assert table.rows == report.persons == 7, "A1, a1, A 1, B, b, and two without a key"
    assert (report.without_person, report.similar_keys) == (2, 3)
    frame.write_csv(tmp_path / "t.csv")
    make(tmp_path, text, (tmp_path / "t.csv").read_text())
    assert "differ from another key only in capitals" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_says_what_each_step_spends_and_no_figure_is_too_small(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """Every printed figure is at least the true one, and every branch of the gate adds up to no more than the promise."""
    (tmp_path / "r.toml").write_text(recipe_text({"a": ("x", "y"), "b": ("1", "2", "3"), "c": ("p", "q")}))
    planned = steps.plan(parse((tmp_path / "r.toml").read_text()))
    assert main(["release", "plan", str(tmp_path / "r.toml"), "--rows", "100000", "--language", language]) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if line.startswith("  ")]
    printed = [Fraction(re.search(r"rho ([\d.e-]+)", line).group(1)) for line in lines]  # type: ignore[union-attr]
    for choice in (None, *planned.row_histograms):
        *spent, total = printed[: len(planned.steps_if(choice)) + 1]
        printed = printed[len(spent) + 1 :]
        exact = [Fraction(step.rho) for step in planned.steps_if(choice)]
        assert all(shown >= true > shown * Fraction(99, 100) for shown, true in zip(spent, exact, strict=True))
        assert total >= sum(exact)
        assert sum(exact) <= Fraction(planned.privacy.rho) <= total * Fraction(1001, 1000)
    assert not printed
    facts = planned.domain.levels, sum(planned.domain.sizes[i] * planned.domain.sizes[j] for i, j in planned.pairs), 3
    assert f" {-(-memory_needed(*facts, 100_000) // 2**20)} M" in said


def test_more_of_anything_never_needs_less_memory() -> None:
    small = memory_needed(100, 1_000, 5, 10)
    for more in ((101, 1_000, 5, 10), (100, 1_001, 5, 10), (100, 1_000, 5, 11)):
        assert memory_needed(*more) >= small
    assert memory_needed(MAX_LEVELS, 2**22, 200, 0) < 2 * 2**30, "the widest domain allowed fits a laptop"


def test_a_senseless_number_of_rows_is_refused_by_the_plan(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(recipe_text())
    assert main(["release", "plan", str(tmp_path / "r.toml"), "--rows", "-1"]) == 2


TOML_VALUES = st.sampled_from(
    [
        *("nan", "-inf", "1e400", "-1", "0", "9" * 40, "1.5", "true", '""', '"x"', '"\\u0000"', "[]", "[[]]", "{}", '["a", 1]'),
        *('["a", "a"]', '[""]', '{ en = "a" }', "1979-05-27", '["=1"]', "[1, 2]", '"' + "y" * 6000 + '"'),
    ]
)
KEYS = ("title", "schema", "rows", "person", "privacy", "columns", "licence", "name", "domain", "kind", "more")
PLACES = st.sampled_from((*KEYS, "epsilon", "delta", "contributors_per_person"))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(PLACES, TOML_VALUES), min_size=1, max_size=3))
def test_whatever_stands_in_a_recipe_is_planned_or_refused_in_words(changes: list[tuple[str, str]]) -> None:
    text = recipe_text(head='person = "k"\nrows = 30\nlicence = "CC0-1.0"')
    for place, value in changes:
        put, found = f"{place} = {value}\n", re.search(rf"^{place} = .*\n", text, re.M)
        text = text.replace(found.group(0), put, 1) if found else put + text
    try:
        planned = steps.plan(parse(text))
    except Refused as refused:
        require_words(refused)
        return
    assert sum(step.rho for step in planned.steps) <= planned.privacy.rho


RECIPE: Recipe = parse(recipe_text(head='person = "k"'))
CELLS = st.text(alphabet='xy12p,;"\n\r\t =\x00é\ufeff', max_size=6)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=6)))
def test_whatever_stands_in_a_file_is_counted_or_refused_in_words(tmp_path: Path, content: bytes | list[list[str]]) -> None:
    body = content if isinstance(content, bytes) else "\n".join(",".join(row) for row in content).encode()
    path = tmp_path / "t.csv"
    path.write_bytes(b"k,a,b,c\n" + body)
    try:
        table, report = prepare(RECIPE, path)
    except Refused as refused:
        require_words(refused)
        return
    assert table.rows == report.persons <= report.rows
    assert steps.measure(RECIPE, table).rho <= RECIPE.privacy.rho


def test_the_words_of_the_plan_are_in_every_language() -> None:
    for language in LANGUAGES:
        assert {"plan_sum", "plan_otherwise", "plan_memory", "input_empty", "input_similar_keys"} <= set(
            sentences("release", language)
        )
