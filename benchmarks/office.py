"""A full office at work: many caseworkers at once, over HTTP, on the demo site.

    python benchmarks/office.py [--people 50] [--minutes 3] [--pause 4] [--cases 12] [--postgres] [--json FILE]

Every caseworker signs in and then does what the day asks, in an order of their own: the page of today, the list and its
filters, a search by name, a person's record with its tabs, a note written and saved, a risk assessed. Between two pages they
read for `--pause` seconds on average (0: nobody ever reads). All run on this machine beside the desk that they use, which runs
as in an office: desk, portal and worker. Printed: answers, errors among them (a
colleague who saved first is none), and seconds by kind of page.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from start_up import free_port  # noqa: E402
from tests.attacks.filling import Page  # noqa: E402

import postgres  # noqa: E402 - the paths above come first

CONFLICT = 409
PASSWORD = "an-office-of-fifty-at-nine"


def staff(folder: Path, people: int, cases: int) -> None:
    """Give the largest organisation of a demo site so many caseworkers, each with open cases, which some share."""
    from amparo.cli import sites

    site = sites.load(folder)
    sites.start_django(site, sites.open_site(site, None, "en"))
    from datetime import date

    from django.contrib.auth.hashers import make_password
    from django.db.models import Count

    from amparo.desk.access.models import Member, Organisation, User
    from amparo.desk.cases.models import Case, TeamMember

    (largest,) = Case.objects.values("organisation").annotate(n=Count("id")).order_by("-n")[:1]
    office = Organisation.objects.get(pk=largest["organisation"])
    theirs, password = (
        list(Case.objects.of(office.id).exclude(stage="closed").order_by("id")[: people * cases]),
        make_password(PASSWORD),
    )
    for number in range(people):
        user = User.objects.create(email=f"office{number}@demo.example", name=f"Office {number}", is_demo=True, password=password)
        member = Member.objects.create(user=user, organisation=office, roles=["caseworker"])
        for k in range(cases):
            case = theirs[(number * cases + k) % len(theirs)]
            TeamMember.objects.create(organisation=office, case=case, member=member, role="case_manager", since=date(2026, 1, 5))


class Caseworker(threading.Thread):
    """One of them, with a browser of their own."""

    def __init__(self, number: int, address: str, until: threading.Event, pause: float) -> None:
        super().__init__(daemon=True)
        self.http, self.address = requests.Session(), address
        self.email, self.until, self.pause = f"office{number}@demo.example", until, pause
        self.random, self.took, self.wrong = random.Random(number), defaultdict(list), []
        self.cases: list[str] = []
        self.met = 0

    def ask(self, kind: str, method: str, path: str, **more: object) -> requests.Response:
        """Ask once and keep the seconds; anything but a page counts as an error."""
        begun = time.perf_counter()
        try:
            answer = self.http.request(method, self.address + path, timeout=60, headers={"Referer": self.address + path}, **more)
        except requests.RequestException as error:
            self.wrong.append((kind, type(error).__name__))
            raise
        self.took[kind].append(time.perf_counter() - begun)
        if answer.status_code == CONFLICT:
            self.met += 1
        elif answer.status_code != 200:
            self.wrong.append((kind, answer.status_code))
        return answer

    def send(self, kind: str, path: str, **typed: str) -> None:
        """Open a page, fill in its first form that has the typed fields, and send it."""
        page = Page(path, self.ask(f"{kind}, opened", "GET", path).text)
        for form in page.forms:
            if form.method == "post" and set(typed) <= {*form.fields, *form.texts}:
                self.read()
                answer = self.ask(
                    f"{kind}, saved", "POST", form.address, data={**form.fields, **dict.fromkeys(form.texts, ""), **typed}
                )
                if not answer.history and answer.status_code != CONFLICT:
                    self.wrong.append((kind, "not saved"))
                return
        self.wrong.append((kind, "no such form"))

    def read(self) -> None:
        """Look at the page for a while."""
        if self.pause:
            self.until.wait(self.random.expovariate(1 / self.pause))

    def sign_in(self) -> None:
        """Come in, and find out which cases are one's own."""
        self.send("sign-in", "/account/login/", login=self.email, password=PASSWORD)
        page = Page("/people/", self.ask("list", "GET", "/people/").text)
        self.cases = sorted({link for link in page.links if link.startswith("/cases/") and link.count("/") == 3})
        if not self.cases:
            self.wrong.append(("list", "no cases"))

    def run(self) -> None:
        """Work until the day ends."""
        ways = [self.today, self.listing, self.search, self.record, self.record, self.tabs, self.tabs, self.note, self.risk]
        while not self.until.is_set():
            with contextlib.suppress(requests.RequestException):
                self.random.choice(ways)()
            self.read()

    def today(self) -> None:
        self.ask("today", "GET", "/")

    def listing(self) -> None:
        self.ask("list", "GET", self.random.choice(["/people/", "/people/?stage=presumed", "/people/?risk=high"]))

    def search(self) -> None:
        page = Page("/", self.ask("today", "GET", "/").text)
        form = next(form for form in page.forms if form.address == "/search/")
        self.read()
        words = self.random.choice(["Ilen", "Sera Mavo", "Dara", "Tovan"])
        self.ask("search", "POST", "/search/", data={**form.fields, "words": words})

    def record(self) -> None:
        self.ask("record", "GET", self.random.choice(self.cases))

    def tabs(self) -> None:
        tab = self.random.choice(["identification", "journey", "consent", "history"])
        self.ask(tab, "GET", f"{self.random.choice(self.cases)}{tab}/")

    def note(self) -> None:
        self.send("note", f"{self.random.choice(self.cases)}notes/", text="Called, nobody answered. Again on Monday.")

    def risk(self) -> None:
        typed = {"risk": self.random.choice("123"), "reason": "Looked at again after the call."}
        self.send("risk", f"{self.random.choice(self.cases)}risk/", **typed)


