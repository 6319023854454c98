"""Pages of names are longer and laid out as rows of numbers: each is made anew.

`names.fit_all` writes the pages after an update, before anybody is let in.
"""

from django.db import migrations


def anew(apps, schema_editor):
    """Take every page away."""
    apps.get_model("cases", "NamePlace").objects.all().delete()
    apps.get_model("cases", "NamePage").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_open_case_indexes")]
    operations = [migrations.RunPython(anew, anew)]
