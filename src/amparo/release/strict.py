"""Reads values out of a parsed TOML table and keeps every complaint, so that a person hears them all at once."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from amparo.bundle.description import is_plain
from amparo.standard.reasons import LANGUAGES, Reason, say

ROOM = "release"
LONGEST_TEXT = 5_000


class Reader:
    """Reads one recipe; `reasons` grows with each thing that is wrong, and every read returns something usable."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def refuse(self, code: str, where: str, **values: object) -> None:
        """Keep one complaint about the field `where`."""
        self.reasons.append(Reason(ROOM, code, where, values))

    def keys(self, value: Mapping[str, Any], known: Collection[str], *, inside: str = "") -> None:
        """Refuse each key that is not known, with the known key that it may be a misspelling of."""
        for key in sorted(set(value) - set(known)):
            near = difflib.get_close_matches(key, sorted(known), n=1)
            code = "unknown_key_near" if near else "unknown_key"
            self.refuse(code, _path(inside, key), near=near[0] if near else "", known=", ".join(sorted(known)))

    def text(self, value: Mapping[str, Any], key: str, *, inside: str = "", required: bool = False, default: str = "") -> str:
        """Read one line of text."""
        found = value.get(key)
        if found is None:
            if required:
                self.refuse("key_missing", _path(inside, key))
            return default
        if not isinstance(found, str) or not found.strip() or len(found) > LONGEST_TEXT or not _is_one_line(found):
            self.refuse("not_a_text", _path(inside, key))
            return default
        return found.strip()

    def public_text(
        self, value: Mapping[str, Any], key: str, *, inside: str = "", required: bool = False, default: str = ""
    ) -> str:
        """Read one line of text that leaves with the release; people open its tables in a spreadsheet, so it is no formula."""
        found = self.text(value, key, inside=inside, required=required, default=default)
        if found and not is_plain(found[0]):  # the first character decides; inside, French no-break spaces are welcome
            self.refuse("text_like_formula", _path(inside, key))
            return default
        return found

    def words(
        self, value: Mapping[str, Any], key: str, *, inside: str = "", required: bool = False, default: str = ""
    ) -> Mapping[str, str]:
        """Read public words: a text for all languages, or a table with one text for each of `en`, `fr` and `es`."""
        found = value.get(key)
        if isinstance(found, dict):
            where = _path(inside, key)
            self.keys(found, LANGUAGES, inside=where)
            return {language: self.public_text(found, language, inside=where, required=True) for language in LANGUAGES}
        if found is None and default:
            return {language: say(ROOM, default, language) for language in LANGUAGES}
        text = self.public_text(value, key, inside=inside, required=required)
        return dict.fromkeys(LANGUAGES, text) if text else {}

    def whole(self, value: Mapping[str, Any], key: str, *, inside: str = "", default: int | None = None) -> int | None:
        """Read a whole number."""
        found = value.get(key, default)
        if found is not None and type(found) is not int:
            self.refuse("not_whole", _path(inside, key))
            return default
        return found

    def number(self, value: Mapping[str, Any], key: str, *, inside: str = "") -> float | None:
        """Read a required, finite number."""
        found = value.get(key)
        if found is None:
            self.refuse("key_missing", _path(inside, key))
            return None
        try:
            number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else math.nan
        except OverflowError:
            number = math.nan
        if not math.isfinite(number):
            self.refuse("not_a_number", _path(inside, key))
            return None
        return number

    def table(self, value: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
        """Read a required table."""
        found = value.get(key)
        if found is None:
            self.refuse("key_missing", key)
        elif not isinstance(found, dict):
            self.refuse("not_a_table", key)
        return found if isinstance(found, dict) else None

    def tables(self, value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]] | None:
        """Read an optional list of tables."""
        found = value.get(key)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.refuse("not_tables", key)
            return None
        return found

    def texts(self, value: Mapping[str, Any], key: str, *, inside: str) -> tuple[str, ...] | None:
        """Read an optional list of texts."""
        found = value.get(key)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.refuse("not_texts", _path(inside, key))
            return None
        return tuple(found)


def _is_one_line(text: str) -> bool:
    """Return whether a text has no control characters; the no-break spaces of French are welcome."""
    return all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in text)


def _path(inside: str, key: str) -> str:
    shown = key if key.isprintable() and len(key) <= 80 else ascii(key[:80])
    return f"{inside}.{shown}" if inside else shown
