"""A landing with thirty people, typed with the keyboard alone; and every page of this room as somebody sees it."""

import os
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import Stage
from amparo.desk.core import keys
from amparo.desk.intake import actions, batches, importing
from amparo.desk.intake.batch_lines import Line
from amparo.desk.intake.choices import Kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("AMPARO_SHOTS")
LIST = (
    "Case no;Opened;Status;Name;Date of birth;Sex;Remarks;Bed\n"
    "OLD/1;about 2017;open;Aldemar, Sefa;1991;f;Moves often;12\n"
    "OLD/2;23/05/2018;closed;Benlit, Toma;about 1985;m;;\n"
    "OLD/3;03/2019;open;Corvane, Ilja;;blue;;3\n"
)


@pytest.fixture
def open_page(chromium, live_server):
    """Return a function that opens a page as a member and gives it."""
    keys.unlock(b"\x07" * 32)
    opened = []

    def as_member(member, path, *, width=1280, scheme="light", language="en", script=True):
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, color_scheme=scheme, locale=language, java_script_enabled=script)
        cookies = [("amparo_language", language), ("amparo_session", _session(member))]
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies])
        page = context.new_page()
        page.goto(live_server.url + path)
        opened.append(context)
        return page

    yield as_member
    for context in opened:
        context.close()


def _session(member):
    session = SessionStore()
    session["_auth_user_id"] = str(member.user.pk)
    session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = member.user.get_session_auth_hash()
    session.save()
    return session.session_key


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def spills(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


def look(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_enter_goes_down_and_nothing_is_sent(open_page, her_caseworker):
    page = open_page(her_caseworker, "/batches/new/")
    page.locator("#id_age_1").focus()
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_age_2"
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("document.activeElement.id") == "id_age_1"


def test_the_table_works_without_script(open_page, her_caseworker):
    page = open_page(her_caseworker, "/batches/new/", script=False)
    page.locator("#id_name_1").fill("Amara")
    page.get_by_role("button", name="Ten more lines").click()
    page.locator("#id_name_40").fill("Tavi")
    page.locator("#id_name_40").press("Enter")
    assert "2 people can be registered" in page.content(), "Enter only checks"
    page.get_by_role("button", name="Register everybody").click()
    assert Case.objects.count() == 2


@pytest.fixture
def everything(her_caseworker, supervisor):
    """One of everything that this room shows, by its address and who looks at it."""
    told = {"danger": "yes", "text": "Six men sleep in the packing hall.", "place": "Ring road", "teller": "anonymous"}
    told |= {"people": 6, "sector": "C_Manufacturing"}
    actions.write_down(by=her_caseworker, kind=Kind.SITUATION, values=told)
    call = {"danger": "no", "text": "She calls for a neighbour.", "teller": "witness", "answer_to": "000 555 0101"}
    signal = actions.write_down(by=her_caseworker, kind=Kind.HELPLINE, values=call | {"callback_rule": "Mornings only."})
    day = timezone.localdate() - timedelta(days=2)
    people = [Line(line, {"given_names": f"P{line}"}, "Fever" if line == 2 else "", "A") for line in range(1, 6)]
    values = {"happened_on": day, "scene": "landing", "place": "North quay", "present": "Coast guard", "interpreter": "Two"}
    batch = batches.register(by=her_caseworker, values=values, people=people, stage=Stage.SIGNAL)
    waiting = importing.bring(by=supervisor, name="caseload.csv", pieces=[LIST.encode()])
    done = importing.bring(by=supervisor, name="caseload-2.csv", pieces=[LIST.replace("12", "14").encode()])
    importing.enqueue(caseload=done, by=supervisor)
    queued = importing.enqueue(
        caseload=importing.bring(by=supervisor, name="3.csv", pieces=[LIST.replace("OLD", "NEW").encode()]), by=supervisor
    )
    importing.work(done.pk)
    return {
        "signals": (her_caseworker, "/signals/"),
        "signal": (her_caseworker, signal.address),
        "write-helpline": (her_caseworker, "/signals/new/helpline/"),
        "write-situation": (her_caseworker, "/signals/new/situation/"),
        "batches": (her_caseworker, "/batches/"),
        "batch-new": (her_caseworker, "/batches/new/"),
        "batch-page": (her_caseworker, batch.address),
        "batch-numbers": (her_caseworker, f"{batch.address}numbers/"),
        "caseloads": (supervisor, "/caseloads/"),
        "caseload-bring": (supervisor, "/caseloads/bring/"),
        "caseload-check": (supervisor, waiting.address),
        "caseload-done": (supervisor, done.address),
        "caseload-queued": (supervisor, queued.address),
        "caseload-undo": (supervisor, f"{done.address}undo/"),
    }


@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "dark", "fr"), (360, "light", "es")])
def test_every_page_is_accessible_and_fits(open_page, everything, width, scheme, language):
    for name, (member, path) in everything.items():
        page = open_page(member, path, width=width, scheme=scheme, language=language)
        look(page, f"{name}-{width}-{language}")
        assert violations(page) == [], name
        assert not spills(page), name
