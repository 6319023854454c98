"""Words put together as each language does it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext


def labelled(label: Any, value: Any) -> str:
    """Return a label with its value; French sets its colon apart from the word before it."""
    return pgettext("label and value", "%(label)s: %(value)s") % {"label": label, "value": value}
