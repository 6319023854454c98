"""When the last word of each answer was written down, for the answers that are there; and what a no to everybody asks for."""

from django.db import migrations, models
from django.db.models import F, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce


def remember(apps, schema_editor):
    """Take the moment from the history: when the answer first stood as it stands now; else when its row was made."""
    consents, history = (apps.get_model("consent", name) for name in ("Consent", "HistoricalConsent"))
    same = history.objects.filter(id=OuterRef("pk"), state=OuterRef("state")).order_by().values("id")
    first = Subquery(same.annotate(first=Min("history_date")).values("first"))
    consents.objects.filter(said_at=None).update(said_at=Coalesce(first, F("recorded_at")))
    history.objects.filter(said_at=None).update(said_at=F("history_date"))


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_said_at")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="despite_no",
            field=models.BooleanField(default=False, verbose_name="said yes in spite of a no to everybody"),
        ),
        migrations.AddField(
            model_name="historicalconsent",
            name="despite_no",
            field=models.BooleanField(default=False, verbose_name="said yes in spite of a no to everybody"),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
