"""How often ordinary work is flagged, and how often misuse is: a year of an invented office, day by day.

    python benchmarks/unusual.py [--years 5] [--seed 1]

The office: seven caseworkers (25 cases each), two supervisors, a health worker, a lawyer and a shelter
worker, open 7 to 20 on weekdays. Ordinary work holds what looks odd and is not: the weekly case
conference, the supervisor's Monday review, the month's report, weekends on call, cover for leave. A
habit is the sixty days before, as the worker keeps it. Misuse is then laid over ordinary days.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from amparo.desk.oversight.rules import DAYS_OF_A_HABIT, Act, Day, Habit, Look, Sign, Thresholds, day_of, unusual

OFFICE = Thresholds()
ROLES = ["caseworker"] * 7 + ["supervisor"] * 2 + ["health", "lawyer", "shelter_staff"]
RECORDS = 175


def moment(day: date, hour: float, minute: float = 0) -> datetime:
    """Return a moment of a day."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour, minutes=minute)


def reads(draw: Random, begin: datetime, minutes: float, records: list[int], **facts: bool) -> Iterator[Look]:
    """Yield readings of records spread over some minutes, each record looked at up to four times."""
    for record in records:
        for _ in range(draw.randint(1, 4)):
            yield Look(begin + timedelta(minutes=draw.uniform(0, minutes)), Act.READ, f"r{record}", **facts)


def ordinary(draw: Random, who: int, day: date) -> list[Look]:
    """Return one member's ordinary day."""
    role, supervises = ROLES[who], ROLES[who] == "supervisor"
    own = [(25 * who + n) % RECORDS for n in range(25)]
    facts = {"supervises": supervises}
    looks: list[Look] = []
    if day.weekday() >= 5:
        if draw.random() < 0.08:  # on call: a record or two, now and then more
            looks += reads(draw, moment(day, draw.uniform(8, 22)), 90, draw.sample(own, draw.choice([1, 1, 1, 2, 2, 3])), **facts)
        return looks
    if draw.random() < 0.09:  # on leave
        return []
    looks += reads(draw, moment(day, 8), 9 * 60, draw.sample(own, draw.randint(3, 12)), **facts)
    if draw.random() < 0.04:  # an emergency in the evening
        looks += reads(draw, moment(day, draw.uniform(20, 23)), 40, draw.sample(own, draw.choice([1, 1, 2, 3])), **facts)
    if day.weekday() == 3:  # the case conference
        looks += reads(draw, moment(day, 10), 50, draw.sample(own, draw.randint(6, 12)), **facts)
    if supervises and day.weekday() == 0:  # the review
        looks += reads(draw, moment(day, 14), 55, draw.sample(range(RECORDS), draw.randint(15, 28)), **facts)
    if role == "caseworker" and day.day >= 26 and draw.random() < 0.25:  # the month's report
        looks += reads(draw, moment(day, 16), 55, draw.sample(own, draw.randint(12, 22)), **facts)
    if draw.random() < 0.05:  # cover for a colleague: places on those teams were given
        looks += reads(draw, moment(day, 11), 120, draw.sample(range(RECORDS), draw.randint(3, 10)), **facts)
    looks += [Look(moment(day, draw.uniform(8, 18)), Act.SEARCHED) for _ in range(draw.randint(0, 9))]
    looks += [Look(moment(day, draw.uniform(8, 18)), Act.REFUSED) for _ in range(draw.choice([0, 0, 0, 0, 1, 2]))]
    return looks


MISUSE = {
    "40 records in an hour": (Sign.BULK, lambda draw, day: reads(draw, moment(day, 15), 55, draw.sample(range(RECORDS), 40))),
    "25 records in an hour": (Sign.BULK, lambda draw, day: reads(draw, moment(day, 15), 55, draw.sample(range(RECORDS), 25))),
    "5 records at two in the morning": (Sign.NIGHT, lambda draw, day: reads(draw, moment(day, 2), 30, list(range(5)))),
    "one record outside the team": (Sign.OUTSIDE, lambda draw, day: reads(draw, moment(day, 12), 5, [3], works_on_it=False)),
    "30 searches in an hour": (
        Sign.NAMES,
        lambda draw, day: (Look(moment(day, 12, draw.uniform(0, 55)), Act.SEARCHED) for _ in range(30)),
    ),
    "12 refusals in an hour": (
        Sign.REFUSED,
        lambda draw, day: (Look(moment(day, 12, draw.uniform(0, 55)), Act.REFUSED) for _ in range(12)),
    ),
}


def main() -> None:
    """Print false alarms by sign, and the share of misuse that is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    alarms: Counter[str] = Counter()
    found: dict[str, list[bool]] = defaultdict(list)
    for year in range(asked.years):
        draw, habits = Random(asked.seed + year), defaultdict[int, list[Day]](list)
        for number in range(365):
            day = date(2026, 1, 1) + timedelta(days=number)
            done = {who: ordinary(draw, who, day) for who in range(len(ROLES))}
            for who, looks in done.items():
                role = [one for other, kept in habits.items() if other != who and ROLES[other] == ROLES[who] for one in kept]
                habit = Habit(tuple(habits[who]), tuple(role))
                alarms.update(finding.sign.value for finding in unusual(looks, habit, OFFICE))
                if number > DAYS_OF_A_HABIT and ROLES[who] == "caseworker" and draw.random() < 0.05:
                    for name, (sign, act) in MISUSE.items():
                        signs = [finding.sign for finding in unusual([*looks, *act(draw, day)], habit, OFFICE)]
                        found[name].append(sign in signs)
            for who, looks in done.items():
                if looks:
                    kept = sorted(looks, key=lambda look: look.at)
                    habits[who] = [*habits[who], day_of(kept, day)][-DAYS_OF_A_HABIT:]
    print(f"false alarms a year, twelve members, mean of {asked.years} years:")
    for sign in Sign:
        print(f"  {sign.value:12} {alarms[sign.value] / asked.years:6.1f}")
    print(f"  all          {alarms.total() / asked.years:6.1f}, {alarms.total() / asked.years / 52:.2f} a week")
    print("misuse by a caseworker on an ordinary day, found:")
    for name, hits in found.items():
        print(f"  {name:32} {sum(hits)} of {len(hits)} ({100 * sum(hits) / len(hits):.0f} %)")


if __name__ == "__main__":
    main()
