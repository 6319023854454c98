"""One office with one of each thing, every form of its pages as a browser would send it, and what a form changes."""

import datetime
import json
import re
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import AutoField
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.roles import EVERYBODY, PURPOSES, Role
from amparo.desk.cases import actions as cases
from amparo.desk.cases import emergencies, merging, same, staffing
from amparo.desk.cases.models import EmergencyNotice, ToldApart
from amparo.desk.cases.stages import Stage
from amparo.desk.consent.models import Disclosure
from amparo.desk.contributions import actions as contributions
from amparo.desk.contributions import running
from amparo.desk.contributions.tests import making
from amparo.desk.core import keys
from amparo.desk.core.fields import SealedTextField, is_erased
from amparo.desk.intake import actions as intake
from amparo.desk.intake import batch_views, batches, importing
from amparo.desk.intake.batch_forms import Line
from amparo.desk.intake.choices import Kind
from amparo.desk.journeys import acting
from amparo.desk.oversight import keeping, processing
from amparo.desk.oversight.keeping_forms import ENDS, KEEPINGS
from amparo.desk.oversight.models import DueRecord, Flag
from amparo.desk.publication.models import Budget, Release
from amparo.desk.questions import pack
from amparo.desk.workbench import saved
from amparo.desk.workbench.filters import PeopleFilter

from ..walks.house import ROOT
from ..walks.test_addresses import PARAMETER, declared, ours
from ..walks.test_readings import a_case, her_supervisor, things  # noqa: F401 - one case with one of each thing

PACK = ROOT / "src" / "amparo" / "demo" / "packs" / "costaverde-1"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"')
ONE_GREY_POINT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
"""The smallest picture there is."""
DRAWN = {"number", "pseudonym", "password", "seed"}
"""Columns whose values are drawn by chance, or follow from what is."""
ALSO = {"caseworker"}
"""Who is shown every page of casework besides who was shown it first."""
UNSTEADY = {"core.draft", "sessions.session", "django_tasks_db.dbtaskresult", "core.change"}
"""Tables that keep what somebody typed as it was typed, or only count; no field of a record."""


@dataclass
class Form:
    """One form of a page that posts: where it goes, what it shows, what it offers, and what a browser sends."""

    address: str
    sent: dict = field(default_factory=dict)
    empty: set = field(default_factory=set)
    shown: set = field(default_factory=set)
    offered: dict = field(default_factory=dict)
    hidden: set = field(default_factory=set)
    files: set = field(default_factory=set)
    has_button: bool = False


class Forms(HTMLParser):
    """The posting forms of a page."""

    def __init__(self, address, html):
        super().__init__()
        self.address, self.found, self.form, self.choice, self.area = address, [], None, None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            posts = (given.get("method") or "get").lower() == "post"
            self.form = Form(urljoin(self.address, given.get("action") or self.address)) if posts else None
            self.found += [self.form] if posts else []
        elif self.form is not None and tag == "option" and self.choice:
            self.option(self.choice, given.get("value", ""), "selected" in given)
        if self.form is not None and (tag == "button" or given.get("type") == "submit"):
            self.form.has_button = True
        if self.form is not None and tag != "form" and given.get("name"):
            self.form.shown.add(given["name"])
            self.control(tag, given["name"], given.get("type", "text"), given)

    def control(self, tag, name, kind, given):
        value = given.get("value", "")
        if tag == "select":
            self.choice = name
        elif tag == "textarea":
            self.area = name
            self.form.empty.add(name)
        elif tag == "button":
            self.form.sent.setdefault(name, value)
        elif kind in ("radio", "checkbox"):
            self.option(name, given.get("value", "on"), "checked" in given)
        elif kind == "file":
            self.form.files.add(name)
        elif kind == "hidden" or value:
            self.form.sent[name] = value
            self.form.hidden |= {name} if kind == "hidden" else set()
        else:
            self.form.empty.add(name)

    def option(self, name, value, is_chosen):
        self.form.offered.setdefault(name, [])
        if value:
            self.form.offered[name].append(value)
        if is_chosen and value:
            self.form.sent[name] = value

    def handle_data(self, data):
        if self.area and data.strip():
            self.form.empty.discard(self.area)
            self.form.sent[self.area] = data.lstrip("\n")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.choice = None
        elif tag == "textarea":
            self.area = None


