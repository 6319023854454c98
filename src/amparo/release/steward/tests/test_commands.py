"""`amparo release evaluate | attack` as the steward uses them: what they write, what they refuse, and what they never do."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from amparo.bundle import certificates
from amparo.bundle.contents import Contents, Measured, measurements_to_frame
from amparo.bundle.files import CHECKSUMS, seal
from amparo.bundle.reading import read
from amparo.bundle.writing import parquet_bytes, render, store
from amparo.cli import main
from amparo.release import steps
from amparo.release.recipe import load
from amparo.release.steward import page as pages
from amparo.release.steward.tests.making import attack, evaluate, files, release, steward_folder
from amparo.release.table import prepare
from amparo.release.tests.test_steps import DAY, frame
from amparo.standard.reasons import LANGUAGES, sentences


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return steward_folder(tmp_path_factory.mktemp("steward"))


def held(path: Path) -> dict[str, object]:
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_and_every_picture_says_that_it_may_not_be_published(made: Path, language: str) -> None:
    mark = sentences(pages.ROOM, language)["mark_not_publishable"]
    assert evaluate(made, "--language", language, "--quiet", out=f"e-{language}") == 0
    assert attack(made, "--language", language, "--quiet", out=f"a-{language}") in (0, 1)
    for folder in (made / f"e-{language}", made / f"a-{language}"):
        assert {path.suffix for path in folder.iterdir()} == {".html", ".json"}
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            assert mark in text
            if path.suffix == ".json":
                assert held(path)["publishable"] is False
                continue
            drawn = re.findall(r"<svg .*?</svg>", text, flags=re.DOTALL)
            assert drawn
            assert all(mark in one for one in drawn)
            assert f'class="running" aria-hidden="true">{mark}' in text
            assert "<script" not in text
            assert "http" not in re.sub(r'xmlns="[^"]*"|http-equiv', "", text)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_publishable_report_reads_the_bundle_alone(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bomb(*_: object, **__: object) -> None:
        raise AssertionError("a table of persons was read")

    monkeypatch.setattr("amparo.release.steward.command.prepare_whole", bomb)
    monkeypatch.setattr("amparo.standard.reading.read_table", bomb)
    out = made / "noise"
    assert main(["release", "evaluate", "--publishable", str(made / "out"), "--out", str(out), "--quiet"]) == 0
    assert held(out / "noise.json")["publishable"] is True
    text = (out / "noise.en.html").read_text(encoding="utf-8")
    assert "May be published" in text
    assert "Not to be published" not in text


def test_the_publishable_report_is_the_same_whatever_the_truth_was(made: Path) -> None:
    """Two runs give equal bytes: nothing but the bundle enters."""
    for name in ("n1", "n2"):
        assert main(["release", "evaluate", "--publishable", str(made / "out"), "--out", str(made / name), "--quiet"]) == 0
    assert all((made / "n1" / one).read_bytes() == (made / "n2" / one).read_bytes() for one in ("noise.json", "noise.en.html"))


def test_the_publishable_report_takes_no_table(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(made, "--publishable", out="p") == 2
    assert "folder of the release alone" in capsys.readouterr().err
    assert not (made / "p").exists()


def test_two_releases_are_compared_and_the_better_is_marked(made: Path) -> None:
    weak = (made / "recipe.toml").read_text().replace("epsilon = 4.0", "epsilon = 0.05")
    (made / "weak.toml").write_text(weak)
    release(made, "weak", recipe="weak.toml")
    assert evaluate(made, "--against", str(made / "weak"), "--quiet", out="compared") == 0
    found = held(made / "compared" / "evaluation.json")
    assert found["headlines"]["tvd2"] < found["against"]["headlines"]["tvd2"]  # type: ignore[index]
    text = (made / "compared" / "evaluation.en.html").read_text(encoding="utf-8")
    line = next(row for row in re.findall(r"<tr>.*?</tr>", text) if "The same, two columns together" in row)
    assert line.index("✓") < line.rindex("<td")


def test_numbers_beside_the_truth_are_the_truth(made: Path) -> None:
    assert evaluate(made, "--quiet", out="truth") == 0
    found = held(made / "truth" / "evaluation.json")
    by_key = {panel["key"]: panel for panel in found["pictures"]}  # type: ignore[attr-defined]
    table = frame()
    sexes = {line["label"]["en"]: line["true"] for line in by_key["sex"]["numbers"]}
    assert sexes == {"F": (table["sex"] == "F").sum(), "M": (table["sex"] == "M").sum(), "Not recorded": (table["sex"] == "").sum()}
    percent = {line["label"]["en"]: line["true_percent"] for line in by_key["sex"]["numbers"] if line["percent"] is not None}
    assert percent["F"] == pytest.approx(100 * sexes["F"] / (sexes["F"] + sexes["M"]))
    assert by_key["sex"]["numbers"][0]["is_covered"] in (True, False)


def test_parts_that_are_asked_for_are_looked_into(made: Path) -> None:
    assert evaluate(made, "--within", "age=child", "--within", "year=2020,2021", "--quiet", out="parts") == 0
    parts = held(made / "parts" / "evaluation.json")["parts"]
    assert [part["part"] for part in parts] == [{"age": ["child"]}, {"year": ["2020", "2021"]}]  # type: ignore[attr-defined]
    assert parts[0]["true"] == (frame()["age"] == "child").sum()  # type: ignore[index]


@pytest.mark.parametrize(
    ("part", "words"), [("age", "is not a part"), ("nobody=1", "no column nobody"), ("age=ghost", "no value ghost")]
)
def test_a_part_that_is_none_is_refused(made: Path, capsys: pytest.CaptureFixture[str], part: str, words: str) -> None:
    assert evaluate(made, "--within", part, out="nothing") == 2
    assert words in capsys.readouterr().err
    assert not (made / "nothing").exists()


@pytest.mark.parametrize("out", ["out/report", "out", "out/pictures/deep/report"])
@pytest.mark.parametrize("command", [evaluate, attack])
def test_nothing_is_written_into_a_release(made: Path, capsys: pytest.CaptureFixture[str], command: object, out: str) -> None:
    before = sorted(path.name for path in (made / "out").rglob("*"))
    assert command(made, out=out) == 2  # type: ignore[operator]
    assert "folder of a release" in capsys.readouterr().err
    assert sorted(path.name for path in (made / "out").rglob("*")) == before


def test_a_folder_with_something_in_it_is_refused(made: Path) -> None:
    (made / "mine").mkdir()
    (made / "mine" / "letter").write_text("x")
    assert evaluate(made, out="mine") == 2
    assert [path.name for path in (made / "mine").iterdir()] == ["letter"]


@pytest.mark.parametrize("command", [evaluate, attack])
def test_a_bundle_that_was_tampered_with_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: object) -> None:
    steward_folder(tmp_path)
    with (tmp_path / "out" / "data.csv").open("ab") as file:
        file.write(b"2020,F,1,adult\n")
    assert command(tmp_path) == 2  # type: ignore[operator]
    said = capsys.readouterr().err
    assert "not a whole, unchanged release" in said
    assert "data.csv" in said
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("spoil", [lambda ms: ms[1:], lambda ms: (*ms[:3], replace(ms[3], sigma=0.0), *ms[4:])])
def test_a_forged_bundle_without_its_counts_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[tuple[Measured, ...]], tuple[Measured, ...]]
) -> None:
    """Sealed again after the counts were taken out or their noise was said to be nothing."""
    steward_folder(tmp_path)
    bundle = read(tmp_path / "out")
    content = {p.relative_to(bundle.path).as_posix(): p.read_bytes() for p in bundle.path.rglob("*") if p.is_file()}
    counts = measurements_to_frame(Contents(bundle.description, bundle.codes, bundle.certificate, spoil(bundle.measurements())))
    content["measurements.parquet"] = parquet_bytes(counts.with_columns(marginal=pl.col("marginal").rle_id()))
    del content[CHECKSUMS]
    store(tmp_path / "forged", seal(content, None))
    arguments = ["release", "evaluate", "--publishable", str(tmp_path / "forged"), "--out", str(tmp_path / "report")]
    assert main(arguments) == 2
    assert "measurements.parquet does not hold the measurements" in capsys.readouterr().err


@pytest.mark.parametrize("command", [evaluate, attack])
def test_a_table_of_another_release_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: object) -> None:
    steward_folder(tmp_path)
    frame(1600, seed=5).write_csv(tmp_path / "table.csv")
    assert command(tmp_path) == 2  # type: ignore[operator]
    assert "not made from this table" in capsys.readouterr().err


@pytest.mark.parametrize("command", [evaluate, attack])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('domain = ["F", "M"]', 'domain = ["F", "M", "X"]', "other columns or values"),
        ("epsilon = 4.0", "epsilon = 3.0", "another epsilon"),
    ],
)
def test_another_recipe_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: object, old: str, new: str, words: str
) -> None:
    steward_folder(tmp_path)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(recipe.read_text().replace(old, new))
    assert command(tmp_path) == 2  # type: ignore[operator]
    assert words in capsys.readouterr().err


def test_a_table_without_a_column_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steward_folder(tmp_path)
    frame().drop("sex").write_csv(tmp_path / "table.csv")
    assert evaluate(tmp_path) == 2
    assert "sex" in capsys.readouterr().err


def test_an_empty_hold_out_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steward_folder(tmp_path)
    frame(0).write_csv(tmp_path / "holdout.csv")
    assert attack(tmp_path) == 2
    assert "The hold-out has no rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["evaluate"], "three things"), (["attack", "--holdout", "h"], "three things")],
)
def test_too_few_files_are_refused(made: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    name, *more = arguments
    assert main(["release", name, *files(made)[:2], *more, "--out", str(made / "few")]) == 2
    assert words in capsys.readouterr().err


def test_a_difference_needs_both_releases_and_who_joined(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert attack(made, "--earlier", str(made / "out"), out="half") == 2
    assert "--joined" in capsys.readouterr().err
    assert attack(made, "--seed", "-1", out="half") == 2
    assert "zero or larger" in capsys.readouterr().err


def test_two_releases_of_one_pool_are_subtracted(tmp_path: Path) -> None:
    steward_folder(tmp_path)
    frame()[:-60].write_csv(tmp_path / "before.csv")
    frame()[-60:].write_csv(tmp_path / "joined.csv")
    release(tmp_path, "earlier", table="before.csv")
    more = ["--earlier", str(tmp_path / "earlier"), "--joined", str(tmp_path / "joined.csv"), "--quiet"]
    assert attack(tmp_path, *more) in (0, 1)
    found = held(tmp_path / "report" / "attacks.json")["difference"]
    assert isinstance(found, dict)
    assert found["group"] == 60
    assert found["is_kept"] is True
    assert found["log_ratio"] > 0, "sixty persons of eight hundred are far more than the noise of epsilon 4"
    assert 0 < found["expected_advantage"] < found["promised_advantage"] < 1


def forged(folder: Path) -> None:
    """Put a bundle in the place of `out` whose rows are the sensitive table's own, sealed as if nothing had happened."""
    recipe = load(folder / "recipe.toml")
    table, _ = prepare(recipe, folder / "table.csv")
    contents = steps.compose(recipe, steps.measure(recipe, table), seed=1, issued=DAY)
    about = replace(contents.description, rows=table.rows)
    certified = {**contents.certificate, certificates.BLOCK: certificates.about(about)}
    rendered = render(replace(contents, description=about, codes=table.columns, certificate=certified))
    store(folder / "copy", seal({name: content for name, content in rendered.items() if name != CHECKSUMS}, None))


