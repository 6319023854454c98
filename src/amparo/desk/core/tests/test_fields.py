"""Sealed fields: plain in Python, ciphertext in the database, and never another row's words."""

import uuid

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.forms import Textarea, modelform_factory

from amparo.desk.core import fields, keys
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.core.sealing import Unopenable

WORDS = "Amara said: «they kept my passport»"
BORN = PartialDate.parse("1991-04~")


@pytest.fixture
def letter(letters, owner):
    made = letters.objects.create(
        key_id=keys.new_person_key(owner), text=WORDS, title="Amara", born=BORN, answers={"debt": ["yes", 3]}
    )
    return letters.objects.get(pk=made.pk)


def stored(row, column):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row._meta.pk.get_db_prep_value(row.pk, connection)]
        )
        return bytes(cursor.fetchone()[0])


def test_values_come_back_as_they_were_given(letter):
    assert (letter.text, letter.title, letter.born, letter.answers) == (WORDS, "Amara", BORN, {"debt": ["yes", 3]})


def test_the_database_holds_no_word_of_it(letter):
    whole = b"".join(stored(letter, column) for column in ("text", "title", "born", "answers"))
    for word in (b"Amara", b"passport", b"1991", b"debt"):
        assert word not in whole


def test_names_of_every_usual_length_are_stored_equally_long(letter):
    lengths = set()
    for name in ("Li", "Amara", "Maria de la Concepción Ruiz"):
        letter.title = name
        letter.save()
        lengths.add(len(stored(letter, "title")))
    assert len(lengths) == 1


@pytest.mark.parametrize("text", ["\x00", "a\x00\x00", "é" * 31, "x" * 31, "x" * 32, "x" * 33, "\x80", "0"])
def test_padding_never_changes_a_text(letter, text):
    letter.text = text
    letter.save()
    assert type(letter).objects.get(pk=letter.pk).text == text


@pytest.mark.parametrize("column", ["text", "title", "born", "answers"])
def test_empty_is_empty(letters, owner, column):
    row = letters.objects.create(key_id=keys.new_person_key(owner))
    again = letters.objects.get(pk=row.pk)
    assert stored(row, column) == b""
    assert not getattr(again, column)
    assert letters.objects.filter(**{column: ""}).count() == 1


def test_false_and_nought_are_answers(letter):
    for answer in (False, 0):
        letter.answers = answer
        letter.save()
        assert type(letter).objects.get(pk=letter.pk).answers is answer


def test_ciphertext_moved_to_another_row_does_not_open(letter):
    other = type(letter).objects.create(key_id=letter.key_id, text="another")
    type(letter).objects.filter(pk=other.pk).update(text=stored(letter, "text"))
    with pytest.raises(Unopenable):
        _ = type(letter).objects.get(pk=other.pk).text


def test_ciphertext_moved_to_another_field_does_not_open(letter):
    type(letter).objects.filter(pk=letter.pk).update(title=stored(letter, "text"))
    with pytest.raises(Unopenable):
        _ = type(letter).objects.get(pk=letter.pk).title


def test_an_untouched_value_keeps_its_ciphertext_and_a_changed_one_does_not(letter):
    before = {column: stored(letter, column) for column in ("text", "title", "answers")}
    assert letter.text
    assert letter.answers
    letter.answers["debt"] = ["no"]
    letter.save()
    after = {column: stored(letter, column) for column in before}
    assert (before["text"], before["title"]) == (after["text"], after["title"])
    assert before["answers"] != after["answers"]
    assert type(letter).objects.get(pk=letter.pk).answers == {"debt": ["no"]}


def test_a_copied_row_never_carries_words_that_do_not_open(letter):
    unread = type(letter).objects.get(pk=letter.pk)
    unread.pk, unread._state.adding = uuid.uuid4(), True
    with pytest.raises(Unopenable), transaction.atomic():
        unread.save()
    read = type(letter).objects.get(pk=letter.pk)
    assert all((read.text, read.title, read.born, read.answers))
    read.pk, read._state.adding = uuid.uuid4(), True
    read.save()
    assert type(letter).objects.get(pk=read.pk).text == WORDS


def test_another_key_seals_everything_again(letter, owner):
    old = letter.key_id
    letter.key_id = keys.new_person_key(owner)
    letter.save()
    letter.history.all().delete()
    keys.destroy(old)
    again = type(letter).objects.get(pk=letter.pk)
    assert (again.text, again.title, again.born, again.answers) == (WORDS, "Amara", BORN, {"debt": ["yes", 3]})


