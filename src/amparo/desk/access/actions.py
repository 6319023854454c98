"""What the administrator changes: who has a place, with which roles, and until when."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from amparo.desk.audit import chain as audit
from amparo.desk.core.locking import claim

from . import policies, visits
from .guard import Denied, require, require_fresh
from .models import AccessReview, Connection, Member, User
from .roles import Purpose, Role


@transaction.atomic
def invite(*, email: str, name: str, roles: Iterable[Role], language: str, by: Member) -> Member:
    """Give somebody a place in the administrator's organisation; they set their own password with a link."""
    require(policies.may_serve(by.facts, Purpose.ADMINISTRATION))
    require_fresh(by)
    held = frozenset(roles)
    require(policies.may_hold(held))
    user = _new_user(email, name, language)
    member = Member.objects.create(user=user, organisation=by.organisation, roles=sorted(held))
    _let_rest(member, held, by)
    audit.record("member.invited", member, by=by, details={"roles": held})
    return member


def _new_user(email: str, name: str, language: str) -> User:
    """Make a user; raise `Denied` where the address was taken since the form was judged."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email, None, name=name, language=language)
    except IntegrityError:
        if not User.objects.filter(email__iexact=email).exists():
            raise
        raise Denied("address_taken") from None


@transaction.atomic
def change_roles(*, member: Member, roles: Iterable[Role], version: int, by: Member) -> bool:
    """Set a member's roles anew; say whether they are others than before."""
    member = _locked(member)
    require(policies.may_manage(by.facts, member.place))
    require_fresh(by)
    held = frozenset(roles)
    require(policies.may_hold(held))
    claim(member, version)
    before, member.roles = member.roles, sorted(held)
    if sorted(before) == member.roles:
        return False
    member.resting = sorted(held & set(member.resting))
    member.save(update_fields=["roles", "resting"])
    _let_rest(member, held - frozenset(before), by)
    audit.record("member.roles_changed", member, by=by, details={"before": before, "after": held})
    return True


@transaction.atomic
def mark_left(*, member: Member, by: Member, successor: Member | None = None) -> Member:
    """End a member's place: sessions end at once, cases pass to a successor or wait for one; what they recorded stays.

    Nobody takes cases over by ending a colleague's place.
    """
    member = _locked(member)
    require(policies.may_manage(by.facts, member.place))
    if successor is not None and successor.pk == by.pk:
        raise Denied("not_yourself")
    require_fresh(by)
    member.left_at = timezone.now()
    member.version += 1
    member.save(update_fields=["left_at", "version"])
    if not Member.objects.filter(user=member.user, left_at=None).exists():
        User.objects.filter(pk=member.user_id).update(is_active=False)
    ended = visits.end_all(member.user_id)
    waiting = import_string(settings.AFTER_LEAVING)(member=member, by=by, successor=successor)
    audit.record("member.left", member, by=by, details={"sessions_ended": ended, "cases_waiting": waiting})
    return member


@transaction.atomic
def confirm_access(*, member: Member, by: Member, roles: Iterable[str], cases: int, resting: Iterable[str] = ()) -> AccessReview:
    """Confirm that a member still needs these roles and so many cases; what changed since it was shown is not confirmed.

    `resting` are the roles that were shown as resting: they serve from now on.
    """
    member = _locked(member)
    require(policies.may_confirm(by.facts, member.place))
    if sorted(roles) != sorted(member.roles) or sorted(resting) != sorted(member.resting):
        raise Denied("changed_since_shown")
    if member.resting:
        require_fresh(by)
        member.resting, member.rested_by = [], None
        member.save(update_fields=["resting", "rested_by"])
    row: AccessReview = AccessReview.objects.create(
        organisation_id=member.organisation_id, member=member, roles=sorted(member.roles), cases=cases, confirmed_by=by
    )
    audit.record("member.access_confirmed", member, by=by, details={"roles": sorted(member.roles), "cases": cases})
    return row


@transaction.atomic
def end_sessions(*, member: Member, by: Member) -> int:
    """End every session of a member, for a lost laptop or a screen left open; they sign in again. Return how many ended."""
    member = _locked(member)
    require(policies.may_manage(by.facts, member.place))
    require_fresh(by)
    ended = visits.end_all(member.user_id)
    audit.record("member.sessions_ended", member, by=by, details={"sessions_ended": ended})
    return ended


@transaction.atomic
def make_link(*, member: Member, by: Member, forget_factors: bool = False) -> str:
    """Return the path with which a member sets a password, once and within days.

    It ends the member's sessions, the old password and connected accounts elsewhere; with `forget_factors` also lost devices. It
    is written down, because whoever holds the link can come in as this member.
    """
    member = _locked(member)
    require(policies.may_manage(by.facts, member.place))
    require_fresh(by)
    user = member.user
    user.set_unusable_password()
    user.save(update_fields=["password"])
    if forget_factors:
        Authenticator.objects.filter(user=user).delete()
    Connection.objects.filter(user=user).delete()
    visits.end_all(user.pk)
    _let_rest(member, member.held, by)
    audit.record("member.link_made", member, by=by, details={"factors_forgotten": forget_factors})
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), default_token_generator.make_token(user)])


@transaction.atomic
def connect(*, provider: str, subject: bytes, by: Member) -> bool:
    """Let an account elsewhere open the member's own; say whether it was free. An older one of the same provider gives way."""
    require(policies.may_serve(by.facts, Purpose.OWN_ACCOUNT))
    require_fresh(by)
    User.objects.select_for_update().get(pk=by.user_id)
    if Connection.objects.filter(subject=subject).exclude(user_id=by.user_id).exists():
        return False
    Connection.objects.filter(user_id=by.user_id, provider=provider).delete()
    Connection.objects.create(user_id=by.user_id, provider=provider, subject=subject)
    audit.record("provider.connected", by, by=by, details={"provider": provider})
    return True


@transaction.atomic
def disconnect(*, provider: str, by: Member) -> None:
    """Take the connection away: the account elsewhere opens nothing here from now on."""
    require(policies.may_serve(by.facts, Purpose.OWN_ACCOUNT))
    require_fresh(by)
    if Connection.objects.filter(user_id=by.user_id, provider=provider).delete()[0]:
        audit.record("provider.disconnected", by, by=by, details={"provider": provider})


def _let_rest(member: Member, gained: frozenset[Role], by: Member) -> None:
    """Let what opens cases rest until another supervisor has confirmed it; it stands on their Today."""
    places = Member.objects.filter(organisation_id=member.organisation_id, left_at=None, user__is_active=True)
    others = places.exclude(pk__in=[member.pk, by.pk]).select_related("user")
    wakes = any(Role.SUPERVISOR in one.facts.roles for one in others)
    resting = policies.rest(gained, has_another_supervisor=wakes) | set(member.resting)
    if resting:
        member.resting, member.rested_by = sorted(resting), by
        member.save(update_fields=["resting", "rested_by"])


def _locked(member: Member) -> Member:
    return Member.objects.select_for_update(of=("self",)).select_related("user", "organisation").get(pk=member.pk)
