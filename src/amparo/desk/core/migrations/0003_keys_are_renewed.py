import uuid

import amparo.desk.core.ids
import django.utils.timezone
from django.db import migrations, models

FIRST = uuid.UUID(int=0)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_keys_in_journal")]

    operations = [
        migrations.AddField("organisationkey", "key_id", models.UUIDField(default=FIRST, editable=False)),
        migrations.AddField("organisationkey", "before_id", models.UUIDField(editable=False, null=True)),
        migrations.AddField("organisationkey", "sealed_before", models.BinaryField(default=b"")),
        migrations.AddField("organisationkey", "sealed_kept", models.BinaryField(default=b"")),
        migrations.AddField("personkey", "sealed_kept", models.BinaryField(default=b"")),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                (
                    "id",
                    models.UUIDField(default=amparo.desk.core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("site", "Site"), ("organisation", "Organisation"), ("person", "Person")], max_length=12
                    ),
                ),
                ("subject_id", models.UUIDField(default=FIRST)),
                ("from_id", models.UUIDField()),
                ("to_id", models.UUIDField()),
                ("total", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("moved_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)), fields=("scope", "subject_id"), name="one_renewal_at_a_time"
                    )
                ]
            },
        ),
    ]
