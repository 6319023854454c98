"""The database itself lets no joined record lead to another that leads on; tokens are made anew, with sounds and numbers.

`names.fit_all` writes the pages after an update, before anybody is let in.
"""

from django.db import migrations

LEADS_ON = """
    EXISTS (SELECT 1 FROM cases_person WHERE id = NEW.merged_into_id AND merged_into_id IS NOT NULL)
    OR EXISTS (SELECT 1 FROM cases_person WHERE merged_into_id = NEW.id)
"""
SQLITE = f"""
CREATE TRIGGER cases_person_one_step BEFORE UPDATE OF merged_into_id ON cases_person
WHEN NEW.merged_into_id IS NOT NULL AND ({LEADS_ON})
BEGIN SELECT RAISE(ABORT, 'a joined record leads to one that leads nowhere'); END
"""
POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION cases_person_one_step() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NEW.merged_into_id IS NOT NULL AND ({LEADS_ON}) THEN
    RAISE EXCEPTION 'a joined record leads to one that leads nowhere';
  END IF;
  RETURN NEW;
END $$
"""
POSTGRES = """
CREATE TRIGGER cases_person_one_step BEFORE INSERT OR UPDATE OF merged_into_id ON cases_person
FOR EACH ROW EXECUTE FUNCTION cases_person_one_step()
"""


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
        schema_editor.execute("DROP TRIGGER cases_person_one_step ON cases_person")
        schema_editor.execute("DROP FUNCTION cases_person_one_step()")
        return
    schema_editor.execute("DROP TRIGGER cases_person_one_step")


def anew(apps, schema_editor):
    """Take every page away: it holds beginnings only."""
    apps.get_model("cases", "NamePlace").objects.all().delete()
    apps.get_model("cases", "NamePage").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_same")]
    operations = [migrations.RunPython(install, remove), migrations.RunPython(anew, anew)]
