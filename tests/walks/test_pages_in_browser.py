"""Every page of an office with one of each thing, in a real browser: a telephone, 200 % zoom, right to left, the keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from amparo.desk.core import keys

from ..attacks.whole_house import furnished  # noqa: F401 - the office
from .test_readings import a_case, her_supervisor, things  # noqa: F401 - one case with one of each thing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = ("en", "fr", "es")
"""Each page is read in one of them, and fits a telephone in every one; each room looks at its own in more."""
PARTS = 2
"""So many tests share the pages, so that no worker waits long for one."""
WAYS = {"200 % zoom": (640, "ltr"), "right to left": (1280, "rtl"), "right to left on a telephone": (360, "rtl")}
SPILLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
HIDDEN_FROM_KEYS = """[...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [onclick]')]
    .filter(one => !one.disabled && !one.closest('[aria-hidden=true]'))
    .filter(one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex !== 0)
    .map(one => one.outerHTML.slice(0, 160))"""
"""What can be clicked and not be reached, or reached out of turn."""


def pages(house, part):
    """Return (address, session) of every page of this part, each once, as the first to whom it opens."""
    found = {}
    for address, name in sorted({address: name for name, address, _given in house.addresses()}.items())[part::PARTS]:
        for _role, client in house.serving(name):
            answer = client.get(address)
            if answer.status_code == 200 and "html" in answer.get("Content-Type", ""):
                found[address] = client.cookies["amparo_session"].value
                break
    return list(found.items())


def walked(page, base, address, language):
    """Yield what is wrong with one page, on a telephone in every language, and in one of them in every way."""
    page.set_viewport_size({"width": 360, "height": 900})
    for one in sorted(LANGUAGES, key=language.__eq__):
        page.context.add_cookies([{"name": "amparo_language", "value": one, "url": base}])
        answer = page.goto(base + address)
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.lang") == one
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        if page.evaluate(SPILLS):
            yield f"spills over on a telephone in {one}"
    yield from (
        f"{one['id']} {[node['html'][:120] for node in one['nodes']][:3]}" for one in Axe().run(page).response["violations"]
    )
    yield from (f"the keyboard does not reach {one}" for one in page.evaluate(HIDDEN_FROM_KEYS))
    for name, (width, direction) in WAYS.items():
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(SPILLS):
            yield f"spills over with {name} in {language}"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_can_be_read_in_every_way(furnished, chromium, live_server, part):  # noqa: F811
    keys.unlock(b"\x07" * 32)
    every = pages(furnished, part)
    assert len(every) > 60, "the walk reached next to nothing"
    context = chromium.new_context(color_scheme=("light", "dark")[part % 2])
    wrong, page = [], context.new_page()
    for number, (address, session) in enumerate(every):
        context.add_cookies([{"name": "amparo_session", "value": session, "url": live_server.url}])
        wrong += [f"{address}: {what}" for what in walked(page, live_server.url, address, LANGUAGES[number % len(LANGUAGES)])]
    context.close()
    assert not wrong, "\n".join(wrong)
