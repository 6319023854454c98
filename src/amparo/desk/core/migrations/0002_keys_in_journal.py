from django.db import migrations, models


def forget_drafts_of_cases(apps, schema_editor):
    """Drafts of pages about persons were sealed under the site's key; from here on they are sealed under the person's."""
    apps.get_model("core", "Draft").objects.filter(form__startswith="/cases/").delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="personkey", name="is_in_journal", field=models.BooleanField(default=False, editable=False)
        ),
        migrations.AddIndex(
            model_name="personkey",
            index=models.Index(condition=models.Q(("is_in_journal", True)), fields=["id"], name="keys_still_in_journal"),
        ),
        migrations.RunPython(forget_drafts_of_cases, migrations.RunPython.noop, elidable=True),
    ]
