"""Axe finds nothing on any page type, light and dark, wide and at 360 px; nothing is wider than the screen; targets are large."""

import pytest

from amparo.standard.reasons import LANGUAGES

pytestmark = pytest.mark.browser
ONE = "/r/invented-2025-1/"
PAGES = {
    "home": "/",
    "releases": "/releases",
    "release": ONE,
    "explorer": f"{ONE}explore",
    "filtered": f"{ONE}explore?year_from=2020&gender=Woman&exploitation=isForcedLabour",
    "world": "/r/world-2023/explore",
    "methods": "/methods",
    "about": "/about",
    "missing": "/r/no-such/",
    "problem": f"{ONE}explore?gender=Wombat",
}
LOOKS = [(1280, "light"), (360, "light"), (1280, "dark"), (360, "dark")]
CASES = [
    pytest.param(path, width, scheme, LANGUAGES[(page + look) % 3], id=f"{name}-{width}-{scheme}")
    for page, (name, path) in enumerate(PAGES.items())
    for look, (width, scheme) in enumerate(LOOKS)
    if page % 2 == (look in (1, 2))
]
"""Each page wide in one of the two and at 360 px in the other; the pages take turns, for all are of one style sheet."""


@pytest.fixture
def open_page(chromium):
    """Return a function that opens an address and notes whatever the page asks for or complains about."""
    contexts = []

    def opened(address, width, scheme="light", **more):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", **more
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.asked = [], []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("path", "width", "scheme", "language"), CASES)
def test_axe_finds_nothing(portal, open_page, path, width, scheme, language):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(f"{portal.address}/{language}{path}", width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(url.startswith(portal.address) for url in page.asked)
    assert [one for one in page.complaints if "404" not in one and "400" not in one] == []
    assert page.context.cookies() == []


SMALL = """() => [...document.querySelectorAll('a[href], button, summary, select, label.box')].filter(one => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || one.closest('.vh, .skip, p, li.plain, dd, td, th, .plain')) return false;
  return box.height < 43.5 || box.width < 24;
}).map(one => one.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("path", [PAGES["home"], PAGES["explorer"], PAGES["filtered"], PAGES["release"], PAGES["releases"]])
def test_what_is_pressed_is_large_enough(portal, open_page, path):
    """Links inside running text are exempt (WCAG 2.2, 2.5.8)."""
    page = open_page(f"{portal.address}/fr{path}", 360)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(SMALL) == []


def test_the_form_filters_without_script(portal, open_page):
    page = open_page(f"{portal.address}/es{ONE}explore", 360, java_script_enabled=False)
    page.click("details.choose > summary")
    page.select_option("select[name=year_from]", "2021")
    page.check("input[name=gender][value=Man]")
    page.click("form button[type=submit]")
    assert page.url == f"{portal.address}/es{ONE}explore?year_from=2021&gender=Man"
    assert page.locator("a.chip").count() == 2
    page.locator("a.chip").nth(1).click()
    assert page.url == f"{portal.address}/es{ONE}explore?year_from=2021"
    page.click("#time details > summary")
    assert page.locator("#time table").is_visible()


def test_the_keyboard_reaches_content_first(portal, open_page):
    page = open_page(f"{portal.address}/en/", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_one_drawing_of_each_picture_is_seen(portal, open_page):
    for width, seen, hidden in ((1280, "wide", "narrow"), (360, "narrow", "wide")):
        page = open_page(f"{portal.address}/en{ONE}explore", width)
        assert page.locator(f"#time .picture-{seen}").is_visible()
        assert not page.locator(f"#time .picture-{hidden}").is_visible()


def test_a_page_prints_its_pictures_on_white(portal, open_page):
    page = open_page(f"{portal.address}/en{ONE}explore", 1280, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator(".tongues").is_visible()
    assert page.locator("#time .picture-wide").is_visible()


LONGER = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('svg, code, option')) texts.push(walker.currentNode);
  for (const one of texts) one.data = one.data.replace(/[a-zà-ÿ]{3,}/gi, word => word + 'ñë'.repeat(Math.ceil(word.length / 5)));
}"""


@pytest.mark.parametrize("path", [PAGES["home"], PAGES["filtered"], PAGES["release"], PAGES["methods"]])
@pytest.mark.parametrize("width", [360, 1280])
def test_longer_words_and_the_other_reading_direction_fit(portal, open_page, path, width):
    """A language may need two fifths more room, or run from right to left."""
    page = open_page(f"{portal.address}/en{path}", width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(LONGER)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.brand').getBoundingClientRect().right > innerWidth / 2")
