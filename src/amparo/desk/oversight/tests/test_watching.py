"""From audit events to a flag that a supervisor judges, and that its reader never sees."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import BreakGlass
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys
from amparo.desk.oversight import actions, rules, watching
from amparo.desk.oversight.choices import Ground, Opinion
from amparo.desk.oversight.models import BusyHour, Flag, Watch

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def auditor(make_member, shelter):
    return make_member(shelter, "auditor", name="Vela Corrin")


@pytest.fixture
def at(monkeypatch):
    """Return a function that records an event as of a moment."""

    def record(moment, action, subject=None, *, by, **details):
        with monkeypatch.context() as patched:
            patched.setattr(chain.timezone, "now", lambda: moment)
            return chain.record(action, subject, by=by, details=details)

    return record


@pytest.fixture
def open_cases(her_caseworker):
    def make(count, **person):
        day = NOON.date() - timedelta(days=100)
        return [cases.open_case(by=her_caseworker, opened_on=day, person=person) for _ in range(count)]

    return make


def look(organisation, now=NOON + timedelta(hours=8)):
    watching.watch(organisation, now=now)
    return [(flag.sign, flag.member.user.name, flag.count) for flag in Flag.objects.order_by("id")]


def test_many_records_in_an_hour_are_flagged_once_and_grow(at, open_cases, her_caseworker, shelter):
    for n, case in enumerate(open_cases(18)):
        at(NOON + timedelta(minutes=n), "case.read", case, by=her_caseworker, part="overview")
        if n == 16:
            assert look(shelter) == [("bulk", "I. Maro", 17)]
    assert look(shelter) == [("bulk", "I. Maro", 18)]
    assert look(shelter) == [("bulk", "I. Maro", 18)]
    assert Event.objects.filter(action="unusual.flagged").count() == 1
    assert len(Flag.objects.get().records) == 18


def test_names_tried_in_one_table_count_as_many_as_they_are(at, her_caseworker, shelter):
    at(NOON, "people.compared", by=her_caseworker, shown=0, others=9, asked=40, refused=0)
    at(NOON, "people.compared", by=her_caseworker, shown=0, others=0, asked=0, refused=30)
    assert look(shelter) == [("names", "I. Maro", 70)]


def test_ordinary_work_is_not_flagged(at, open_cases, her_caseworker, her_supervisor, shelter):
    for n, case in enumerate(open_cases(12)):
        at(NOON + timedelta(minutes=3 * n), "case.read", case, by=her_caseworker, part="overview")
        at(NOON + timedelta(minutes=3 * n), "case.changed", case, by=her_caseworker, fields=["next_step"])
        at(NOON + timedelta(minutes=3 * n + 1), "case.read", case, by=her_supervisor, part="notes")
    assert look(shelter) == []


def test_at_night_in_the_offices_own_zone(at, open_cases, her_caseworker, shelter):
    Watch.objects.create(organisation=shelter, zone="America/Bogota")
    for n, case in enumerate(open_cases(3)):
        at(NOON.replace(hour=2) + timedelta(minutes=n), "case.read", case, by=her_caseworker, part="overview")  # 21:00 there
    assert look(shelter) == [("night", "I. Maro", 3)]


def test_a_record_that_the_reader_does_not_work_on(at, open_cases, make_member, shelter, her_supervisor):
    stranger, helper = make_member(shelter, "caseworker", name="O. Ther"), make_member(shelter, "health", name="N. Urse")
    case = open_cases(1)[0]
    place = cases.join_team(case=case, by=her_supervisor, member=helper, role="health", since=NOON.date() - timedelta(days=9))
    at(NOON, "case.read", case, by=helper, part="overview")
    at(NOON, "case.read", case, by=her_supervisor, part="overview")
    at(NOON, "case.read", case, by=stranger, part="overview")
    assert look(shelter) == [("outside", "O. Ther", 1)]
    cases.leave_team(place=place, by=her_supervisor, until=NOON.date())
    at(NOON + timedelta(days=1), "case.read", case, by=helper, part="overview")
    assert ("outside", "N. Urse", 1) in look(shelter, NOON + timedelta(days=1, hours=3))


def test_a_namesake_and_a_case_long_ended(at, open_cases, make_member, shelter, her_supervisor):
    reader = make_member(shelter, "supervisor", name="Amara Tavrenko")
    her = open_cases(1, given_names="Ilya", family_name="Távrenko")[0]
    at(NOON, "case.read", her, by=reader, part="overview")
    assert look(shelter) == [("namesake", "Amara Tavrenko", 1)]
    Flag.objects.all().delete()
    type(her).objects.filter(pk=her.pk).update(stage="closed", closed_on=NOON.date() - timedelta(days=800))
    at(NOON + timedelta(minutes=1), "case.read", her, by=her_supervisor, part="overview")
    assert look(shelter) == [("long_closed", "S. Uper", 1)]


def test_an_erased_person_is_tied_to_nobody(at, open_cases, make_member, shelter):
    stranger = make_member(shelter, "caseworker", name="O. Ther")
    case = open_cases(1)[0]
    at(NOON, "case.read", case, by=stranger, part="overview")
    keys.destroy(case.key_id)
    assert look(shelter) == []


def test_habits_are_learnt_from_finished_days_and_forgotten_after_sixty(at, open_cases, her_caseworker, shelter):
    made = open_cases(20)
    for day in range(12):
        for n, case in enumerate(made[:10]):
            at(NOON - timedelta(days=12 - day) + timedelta(minutes=n), "case.read", case, by=her_caseworker, part="overview")
    for n, case in enumerate(made):
        at(NOON + timedelta(minutes=n), "case.read", case, by=her_caseworker, part="overview")
    assert look(shelter) == []  # twenty are twice ten
    assert BusyHour.objects.filter(member=her_caseworker, records=10).count() == 12
    later = NOON + timedelta(days=60)
    at(later, "case.read", made[0], by=her_caseworker, part="overview")
    look(shelter, later + timedelta(hours=1))
    assert {row.day for row in BusyHour.objects.all()} == {NOON.date()}


def test_what_was_flagged_and_not_explained_becomes_no_habit(her_caseworker, shelter):
    for n in range(12):
        BusyHour.objects.create(organisation=shelter, member=her_caseworker, day=NOON.date() - timedelta(days=n + 1), records=60)
    members = {her_caseworker.pk: her_caseworker}
    assert len(watching.habit_of(her_caseworker, members).own) == 12
    for n in range(3):
        moment = NOON - timedelta(days=n + 1)
        Flag.objects.create(
            organisation=shelter, member=her_caseworker, sign="bulk", key=str(n), first_at=moment, last_at=moment, count=60
        )
    assert len(watching.habit_of(her_caseworker, members).own) == 9


def test_nothing_new_costs_nothing(at, open_cases, her_caseworker, shelter, django_assert_max_num_queries):
    at(NOON, "case.read", open_cases(1)[0], by=her_caseworker, part="overview")
    look(shelter)
    with django_assert_max_num_queries(3):
        assert watching.watch(shelter, now=NOON + timedelta(hours=9)) == 0


@pytest.fixture
def a_flag(at, open_cases, her_caseworker, shelter):
    for n, case in enumerate(open_cases(17)):
        at(NOON + timedelta(minutes=n), "case.read", case, by=her_caseworker, part="overview")
    look(shelter)
    return Flag.objects.get()


def test_a_supervisor_finds_it_today_judges_it_and_the_verdict_is_kept(a_flag, her_supervisor, sign_in):
    client = sign_in(her_supervisor)
    assert "1 occasion of unusual reading waits for your verdict" in client.get(reverse("today")).content.decode()
    listed = client.get(reverse("unusual")).content.decode()
    assert "I. Maro looked at 17 different records on 4 March 2026" in listed
    page = client.get(reverse("unusual_one", args=[a_flag.pk])).content.decode()
    assert page.count("Record looked at: overview") == 17
    answer = client.post(
        reverse("unusual_one", args=[a_flag.pk]), {"opinion": "explained", "ground": "review", "note": "Asked: yearly list."}
    )
    assert answer.status_code == 302
    a_flag.refresh_from_db()
    assert (a_flag.opinion, a_flag.ground, a_flag.judged_by) == ("explained", "review", her_supervisor)
    assert b"yearly" not in bytes(a_flag.sealed_note)
    assert "Asked: yearly list." in client.get(reverse("unusual_one", args=[a_flag.pk])).content.decode()
    assert "waits for your verdict" not in client.get(reverse("today")).content.decode()
    assert Event.objects.get(action="unusual.judged").details["opinion"] == "explained"
    with pytest.raises(Denied, match="already_judged"):
        actions.judge(flag=a_flag, by=her_supervisor, opinion=Opinion.LOOK_INTO, ground=Ground.NONE)


def test_explained_by_nothing_is_not_explained(a_flag, her_supervisor, sign_in):
    answer = sign_in(her_supervisor).post(reverse("unusual_one", args=[a_flag.pk]), {"opinion": "explained", "ground": "none"})
    assert answer.status_code == 422
    a_flag.refresh_from_db()
    assert a_flag.opinion == ""


def test_more_after_a_verdict_is_another_flag(a_flag, at, open_cases, her_caseworker, her_supervisor, shelter):
    actions.judge(flag=a_flag, by=her_supervisor, opinion=Opinion.EXPLAINED, ground=Ground.DUTY)
    Flag.objects.update(judged_at=NOON + timedelta(minutes=20))
    assert look(shelter) == [("bulk", "I. Maro", 17)]
    for n, case in enumerate(open_cases(5)):
        at(NOON + timedelta(minutes=30 + n), "case.read", case, by=her_caseworker, part="overview")
    assert look(shelter) == [("bulk", "I. Maro", 17), ("bulk", "I. Maro", 22)]


def test_the_reader_never_sees_it_whatever_their_role(at, open_cases, her_supervisor, auditor, make_member, shelter, sign_in):
    for n, case in enumerate(open_cases(17)):
        at(NOON + timedelta(minutes=n), "case.read", case, by=her_supervisor, part="overview")
    look(shelter)
    flag = Flag.objects.get()
    client = sign_in(her_supervisor)
    assert "waits for your verdict" not in client.get(reverse("today")).content.decode()
    assert client.get(reverse("unusual_one", args=[flag.pk])).status_code == 404
    assert client.post(reverse("unusual_one", args=[flag.pk]), {"opinion": "explained", "ground": "duty"}).status_code == 404
    assert her_supervisor.user.name not in client.get(reverse("unusual"), {"all": "1"}).content.decode().split("<main")[1]
    with pytest.raises(Denied, match="own_reading"):
        actions.judge(flag=flag, by=her_supervisor, opinion=Opinion.EXPLAINED, ground=Ground.DUTY)
    other = make_member(shelter, "supervisor", name="T. Wo")
    assert sign_in(other).get(reverse("unusual_one", args=[flag.pk])).status_code == 200


def test_working_hours_begin_in_the_sites_time_zone(shelter, settings):
    settings.TIME_ZONE = "America/Bogota"
    assert watching.watch_of(shelter).zone == "America/Bogota"


def test_a_flag_says_which_record_was_open_in_an_emergency(at, open_cases, her_supervisor, make_member, shelter, sign_in):
    nurse = make_member(shelter, "health", name="N. Urse")
    cases = open_cases(2)
    given = {"organisation": shelter, "taken_by": nurse, "reason": "The hospital called."}
    times = {"taken_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(hours=3)}
    taken = BreakGlass.objects.create(case=cases[0], key_id=cases[0].key_id, **given, **times)
    for case in cases:
        at(NOON, "case.read", case, by=nurse, part="overview")
    look(shelter)
    flag = Flag.objects.get(sign="outside")
    page = sign_in(her_supervisor).get(reverse("unusual_one", args=[flag.pk])).content.decode()
    records = page.split("Whose records")[1]
    assert records.count("opened in an emergency") == 1
    assert reverse("emergency_review", args=[taken.pk]) in records


def test_the_auditor_sees_pseudonyms_and_may_judge(a_flag, auditor, sign_in):
    client = sign_in(auditor)
    assert "waits for your verdict" in client.get(reverse("today")).content.decode()
    page = client.get(reverse("audited_unusual_one", args=[a_flag.pk])).content.decode()
    assert a_flag.records[0][:8] in page
    assert "/cases/" not in page
    client.post(reverse("audited_unusual_one", args=[a_flag.pk]), {"opinion": "look_into", "ground": "none"})
    a_flag.refresh_from_db()
    assert a_flag.opinion == "look_into"


@pytest.mark.parametrize("role", ["caseworker", "administrator", "data_steward", "reviewer", "coordinator", "health", "police"])
def test_nobody_else_sees_anything_flagged(a_flag, role, make_member, shelter, sign_in):
    client = sign_in(make_member(shelter, role))
    for name in ("unusual", "audited_unusual", "unusual_thresholds"):
        assert client.get(reverse(name)).status_code == 403
    for name in ("unusual_one", "audited_unusual_one"):
        assert client.get(reverse(name, args=[a_flag.pk])).status_code == 403
    assert "waits for your verdict" not in client.get(reverse("today")).content.decode()


def test_another_organisations_supervisor_sees_nothing(a_flag, make_member, other_organisation, sign_in):
    theirs = make_member(other_organisation, "supervisor", name="F. Ar")
    client = sign_in(theirs)
    assert client.get(reverse("unusual_one", args=[a_flag.pk])).status_code == 404
    assert "I. Maro" not in client.get(reverse("unusual")).content.decode()
    with pytest.raises(Denied, match="other_organisation"):
        actions.judge(flag=a_flag, by=theirs, opinion=Opinion.EXPLAINED, ground=Ground.DUTY)


def test_thresholds_are_the_offices_own_and_a_change_is_recorded(her_supervisor, other_organisation, shelter, sign_in):
    client = sign_in(her_supervisor)
    given = {
        **{"zone": "Europe/Madrid", "opens": "08:00", "closes": "18:00", "working_days": ["0", "1", "2"]},
        **{"tenths": "30", "least_records": "20", "most_records": "50", "least_at_night": "2", "least_searches": "9"},
        **{"days_closed": "365", "least_refused": "5", "version": "1"},
    }
    for name, value in (("zone", "Mars/Base"), ("most_records", "3"), ("tenths", "1")):
        assert client.post(reverse("unusual_thresholds"), given | {name: value}).status_code == 422
    assert client.post(reverse("unusual_thresholds"), given).status_code == 302
    kept = Watch.objects.get(organisation=shelter).thresholds
    assert (kept.zone, kept.working_days, kept.factor, kept.least_refused) == ("Europe/Madrid", {0, 1, 2}, 3.0, 5)
    assert "zone" in Event.objects.get(action="unusual.thresholds_changed").details["fields"]
    assert watching.watch_of(other_organisation).zone == "UTC"
    assert client.post(reverse("unusual_thresholds"), given | {"tenths": "40"}).status_code == 409, "who saves second is told"
    assert Watch.objects.get(organisation=shelter).tenths == 30


def test_no_supervisor_switches_the_watch_off_before_reading(sign_in, make_member, shelter):
    client = sign_in(make_member(shelter, "supervisor"))
    page = client.get(reverse("unusual_thresholds"))
    for name, most in rules.CEILINGS.items():
        answer = client.post(reverse("unusual_thresholds"), posted(page, **{name: most + 1}))
        assert answer.status_code == 422
        assert name in answer.context["form"].errors
    Watch.objects.filter(organisation=shelter).update(**dict.fromkeys(rules.CEILINGS, 2_000_000_000))
    held = watching.watch_of(shelter).thresholds
    assert {name: getattr(held, name) for name in rules.CEILINGS} == rules.CEILINGS


def test_an_evening_far_from_greenwich_that_was_flagged_becomes_no_habit(her_caseworker, shelter):
    """Its day is the office's, not Greenwich's: else misuse by night counts as usual, and an ordinary day does not."""
    Watch.objects.create(organisation=shelter, zone="Asia/Manila")
    days = [NOON.date(), NOON.date() + timedelta(days=1)]
    for day in days:
        BusyHour.objects.create(organisation=shelter, member=her_caseworker, day=day, records=60)
    evening = datetime(2026, 3, 4, 23, tzinfo=UTC)
    Flag.objects.create(
        organisation=shelter, member=her_caseworker, sign="bulk", key="k", first_at=evening, last_at=evening, count=60
    )
    habit = watching.habit_of(her_caseworker, {her_caseworker.pk: her_caseworker})
    assert [one.day for one in habit.own] == days[:1]


def table(at, by, *, asked, after=0, registered=None):
    """A table whose lines were compared one by one, and registered where it was."""
    for n in range(asked):
        at(NOON + timedelta(minutes=after, seconds=20 * n), "people.compared", by=by, shown=0, others=0, asked=1, refused=0)
    if registered is not None:
        moment = NOON + timedelta(minutes=after, seconds=20 * asked)
        at(moment, "batch.registered", by=by, people=registered, scene="landing", compared=registered)


def test_a_landing_of_thirty_that_is_registered_is_no_sign(at, her_caseworker, shelter):
    table(at, her_caseworker, asked=30)
    assert look(shelter, NOON + timedelta(minutes=15)) == [], "the table is still typed"
    at(NOON + timedelta(minutes=20), "batch.registered", by=her_caseworker, people=30, scene="landing", compared=30)
    assert look(shelter, NOON + timedelta(minutes=25)) == []
    assert look(shelter) == []
    assert not Flag.objects.exists()


def test_names_that_were_taken_out_of_a_table_count(at, her_caseworker, shelter):
    table(at, her_caseworker, asked=46, registered=30)
    assert look(shelter) == [("names", "I. Maro", 16)]


def test_names_tried_before_an_honest_table_stay(at, her_caseworker, shelter):
    table(at, her_caseworker, asked=20)
    table(at, her_caseworker, asked=30, after=15, registered=30)
    assert look(shelter) == [("names", "I. Maro", 20)]


def test_a_table_that_nobody_registers_counts_when_its_time_is_over(at, her_caseworker, shelter):
    table(at, her_caseworker, asked=30)
    assert look(shelter, NOON + timedelta(minutes=30)) == []
    assert look(shelter, NOON + timedelta(hours=3)) == [("names", "I. Maro", 30)], "though nothing was done since"


def test_a_table_of_one_settles_nothing_of_another(at, her_caseworker, make_member, shelter):
    other = make_member(shelter, "caseworker", name="O. Ther")
    table(at, her_caseworker, asked=30)
    table(at, other, asked=0, after=12, registered=30)
    assert look(shelter) == [("names", "I. Maro", 30)]


def test_an_honest_table_grows_no_habit_and_tries_do(at, her_caseworker, shelter):
    table(at, her_caseworker, asked=34, registered=30)
    look(shelter, NOON + timedelta(days=1))
    assert [row.searches for row in BusyHour.objects.filter(member=her_caseworker)][-1] == 4
