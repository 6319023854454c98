"""Which rows are new: a specification of re-uploads, corrections, and equal rows."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.desk.contributions.keying import keyed
from amparo.desk.contributions.merging import PRESENT, merge
from amparo.standard.pool import POOL_COLUMNS

KEY = b"k" * 32
NOTHING = pl.DataFrame(schema=PRESENT)


def rows(*given):
    """Rows of (gender, year)."""
    table = [dict.fromkeys(POOL_COLUMNS) | {"gender": gender, "registration_year": year} for gender, year in given]
    return pl.DataFrame(table, schema=dict.fromkeys(POOL_COLUMNS, pl.String))


def persons(*names):
    return pl.Series("person", names, dtype=pl.String)


def present(frame, contribution="c1"):
    return frame.with_columns(contribution=pl.lit(contribution)).select(list(PRESENT))


A, B, C = ("Feminine", "2020"), ("Masculine", "2021"), ("Feminine", "2022")


@pytest.mark.parametrize(
    ("earlier", "file", "added", "known"),
    [
        ([], [A, B], 2, 0),
        ([A, B], [A, B], 0, 2),
        ([A, B], [B, A], 0, 2),
        ([A, B], [A, B, C], 1, 2),
        ([], [A, A, A], 3, 0),
        ([A], [A, A], 1, 1),
        ([A, A], [A], 0, 1),
        ([A, A], [A, A], 0, 2),
    ],
)
def test_without_identifiers_a_row_is_a_person(earlier, file, added, known):
    """Equal rows are counted: the pool holds as many as the file that has most of them."""
    held = present(keyed(rows(*earlier), key=KEY)) if earlier else NOTHING
    merged = merge(held, keyed(rows(*file), key=KEY))
    assert (merged.added, merged.known, merged.changed, merged.dropped) == (added, known, 0, frozenset())


def test_all_persons_new_sets_equal_rows_apart_yet_the_same_file_adds_nothing():
    first = keyed(rows(A, A), key=KEY, salt="file-1")
    other = merge(present(first), keyed(rows(A, A), key=KEY, salt="file-2"))
    again = merge(present(first), keyed(rows(A, A), key=KEY, salt="file-1"))
    assert (other.added, again.added) == (2, 0)


def test_with_identifiers_a_changed_row_replaces_the_persons_earlier_one():
    first = keyed(rows(A, B), key=KEY, persons=persons("p1", "p2"))
    merged = merge(present(first), keyed(rows(C, B), key=KEY, persons=persons("p1", "p2")))
    assert (merged.added, merged.changed, merged.known) == (0, 1, 1)
    assert merged.dropped == {first["record_key"][0]}
    assert merged.rows["registration_year"].to_list() == ["2020"], "the year of registration is frozen"


def test_one_person_may_have_two_records_with_one_year():
    merged = merge(NOTHING, keyed(rows(C, A, A), key=KEY, persons=persons("p1", "p1", "p1")))
    assert (merged.added, merged.known) == (2, 1), "the doubled line is one record"
    assert merged.rows["registration_year"].to_list() == ["2020", "2020"]
    assert merged.rows["person_key"].n_unique() == 1


def test_a_person_who_was_taken_out_does_not_come_in_again():
    file = keyed(rows(A, B), key=KEY, persons=persons("p1", "p2"))
    merged = merge(NOTHING, file, barred={file["person_key"][0]})
    assert (merged.added, merged.barred) == (1, 1)


def test_a_correction_takes_the_place_of_one_contribution_only():
    held = pl.concat([present(keyed(rows(A, B), key=KEY), "c1"), present(keyed(rows(C), key=KEY), "c2")])
    merged = merge(held, keyed(rows(A), key=KEY), replaces="c1")
    assert (merged.added, merged.known, len(merged.dropped)) == (0, 1, 1)


def test_a_row_without_identifier_in_a_file_that_has_some_is_a_person_of_its_own():
    file = keyed(rows(A, A), key=KEY, persons=persons("p1", None))
    assert file["is_identified"].to_list() == [True, False]
    assert file["person_key"].n_unique() == 2


def test_a_person_with_an_identifier_changes_nobody_elses_key():
    """Else her row, put before an equal row without identifier, would let that one in a second time."""
    earlier = keyed(rows(A), key=KEY, persons=persons(None))
    merged = merge(present(earlier), keyed(rows(A, A), key=KEY, persons=persons("p1", None)))
    assert (merged.added, merged.known) == (1, 1)


def test_keys_tell_nothing_without_the_organisations_key():
    ours, theirs = (keyed(rows(A), key=key, persons=persons("p1")) for key in (KEY, b"j" * 32))
    assert ours["person_key"][0] != theirs["person_key"][0]
    assert ours["record_key"][0] != theirs["record_key"][0]
    assert "p1" not in ours["person_key"][0]


ROWS = st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=12)


@given(file=ROWS, order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter_and_twice_is_once(file, order):
    shuffled = list(file)
    order.shuffle(shuffled)
    merged = merge(present(keyed(rows(*file), key=KEY)), keyed(rows(*shuffled), key=KEY))
    assert merged.is_empty


@given(first=ROWS, second=ROWS)
@settings(max_examples=40, deadline=None)
def test_every_incoming_row_is_accounted_for(first, second):
    merged = merge(present(keyed(rows(*first), key=KEY)), keyed(rows(*second), key=KEY))
    assert merged.added + merged.changed + merged.known + merged.barred == len(second)
