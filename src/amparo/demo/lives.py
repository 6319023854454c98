"""What the demo shows of a person's life: trafficked again, family, papers, documents, an end that waits, a place offered."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, timedelta

from PIL import Image, ImageDraw

from amparo.desk.access.models import Member
from amparo.desk.cases import actions as cases
from amparo.desk.cases import courses, filing, kin
from amparo.desk.cases.choices import NoteKind
from amparo.desk.cases.life_choices import Ending, NewCaseReason
from amparo.desk.cases.models import Case, IdentityPaper, Relative
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import Known, PartialDate

CHANGED = "The agency that recruited her found her new number and promised work on another coast. She left without telling anybody."
ENDED = "She has a room of her own and work that pays. She says: I know whom to call now."
WHY_OPEN = "The embassy sends the passport to the lawyer, who gives it to her."
HAND_ON = "She prefers to meet outside the house, in the morning, and to speak with the same person each time."


def show_lives(members: Mapping[str, Member], today: date) -> None:
    """Let a few lives have gone on at Lantern House, by the desk's own actions."""
    maro, rosen = (members[f"{name}@demo.example"] for name in ("maro", "rosen"))
    own = Case.objects.filter(organisation=maro.organisation).select_related("person", "organisation")
    ended = own.filter(stage=Stage.CLOSED, team__member=maro).order_by("-closed_on", "-id").first()
    mine = own.exclude(stage=Stage.CLOSED).filter(team__member=maro, team__until=None).order_by("-opened_on", "-id")
    working = list(mine.distinct()[8:11])
    if ended is not None:
        _again(ended, maro, today)
    for case, happens in zip(working, (_end, _offer, _family), strict=False):
        happens(case, maro, rosen, today)


def _again(ended: Case, by: Member, today: date) -> None:
    opened = max(today - timedelta(days=4), ended.closed_on or today)
    case = courses.open_again(earlier=ended, by=by, why=NewCaseReason.TRAFFICKED_AGAIN, opened_on=opened, what_changed=CHANGED)
    cases.assess_risk(
        case=case, by=by, risk=cases.Risk.HIGH, on=opened, reason="They know where she lived, and they call her sister."
    )
    _kin(case, by, today)


def _kin(case: Case, by: Member, today: date) -> None:
    born = PartialDate(today.year - 5, known=Known.ESTIMATED)
    child = {"relation": "child", "name": "Nio", "birth_date": born, "depends": "yes", "lives_together": "yes"}
    rule = "Only through her, never by telephone: the aunt listens."
    sister = {"relation": "sibling", "name": "Sela", "contact_is_safe": "no", "contact_rule": rule, "part": "unknown"}
    for values in (child | {"contact_is_safe": "yes"}, sister | {"phone": "000 555 0188"}):
        kin.record(case=case, by=by, model=Relative, values=values)
    passport = {
        "kind": "passport",
        "holder": "trafficker",
        "is_genuine": "yes",
        "words": "Taken on the first day, “to register it”.",
    }
    kin.record(case=case, by=by, model=IdentityPaper, values=passport)
    filing.add(case=case, by=by, kind="photo", name="photo.png", pieces=[_portrait()], words="For the health card")
    filing.add(case=case, by=by, kind="work", name="contract.pdf", pieces=[PDF], words="The contract that she signed")


def _family(case: Case, by: Member, other: Member, today: date) -> None:
    _kin(case, by, today)
    log = {"direction": "out", "means": "telephone", "counterpart": "person", "was_reached": "no", "rule_was_kept": "yes"}
    text = "Rang twice after ten, as agreed. No answer; no message left."
    cases.write_note(case=case, by=by, kind=NoteKind.CALL, happened_on=today, text=text, contact=log)
    text = "Talked with my supervisor about how close this story comes to my own. We look at it again in two weeks."
    cases.write_note(case=case, by=by, kind=NoteKind.SUPERVISION, happened_on=today, text=text)


def _end(case: Case, by: Member, other: Member, today: date) -> None:
    answers = {line.code: {"state": "done", "why": ""} for line in courses.lines_for(case, Ending.SETTLED)}
    answers["papers"] = {"state": "open", "why": WHY_OPEN}
    courses.prepare_closing(case=case, by=by, ending=Ending.SETTLED, ended_on=today, words=ENDED, answers=answers)


def _offer(case: Case, by: Member, other: Member, today: date) -> None:
    courses.offer(case=case, by=by, taker=other, words=HAND_ON)


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""An empty page."""


def _portrait() -> bytes:
    """Return a drawn outline of nobody."""
    picture, out = Image.new("RGB", (360, 420), "#d9e4e6"), io.BytesIO()
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((110, 70, 250, 230), fill="#6d8b90")
    drawing.pieslice((50, 250, 310, 560), 180, 360, fill="#6d8b90")
    picture.save(out, "PNG")
    return out.getvalue()
