"""The report in a browser: accessible, nothing wider than the screen, nothing that its own policy blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amparo.bundle.tests.making import contents
from amparo.bundle.writing import write
from amparo.standard.reasons import LANGUAGES

pytestmark = pytest.mark.browser


def test_reports_are_accessible_wide_and_narrow(tmp_path: Path, chromium: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    folder = write(tmp_path / "one", contents()).path
    for width in (1280, 360):
        for language in LANGUAGES:
            page = chromium.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
            page.goto((folder / f"report.{language}.html").as_uri())
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    strict = chromium.new_page()
    complaints: list[str] = []
    strict.on("console", lambda message: complaints.append(message.text))
    strict.goto((folder / "report.en.html").as_uri())
    assert strict.evaluate("getComputedStyle(document.querySelector('header')).borderTopWidth") == "6px"
    assert complaints == []
