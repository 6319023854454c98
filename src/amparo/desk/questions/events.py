"""The sentences of what is recorded about a country's own forms, codes, indicators and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from amparo.desk.audit.wording import Sentence

from .choices import Kind


def _brought(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("A country pack or form was brought: %(kept)s new versions, %(unchanged)s unchanged") % {
        "kept": details.get("kept", 0),
        "unchanged": details.get("unchanged", 0),
    }


def _kind(details: Mapping[str, Any]) -> str:
    return str(dict(Kind.choices).get(details.get("kind", ""), details.get("kind", "")))


def _activated(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("%(kind)s, version %(number)s: in force from %(day)s") % _told(details)


def _retired(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return _("%(kind)s, version %(number)s: retired from %(day)s") % _told(details)


def _told(details: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": _kind(details), "number": details.get("number", ""), "day": details.get("on", "")}


SENTENCES: dict[str, Promise | Sentence] = {
    "questions.brought": _brought,
    "questions.activated": _activated,
    "questions.retired": _retired,
}
"""What this room teaches (see `audit.wording`)."""
