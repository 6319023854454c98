"""Pages of names are longer and laid out as rows of numbers: each is made anew; indexes for joined records, years and teams.

`names.fit_all` writes the pages after an update, before anybody is let in.
"""

from django.db import migrations, models


def anew(apps, schema_editor):
    """Take every page away."""
    apps.get_model("cases", "NamePlace").objects.all().delete()
    apps.get_model("cases", "NamePage").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_open_case_indexes")]
    operations = [
        migrations.RunPython(anew, anew),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="joined_records"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["organisation", "year_of_registration", "-risk", "-opened_on", "-id"], name="cases_by_year"
            ),
        ),
        migrations.AddIndex(
            model_name="teammember",
            index=models.Index(fields=["case", "role", "since", "until", "member"], name="places_on_a_case"),
        ),
    ]