def test_deferred_fields_and_refreshed_rows_open(letter):
    part = type(letter).objects.defer("text").get(pk=letter.pk)
    assert part.text == WORDS
    type(letter).objects.filter(pk=letter.pk).update(shelf="B")
    letter.refresh_from_db()
    assert (letter.text, letter.shelf) == (WORDS, "B")
    only = type(letter).objects.only("shelf").get(pk=letter.pk)
    only.shelf = "C"
    only.save()
    assert type(letter).objects.get(pk=letter.pk).title == "Amara"


def test_bulk_create_seals_and_bulk_update_refuses(letters, owner):
    one, two = keys.new_person_keys(owner, 2)
    made = letters.objects.bulk_create([letters(key_id=one, text="first"), letters(key_id=two, text="second")])
    assert {row.text for row in letters.objects.all()} == {"first", "second"}
    assert b"first" not in stored(made[0], "text")
    made[0].text = "changed"
    with pytest.raises(TypeError, match="sealed"):
        letters.objects.bulk_update(made, ["text"])


@pytest.mark.parametrize(
    ("field", "value"), [("text", "x"), ("title", "Amara"), ("born", BORN), ("answers", {"a": 1}), ("text", fields.Erased("x"))]
)
def test_clear_values_are_neither_searched_for_nor_updated(letters, field, value):
    with pytest.raises(TypeError, match="sealed"):
        list(letters.objects.filter(**{field: value}))
    with pytest.raises(TypeError, match="sealed"):
        letters.objects.update(**{field: value})


def test_nothing_sealed_is_ever_serialised_or_shown_by_accident(letter):
    with pytest.raises(TypeError, match="sealed"):
        serializers.serialize("json", [letter])
    assert "Amara" not in repr(letter) + str(type(letter).objects.values("text", "title"))


def test_history_keeps_versions_that_open(letter):
    letter.title = "Amara M."
    letter.save()
    assert [version.title for version in letter.history.order_by("history_date")] == ["Amara", "Amara M."]
    assert b"Amara" not in b"".join(bytes(version) for version in letter.history.values_list("title", flat=True))


def test_erasing_the_person_erases_every_version(letter):
    letter.title = "Amara M."
    letter.save()
    keys.destroy(letter.key_id)
    keys.forget_opened()
    again = type(letter).objects.get(pk=letter.pk)
    values = [again.text, again.title, again.born, again.answers, *(version.title for version in again.history.all())]
    assert all(fields.is_erased(value) for value in values)
    assert again.born == PartialDate(known=Known.ERASED)
    assert again.born.earliest is None
    assert again.answers.get("debt") is None
    again.shelf = "gone"
    again.save()
    assert type(letter).objects.get(pk=letter.pk).title == ""


def test_nothing_new_is_sealed_under_a_destroyed_key(letter):
    keys.destroy(letter.key_id)
    letter.text = "new words"
    with pytest.raises(keys.KeyDestroyed):
        letter.save()


def test_a_row_cannot_name_a_key_that_was_not_kept(letters):
    with pytest.raises(keys.KeyMissing), transaction.atomic():
        letters.objects.create(key_id=uuid.uuid4(), text="lost")
    point = transaction.savepoint()
    letters.objects.bulk_create([letters(key_id=uuid.uuid4())])
    with pytest.raises(IntegrityError):
        connection.check_constraints()
    transaction.savepoint_rollback(point)


def test_forms_show_and_take_sealed_values(letter):
    form_class = modelform_factory(type(letter), fields=["text", "title", "born", "answers"], widgets={"text": Textarea})
    form = form_class(instance=letter)
    assert (form.initial["title"], form.initial["born"]) == ("Amara", BORN)
    assert isinstance(form.fields["text"].widget, Textarea)
    posted = {
        "text": " new ",
        "title": "x" * 41,
        "born_day": "",
        "born_month": "4",
        "born_year": "1991",
        "born_known": "",
        "answers": "{}",
    }
    assert "title" in form_class(posted, instance=letter).errors
    form = form_class(posted | {"title": "A."}, instance=letter)
    assert form.is_valid(), form.errors
    form.save()
    again = type(letter).objects.get(pk=letter.pk)
    assert (again.text, again.title, again.born, again.answers) == ("new", "A.", PartialDate.parse("1991-04"), {})


def test_a_field_takes_text_not_bytes(letters):
    with pytest.raises(TypeError, match="text"):
        letters(text=b"raw")


def test_a_page_of_rows_needs_one_query_for_its_keys(letters, owner, django_assert_num_queries):
    for key_id in keys.new_person_keys(owner, 12):
        letters.objects.create(key_id=key_id, text="x")
    keys.forget_opened()
    with django_assert_num_queries(3):  # rows, keys, the organisation's key
        assert [row.text for row in letters.objects.all().opened()] == ["x"] * 12
