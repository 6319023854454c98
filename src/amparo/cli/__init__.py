"""The `amparo` command: one entry for the laptop, the office and the statistician.

Parsing imports nothing heavy; each command loads its room only when it runs, so that a release
starts without Django and a page starts without the release engine.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from amparo import __version__
from amparo.standard.reasons import LANGUAGES, Refused

HANDLERS = {
    "demo": "amparo.cli.serving:demo",
    "serve": "amparo.cli.serving:serve",
    "init": "amparo.cli.sites:init",
    "recover": "amparo.cli.sites:recover",
    "budget": "amparo.cli.sites:budget",
    "manage": "amparo.cli.sites:manage",
    "keys status": "amparo.cli.keeping:status",
    "keys check": "amparo.cli.keeping:check",
    "keys passphrase": "amparo.cli.keeping:passphrase",
    "keys command": "amparo.cli.keeping:command",
    "keys sheet": "amparo.cli.keeping:sheet",
    "keys rotate": "amparo.cli.keeping:rotate",
    "keys erase": "amparo.cli.keeping:erase",
    "import": "amparo.cli.sites:import_file",
    "database check": "amparo.cli.sites:database_check",
    "audit verify": "amparo.cli.auditing:verify",
    "audit export": "amparo.cli.auditing:export",
    "audit check": "amparo.cli.checking:check",
    "provider-secret": "amparo.cli.sites:provider_secret",
    "backup take": "amparo.cli.backups.command:take",
    "backup key": "amparo.cli.backups.command:key",
    "backup verify": "amparo.cli.backups.command:verify",
    "restore": "amparo.cli.backups.command:restore",
    "release make": "amparo.release.command:make",
    "release plan": "amparo.release.command:plan",
    "release verify": "amparo.release.command:verify",
    "release evaluate": "amparo.release.steward.command:evaluate",
    "release attack": "amparo.release.steward.command:attack",
    "country check": "amparo.cli.checking:country",
    "standard validate": "amparo.standard.command:validate",
    "warm": "amparo.disclosure.kernels:warm",
}
BACKUPS = [name.split()[1] for name in HANDLERS if name.startswith("backup ")]


def language() -> str:
    """Return the reader's language from the environment: `en`, `fr` or `es`."""
    for variable in ("AMPARO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")[:2]
        if value in LANGUAGES:
            return value
    return "en"


