"""Whatever somebody can set, run or read is written down: settings, commands, code lists, schemas."""

import argparse
import ast
import re

import pytest

from amparo import cli

from .house import DESK, PACKAGE, ROOT, sources, tree_of

DOCS = ROOT / "docs"
VARIABLE = re.compile(r"[\"'](AMPARO_[A-Z_]+|DATABASE_[A-Z_]*URL)[\"']")
KEY = re.compile(r"held(?:\[|\.get\()\"(\w+)\"")


def written():
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md")))


def test_every_environment_variable_is_in_the_settings_page_and_the_other_way_round():
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    read = {name for path in sources() for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert len(read) > 4
    assert read == set(re.findall(r"`(AMPARO_[A-Z_]+|DATABASE_[A-Z_]*URL)`", page))


def test_every_key_of_the_sites_file_is_in_the_settings_page():
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    read = set(KEY.findall((DESK / "config" / "site.py").read_text(encoding="utf-8")))
    assert {"name", "languages", "hosts"} <= read
    assert not {name for name in read if f"| `{name}` |" not in page}


def commands(parser, before=""):
    """Return (command, option) for everything the parser knows."""
    found = [(before.strip(), option) for action in parser._actions for option in action.option_strings if option.startswith("--")]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found += [(f"{before} {name}".strip(), ""), *commands(below, f"{before} {name}")]
    return found


def test_every_command_and_option_is_written_down():
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    parts = {part.splitlines()[0].strip("`# "): part for part in page.split("\n## ")}
    missing = []
    for command, option in commands(cli.parser()):
        if option in ("--help", "--version"):
            continue
        title = next((title for title in parts if title == f"amparo {command}" or title.startswith(f"amparo {command} ")), None)
        if command and title is None:
            missing.append(f"amparo {command}")
        elif option and title and f"`{option}" not in parts[title]:
            missing.append(f"amparo {command} {option}")
    assert not missing, sorted(set(missing))


@pytest.mark.parametrize("folder", ["codes", "schemas/tables"])
def test_every_code_list_and_schema_is_written_down(folder):
    files = sorted((PACKAGE / "standard" / folder).glob("*.*"))
    names = {path.stem for path in files if path.suffix in (".csv", ".toml", ".json")}
    text = written()
    assert not {name for name in names if f"`{name}`" not in text and f"{name}.csv" not in text}
    assert names


def test_links_between_pages_lead_somewhere():
    wrong = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCS.rglob("*.md")
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
        if "://" not in link and not link.startswith("mailto:") and not (path.parent / link).exists()
    ]
    assert not wrong, wrong


HOLDS = re.compile(r"`((?:tests|src)/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_a_page_names_exists():
    count = 0
    for path in DOCS.rglob("*.md"):
        for file, function in HOLDS.findall(path.read_text(encoding="utf-8")):
            count += 1
            assert (ROOT / file).exists(), f"{path.name} names {file}"
            if function:
                assert re.search(rf"(def|class) {function}\b", (ROOT / file).read_text(encoding="utf-8")), (
                    f"{path.name}: {file}::{function}"
                )
    assert count > 10


def test_every_decision_names_the_test_that_holds_it():
    for path in sorted((DOCS / "adr").glob("*.md")):
        held = re.search(r"\*\*Held by\*\*(.*)", path.read_text(encoding="utf-8"))
        assert held, f"{path.name} names nothing that holds it"
        named = re.findall(r"`([\w/.]+)(?:::\w+)?`", held[1])
        assert any((ROOT / name).exists() for name in named), f"{path.name}: {named}"


def answered(path):
    """Return every name that a module's functions put into an answer."""
    return {
        key.value
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def test_every_field_of_the_portals_answers_is_written_down():
    from amparo.pictures.values import RECORD_FIELDS

    page = (DOCS / "portal.md").read_text(encoding="utf-8")
    names = answered(PACKAGE / "portal" / "downloads.py") | set(RECORD_FIELDS)
    assert len(names) > 15
    assert not {name for name in names if f"`{name}`" not in page and f'"{name}"' not in page}


def test_every_file_of_a_bundle_is_written_down():
    page = (DOCS / "bundle.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"\"([\w-]+\.(?:json|jsonld|csv|parquet))\"", "".join(p.read_text() for p in sources(PACKAGE / "bundle")))
    )
    assert len(named) > 5
    assert not {name for name in named if f"`{name}`" not in page}