TODAY = datetime.datetime.now(datetime.UTC).date()
LATER = TODAY + datetime.timedelta(days=30)
TYPED = {
    "_day": str(TODAY.day),
    "_month": str(TODAY.month),
    "_year": str(TODAY.year),
    "email": "new@example.org",
    "phone": "+99 555 0100",
    "zone": "Europe/Paris",
    "_years": "20",
    "days": "5",
}
PAPERS = {"paper", "letter", "report"}
"""Fields that take a scanned paper."""
TYPED |= {"age_1": "17", "citizenship_1": "Nigeria", "language_1": "English", "family_1": "B", "people": "4"}
TYPED |= {
    "legacy_number": "2019-42",
    "months": "30",
    "called": "XC-2026-00009",
    "compare_with": "XC-2026-00002",
    "recipient": "Harbour Clinic",
    "epsilon": "0.1",
}
TYPED |= {
    "until_year": str(TODAY.year + 1),
    "other_countries": "",
    "own_number": "",
    "delta": "0.000001",
    "first_year": "2020",
    "last_year": "2024",
    "position": "2",
    "amount": "150.50",
    "times": "7",
    "_point": "12.5, -86.1",
    "records": "",
}


LEFT_EMPTY = {"nobody_else"}
"""Boxes that go with few of the choices of their form: with every first choice ticked it would never be taken."""


def typed(name):
    ends = [end for end in TYPED if name.endswith(end)]
    return TYPED[max(ends, key=len)] if ends else "Words of nobody."


def fillings(form):
    """Yield what may be sent, the likeliest to be taken first: every choice and text; the other choices; only what stands there."""
    offered = {name: values for name, values in form.offered.items() if values and name not in LEFT_EMPTY}
    chosen = {name: values[0] for name, values in offered.items()} | form.sent
    last = {name: values[-1] for name, values in offered.items()}
    texts = {name: typed(name) for name in {*form.empty, *(one for one in form.offered if one.endswith("_month"))}}
    covered = {"covering": last["covering"]} if "covering" in last else {}
    for first in (chosen | texts | covered, form.sent | last | texts, chosen, form.sent | last, form.sent):
        yield dict(first)


def post(form, client, sent):
    """Send a form from a copy of the client, with a file wherever it takes one."""
    return again(client).post(form.address, sent | {name: upload(form.address, name) for name in form.files})


def upload(address, name):
    """Return the file that a field takes: a country's pack, a document, a scanned paper, or a partner's table."""
    if address == reverse("country_form_new"):
        return SimpleUploadedFile("pack.zip", pack.zipped(pack.from_folder(PACK)))
    if "/documents/" in address:
        return SimpleUploadedFile("order.pdf", b"%PDF-1.7 an order")
    if name in PAPERS:
        return SimpleUploadedFile("paper.png", ONE_GREY_POINT)
    return SimpleUploadedFile("partner.csv", making.table(count=9, seed=9).write_csv().encode())


def again(client):
    """Return a second client in the same session: what one does to its cookies the other does not see."""
    other = Client()
    other.cookies = client.cookies.copy()
    return other


@dataclass
class House:
    """Every page and form that somebody of the house comes to."""

    things: dict
    clients: dict
    forms: list = field(default_factory=list)
    purposes: dict = field(default_factory=lambda: {name: declared(view).purpose for name, _route, view in ours()})

    def values(self, name, parameter):
        """Return what a parameter of an address can be."""
        own = self.things.get(f"{name}/{parameter}", self.things.get(parameter))
        assert own is not None, f"{name}: say in the house what {parameter} can be"
        return own

    def addresses(self):
        """Yield (name, address, its parameters) of every address of the desk's own."""
        for name, route, _view in ours():
            filled = [{}]
            for _kind, parameter, group in PARAMETER.findall(route):
                named = parameter or group
                filled = [held | {named: value} for held in filled for value in self.values(name, named)[:3]]
            for given in filled:
                yield name, reverse(name, kwargs=given), given

    def serving(self, name):
        """Return (role, client) of everybody whom an address is open to by its purpose."""
        roles = {role: Role("supervisor" if role == "second" else role) for role in self.clients}
        return [(role, self.clients[role]) for role in roles if self.purposes[name] in EVERYBODY | PURPOSES[roles[role]]]

    def look(self):
        """Open every page as everybody, and keep each form once for each address and set of fields."""
        seen, opened = set(), set()
        for name, address, _given in list(self.addresses()):
            for role, client in self.serving(name):
                if role not in ALSO and address in opened:
                    continue
                page = client.get(address)
                if page.status_code != 200 or "html" not in page.get("Content-Type", ""):
                    continue
                opened.add(address)
                for form in Forms(address, page.content.decode()).found:
                    if not form.has_button and form.shown == {"csrfmiddlewaretoken"}:
                        continue  # holds the token for what the page asks by itself
                    path = urlsplit(form.address).path
                    shape = (resolve(path).view_name, tuple(sorted(form.shown)))
                    if shape not in seen:
                        seen.add(shape)
                        self.forms.append((resolve(path).view_name, form, client))
        self.forms += [("drafts", Form(reverse("drafts"), {"form": reverse("case_new"), "typed": "given_names=Nobody"}), client)]
        return self


