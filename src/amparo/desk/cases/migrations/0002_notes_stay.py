"""The database itself refuses to change a note, on SQLite and on PostgreSQL."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note
BEGIN SELECT RAISE(ABORT, 'notes are corrected by new notes'); END
"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION cases_note_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'notes are corrected by new notes'; END $$
"""
POSTGRES = "CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note FOR EACH ROW EXECUTE FUNCTION cases_note_stays()"


def install(apps, schema_editor):
    """Create the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION)
        schema_editor.execute(POSTGRES)
        return
    schema_editor.execute(SQLITE)


def remove(apps, schema_editor):
    """Drop the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER cases_note_no_update ON cases_note")
        schema_editor.execute("DROP FUNCTION cases_note_stays()")
        return
    schema_editor.execute("DROP TRIGGER cases_note_no_update")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
