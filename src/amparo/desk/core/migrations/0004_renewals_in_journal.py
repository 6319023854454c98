from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_keys_are_renewed")]

    operations = [
        migrations.AddField(
            model_name="renewal", name="is_in_journal", field=models.BooleanField(default=False, editable=False)
        ),
        migrations.AddIndex(
            model_name="renewal",
            index=models.Index(condition=models.Q(("is_in_journal", True)), fields=["id"], name="renewals_still_in_journal"),
        ),
    ]