@contextmanager
def undone():
    """Take back whatever is done here, in the database and in the site's folder; yield the tables that are written meanwhile."""
    folder, written = Path(settings.SITE_FOLDER), set()
    held = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def watch(execute, sql, params, many, context):
        if found := WRITES.match(sql):
            written.add(found[1])
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield written
        transaction.set_rollback(True)
    keys.forget_opened()
    for path in [path for path in folder.rglob("*") if path.is_file() and path not in held]:
        path.unlink()
    for path, content in held.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def models():
    return [model for model in apps.get_models() if model._meta.label_lower not in UNSTEADY and not model._meta.proxy]


def stored(tables=None):
    """Return every row of every table, or of those named, by table and key."""
    found = {}
    for model in models():
        if tables is not None and model._meta.db_table not in tables:
            continue
        names = [one.attname for one in model._meta.concrete_fields]
        rows = model._base_manager.values_list("pk", *names)
        found[model] = {row[0]: tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row[1:]) for row in rows}
    return found


def ids_in(rows):
    return {str(pk) for held in rows.values() for pk in held if isinstance(pk, uuid.UUID)}


def changes(before, known, tables):
    """Return what differs from before as (table, column, value) with how often, values of chance left out."""
    told = Counter()
    for model, held in stored(tables).items():
        told.update((model._meta.label_lower, "-", "") for pk in before[model].keys() - held.keys())
        for pk, row in held.items():
            old = before[model].get(pk)
            if row != old:
                told.update(_cells(model, pk, row, old, known))
    return told


def _cells(model, pk, row, old, known):
    instance = None
    for place, column in enumerate(model._meta.concrete_fields):
        if (old is not None and old[place] == row[place]) or isinstance(column, AutoField):  # a count goes on after an undoing
            continue
        value = row[place]
        if isinstance(column, SealedTextField):
            instance = instance or model._base_manager.get(pk=pk)
            value = getattr(instance, column.attname)
            value = "" if is_erased(value) else str(value)
        yield model._meta.label_lower, column.attname, steady(column.attname, value, known)


def steady(name, value, known):
    """Return a value without what chance or the clock gave it."""
    if name in DRAWN or isinstance(value, bytes):
        return "drawn"
    if isinstance(value, datetime.datetime):
        hours = (value - timezone.now()).total_seconds() / 3600
        return f"in {hours:.0f} hours" if abs(hours) < 1000 else str(value)
    text = json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)
    text = UUID.sub(lambda found: found[0] if found[0] in known else "new", text)
    return re.sub(r"[0-9a-f]{16,}|[A-Z0-9]{4}(-[A-Z0-9]{4}){2}", "drawn", text)


@pytest.fixture
def furnished(things, a_case, her_caseworker, her_supervisor, make_member, shelter, monkeypatch):  # noqa: F811
    """An office with one of each thing that an address of the desk can name, and everybody who comes to its pages."""
    monkeypatch.setattr(batch_views, "LINES", 1)  # one line of the table is like the other
    inspectorate = Organisation.objects.create(name="Labour inspectorate", country="XC")
    people = {"second": make_member(shelter, "supervisor")}
    people |= {role: make_member(shelter, role, name=f"{role} here") for role in ("data_steward", "administrator", "auditor")}
    people |= {
        "reviewer": make_member(inspectorate, "reviewer"),
        "labour_inspection": make_member(inspectorate, "labour_inspection"),
    }
    people |= {"supervisor": her_supervisor, "caseworker": her_caseworker}
    people |= {"police": Member.objects.get(organisation__name="Port police")}
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    things |= _other_things(things, a_case, people, colleague)
    clients = {}
    for role, member in people.items():
        clients[role] = Client()
        clients[role].force_login(member.user)
    return House(things, clients)


@pytest.fixture
def house(furnished):
    """The same office, each of its pages opened and their forms kept."""
    return furnished.look()


