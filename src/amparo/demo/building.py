"""Builds the demo site: members, cases, contributions, and one release that two reviewers approved."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from amparo.demo.asking import show_questions
from amparo.demo.casework import Caseload
from amparo.demo.cast import PASSWORD, SIGN_INS
from amparo.demo.intake import show_intake
from amparo.demo.lives import show_lives
from amparo.demo.partner_files import partner_file
from amparo.demo.people import Persona, invent
from amparo.demo.reaching import show_reaching
from amparo.demo.region import BODIES, PARTNERS, Partner
from amparo.demo.twice import show_twins
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.access.roles import Role
from amparo.desk.audit import chain as audit
from amparo.desk.config import database
from amparo.desk.contributions import actions as contributions
from amparo.desk.core import keys
from amparo.desk.publication import actions as releases
from amparo.desk.publication import engine
from amparo.desk.publication.models import Budget, Release
from amparo.desk.publication.rules import Opinion, State

SEED = 20261122
RECIPE = Path(__file__).resolve().parents[3] / "recipes" / "demo.toml"
BATCH = 100
CEILING = (12.0, 5e-5)


class NotPublished(Exception):
    """The demo's release did not come through: a defect."""


def build(today: date) -> None:
    """Fill an empty database with the invented region, through the same doors as a real office."""
    database.lay()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")  # a demo that is cut off is made anew, never mended
    members = make_members()
    for owner in Organisation.objects.all():
        keys.organisation_key(owner.id)  # made and remembered outside the long transactions that follow
    people = invent(SEED, today)
    take_in(people, members, today)
    show_reaching(members, today)
    show_questions(members, today)
    show_intake(members, today)
    show_lives(members, today)
    show_twins(members, today)
    contribute(people, members)
    publish(members)
    audit.checkpoint()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@transaction.atomic
def make_members() -> dict[str, Member]:
    """Make organisations, users and members; return the members by e-mail address."""
    organisations = {
        partner.name: Organisation.objects.create(
            name=partner.name, kind=partner.kind, country=partner.country, is_partner_only=partner not in _present()
        )
        for partner in (*PARTNERS, *BODIES)
    }
    members = {}
    pattern = User(email="", name="")
    pattern.set_password(PASSWORD)
    for entry in SIGN_INS:
        user = User.objects.create(
            email=entry.email, name=entry.name, language=entry.language, is_demo=True, password=pattern.password
        )
        owner = organisations[entry.partner.name]
        members[entry.email] = Member.objects.create(user=user, organisation=owner, roles=[str(Role(role)) for role in entry.roles])
    Budget.objects.create(pool=engine.POOL, epsilon=CEILING[0], delta=CEILING[1])
    return members


def _present() -> set[Partner]:
    return {entry.partner for entry in SIGN_INS}


def take_in(people: Sequence[Persona], members: dict[str, Member], today: date) -> None:
    """Take the persons of the two offices that work here into their cases, oldest first."""
    staff = {
        "Lantern House": ("maro@demo.example", "tovan@demo.example"),
        "Harbour Clinic": ("essin@demo.example", "lanvier@demo.example"),
    }
    for name, (worker, supervisor) in staff.items():
        load = Caseload(worker=members[worker], supervisor=members[supervisor], random=Random(SEED), today=today)  # noqa: S311
        mine = sorted((one for one in people if one.partner.name == name), key=lambda one: one.registered_on)
        for batch in _batches(mine):
            with transaction.atomic():
                for persona in batch:
                    load.take_in(persona)
            say(".")


def _batches(people: Sequence[Persona]) -> Iterator[Sequence[Persona]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]


def contribute(people: Sequence[Persona], members: dict[str, Member]) -> None:
    """Bring every partner's rows into the pool: three files, and the two offices' own cases."""
    steward = members["ruvel@demo.example"]
    for partner in PARTNERS:
        owner = Organisation.objects.get(name=partner.name)
        if partner.hands_on == "desk":
            contributions.contribute_own_cases(organisation=owner, by=None)
            continue
        mine = [one for one in people if one.partner is partner]
        name, content = partner_file(mine, partner.hands_on, Random(SEED))  # noqa: S311
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            contributions.import_file(path=path, schema=partner.hands_on, organisation=owner, by=steward)
        say("+")


def publish(members: dict[str, Member]) -> None:
    """Lead one release the whole way: steward, two reviewers, spend, measurement, two reviewers, publication."""
    steward, first, second = (members[f"{name}@demo.example"] for name in ("ruvel", "quill", "oster"))
    recipe = RECIPE.read_text(encoding="utf-8")
    one = releases.draft(by=steward, title="Persons in the Meridian region", recipe=recipe)
    releases.send_for_review(one, by=steward, version=one.version)
    reasons = {
        first: "The columns are those that readers ask for, and the margins can be read.",
        second: "Se entiende y el coste es razonable.",
    }
    for _round in range(2):
        for reviewer, words in reasons.items():
            one.refresh_from_db()
            releases.judge(one, by=reviewer, opinion=Opinion.RELEASE, reasons=words, attempt=one.attempt, asked=one.round)
        engine.carry_on(one.pk)
    say("!")
    if Release.objects.get(pk=one.pk).state != State.PUBLISHED:
        raise NotPublished(Release.objects.values_list("state", "troubles").get(pk=one.pk))


def say(mark: str) -> None:
    """Show that something moves."""
    sys.stderr.write(mark)
    sys.stderr.flush()
