"""Whoever can write in the database runs nothing in the process that holds the keys."""

import base64
import os
import pickle

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from amparo.desk.access import tries

pytestmark = pytest.mark.django_db


class Order:
    """A pickle that writes a file when it is opened."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return os.mkdir, (self.place,)


def plant(key, value):
    cache.set(key, 1, timeout=600)
    stored = base64.b64encode(pickle.dumps(value)).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_cache SET value = %s WHERE cache_key = %s", [stored, cache.make_key(key)])


def test_a_planted_pickle_is_not_obeyed(sign_in, her_caseworker, tmp_path):
    mark = tmp_path / "obeyed"
    plant(tries._slots(her_caseworker, "emergency")[0], Order(mark))
    client = sign_in(her_caseworker)
    client.raise_request_exception = False
    answer = client.post(reverse("emergency"), {"called": "XC-2026-00001", "reason": "danger"})
    assert not mark.exists()
    assert answer.status_code == 500


def test_numbers_texts_and_lists_are_kept_as_they_were():
    for value in (3, 2.5, "y", True, None, [1.5, [2, "x"]], {"a": (1, 2)}):
        cache.set("plain", value)
        assert cache.get("plain") == value
