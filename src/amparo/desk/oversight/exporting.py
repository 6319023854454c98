"""Events as a table that leaves the desk: sentences, names of members, pseudonyms of persons."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amparo.desk.access.telling import told
from amparo.desk.audit.models import Event
from amparo.standard.writing import csv_text

MOST = 50_000
"""So many events leave at once; narrow the days for more."""


def table(events: Iterable[Event], organisation_id: uuid.UUID) -> str:
    """Return events as CSV in the reader's language; no cell is taken for a formula."""
    rows = list(events)
    head = [pgettext("in the chain", "Place"), _("When"), _("What"), _("Who acted"), _("Person, by pseudonym"), _("Code")]
    lines = [
        [one.place, timezone.localtime(one.at).isoformat(timespec="seconds"), one.words, one.actor, one.pseudonym, event.action]
        for event, one in zip(rows, told(rows, organisation_id), strict=True)
    ]
    return csv_text([head, *lines])
