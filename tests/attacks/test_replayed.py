"""What was handed out or sent once gives nothing when it is asked again by another, later, or twice."""

from collections import Counter

import polars
import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access import fresh
from amparo.desk.access.models import Member
from amparo.desk.answers.forms import REASONS as ANSWERS_REASONS
from amparo.desk.audit.models import Event
from amparo.desk.oversight.forms import EXPORT_REASONS
from amparo.desk.workbench.forms import REASONS

from ..walks.test_addresses import declared, ours
from .whole_house import (
    a_case,  # noqa: F401
    again,
    fillings,
    furnished,  # noqa: F401
    her_supervisor,  # noqa: F401
    house,  # noqa: F401
    post,
    stored,
    things,  # noqa: F401
    undone,
)

pytestmark = pytest.mark.django_db
EXPORTS = {
    "audit_export": "auditor",
    "contribution_rejected": "data_steward",
    "case_request_copy": "supervisor",
    "record_readers_copy": "supervisor",
    "case_answers_export": "supervisor",
    "people_export": "supervisor",
    "caseload_rejected": "supervisor",
}
"""Every address that gives data out of the house on a second proof, and who asks for it here."""
OTHER_PROOFS = {
    *("provider_confirm", "provider_connect", "provider_disconnect", "invite_member", "member", "new_member_link", "member_left"),
    *("end_member_sessions", "access_review", "publication:verdict", "disposals_settle", "signals_settle"),
    *("country_form_new", "country_form_begin", "country_form_end", "same_review", "caseload_undo"),
}
"""What else asks for a second proof, and gives no data out."""
TOLD = {
    "audit_export": "audit.exported",
    "contribution_rejected": "contribution.rejected_downloaded",
    "case_request_copy": "request.copied",
    "record_readers_copy": "case.read",
    "case_answers_export": "answers.exported",
    "people_export": "cases.exported",
    "caseload_rejected": "caseload.rejected_downloaded",
}
PRINTED = {"record_readers_copy"}
"""Pages to print, which are no file."""
TWICE = {"access_review": "each confirmation stands for itself, bears who gave it, and asks for a fresh proof each time"}
"""Forms that make something each time they are sent, each with the reason."""
NOT_RECORDS = {"audit.event", "audit.checkpoint", "sessions.session", "core.draft", "core.change", "django_tasks_db.dbtaskresult"}


def asked(house, name, client):  # noqa: F811
    """Ask for an export as its page does."""
    if name == "audit_export":
        return again(client).post(reverse(name), {"reason": next(iter(EXPORT_REASONS))})
    if name == "contribution_rejected":
        return again(client).get(reverse(name, args=house.things["contribution_rejected/pk"][-1:]))
    if name == "caseload_rejected":
        return again(client).get(reverse(name, args=house.things["caseload_rejected/pk"][:1]))
    if name == "people_export":
        return again(client).post(reverse(name), {"reason": next(iter(REASONS))})
    if name == "case_answers_export":
        given = {"kind": "json", "reason": next(iter(ANSWERS_REASONS))}
        return again(client).post(reverse(name, args=house.things["number"][:1]), given)
    if name == "record_readers_copy":
        return again(client).get(reverse(name, args=house.things["number"][:1]))
    return again(client).get(reverse(name, args=[house.things["number"][0], house.things["request_id"][0]]), {"file": "1"})


def handed_out(name):
    """Return how often an export was handed out, by the audit record."""
    told = Event.objects.filter(action=TOLD[name])
    return (told.filter(details__part="readers_copy") if name in PRINTED else told).count()


@pytest.fixture
def exporting(furnished, her_supervisor):  # noqa: F811
    """A house in which every export is to be had: a request to be answered, and a file with rejected cells."""
    from amparo.desk.contributions import actions, running
    from amparo.desk.contributions.tests import making

    steward = Member.objects.get(user__name="data_steward here")
    table = making.table(count=20, seed=7)
    content = table.with_columns(gender=polars.lit("Nonsense")).write_csv().encode()
    brought = actions.bring(by=steward, organisation=steward.organisation, schema="ctdc-kanon", name="b.csv", pieces=[content])
    furnished.things["contribution_rejected/pk"].append(running.run(brought.pk).pk)
    return furnished


def test_every_export_is_attacked():
    proofs = {name for name, _route, view in ours() if (told := declared(view)) is not None and told.fresh}
    assert proofs == set(EXPORTS) | OTHER_PROOFS, proofs ^ (set(EXPORTS) | OTHER_PROOFS)


def test_an_export_gives_nothing_to_another_nor_after_the_role_or_the_proof_has_ended(exporting, monkeypatch):
    for name in EXPORTS:
        with undone(), monkeypatch.context() as patched:
            _attacked(name, exporting, patched)


def _attacked(name, exporting, patched):
    role = EXPORTS[name]
    client = exporting.clients[role]
    member = Member.objects.get(user_id=client.session["_auth_user_id"])
    before = handed_out(name)
    with undone():
        given = asked(exporting, name, client)
        assert given.status_code == 200, name
        assert name in PRINTED or "attachment" in given["Content-Disposition"], f"{name}: the export works"
        assert handed_out(name) == before + 1, name
    for other, theirs in exporting.clients.items():
        if other not in (role, "second", "caseworker"):
            assert asked(exporting, name, theirs).status_code in (403, 404), (name, other)
    with undone():
        Member.objects.filter(pk=member.pk).update(roles=[])
        assert asked(exporting, name, client).status_code == 403, name
    with undone():
        Member.objects.filter(pk=member.pk).update(left_at=timezone.now())
        assert asked(exporting, name, client).status_code in (302, 403), name
    patched.setattr(fresh, "is_fresh", lambda request: False)
    answer = asked(exporting, name, client)
    assert answer.status_code == 302, name
    assert answer["Location"].startswith(reverse("mfa_reauthenticate")), name
    assert handed_out(name) == before, f"{name}: nothing was counted as handed out"


def rows():
    """Return how many rows of each kind there are."""
    return Counter(
        {model._meta.label_lower: len(held) for model, held in stored().items() if model._meta.label_lower not in NOT_RECORDS}
    )


def test_a_form_that_is_sent_again_makes_nothing_a_second_time(house):  # noqa: F811
    """Byte for byte, as somebody does who presses twice, goes back, or kept what was sent."""
    wrong, sent_twice = {}, set()
    for name, form, client in house.forms:
        for sent in fillings(form):
            with undone():
                first = post(form, client, sent)
                if first.status_code != 422:
                    once = rows() if first.status_code in (302, 303) else Counter()
                    post(form, client, sent)
                    more = rows() - once if once else Counter()
                    sent_twice |= {name} if once else set()
                    if more := {table: count for table, count in more.items() if not table.startswith(("audit.",))}:
                        wrong[name] = more
            if first.status_code != 422:
                break
    assert wrong.keys() == TWICE.keys(), wrong
    assert len(sent_twice) > 40, sent_twice
