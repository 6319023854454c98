"""Row ids are version 7, unique, and sort by the moment they were made."""

from uuid import RFC_4122

from amparo.desk.core import ids
from amparo.desk.core.ids import uuid7


def test_it_is_a_version_7_id():
    made = [uuid7() for _ in range(2000)]
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert len(set(made)) == 2000


def test_its_first_48_bits_are_the_milliseconds(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_700_000_000_123_456_789)
    assert uuid7().int >> 80 == 1_700_000_000_123


def test_later_ids_sort_after_earlier_ones(monkeypatch):
    clock = iter(range(0, 10**15, 10**12))
    monkeypatch.setattr(ids.time, "time_ns", lambda: next(clock))
    made = [uuid7() for _ in range(20)]
    assert made == sorted(made)


def test_the_rest_comes_from_the_operating_system(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 10**18)
    ored, anded = 0, 2**128 - 1
    for _ in range(200):
        ored, anded = ored | uuid7().int, anded & uuid7().int
    free = (2**12 - 1) << 64 | (2**62 - 1)
    assert ored & free == free, "every free bit is sometimes one (wrong once in 10**58)"
    assert anded & free == 0, "and sometimes nought"
