"""One fact from a case to the public page: the whole way, as people walk it, in a browser."""

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from random import Random

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe

from amparo.demo.partner_files import partner_file
from amparo.demo.people import invent
from amparo.demo.region import Partner

from .conftest import wait_until

pytestmark = pytest.mark.browser
ROWS = 5000


@pytest.fixture(scope="module")
def file_of_5000(tmp_path_factory):
    """A partner's file with the exact header of 63 columns."""
    partner = Partner("Crossing Point", "NGO", "XA", ROWS, "ctdc-kanon", 0.8)
    people = invent(11, datetime.now(UTC).date(), [partner])
    name, content = partner_file(people, partner.hands_on, Random(11))
    assert content.split(b"\n", 1)[0].count(b",") == 62
    path = tmp_path_factory.mktemp("file") / name
    path.write_bytes(content)
    return path


def accessible(page):
    """No violation of accessibility wide or narrow, and nothing wider than the screen."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"
    page.set_viewport_size({"width": 1280, "height": 800})


def fill_date(page, name, day):
    page.fill(f"input[name={name}_day]", str(day.day))
    page.select_option(f"select[name={name}_month]", str(day.month))
    page.fill(f"input[name={name}_year]", str(day.year))


def choose(page, name, value):
    page.locator(f"input[name='{name}'][value='{value}']").check()


def press(page, words):
    page.get_by_role("button", name=words, exact=True).click()
    page.wait_for_load_state()


def test_the_whole_way(served, as_member, file_of_5000, tmp_path):
    number = record_a_case(as_member("maro"))
    bring_own_cases(as_member("keld"))
    import_the_file(as_member("ruvel"), file_of_5000)
    address = draft_a_release(as_member("ruvel"))
    for name in ("quill", "oster"):
        give_a_verdict(as_member(name), address, "The columns are those that readers ask for.")
    steward = as_member("ruvel")
    wait_for_state(steward, address, "result in review")
    for name in ("quill", "oster"):
        give_a_verdict(as_member(name), address, "The figures can be read and say what they should.")
    wait_for_state(steward, address, "See it on the portal")
    accessible(steward)
    steward.goto("/evidence/releases/")
    accessible(steward)
    rows = see_it_on_the_portal(served)
    assert abs(rows - (ROWS + 1)) < 100
    folder = download(served, tmp_path)
    verify(folder, served.folder / "keys" / "release-signing.pub")
    assert pl.read_csv(folder / "data.csv", infer_schema=False).height == rows
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (number, "Zarandelle", "Quorimund"):
        assert secret.encode() not in everything


def record_a_case(page):
    today = datetime.now(UTC).date()
    page.goto("/people/new/")
    fill_date(page, "opened_on", today)
    choose(page, "stage", "first_contact")
    page.fill("input[name=given_names]", "Zarandelle")
    page.fill("input[name=family_name]", "Quorimund")
    page.fill("textarea[name=safe_contact_rule]", "Message only.")
    page.fill("input[name=birth_date_year]", str(today.year - 31))
    page.select_option("select[name=gender]", "Masculine")
    page.select_option("select[name=citizenship]", "XA")
    press(page, "Open the case")
    number = page.url.rstrip("/").split("/")[-1]
    assert number.startswith("XC-")
    assert "Quorimund" not in page.title()

    page.goto(f"/cases/{number}/facts/")
    choose(page, "exploitation.ForcedLabour", "yes")
    page.select_option("select[name=exploitation_country]", "XC")
    page.locator("main form button:not(.linklike)").last.click()
    page.wait_for_load_state()

    page.goto(f"/cases/{number}/identification/new/")
    fill_date(page, "held_on", today)
    choose(page, "consent_to_interview", "yes")
    press(page, "Save and go on")
    assert "/identification/" in page.url

    page.goto(f"/cases/{number}/consent/new/")
    choose(page, "purposes", "statistics")
    for box in ("was_explained", "told_of_publication"):
        page.locator(f"input[name={box}]").check()
    choose(page, "state", "given")
    choose(page, "giver", "person")
    fill_date(page, "asked_on", today)
    fill_date(page, "decided_on", today)
    press(page, "Record the answer")

    page.goto(f"/cases/{number}/journey/new/")
    choose(page, "kind", "Recruitment")
    page.select_option("select[name=from_country]", "XA")
    page.select_option("select[name=to_country]", "XC")
    press(page, "Save the leg")

    page.goto(f"/cases/{number}/notes/")
    page.select_option("select[name=kind]", "contact")
    fill_date(page, "happened_on", today)
    page.fill("textarea[name=text]", "Came with a colleague. Wants to stay in town.")
    press(page, "Write the note")

    page.goto(f"/cases/{number}/history/")
    history = page.inner_text("main")
    assert "Note written" in history
    return number


def bring_own_cases(page):
    page.goto("/evidence/contributions/own-cases/")
    press(page, "Bring them into the pool")
    page.goto("/evidence/contributions/")
    wait_until(lambda: reload(page) and "imported" in page.inner_text("main"), 60)


def reload(page):
    page.reload()
    return True


def import_the_file(page, path):
    page.goto("/evidence/contributions/new/")
    page.select_option("select[name=organisation]", label="Crossing Point")
    page.select_option("select[name=schema]", "ctdc-kanon")
    page.set_input_files("input[name=file]", str(path))
    press(page, "Upload and look at it")
    assert "63" in page.inner_text("main")
    accessible(page)
    page.locator("main button[name=do][value=import], main button.btn:not(.btn-2)").first.click()
    page.wait_for_load_state()
    wait_until(lambda: reload(page) and "5,000" in page.inner_text("main") and "imported" in page.inner_text("main"), 90)
    return page.url


def draft_a_release(page):
    page.goto("/evidence/releases/new/")
    accessible(page)
    for language, title in (("en", "Persons in the region"), ("fr", "Personnes dans la région"), ("es", "Personas en la región")):
        page.fill(f"input[name=title_{language}]", title)
    assert page.locator("input[name=countries]:checked").count() == 3
    press(page, "Go on to the cost")
    assert "is spent for good" in page.inner_text("main")
    accessible(page)
    page.goto(page.url + "recipe/")
    accessible(page)
    page.go_back()
    press(page, "Ask two reviewers")
    return page.url


def give_a_verdict(page, address, reasons):
    page.goto(address)
    page.click("#verdict button.btn")
    page.wait_for_load_state()
    accessible(page)
    choose(page, "opinion", "release")
    page.fill("textarea[name=reasons]", reasons)
    page.click("#verdict button.btn")
    page.wait_for_load_state()
    assert page.locator("#verdict").count() == 0


def wait_for_state(page, address, words):
    wait_until(lambda: page.goto(address) and words in page.inner_text("main"), 120)


def see_it_on_the_portal(served):
    with urllib.request.urlopen(served.portal + "/en/releases.json") as answer:
        held = json.load(answer)
        assert "Set-Cookie" not in answer.headers
    release = held["releases"][0]
    with urllib.request.urlopen(f"{served.portal}/en/r/{release['id']}/explore") as answer:
        page = answer.read().decode()
    assert page.count("<svg") >= 4
    assert "Persons in the region" in page
    return release["rows"]


def download(served, tmp_path):
    release = json.load(urllib.request.urlopen(served.portal + "/en/releases.json"))["releases"][0]["id"]
    base = f"{served.portal}/en/r/{release}/files/"
    folder = tmp_path / "download"
    wanted = json.load(urllib.request.urlopen(base + "checksums.json"))["files"]
    for name in [*wanted, "checksums.json", "signature.json"]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(urllib.request.urlopen(base + name).read())
    return folder


def verify(folder, key):
    command = [sys.executable, "-m", "amparo", "release", "verify", str(folder), "--key", str(key), "--language", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    data = folder / "data.csv"
    data.write_bytes(data.read_bytes().replace(b"yes", b"no ", 1))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    data.write_bytes(data.read_bytes().replace(b"no ", b"yes", 1))
