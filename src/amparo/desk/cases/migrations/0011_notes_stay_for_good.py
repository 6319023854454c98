"""For whom a note was written cannot be changed afterwards, as nothing of a note can."""

from importlib import import_module

from django.db import migrations

before = import_module("amparo.desk.cases.migrations.0009_days_of_erased_notes")
first = import_module("amparo.desk.cases.migrations.0006_notes_are_sealed_anew")
STAYS = (*before.STAYS, "guarded")


def lay(schema_editor, stays):
    """Lay the trigger anew; SQLite lost it when the table got its new column."""
    if schema_editor.connection.vendor == "postgresql":
        same = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in stays)
        schema_editor.execute("DROP TRIGGER IF EXISTS cases_note_no_update ON cases_note")
        schema_editor.execute(before.POSTGRES.format(same=same, header=first.HEADER))
        return
    same = " AND ".join(f"OLD.{name} IS NEW.{name}" for name in stays)
    schema_editor.execute("DROP TRIGGER IF EXISTS cases_note_no_update")
    schema_editor.execute(before.SQLITE.format(same=same, header=first.HEADER))


def tighten(apps, schema_editor):
    """Keep the new column as it was written."""
    lay(schema_editor, STAYS)


def loosen(apps, schema_editor):
    """Go back to the columns of before."""
    lay(schema_editor, before.STAYS)


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_life")]
    operations = [migrations.RunPython(tighten, loosen)]
