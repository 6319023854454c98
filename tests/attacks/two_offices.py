"""One row in every table that has a rule, for each of two organisations: what an attack looks for and must not find."""

import datetime
import uuid
from contextlib import contextmanager

import psycopg
from django.db import connection, models

from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.config import row_security
from amparo.desk.core import keys
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import OrganisationKey

ROLES = row_security.Roles("amparo_desk", "amparo_worker", "amparo")
GIVEN = {
    "contributions.contribution": {"state": "uploaded"},
    "consent.consent": {"state": "asked"},
    "consent.disclosure": {"ground": "legal_basis"},
    "contributions.tombstone": {"person_key": "0" * 32},
    "publication.release": {"state": "draft"},
    "access.organisation": {"is_partner_only": False},
}
"""Values that a table's own constraints ask for."""
ANOTHERS = {"access.accessreview": "confirmed_by_id", "cases.leavecover": "covering_id", "cases.transfer": "taker_id"}
"""Who may not be the member that the row is about."""
PAIRS = {
    "journeys.likeness": ("one_id", "other_id"),
    "cases.sameness": ("person_id", "remaining_id"),
    "cases.toldapart": ("one_id", "other_id"),
}
"""Tables about two rows of one kind, and the columns that name them, the lesser id first."""


def ruled():
    """Return every model whose table has a rule, by its label."""
    return {label: model for label, model in row_security.models().items() if row_security.rule_of(model)}


class Office:
    """One organisation with one row in every table."""

    def __init__(self, name):
        self.rows, self.name = {}, name
        self.organisation = self.rows[Organisation] = Organisation.objects.create(name=name, country="XC")
        keys.organisation_key(self.organisation.id)
        self.rows[OrganisationKey] = OrganisationKey.objects.get(pk=self.organisation.id)
        self.user = self.rows[User] = User.objects.create(email=f"{uuid.uuid4()}@example.org", name=name)

    def fill(self):
        for model in ruled().values():
            self.row(model)
        return self

    def row(self, model):
        """Return the organisation's row of a model, making it and what it refers to when absent."""
        if model not in self.rows:
            row = self.build(model)
            model._base_manager.bulk_create([row])
            self.rows[model] = row
        return self.rows[model]

    def build(self, model):
        """Return a row that is not stored yet, with a value in every column that needs one."""
        row = model()
        for field in model._meta.concrete_fields:
            if field.column == "organisation_id":
                setattr(row, field.attname, self.organisation.id)
            elif field.attname == "user_id":
                setattr(row, field.attname, self.user.id)
            elif field.remote_field and field.db_constraint:
                if not field.null:
                    setattr(row, field.attname, self.row(field.remote_field.model).pk)
            elif not (field.null or field.blank or field.has_default() or isinstance(field, models.AutoField | SealedTextField)):
                setattr(row, field.attname, value_of(field))
        for name, value in GIVEN.get(model._meta.label_lower, {}).items():
            setattr(row, name, value)
        if another := ANOTHERS.get(model._meta.label_lower):
            setattr(row, another, self.colleague().pk)
        if pair := PAIRS.get(model._meta.label_lower):
            related = model._meta.get_field(pair[0].removesuffix("_id")).remote_field.model
            second = self.build(related)
            related._base_manager.bulk_create([second])
            for name, pk in zip(pair, sorted((self.row(related).pk, second.pk)), strict=True):
                setattr(row, name, pk)
        return row

    def colleague(self):
        """Return a second member of the organisation."""
        user = User.objects.create(email=f"{uuid.uuid4()}@example.org", name="Colleague")
        return Member.objects.create(user=user, organisation=self.organisation, roles=[])


def value_of(field):
    match field:
        case models.UUIDField():
            return uuid.uuid4()
        case models.DateTimeField():
            return datetime.datetime.now(datetime.UTC)
        case models.DateField():
            return datetime.date(2025, 6, 1)
        case models.BooleanField():
            return False
        case models.IntegerField() | models.FloatField():
            return uuid.uuid4().int % 30_000 + 1
        case models.BinaryField():
            return uuid.uuid4().bytes
        case models.JSONField():
            return {}
        case models.CharField() if field.column == "history_type":
            return "+"
        case models.CharField():
            return uuid.uuid4().hex[: field.max_length]
    return uuid.uuid4().hex


@contextmanager
def signed_in_to_the_database(role, organisation=None, user=None, duties="", database=None):
    """Yield a connection of the role's own, as somebody has who took over its process."""
    held = connection.settings_dict
    with psycopg.connect(
        host=held["HOST"], port=held["PORT"], dbname=database or held["NAME"], user=role, password="amparo", autocommit=True
    ) as own:
        told = (str(organisation or ""), str(user or ""), duties)
        own.execute(
            "SELECT set_config('amparo.organisation', %s, false), set_config('amparo.user', %s, false), "
            "set_config('amparo.duties', %s, false)",
            told,
        )
        yield own
