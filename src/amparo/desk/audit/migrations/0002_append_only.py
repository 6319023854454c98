from django.db import migrations

from amparo.desk.audit import triggers


class Migration(migrations.Migration):
    """Events cannot be changed or removed, not even by SQL."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(triggers.install, triggers.remove)]
