"""Each answer has the moment of its last word."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0006_moments")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="said_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="last word written down"
            ),
        )
        for name in ("consent", "historicalconsent")
    ]
