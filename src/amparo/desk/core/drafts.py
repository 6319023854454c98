"""Nothing typed is lost: sealed drafts, one for each person and form, restored when the form is opened again.

Three ways lead here. A script saves while somebody types. A form that meets a version that moved
keeps what was typed. And a form sent after the session ended is kept, sealed, in the browser's
fresh session until the same person signs in; whoever else signs in gets nothing.

What was typed on a page about a person is sealed under that person's key, so that destroying the key
destroys it as well; which key, the rooms above tell (`settings.DRAFT_KEY_OF_PAGE`). Everything else
is sealed under the site's.

Who typed is told by a signed field inside the form (`typist`), made when the form was shown to a
person. A form without it is nobody's and is not kept: the browser alone cannot tell who sat there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.module_loading import import_string

from . import keys, sealing
from .models import Draft
from .partial_dates import PartialDate
from .templatetags.components import in_words
from .written import written

NEVER_KEPT = frozenset(
    {"csrfmiddlewaretoken", "typist", "discard_draft", "password", "password1", "password2", "oldpassword", "code"}
)
MOST_BYTES = 200_000
MOST_DRAFTS = 50
LONGEST_PATH = 200
TYPIST_SECONDS = 12 * 3600
HELD_SECONDS = 3600
KEPT_FOR = timedelta(days=30)
SALT = "typist"
HELD = "held_form"
LEFT_ALONE = "left_alone"
"""In a kept form: the fields that its typist had not changed and others have since; they are shown as saved now."""


@dataclass(slots=True)
class Page:
    """The page being shown: to whom, where, and whether a draft may be put back into its forms."""

    user_id: uuid.UUID
    path: str
    restores: bool
    restored: Restored | None = None
    is_looked_up: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """A draft, opened."""

    form: str
    saved_at: Any
    typed: QueryDict


_page: ContextVar[Page | None] = ContextVar("page", default=None)


def place_of(user_id: uuid.UUID, path: str) -> str:
    """Return the place to which a draft is bound."""
    return f"draft/{user_id}/{path}"


def _seal(user_id: uuid.UUID, path: str, typed: QueryDict) -> bytes:
    """Seal under the key of the person whom the page is about; raise `KeyDestroyed` or `Unopenable` where that is not to be had."""
    key_id = _key_of_page(user_id, path)
    plain, place = typed.urlencode().encode(), place_of(user_id, path)
    return keys.person_ring(key_id).seal(plain, place, "drafts") if key_id else keys.seal_at_site("drafts", plain, place)


def _key_of_page(user_id: uuid.UUID, path: str) -> uuid.UUID | None:
    """Return the key of the person whom a page is about, opened also for a visitor who has yet to sign in."""
    found: uuid.UUID | None = import_string(settings.DRAFT_KEY_OF_PAGE)(user_id, path)
    return found


def _open(user_id: uuid.UUID, path: str, sealed: bytes) -> QueryDict:
    return QueryDict(unsealed(sealed, place_of(user_id, path)).decode())


def unsealed(sealed: bytes, place: str) -> bytes:
    """Open a draft under the key that it names, the site's or a person's; raise `Unopenable`."""
    if keys.site_ring().knows(sealed):
        return keys.unseal_at_site("drafts", sealed, place)
    try:
        return keys.person_ring(sealing.key_id_of(sealed)).unseal(sealed, place, "drafts")
    except keys.KeyMissing:
        return keys.unseal_at_site("drafts", sealed, place)  # the site's key may have been renewed a moment ago
    except keys.KeyDestroyed:
        raise sealing.Unopenable("the person's key is gone") from None


def worth_keeping(typed: QueryDict) -> QueryDict:
    """Return the fields a person typed: no tokens, no passwords, no codes."""
    kept = typed.copy()
    for name in NEVER_KEPT & set(kept):
        del kept[name]
    return kept


def save(user_id: uuid.UUID, path: str, typed: QueryDict) -> bool:
    """Seal what was typed as the person's one draft of this form; say whether there was anything to keep."""
    kept = worth_keeping(typed)
    if not kept or "\0" in path or len(path) > LONGEST_PATH or len(kept.urlencode()) > MOST_BYTES:
        return False
    try:
        sealed = _seal(user_id, path, kept)
    except (keys.KeyDestroyed, sealing.Unopenable):
        return False
    Draft.objects.update_or_create(user_id=user_id, form=path, defaults={"sealed": sealed, "saved_at": timezone.now()})
    _drop_oldest(user_id)
    return True


