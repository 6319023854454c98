"""What two reviewers do, for the tests of this room."""

from amparo.desk.publication import actions
from amparo.desk.publication.models import Release
from amparo.desk.publication.rules import Opinion, State


def version_of(one):
    """Return the version of a release as it stands."""
    return Release.objects.values_list("version", flat=True).get(pk=one.pk)


def judge(one, member, opinion=Opinion.RELEASE):
    """Give a member's verdict on a release as it stands."""
    one.refresh_from_db()
    return actions.judge(one, by=member, opinion=opinion, reasons="It is readable.", attempt=one.attempt, asked=one.round)


def state(one):
    """Return the state of a release as it stands."""
    return State(Release.objects.values_list("state", flat=True).get(pk=one.pk))


def approved(draft, steward, reviewers):
    """Send a draft and let both reviewers approve its recipe."""
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    for reviewer in reviewers:
        judge(draft, reviewer)
    return draft
