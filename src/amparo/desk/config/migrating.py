"""Bringing the database up to date: each step whole or not at all, and nobody served by a program of another day.

Django writes down that a migration was applied after it has committed, where constraints were left for
the end. Cut in between, it starts again on tables that stand already, and fails for good. Both
databases can roll back a change of tables, so here the note commits with what it tells of.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.management.commands import migrate as command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class Newer(Exception):
    """A later program has changed this database."""


class Executor(MigrationExecutor):
    """Applies a migration and writes it down in one transaction."""

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        """Apply one migration; killed at any point it is done and written down, or neither."""
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            self.record_migration(migration)
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


def install() -> None:
    """Let every `migrate` of this process work so."""
    command.MigrationExecutor = Executor  # type: ignore[misc]


def differences() -> tuple[set[str], set[str]]:
    """Return the migrations that the database lacks, and those that it has and this program does not know."""
    known, replaced = _known()
    applied = set(MigrationRecorder(connection).applied_migrations())
    return {".".join(key) for key in known - applied}, {".".join(key) for key in applied - known - replaced}


@cache
def _known() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return this program's migrations, and those that they took the place of."""
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return set(found), {key for migration in found.values() for key in migration.replaces}