def _drop_oldest(user_id: uuid.UUID) -> None:
    theirs = Draft.objects.filter(user_id=user_id).order_by("-saved_at", "-id")
    over = list(theirs.values_list("id", flat=True)[MOST_DRAFTS : MOST_DRAFTS + 100])
    if over:
        Draft.objects.filter(id__in=over).delete()


def _fresh(user_id: uuid.UUID) -> QuerySet[Draft]:
    return Draft.objects.filter(user_id=user_id, saved_at__gte=timezone.now() - KEPT_FOR)


def discard(user_id: uuid.UUID, path: str) -> None:
    """Forget the person's draft of this form."""
    Draft.objects.filter(user_id=user_id, form=path).delete()


def forget_old() -> int:
    """Forget drafts that nobody touched for thirty days; return how many. Run by the worker."""
    gone: int = Draft.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()[0]
    return gone


def forget_under(address: str) -> None:
    """Forget everybody's drafts of forms under an address: for an erasure, which must reach what was typed too."""
    Draft.objects.filter(form__startswith=address).delete()


def waiting(user_id: uuid.UUID) -> list[Draft]:
    """Return the person's drafts, newest first, unopened."""
    return list(_fresh(user_id).order_by("-saved_at")[:MOST_DRAFTS])


def load(user_id: uuid.UUID, path: str) -> Restored | None:
    """Open the person's draft of this form, or return None; a draft that no longer opens is forgotten."""
    row = next(iter(_saved(user_id, path, timezone.now() - KEPT_FOR)), None)
    if row is None:
        return None
    try:
        return Restored(row.form, row.saved_at, _open(user_id, path, bytes(row.sealed)))
    except keys.KeyDamaged:
        return None  # whole again, the key opens it
    except sealing.Unopenable:
        row.delete()
        return None


@written
def _saved(user_id: uuid.UUID, path: str, since: datetime) -> QuerySet[Draft]:
    return Draft.objects.filter(user_id=user_id, form=path, saved_at__gte=since)[:1]


def begin(request: HttpRequest) -> None:
    """Remember for the templates who looks at which page."""
    user = request.user
    shown = Page(user.pk, request.path, restores=request.method == "GET") if user.is_authenticated else None
    _page.set(shown)


def end() -> None:
    """Forget the page."""
    _page.set(None)


def typist() -> str:
    """Return the signed field that ties a form to the person it is shown to; empty for a visitor."""
    page = _page.get()
    return signing.dumps([str(page.user_id), page.path], salt=SALT) if page else ""


def put_back(form: Any) -> Restored | None:
    """Fill an unbound form with what was typed before; hidden fields stay as the server has them now."""
    page = _page.get()
    if page is None or not page.restores or form.is_bound:
        return None
    if not page.is_looked_up:
        page.restored, page.is_looked_up = load(page.user_id, page.path), True
    if page.restored is None or not any(name in page.restored.typed for name in _names(form)):
        return None
    alone = set(page.restored.typed.getlist(LEFT_ALONE))
    for field in form.visible_fields():
        if not getattr(field, "is_put_back", False) and field.html_name not in alone:
            _put_back(field, page.restored.typed)
    return page.restored


def _names(form: Any) -> list[str]:
    return [name for field in form.visible_fields() for name in _parts(field)]


def _parts(field: Any) -> list[str]:
    parts = getattr(field.field.widget, "widgets_names", None)
    return [field.html_name + part for part in parts] if parts else [field.html_name]


