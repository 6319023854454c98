"""The database itself refuses to change or remove an event, on SQLite and on PostgreSQL.

Whoever owns the tables can drop a trigger; the chain finds what they do afterwards.
"""

from typing import Any

TABLES = {"audit_event": "organisation_id = NEW.organisation_id AND sequence = NEW.sequence", "audit_checkpoint": "id = NEW.id"}

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
"""
SQLITE_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({same}))
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit events are append-only'; END $$
"""
POSTGRES = "CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_append_only()"


def install(apps: Any, schema_editor: Any) -> None:
    """Create the triggers. SQLite's REPLACE removes a row without its delete triggers, so an insert over a row is refused too."""
    postgres = schema_editor.connection.vendor == "postgresql"
    if postgres:
        schema_editor.execute(POSTGRES_FUNCTION)
    for table, same in TABLES.items():
        for verb in _verbs(postgres):
            template = POSTGRES if postgres else SQLITE_REPLACE if verb == "replace" else SQLITE
            each = "STATEMENT" if verb == "truncate" else "ROW"
            schema_editor.execute(template.format(table=table, verb=verb, VERB=verb.upper(), same=same, each=each))


def remove(apps: Any, schema_editor: Any) -> None:
    """Drop the triggers."""
    postgres = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        for verb in _verbs(postgres):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if postgres else ""))
    if postgres:
        schema_editor.execute("DROP FUNCTION audit_append_only()")


def _verbs(postgres: bool) -> tuple[str, ...]:
    return ("update", "delete", "truncate" if postgres else "replace")
