"""ISIC Rev. 4: which section a division belongs to, and which industry of HTCDS 2.0 a section is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from amparo.standard import codes


@cache
def _sections() -> Mapping[str, str]:
    """Return the section of every code; the list has each section before its divisions, as the classification prints them."""
    found, section = {}, ""
    for code in codes.load("isic").codes:
        section = code.code if code.code.isalpha() else section
        found[code.code] = section
    return MappingProxyType(found)


def section_of(code: str) -> str:
    """Return the section's letter of a section or division; "" for no code of the list."""
    return _sections().get(code, "")


def industry_of(code: str) -> str:
    """Return the code of HTCDS 2.0's industry list, whose codes begin with the section's letter; "" for no code of the list."""
    section = section_of(code)
    known = codes.load("labour_industry").spellings()
    return next((one for one in known if section and one.startswith(f"{section}_")), "")
