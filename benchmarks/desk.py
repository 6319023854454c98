"""The desk at 100,000 cases over HTTP, page by page, beside the bare queries that each page runs.

    python benchmarks/desk.py [--cases 100000] [--runs 30] [--postgres] [--site FOLDER] [--only WORDS] [--json FILE]

Fills a site with one office of invented persons (a case each, a fifth of them open, a fifth with consents, a screening, a
journey and notes), serves the real desk on loopback and asks for each page `--runs` times, one after the other, as the
supervisor who reads every case and as a caseworker with a caseload of her own. Printed for each page: median and 95th
percentile over HTTP; the median of its own reading queries, run bare on the same connection; what lies between the two; the
processor's time that the desk took for it; how many queries it asked and how many of them wrote; and kB of HTML with CSS as
they cross the line. `--postgres` starts a server of its own,
unless DATABASE_URL names one. A page is too slow beyond bare + 30 ms or 50 ms. `--site` keeps the folder for another run.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from start_up import free_port  # noqa: E402
from tests.attacks.filling import Page  # noqa: E402

import postgres  # noqa: E402 - the paths above come first

PASSWORD = "a-desk-of-a-hundred-thousand"
BATCH = 2000
OPEN_SHARE, TOLD_SHARE = 5, 5
"""One case of so many is open, and one of so many is told in full."""
CASELOAD = 30
BARE_TIMES = 7
THREADS = 6
"""As many as the desk of an office has; the one that served last serves next."""
MOST_OVER_BARE_MS, MOST_MEDIAN_MS, MOST_KB = 30, 50, 60
SOUNDS = [
    "ba",
    "de",
    "ki",
    "lo",
    "mu",
    "na",
    "re",
    "si",
    "to",
    "va",
    "ze",
    "ho",
    "ja",
    "pel",
    "dor",
    "min",
    "sar",
    "tek",
    "lin",
    "ov",
]


def name_of(draw: Random, *, most: int) -> str:
    """Return an invented name; few are frequent (the first four of a hundred) and many are rare, as among people."""
    return _name(min(int(25 * (draw.paretovariate(1.0) - 1)), most))


def _name(number: int) -> str:
    draw = Random(number)
    return "".join(draw.choice(SOUNDS) for _ in range(draw.choice((2, 3, 3)))).capitalize()


def fill(folder: Path, many: int) -> None:
    """Make a site whose one office has so many cases."""
    from amparo.cli import sites

    site, master = sites.make_folder(folder, name="Bench", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
    sites.start_django(site, master)
    sites.lay_tables()
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from amparo.desk.access.models import Member, Organisation, User
    from amparo.desk.cases import names
    from amparo.desk.cases.models import Case, CaseNumber
    from amparo.desk.config import database
    from amparo.desk.core import keys

    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    office, password = Organisation.objects.create(name="Bench Office", country="XC"), make_password(PASSWORD)

    def member(email: str, *roles: str) -> Member:
        user = User.objects.create(email=email, name=email.partition("@")[0].title(), is_demo=True, password=password)
        return Member.objects.create(user=user, organisation=office, roles=list(roles))

    member("supervisor@demo.example", "caseworker", "supervisor")
    staff = [member(f"worker{n}@demo.example", "caseworker") for n in range(max(2, many // OPEN_SHARE // CASELOAD))]
    draw = Random(7)
    for start in range(0, many, BATCH):
        _take_in(range(start, min(start + BATCH, many)), office, staff, draw)
        keys.forget_opened()
        print(f"\r{start + BATCH:,} cases", end="", file=sys.stderr, flush=True)
    database.look_at_tables()  # as the worker does while an office grows: the index of names asks for the next two hundred
    names.fit_all()
    years = Case.objects.values_list("year_of_registration", flat=True).order_by().distinct()
    CaseNumber.objects.bulk_create([CaseNumber(organisation_id=office.pk, year=year, last=many) for year in years])
    database.look_at_tables()


def _take_in(numbers: range, office: object, staff: list, draw: Random) -> None:
    """Take a batch of persons in: rows as the desk's actions write them, in bulk."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from amparo.desk.cases.models import Case, Note, Person, TeamMember
    from amparo.desk.cases.stages import Stage
    from amparo.desk.consent.models import Consent
    from amparo.desk.core import keys
    from amparo.desk.core.partial_dates import Known, PartialDate
    from amparo.desk.identification.models import Screening
    from amparo.desk.journeys.models import Leg

    today, open_stages = timezone.localdate(), [stage.value for stage in Stage if stage is not Stage.CLOSED]
    made: dict[type, list] = {kind: [] for kind in (Person, Case, TeamMember, Note, Consent, Screening, Leg)}
    for number, key_id in zip(numbers, keys.new_person_keys(office.pk, len(numbers)), strict=True):
        about = {"organisation": office, "key_id": key_id}
        person = Person(
            **about,
            given_names=name_of(draw, most=3000),
            family_name=name_of(draw, most=30000),
            gender=draw.choice(["Female", "Male", "Male", "Female", "NonBinary"]),
            citizenship=[draw.choice(["XA", "XB", "XC", "XD"])],
            languages=[draw.choice(["eng", "fra", "spa", "rus"])],
            birth_date=PartialDate(draw.randrange(1960, 2015), known=Known.ESTIMATED),
            safe_contact_rule="By message only, after five.",
            phone=f"+000 555 {number:07d}",
        )
        is_open, worker = number % OPEN_SHARE == 0, staff[number // OPEN_SHARE // CASELOAD % len(staff)]
        opened = today - timedelta(days=draw.randrange(0, 120) if is_open else draw.randrange(200, 4000))
        case = Case(
            **about,
            person=person,
            number=f"XC-{opened.year}-{number + 1:05d}",
            pseudonym=f"Heron {number + 1}",
            stage=draw.choice(open_stages) if is_open else "closed",
            status="Active" if is_open else "Closed",
            opened_on=opened,
            closed_on=None if is_open else opened + timedelta(days=150),
            year_of_registration=opened.year,
            exploitation={kind: draw.choice(["yes", "no", "no", "unknown"]) for kind in ("ForcedLabour", "SexualExploitation")},
            exploitation_country=draw.choice(["XA", "XB", "XC", "XD", "XE"]),
            risk=draw.choice([0, 1, 1, 2, 2, 3]),
            risk_assessed_on=opened,
            risk_assessed_by=worker,
            risk_reason="Told after the second call.",
            next_step="Ask the clinic for a day" if is_open else "",
            next_step_on=today + timedelta(days=draw.randrange(-5, 30)) if is_open and draw.random() < 0.8 else None,
        )
        made[Person].append(person)
        made[Case].append(case)
        until = None if is_open else case.closed_on
        made[TeamMember].append(
            TeamMember(organisation=office, case=case, member=worker, role="case_manager", since=opened, until=until)
        )
        if number % TOLD_SHARE == 0:
            _tell(made, about | {"case": case}, worker, opened, draw)
    with transaction.atomic():
        for kind, rows in made.items():
            kind.objects.bulk_create(rows, batch_size=500)


def _tell(made: dict[type, list], about: dict, worker: object, opened: object, draw: Random) -> None:
    """Add what a case has that is told in full."""
    from amparo.desk.cases.models import Note
    from amparo.desk.consent.models import Consent
    from amparo.desk.core.partial_dates import Known, PartialDate
    from amparo.desk.identification.models import Screening
    from amparo.desk.journeys.models import Leg

    for kind in ("contact", "meeting", "matters"):
        text = "Called at the library. Wants to hear about the course first."
        made[Note].append(Note(**about, kind=kind, happened_on=opened, text=text, written_by=worker))
    for purpose, state in (("assistance", "given"), ("statistics", draw.choice(["given", "refused", "asked"]))):
        answered = None if state == "asked" else opened
        made[Consent].append(
            Consent(
                **about, purpose=purpose, state=state, asked_on=opened, decided_on=answered, was_explained=True, recorded_by=worker
            )
        )
    decided = {"outcome": "presumed", "reasons": "Debt and threats.", "decided_by": worker, "decided_on": opened}
    made[Screening].append(
        Screening(
            **about,
            held_on=opened,
            interviewer=worker,
            consent_to_interview="yes",
            answers={},
            proposed="presumed",
            **(decided if draw.random() < 0.9 else {}),
        )
    )
    for position, kind in enumerate(("recruitment", "transport", "exploitation"), start=1):
        year = PartialDate(2024, known=Known.ESTIMATED)
        made[Leg].append(
            Leg(**about, position=position, kind=kind, from_country="XA", to_country="XC", started_on=year, recorded_by=worker)
        )


def serve(folder: Path, port: int) -> None:
    """Serve the desk as an office's, but tell in a header what the database did for a page that asks to know."""
    from amparo.cli import process, sites
    from amparo.cli.threads import Warmest
    from amparo.desk.config import unlocking

    site = sites.load(folder)
    os.environ.update(AMPARO_SITE=str(folder), AMPARO_DATABASE_AS="desk", DJANGO_SETTINGS_MODULE="amparo.desk.config.settings")
    unlocking.unlock(sites.open_site(site, None, "en"), unlocking.file_of(site.folder))
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from waitress import serve as listen

    desk = get_wsgi_application()

    def application(environ: dict, start: object) -> object:
        if not environ.get("HTTP_X_BARE"):
            return desk(environ, start)
        seen: dict[str, float] = {"queries": 0, "writes": 0, "bare_ms": 0.0}
        slow: list[tuple[float, str]] = []

        def watch(execute, sql, params, many, context):
            answer = execute(sql, params, many, context)
            seen["queries"] += 1
            if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                seen["writes"] += 1
            if sql.lstrip().upper().startswith(("SELECT", "WITH")):
                took = []
                for _ in range(BARE_TIMES):
                    with contextlib.closing(context["connection"].create_cursor()) as bare:
                        begun = time.perf_counter()
                        bare.execute(sql, params)
                        bare.fetchall()
                        took.append(time.perf_counter() - begun)
                seen["bare_ms"] += 1000 * statistics.median(took)
                slow.append((1000 * statistics.median(took), sql))
            return answer

        def started(status: str, headers: list, *more: object) -> object:
            told = seen | {"slowest": [(round(ms, 1), sql[:1500]) for ms, sql in sorted(slow)[-3:][::-1] if ms > 2]}
            return start(status, [*headers, ("X-Bare", json.dumps(told))], *more)

        with connection.execute_wrapper(watch):
            return desk(environ, started)

    process.settle()
    listen(application, host="127.0.0.1", port=port, _dispatcher=Warmest(THREADS), _quiet=True)


@dataclass(frozen=True)
class Seen:
    """What one page took."""

    page: str
    median_ms: float
    p95_ms: float
    bare_ms: float
    processor_ms: float
    queries: int
    writes: int
    kb: float
    slowest: list

    @property
    def over_ms(self) -> float:
        """What the page took beyond its bare queries."""
        return self.median_ms - self.bare_ms

    @property
    def is_too_slow(self) -> bool:
        """Say whether the page breaks a limit."""
        return self.over_ms > MOST_OVER_BARE_MS or self.median_ms > MOST_MEDIAN_MS or self.kb > MOST_KB


class Desk:
    """The served desk, and browsers before it."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.port, self.runs = free_port(), runs
        command = [sys.executable, __file__, "--serve", str(folder), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        self.address = f"http://localhost:{self.port}"
        for _ in range(600):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.address}/account/login/", timeout=30).status_code == 200:
                    return
            time.sleep(0.1)
        self.end()
        sys.exit("the desk did not come up")

    def end(self) -> None:
        """End the process that was started."""
        self.process.terminate()
        self.process.wait(60)

    def browser(self, email: str) -> requests.Session:
        """Sign somebody in."""
        http = requests.Session()
        page = Page("/account/login/", http.get(f"{self.address}/account/login/").text)
        form = next(form for form in page.forms if "login" in {*form.fields, *form.texts})
        typed = {**form.fields, "login": email, "password": PASSWORD}
        answer = http.post(self.address + form.address, data=typed, headers={"Referer": self.address})
        if not answer.history:
            sys.exit(f"{email} did not come in")
        return http

    def processor_seconds(self) -> float:
        """Return what the desk's process took of the processor until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def measure(self, name: str, http: requests.Session, path: str, **typed: str) -> Seen:
        """Ask for a page again and again."""
        headers = {"Referer": self.address, "Accept-Encoding": "gzip"}

        def ask(**more: str) -> requests.Response:
            if typed:
                return http.post(self.address + path, data=typed, headers=headers | more, timeout=600)
            return http.get(self.address + path, headers=headers | more, timeout=600)

        ask()
        first = ask(**{"X-Bare": "1"})
        if first.status_code != 200 or first.history:
            sys.exit(f"{name}: {first.status_code} {path}")
        told, took, before = json.loads(first.headers["X-Bare"]), [], self.processor_seconds()
        for _ in range(self.runs):
            begun = time.perf_counter()
            ask()
            took.append(1000 * (time.perf_counter() - begun))
        spent = 1000 * (self.processor_seconds() - before) / self.runs
        cuts = statistics.quantiles(took, n=20)
        rounded = {"median_ms": statistics.median(took), "p95_ms": cuts[18], "bare_ms": told["bare_ms"], "processor_ms": spent}
        kb = self.weight(http, first) / 1000
        return Seen(
            name,
            **{name: round(value, 1) for name, value in rounded.items()},
            queries=int(told["queries"]),
            writes=int(told["writes"]),
            kb=round(kb, 1),
            slowest=told["slowest"],
        )

    def weight(self, http: requests.Session, page: requests.Response) -> int:
        """Return the bytes of a page and of its style sheets, compressed, also where it leaves as it is."""
        sheets = re.findall(r'<link[^>]+rel="stylesheet"[^>]*href="([^"]+)"', page.text)
        css = sum(len(gzip.compress(http.get(self.address + sheet).content)) for sheet in sheets)
        return len(gzip.compress(page.content)) + css


def pages(desk: Desk) -> list[tuple[str, requests.Session, str, dict[str, str]]]:
    """Return what is asked, by whom, and what is typed."""
    lead, worker = desk.browser("supervisor@demo.example"), desk.browser("worker1@demo.example")
    listed = Page("/people/", worker.get(f"{desk.address}/people/").text)
    links = [link for link in listed.links if re.fullmatch(r"/cases/[^/]+/", link)]
    full = next(link for link in links if "recorded" in worker.get(desk.address + link).text)
    number = full.strip("/").split("/")[1]
    found: list[tuple[str, requests.Session, str, dict[str, str]]] = []
    for who, http in (("supervisor", lead), ("caseworker", worker)):
        token = next(form for form in Page("/", http.get(desk.address).text).forms if form.address == "/search/").fields
        found.append((f"{who}: today", http, "/", {}))
        found += [(f"{who}: list{' ' + filters if filters else ''}", http, f"/people/?{filters}", {}) for filters in FILTERS]
        found.append((f"{who}: list, a page far on", http, far_on(desk, http), {}))
        by = {"number": number, "part of a number": number[-5:], "given name": _name(0), "whole name": f"{_name(0)} {_name(1)}"}
        by |= {"rare name": _name(2900), "pseudonym": "Heron 77", "nobody": "Quxyz"}
        found += [(f"{who}: search, {kind}", http, "/search/", {**token, "words": words}) for kind, words in by.items()]
        for part in ("", "known/", "identification/", "journey/", "consent/", "notes/", "history/"):
            found.append((f"{who}: record, {part or 'overview'}", http, f"/cases/{number}/{part}", {}))
    found += [
        (f"supervisor: {path}", lead, path, {})
        for path in ("/team/", "/people/?nobody=1", "/people/filters/", "/people/lists/", "/staffing/")
        if lead.get(desk.address + path).ok
    ]
    return found


FILTERS = [
    "",
    "risk=3",
    "stage=presumed",
    "stage=reflection&risk=2&country=XC",
    "gender=Female&exploitation=ForcedLabour",
    "year=2026&risk=1",
    "mine=1",
    "shows_closed=1",
    "stage=closed&year=2019",
    "order=opened",
    "order=due",
    "late=1&order=due",
    "citizenship=XD&language=fra",
    "quiet=30",
    "consent=waiting",
    "screening=undecided&risk=3",
    "child=yes",
    "opened_from=2026-01-01&opened_until=2026-06-30&shows_closed=1",
    "columns=age-risk-stage-next-due-opened-language-citizenship-country-exploitation-status-team",
]


def far_on(desk: Desk, http: requests.Session) -> str:
    """Return the address of the twentieth page, or of the last before it."""
    address = "/people/?shows_closed=1"
    for _ in range(20):
        following = re.search(r'href="(\?[^"]*after=[^"]+)"', http.get(desk.address + address).text)
        if not following:
            break
        address = "/people/" + following[1].replace("&amp;", "&")
    return address


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--site", type=Path)
    parser.add_argument("--only", default="", help="only pages whose name contains one of these, separated by commas")
    parser.add_argument("--queries", action="store_true", help="print the slowest queries of each page too")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fill:
        return fill(asked.fill, asked.cases)
    if asked.serve:
        return serve(asked.serve, asked.port)
    with contextlib.ExitStack() as stack:
        folder = asked.site or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "desk"
        if asked.postgres and "DATABASE_URL" not in os.environ:
            os.environ.update(postgres.addresses(stack.enter_context(postgres.server())))
        if not (folder / "site.toml").exists():
            begun = time.perf_counter()
            subprocess.run([sys.executable, __file__, "--fill", str(folder), "--cases", str(asked.cases)], check=True)
            print(f" taken in in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        desk = Desk(folder, asked.runs)
        stack.callback(desk.end)
        tell(asked, desk)
    return None


def tell(asked: argparse.Namespace, desk: Desk) -> None:
    """Measure page by page and print a line for each."""
    print(f"{asked.cases:,} cases, {'PostgreSQL' if asked.postgres else 'SQLite'}, {asked.runs} runs a page\n")
    print("| page | median ms | p95 ms | bare ms | over ms | processor ms | queries (writes) | kB | |\n" + "|---" * 9 + "|")
    every = []
    for name, http, path, typed in pages(desk):
        if not any(words in name for words in asked.only.split(",")):
            continue
        seen = desk.measure(name, http, path, **typed)
        every.append(seen)
        mark = "**slow**" if seen.is_too_slow else ""
        figures = f"{seen.median_ms} | {seen.p95_ms} | {seen.bare_ms} | {seen.over_ms:.1f} | {seen.processor_ms}"
        print(f"| {name} | {figures} | {seen.queries} ({seen.writes}) | {seen.kb} | {mark} |", flush=True)
        for ms, sql in seen.slowest if asked.queries else ():
            print(f"    {ms} ms: {sql}", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in every], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
