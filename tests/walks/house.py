"""The map of the house, read from the import contracts, and the files that belong to it."""

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "amparo"
DESK = PACKAGE / "desk"
LIBRARIES = ("standard", "disclosure", "linkage", "pictures", "bundle", "release")


@cache
def project():
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def heights():
    """Return for each app of the desk how high it stands; strangers stand equally high."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("containers") == ["amparo.desk"])
    return {name.strip(" ()"): -place for place, layer in enumerate(layers) for name in layer.split("|")}


def may_know(app, other):
    """Say whether an app may name another: itself, or one that stands lower."""
    return app == other or heights()[other] < heights()[app]


def apps():
    """Return the apps of the desk that stand."""
    return sorted(path.parent.name for path in DESK.glob("*/__init__.py"))


def sources(folder=PACKAGE, *, tests=False):
    """Return the Python files of a folder; tests and migrations only when asked for."""
    left_out = set() if tests else {"tests", "migrations"}
    return sorted(path for path in folder.rglob("*.py") if not left_out & set(path.relative_to(PACKAGE).parts))


@cache
def tree_of(path):
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def kept_files():
    """Return every file that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
