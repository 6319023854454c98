"""Under which database role this process works, and bringing the tables up to date as their owner."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from . import migrating, row_security
from .settings import SITE, database
from .site import Part, address_of


class Unbound(Exception):
    """The database's roles do not keep organisations apart: each flaw says where."""

    def __init__(self, flaws: list[row_security.Flaw]) -> None:
        super().__init__(", ".join(flaw.code for flaw in flaws))
        self.flaws = flaws


class Strange(Exception):
    """The database knows nothing of this site, whose folder tells of earlier work: an empty one, or another's."""


def roles() -> row_security.Roles:
    """Return the roles of pages, worker and owner, as the site's addresses name them."""
    return row_security.Roles(*(unquote(urlsplit(address_of(SITE, part)).username or "") for part in Part))


def require_worker() -> None:
    """Go on only with a role of the worker's own: the pages' sees no row here, and what no row names is removed."""
    if connection.vendor == "postgresql" and roles().worker == roles().desk:
        raise Unbound([row_security.Flaw("roles_not_three", roles().desk)])


def require_own() -> None:
    """Go on only with a database that knows of this site's work: what it does not name would be swept away as nobody's."""
    from amparo.desk.audit import witness  # this module is read before the apps are

    if witness.has_seen() and not _knows_of_work():
        raise Strange


def _knows_of_work() -> bool:
    from amparo.desk.audit.models import Head

    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    return Head._meta.db_table in connection.introspection.table_names() and Head.objects.exists()


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as who owns the tables, and see their rows; on SQLite there is no such difference."""
    if connection.vendor != "postgresql":
        yield
        return
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(database(Part.OWNER))
    try:
        with row_security.seen_by_the_owner():
            yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


LAYING = 0x6C6179
"""The advisory lock of whoever changes the tables (PostgreSQL): a served database may have sites on several machines."""


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for whoever changes the tables already; the lock ends with the block, and with its process."""
    held = os.open(settings.SITE_FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LAYING])  # the connection is closed in the end
        yield
    finally:
        os.close(held)


def lay() -> None:
    """Make or bring up to date the database of this site, and who may do what with its tables.

    Two that are started at once do it one after the other. Raises `Unbound` before anything is changed where a role is one
    that policies do not bind, and `migrating.Newer` where a later program changed the tables.
    """
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with as_owner(), _one_at_a_time():
        require_bound_roles()
        require_own()
        lacking, newer = migrating.differences()
        if newer:
            raise migrating.Newer
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        if lacking:
            look_at_tables()
        if connection.vendor == "postgresql":
            row_security.apply(roles())


def look_at_tables() -> None:
    """Let the database see how its tables are filled: by that it chooses an index, and one made anew is passed over until then.

    An embedded database lets nobody write meanwhile: one table after the other keeps a writer no longer than the largest takes.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("ANALYZE")
            return
        for table in connection.introspection.table_names(cursor):
            if table.startswith("sqlite_"):
                continue
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


class Growth:
    """How large an embedded database was when its tables were last looked at; PostgreSQL sees to that by itself."""

    SHARE = 5
    """Another look is due when a fifth was added since the last one."""

    def __init__(self) -> None:
        self.pages = 0

    def follow(self) -> bool:
        """Look at the tables anew where they have grown; say whether they had."""
        if connection.vendor != "sqlite":
            return False
        with connection.cursor() as cursor:
            pages: int = cursor.execute("PRAGMA page_count").fetchone()[0]
        if pages * self.SHARE <= self.pages * (self.SHARE + 1):
            return False
        look_at_tables()
        self.pages = pages
        return True


def require_bound_roles() -> None:
    """Go on only where the three roles are what they must be."""
    flaws = row_security.flaws_of_roles(roles()) if connection.vendor == "postgresql" else []
    if flaws:
        raise Unbound(flaws)


def flaws() -> list[row_security.Flaw]:
    """Return where roles, rights and policies of the database are not what is declared; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with as_owner():
        return row_security.flaws_of_roles(roles()) or row_security.drift(roles())