def served(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Serve the site as `./run` does, and wait for its first page."""
    command = [sys.executable, "-m", "amparo", "demo", "--site", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    for _ in range(600):
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"http://localhost:{port}/account/login/").status_code == 200:
                return process
        time.sleep(0.1)
    process.terminate()
    sys.exit("the site did not come up")


def work(asked: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Let everybody work and return what was seen."""
    port, until = free_port(), threading.Event()
    process = served(folder, port)
    try:
        office = [Caseworker(n, f"http://localhost:{port}", until, asked.pause) for n in range(asked.people)]
        for one in office:
            one.sign_in()
            one.took.clear()
        begun = time.perf_counter()
        for one in office:
            one.start()
        until.wait(asked.minutes * 60)
        until.set()
        for one in office:
            one.join(120)
        seconds = time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    return told(asked, office, seconds)


def told(asked: argparse.Namespace, office: list[Caseworker], seconds: float) -> dict[str, object]:
    """Return figures by kind of page, and of all."""
    kinds: dict[str, list[float]] = defaultdict(list)
    for one in office:
        for kind, took in one.took.items():
            kinds[kind] += took
    whole = [second for took in kinds.values() for second in took]
    pages = {kind: _figures(took) for kind, took in sorted(kinds.items())}
    wrong = [f"{kind}: {what}" for one in office for kind, what in one.wrong]
    return {
        "people": asked.people,
        "pause_s": asked.pause,
        "database": "PostgreSQL" if asked.postgres else "SQLite",
        "seconds": round(seconds, 1),
        "answers_a_second": round(len(whole) / seconds, 1),
        "conflicts": sum(one.met for one in office),
        "errors": len(wrong),
        "which": sorted(set(wrong))[:10],
        "all": _figures(whole),
        "pages": pages,
    }


def _figures(took: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else took * 99
    return {
        "answers": len(took),
        "median_ms": round(cuts[49] * 1000),
        "p95_ms": round(cuts[94] * 1000),
        "most_ms": round(max(took) * 1000),
    }


def main() -> None:
    """Make the site, staff it, let them work, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--pause", type=float, default=4)
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--staff", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.staff:
        staff(asked.staff, asked.people, asked.cases)
        return
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "office"
        if asked.postgres:
            os.environ.update(postgres.addresses(stack.enter_context(postgres.server())))
        subprocess.run(
            [sys.executable, "-m", "amparo", "demo", "--site", str(folder), "--no-serve"], check=True, stderr=subprocess.DEVNULL
        )
        again = [sys.executable, __file__, "--staff", str(folder), "--people", str(asked.people), "--cases", str(asked.cases)]
        subprocess.run(again, check=True)
        seen = work(asked, folder)
    if asked.json:
        asked.json.write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
    about = f"{seen['people']} people, {seen['database']}, pause {seen['pause_s']} s"
    print(f"{about}: {seen['answers_a_second']} answers a second, {seen['errors']} errors, {seen['conflicts']} met a colleague")
    print("| page | answers | median ms | p95 ms | most ms |\n|---|---|---|---|---|")
    for kind, one in [*seen["pages"].items(), ("all", seen["all"])]:
        print(f"| {kind} | {one['answers']} | {one['median_ms']} | {one['p95_ms']} | {one['most_ms']} |")


if __name__ == "__main__":
    main()