def default_site() -> Path:
    """Return the site that commands act on unless told otherwise: the demo beside the code."""
    return Path(os.environ.get("AMPARO_ROOT", ".")) / "var" / "demo"


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(prog="amparo", description="Amparo: cases, referral and evidence against trafficking in persons.")
    top.add_argument("--version", action="version", version=f"amparo {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(group: argparse._SubParsersAction, name: str, words: str, *, site: bool = False) -> argparse.ArgumentParser:  # type: ignore[type-arg]
        one = group.add_parser(name, help=words, description=words)
        one.add_argument("--language", choices=LANGUAGES, default=language(), help="language of the answer")
        if site:
            one.add_argument("--site", type=Path, default=default_site(), metavar="FOLDER", help="the site (default: the demo)")
        return one

    demo = command(commands, "demo", "Make the demo site when it is absent, and serve it.", site=True)
    demo.add_argument("--no-serve", action="store_true", help="do everything but serve")
    demo.add_argument("--port", type=int, default=8000, help="port of the desk; the portal takes the next one")
    init = command(commands, "init", "Start a real office: a folder with its keys, database and administrator.")
    init.add_argument("folder", type=Path, metavar="SITE")
    init.add_argument("--organisation", help="name of the organisation (asked when absent)")
    init.add_argument("--administrator", help="e-mail address of the administrator (asked when absent)")
    init.add_argument("--languages", default=None, help="for example en,fr (asked when absent)")
    init.add_argument("--budget", type=float, default=12.0, metavar="EPSILON", help="ceiling for the life of the pool (default 12)")
    init.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from this file descriptor")
    recover = command(commands, "recover", "Set a new passphrase with the code of the recovery sheet.")
    recover.add_argument("folder", type=Path, metavar="SITE")
    recover.add_argument("--passphrase-fd", type=int, metavar="N", help="read the new passphrase from this file descriptor")
    serve = command(commands, "serve", "Serve a site: desk, portal and worker.")
    serve.add_argument("folder", type=Path, metavar="SITE")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--address", default="127.0.0.1")
    serve.add_argument("--behind-tls", action="store_true", help="a TLS proxy stands in front (needed for other addresses)")
    serve.add_argument(
        "--proxy", default="", metavar="ADDRESS", help="the proxy's IP address: nobody else is believed to have come by TLS"
    )
    serve.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from this file descriptor")
    manage = commands.add_parser("manage", help="A management command of the desk.", add_help=False)
    manage.add_argument("--site", type=Path, default=default_site())
    manage.add_argument("arguments", nargs=argparse.REMAINDER)

    arrive = command(commands, "import", "Import a partner's file into the pool.", site=True)
    arrive.add_argument("file", type=Path)
    arrive.add_argument("--schema", required=True)
    arrive.add_argument("--organisation", required=True)
    arrive.add_argument(
        "--rename", action="append", default=[], metavar="COLUMN=NAME", help="what a column of the file is in the schema"
    )
    arrive.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="leave a column out")
    arrive.add_argument("--date-order", action="append", default=[], metavar="COLUMN=ORDER", help="iso, day-first or month-first")
    arrive.add_argument(
        "--person-column", default="", metavar="COLUMN", help="the column that tells persons apart (used, not kept)"
    )
    arrive.add_argument("--all-new", action="store_true", help="none of the persons was in an earlier file")
    arrive.add_argument("--replaces", default="", metavar="ID", help="the contribution that this file corrects")
    arrive.add_argument("--rejected", type=Path, metavar="FILE", help="write the rejected cells with their reasons here")
    arrive.add_argument("--passphrase-fd", type=int, metavar="N")

    budget = command(commands, "budget", "Show or set what all releases of the pool together may disclose.", site=True)
    budget.add_argument("--epsilon", type=float, help="the new ceiling, for the life of the pool")
    budget.add_argument("--delta", type=float, default=1e-5, help="the delta that goes with it (default 1e-5)")
    budget.add_argument("--passphrase-fd", type=int, metavar="N")

    audit = commands.add_parser("audit", help="The record of who read and changed what.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    whole = command(audit, "verify", "Check that no audit event was changed, removed, reordered or inserted.", site=True)
    whole.add_argument("--passphrase-fd", type=int, metavar="N")
    copy = command(
        audit, "export", "Write a signed copy of the audit record for an auditor outside, without anybody's name.", site=True
    )
    copy.add_argument("--out", type=Path, required=True, metavar="FILE")
    copy.add_argument("--passphrase-fd", type=int, metavar="N")
    check = command(audit, "check", "Check a copy on another machine: no site and no keys are needed.")
    check.add_argument("copy", type=Path, metavar="FILE")
    check.add_argument("--key", default="", metavar="HEX", help="insist on this signer, as the export has printed it")
    check.add_argument("--witness", type=Path, metavar="FOLDER", help="the site's audit folder, copied before the export")
    check.add_argument("--earlier", type=Path, metavar="FILE", help="an earlier copy: all of it must still be there")

    add_backups(commands, command)
    add_keys(commands, command)

    secret = command(commands, "provider-secret", "Keep the secret of an account elsewhere, sealed.", site=True)
    secret.add_argument("key", metavar="KEY", help="the provider's key in site.toml")
    secret.add_argument("--secret-fd", type=int, metavar="N", help="read the secret from this file descriptor")
    secret.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from this file descriptor")

    database = commands.add_parser("database", help="The site's database.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    command(database, "check", "Check that PostgreSQL keeps organisations apart: roles, rights, row-level security.", site=True)

    release = commands.add_parser("release", help="Plan, make and verify releases.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    make = command(release, "make", "Make a differentially private release of a table.")
    make.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    make.add_argument("table", type=Path, metavar="TABLE")
    make.add_argument("--out", type=Path, required=True, metavar="DIR")
    make.add_argument("--quiet", action="store_true")
    plan = command(release, "plan", "Show what a recipe would spend, and on what, before anything is spent.")
    plan.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    plan.add_argument("--rows", type=int, metavar="N", help="say how much memory a table of so many rows takes")
    verify = command(release, "verify", "Check the checksums, certificate and signature of a release.")
    verify.add_argument("folder", type=Path, metavar="DIR")
    verify.add_argument("--key", type=Path, metavar="FILE", help="insist on this signer")
    evaluate = command(release, "evaluate", "Compare a release with its table, for the steward; or say what its noise costs.")
    evaluate.add_argument(
        "files", type=Path, nargs="+", metavar="RECIPE.toml TABLE BUNDLE", help="with --publishable the bundle alone"
    )
    evaluate.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the report")
    evaluate.add_argument("--against", type=Path, metavar="BUNDLE", help="another release of the table, to compare with")
    evaluate.add_argument(
        "--within", action="append", default=[], metavar="COLUMN=VALUE,VALUE", help="look into this part (again for more)"
    )
    evaluate.add_argument("--publishable", action="store_true", help="a report from the bundle alone, which may be published")
    evaluate.add_argument("--quiet", action="store_true")
    attack = command(release, "attack", "Attack a release with its table and persons who are not in it.")
    attack.add_argument("files", type=Path, nargs="+", metavar="RECIPE.toml TABLE BUNDLE")
    attack.add_argument(
        "--holdout", type=Path, required=True, metavar="TABLE", help="persons of the same kind who are not in the table"
    )
    attack.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the report")
    attack.add_argument("--earlier", type=Path, metavar="BUNDLE", help="a release from before some persons joined")
    attack.add_argument("--joined", type=Path, metavar="TABLE", help="the persons who joined after the earlier release")
    attack.add_argument("--seed", type=int, default=0, help="draws who is attacked (default 0)")
    attack.add_argument("--quiet", action="store_true")

    standard = commands.add_parser("standard", help="The data standard.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    validate = command(standard, "validate", "Report what in a file does not fit a schema.")
    validate.add_argument("file", type=Path)
    validate.add_argument("--schema", required=True)
    validate.add_argument("--json", action="store_true", help="answer as JSON")
    validate.add_argument("--rename", action="append", metavar="COLUMN=NAME", help="the schema's name of a column (again for more)")
    validate.add_argument("--ignore", action="append", metavar="COLUMN", help="leave a column out (again for more)")
    validate.add_argument("--date-order", action="append", metavar="COLUMN=ORDER", help="iso, day-first or month-first")

    country = commands.add_parser("country", help="What a country adds: forms, codes, indicators, documents.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    check_pack = command(country, "check", "Say what a country pack or an XLSForm holds, and why it cannot be used.")
    check_pack.add_argument("pack", type=Path, metavar="PACK", help="a folder, a zip or an .xlsx workbook")

    commands.add_parser("warm", help="Compile the numeric kernels once.")
    return top


def add_backups(commands: argparse._SubParsersAction, command: Callable[..., argparse.ArgumentParser]) -> None:  # type: ignore[type-arg]
    """Add what keeps and brings back."""
    backup = commands.add_parser("backup", help="Back a site up; `backup SITE` is `backup take SITE`.").add_subparsers(
        dest="subcommand", required=True, metavar="COMMAND"
    )
    take = command(backup, "take", "Take an encrypted backup of a site while it works; needs no passphrase.")
    take.add_argument("site", type=Path, metavar="SITE")
    take.add_argument(
        "--to", type=Path, metavar="FOLDER", help="the folder of backups, on another disk (default: backup_to in site.toml)"
    )
    take.add_argument(
        "--keep", default="", metavar="RULE", help="remove older ones afterwards: 7d,4w,6m keeps so many days, weeks, months"
    )
    key = command(backup, "key", "Make the key that opens the backups of a site: it belongs away from the computer.")
    key.add_argument("site", type=Path, metavar="SITE")
    key.add_argument("--locked", action="store_true", help="lock the key's file by a passphrase, which is asked")
    key.add_argument("--passphrase-fd", type=int, metavar="N", help="lock it by the passphrase from this file descriptor")
    whole = command(backup, "verify", "Check every byte of a backup; with the key, that all of it opens.")
    whole.add_argument("backup", type=Path, metavar="BACKUP")
    whole.add_argument("--key", type=Path, metavar="FILE", help="the backup key: believe its site alone, and open everything")
    whole.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="read the passphrase of a locked key from this file descriptor"
    )
    restore = command(commands, "restore", "Bring a site back from a backup into an empty folder, or rehearse that.")
    restore.add_argument("backup", type=Path, metavar="BACKUP")
    restore.add_argument("folder", type=Path, metavar="NEW_SITE", nargs="?", help="a new or empty folder (not with --rehearse)")
    restore.add_argument("--key", type=Path, required=True, metavar="FILE", help="the backup key")
    restore.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="read the passphrase of a locked key from this file descriptor"
    )
    restore.add_argument("--database", default="", metavar="ADDRESS", help="an empty PostgreSQL database, for a backup of one")
    restore.add_argument(
        "--destroyed", type=Path, metavar="FILE", help="the newest keys/destroyed.txt: who was erased since stays erased"
    )
    restore.add_argument(
        "--moved", action="store_true", help="the old site was stopped before this backup and is never served again: releases go on"
    )
    restore.add_argument("--rehearse", action="store_true", help="restore into a scratch place, compare, and write a protocol")
    restore.add_argument("--protocol", type=Path, metavar="FILE", help="a new file for the protocol (default: here, with its date)")
    restore.add_argument(
        "--scratch", type=Path, metavar="FOLDER", help="where to rehearse (default: the system's place for passing files)"
    )
    restore.add_argument("--open", action="store_true", help="with --rehearse: ask the site's passphrase and open what is sealed")
    restore.add_argument("--site-passphrase-fd", type=int, metavar="N", help="with --rehearse: read that passphrase from here")


def add_keys(commands: argparse._SubParsersAction, command: Callable[..., argparse.ArgumentParser]) -> None:  # type: ignore[type-arg]
    """Add the commands on keys."""
    keys = commands.add_parser("keys", help="The site's keys.").add_subparsers(dest="subcommand", required=True, metavar="COMMAND")

    def one(name: str, words: str) -> argparse.ArgumentParser:
        made = command(keys, name, words, site=True)
        made.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from this file descriptor")
        return made

    one("status", "Say who gives the master key and how far each renewal has come.")
    one("check", "List every person's key and sealed value that does not open.")
    other = one("passphrase", "Set another passphrase, also instead of a command.")
    other.add_argument("--new-passphrase-fd", type=int, metavar="N", help="read the new passphrase from this file descriptor")
    one("sheet", "Write a recovery sheet of the present master key.")
    given = one("command", "Let a program give the master key instead of a passphrase.")
    given.add_argument("program", nargs="+", metavar="PROGRAM", help="its whole path, then its arguments (after --)")
    rotate = one("rotate", "Renew the master key, or another key, while people work.")
    rotate.add_argument("--organisation", metavar="NAME", help="renew this organisation's key")
    rotate.add_argument("--case", metavar="NUMBER", help="renew the key of this case's person")
    rotate.add_argument("program", nargs="*", metavar="PROGRAM", help="the program that prints the new master key (after --)")
    for asked in (given, rotate):
        asked.add_argument("--seconds", type=float, default=20.0, help="how long the program may take (default 20)")
    erase = one("erase", "Erase one person for good; two members prove themselves.")
    erase.add_argument("--case", required=True, metavar="NUMBER")
    erase.add_argument("--asked-by", required=True, metavar="EMAIL", help="who asks for it")
    erase.add_argument("--confirmed-by", required=True, metavar="EMAIL", help="the supervisor who confirms it")
    erase.add_argument("--ground", required=True, choices=("retention_ended", "person_asked", "recorded_in_error"))


def handler(arguments: argparse.Namespace) -> Callable[[argparse.Namespace], int | None]:
    """Return the function of the chosen command, importing its room only now."""
    name = " ".join(part for part in (arguments.command, getattr(arguments, "subcommand", None)) if part)
    module, function = HANDLERS[name].split(":")
    chosen: Callable[..., int | None] = getattr(import_module(module), function)
    return (lambda _: chosen()) if name == "warm" else chosen


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a person's mistake ends in its sentence and exit code 2."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["backup"] and len(given) > 1 and given[1] not in BACKUPS and not given[1].startswith("-"):
        given.insert(1, "take")
    arguments = parser().parse_args(given)
    try:
        return handler(arguments)(arguments) or 0
    except Refused as refused:
        print(f"amparo: {refused.say(getattr(arguments, 'language', language()))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads along has read enough; what is left to say goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
