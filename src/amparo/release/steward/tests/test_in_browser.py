"""The steward's pages in a browser: accessible, nothing wider than the screen, nothing that their own policy blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amparo.release.recipe import load
from amparo.release.steward import attack_page, attacking, evaluating, evaluation_page, inputs, mechanism_page
from amparo.release.steward.tests.making import steward_folder
from amparo.release.table import prepare
from amparo.standard.reasons import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AUDITED = (("en", 1280), ("fr", 360))
"""Words do not change what a page is made of: one language is audited wide, another narrow; widths are checked in all."""


def write_pages(folder: Path) -> None:
    """Write every page in every language."""
    recipe = load(folder / "recipe.toml")
    table, holdout = (prepare(recipe, folder / name)[0] for name in ("table.csv", "holdout.csv"))
    bundle = inputs.open_bundle(folder / "out")
    evaluation = evaluating.evaluate(bundle, table, evaluating.choose_parts([], table))
    attacks = attacking.attack(bundle, table, holdout, seed=1, earlier=bundle, joined=holdout)
    noise = mechanism_page.noise(bundle)
    for language in LANGUAGES:
        pages = evaluation_page.render(evaluation, evaluation, language) | attack_page.render(attacks, language)
        for name, content in (pages | mechanism_page.render(noise, language)).items():
            (folder / name).write_bytes(content)


def test_pages_are_accessible_wide_and_narrow(tmp_path: Path, chromium: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    write_pages(steward_folder(tmp_path))
    for language in LANGUAGES:
        for name in ("evaluation", "attacks", "noise"):
            address = (tmp_path / f"{name}.{language}.html").as_uri()
            for width in (1280, 360):
                page = chromium.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
                page.goto(address)
                if (language, width) in AUDITED:
                    found = Axe().run(page)
                    assert found.violations_count == 0, found.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.close()
            strict = chromium.new_page()
            complaints: list[str] = []
            strict.on("console", lambda message, kept=complaints: kept.append(message.text))
            strict.goto(address)
            assert complaints == []
            strict.close()
