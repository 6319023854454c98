"""Bringing the database up to date: each step whole or not at all, and nobody served by a program of another day.

Django writes down that a migration was applied after it has committed, where constraints were left for
the end. Cut in between, it starts again on tables that stand already, and fails for good. Both
databases can roll back a change of tables, so here the note commits with what it tells of.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.management.commands import migrate as command
from django.db import connection, router
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder


class Newer(Exception):
    """A later program has changed this database."""


LAYING = frozenset(
    {
        ("audit", "0002_append_only"),
        ("cases", "0002_notes_stay"),
        ("cases", "0013_same_one_step"),
        ("cases", "0022_added_codes_of_the_desk"),
        ("cases", "0025_erased_notes_tell_nothing"),
    }
)
"""Migrations whose Python lays what no model tells of: an empty database needs it too. All other Python moves rows.

Whoever writes a migration that lays a trigger or a row adds it here; `tests/kills/test_laying.py` fails until then.
"""


class Executor(MigrationExecutor):
    """Applies a migration and writes it down in one transaction; lays an empty database whole, in one transaction as well."""

    def migrate(self, targets: Any, plan: Any = None, state: Any = None, fake: bool = False, fake_initial: bool = False) -> Any:
        """Migrate to the targets: from nothing to the end in one go, which leaves the same as step by step and takes a moment."""
        everything = self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True)
        planned = self.migration_plan(targets) if plan is None else plan
        if planned == everything and not fake and not fake_initial and self._is_empty():
            return self._lay([migration for migration, _backwards in everything])
        return super().migrate(targets, plan, state, fake, fake_initial)

    def _is_empty(self) -> bool:
        """Say whether nothing stands here but, at most, the list of what was applied, and nothing in it."""
        own = self.recorder.Migration._meta.db_table
        return set(self.connection.introspection.table_names()) <= {own} and not self.recorder.applied_migrations()

    def _lay(self, migrations: list[Any]) -> Any:
        """Make every table as the last migration leaves it, and write all of them down; killed at any point nothing is there."""
        state = self._create_project_state()
        for migration in migrations:
            migration.mutate_state(state, preserve=False)
        models = [state.apps.get_model(*key) for key in state.models]
        alias = self.connection.alias
        with self.connection.schema_editor(atomic=True) as editor:
            if not self.recorder.has_table():
                editor.create_model(self.recorder.Migration)
            for model in models:
                if model._meta.can_migrate(alias) and router.allow_migrate_model(alias, model):
                    editor.create_model(model)
            _bring_forward(editor)
            for migration in migrations:
                if (migration.app_label, migration.name) in LAYING:
                    for operation in migration.operations:
                        if isinstance(operation, RunPython):
                            operation.code(state.apps, editor)
                self.record_migration(migration)
            self.check_replacements()
        return state

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        """Apply one migration; killed at any point it is done and written down, or neither."""
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            _bring_forward(editor)
            self.record_migration(migration)
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


def _bring_forward(editor: Any) -> None:
    """Do now what the editor keeps for its end, such as constraints: what is written down afterwards is then done."""
    for statement in editor.deferred_sql:
        editor.execute(statement, None)
    editor.deferred_sql.clear()


def install() -> None:
    """Let every `migrate` of this process work so; the command of that name in this room asks for it."""
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
