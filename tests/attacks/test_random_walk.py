"""A random walk of assignments, covers, conflicts, emergencies, consents, legal bases, leavers and days never shows too much.

The model beside it is naive on purpose: lists of facts, and one sentence of the rule for each question.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.http import Http404
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from amparo.desk.access import actions as access
from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Member, Organisation, User
from amparo.desk.access.roles import Purpose, Role
from amparo.desk.cases import actions, emergencies, policies, queries, secrecy, staffing
from amparo.desk.cases.models import BreakGlass, Case, Conflict, LeaveCover, Person, TeamMember
from amparo.desk.consent import actions as consents
from amparo.desk.consent import disclosing, excerpts
from amparo.desk.consent.models import Consent, Disclosure
from amparo.desk.consent.rules import Purpose as Why
from amparo.desk.core import withholding

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATA = ("contact", "identity", "story", "health", "legal", "family")
WHO = ("ana", "ben", "cleo", "dina", "vera", "vito")
OFFICE = st.sampled_from(WHO)
CASE = st.sampled_from((0, 1))
kinds = st.sets(st.sampled_from(DATA), min_size=1)


class Walk(RuleBasedStateMachine):
    """The desk on one side, plain lists on the other."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = BEGAN
        self.clock = pytest.MonkeyPatch()
        self.clock.setattr(timezone, "now", lambda: self.now)
        own, other = Organisation.objects.create(name="Own", country="XC"), Organisation.objects.create(name="Other", country="XB")
        self.police_station = Organisation.objects.create(name="Police of the port", country="XC")
        roles = {"ana": "caseworker", "ben": "caseworker", "cleo": "health", "dina": "shelter_staff"}
        roles |= {"vera": "supervisor", "vito": "supervisor", "adam": "administrator", "ines": "immigration_enforcement"}
        self.members = {name: self.member(own, name, role) for name, role in roles.items()}
        self.members["paul"] = self.member(other, "paul", "supervisor")
        self.members["cop"] = self.member(self.police_station, "cop", "police")
        self.members["inspector"] = self.member(self.police_station, "inspector", "labour_inspection")
        self.role = {name: roles.get(name, "") for name in self.members}
        self.cases = [self.opened("ana"), self.opened("ben")]
        self.places = [("ana", 0, self.today, None), ("ben", 1, self.today, None)]
        self.covers, self.conflicts, self.glasses, self.left = [], [], [], set()
        self.agreed = [None, None]
        self.disclosures = []
        self.resting = set()

    @property
    def today(self):
        return self.now.date()

    def member(self, organisation, name, role):
        user = User.objects.create(email=f"{name}@example.org", name=name, is_demo=True)
        return Member.objects.create(user=user, organisation=organisation, roles=[role])

    def opened(self, by):
        return actions.open_case(by=self.members[by], opened_on=self.today, person={"given_names": "Kanarya"})

    def fresh(self, number):
        return Case.objects.select_related("person", "organisation").get(pk=self.cases[number].pk)

    def now_member(self, name):
        return Member.objects.select_related("user", "organisation").get(pk=self.members[name].pk)

    def teardown(self):
        self.clock.undo()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # The naive model: may somebody read a case now?

    def is_inside(self, name):
        works = self.role[name] in ("caseworker", "health", "shelter_staff", "supervisor")
        return works and name not in self.left and name not in self.resting

    def on_team(self, name, case):
        return any(who == name and at == case and since <= self.today and (until is None or self.today < until)
                   for who, at, since, until in self.places)  # fmt: skip

    def may_read(self, name, case):
        if not self.is_inside(name) or self.is_out(name, case):
            return False
        if self.role[name] == "supervisor" or self.on_team(name, case):
            return True
        if any(one["at"] == case and one["who"] == name and self.now < one["until"] for one in self.glasses):
            return True
        return any(one["who"] == name and one["since"] <= self.today <= one["until"] and self.on_team(one["for"], case)
                   for one in self.covers)  # fmt: skip

    def is_out(self, name, case):
        return any(who == name and at == case and is_on for who, at, is_on in self.conflicts)

    def shown_to_police(self, one):
        if one["ended"] or not one["since"] <= self.today <= one["until"]:
            return set()
        if one["ground"] == "law":
            return one["data"] if one["confirmed"] else set()
        return one["data"] & (self.agreed[one["case"]] or set())

    # What people do

    def attempt(self, act):
        try:
            with transaction.atomic():
                return act()
        except Denied:
            return None

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(by=OFFICE, who=OFFICE, case=CASE)
    def assign(self, by, who, case):
        act = lambda: actions.join_team(  # noqa: E731
            case=self.fresh(case), by=self.now_member(by), member=self.now_member(who), role="other", since=self.today
        )
        if self.attempt(act):
            assert self.may_read(by, case)
            assert self.role[by] == "supervisor"
            if not any(w == who and c == case and u is None and r for w, c, _s, u, r in self.tagged()):
                self.places.append((who, case, self.today, None))

    def tagged(self):
        return [(*place, True) for place in self.places]

    @rule(who=OFFICE, case=CASE)
    def take_off(self, who, case):
        vera = self.now_member("vera")
        for place in TeamMember.objects.filter(case=self.cases[case], member=self.members[who], until=None):
            self.attempt(lambda place=place: actions.leave_team(place=place, by=vera, until=self.today))
        self.reload_places()

    def reload_places(self):
        """Which rows there are is the desk's to say; what they allow is the model's."""
        number = {case.pk: at for at, case in enumerate(self.cases)}
        name = {member.pk: who for who, member in self.members.items()}
        rows = TeamMember.objects.filter(case__in=self.cases)
        self.places = [(name[row.member_id], number[row.case_id], row.since, row.until) for row in rows]

    @rule(away=OFFICE, who=OFFICE, begins=st.integers(-1, 2), lasts=st.integers(0, 3))
    def cover(self, away, who, begins, lasts):
        since = self.today + timedelta(days=begins)
        until = since + timedelta(days=lasts)
        act = lambda: staffing.cover(  # noqa: E731
            by=self.now_member("vera"), absent=self.now_member(away), covering=self.now_member(who), since=since, until=until
        )
        if row := self.attempt(act):
            self.covers.append({"id": row.pk, "who": who, "for": away, "since": since, "until": until})

    @precondition(lambda self: self.covers)
    @rule(data=st.data())
    def end_cover(self, data):
        one = data.draw(st.sampled_from(self.covers))
        if self.attempt(lambda: staffing.end_cover(cover=LeaveCover.objects.get(pk=one["id"]), by=self.now_member("vera")) or True):
            for same in self.covers:
                if same["id"] == one["id"]:
                    same["until"] = min(same["until"], self.today - timedelta(days=1))

    @rule(by=OFFICE, who=OFFICE, case=CASE)
    def declare(self, by, who, case):
        could = self.may_read(by, case)
        act = lambda: staffing.declare_conflict(  # noqa: E731
            case=self.fresh(case), by=self.now_member(by), member=self.now_member(who), kind="related", reason=""
        )
        if self.attempt(act):
            assert could
            self.conflicts = [one for one in self.conflicts if one[:2] != (who, case)] + [(who, case, True)]
            self.reload_places()

    @precondition(lambda self: any(one[2] for one in self.conflicts))
    @rule(data=st.data(), by=OFFICE)
    def lift(self, data, by):
        who, case, _on = data.draw(st.sampled_from([one for one in self.conflicts if one[2]]))
        row = Conflict.objects.get(person=self.cases[case].person, member=self.members[who], until=None)
        case_now, lifter = self.fresh(case), self.now_member(by)
        if self.attempt(lambda: staffing.lift_conflict(conflict=row, case=case_now, by=lifter) or True):
            assert by != who
            assert self.may_read(by, case)
            self.conflicts = [one for one in self.conflicts if one[:2] != (who, case)]

    @rule(who=st.sampled_from((*WHO, "adam", "ines", "paul", "cop")), case=CASE, reason=st.sampled_from(("danger", " ")))
    def break_glass(self, who, case, reason):
        could = self.may_read(who, case)
        act = lambda: emergencies.break_glass(by=self.now_member(who), called=self.cases[case].number, reason=reason)  # noqa: E731
        if row := self.attempt(act):
            assert self.is_inside(who)
            assert not self.is_out(who, case)
            assert not could
            assert reason.strip()
            assert row.notices.exclude(member=row.taken_by).exists()
            assert not any(self.is_out(one.member.user.name, case) for one in row.notices.select_related("member__user"))
            self.glasses.append({"id": row.pk, "who": who, "at": case, "until": row.ends_at})
            assert row.ends_at - self.now <= timedelta(hours=4)

    @precondition(lambda self: self.glasses)
    @rule(data=st.data(), by=OFFICE)
    def review(self, data, by):
        one = data.draw(st.sampled_from(self.glasses))
        verdict = data.draw(st.sampled_from(("justified", "not_justified")))
        row = BreakGlass.objects.get(pk=one["id"])
        reviewer = self.now_member(by)
        act = lambda: emergencies.review(  # noqa: E731
            emergency=row, by=reviewer, verdict=emergencies.Verdict(verdict), reason="because"
        )
        if self.attempt(act):
            assert by != one["who"]
            assert self.role[by] == "supervisor"
            if verdict == "not_justified":
                one["until"] = min(one["until"], self.now)

    @rule(role=st.sampled_from(("caseworker", "data_steward", "supervisor")))
    def move_ben(self, role):
        if "ben" not in self.left:
            self.attempt(
                lambda: access.change_roles(
                    member=self.now_member("ben"),
                    roles=[Role(role)],
                    version=self.now_member("ben").version,
                    by=self.now_member("adam"),
                )
            )
            if role == "data_steward":
                self.resting.discard("ben")
            elif role != self.role["ben"]:
                self.resting.add("ben")
            self.role["ben"] = role

    @rule(by=OFFICE)
    def wake_ben(self, by):
        ben = self.now_member("ben")
        shown = {"roles": ben.roles, "resting": ben.resting, "cases": 0}
        if "ben" not in self.left and self.attempt(lambda: access.confirm_access(member=ben, by=self.now_member(by), **shown)):
            assert self.role[by] == "supervisor"
            assert by not in {"ben", *self.left}
            self.resting.discard("ben")

    @rule(heir=st.sampled_from((None, "ana", "cleo")))
    def dina_leaves(self, heir):
        if "dina" not in self.left:
            to = self.now_member(heir) if heir else None
            access.mark_left(member=self.now_member("dina"), by=self.now_member("adam"), successor=to)
            self.left.add("dina")
            for one in self.covers:
                if "dina" in (one["who"], one["for"]):
                    one["until"] = min(one["until"], self.today - timedelta(days=1))
            self.reload_places()

    @rule(giver=OFFICE, to=OFFICE, by=OFFICE)
    def hand_all_over(self, giver, to, by):
        acting, taker, gives = self.now_member(by), self.now_member(to), self.now_member(giver)
        mine = staffing.cases_of(acting, gives)
        if self.attempt(lambda: staffing.hand_over(by=acting, cases=mine, to=taker, giver=gives)):
            assert self.role[by] == "supervisor"
            self.reload_places()

    @rule(case=CASE, data=kinds)
    def agree(self, case, data):
        values = {"state": "given", "asked_on": self.today, "decided_on": self.today, "was_explained": True}
        values |= {"recipient": self.police_station.name, "data": sorted(data), "giver": "person"}
        consents.record(case=self.fresh(case), by=self.now_member("vera"), purpose=Why.REFERRAL, values=values) if self.may_read(
            "vera", case
        ) else None
        if self.may_read("vera", case):
            self.agreed[case] = set(data)

    @rule(case=CASE)
    def take_back(self, case):
        row = Consent.objects.filter(case=self.cases[case], state="given").order_by("-id").first()
        if row is not None and self.may_read("vera", case):
            consents.withdraw(consent=row, by=self.now_member("vera"))
            self.agreed[case] = None

    @rule(case=CASE, data=kinds, by_law=st.booleans(), begins=st.integers(0, 1), lasts=st.integers(0, 4), by=OFFICE)
    def open_excerpt(self, case, data, by_law, begins, lasts, by):
        row = Consent.objects.filter(case=self.cases[case], state="given").order_by("-id").first()
        ground = {"authority": "Court", "reference": "4/26"} if by_law else {"consent": row}
        if not by_law and row is None:
            return
        since = self.today + timedelta(days=begins)
        until = since + timedelta(days=lasts)
        case_now, enterer = self.fresh(case), self.now_member(by)
        act = lambda: disclosing.open_excerpt(  # noqa: E731
            case=case_now, by=enterer, body=self.police_station, data=data, since=since, until=until, **ground
        )
        if made := self.attempt(act):
            assert self.may_read(by, case)
            told = {"id": made.pk, "case": case, "data": set(data), "since": since, "until": until, "by": by}
            self.disclosures.append(told | {"ground": "law" if by_law else "consent", "confirmed": False, "ended": False})

    @precondition(lambda self: self.disclosures)
    @rule(data=st.data(), by=OFFICE, ends=st.booleans())
    def settle(self, data, by, ends):
        one = data.draw(st.sampled_from(self.disclosures))
        row, acting = Disclosure.objects.get(pk=one["id"]), self.now_member(by)
        act = disclosing.end if ends else disclosing.confirm
        if self.attempt(lambda: act(disclosure=row, by=acting) or True):
            assert self.may_read(by, one["case"])
            assert ends or by != one["by"]
            one["ended" if ends else "confirmed"] = True

    # What is seen

    @rule(who=st.sampled_from((*WHO, "ines", "paul", "cop", "adam", "inspector")), case=CASE)
    def open_the_page(self, who, case):
        client, member = Client(), self.now_member(who)
        client.force_login(member.user)
        answer = client.get(f"/cases/{self.cases[case].number}/")
        if self.may_read(who, case):
            assert answer.status_code == 200
        else:
            assert answer.status_code in (302, 403, 404)
            assert self.cases[case].pseudonym not in answer.content.decode()

    @invariant()
    def nobody_reads_what_the_model_forbids(self):
        for name in self.members:
            member = self.now_member(name)
            for at in (0, 1):
                case, expected = self.fresh(at), self.may_read(name, at)
                assert bool(policies.may_read(member.facts, case.facts)) is expected, (name, at)
                assert queries.cases_for(member).filter(pk=case.pk).exists() is expected, (name, at)
                person = Person.objects.get(pk=case.person_id)
                with withholding.reading(secrecy.MemberReader(member, lambda: Purpose.CASEWORK)):
                    shown = person.given_names == "Kanarya"
                assert shown is (expected and self.role[name] in ("caseworker", "supervisor", "health")), (name, at)

    @invariant()
    def the_police_read_what_is_covered_and_nothing_else(self):
        cop = self.now_member("cop")
        for one in self.disclosures:
            row, expected = Disclosure.objects.get(pk=one["id"]), self.shown_to_police(one)
            try:
                with transaction.atomic():
                    seen = len(excerpts.read(cop, row.number).parts)
            except Http404:
                seen = 0
            assert seen == len(expected)
            for nobody in ("ines", "inspector", "ana", "paul"):
                with pytest.raises(Http404):
                    excerpts.read(self.now_member(nobody), row.number)


@pytest.mark.django_db
def test_a_random_walk_never_shows_what_the_model_forbids():
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=8, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        ),
    )


WALKS = int(os.environ.get("AMPARO_WALKS", "12"))
"""How many long walks; `benchmarks/evidence.py` goes more of them."""


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.django_db
def test_a_long_random_walk_never_shows_what_the_model_forbids():
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=WALKS, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    )
