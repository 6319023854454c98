"""Answers to a leg before the birth kept the date of birth among what was compared: it is taken out, also of their versions."""

from django.db import migrations


def forget(apps, schema_editor):
    """Empty what was compared; the answer and its note stay, and stand."""
    for name in ("OddityAnswer", "HistoricalOddityAnswer"):
        rows = apps.get_model("journeys", name)._base_manager.filter(subject__startswith="before_birth")
        rows.exclude(found=b"").update(found=b"")


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_what_was_done")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
