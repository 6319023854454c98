"""What the demo shows of who may see what: a leave cover, an emergency to review, an excerpt, a signal, a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction

from amparo.desk.access.models import Member
from amparo.desk.cases import actions as cases
from amparo.desk.cases import emergencies, queries, staffing
from amparo.desk.cases.choices import NoteKind, TeamRole
from amparo.desk.cases.models import Case
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import Stage
from amparo.desk.consent import actions as consents
from amparo.desk.consent import disclosing
from amparo.desk.consent.rules import Data, Purpose, State
from amparo.desk.intake import actions as signals

REASON = "The hospital called: she is there alone, and nobody of the team answers. I need to know whom she trusts."
SIGNAL = (
    "At the packing hall by the ring road six people sleep behind the machines. One asked for a doctor and was sent back to work."
)


@transaction.atomic
def show_reaching(members: Mapping[str, Member], today: date) -> None:
    """Let a few things have happened at Lantern House, by the desk's own actions."""
    maro, tovan, varga, rosen = (members[f"{name}@demo.example"] for name in ("maro", "tovan", "varga", "rosen"))
    own = Case.objects.filter(organisation=maro.organisation).exclude(stage=Stage.CLOSED).select_related("person", "organisation")
    newest = list(own.order_by("-opened_on", "-id")[:6])
    staffing.hand_over(by=tovan, cases=newest[:2], to=varga, giver=maro)
    staffing.cover(by=tovan, absent=varga, covering=maro, since=today, until=today + timedelta(days=13))
    _join(newest[2], tovan, rosen, today)
    _health_note(newest[2], maro, today)
    emergencies.break_glass(by=rosen, called=newest[3].number, reason=REASON)
    staffing.declare_conflict(case=newest[4], by=tovan, member=varga, kind="known", reason="They went to the same school.")
    _excerpt(newest[5], maro, members["police@demo.example"], today)
    told = {"danger": "unknown", "text": SIGNAL, "place": "Puerto Calmo", "answer_to": "000 555 0101"}
    signals.hand_in(by=members["labour@demo.example"], to=maro.organisation, values=told)


def _join(case: Case, by: Member, member: Member, today: date) -> None:
    cases.join_team(case=case, by=by, member=member, role=TeamRole.SHELTER, since=today)


def _health_note(case: Case, by: Member, today: date) -> None:
    text = "Takes a spray for asthma; the clinic renews it each month."
    cases.write_note(case=case, by=by, kind=NoteKind.HEALTH, happened_on=today, text=text)


def _excerpt(case: Case, by: Member, officer: Member, today: date) -> None:
    """The person lets the police know what happened, and nothing else."""
    body, until = officer.organisation, today + timedelta(days=30)
    is_child = queries.treated_as_child(case, on=today) is Finding.YES
    values = {
        "state": State.GIVEN,
        "asked_on": today,
        "decided_on": today,
        "recipient": body.name,
        "data": [Data.STORY],
        "was_explained": True,
        "giver": "guardian" if is_child else "person",
        "guardian_name": "Social services of the port" if is_child else "",
        "assent": "yes" if is_child else "",
    }
    consent = consents.record(case=case, by=by, purpose=Purpose.REFERRAL, values=values)
    disclosing.open_excerpt(case=case, by=by, body=body, data=[Data.STORY], since=today, until=until, consent=consent)
