"""The bill of materials is whole and valid: every pinned part with its checksum and licence, and nothing that is not pinned."""

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import bill
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return JsonV1Dot6(bill.bill()).output_as_string()


def test_other_programs_can_read_it(written):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_every_part_has_version_checksum_and_licence(written):
    parts = json.loads(written)["components"]
    assert len(parts) > 30
    for one in parts:
        assert one["version"] == importlib.metadata.version(one["name"]), one["name"]
        assert one["hashes"], one["name"]
        assert one["licenses"], one["name"]


def test_whatever_the_program_imports_is_on_it(written):
    """Each distribution that provides a module imported from `src` stands on the bill."""
    import ast

    named = {one["name"] for one in json.loads(written)["components"]}
    provided, used = importlib.metadata.packages_distributions(), set()
    for file in (ROOT / "src").rglob("*.py"):
        if "tests" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            used |= {module.partition(".")[0] for module in modules}
    used -= {*sys.stdlib_module_names, "amparo"}
    missing = {module for module in used if not {name.lower().replace("_", "-") for name in provided.get(module, ())} & named}
    assert len(used) > 10
    assert not missing
