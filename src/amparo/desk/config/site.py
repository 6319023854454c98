"""A deployment is a folder: configuration, database, files, keys and bundles. No Django here."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import available_timezones

from amparo.desk.access.elsewhere import Provider


@dataclass(frozen=True, slots=True)
class Site:
    """One deployment on disk.

    `site.toml` holds `name`, `languages`, `time_zone`, `demo`, `hosts`, `database` (empty: SQLite in the folder), on
    PostgreSQL `database_worker` and `database_owner`, and what the worker backs up by: `backup_to`,
    `backup_hours`, `backup_keep`. Keys lie in `keys/`, sealed.
    """

    folder: Path
    name: str = "Amparo"
    languages: tuple[str, ...] = ("en", "fr", "es")
    is_demo: bool = False
    hosts: tuple[str, ...] = ()
    database: str = ""
    database_worker: str = ""
    database_owner: str = ""
    fresh_minutes: int = 5
    time_zone: str = "UTC"
    providers: tuple[Provider, ...] = ()
    backup_to: str = ""
    backup_hours: float = 0.0
    backup_keep: str = ""

    @classmethod
    def load(cls, folder: Path) -> Site:
        """Read the folder's `site.toml`; raise `FileNotFoundError` where there is none."""
        held = tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))
        return cls(
            folder=folder.resolve(),
            name=held["name"],
            languages=tuple(held["languages"]),
            is_demo=bool(held.get("demo", False)),
            hosts=tuple(held.get("hosts", ())),
            database=held.get("database", ""),
            database_worker=held.get("database_worker", ""),
            database_owner=held.get("database_owner", ""),
            fresh_minutes=_minutes(held.get("fresh_minutes", 5)),
            time_zone=_zone(held.get("time_zone", "UTC")),
            providers=tuple(Provider.of(told) for told in held.get("providers", ())),
            backup_to=held.get("backup_to", ""),
            backup_hours=float(held.get("backup_hours", 0)),
            backup_keep=held.get("backup_keep", ""),
        )

    @property
    def bundles(self) -> Path:
        """The folder of published releases: all that the portal ever sees."""
        return self.folder / "bundles"

    @property
    def files(self) -> Path:
        """The folder of encrypted files and of the pool."""
        return self.folder / "files"

    @property
    def database_file(self) -> Path:
        """The embedded database."""
        return self.folder / "amparo.sqlite3"


def _minutes(told: object) -> int:
    """Return for how many minutes a second proof holds, one to fifteen; raise `ValueError` for anything else."""
    if not isinstance(told, int) or not 1 <= told <= 15:
        raise ValueError("fresh_minutes is a whole number from 1 to 15")
    return told


def _zone(told: object) -> str:
    """Return the time zone by which days begin and times are shown; raise `ValueError` where there is none of this name."""
    if not isinstance(told, str) or told not in available_timezones():
        raise ValueError("time_zone is the name of a time zone, such as Europe/Madrid or America/Bogota")
    return told


class Part(StrEnum):
    """Whose database role a process uses: pages' (`desk`), the worker's and the commands', or the tables' owner's."""

    DESK = "desk"
    WORKER = "worker"
    OWNER = "owner"


def address_of(site: Site, part: Part) -> str:
    """Return the database address of a part: from the environment, else from `site.toml`, else the desk's; empty for SQLite."""
    desk = os.environ.get("DATABASE_URL") or site.database
    own = {
        Part.DESK: "",
        Part.WORKER: os.environ.get("DATABASE_WORKER_URL") or site.database_worker,
        Part.OWNER: os.environ.get("DATABASE_OWNER_URL") or site.database_owner,
    }
    return own[part] or desk


def from_environment() -> Site | None:
    """Return the site named by `AMPARO_SITE`, or None where no site is named."""
    folder = os.environ.get("AMPARO_SITE")
    return Site.load(Path(folder)) if folder else None
