"""Commands on a site: start an office, recover it, import into it, look after it."""

from __future__ import annotations

import argparse
import errno
import getpass
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from amparo.cli.process import leave_no_dump
from amparo.desk.config import key_command, master_file, paper, unlocking
from amparo.desk.config.site import Part, Site
from amparo.standard.reasons import LANGUAGES, Reason, Refused, say

if TYPE_CHECKING:
    from amparo.desk.config import row_security

LEAST_PASSPHRASE = 16
CEILING_DELTA = 1e-5
DEMO_PASSPHRASE = "demo: this passphrase protects nothing"  # noqa: S105 - the demo's own, printed on its screen


def refuse(code: str, **values: object) -> Refused:
    """Return a refusal in this room's words."""
    where = str(values.pop("where", ""))
    return Refused(Reason("cli", code, where, values))


@contextmanager
def clear_disk_errors(where: Path) -> Iterator[None]:
    """Turn what the disk refuses into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise refuse("disk_full") from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR):
            raise refuse("unwritable", where=where, what=error.strerror) from error
        raise


def load(folder: Path) -> Site:
    """Return the site in a folder, or refuse."""
    try:
        return Site.load(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise refuse("no_site", where=folder) from None


def ask(prompt: str, *, hidden: bool = False) -> str:
    """Ask at the terminal, or refuse where there is none."""
    if not sys.stdin.isatty():
        raise refuse("no_terminal")
    answer = getpass.getpass(prompt) if hidden else input(prompt)
    return answer.strip()


def read_passphrase(descriptor: int | None, language: str, *, new: bool = False) -> str:
    """Return the passphrase from a file descriptor (its first line), or ask for it; twice when it is new."""
    if descriptor is not None:
        with os.fdopen(descriptor) as given:
            passphrase = given.readline().rstrip("\n")
    elif new:
        passphrase = ask(say("cli", "passphrase_new", language, least=LEAST_PASSPHRASE), hidden=True)
        if passphrase != ask(say("cli", "passphrase_again", language), hidden=True):
            raise refuse("passphrase_differs")
    else:
        passphrase = ask(say("cli", "passphrase_prompt", language), hidden=True)
    if new and len(passphrase) < LEAST_PASSPHRASE:
        raise refuse("passphrase_short", least=LEAST_PASSPHRASE)
    return passphrase


def open_site(site: Site, descriptor: int | None, language: str) -> bytes:
    """Return the site's master key, from the passphrase or from the program that gives it; the demo opens by itself."""
    held = master_file.read(unlocking.file_of(site.folder))
    return opened(site, held, passphrase_of(site, held, descriptor, language))


def passphrase_of(site: Site, held: master_file.Held, descriptor: int | None, language: str) -> str:
    """Return the passphrase that opens a site, asked for where it must be; empty where a program gives the key."""
    if held.get("by") == "command":
        return ""
    return DEMO_PASSPHRASE if site.is_demo else read_passphrase(descriptor, language)


def opened(site: Site, held: master_file.Held, passphrase: str) -> bytes:
    """Return the master key of the file, or refuse."""
    leave_no_dump()
    if held.get("by") == "command":
        master = fetched(held["command"], held["seconds"])
        if not master_file.is_of(master, held):
            raise refuse("key_command_other")
        return master
    try:
        return master_file.opened(passphrase, held)
    except master_file.WrongPassphrase:
        raise refuse("wrong_passphrase") from None


def fetched(command: list[str], seconds: float) -> bytes:
    """Return the key that a program prints, or refuse without a word of what it answered."""
    try:
        return key_command.fetch(command, seconds=seconds)
    except key_command.Unanswered as failure:
        raise refuse(failure.code, program=command[0] if command else "", seconds=f"{seconds:g}") from None


