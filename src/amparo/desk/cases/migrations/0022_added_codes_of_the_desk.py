"""Columns of the desk's own lists hold what a country adds, and keep the version; a note still stays as it was written."""

from importlib import import_module

from django.db import migrations, models

first = import_module("amparo.desk.cases.migrations.0006_notes_are_sealed_anew")
before = import_module("amparo.desk.cases.migrations.0011_notes_stay_for_good")

SQLITE = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note
WHEN NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id AND OLD.code_editions = NEW.code_editions)
      OR (length(NEW.text) = {header} AND NEW.text = substr(OLD.text, 1, {header})
          AND NEW.code_editions IN (OLD.code_editions, '{{}}')
          AND NEW.happened_on IN (OLD.happened_on, strftime('%Y-01-01', OLD.happened_on)))))
BEGIN SELECT RAISE(ABORT, 'notes are corrected by new notes'); END
"""
POSTGRES = """
CREATE TRIGGER cases_note_no_update BEFORE UPDATE ON cases_note FOR EACH ROW
WHEN (NOT ({same} AND ((OLD.happened_on = NEW.happened_on AND OLD.key_id <> NEW.key_id AND OLD.code_editions = NEW.code_editions)
      OR (length(NEW.text) = {header} AND NEW.text = substring(OLD.text from 1 for {header})
          AND NEW.code_editions IN (OLD.code_editions, '{{}}'::jsonb)
          AND NEW.happened_on IN (OLD.happened_on, date_trunc('year', OLD.happened_on)::date)))))
