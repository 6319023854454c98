
import amparo.desk.core.ids
import amparo.desk.oversight.models
import datetime
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusyHour',
            fields=[
                ('id', models.UUIDField(default=amparo.desk.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('day', models.DateField()),
                ('records', models.PositiveIntegerField(default=0)),
                ('searches', models.PositiveIntegerField(default=0)),
                ('member', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.member')),
                ('organisation', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'day'], name='busy_hours_by_day')],
                'constraints': [models.UniqueConstraint(fields=('member', 'day'), name='one_busy_hour_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('id', models.UUIDField(default=amparo.desk.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('sign', models.CharField(editable=False, max_length=20)),
                ('key', models.CharField(editable=False, max_length=60)),
                ('first_at', models.DateTimeField(editable=False)),
                ('last_at', models.DateTimeField(editable=False)),
                ('count', models.PositiveIntegerField(editable=False)),
                ('usual', models.PositiveIntegerField(default=0, editable=False)),
                ('records', models.JSONField(default=list, editable=False)),
                ('opinion', models.CharField(blank=True, choices=[('explained', 'explained'), ('look_into', 'to be looked into')], max_length=20, verbose_name='what was found')),
                ('ground', models.CharField(blank=True, choices=[('duty', 'ordinary work: a list, a report, a meeting about cases'), ('cover', 'covered for a colleague'), ('emergency', 'an emergency'), ('review', 'a review that was asked for'), ('mistake', 'a mistake, reported by the member'), ('none', 'nothing that is known so far')], max_length=20, verbose_name='what explains it')),
                ('sealed_note', models.BinaryField(default=b'')),
                ('judged_at', models.DateTimeField(editable=False, null=True)),
                ('judged_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.member')),
                ('member', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.member')),
                ('organisation', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'opinion', '-id'], name='flags_of_an_office')],
                'constraints': [models.UniqueConstraint(fields=('member', 'sign', 'key'), name='one_flag_an_occasion'), models.CheckConstraint(condition=models.Q(models.Q(('judged_at', None), ('opinion', '')), models.Q(models.Q(('opinion', ''), _negated=True), ('judged_at__isnull', False)), _connector='OR'), name='judged_has_a_moment')],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.UUIDField(default=amparo.desk.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('zone', models.CharField(default='UTC', max_length=60, validators=[amparo.desk.oversight.models.known_zone], verbose_name='time zone of the office')),
                ('opens', models.TimeField(default=datetime.time(7, 0), verbose_name='work begins')),
                ('closes', models.TimeField(default=datetime.time(20, 0), verbose_name='work ends')),
                ('working_days', models.JSONField(default=amparo.desk.oversight.models.whole_days, verbose_name='working days')),
                ('tenths', models.PositiveSmallIntegerField(default=25, validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(1000)], verbose_name='times the usual, in tenths')),
                ('least_records', models.PositiveIntegerField(default=15, verbose_name='records in an hour that are never flagged')),
                ('most_records', models.PositiveIntegerField(default=80, verbose_name='records in an hour that are always flagged')),
                ('least_at_night', models.PositiveIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1)], verbose_name='records outside working hours from which it is flagged')),
                ('least_searches', models.PositiveIntegerField(default=15, verbose_name='searches in an hour that are never flagged')),
                ('days_closed', models.PositiveIntegerField(default=730, verbose_name='days after its end when a case counts as long ended')),
                ('least_refused', models.PositiveIntegerField(default=8, validators=[django.core.validators.MinValueValidator(1)], verbose_name='refusals in an hour from which it is flagged')),
                ('names_staff', models.BooleanField(default=False, verbose_name='the person’s own copy names members, not only their roles')),
                ('read_to', models.BigIntegerField(default=0, editable=False)),
                ('organisation', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation',), name='one_watch_an_office')],
            },
        ),
    ]
