"""What the import contracts cannot see: views that reach into other apps' tables, and libraries that need Django after all."""

import ast
import subprocess
import sys

import pytest

from .house import DESK, LIBRARIES, PACKAGE, apps, heights, sources, tree_of


def test_every_app_has_a_place_on_the_map_and_says_what_it_is():
    assert set(apps()) <= set(heights())
    for app in apps():
        tree = tree_of(DESK / app / "__init__.py")
        assert ast.get_docstring(tree), f"{app}/__init__.py says nothing"
        assert len(tree.body) == 1, f"{app}/__init__.py is a docstring and nothing else"


def imported(path):
    """Return (module, name) for everything that a file of the desk imports."""
    package = list(path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1])
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {(module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return found


def view_files():
    return [path for path in sources(DESK) if path.name == "views.py" or "views" in path.relative_to(DESK).parts]


ALLOWED = {
    "access": "who is asking: `request.member`, its roles",
    "core": "Row and Draft know no person",
}
"""Apps whose models a view may name, with the reason."""


def used(path):
    """Return the names that a file uses while running: annotations only describe."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for described in ("annotation", "returns"):
            if hasattr(node, described):
                setattr(node, described, None)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_views_touch_no_other_apps_tables():
    assert view_files()
    wrong = []
    for path in view_files():
        app, names = path.relative_to(DESK).parts[0], used(path)
        for module, name in imported(path):
            parts = module.split(".")
            if parts[:2] != ["amparo", "desk"] or len(parts) < 3 or parts[2] in (app, *ALLOWED):
                continue
            if name in names and ("models" in parts or name == "models"):
                wrong.append(f"{path.relative_to(PACKAGE)}: {module}.{name}")
    assert not wrong, "views ask queries and actions, not other apps' tables:\n" + "\n".join(wrong)


def test_no_signals_and_no_generic_relations():
    for path in sources(DESK):
        text = path.read_text(encoding="utf-8")
        assert "django.dispatch" not in text, path
        assert "models.signals" not in text, path
        assert "GenericForeignKey" not in text, path


BLOCKED = """
import sys, importlib, pkgutil
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "allauth") or name.startswith(("amparo.desk", "amparo.portal")):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Wall())
room = importlib.import_module("amparo." + sys.argv[1])
for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    if ".tests" not in found.name and not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print("ok")
"""


@pytest.mark.parametrize("room", [room for room in LIBRARIES if (PACKAGE / room).exists()])
def test_a_library_stands_without_django(room):
    done = subprocess.run([sys.executable, "-c", BLOCKED, room], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "ok", done.stderr[-2000:]
