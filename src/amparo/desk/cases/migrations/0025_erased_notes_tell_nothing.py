"""With the text of a note go its kind and for whom it was: both can tell of health, of the body or of the family."""

from importlib import import_module

from django.db import migrations

first = import_module("amparo.desk.cases.migrations.0006_notes_are_sealed_anew")
stays = import_module("amparo.desk.cases.migrations.0011_notes_stay_for_good")
before = import_module("amparo.desk.cases.migrations.0022_added_codes_of_the_desk")
GO = ("kind", "guarded")
STAYS = tuple(name for name in stays.STAYS if name not in GO)

SQLITE = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note
WHEN NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id AND OLD.code_editions = NEW.code_editions
                       AND OLD.kind = NEW.kind AND OLD.guarded = NEW.guarded)
      OR (length(NEW.text) = {header} AND NEW.text = substr(OLD.text, 1, {header})
          AND NEW.code_editions IN (OLD.code_editions, '{{}}')
          AND NEW.kind IN (OLD.kind, '') AND NEW.guarded IN (OLD.guarded, '')
          AND NEW.happened_on IN (OLD.happened_on, strftime('%Y-01-01', OLD.happened_on)))))
BEGIN SELECT RAISE(ABORT, 'notes are corrected by new notes'); END
"""
POSTGRES = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note FOR EACH ROW
WHEN (NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id AND OLD.code_editions = NEW.code_editions
                       AND OLD.kind = NEW.kind AND OLD.guarded = NEW.guarded)
      OR (length(NEW.text) = {header} AND NEW.text = substring(OLD.text from 1 for {header})
          AND NEW.code_editions IN (OLD.code_editions, '{{}}'::jsonb)
          AND NEW.kind IN (OLD.kind, '') AND NEW.guarded IN (OLD.guarded, '')
          AND NEW.happened_on IN (OLD.happened_on, date_trunc('year', OLD.happened_on)::date)))))
EXECUTE FUNCTION cases_note_stays()
"""


def lay(apps, schema_editor):
    """Lay the trigger anew, and take away what notes that were erased before still tell."""
    before.lift(apps, schema_editor)
    is_postgres = schema_editor.connection.vendor == "postgresql"
    how = "IS NOT DISTINCT FROM" if is_postgres else "IS"
    same = " AND ".join(f"OLD.{name} {how} NEW.{name}" for name in STAYS)
    schema_editor.execute((POSTGRES if is_postgres else SQLITE).format(same=same, header=first.HEADER))
    schema_editor.execute(f"UPDATE cases_note SET kind = '', guarded = '' WHERE length(text) = {first.HEADER}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_places_that_go_on")]
    operations = [migrations.RunPython(lay, before.lay)]