EXECUTE FUNCTION cases_note_stays()
"""


def lift(apps, schema_editor):
    """Take the trigger away while the table changes: PostgreSQL alters no column that one names, SQLite makes the table anew."""
    on = " ON cases_note" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute("DROP TRIGGER IF EXISTS cases_note_no_update" + on)


def lay_before(apps, schema_editor):
    """Lay the trigger of before."""
    before.lay(schema_editor, before.STAYS)


def lay(apps, schema_editor):
    """Lay the trigger: the version of a note's kind stays too, and goes only with the text."""
    lift(apps, schema_editor)
    is_postgres = schema_editor.connection.vendor == "postgresql"
    how = "IS NOT DISTINCT FROM" if is_postgres else "IS"
    same = " AND ".join(f"OLD.{name} {how} NEW.{name}" for name in before.STAYS)
    schema_editor.execute((POSTGRES if is_postgres else SQLITE).format(same=same, header=first.HEADER))


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0021_smaller_walks'),
    ]

    operations = [
        migrations.RunPython(lift, lay_before),
        migrations.AddField(
            model_name='closing',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='contactlog',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='document',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='historicalidentitypaper',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='historicalrelative',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='identitypaper',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='note',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='relative',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='reopening',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AddField(
            model_name='sequel',
            name='code_editions',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='versions of added codes'),
        ),
        migrations.AlterField(
            model_name='closing',
            name='ending',
            field=models.CharField(blank=True, choices=[('settled', 'Settled: the aims of the plan are reached'), ('asked_to_end', 'The person asked to end it'), ('moved', 'The person moved away'), ('handed_over', 'Handed over to another organisation'), ('lost_contact', 'Contact was lost and could not be found again'), ('deceased', 'The person died'), ('other_help', 'Not trafficking: other help goes on elsewhere'), ('error', 'Opened in error'), ('carried_on', 'Goes on in another open case of the same person')], max_length=40, verbose_name='why the case ends'),
        ),
        migrations.AlterField(
            model_name='contactlog',
            name='counterpart',
            field=models.CharField(blank=True, choices=[('person', 'The person'), ('family', 'Family or a person of trust'), ('service', 'A service or partner organisation'), ('authority', 'An authority'), ('other', 'Somebody else')], max_length=40, verbose_name='with whom'),
        ),
        migrations.AlterField(
            model_name='contactlog',
            name='means',
            field=models.CharField(blank=True, choices=[('telephone', 'Telephone'), ('message', 'Message'), ('visit', 'Visit'), ('mail', 'Letter or e-mail')], max_length=40, verbose_name='how'),
        ),
        migrations.AlterField(
            model_name='document',
            name='kind',
            field=models.CharField(blank=True, choices=[('photo', 'Photograph of the person'), ('identity', 'Copy of an identity document'), ('consent', 'Signed consent'), ('decision', 'Letter or decision of an authority'), ('court', 'Court paper'), ('work', 'Contract, payslip or debt paper'), ('medical', 'Medical paper'), ('injury', 'Picture of an injury or a place'), ('other', 'Another paper')], max_length=40, verbose_name='kind of document'),
        ),
        migrations.AlterField(
            model_name='historicalidentitypaper',
            name='holder',
            field=models.CharField(blank=True, choices=[('person', 'The person'), ('office', 'This organisation, for safe keeping'), ('trafficker', 'Somebody who exploited the person'), ('employer', 'An employer or agency'), ('authority', 'An authority or embassy'), ('family', 'The family'), ('lost', 'Lost or destroyed'), ('unknown', 'Unknown')], max_length=40, verbose_name='who has it now'),
        ),
        migrations.AlterField(
            model_name='historicalidentitypaper',
            name='kind',
            field=models.CharField(blank=True, choices=[('passport', 'Passport'), ('identity_card', 'Identity card'), ('birth', 'Birth certificate'), ('residence', 'Residence permit'), ('refugee', 'Travel document for refugees or stateless persons'), ('consular', 'Consular or emergency travel document'), ('seafarer', 'Seafarer’s document'), ('other', 'Another document')], max_length=40, verbose_name='kind of identity document'),
        ),
        migrations.AlterField(
            model_name='historicalrelative',
            name='relation',
            field=models.CharField(blank=True, choices=[('child', 'Child'), ('partner', 'Spouse or partner'), ('parent', 'Parent'), ('sibling', 'Brother or sister'), ('grandparent', 'Grandparent'), ('guardian', 'Guardian'), ('relative', 'Another relative'), ('dependant', 'A dependant who is no relative'), ('trusted', 'A person of trust')], max_length=40, verbose_name='relation to the person'),
        ),
        migrations.AlterField(
            model_name='identitypaper',
            name='holder',
            field=models.CharField(blank=True, choices=[('person', 'The person'), ('office', 'This organisation, for safe keeping'), ('trafficker', 'Somebody who exploited the person'), ('employer', 'An employer or agency'), ('authority', 'An authority or embassy'), ('family', 'The family'), ('lost', 'Lost or destroyed'), ('unknown', 'Unknown')], max_length=40, verbose_name='who has it now'),
        ),
        migrations.AlterField(
            model_name='identitypaper',
            name='kind',
            field=models.CharField(blank=True, choices=[('passport', 'Passport'), ('identity_card', 'Identity card'), ('birth', 'Birth certificate'), ('residence', 'Residence permit'), ('refugee', 'Travel document for refugees or stateless persons'), ('consular', 'Consular or emergency travel document'), ('seafarer', 'Seafarer’s document'), ('other', 'Another document')], max_length=40, verbose_name='kind of identity document'),
        ),
        migrations.AlterField(
            model_name='note',
            name='kind',
            field=models.CharField(choices=[('contact', 'Contact with the person'), ('call', 'Call or message'), ('interview', 'Interview'), ('meeting', 'Meeting'), ('others', 'Contact with others'), ('observation', 'Observation'), ('supervision', 'Supervision (few read it)'), ('matters', 'What matters now'), ('risk', 'Risk'), ('closing', 'Ending or reopening'), ('health', 'Health (few read it)'), ('intimate', 'Sexuality, violence to the body (few read it)'), ('family', 'Family (few read it)')], max_length=40, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='relative',
            name='relation',
            field=models.CharField(blank=True, choices=[('child', 'Child'), ('partner', 'Spouse or partner'), ('parent', 'Parent'), ('sibling', 'Brother or sister'), ('grandparent', 'Grandparent'), ('guardian', 'Guardian'), ('relative', 'Another relative'), ('dependant', 'A dependant who is no relative'), ('trusted', 'A person of trust')], max_length=40, verbose_name='relation to the person'),
        ),
        migrations.AlterField(
            model_name='reopening',
            name='why',
            field=models.CharField(blank=True, choices=[('returned', 'The person came back with the same need'), ('found', 'Contact was found again'), ('unfinished', 'Something was left undone'), ('error', 'It was closed in error')], max_length=40, verbose_name='why it is opened again'),
        ),
        migrations.AlterField(
            model_name='sequel',
            name='why',
            field=models.CharField(blank=True, choices=[('trafficked_again', 'Trafficked again'), ('new_danger', 'A new danger, not trafficked again'), ('asks_again', 'Asks for help again, with another need')], max_length=40, verbose_name='why a new case'),
        ),
        migrations.RunPython(lay, lift),
    ]
