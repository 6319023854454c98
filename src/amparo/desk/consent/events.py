"""The sentences of what is recorded about excerpts for outside bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit.wording import Sentence

from .choices import DATA


def _with_data(words: Promise) -> Sentence:
    """Return a sentence that adds which kinds of data it is about."""

    def tell(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
        kinds = {kind.value: label for kind, label in DATA.items()}
        data = " · ".join(str(kinds.get(kind, kind)) for kind in details.get("data", ()))
        return _("%(what)s: %(data)s") % {"what": words, "data": data}

    return tell


SENTENCES: dict[str, Promise | Sentence] = {
    "consent.signed": gettext_lazy("An answer about consent was signed"),
    "consent.stop_seen": gettext_lazy("Seen: the person said no, and what must stop"),
    "rights.told": gettext_lazy("Rights explained to the person"),
    "excerpt.entered": _with_data(gettext_lazy("Excerpt for an outside body entered")),
    "excerpt.confirmed": _with_data(gettext_lazy("Legal basis of an excerpt confirmed by a second person")),
    "excerpt.ended": gettext_lazy("Excerpt for an outside body closed"),
    "excerpt.read": _with_data(gettext_lazy("Excerpt read by law enforcement")),
    "excerpts.listed": gettext_lazy("The list of excerpts looked at"),
}
"""What this room teaches (see `audit.wording`)."""

PARTS: dict[str, Promise] = {"rights": gettext_lazy("rights explained")}
"""Names of this room's parts of a record."""
