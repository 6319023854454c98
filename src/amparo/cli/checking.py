"""Checking a copy of an audit record on another machine: it needs no site and no Django."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from amparo.desk.audit import copies
from amparo.standard.reasons import Reason, Refused, say

WHOLE, FLAWED = 0, 1


def tell(flaws: Iterable[Any], names: Mapping[str, str], language: str) -> int:
    """Print every flaw with its place; return how many there are."""
    count = 0
    for count, flaw in enumerate(flaws, start=1):  # noqa: B007 - the last count is the answer
        owner, what = flaw.organisation_id, say("cli", f"flaw_{flaw.code}", language)
        key = "audit_flaw" if owner else "audit_point"
        print(say("cli", key, language, organisation=names.get(owner, owner), sequence=flaw.sequence, what=what))
    return count


def check(arguments: argparse.Namespace) -> int:
    """Check a copy without any site: its signatures and places, and against a witness and an earlier copy where given."""
    language = arguments.language
    try:
        found = copies.verify(arguments.copy, key=arguments.key.lower(), witness=arguments.witness, earlier=arguments.earlier)
    except (copies.NotACopy, OSError):
        raise Refused(Reason("cli", "no_copy", str(arguments.copy))) from None
    count = tell(found.flaws, {}, language)
    print(say("cli", "copy_flaws" if count else "copy_whole", language, events=found.events, flaws=count, signer=found.key))
    return FLAWED if count else WHOLE


def country(arguments: argparse.Namespace) -> int:
    """Check a country pack as the desk would: what screenings say of its indicators too."""
    from amparo.desk.config.judges import let_lists_be_known, let_screenings_judge
    from amparo.desk.questions import command

    let_screenings_judge()
    let_lists_be_known()
    return command.check(arguments)