def start_django(site: Site, master: bytes | None) -> None:
    """Make this process a process of the site's desk; a command acts for the whole site, as the worker does."""
    os.umask(0o077)
    os.environ["AMPARO_SITE"] = str(site.folder)
    os.environ["AMPARO_DATABASE_AS"] = Part.WORKER.value
    os.environ["DJANGO_SETTINGS_MODULE"] = "amparo.desk.config.settings"
    if master is not None:
        unlocking.unlock(master, unlocking.file_of(site.folder))
    import django

    django.setup()
    from amparo.desk.config import database

    with _said():
        database.require_worker()
        database.require_own()


@contextmanager
def _said() -> Iterator[None]:
    """Turn what is amiss with the database into sentences."""
    from amparo.desk.config import database

    try:
        yield
    except database.Unbound as unbound:
        raise Refused(*(reason_of(flaw) for flaw in unbound.flaws)) from None
    except database.Strange:
        raise refuse("database_strange") from None


def make_folder(
    folder: Path, *, name: str, languages: tuple[str, ...], passphrase: str, is_demo: bool = False
) -> tuple[Site, bytes]:
    """Lay out a site's folder with its sealed master key; return the site and the key."""
    os.umask(0o077)
    master = secrets.token_bytes(32)
    with clear_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        for part in ("bundles", "files", "keys", "audit"):
            (folder / part).mkdir(mode=0o700)
        quoted = ", ".join(f'"{language}"' for language in languages)
        zone = "UTC" if is_demo else _zone_here()
        text = f'name = "{_toml(name)}"\nlanguages = [{quoted}]\ntime_zone = "{zone}"\ndemo = {str(is_demo).lower()}\n'
        text += 'hosts = []\ndatabase = ""\n'
        (folder / "site.toml").write_text(text, encoding="utf-8")
        memory = 8 * 1024 if is_demo else unlocking.MEMORY_KIB
        unlocking.seal_master(master, passphrase, unlocking.file_of(folder), memory_kib=memory)
    return Site.load(folder), master


def _zone_here(machine: Path = Path("/etc/localtime")) -> str:
    """Return the time zone that this machine is set to; UTC where it names none."""
    name = os.path.realpath(machine).rpartition("/zoneinfo/")[2]
    return name if name in available_timezones() else "UTC"


