"""`amparo release make | plan | verify` as a person uses it: without a database, without a site, without Django."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from amparo.bundle.files import CHECKSUMS, seal
from amparo.bundle.keys import Signer
from amparo.bundle.reading import read
from amparo.bundle.verification import verify
from amparo.bundle.writing import store
from amparo.cli import main
from amparo.release import command, steps
from amparo.release.recipe import parse
from amparo.release.table import prepare
from amparo.release.tests.test_steps import DAY, RECIPE, frame
from amparo.standard.reasons import LANGUAGES, sentences


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "recipe.toml").write_text(RECIPE.format(head=""))
    frame().write_csv(tmp_path / "secret-name.csv")
    return tmp_path


def make(folder: Path, *more: str) -> int:
    return main(
        ["release", "make", str(folder / "recipe.toml"), str(folder / "secret-name.csv"), "--out", str(folder / "out"), *more]
    )


def test_make_and_verify(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(files) == 0
    said = capsys.readouterr().out
    assert "800 rows" in said
    assert "No ledger" in said
    assert main(["release", "verify", str(files / "out")]) == 0
    assert "no signature" in capsys.readouterr().out
    bundle = read(files / "out")
    assert bundle.certificate["ledger"]["kept"] is False
    assert pl.read_csv(files / "out" / "data.csv", infer_schema=False).columns == ["year", "sex", "debt", "age"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_speak_three_languages(files: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    word = {"en": "Release of", "fr": "Publication de", "es": "Publicación de"}[language]
    assert make(files, "--language", language) == 0
    assert word in capsys.readouterr().out
    assert main(["release", "plan", str(files / "recipe.toml"), "--language", language]) == 0
    assert "epsilon 4" in capsys.readouterr().out.replace("épsilon", "epsilon")
    assert main(["release", "verify", str(files / "out"), "--language", language]) == 0


def test_quiet_says_nothing(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(files, "--quiet") == 0
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_the_name_of_the_table_stands_nowhere_in_the_release(files: Path) -> None:
    make(files, "--quiet")
    for path in (files / "out").rglob("*"):
        assert path.is_dir() or b"secret-name" not in path.read_bytes(), path.name


def test_two_releases_of_one_table_draw_noise_anew(files: Path) -> None:
    make(files, "--quiet")
    (files / "out").rename(files / "first")
    make(files, "--quiet")
    one, other = (read(files / name).by_columns[frozenset({"year", "age"})].noisy for name in ("first", "out"))
    assert (one != other).any()


def test_no_argument_seeds_the_noise(files: Path) -> None:
    with pytest.raises(SystemExit):
        make(files, "--seed", "1")


def test_verify_insists_on_the_key_it_is_given(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(files, "--quiet")
    signer, stranger = Signer.new(), Signer.new()
    content = {p.relative_to(files / "out").as_posix(): p.read_bytes() for p in (files / "out").rglob("*") if p.is_file()}
    del content[CHECKSUMS]
    store(files / "signed", seal(content, signer))
    for name, one in (("key.pem", signer), ("stranger.pem", stranger)):
        (files / name).write_bytes(one.public_pem())
    assert main(["release", "verify", str(files / "signed"), "--key", str(files / "key.pem")]) == 0
    assert signer.key_id in capsys.readouterr().out
    assert main(["release", "verify", str(files / "signed"), "--key", str(files / "stranger.pem")]) == 1
    assert main(["release", "verify", str(files / "out"), "--key", str(files / "key.pem")]) == 1
    assert main(["release", "verify", str(files / "out"), "--key", str(files / "nokey.pem")]) == 2


def test_verify_says_which_file_was_changed(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(files, "--quiet")
    with (files / "out" / "data.csv").open("ab") as file:
        file.write(b"2020,F,1,adult\n")
    assert main(["release", "verify", str(files / "out")]) == 1
    assert "data.csv" in capsys.readouterr().out


def test_a_bad_recipe_is_refused_before_the_table_is_read(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "recipe.toml").write_text(RECIPE.format(head="rowz = 5").replace("epsilon = 4.0", "epsilon = -1"))
    (files / "secret-name.csv").unlink()
    assert make(files) == 2
    said = capsys.readouterr().err
    assert "rowz" in said
    assert "psilon" in said
    assert not (files / "out").exists()


def test_a_missing_column_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame().drop("sex").write_csv(files / "secret-name.csv")
    assert make(files) == 2
    assert "sex" in capsys.readouterr().err
    assert not (files / "out").exists()


def test_an_occupied_folder_is_refused_before_the_work(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "out").mkdir()
    (files / "out" / "mine").write_text("x")
    assert make(files) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert [path.name for path in (files / "out").iterdir()] == ["mine"]


def test_a_release_needs_no_django(files: Path) -> None:
    """The whole command runs in a process where importing Django fails."""
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from amparo.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "assert not any(name.split('.')[0] in ('django', 'frictionless', 'rdflib') for name in sys.modules if name != 'django')\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "release", "make"]
    arguments = [str(files / "recipe.toml"), str(files / "secret-name.csv"), "--out", str(files / "out"), "--quiet"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    assert subprocess.run([*command, *arguments], env=environment, check=False).returncode == 0
    assert verify(files / "out").ok


def test_the_seven_column_recipe_takes_the_seven_column_form(files: Path) -> None:
    """A few invented rows under the exact header, spelled as those files spell."""
    header = "yearOfRegistration,gender,ageBroad,citizenship,isForcedLabour,isSexualExploit,CountryOfExploitation\n"
    rows = ["2016,Female,18--20,UA,0.0,1.0,\n", "2016,Male,,PH,1.0,0.0,ID\n", "2018,Female,9--17,0,,,-99\n"] * 120
    (files / "table.csv").write_text(header + "".join(rows))
    recipe = Path(__file__).parents[4] / "recipes" / "ctdc-kanon-7.toml"
    assert main(["release", "make", str(recipe), str(files / "table.csv"), "--out", str(files / "seven"), "--quiet"]) == 0
    bundle = read(files / "seven")
    assert bundle.description.schema == "ctdc-kanon-7"
    assert abs(bundle.description.rows - 360) < 60
    assert set(bundle.frame()["isForcedLabour"].drop_nulls()) == {"0.0", "1.0"}
    assert verify(files / "seven").ok


def test_every_step_that_tells_its_progress_has_words() -> None:
    told: set[str] = set()
    recipe = parse(RECIPE.format(head=""))
    table, _ = prepare(recipe, frame())
    measurements = steps.measure(recipe, table, progress=lambda step, share: told.add(step))
    steps.compose(recipe, measurements, seed=1, issued=DAY, progress=lambda step, share: told.add(step))
    assert told
    for language in LANGUAGES:
        assert {f"progress_{step}" for step in told} <= set(sentences("release", language))


class _Screen(io.StringIO):
    def __init__(self, *, is_live: bool) -> None:
        super().__init__()
        self.isatty = lambda: is_live  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("is_live", "said"),
    [
        (True, "\rReading the table … 0 %\rReading the table … 40 %\n\rCounting columns … 20 %\n"),
        (False, "Reading the table …\nCounting columns …\n"),
    ],
)
def test_progress_tells_a_terminal_the_share_and_a_file_the_step(monkeypatch: pytest.MonkeyPatch, is_live: bool, said: str) -> None:
    screen = _Screen(is_live=is_live)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(command, "PATIENCE_SECONDS", -1.0)
    tell = command.Progress("en")
    for step, share in (("read", 0.0), ("read", 0.4), ("read", 0.404), ("singles", 0.2)):
        tell(step, share)
    tell.close()
    assert screen.getvalue() == said
