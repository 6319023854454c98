"""One version of what a country adds, as it was brought: never changed, in force from a day, retired on a day."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S

from . import form as forms
from . import indicators
from .choices import Kind
from .documents import Template
from .documents import from_data as template_from


class Damaged(Exception):
    """What is kept is not what was brought: its checksum differs."""


class Edition(OwnedRow):
    """One version of a form, of added codes, of an indicator set or of a document template.

    `content` is what was brought and `checksum` its SHA-256; no action changes either. Answers name the edition that asked them.
    """

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "kind": S.OPERATIONAL,
        "code": S.OPERATIONAL,
        "number": S.OPERATIONAL,
        "label": S.OPERATIONAL,
        "title": S.OPERATIONAL,
        "languages": S.OPERATIONAL,
        "content": S.OPERATIONAL,
        "checksum": S.OPERATIONAL,
        "brought_by": S.OPERATIONAL,
        "active_from": S.OPERATIONAL,
        "retired_from": S.OPERATIONAL,
    }

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, editable=False)
    code = models.CharField(_("code"), max_length=60, editable=False)
    number = models.PositiveIntegerField(_("version number"), editable=False)
    label = models.CharField(_("version in the pack"), max_length=40, blank=True, editable=False)
    title = models.JSONField(_("title"), default=dict, editable=False)
    languages = models.JSONField(_("languages"), default=list, editable=False)
    content = models.JSONField(_("content"), editable=False)
    checksum = models.CharField(_("checksum"), max_length=64, editable=False)
    brought_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    active_from = models.DateField(_("in force from"), null=True, blank=True)
    retired_from = models.DateField(_("retired from"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "kind", "code", "number"], name="one_edition_a_number"),
            models.CheckConstraint(
                condition=Q(retired_from=None) | Q(active_from__isnull=False, retired_from__gte=models.F("active_from")),
                name="edition_retired_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.number}"

    @property
    def sound(self) -> Any:
        """The content, once its checksum was seen to agree; raise `Damaged` where it does not."""
        if forms.checksum(self.content) != self.checksum:
            raise Damaged
        return self.content

    @property
    def form(self) -> forms.Form:
        """The form, for an edition of one; read once."""
        if not hasattr(self, "_form"):
            self._form = forms.from_data(self.sound)
        return self._form

    @property
    def template(self) -> Template:
        """The document template, for an edition of one."""
        return template_from(self.sound)

    @property
    def indicator_set(self) -> indicators.IndicatorSet:
        """The set of indicators, for an edition of one."""
        return indicators.from_data(self.sound)

    @property
    def added(self) -> forms.ChoiceList:
        """The codes, for an edition that adds some to a list of the standard."""
        return forms.from_data(self.sound).lists[0]

    def is_in_force_on(self, day: date) -> bool:
        """Say whether the edition has begun and was not retired; a later one of its code may stand above it."""
        return self.active_from is not None and self.active_from <= day and (self.retired_from is None or day < self.retired_from)

    def title_in(self, language: str) -> str:
        """Return the title in a language, else in the first there is; the code where there is none."""
        return forms.say(self.title, language, tuple(self.languages)) or self.code
