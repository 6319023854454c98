"""The sentences of what is recorded about the formal track, age assessments and other help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit.wording import Sentence
from amparo.desk.cases import fields

from .choices import SETTLED, STEP_KINDS

KINDS = {kind.value: words for kind, words in STEP_KINDS.items()}
OUTCOMES = {outcome.value: words for outcome, words in SETTLED.items()}


def _step_added(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Formal track: %(what)s") % {"what": KINDS.get(str(details.get("kind")), "–")}


def _step_struck(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Formal track, struck out: %(what)s") % {"what": KINDS.get(str(details.get("kind")), "–")}


def _settled(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Contest of an age assessment settled: %(what)s") % {"what": OUTCOMES.get(str(details.get("outcome")), "–")}


def _help(details: Mapping[str, Any]) -> str:
    return fields.label("other_help", str(details.get("kind") or "")) or "–"


def _offered(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Other help offered: %(what)s") % {"what": _help(details)}


def _followed(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Other help followed up: %(what)s") % {"what": _help(details)}


SENTENCES: dict[str, Promise | Sentence] = {
    "formal.notified": gettext_lazy("A competent body asked to decide formally"),
    "formal.step_added": _step_added,
    "formal.step_struck": _step_struck,
    "age.assessed": gettext_lazy("Age assessment recorded"),
    "age.contested": gettext_lazy("Age assessment contested: treated as a child"),
    "age.settled": _settled,
    "help.offered": _offered,
    "help.followed_up": _followed,
}
"""What this room teaches (see `audit.wording`)."""

PARTS: dict[str, Promise] = {
    "formal": gettext_lazy("formal identification"),
    "age": gettext_lazy("age assessment"),
    "help": gettext_lazy("other help"),
}
"""Names of this room's parts of a record."""
