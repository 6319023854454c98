"""A sealed row of the tests' own, with history, because `core` itself holds no person."""

import pytest


@pytest.fixture(scope="session")
def letter_model():
    import sys
    from types import ModuleType

    from django.db import models
    from simple_history.models import HistoricalRecords

    from amparo.desk.core.fields import SealedDateField, SealedJSONField, SealedTextField
    from amparo.desk.core.models import SealedRow

    sys.modules["core_tests.models"] = ModuleType("core_tests.models")

    class Letter(SealedRow):
        __module__ = "core_tests.models"
        text = SealedTextField(blank=True)
        title = SealedTextField(blank=True, max_length=40)
        born = SealedDateField(blank=True)
        answers = SealedJSONField(blank=True)
        shelf = models.CharField(max_length=20, blank=True)
        history = HistoricalRecords(app="core_tests")

        class Meta:
            app_label = "core_tests"

    return Letter


@pytest.fixture
def letters(db, letter_model, tables_owner):
    """The table, for one test."""
    from django.db import connection

    for model in (letter_model, letter_model.history.model):
        editor = connection.SchemaEditorClass(connection, collect_sql=True)
        editor.deferred_sql = []
        editor.create_model(model)
        with tables_owner(), connection.cursor() as cursor:
            for statement in [*editor.collected_sql, *editor.deferred_sql]:
                cursor.execute(str(statement))
            if connection.vendor == "postgresql":
                cursor.execute(f"GRANT ALL ON {connection.ops.quote_name(model._meta.db_table)} TO PUBLIC")
    return letter_model


@pytest.fixture
def owner():
    import uuid

    return uuid.UUID(int=77)