def test_a_release_that_copies_its_table_ends_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steward_folder(tmp_path)
    source = frame(800, seed=4)
    numbered = source.with_columns(year=pl.Series([("2020", "2021", "2022", "")[(i * 7) % 4] for i in range(800)]))
    wide = (tmp_path / "recipe.toml").read_text()
    for k in range(6):
        values = [str((i * (k + 3) * 31 + i // (k + 2)) % 23) for i in range(1100)]
        wide += f'[[columns]]\nname = "k{k}"\ndomain = {json.dumps([str(v) for v in range(23)])}\n'
        numbered = numbered.with_columns(pl.Series(f"k{k}", values[:800]))
    (tmp_path / "recipe.toml").write_text(wide)
    numbered[:500].write_csv(tmp_path / "table.csv")
    numbered[500:].write_csv(tmp_path / "holdout.csv")
    forged(tmp_path)
    arguments = [str(tmp_path / name) for name in ("recipe.toml", "table.csv", "copy")]
    code = main(["release", "attack", *arguments, "--holdout", str(tmp_path / "holdout.csv"), "--out", str(tmp_path / "found")])
    assert code == 1
    assert "found a risk" in capsys.readouterr().out
    found = held(tmp_path / "found" / "attacks.json")
    assert found["is_risk_found"] is True
    assert "A risk was found" in (tmp_path / "found" / "attacks.en.html").read_text(encoding="utf-8")


def test_the_same_seed_attacks_the_same_persons(made: Path) -> None:
    for out in ("s1", "s2"):
        attack(made, "--seed", "3", "--quiet", out=out)
    assert (made / "s1" / "attacks.json").read_bytes() == (made / "s2" / "attacks.json").read_bytes()


def test_quiet_says_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(made, "--quiet", out="q1")
    attack(made, "--quiet", out="q2")
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_every_step_that_tells_its_progress_has_words(made: Path) -> None:
    from amparo.release.steward import attacking, evaluating, inputs

    told: set[str] = set()
    recipe = load(made / "recipe.toml")
    table, holdout = (prepare(recipe, made / name)[0] for name in ("table.csv", "holdout.csv"))
    bundle = inputs.open_bundle(made / "out")
    evaluating.evaluate(bundle, table, evaluating.choose_parts([], table), progress=lambda step, share: told.add(step))
    attacking.attack(bundle, table, holdout, seed=1, earlier=bundle, joined=holdout, progress=lambda step, share: told.add(step))
    assert len(told) == 10
    for language in LANGUAGES:
        assert {f"progress_{step}" for step in told} <= set(sentences(pages.ROOM, language))


def test_the_example_of_the_manual_runs(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[5] / "docs" / "how-to" / "evaluate.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    monkeypatch.chdir(made)
    names: dict[str, object] = {}
    exec(compile(example, "evaluate.md", "exec"), names)
    assert names["several"].main.guesses >= 0  # type: ignore[attr-defined]
    assert names["found"].persons == 800  # type: ignore[attr-defined]
