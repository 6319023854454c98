"""The examples of the manual run as they stand."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCKS = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [DOCS / "how-to" / "release-in-python.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_one_after_the_other(page):
    blocks = BLOCKS.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) > 3
    known = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), known)  # our own page
