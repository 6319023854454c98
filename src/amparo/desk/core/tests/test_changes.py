"""The change log hands every change on exactly once, in order, whatever dies in between."""

import threading
import uuid
from contextlib import suppress

import pytest
from django.db import connection, transaction

from amparo.desk.core import changes
from amparo.desk.core.models import Change, Cursor, Draft


def announce(number, kind="consent.withdrawn"):
    changes.announce(kind, uuid.UUID(int=number), organisation_id=uuid.UUID(int=77))


class Killed(BaseException):
    """What no `except Exception` catches."""


@pytest.mark.django_db
def test_changes_arrive_in_order_once_for_each_reader():
    for number in range(5):
        announce(number)
        announce(number, kind="person.merged")
    seen = {"pool": [], "pages": []}
    for _again in range(2):
        for reader, held in seen.items():
            changes.follow(reader, ["consent.withdrawn"], lambda change, held=held: held.append(change.subject_id.int))
    assert seen == {"pool": [0, 1, 2, 3, 4], "pages": [0, 1, 2, 3, 4]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies_at", range(4))
def test_a_reader_killed_at_any_change_neither_repeats_nor_skips(dies_at):
    for number in range(4):
        announce(number)

    def act(change, dies):
        Draft.objects.create(user_id=change.subject_id, form="done", sealed=b"")
        if dies and change.subject_id.int == dies_at:
            raise Killed

    with pytest.raises(Killed):
        changes.follow("pool", ["consent.withdrawn"], lambda change: act(change, dies=True))
    assert Draft.objects.count() == dies_at
    assert changes.follow("pool", ["consent.withdrawn"], lambda change: act(change, dies=False)) == 4 - dies_at
    assert sorted(draft.user_id.int for draft in Draft.objects.all()) == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_undone_was_never_announced():
    with suppress(Killed), transaction.atomic():
        announce(1)
        raise Killed
    assert changes.follow("pool", ["consent.withdrawn"], pytest.fail) == 0


@pytest.mark.django_db
def test_no_more_is_done_at_once_than_asked_for():
    for number in range(5):
        announce(number)
    assert changes.follow("pool", ["consent.withdrawn"], lambda change: None, most=2) == 2
    assert Cursor.objects.get(reader="pool").sequence == Change.objects.order_by("sequence")[1].sequence


@pytest.mark.django_db(transaction=True)
def test_a_slow_writer_is_not_overtaken():
    """On PostgreSQL a later place can be visible before an earlier one: the earlier must still be handed on."""
    placed, go, seen = threading.Event(), threading.Event(), []

    def slow():
        try:
            with transaction.atomic():
                announce(1)
                placed.set()
                go.wait(10)
        finally:
            connection.close()

    def read():
        try:
            changes.follow("pool", ["consent.withdrawn"], lambda change: seen.append(change.subject_id.int))
        finally:
            connection.close()

    writer, reader = threading.Thread(target=slow), threading.Thread(target=read)
    writer.start()
    assert placed.wait(10)
    if connection.vendor == "postgresql":
        announce(2)
        reader.start()
        reader.join(0.3)
        assert seen == [], "the reader waits for the slower writer"
        go.set()
    else:
        go.set()
        writer.join()
        announce(2)
        reader.start()
    writer.join()
    reader.join()
    assert seen == [1, 2]
