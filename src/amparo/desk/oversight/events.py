"""The sentences of what oversight records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amparo.desk.audit.wording import Sentence

from .choices import Opinion

SIGNS: dict[str, Promise] = {
    "bulk": gettext_lazy("many different records in an hour"),
    "night": gettext_lazy("records outside working hours"),
    "outside": gettext_lazy("records that the member does not work on"),
    "names": gettext_lazy("many searches in an hour"),
    "namesake": gettext_lazy("a person who bears the reader’s name"),
    "long_closed": gettext_lazy("a case that ended long ago"),
    "refused": gettext_lazy("many refusals in an hour"),
}
"""What each sign means, in few words."""


def _flagged(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    sign = SIGNS.get(str(details.get("sign")), "–")
    return _("Unusual reading flagged: %(sign)s (%(count)s)") % {"sign": sign, "count": details.get("count", "–")}


def _judged(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = dict(Opinion.choices).get(details.get("opinion", ""), "–")
    sign = SIGNS.get(str(details.get("sign")), "–")
    return _("Verdict on unusual reading (%(sign)s): %(opinion)s") % {"sign": sign, "opinion": words}


PARTS: dict[str, Promise] = {
    "readers": gettext_lazy("who looked at it"),
    "readers_copy": gettext_lazy("the person’s own copy of who looked at it"),
}
"""Parts of a record that this room shows."""
SENTENCES: dict[str, Promise | Sentence] = {
    "site.started": gettext_lazy("The office began: its keys, its database and its first administrator were made"),
    "audit.listed": gettext_lazy("The audit record looked at"),
    "audit.verified": gettext_lazy("The audit record verified"),
    "audit.exported": gettext_lazy("The audit record exported"),
    "audit.copied": gettext_lazy("A signed copy of the audit record made for an auditor outside"),
    "unusual.listed": gettext_lazy("The list of unusual reading looked at"),
    "unusual.read": gettext_lazy("An occasion of unusual reading looked at"),
    "unusual.flagged": _flagged,
    "unusual.judged": _judged,
    "unusual.thresholds_changed": gettext_lazy("What counts as unusual reading was changed"),
}
"""What this room teaches (see `audit.wording`)."""
