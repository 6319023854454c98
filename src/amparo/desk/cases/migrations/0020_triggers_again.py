"""SQLite makes a table anew where a column changes, and its triggers are gone: that no joined record leads on is held again."""

from importlib import import_module

from django.db import migrations


def again(apps, schema_editor):
    """Create the trigger where it is missing; PostgreSQL keeps its own."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS cases_person_one_step")
        schema_editor.execute(import_module("amparo.desk.cases.migrations.0013_same_one_step").SQLITE)


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_added_codes")]
    operations = [migrations.RunPython(again, migrations.RunPython.noop)]
