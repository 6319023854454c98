"""What a release can tell comes through the noise alone: no exact count, no look back, no seed from anywhere."""

from __future__ import annotations

import ast
import os
import random
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amparo import cli
from amparo.bundle.reading import read
from amparo.bundle.verification import verify
from amparo.bundle.writing import write
from amparo.disclosure import Measurements, Privacy, Table, measure, plan
from amparo.disclosure.tests.seeded import ScriptedNoise
from amparo.disclosure.tests.tables import with_row
from amparo.release import steps
from amparo.release.recipe import parse
from amparo.release.table import prepare
from amparo.release.tests.test_steps import DAY, RECIPE, frame
from amparo.standard.reasons import Refused

PACKAGE = Path(cli.__file__).parents[1]
PURE = ("disclosure", "release", "bundle", "cli")


def sources() -> list[Path]:
    return [path for room in PURE for path in sorted((PACKAGE / room).rglob("*.py")) if "tests" not in path.parts]


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("gate", [(800, 0, 0), (800, 799, 799)])
@pytest.mark.parametrize("row", ["first", "extreme"])
def test_with_the_same_answers_a_table_and_its_neighbour_are_the_same_release_byte_for_byte(
    tmp_path: Path, gate: tuple[int, int, int], row: str
) -> None:
    """Names, sizes, margins, seeds, shards: nothing after measuring knows the exact number of rows or the added one."""
    recipe = parse(RECIPE.format(head=""))
    table, _ = prepare(recipe, frame())
    added = (
        tuple(int(column[0]) for column in table.columns) if row == "first" or gate[1] else tuple(s - 1 for s in table.domain.sizes)
    )
    bytes_of = []
    for name, one in (("without", table), ("with", with_row(table, added))):
        measured = measure(one, steps.plan(recipe), noise=ScriptedNoise(3, gate))
        write(tmp_path / name, steps.compose(recipe, measured, seed=5, issued=DAY))
        bytes_of.append((measured.to_bytes(), content(tmp_path / name)))
    assert bytes_of[0] == bytes_of[1]
    assert "data.csv" in bytes_of[0][1]


class Bomb:
    """Whoever touches it looks back."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("the sensitive table was read after measuring")

    def __iter__(self) -> Any:
        raise AssertionError("the sensitive table was read after measuring")

    __len__ = __getitem__ = __array__ = __iter__


def test_after_measuring_the_table_may_be_a_bomb_and_its_file_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.format(head=""))
    frame().write_csv(tmp_path / "table.csv")
    real, kept = steps.measure, []

    def measured_then_gone(recipe: Any, table: Table, **more: Any) -> Measurements:
        made = real(recipe, table, **more)
        for column in table.columns:
            column[:] = 0
        object.__setattr__(table, "columns", Bomb())
        (tmp_path / "table.csv").unlink()
        kept.append(made)
        return made

    monkeypatch.setattr(steps, "measure", measured_then_gone)
    arguments = [
        "release",
        "make",
        str(tmp_path / "recipe.toml"),
        str(tmp_path / "table.csv"),
        "--out",
        str(tmp_path / "out"),
        "--quiet",
    ]
    assert cli.main(arguments) == 0
    assert verify(tmp_path / "out").ok
    bundle = read(tmp_path / "out")
    again = steps.compose(
        parse(RECIPE.format(head="")), kept[0], seed=bundle.certificate["generated"]["seed"], issued=bundle.description.issued
    )
    write(tmp_path / "again", again)
    assert content(tmp_path / "again") == content(tmp_path / "out"), "the stored measurements make the same release"


def test_no_global_seed_reaches_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every generator of the process is seeded, and the one draw that names the invented rows is fixed: noise differs."""
    recipe, drawn = parse(RECIPE.format(head="")), []
    table, _ = prepare(recipe, frame())
    monkeypatch.setattr(secrets, "randbits", lambda bits: 4)
    for name in ("AMPARO_SEED", "AMPARO_NOISE", "OPENDP_SEED", "RAYON_NUM_THREADS", "SOURCE_DATE_EPOCH"):
        monkeypatch.setenv(name, "1")
    for _ in range(2):
        random.seed(1)
        np.random.seed(1)
        drawn.append(np.concatenate([pair.reshape(-1) for pair in steps.measure(recipe, table).pairs]))
    assert (drawn[0] != drawn[1]).any(), "equal by chance less than once in 10^20"


@pytest.mark.parametrize("key", ["seed", "noise", "noise_seed", "random_state", "source"])
@pytest.mark.parametrize("inside", ["", "privacy"])
def test_no_key_of_a_recipe_reaches_the_noise(key: str, inside: str) -> None:
    text = RECIPE.format(head="" if inside else f"{key} = 1")
    with pytest.raises(Refused):
        parse(text.replace("[privacy]", f"[privacy]\n{key} = 1") if inside else text)


def test_no_option_and_no_variable_of_the_environment_reaches_the_noise() -> None:
    """The command has no option for it, and neither room reads the environment at all."""
    make = next(action for action in cli.parser()._actions if action.dest == "command").choices["release"]  # type: ignore[index,union-attr]
    options = make._subparsers._group_actions[0].choices["make"]._option_string_actions
    assert not [option for option in options if "seed" in option or "noise" in option]
    for path in sources():
        if "cli" in path.parts or "bundle" in path.parts:
            continue
        names = {node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
        assert not names & {"environ", "getenv"}, path


def test_nothing_that_makes_a_release_imports_a_test() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in found if "tests" in name.split(".") or name.endswith("seeded")], path


def test_a_process_that_made_a_release_holds_one_source_of_noise(tmp_path: Path) -> None:
    """By running it: no module of a test was loaded, and the only thing that can add noise is the operating system's."""
    (tmp_path / "recipe.toml").write_text(RECIPE.format(head=""))
    frame().write_csv(tmp_path / "table.csv")
    program = (
        "import sys\n"
        "from amparo.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "ours = [m for name, m in list(sys.modules.items()) if name.split('.')[0] == 'amparo']\n"
        "assert ours and not [m.__name__ for m in ours if 'tests' in m.__name__.split('.')]\n"
        "kinds = {o.__qualname__ for m in ours for o in vars(m).values() if isinstance(o, type) and hasattr(o, 'gaussian')}\n"
        "assert kinds == {'NoiseSource', 'SystemNoise'}, kinds\n"
        "sys.exit(code)"
    )
    arguments = ["release", "make", "recipe.toml", "table.csv", "--out", "out", "--quiet"]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0


def test_delta_and_thresholds_are_constants_of_the_recipe() -> None:
    """The same plan whatever table comes: it is made before the table is read."""
    recipe = parse(RECIPE.format(head=""))
    table, _ = prepare(recipe, frame())
    for one in (table, with_row(table, (0, 0, 0, 0)), Table(table.domain, tuple(column[:0] for column in table.columns))):
        assert measure(one, steps.plan(recipe), noise=ScriptedNoise(1, (5, 0, 0))).plan == plan(table.domain, Privacy(4.0, 1e-6))
