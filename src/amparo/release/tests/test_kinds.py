"""`amparo release make | plan | verify` for k-anonymous tables and aggregates, from the recipe to a verified folder."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.bundle.description import Kind
from amparo.bundle.keys import Signer
from amparo.bundle.verification import verify
from amparo.cli import main
from amparo.disclosure.ledger import Ledger, Spend
from amparo.release import aggregates, anonymous
from amparo.release.kinds import AggregatesRecipe, AnonymousRecipe, parse_any
from amparo.release.recipe import Recipe, parse
from amparo.release.table import prepare
from amparo.release.tests.test_recipe import VALUES, toml
from amparo.standard.reasons import LANGUAGES, Refused

COLUMNS = """
[[columns]]
name = "year"
kind = "year"
domain = ["2019", "2020", "2021", "2022"]
[[columns]]
name = "sex"
domain = ["F", "M"]
[[columns]]
name = "country"
kind = "country"
domain = ["AA", "BB", "CC", "DD"]
[[columns]]
name = "form"
domain = ["labour", "sexual"]
"""
ANONYMOUS = (
    """
kind = "k-anonymous"
title = "Invented"
schema = "inline"
[anonymity]
k = 7
l = 2
quasi_identifiers = ["year", "sex", "country"]
sensitive = ["form"]
[[anonymity.recoding]]
column = "country"
[anonymity.recoding.groups]
North = ["AA", "BB"]
"""
    + COLUMNS
)
AGGREGATES = (
    """