def _toml(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"')


def lay_tables() -> None:
    """Make or bring up to date the database of the site this process serves; refuse roles that see past the policies."""
    from amparo.desk.config import database

    with _said():
        database.lay()
    _mend()


def _mend() -> None:
    """Before anybody is let in: destroy what an older database brought back, and index who is in no index."""
    from amparo.desk.cases import erasing, names
    from amparo.desk.core import destroyed, keys

    if keys.is_unlocked():
        destroyed.apply()
        erasing.finish_all()
        names.fit_all()


def reason_of(flaw: row_security.Flaw) -> Reason:
    """Return a flaw of the database's roles or policies in this room's words."""
    return Reason("cli", f"database_{flaw.code}", "", {"what": flaw.what})


def database_check(arguments: argparse.Namespace) -> int:
    """Say whether the database keeps organisations apart as declared: roles, rights, policies; refuse where it has none."""
    language, site = arguments.language, load(arguments.site)
    start_django(site, None)
    from django.db import connection

    from amparo.desk.config import database

    if connection.vendor != "postgresql":
        raise refuse("database_is_sqlite")
    flaws = database.flaws()
    for flaw in flaws:
        print(reason_of(flaw).say(language))
    if not flaws:
        print(say("cli", "database_whole", language))
    return 1 if flaws else 0


def init(arguments: argparse.Namespace) -> int:
    """Start a real office: keys, database, organisation, administrator, recovery sheet."""
    language, folder = arguments.language, arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("site_exists", where=folder)
    organisation = arguments.organisation or ask(say("cli", "ask_organisation", language))
    email = arguments.administrator or ask(say("cli", "ask_administrator", language))
    chosen = arguments.languages or ask(say("cli", "ask_languages", language))
    languages = tuple(part.strip() for part in chosen.split(",") if part.strip())
    if not languages or not set(languages) <= set(LANGUAGES):
        raise refuse("bad_languages")
    if not organisation.strip():
        raise refuse("empty_answer", what=say("cli", "ask_organisation", language))
    _check_email(email)
    _check_ceiling(arguments.budget, CEILING_DELTA)
    sheet = sheet_of(folder)
    if sheet.exists():
        raise refuse("site_exists", where=sheet)
    passphrase = read_passphrase(arguments.passphrase_fd, language, new=True)
    existed = folder.exists()
    try:
        _fill(folder, organisation.strip(), email, languages, passphrase, language, arguments.budget)
    except BaseException:
        for inside in folder.iterdir() if folder.exists() else ():
            shutil.rmtree(inside, ignore_errors=True) if inside.is_dir() else inside.unlink(missing_ok=True)
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        sheet.unlink(missing_ok=True)
        raise
    return 0


def _check_email(email: str) -> None:
    from django.core.exceptions import ValidationError
    from django.core.validators import EmailValidator

    try:
        EmailValidator()(email)
    except ValidationError:
        raise refuse("bad_email", value=email) from None


def sheet_of(folder: Path) -> Path:
    """Return where the recovery sheet is written: beside the site, never inside it, so that no copy of the site carries it."""
    folder = folder.resolve()
    return folder.with_name(folder.name + "-recovery-sheet.txt")


def _check_ceiling(epsilon: float, delta: float) -> None:
    """Refuse a ceiling that no ledger can have, before anything is asked or made."""
    from amparo.disclosure.accounting import Privacy

    Privacy(epsilon, delta)


def _fill(
    folder: Path, organisation: str, email: str, languages: tuple[str, ...], passphrase: str, language: str, ceiling: float
) -> None:
    site, master = make_folder(folder, name=organisation, languages=languages, passphrase=passphrase)
    with clear_disk_errors(folder):
        start_django(site, master)
        lay_tables()
        password = "-".join(recovery_code(secrets.token_bytes(10)).split("-")[:4])
        _first_member(organisation, email, password, languages[0], ceiling)
        sheet = sheet_of(folder)
        made = datetime.now(UTC).date().isoformat()
        words = say("cli", "sheet", language, name=organisation, made=made, code=recovery_code(master), where=folder)
        with os.fdopen(os.open(sheet, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as paper:
            paper.write(words)
    print(say("cli", "init_done", language, where=folder))
    print(say("cli", "sheet_written", language, where=sheet))
    print(say("cli", "first_password", language, email=email, password=password))


def _first_member(organisation: str, email: str, password: str, language: str, ceiling: float) -> None:
    from django.db import transaction

    from amparo.desk.access.models import Member, Organisation, User
    from amparo.desk.access.roles import Role
    from amparo.desk.audit import chain
    from amparo.desk.publication import actions

    with transaction.atomic():
        owner = Organisation.objects.create(name=organisation)
        user = User.objects.create_user(email, password, name=email.split("@")[0], language=language)
        member = Member.objects.create(user=user, organisation=owner, roles=[Role.ADMINISTRATOR])
        chain.record("site.started", owner, by=member)
        actions.set_ceiling(epsilon=ceiling, delta=CEILING_DELTA, organisation_id=owner.id)


def recovery_code(master: bytes) -> str:
    """Return bytes as groups of letters for paper, with a check against misreading."""
    return paper.code_of(master)


def read_recovery_code(code: str) -> bytes:
    """Return the master key from its paper form, or refuse."""
    try:
        return paper.read(code)
    except paper.Misread:
        raise refuse("wrong_recovery") from None


def recover(arguments: argparse.Namespace) -> int:
    """Set a new passphrase with the recovery sheet's code."""
    language, site = arguments.language, load(arguments.folder)
    if not sys.stdin.isatty():
        raise refuse("no_terminal_code")
    master = read_recovery_code(ask(say("cli", "recovery_prompt", language)))
    if not unlocking.is_master(master, unlocking.file_of(site.folder)):
        raise refuse("wrong_recovery")
    passphrase = read_passphrase(arguments.passphrase_fd, language, new=True)
    with clear_disk_errors(site.folder):
        unlocking.replace_passphrase(master, passphrase, unlocking.file_of(site.folder))
    print(say("cli", "recovered", language))
    return 0


def budget(arguments: argparse.Namespace) -> int:
    """Show the pool's ceiling and what is spent of it, or set another; setting is recorded."""
    language, site = arguments.language, load(arguments.site)
    if arguments.epsilon is not None:
        _check_ceiling(arguments.epsilon, arguments.delta)
    start_django(site, open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.access.models import Organisation
    from amparo.desk.publication import actions, composing, engine
    from amparo.desk.publication.models import Budget

    if arguments.epsilon is not None:
        owner = Organisation.objects.order_by("recorded_at").values_list("id", flat=True)[0]
        actions.set_ceiling(epsilon=arguments.epsilon, delta=arguments.delta, organisation_id=owner)
    held = Budget.objects.filter(pool=engine.POOL).first()
    if held is None:
        raise refuse("budget_none")
    spent = composing.rounded_up(engine.ledger(held).epsilon_spent, 2)
    print(say("cli", "budget_shown", language, epsilon=f"{held.epsilon:.12g}", delta=f"{held.delta:.12g}", spent=f"{spent:.2f}"))
    return 0


def manage(arguments: argparse.Namespace) -> int:
    """Run a management command of the desk; without a site only those that need no data."""
    folder = arguments.site
    site = Site.load(folder) if (folder / "site.toml").exists() else None
    if site is not None:
        start_django(site, open_site(site, None, "en") if site.is_demo else None)
    else:
        os.environ["DJANGO_SETTINGS_MODULE"] = "amparo.desk.config.settings"
    from django.core.management import execute_from_command_line

    from amparo.desk.config import database

    owners = site is not None and arguments.arguments[:1] and arguments.arguments[0] in CHANGING_TABLES
    with database.as_owner() if owners else nullcontext():
        execute_from_command_line(["amparo manage", *arguments.arguments])
    return 0


CHANGING_TABLES = frozenset({"migrate", "createcachetable"})
"""Commands of Django that only the tables' owner can run; `amparo serve` gives desk and worker their rights afterwards."""


IMPORT_OPTIONS = (
    "schema",
    "organisation",
    "language",
    "rename",
    "ignore",
    "date_order",
    "person_column",
    "all_new",
    "replaces",
    "rejected",
)


def import_file(arguments: argparse.Namespace) -> int:
    """Import a partner's file into the pool of a site."""
    site = load(arguments.site)
    if not arguments.file.is_file():
        raise Refused(Reason("standard", "no_file", where=arguments.file.name))
    start_django(site, open_site(site, arguments.passphrase_fd, arguments.language))
    from django.core.management import call_command

    with clear_disk_errors(site.folder):
        return int(
            call_command(
                "import_file",
                str(arguments.file),
                **{name: getattr(arguments, name) for name in IMPORT_OPTIONS},
            )
            or 0
        )


def provider_secret(arguments: argparse.Namespace) -> int:
    """Seal the secret that a provider of sign-ins gave this site; it is asked for and stands nowhere in clear."""
    language, site = arguments.language, load(arguments.site)
    if arguments.key not in {one.key for one in site.providers}:
        raise refuse("no_provider", name=arguments.key)
    start_django(site, open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.access import provider

    if arguments.secret_fd is None:
        secret = ask(say("cli", "ask_secret", language), hidden=True)
    else:
        with os.fdopen(arguments.secret_fd) as given:
            secret = given.readline().rstrip("\n")
    if not secret:
        raise refuse("empty_answer", what=say("cli", "ask_secret", language))
    with clear_disk_errors(site.folder):
        provider.seal_secret(arguments.key, secret)
    print(say("cli", "secret_sealed", language, name=arguments.key))
    return 0
