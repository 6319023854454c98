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
    "keeping": gettext_lazy("how long it is kept"),
    "requests": gettext_lazy("what the person asked"),
    "copy": gettext_lazy("the person’s own copy of what is held"),
    "readers_copy": gettext_lazy("the person’s own copy of who looked at it"),
    "request": gettext_lazy("what the person asked"),
    "restriction": gettext_lazy("what the person asked"),
    "disposal": gettext_lazy("what becomes of the record"),
    "hold": gettext_lazy("legal hold"),
    "key": gettext_lazy("key of the record"),
    "emergency": gettext_lazy("emergency access"),
    "conflict": gettext_lazy("conflict of interest"),
    "excerpt": gettext_lazy("an excerpt"),
}
"""Parts of a record that this room shows."""
SENTENCES: dict[str, Promise | Sentence] = {
    "site.started": gettext_lazy("The office began: its keys, its database and its first administrator were made"),
    "site.restored": gettext_lazy("The site was restored from a backup"),
    "audit.listed": gettext_lazy("The audit record looked at"),
    "audit.verified": gettext_lazy("The audit record verified"),
    "audit.exported": gettext_lazy("The audit record exported"),
    "audit.copied": gettext_lazy("A signed copy of the audit record made for an auditor outside"),
    "retention.rule_set": gettext_lazy("A rule on how long records are kept was set"),
    "retention.listed": gettext_lazy("The list of records kept long enough looked at"),
    "disposal.listed": gettext_lazy("The list of what waits for a second person looked at"),
    "disposal.proposed": gettext_lazy("What becomes of the record was proposed"),
    "disposal.confirmed": gettext_lazy("What becomes of the record was confirmed by a second person"),
    "disposal.refused": gettext_lazy("What was proposed for the record was refused"),
    "request.listed": gettext_lazy("The list of persons’ requests looked at"),
    "request.entered": gettext_lazy("A request of the person was written down"),
    "request.identified": gettext_lazy("It was written down how the one who asks is known to be the person"),
    "request.extended": gettext_lazy("More time was taken to answer the person"),
    "request.passages_read": gettext_lazy("Passages for the person’s copy were read"),
    "request.answered": gettext_lazy("A request of the person was answered"),
    "request.taken_back": gettext_lazy("The person took an objection back"),
    "request.copied": gettext_lazy("The person’s copy was taken as a file"),
    "processing.read": gettext_lazy("The register of processing or the impact assessment looked at"),
    "processing.answered": gettext_lazy("The office’s words in the impact assessment were changed"),
    "unusual.listed": gettext_lazy("The list of unusual reading looked at"),
    "unusual.read": gettext_lazy("An occasion of unusual reading looked at"),
    "unusual.flagged": _flagged,
    "unusual.judged": _judged,
    "unusual.thresholds_changed": gettext_lazy("What counts as unusual reading was changed"),
}
"""What this room teaches (see `audit.wording`)."""
