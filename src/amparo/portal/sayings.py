"""The portal's words where a picture needs them in all three languages at once."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from django.utils.translation import gettext, override

from amparo.pictures.values import Words
from amparo.standard.reasons import LANGUAGES


@cache
def in_all(message: str) -> Words:
    """Return one message of the catalogue in English, French and Spanish."""
    found = {}
    for language in LANGUAGES:
        with override(language):
            found[language] = gettext(message)
    return MappingProxyType(found)
