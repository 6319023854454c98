"""Take the pictures of `docs/gallery.md` from a fresh demo, so that they show what is there now.

    python tools/gallery.py [--to docs/pictures] [--port 8410]

Run with `.venv/bin/python`; Debian's Chromium must be installed. Every picture is of the demo: its persons are invented.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from amparo.demo.cast import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WIDE, NARROW = (1280, 900), (360, 780)
CASEWORKER, SUPERVISOR = "maro@demo.example", "tovan@demo.example"
SHOTS = (
    # name, who, language, size, address; {case} is the case whose journey says most
    ("today", CASEWORKER, "en", WIDE, "/"),
    ("record", CASEWORKER, "es", WIDE, "/cases/{case}/"),
    ("record-narrow", CASEWORKER, "fr", NARROW, "/cases/{case}/"),
    ("people", SUPERVISOR, "en", WIDE, "/people/"),
    ("journey", CASEWORKER, "en", WIDE, "/cases/{case}/journey/"),
    ("identification", CASEWORKER, "fr", WIDE, "/cases/{case}/identification/"),
    ("consent", CASEWORKER, "es", WIDE, "/cases/{case}/consent/"),
    ("new-narrow", CASEWORKER, "es", NARROW, "/people/new/"),
    ("batch", CASEWORKER, "fr", WIDE, "/batches/new/"),
    ("today-narrow", CASEWORKER, "fr", NARROW, "/"),
)

LISTS = ("/", "/people/", "/people/?taken=passport")


def wait_for(address):
    for _ in range(9000):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the demo did not start: %s" % address)


def sign_in(browser, desk, who, language, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=language, reduced_motion="reduce")
    page = context.new_page()
    page.goto(desk + "/account/login/")
    page.locator("#id_login").fill(who)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    page.wait_for_url(lambda address: "/account/login/" not in address)
    page.locator(".langs [value=%s], .langs [lang=%s]" % (language, language)).first.evaluate("one => one.click()")
    page.wait_for_selector("html[lang=%s]" % language)
    return page


def most_told(page, desk):
    """Return the number of the case whose journey says most, of those that the caseworker's lists name: questions first."""
    named = []
    for address in LISTS:
        page.goto(desk + address)
        named += re.findall(r'href="/cases/([^/"]+)/"', page.content())
    told = {number: page.request.get("%s/cases/%s/journey/" % (desk, number)).text() for number in dict.fromkeys(named)}
    return max(told, key=lambda number: (told[number].count("/journey/asked/"), told[number].count("<svg"), len(told[number])))


def kept_small(path):
    """Write a picture of a page anew with as many colours as it needs: less than half the size, the same to the eye."""
    with Image.open(path) as taken:
        drawn = taken.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    drawn.save(path, optimize=True)


def take(browser, desk, folder):
    case = None
    for name, who, language, size, address in SHOTS:
        page = sign_in(browser, desk, who, language, size)
        if case is None:
            case = most_told(page, desk)
        answer = page.goto(desk + address.format(case=case))
        if answer.status != 200:
            sys.exit("%s answers %s" % (address, answer.status))
        page.screenshot(path=str(folder / (name + ".png")))
        kept_small(folder / (name + ".png"))
        page.context.close()
        print(folder / (name + ".png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--port", type=int, default=8410)
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "amparo", "demo", "--site", scratch + "/site", "--port", str(asked.port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ, AMPARO_ROOT=str(ROOT))) as served:
            try:
                wait_for("http://localhost:%d/account/login/" % asked.port)
                with sync_playwright() as driver:
                    browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
                    take(browser, "http://localhost:%d" % asked.port, asked.to)
                    browser.close()
            finally:
                served.send_signal(signal.SIGINT)
                served.wait(30)


if __name__ == "__main__":
    main()
