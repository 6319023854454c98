"""What is unusual about reading, and what is not: on invented habits."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.desk.oversight import rules
from amparo.desk.oversight.rules import Act, Day, Habit, Look, Sign, Thresholds, unusual

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = Thresholds()
NONE = Habit()


def reads(count, *, at=MONDAY, every=timedelta(minutes=2), start=0, **facts):
    return [Look(at + every * n, Act.READ, f"r{start + n}", **facts) for n in range(count)]


def habit(own, role=(), *, searches=0):
    days = lambda numbers: tuple(Day(date(2026, 1, 1) + timedelta(n), number, searches) for n, number in enumerate(numbers))  # noqa: E731
    return Habit(days(own), days(role))


def signs(looks, held=NONE, thresholds=OFFICE):
    return [finding.sign for finding in unusual(looks, held, thresholds)]


@pytest.mark.parametrize(
    ("count", "own", "role", "flagged"),
    [
        (15, [], [], False),
        (16, [], [], True),
        (16, [8] * 20, [], False),  # twice and a half of eight
        (21, [8] * 20, [], True),
        (21, [1] * 20, [10] * 20, False),  # a newcomer to the role is measured by the others
        (26, [1] * 20, [10] * 20, True),
        (16, [30] * 9, [], True),  # nine days are no habit
        (81, [70] * 30, [70] * 30, True),  # nobody gets used to more than the ceiling
    ],
)
def test_many_records_in_an_hour_against_what_is_usual(count, own, role, flagged):
    looks = reads(count, every=timedelta(seconds=30))
    assert (Sign.BULK in signs(looks, habit(own, role))) is flagged


def test_the_same_record_many_times_is_not_many_records():
    assert signs([Look(MONDAY + timedelta(seconds=n), Act.READ, "r1") for n in range(500)]) == []


def test_an_hour_slides_over_the_full_hour():
    looks = reads(8, at=MONDAY + timedelta(minutes=45)) + reads(8, at=MONDAY + timedelta(minutes=75), start=8)
    assert signs(looks) == [Sign.BULK]
    spread = reads(8) + reads(8, at=MONDAY + timedelta(minutes=75), start=8)
    assert signs(spread) == []


def test_a_finding_says_from_when_to_when_how_many_and_which():
    found = unusual(reads(20), habit([4] * 20), OFFICE)[0]
    assert (found.sign, found.key, found.count, found.usual) == (Sign.BULK, "2026-03-02", 20, 4)
    assert (found.first_at, found.last_at) == (MONDAY, MONDAY + timedelta(minutes=38))
    assert found.records == tuple(f"r{n}" for n in range(20))


MADRID = Thresholds(zone="Europe/Madrid", opens=time(8), closes=time(18))


@pytest.mark.parametrize(
    ("local", "thresholds", "night"),
    [
        ("2026-03-02 07:59", MADRID, True),
        ("2026-03-02 08:00", MADRID, False),
        ("2026-03-02 18:00", MADRID, True),
        ("2026-03-07 12:00", MADRID, True),  # Saturday
        ("2026-03-07 12:00", Thresholds(zone="Europe/Madrid", working_days=frozenset(range(7))), False),
        ("2026-03-02 03:00", Thresholds(zone="Europe/Madrid", opens=time(0), closes=time(0)), False),  # never closes
        ("2026-03-03 03:00", Thresholds(zone="Europe/Madrid", opens=time(22), closes=time(6)), False),  # a night shelter
        ("2026-03-03 12:00", Thresholds(zone="Europe/Madrid", opens=time(22), closes=time(6)), True),
        ("2026-03-07 03:00", Thresholds(zone="Europe/Madrid", opens=time(22), closes=time(6)), False),  # Friday's night
        ("2026-03-08 03:00", Thresholds(zone="Europe/Madrid", opens=time(22), closes=time(6)), True),  # Saturday's
        ("2026-07-01 08:30", MADRID, False),  # summer time follows the zone
        ("2026-07-01 07:30", MADRID, True),
    ],
)
def test_night_is_when_the_office_is_closed_where_it_lies(local, thresholds, night):
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(thresholds.zone))
    assert rules.is_night(at.astimezone(UTC), thresholds) is night


def test_one_night_is_one_occasion_past_midnight_too_and_two_records_are_none():
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    looks = reads(4, at=late, every=timedelta(minutes=30))
    found = [finding for finding in unusual(looks, NONE, OFFICE) if finding.sign is Sign.NIGHT]
    assert [(one.key, one.count) for one in found] == [("2026-03-02", 4)]
    assert signs(reads(2, at=late)) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"works_on_it": False}, [Sign.OUTSIDE]),
        ({"works_on_it": False, "supervises": True}, []),
        ({"bears_the_name": True}, [Sign.NAMESAKE]),
        ({"days_closed": 730}, []),
        ({"days_closed": 731}, [Sign.LONG_CLOSED]),
    ],
)
def test_one_record_and_what_stands_between_it_and_the_reader(facts, expected):
    assert signs(reads(1, **facts)) == expected


def test_searching_many_names_and_trying_many_doors():
    searched = [Look(MONDAY + timedelta(minutes=n), Act.SEARCHED) for n in range(16)]
    refused = [Look(MONDAY + timedelta(minutes=n), Act.REFUSED) for n in range(8)]
    assert signs(searched) == [Sign.NAMES]
    assert signs(searched[:15]) == []
    assert signs(searched, habit([1] * 20, searches=7)) == []
    assert signs(refused) == [Sign.REFUSED]
    assert signs(refused[:7]) == []


LOOKS = st.lists(
    st.builds(
        Look,
        st.integers(0, 3 * 86_400).map(lambda seconds: MONDAY + timedelta(seconds=seconds)),
        st.sampled_from(Act),
        st.integers(0, 40).map(str),
        works_on_it=st.booleans(),
        supervises=st.booleans(),
    ),
    max_size=80,
)


@given(LOOKS, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_events_come_does_not_matter(looks, random):
    mixed = list(looks)
    random.shuffle(mixed)
    key = lambda found: sorted((one.sign, one.key, one.count) for one in found)  # noqa: E731
    assert key(unusual(mixed, NONE, OFFICE)) == key(unusual(looks, NONE, OFFICE))


@given(LOOKS)
@settings(max_examples=150, deadline=None)
def test_the_quick_count_agrees_with_the_obvious_one(looks):
    held = sorted((look for look in looks if look.act is Act.READ), key=lambda look: look.at)
    obvious = max(
        (len({one.record for one in held if timedelta(0) <= one.at - first.at < rules.HOUR}) for first in held), default=0
    )
    assert rules._most_records(held) == rules.busiest_hour(held, rules.different)[0] == obvious


@given(LOOKS, st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_a_busier_habit_never_flags_more(looks, busy):
    calm, used = habit([busy] * 20), habit([busy + 5] * 20)
    assert set(signs(looks, used)) <= set(signs(looks, calm))