def _other_things(named, case, people, colleague):
    """Make one of each thing that is not about one case, and one disposal that waits for a second person."""
    supervisor, steward, shelter, today = people["supervisor"], people["data_steward"], case.organisation, timezone.localdate()
    other = cases.open_case(by=colleague, opened_on=today, person={"given_names": "Otra"})
    acting.add_actor(case=other, by=colleague, values={"called": "a cook", "phones": "+99 555 0101"})
    cover = staffing.cover(by=supervisor, absent=people["caseworker"], covering=colleague, since=today, until=today)
    emergency = emergencies.break_glass(by=people["caseworker"], called=other.number, reason="danger")
    told = {"danger": "yes", "text": "Six men sleep in the hall.", "place": "", "answer_to": ""}
    signal = intake.hand_in(by=people["labour_inspection"], to=shelter, values=told)
    now = timezone.now()
    flag = Flag.objects.create(organisation=shelter, member=colleague, sign="bulk", key="x", first_at=now, last_at=now, count=20)
    recipe = (ROOT / "recipes" / "demo.toml").read_text(encoding="utf-8")
    Budget.objects.create(pool="pool", epsilon=12, delta=1e-5)
    draft = {"organisation": shelter, "author": steward, "title": "Persons", "recipe": recipe}
    releases = [Release.objects.create(name=f"2026-{state}", state=state, **draft) for state in ("draft", "in_review")]
    brought = [contributions.bring(by=steward, **_file(shelter, seed)) for seed in (1, 2, 3)]
    running.run(brought[0].pk)
    found = {
        "member_id": [colleague.pk],
        "cover_id": [cover.pk],
        "emergency_id": [emergency.pk],
        "notice_id": [EmergencyNotice.objects.get(break_glass=emergency, member=supervisor).pk],
        "flag_id": [flag.pk],
        "same_id": _pairs(case, people, colleague),
        "apart_id": [_apart(case, supervisor, colleague)],
        "topic": [next(iter(processing.RISKS)), next(iter(processing.PARTS))],
        "signal_number": [signal.number],
        "excerpt_number": [Disclosure.objects.get(pk=named["disclosure_id"][0]).number],
        "key": ["nowhere"],
        "list_id": [saved.keep(by=people["caseworker"], name="Kept", chosen=PeopleFilter(risk="3"), is_shared=True).pk],
        "signal_write_down/kind": [kind.value for kind in Kind if kind is not Kind.OUTSIDE],
        "batch_number": [_batch(people["caseworker"], today).number],
    }
    lists = [
        importing.bring(by=supervisor, name="list.csv", pieces=[f"Date opened,Name\n20{year},A\n".encode()]) for year in (18, 19)
    ]
    importing.work(importing.enqueue(caseload=lists[1], by=supervisor).pk)
    for name in ("", "_progress", "_act", "_undo", "_rejected"):
        found[f"caseload{name}/pk"] = [row.pk for row in lists]
    DueRecord.objects.create(
        organisation=shelter, case=other, due_on=today, keeping=next(iter(KEEPINGS)), end=next(iter(ENDS)), reasons=[]
    )
    third = cases.open_case(by=colleague, opened_on=today, person={"given_names": "Tercera"})
    keeping.propose(case=third, by=supervisor, what="shred", reason="Kept long enough.", ground="person_asked")
    found["batch_number"] = [_batch(people["caseworker"], today).number]
    for name in ("release", "edit", "send", "drop", "verdict"):
        found[f"publication:{name}/pk"] = [row.pk for row in releases]
    for name in ("", "_check", "_progress", "_cancel", "_rejected", "_withdraw"):
        found[f"contribution{name}/pk"] = [row.pk for row in brought]
    return found


def _pairs(case, people, colleague):
    """Two records that wait for a decision, and two that are joined."""
    supervisor, found = people["second"], []
    for name in ("Cuarta", "Quinta"):
        twin = cases.open_case(by=colleague, opened_on=timezone.localdate(), person={"given_names": name})
        words = {"case": case, "other": twin, "by": people["supervisor"], "reason": "The same mother."}
        found.append(merging.propose(**words, row_id=uuid.uuid4()))
    supervisor.is_fresh = True
    merging.decide(pair=merging.pair_of(supervisor, found[1]), by=supervisor, is_same=True, reason="Both were asked.")
    return [row.pk for row in found]


def _apart(case, supervisor, colleague):
    """Another record of which somebody said that it is of another person."""
    twin = cases.open_case(by=colleague, opened_on=timezone.localdate(), person={"given_names": "Sexta"})
    same.tell_apart_as(by=supervisor, case=case, other=twin)
    return ToldApart.objects.get(other__in=[twin.person_id, case.person_id], one__in=[twin.person_id, case.person_id]).pk


def _batch(member, today):
    values = {"happened_on": today, "scene": "raid", "place": "", "present": "", "interpreter": ""}
    return batches.register(by=member, values=values, people=[Line(1, {"given_names": "Cuarta"}, family="A")], stage=Stage.SIGNAL)


def _file(organisation, seed):
    content = making.table(count=20, seed=seed).write_csv().encode()
    return {"organisation": organisation, "schema": "ctdc-kanon", "name": "partner.csv", "pieces": [content]}
