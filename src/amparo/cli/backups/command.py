"""The commands: a backup key, a backup, a look at it, a restored site, a rehearsal."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path

from amparo.desk.config.site import Site
from amparo.standard.reasons import say

from .. import sites
from . import identity, manifests, rehearsing, restoring, retention, taking


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def key(arguments: argparse.Namespace) -> int:
    """Make the backup key of a site."""
    language, site = arguments.language, sites.load(arguments.site)
    locked = arguments.locked or arguments.passphrase_fd is not None
    passphrase = sites.read_passphrase(arguments.passphrase_fd, language, new=True) if locked else None
    with sites.clear_disk_errors(site.folder):
        _, sheet = identity.make(site.folder, passphrase)
    print(say("cli", "backup_key_made", language, where=sheet))
    return 0


def take(arguments: argparse.Namespace) -> int:
    """Take a backup of a site."""
    language, site = arguments.language, sites.load(arguments.site)
    to = arguments.to or (Path(site.backup_to) if site.backup_to else None)
    if to is None:
        raise sites.refuse("backup_where")
    rule = arguments.keep or site.backup_keep
    done = taking.take(site, to, _now(), keep=retention.Keep.parse(rule) if rule else None)
    print(say("cli", "backup_taken", language, where=done.folder, files=done.files, linked=done.linked))
    if done.removed:
        print(say("cli", "backup_removed", language, count=done.removed))
    if done.missing:
        print(say("cli", "backup_files_missing", language, count=len(done.missing)), file=sys.stderr)
    return 1 if done.missing else 0


def _opener(arguments: argparse.Namespace) -> identity.Opener:
    return identity.opener_of(arguments.key, lambda: sites.read_passphrase(arguments.passphrase_fd, arguments.language))


def verify(arguments: argparse.Namespace) -> int:
    """Check every byte of a backup; with the key, that all of it opens as well."""
    language, folder = arguments.language, arguments.backup
    opener = _opener(arguments) if arguments.key else None
    manifest, flaws = manifests.read(folder, opener.signer if opener else "")
    if manifest is not None:
        flaws = manifests.check(folder, manifest)
    for flaw in flaws:
        print(say("cli", flaw.code, language, where=flaw.name or folder))
    if flaws or manifest is None:
        return 1
    if opener:
        restoring.prove_readable(restoring.open_backup(folder, opener), opener)
    code = "backup_whole_opened" if opener else "backup_whole"
    print(say("cli", code, language, files=len(manifest.entries), at=manifest.taken_at, signer=manifest.signer))
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """Restore a backup into an empty folder, or rehearse that."""
    language, opener = arguments.language, _opener(arguments)
    if not arguments.rehearse and arguments.folder is None:
        raise sites.refuse("restore_where")
    opened = restoring.open_backup(arguments.backup, opener)
    if arguments.rehearse:
        return _rehearse(arguments, opened, opener)
    told = {"url": arguments.database, "may_draw": arguments.moved, "destroyed": arguments.destroyed}
    restoring.restore(opened, arguments.folder, opener, now=_now(), **told)
    tables = opened.contents.facts.tables
    rows = sum(count for count, _ in tables.values())
    print(say("cli", "restored", language, where=arguments.folder, files=len(opened.contents.plain), tables=len(tables), rows=rows))
    if not arguments.moved:
        print(say("cli", "restored_no_draws", language))
    if not arguments.destroyed:
        print(say("cli", "restored_no_journal", language))
    return 0


def _rehearse(arguments: argparse.Namespace, opened: restoring.Opened, opener: identity.Opener) -> int:
    language = arguments.language

    def unlock(site: Site) -> bytes | None:
        if not site.is_demo and not arguments.open and arguments.site_passphrase_fd is None:
            return None
        return sites.open_site(site, arguments.site_passphrase_fd, language)

    found = rehearsing.rehearse(opened, opener, url=arguments.database, scratch=arguments.scratch, unlock=unlock)
    name = f"rehearsal-{found['backup']}-{found['rehearsed_at'][:19].replace(':', '')}.json"
    place = arguments.protocol or Path(name)
    with sites.clear_disk_errors(place):
        identity.put(place, json.dumps(found, indent=1, sort_keys=True) + "\n")
    code = "rehearsed_opened" if found["opened"] else "rehearsed"
    print(say("cli", code if found["is_good"] else "rehearsed_badly", language, where=place, tables=len(found["tables_equal"])))
    return 0 if found["is_good"] else 1
