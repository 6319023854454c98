"""Reasons: what a person can mend, as a code with values, said in their language from a room's `words/`.

The libraries import no Django; their few sentences live in `words/en.toml`, `fr.toml` and `es.toml`
beside the code, and a test keeps the three complete.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fr", "es")


@cache
def sentences(room: str, language: str) -> Mapping[str, str]:
    """Return every sentence of `amparo.<room>` in one language, by key."""
    text = files(f"amparo.{room}").joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    return {key: str(value) for key, value in tomllib.loads(text).items()}


def say(room: str, key: str, language: str, **values: object) -> str:
    """Say one sentence of a room; an unknown language falls back to English, an unknown key is a programmer's mistake."""
    return sentences(room, language if language in LANGUAGES else "en")[key].format(**values)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing a person can act on: where it lies, what it is, and the values its sentence needs.

    `values` must hold no personal data: reasons are logged and shown.
    """

    room: str
    code: str
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, language: str = "en") -> str:
        """Return the sentence for this reason, in `en`, `fr` or `es`."""
        return say(self.room, self.code, language, where=self.where, **self.values)


class Refused(Exception):
    """Something a person asked for cannot be done; `reasons` say why and what to do."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.code for reason in reasons))
        self.reasons = reasons

    def say(self, language: str = "en") -> str:
        """Return all reasons, one a line."""
        return "\n".join(reason.say(language) for reason in self.reasons)
