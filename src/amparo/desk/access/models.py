"""People who sign in, their organisations, and what they do there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import ROW_LABELS, Row, SealedQuerySet, SealedRow
from amparo.desk.core.sensitivity import Sensitivity as S

from .policies import Facts, PlaceFacts
from .roles import Role


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new user; a user without a password cannot sign in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in. There is no superuser: the administrator's role opens no case."""

    sensitivity: ClassVar = {
        "id": S.OPERATIONAL,
        "email": S.OPERATIONAL,
        "name": S.OPERATIONAL,
        "language": S.OPERATIONAL,
        "password": S.KEY,
        "last_login": S.OPERATIONAL,
        "is_active": S.OPERATIONAL,
        "is_demo": S.OPERATIONAL,
        "joined_at": S.OPERATIONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, default="en")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    objects = UserManager()

    def __str__(self) -> str:
        return self.name


class Organisation(Row):
    """A partner: it owns its rows, its key and its audit chain."""

    sensitivity: ClassVar = ROW_LABELS | {
        "name": S.PUBLIC,
        "kind": S.PUBLIC,
        "country": S.PUBLIC,
        "is_partner_only": S.OPERATIONAL,
        "index_bits": S.OPERATIONAL,
        "index_mark": S.OPERATIONAL,
    }

    name = models.CharField(_("name"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    is_partner_only = models.BooleanField(default=False)
    index_bits = models.PositiveSmallIntegerField(default=1)
    index_mark = models.UUIDField(null=True, editable=False)
    """Drawn anew at every change of the index of names, so that whoever holds it opened sees that it is another now."""

    def __str__(self) -> str:
        return self.name

    @property
    def organisation_id(self) -> Any:
        """An organisation's row belongs to itself."""
        return self.id


class Member(Row):
    """One user's place in one organisation, with roles."""

    sensitivity: ClassVar = ROW_LABELS | {
        "user": S.OPERATIONAL,
        "organisation": S.OPERATIONAL,
        "roles": S.OPERATIONAL,
        "resting": S.OPERATIONAL,
        "rested_by": S.OPERATIONAL,
        "left_at": S.OPERATIONAL,
    }

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="members")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    roles = models.JSONField(default=list)
    resting = models.JSONField(default=list, editable=False)
    """Of the roles those that open cases and serve nothing yet: who gave them, or a new sign-in link, is not who confirms them."""
    rested_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "organisation"], name="one_place_an_organisation")]

    def __str__(self) -> str:
        return self.user.name

    has_second_factor = True
    """Set by the middleware from the session; a member made outside a request counts as having one."""
    is_fresh = True
    """Likewise: whether the second factor was shown a few minutes ago at most (`guard.require_fresh`)."""

    @property
    def held(self) -> frozenset[Role]:
        """Every role, also those that rest."""
        return frozenset(Role(role) for role in self.roles)

    @property
    def facts(self) -> Facts:
        """What verdicts may know of this member; a role that rests is none yet."""
        return Facts(
            member_id=self.id,
            organisation_id=self.organisation_id,
            roles=self.held - frozenset(Role(role) for role in self.resting),
            is_active=self.left_at is None and self.user.is_active,
            has_second_factor=self.has_second_factor,
            rests=bool(self.resting),
        )

    @property
    def place(self) -> PlaceFacts:
        """What verdicts may know of this member when another wants to change their place."""
        return PlaceFacts(
            self.id, self.organisation_id, has_left=self.left_at is not None, rests=bool(self.resting), rested_by=self.rested_by_id
        )


class Connection(Row):
    """An account elsewhere with which a user signs in: made by the user, who was signed in here and had just proved it.

    Neither the provider's number for the person nor their address there is kept, only a keyed digest of the number.
    """

    sensitivity: ClassVar = ROW_LABELS | {"user": S.OPERATIONAL, "provider": S.OPERATIONAL, "subject": S.KEY}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="connections")
    provider = models.CharField(max_length=31)
    subject = models.BinaryField(max_length=32, unique=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "provider"], name="one_connection_a_provider")]

    def __str__(self) -> str:
        return self.provider


class OwnedQuerySet(SealedQuerySet):
    """Rows of an organisation; there is no way to read them without saying for whom."""

    def of(self, organisation_id: Any) -> OwnedQuerySet:
        """Narrow to one organisation's rows."""
        return self.filter(organisation_id=organisation_id)


class OwnedRow(Row):
    """A row that belongs to an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", editable=False)

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class OwnedSealedRow(SealedRow):
    """A row about a person that belongs to an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", editable=False)

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class AccessReview(OwnedRow):
    """Somebody confirmed that a member still needs their roles and cases; who, when, and what it was that they confirmed."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "roles": S.OPERATIONAL,
        "cases": S.OPERATIONAL,
        "confirmed_by": S.OPERATIONAL,
    }

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="access_reviews")
    roles = models.JSONField(default=list)
    cases = models.PositiveIntegerField(default=0)
    confirmed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "-recorded_at"], name="reviews_of_a_member")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(member=models.F("confirmed_by")), name="nobody_confirms_themselves")
        ]
