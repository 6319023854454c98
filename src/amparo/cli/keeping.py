"""Commands on keys: who gives the master key, renewing keys while people work, the recovery sheet, erasing a person."""

from __future__ import annotations

import argparse
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from amparo.desk.config import master_file, paper, unlocking
from amparo.desk.config.site import Site
from amparo.standard.reasons import say

from . import serving, sites


def status(arguments: argparse.Namespace) -> int:
    """Say who gives the master key, and how far every renewal has come."""
    language, site = arguments.language, sites.load(arguments.site)
    sites.start_django(site, sites.open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.core.models import Renewal

    held = master_file.read(unlocking.file_of(site.folder))
    giver = "keys_by_command" if held.get("by") == "command" else "keys_by_passphrase"
    print(say("cli", giver, language, program=(held.get("command") or [""])[0]))
    renewals = Renewal.objects.order_by("-started_at")[:20]
    for renewal in renewals:
        _tell(renewal, language)
    if not renewals:
        print(say("cli", "renewal_none", language))
    return 0


def _tell(renewal: Any, language: str) -> None:
    code = "renewal_done" if renewal.finished_at else "renewal_waits" if renewal.moved_at else "renewal_goes_on"
    values = {"total": renewal.total, "done": max(0, renewal.total - renewal.left), "begun": f"{renewal.started_at:%Y-%m-%d %H:%M}"}
    print(say("cli", code, language, what=say("cli", f"renewal_of_{renewal.scope}", language), **values))


def check(arguments: argparse.Namespace) -> int:
    """List every person's key and every sealed value that does not open, by ids and case numbers; exit code 1 if any."""
    language, site = arguments.language, sites.load(arguments.site)
    sites.start_django(site, sites.open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.config import database, proving

    found = 0
    with database.as_owner():
        for one in proving.shut():
            found += 1
            values = {"kind": one.kind, "row": one.row_id, "key_id": one.key_id, "cases": ", ".join(one.numbers) or "–"}
            print(say("cli", "does_not_open", language, **values))
    print(say("cli", "shut_some" if found else "shut_none", language, number=found))
    return 1 if found else 0


def passphrase(arguments: argparse.Namespace) -> int:
    """Let another passphrase give the master key from now on, also instead of a command."""
    language, site = arguments.language, sites.load(arguments.site)
    _no_demo(site)
    master = sites.open_site(site, arguments.passphrase_fd, language)
    new = sites.read_passphrase(arguments.new_passphrase_fd, language, new=True)
    _give(site, master, master_file.by_passphrase(master, new), "passphrase")
    print(say("cli", "recovered", language))
    return 0


def command(arguments: argparse.Namespace) -> int:
    """Let a program give the master key from now on: it must print the key of today, and is asked before anything changes."""
    language, site = arguments.language, sites.load(arguments.site)
    _no_demo(site)
    master = sites.open_site(site, arguments.passphrase_fd, language)
    if sites.fetched(arguments.program, arguments.seconds) != master:
        raise sites.refuse("key_command_other")
    _give(site, master, master_file.by_command(arguments.program, arguments.seconds), "command")
    print(say("cli", "keys_by_command", language, program=arguments.program[0]))
    return 0


def _no_demo(site: Site) -> None:
    if site.is_demo:
        raise sites.refuse("keys_of_the_demo")


def _give(site: Site, master: bytes, giver: master_file.Held, kind: str) -> None:
    with sites.clear_disk_errors(site.folder):
        unlocking.replace_giver(giver, unlocking.file_of(site.folder))
    sites.start_django(site, master)
    record_here("key.giver_changed", {"by": kind})


def record_here(action: str, details: dict[str, str]) -> None:
    """Write into the record of the organisation whose site this is."""
    from amparo.desk.access.models import Organisation
    from amparo.desk.audit import chain

    owner = Organisation.objects.order_by("recorded_at").first()
    if owner is not None:
        chain.record(action, owner, organisation_id=owner.pk, details=details)


def sheet(arguments: argparse.Namespace) -> int:
    """Write a recovery sheet of the present master key."""
    language, site = arguments.language, sites.load(arguments.site)
    master = sites.open_site(site, arguments.passphrase_fd, language)
    if sites.sheet_of(site.folder).exists():
        raise sites.refuse("sheet_exists", where=sites.sheet_of(site.folder))
    _write_sheet(site, master, language)
    sites.start_django(site, master)
    record_here("key.sheet_written", {})
    return 0


def _write_sheet(site: Site, master: bytes, language: str) -> None:
    place, made = sites.sheet_of(site.folder), datetime.now(UTC).date().isoformat()
    words = say("cli", "sheet", language, name=site.name, made=made, code=paper.code_of(master), where=site.folder)
    with sites.clear_disk_errors(place.parent):
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(words)
    print(say("cli", "sheet_written", language, where=place))


def rotate(arguments: argparse.Namespace) -> int:
    """Renew the master key, an organisation's or a person's while people work; where nobody serves the site, to the end at once."""
    language, site = arguments.language, sites.load(arguments.site)
    held = master_file.read(unlocking.file_of(site.folder))
    given = sites.passphrase_of(site, held, arguments.passphrase_fd, language)
    master = sites.opened(site, held, given)
    sites.start_django(site, master)
    from amparo.desk.core.renewing import UnderWay

    try:
        if arguments.organisation:
            renewal = _renew_organisation(arguments.organisation)
        elif arguments.case:
            renewal = _renew_person(arguments.case)
        else:
            renewal = _renew_site(site, held, given, arguments.program, arguments.seconds, language)
    except UnderWay:
        raise sites.refuse("renewal_under_way") from None
    _go_on(site)
    renewal.refresh_from_db()
    _tell(renewal, language)
    return 0


def _renew_organisation(name: str) -> Any:
    from amparo.desk.access.models import Organisation
    from amparo.desk.config import renewals

    found = Organisation.objects.filter(name=name).first()
    if found is None:
        raise sites.refuse("no_organisation")
    return renewals.renew_organisation(found)


def _case(number: str) -> Any:
    from amparo.desk.cases.models import Case

    found = list(Case.objects.filter(number=number).select_related("person")[:2])
    if len(found) != 1:
        raise sites.refuse("no_case")
    return found[0]


def _renew_person(number: str) -> Any:
    from amparo.desk.config import renewals

    return renewals.renew_person(_case(number))


def _renew_site(site: Site, held: master_file.Held, given: str, program: list[str], seconds: float, language: str) -> Any:
    """The new key is drawn here, or, where a program gives keys, what the named program prints from now on."""
    from amparo.desk.config import renewals

    if program:
        new, giver = sites.fetched(program, seconds), master_file.by_command(program, seconds)
        if master_file.is_of(new, held):
            raise sites.refuse("key_command_same")
    elif held.get("by") == "command":
        raise sites.refuse("rotate_needs_program")
    else:
        new = secrets.token_bytes(32)
        giver = master_file.by_passphrase(new, given, memory_kib=held["memory_kib"])
    with sites.clear_disk_errors(site.folder):
        renewal = renewals.renew_site(new, giver)
    _write_sheet(site, new, language)
    print(say("cli", "rotated_sheet", language))
    return renewal


def _go_on(site: Site) -> None:
    """Where nobody serves the site, nobody holds an old key: move everything and destroy it at once."""
    from amparo.desk.config import renewals
    from amparo.standard.reasons import Refused

    try:
        place = serving.claim(site)
    except Refused:
        return
    try:
        before = None
        while (left := renewals.advance_all(grace=timedelta(0))) and left != before:
            before = left
    finally:
        place.close()


def erase(arguments: argparse.Namespace) -> int:
    """Erase one person for good: two members, who prove themselves by their passwords, and the case's number typed once more."""
    language, site = arguments.language, sites.load(arguments.site)
    sites.start_django(site, sites.open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.access.guard import Denied
    from amparo.desk.cases import erasing
    from amparo.desk.core import damage

    case = _case(arguments.case)
    asked = _proven(arguments.asked_by, case.organisation_id, language)
    confirmed = _proven(arguments.confirmed_by, case.organisation_id, language)
    if sites.ask(say("cli", "erase_sure", language, number=case.number)) != case.number:
        raise sites.refuse("erase_not")
    try:
        with damage.passing_over():  # a record that does not open any more can still be erased
            erasing.erase(person=case.person, asked_by=asked, confirmed_by=confirmed, ground=erasing.Ground(arguments.ground))
    except Denied as denied:
        raise sites.refuse("erase_held" if denied.reason == "legal_hold" else "erase_denied") from None
    from amparo.desk.contributions import withdrawals

    withdrawals.follow()
    print(say("cli", "erased", language, number=case.number))
    return 0


def _proven(email: str, organisation_id: Any, language: str) -> Any:
    from amparo.desk.access.models import Member

    member = Member.objects.filter(user__email__iexact=email, organisation_id=organisation_id, left_at=None).first()
    typed = sites.ask(say("cli", "erase_password", language, email=email), hidden=True)
    if member is None or not member.user.is_active or not member.user.check_password(typed):
        raise sites.refuse("erase_not_proven")
    return member
