"""Both tracks, the person's age and other help in the reader's words, as the identification page shows them side by side."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from amparo.desk.cases import fields, joined
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import childhood
from amparo.desk.cases.rules import Childhood, Finding
from amparo.desk.core.models import opened
from amparo.desk.core.written import known, written

from . import ages, choices, formal, formal_queries
from .formal_queries import Track
from .models import AgeAssessment, FormalStep, OtherHelp


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step in words."""

    row: FormalStep
    words: str
    ground: str
    body: str


@dataclass(frozen=True, slots=True)
class ShownTrack:
    """One procedure in words, with its clocks."""

    track: Track
    body: str
    country: str
    state: str
    tone: str
    steps: tuple[ShownStep, ...]
    struck: tuple[ShownStep, ...]
    days_left: int | None
    source: str
    reconsideration_source: str

    @property
    def standing(self) -> formal.Standing:
        """Where it stands."""
        return self.track.standing


def of_case(case: Case, *, day: date) -> list[ShownTrack]:
    """Return the formal track of a case in words: each body's procedure, the first asked first."""
    return [shown(track, day=day) for track in formal_queries.of_case(case)]


def shown(track: Track, *, day: date) -> ShownTrack:
    """Return one procedure in words."""
    language, profile, now = fields.language(), formal_queries.profile_of(track.procedure), track.standing
    runs = now.runs_on(day) and now.reflection_until is not None
    return ShownTrack(
        track=track,
        body=formal_queries.body_name(track.procedure, language),
        country=fields.label("country", track.procedure.country),
        state=str(choices.FORMAL_STATES[now.state]),
        tone=choices.FORMAL_TONES[now.state],
        steps=tuple(_step(track, one, language) for one in track.steps),
        struck=tuple(_step(track, one, language) for one in track.struck),
        days_left=(now.reflection_until - day).days if runs and now.reflection_until else None,
        source=profile.reflection.valid.source_in.get(language, profile.reflection.valid.source),
        reconsideration_source=profile.reconsideration.valid.source_in.get(language, profile.reconsideration.valid.source),
    )


def _step(track: Track, step: FormalStep, language: str) -> ShownStep:
    body = formal_queries.lookup.body(track.procedure.country, step.body) if step.body else None
    name = body.name.get(language, body.name["en"]) if body else ""
    return ShownStep(step, str(choices.STEP_KINDS[formal.StepKind(step.kind)]), step.get_ground_display(), name)


def assessments_of(case: Case) -> list[AgeAssessment]:
    """Return the age assessments of a person, the last first."""
    return opened(known(_assessments_of(case.pk), case=case))


@written
def _assessments_of(case_id: uuid.UUID) -> QuerySet[AgeAssessment]:
    rows = AgeAssessment.objects.filter(case_id=case_id).select_related("recorded_by__user", "report")
    return rows.order_by("-assessed_on", "-id")


def help_of(case: Case) -> list[OtherHelp]:
    """Return what other help was offered, the last offer first."""
    return opened(known(_help_of(case.pk), case=case))


@written
def _help_of(case_id: uuid.UUID) -> QuerySet[OtherHelp]:
    return OtherHelp.objects.filter(case_id=case_id).select_related("recorded_by__user").order_by("-offered_on", "-id")


@dataclass(frozen=True, slots=True)
class AgeNow:
    """How the person is treated now, when they come of age, and until when protection as a child goes on."""

    is_child: Finding
    is_contested: bool
    coming: ages.ComingOfAge | None
    months: int
    source: str
    is_proposal: bool
    is_presumed: bool = False
    """Whether the age is not certain and may be under majority."""
    is_ahead: bool = False
    """Whether the day on which they come of age, read as late as can be, is still to come."""

    def goes_on(self, day: date) -> bool:
        """Say whether the person is of age and protection as a child still goes on."""
        return bool(self.coming and self.is_child is Finding.NO and day <= self.coming.protected_until)


def age_now(case: Case, *, day: date) -> AgeNow:
    """Return how the person's age stands on a day under the rules of the office's country, also where an age was stated only.

    Over every record of the person, as far as whoever asks reads them: of several births the latest counts for protection.
    """
    profile, language, ground = case.profile_on(day), fields.language(), childhood(case, on=day)
    every = [born for one in (case.person, *joined.others_of(case.person)) if (born := one.births()) is not None]
    coming = None
    if every:
        earliest, latest = max(every, key=lambda born: born[1])
        coming = ages.coming_of_age(
            earliest_birth=earliest,
            latest_birth=latest,
            majority_years=profile.majority.years,
            months=profile.transition.months,
        )
    was_child = coming is not None and (case.opened_on < coming.latest)
    near: Any = coming if coming is not None and was_child and coming.is_near(day) else None
    return AgeNow(
        is_child=ground.protected,
        is_contested=case.person.age_is_contested or ground is Childhood.CONTESTED,
        coming=near,
        months=profile.transition.months,
        source=profile.transition.valid.source_in.get(language, profile.transition.valid.source),
        is_proposal=profile.transition.is_proposal,
        is_presumed=ground is Childhood.PRESUMED,
        is_ahead=near is not None and near.latest > day,
    )
