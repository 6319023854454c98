"""A small invented table with its recipe, release and hold-out on disk, as a steward has them."""

from __future__ import annotations

from pathlib import Path

from amparo.cli import main
from amparo.release.tests.test_steps import RECIPE, frame


def steward_folder(folder: Path, *, epsilon: str = "4.0") -> Path:
    """Write `recipe.toml`, `table.csv`, `holdout.csv` and the bundle `out`."""
    (folder / "recipe.toml").write_text(RECIPE.format(head="").replace("epsilon = 4.0", f"epsilon = {epsilon}"))
    frame().write_csv(folder / "table.csv")
    frame(300, seed=9).write_csv(folder / "holdout.csv")
    release(folder, "out")
    return folder


def release(folder: Path, name: str, table: str = "table.csv", recipe: str = "recipe.toml") -> Path:
    """Make another bundle."""
    assert main(["release", "make", str(folder / recipe), str(folder / table), "--out", str(folder / name), "--quiet"]) == 0
    return folder / name


def files(folder: Path) -> list[str]:
    """Return the three things that both commands take."""
    return [str(folder / name) for name in ("recipe.toml", "table.csv", "out")]


def evaluate(folder: Path, *more: str, out: str = "report") -> int:
    """Evaluate the bundle."""
    return main(["release", "evaluate", *files(folder), "--out", str(folder / out), *more])


def attack(folder: Path, *more: str, out: str = "report") -> int:
    """Attack the bundle."""
    return main(["release", "attack", *files(folder), "--holdout", str(folder / "holdout.csv"), "--out", str(folder / out), *more])
