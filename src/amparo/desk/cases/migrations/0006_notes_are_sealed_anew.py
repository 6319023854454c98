"""A note still cannot be changed: only its key, with its text sealed anew under it, or its text taken away with its person."""

from importlib import import_module

from django.db import migrations

STAYS = ("id", "recorded_at", "version", "organisation_id", "case_id", "kind", "happened_on", "written_by_id", "corrects_id")
HEADER = 17
"""Bytes that name the key of a sealed text: all that is left of it when its person is erased."""

SQLITE = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note
WHEN NOT ({same} AND (OLD.key_id <> NEW.key_id OR (length(NEW.text) = {header} AND NEW.text = substr(OLD.text, 1, {header}))))
BEGIN SELECT RAISE(ABORT, 'notes are corrected by new notes'); END
"""
POSTGRES = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note FOR EACH ROW
WHEN (NOT ({same} AND (OLD.key_id <> NEW.key_id
      OR (length(NEW.text) = {header} AND NEW.text = substring(OLD.text from 1 for {header})))))
EXECUTE FUNCTION cases_note_stays()
"""


def loosen(apps, schema_editor):
    """Let a note be sealed anew or emptied, and nothing else of it be changed."""
    if schema_editor.connection.vendor == "postgresql":
        same = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in STAYS)
        schema_editor.execute("DROP TRIGGER cases_note_no_update ON cases_note")
        schema_editor.execute(POSTGRES.format(same=same, header=HEADER))
        return
    same = " AND ".join(f"OLD.{name} IS NEW.{name}" for name in STAYS)
    schema_editor.execute("DROP TRIGGER cases_note_no_update")
    schema_editor.execute(SQLITE.format(same=same, header=HEADER))


def tighten(apps, schema_editor):
    """Refuse every change again."""
    before = import_module("amparo.desk.cases.migrations.0002_notes_stay")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER cases_note_no_update ON cases_note")
        schema_editor.execute(before.POSTGRES)
        return
    schema_editor.execute("DROP TRIGGER cases_note_no_update")
    schema_editor.execute(before.SQLITE)


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_name_pages")]
    operations = [migrations.RunPython(loosen, tighten)]
