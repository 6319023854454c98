"""A person can take an objection back that was granted."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oversight', '0002_keeping'),
    ]

    operations = [
        migrations.AlterField(
            model_name='personrequest',
            name='state',
            field=models.CharField(choices=[('open', 'open'), ('granted', 'granted'), ('refused', 'refused'), ('taken_back', 'taken back')], default='open', editable=False, max_length=10),
        ),
    ]
