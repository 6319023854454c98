"""The sentences of what is recorded about answers to a country's own questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit.wording import Sentence


def _filled(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Further questions answered, version %(number)s of their form") % {"number": details.get("number", "")}


def _changed(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("Answers to further questions changed: %(count)s") % {"count": details.get("count", "")}


SENTENCES: dict[str, Promise | Sentence] = {
    "answers.filled": _filled,
    "answers.changed": _changed,
    "answers.exported": gettext_lazy("Answers to further questions taken out as a file"),
}
"""What this room teaches (see `audit.wording`)."""
PARTS: dict[str, Promise] = {
    "questions": gettext_lazy("further questions"),
    "answers": gettext_lazy("further questions"),
    "made_document": gettext_lazy("documents to print"),
}