def _put_back(field: Any, typed: QueryDict) -> None:
    field.is_put_back = True
    if getattr(field.field.widget, "needs_multipart_form", False) or field.field.disabled:
        return
    is_ticked = getattr(field.field.widget, "input_type", "") in ("checkbox", "radio")
    if not is_ticked and not any(name in typed for name in _parts(field)):
        return
    saved = field.value()
    field.initial = field.field.widget.value_from_datadict(typed, {}, field.html_name)
    is_default = "row_id" in field.form.fields and field.name not in field.form.initial
    is_default = is_default or getattr(field.field, "begins_unsaved", False)
    field.saved_now = "" if is_default or _text(field, saved) == _text(field, field.initial) else saved_words(field, saved)


def _text(field: Any, value: Any) -> str:
    """Return a value as the widget would send it, for comparison only."""
    split = getattr(field.field.widget, "decompress", None)
    if split is not None and not isinstance(value, list | tuple):
        return "\x00".join(str(part or "") for part in split(value))
    if isinstance(value, list | tuple):
        parts = [str(part or "") for part in value]
        return "\x00".join(parts if split else sorted(parts))
    return "" if value is None or value is False else str(value)


def saved_words(field: Any, saved: Any) -> str:
    """Return what is saved now in words, to stand beneath what was typed; nothing where that would be a table."""
    if saved in (None, "", [], (), False) or isinstance(saved, Mapping):
        return ""
    if isinstance(saved, PartialDate | date):
        return in_words(saved)
    choices = {str(code): words for code, words in getattr(field.field, "choices", None) or ()}
    values = saved if isinstance(saved, list | tuple) else [saved]
    return ", ".join(str(choices.get(str(value), value)) for value in values)


@dataclass(frozen=True, slots=True)
class Typed:
    """Whose form it was, and the address of the page on which it was shown."""

    user_id: uuid.UUID
    path: str


def typed_by(request: HttpRequest) -> Typed | None:
    """Return who typed the form in a request, or None when the form does not tell."""
    return typist_of(request.POST)


def typist_of(fields: QueryDict) -> Typed | None:
    """Return who typed a form's fields, or None when they do not tell."""
    try:
        user_id, path = signing.loads(fields.get("typist", ""), salt=SALT, max_age=TYPIST_SECONDS)
        return Typed(uuid.UUID(user_id), path)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def keep_unsent(request: HttpRequest, forms: Iterable[QueryDict]) -> int:
    """Keep forms that were not sent when their page was left; return how many were kept.

    Only a form that this site signed to a person is kept, and only as that person's: their draft while they
    are signed in, else held in the visitor's session until they are.
    """
    kept = 0
    for fields in forms:
        typed = typist_of(fields)
        if typed is None:
            continue
        if not request.user.is_authenticated:
            kept += hold(request.session, typed, fields)
        elif typed.user_id == request.user.pk:
            kept += save(typed.user_id, typed.path, fields)
    return kept


def hold(session: Any, typed: Typed, body: QueryDict) -> bool:
    """Keep a form sealed in a visitor's session until its typist signs in; say whether there was anything to keep."""
    kept = worth_keeping(body)
    if not kept or len(typed.path) > LONGEST_PATH or len(kept.urlencode()) > MOST_BYTES:
        return False
    try:
        sealed = _seal(typed.user_id, typed.path, kept)
    except (keys.KeyDestroyed, sealing.Unopenable):
        return False
    at = int(timezone.now().timestamp())
    session[HELD] = json.dumps({"path": typed.path, "sealed": sealed.hex(), "at": at})
    return True


def give_back(session: Any, user_id: uuid.UUID) -> str:
    """Make a held form the draft of who signed in, if they typed it; drop it otherwise. Return the form's address or nothing."""
    held = session.pop(HELD, None)
    if held is None:
        return ""
    told = json.loads(held)
    if timezone.now().timestamp() - told["at"] > HELD_SECONDS:
        return ""
    _key_of_page(user_id, told["path"])
    try:
        typed = _open(user_id, told["path"], bytes.fromhex(told["sealed"]))
    except sealing.Unopenable:
        return ""
    return told["path"] if save(user_id, told["path"], typed) else ""
