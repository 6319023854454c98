
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_append_only'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['organisation_id', 'at'], name='events_by_time'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['organisation_id', 'action', '-sequence'], name='events_of_an_action'),
        ),
    ]
