"""With the text of a note that is taken away its day becomes a year; nothing else of a note can be changed, as before."""

from importlib import import_module

from django.db import migrations

before = import_module("amparo.desk.cases.migrations.0006_notes_are_sealed_anew")
STAYS = tuple(name for name in before.STAYS if name != "happened_on")

SQLITE = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note
WHEN NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id)
      OR (length(NEW.text) = {header} AND NEW.text = substr(OLD.text, 1, {header})
          AND NEW.happened_on IN (OLD.happened_on, strftime('%Y-01-01', OLD.happened_on)))))
BEGIN SELECT RAISE(ABORT, 'notes are corrected by new notes'); END
"""
POSTGRES = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note FOR EACH ROW
WHEN (NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id)
      OR (length(NEW.text) = {header} AND NEW.text = substring(OLD.text from 1 for {header})
          AND NEW.happened_on IN (OLD.happened_on, date_trunc('year', OLD.happened_on)::date)))))
EXECUTE FUNCTION cases_note_stays()
"""


def loosen(apps, schema_editor):
    """Let the day of an emptied note become a year."""
    if schema_editor.connection.vendor == "postgresql":
        same = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in STAYS)
        schema_editor.execute("DROP TRIGGER cases_note_no_update ON cases_note")
        schema_editor.execute(POSTGRES.format(same=same, header=before.HEADER))
        return
    same = " AND ".join(f"OLD.{name} IS NEW.{name}" for name in STAYS)
    schema_editor.execute("DROP TRIGGER cases_note_no_update")
    schema_editor.execute(SQLITE.format(same=same, header=before.HEADER))


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_keeping")]
    operations = [migrations.RunPython(loosen, before.loosen)]
