"""What oversight writes: flags, verdicts on them, and what an office calls unusual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core.locking import claim

from . import notes, policies
from .choices import Ground, Opinion
from .models import Flag, Watch
from .rules import Finding


@transaction.atomic
def flag(member: Member, finding: Finding) -> bool:
    """Flag an occasion; say whether it is a new one.

    While nobody has judged it the flag grows with the occasion. Once judged it stays as it was
    judged: if more happens afterwards on the same occasion, that is another flag.
    """
    mine = Flag.objects.select_for_update().filter(member=member, sign=finding.sign)
    same = [one for one in mine if one.key == finding.key or one.key.startswith(finding.key + "#")]
    last = max(same, key=lambda one: one.recorded_at, default=None)
    if last is not None and not last.opinion:
        grown = {"count": max(last.count, finding.count), "last_at": max(last.last_at, finding.last_at)}
        Flag.objects.filter(pk=last.pk).update(**grown, records=list(dict.fromkeys([*last.records, *finding.records]))[:50])
        return False
    if last is not None and (finding.count <= last.count or finding.last_at <= last.judged_at):
        return False
    made = Flag.objects.create(
        organisation=member.organisation,
        member=member,
        sign=finding.sign.value,
        key=finding.key + (f"#{len(same) + 1}" if same else ""),
        first_at=finding.first_at,
        last_at=finding.last_at,
        count=finding.count,
        usual=finding.usual,
        records=list(finding.records),
    )
    audit.record("unusual.flagged", made, details={"sign": finding.sign.value, "count": finding.count})
    return True


@transaction.atomic
def judge(*, flag: Flag, by: Member, opinion: Opinion, ground: Ground, note: str = "") -> Flag:
    """Say what was found about unusual reading; the verdict is kept with its moment, its giver and a sealed note."""
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    require(policies.may_judge(by.facts, facts_of(flag)))
    flag.opinion, flag.ground = opinion, ground
    flag.judged_by, flag.judged_at = by, timezone.now()
    flag.sealed_note = notes.write(flag, note) if note.strip() else flag.sealed_note
    flag.version += 1
    flag.save(update_fields=["opinion", "ground", "judged_by", "judged_at", "sealed_note", "version"])
    audit.record("unusual.judged", flag, by=by, details={"opinion": str(opinion), "ground": str(ground), "sign": flag.sign})
    return flag


def facts_of(flag: Flag) -> policies.FlagFacts:
    """Return what verdicts may know of a flag."""
    return policies.FlagFacts(flag.organisation_id, flag.member_id, is_judged=flag.opinion == Opinion.EXPLAINED)


@transaction.atomic
def set_watch(*, watch: Watch, by: Member, version: int, values: Mapping[str, Any]) -> None:
    """Set what the office calls unusual; that it was changed, and in which points, is recorded. Raises `Stale`."""
    require(policies.may_watch(by.facts))
    changed = [name for name, value in values.items() if getattr(watch, name) != value]
    if changed:
        claim(watch, version)
        Watch.objects.filter(pk=watch.pk, organisation_id=by.organisation_id).update(**{name: values[name] for name in changed})
        audit.record("unusual.thresholds_changed", by=by, details={"fields": sorted(changed)})
