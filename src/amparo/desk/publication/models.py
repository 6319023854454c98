"""The pool's budget and its spends, releases, verdicts, and what was measured, once."""

from __future__ import annotations

import tomllib
import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.core.models import ROW_LABELS, Row
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.publication.policies import ReleaseFacts
from amparo.desk.publication.rules import ASKED, WORKING, Opinion, Round, State

STATES = {
    State.DRAFT: pgettext_lazy("release", "draft"),
    State.IN_REVIEW: pgettext_lazy("release", "recipe in review"),
    State.APPROVED: pgettext_lazy("release", "recipe approved"),
    State.SPENT: pgettext_lazy("release", "budget spent, measuring"),
    State.MEASURED: pgettext_lazy("release", "measured, generating"),
    State.FINAL_REVIEW: pgettext_lazy("release", "result in review"),
    State.RELEASING: pgettext_lazy("release", "being published"),
    State.PUBLISHED: pgettext_lazy("release", "published"),
    State.DECLINED: pgettext_lazy("release", "not approved, nothing spent"),
    State.OVER_BUDGET: pgettext_lazy("release", "stopped: over the budget"),
    State.WITHHELD: pgettext_lazy("release", "not published, budget spent"),
    State.FAILED: pgettext_lazy("release", "failed, budget spent"),
    State.DROPPED: pgettext_lazy("release", "dropped by the steward"),
}
OPINIONS = {
    Opinion.RELEASE: pgettext_lazy("verdict", "Release as it is"),
    Opinion.CHANGE: pgettext_lazy("verdict", "Release after changes"),
    Opinion.DO_NOT: pgettext_lazy("verdict", "Do not release"),
}


class Budget(Row):
    """What all releases of the pool together may disclose of one person, for the pool's life."""

    sensitivity: ClassVar = ROW_LABELS | {"pool": S.PUBLIC, "epsilon": S.PUBLIC, "delta": S.PUBLIC}

    pool = models.CharField(max_length=40, unique=True)
    epsilon = models.FloatField()
    delta = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(epsilon__gt=0), name="budget_epsilon_positive"),
            models.CheckConstraint(condition=models.Q(delta__gt=0) & models.Q(delta__lt=1), name="budget_delta_a_probability"),
        ]


class Release(OwnedRow):
    """One release on its way: recipe, author, state. Its recipe is frozen from the moment it is approved."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "name": S.PUBLIC,
        "title": S.PUBLIC,
        "recipe": S.PUBLIC,
        "author": S.OPERATIONAL,
        "written_by": S.OPERATIONAL,
        "bundle_digest": S.PUBLIC,
        "state": S.OPERATIONAL,
        "attempt": S.OPERATIONAL,
        "seed": S.OPERATIONAL,
        "pool_version": S.OPERATIONAL,
        "issued": S.PUBLIC,
        "troubles": S.OPERATIONAL,
        "sent_at": S.OPERATIONAL,
        "published_at": S.PUBLIC,
    }

    name = models.SlugField(_("name"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=160)
    recipe = models.TextField(_("recipe"))
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    written_by = models.JSONField(default=list, editable=False)
    """The ids of all users who wrote on the recipe or sent it: none of them judges it."""
    bundle_digest = models.CharField(max_length=64, blank=True, editable=False)
    """SHA-256 of the generated bundle's checksums: what reviewers of the result looked at, and what alone may be published."""
    state = models.CharField(
        max_length=20, choices=[(state.value, words) for state, words in STATES.items()], default=State.DRAFT.value
    )
    attempt = models.PositiveSmallIntegerField(default=0, editable=False)
    seed = models.BigIntegerField(null=True, editable=False)
    pool_version = models.PositiveIntegerField(null=True, editable=False)
    issued = models.DateField(null=True, editable=False)
    troubles = models.JSONField(default=list, editable=False)
    """Why the work stopped, as reasons that can be said in any language: see `sentences.kept`."""
    sent_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state"], name="releases_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        """The title in the reader's language, as the recipe says it; the working title where it says none."""
        try:
            said = tomllib.loads(self.recipe).get("title")
        except tomllib.TOMLDecodeError:
            return self.title
        return said.get((get_language() or "en")[:2], self.title) if isinstance(said, dict) else self.title

    def note_writer(self, member: Any) -> None:
        """Remember that somebody wrote on this release."""
        self.written_by = sorted({*self.written_by, str(member.user_id)})

    @property
    def trouble(self) -> str:
        """The code of the first reason why the work stopped, or nothing."""
        return self.troubles[0]["code"] if self.troubles else ""

    @property
    def is_worked_on(self) -> bool:
        """Whether the worker carries on with it by itself."""
        return State(self.state) in WORKING

    @property
    def round(self) -> Round | None:
        """What reviewers are asked now, if anything."""
        return ASKED.get(State(self.state))

    @property
    def facts(self) -> ReleaseFacts:
        """What verdicts may know of this release."""
        given = self.reviews.filter(attempt=self.attempt, round=self.round.value) if self.round else Review.objects.none()
        return ReleaseFacts(
            state=State(self.state),
            organisation_id=self.organisation_id,
            author_user_ids=frozenset({self.author.user_id, *map(uuid.UUID, self.written_by)}),
            judged_by=frozenset(given.values_list("user_id", flat=True)),
        )


class Review(Row):
    """One reviewer's verdict in one round; kept for good, never changed."""

    sensitivity: ClassVar = ROW_LABELS | {
        "release": S.OPERATIONAL,
        "attempt": S.OPERATIONAL,
        "round": S.OPERATIONAL,
        "reviewer": S.OPERATIONAL,
        "user_id": S.OPERATIONAL,
        "opinion": S.OPERATIONAL,
        "reasons": S.OPERATIONAL,
    }

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reviews")
    attempt = models.PositiveSmallIntegerField()
    round = models.CharField(max_length=10, choices=[(item.value, item.value) for item in Round])
    reviewer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    user_id = models.UUIDField()
    opinion = models.CharField(max_length=10, choices=[(item.value, words) for item, words in OPINIONS.items()])
    reasons = models.TextField(_("reasons"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "attempt", "round", "user_id"], name="one_verdict_a_round"),
        ]


class Spend(models.Model):
    """What one release took from the budget; written before any noise is drawn, and never taken back."""

    sensitivity: ClassVar = {
        "release": S.PUBLIC,
        "budget": S.PUBLIC,
        "epsilon": S.PUBLIC,
        "delta": S.PUBLIC,
        "rho": S.PUBLIC,
        "delta_for_rows": S.PUBLIC,
        "contributors": S.PUBLIC,
        "at": S.PUBLIC,
    }

    release = models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True, related_name="spend")
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="spends")
    epsilon = models.FloatField()
    delta = models.FloatField()
    rho = models.FloatField()
    delta_for_rows = models.FloatField()
    contributors = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)


class Measured(models.Model):
    """The measurements of one release: drawn once, stored once. The primary key makes a second set impossible."""

    sensitivity: ClassVar = {"release": S.OPERATIONAL, "body": S.OPERATIONAL, "digest": S.OPERATIONAL, "at": S.OPERATIONAL}

    release = models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True, related_name="measured")
    body = models.BinaryField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