kind = "aggregates"
title = "Invented"
schema = "inline"
[privacy]
epsilon = 4.0
delta = 1e-6
[aggregates]
length = 3
least = 25
"""
    + COLUMNS
)
DAY = datetime.date(2026, 3, 4)


def frame(rows: int = 900, seed: int = 3) -> pl.DataFrame:
    source = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "year": source.choice(["2019", "2020", "2021", "2022", ""], rows),
            "sex": source.choice(["F", "M", ""], rows, p=[0.6, 0.38, 0.02]),
            "country": source.choice(["AA", "BB", "CC", "DD", ""], rows, p=[0.6, 0.2, 0.1, 0.05, 0.05]),
            "form": source.choice(["labour", "sexual", ""], rows),
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "anonymous.toml").write_text(ANONYMOUS)
    (tmp_path / "aggregates.toml").write_text(AGGREGATES)
    frame().write_csv(tmp_path / "table.csv")
    return tmp_path


@pytest.mark.parametrize("kind", ["anonymous", "aggregates"])
def test_a_release_is_made_and_verified_by_the_command(files: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = files / "out"
    assert main(["release", "make", str(files / f"{kind}.toml"), str(files / "table.csv"), "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert main(["release", "verify", str(out)]) == 0
    assert "table.csv" not in "".join(path.read_text() for path in out.glob("*.json"))


@pytest.mark.parametrize("kind", ["anonymous", "aggregates"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_reads_no_table(files: Path, kind: str, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "table.csv").unlink()
    assert main(["release", "plan", str(files / f"{kind}.toml"), "--language", language]) == 0
    said = capsys.readouterr().out
    assert "{" not in said
    assert ("k = 7" in said) if kind == "anonymous" else ("rho" in said)


def test_rows_alike_are_counted_in_what_was_published(files: Path) -> None:
    """From the CSV alone, with nothing of ours: seven alike, two forms in each class, and only values that may stand there."""
    out = files / "out"
    main(["release", "make", str(files / "anonymous.toml"), str(files / "table.csv"), "--out", str(out), "--quiet"])
    rows = pl.read_csv(out / "data.csv", infer_schema=False).fill_null("").rows()
    assert len(rows) == 900
    assert min(Counter(row[:3] for row in rows).values()) >= 7
    for key in {row[:3] for row in rows}:
        assert {row[3] for row in rows if row[:3] == key} >= {"labour", "sexual"}
    assert {row[2] for row in rows} <= {"", "AA", "BB", "CC", "DD", "North", "*"}
    assert {row[0] for row in rows} <= {"", "2019", "2020", "2021", "2022", "2019--2020", "2021--2022", "*"}
    assert Counter(row[3] for row in rows) == Counter(frame()["form"])


def test_a_suppressed_cell_is_another_value_than_a_blank_one(files: Path) -> None:
    recipe = parse_any(ANONYMOUS.replace("k = 7", "k = 20"))
    assert isinstance(recipe, AnonymousRecipe)
    table, _ = prepare(recipe, frame())
    bundle = anonymous.publish(recipe, anonymous.blur(recipe, table, seed=1), files / "bundle", issued=DAY)
    assert bundle.description.column("country").say_value("*", "fr") == "Supprimé"
    held = set(bundle.frame()["country"])
    assert {"*", None} <= held
    assert bundle.certificate["mechanisms"][0]["seed"] is None


def test_the_same_blurred_rows_give_the_same_bundle(files: Path) -> None:
    recipe = parse_any(ANONYMOUS)
    assert isinstance(recipe, AnonymousRecipe)
    table, _ = prepare(recipe, frame())
    signer = Signer.from_bytes(bytes(range(32)))
    made = anonymous.blur(recipe, table, seed=5)
    folders = [anonymous.publish(recipe, made, files / name, issued=DAY, signer=signer).path for name in ("a", "b")]
    assert (folders[0] / "checksums.json").read_bytes() == (folders[1] / "checksums.json").read_bytes()
    assert verify(folders[0], key=signer.public).ok


def test_aggregates_stand_in_a_ledger_like_every_release(files: Path) -> None:
    recipe = parse_any(AGGREGATES)
    assert isinstance(recipe, AggregatesRecipe)
    table, _ = prepare(recipe, frame())
    ledger = Ledger("pool", 10.0, 1e-5).spend(Spend.of("one", recipe.privacy))
    made = aggregates.measure(recipe, table)
    bundle = aggregates.publish(recipe, made, files / "bundle", issued=DAY, release_id="one-2026", ledger=ledger)
    assert bundle.description.kind is Kind.AGGREGATES
    assert bundle.description.id == "one-2026"
    assert bundle.certificate["ledger"]["kept"] is True
    assert made.rho <= recipe.privacy.rho
    assert verify(bundle.path).ok


def test_aggregates_are_composed_from_noisy_counts_alone(files: Path) -> None:
    """The sensitive table is poisoned once it was measured."""
    recipe = parse_any(AGGREGATES)
    assert isinstance(recipe, AggregatesRecipe)
    table, _ = prepare(recipe, frame())
    made = aggregates.measure(recipe, table)
    expected = aggregates.compose(recipe, made, issued=DAY)
    for column in table.columns:
        column.setflags(write=True)
        column[:] = 255
    again = aggregates.compose(recipe, made, issued=DAY)
    assert again.listed.equals(expected.listed)
    assert again.listed.height > 20
    assert again.certificate == expected.certificate


def test_measurements_of_another_recipe_are_not_taken(files: Path) -> None:
    one, other = parse_any(AGGREGATES), parse_any(AGGREGATES.replace("least = 25", "least = 26"))
    assert isinstance(one, AggregatesRecipe)
    assert isinstance(other, AggregatesRecipe)
    table, _ = prepare(one, frame())
    with pytest.raises(Refused):
        aggregates.compose(other, aggregates.measure(one, table), issued=DAY)


def test_without_a_kind_invented_rows_are_meant() -> None:
    text = AGGREGATES.replace('kind = "aggregates"\n', "").replace("[aggregates]\nlength = 3\nleast = 25\n", "")
    assert isinstance(parse_any(text), Recipe)
    assert isinstance(parse_any('kind = "synthetic"\n' + text), Recipe)


@pytest.mark.parametrize("text", [ANONYMOUS, AGGREGATES])
def test_the_desk_reads_recipes_of_invented_rows_only(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)
    assert "kind_not_here" in {reason.code for reason in refused.value.reasons}


@pytest.mark.parametrize(
    ("text", "before", "after", "code"),
    [
        (ANONYMOUS, 'kind = "k-anonymous"', 'kind = "l-anonymous"', "release_kind_unknown"),
        (ANONYMOUS, "k = 7", "k = 1", "k_invalid"),
        (ANONYMOUS, "k = 7\n", "", "key_missing"),
        (ANONYMOUS, "l = 2", "ell = 2", "unknown_key"),
        (ANONYMOUS, 'sensitive = ["form"]', "", "l_without_sensitive"),
        (ANONYMOUS, '"sex", "country"', '"country"', "role_missing"),
        (ANONYMOUS, 'column = "country"', 'column = "village"', "recoding_of_no_column"),
        (ANONYMOUS, 'North = ["AA", "BB"]', 'North = ["AA", "ZZ"]', "recoding_unknown_value"),
        (ANONYMOUS, 'North = ["AA", "BB"]', 'North = ["AA", 5]', "not_texts"),
        (ANONYMOUS, "North =", '"=North" =', "value_not_plain"),
        (ANONYMOUS, '[anonymity.recoding.groups]\nNorth = ["AA", "BB"]', "groups = 5", "not_groups"),
        (ANONYMOUS, '[anonymity.recoding.groups]\nNorth = ["AA", "BB"]', 'bands = ["2"]', "not_wholes"),
        (ANONYMOUS, '[anonymity.recoding.groups]\nNorth = ["AA", "BB"]', "bands = [2, 3]", "bands_do_not_nest"),
        (AGGREGATES, "length = 3", "length = 9", "length_invalid"),
        (AGGREGATES, "length = 3", "length = 3.5", "not_whole"),
        (AGGREGATES, "least = 25", "attributes_per_person = 0", "attributes_invalid"),
        (AGGREGATES, "[aggregates]\nlength = 3\nleast = 25", "", ""),
        (AGGREGATES, "epsilon = 4.0", "epsilon = -4.0", "epsilon_invalid"),
    ],
)
def test_a_recipe_is_a_recipe_or_a_sentence(text: str, before: str, after: str, code: str) -> None:
    assert before in text
    if not code:
        assert isinstance(parse_any(text.replace(before, after)), AggregatesRecipe)
        return
    with pytest.raises(Refused) as refused:
        parse_any(text.replace(before, after))
    found = {reason.code for reason in refused.value.reasons}
    assert any(one.startswith(code) for one in found), found
    assert all(reason.say(language) for reason in refused.value.reasons for language in LANGUAGES)


def test_a_table_too_small_is_refused_and_nothing_is_written(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame(5).write_csv(files / "table.csv")
    out = files / "out"
    assert main(["release", "make", str(files / "anonymous.toml"), str(files / "table.csv"), "--out", str(out)]) == 2
    assert "fewer than 7 rows" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("name", ["anonymous", "aggregates"])
def test_the_recipes_that_ship_are_recipes(name: str) -> None:
    path = Path(__file__).parents[4] / "recipes" / f"ctdc-kanon-7-{name}.toml"
    assert parse_any(path.read_text()).schema == "ctdc-kanon-7"


def test_the_examples_of_the_manual_run_and_say_what_they_say() -> None:
    page = (Path(__file__).parents[4] / "docs" / "explanation" / "other-kinds.md").read_text()
    first, second = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    said: dict[str, Any] = {}
    exec(first, said)
    assert said["check"](said["table"], ("age", "country"), ("form",)).k == 1
    assert (said["made"].findings.k, said["made"].findings.l) == (4, 2)
    exec(second, said)
    assert len(said["listed"].lengths) == 3
    assert said["paper"]["promise"]["epsilon"] == 4.0


def test_the_recipes_of_the_manual_are_recipes() -> None:
    page = (Path(__file__).parents[4] / "docs" / "recipes.md").read_text()
    head = 'title = "Invented"\nschema = "ctdc-kanon-7"\n'
    blocks = [block for block in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL) if block.startswith("kind")]
    assert [type(parse_any(head + block)) for block in blocks] == [AnonymousRecipe, AggregatesRecipe]


SECTIONS = st.sampled_from(["anonymity", "aggregates", "k", "l", "quasi_identifiers", "sensitive", "recoding", "length", "privacy"])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.sampled_from(list(Kind)), st.dictionaries(SECTIONS, VALUES, max_size=4), st.dictionaries(SECTIONS, VALUES, max_size=5))
def test_whatever_is_written_of_any_kind_is_a_recipe_or_a_sentence(
    kind: Kind, outside: dict[str, object], inside: dict[str, object]
) -> None:
    section = {Kind.K_ANONYMOUS: "anonymity", Kind.AGGREGATES: "aggregates", Kind.SYNTHETIC: "privacy"}[kind]
    facts = {"title": "x", "schema": "ctdc-kanon-7", **outside, section: inside, "kind": str(kind)}
    with contextlib.suppress(Refused):
        parse_any("\n".join(f"{key} = {toml(value)}" for key, value in facts.items()))
