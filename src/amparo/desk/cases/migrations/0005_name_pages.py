import amparo.desk.core.ids
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def row(*fields):
    """The columns of every owned row, and these."""
    owner = models.ForeignKey(
        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.organisation"
    )
    return [
        ("id", models.UUIDField(default=amparo.desk.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
        ("version", models.PositiveIntegerField(default=1, editable=False)),
        *fields,
        ("organisation", owner),
    ]


class Migration(migrations.Migration):
    """Tokens that lay in clear go; `names.fit_all` writes the pages, before anybody is let in after an update."""

    dependencies = [("access", "0001_initial"), ("cases", "0004_next_step_index")]

    operations = [
        migrations.CreateModel(
            name="NamePage",
            fields=row(
                ("sealed", models.BinaryField()),
                ("bits", models.PositiveSmallIntegerField()),
                ("free", models.PositiveSmallIntegerField()),
            ),
        ),
        migrations.CreateModel(
            name="NamePlace",
            fields=row(
                (
                    "page",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="places", to="cases.namepage"
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="name_place", to="cases.person"
                    ),
                ),
            ),
            options={"abstract": False},
        ),
        migrations.DeleteModel(name="NameToken"),
        migrations.AddIndex(
            model_name="namepage", index=models.Index(fields=["organisation", "free"], name="name_pages_with_room")
        ),
    ]
