"""Pages of what a country adds: the list, bringing, one version, its beginning and end; and the empty form to print."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import Denied, needs
from amparo.desk.access.refusals import say as say_refusal
from amparo.desk.access.roles import Purpose
from amparo.desk.files.responses import download
from amparo.standard.reasons import Refused

from . import actions, pack, policies, queries, showing, xlsform
from .choices import Kind
from .forms import ActivateForm, BringForm, RetireForm
from .models import Edition

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(Purpose.ADMINISTRATION, policies.may_administer)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What the country added, and what of it is in force."""
    found = list(showing.lines(queries.editions_for(request.member), on=timezone.localdate()))
    return render(request, "questions/list.html", {"lines": found})


@needs(Purpose.ADMINISTRATION, policies.may_administer, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Bring a country pack or a form; every contradiction in it comes back with its row."""
    if request.method != "POST":
        return render(request, "questions/bring.html", {"form": BringForm()})
    form = BringForm(request.POST, request.FILES, problem=getattr(request, "upload_problem", ""))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            read = _read(b"".join(file.chunks()), file.name)
            made = actions.bring(pack=read, by=request.member)
            return _brought(request, read, made)
        except Refused as refused:
            form.refuse(refused.reasons)
    return render(request, "questions/bring.html", {"form": form}, status=422)


def _read(content: bytes, name: str) -> pack.Pack:
    """A workbook is one form; anything else is taken for a zipped pack."""
    today = timezone.localdate()
    if PurePosixPath(name).suffix.lower() == ".xlsx":
        return pack.of_workbook(content, name, today=today)
    return pack.read(pack.from_zip(content), today=today)


def _brought(request: HttpRequest, read: pack.Pack, made: list[Edition]) -> HttpResponse:
    for note in read.notes[:10]:
        messages.warning(request, note.say((get_language() or "en")[:2]))
    if not made:
        messages.info(request, _("Everything in this file is here already, unchanged."))
        return redirect("country_forms")
    words = ngettext(
        "%(number)s new version is here. It is not in force yet.",
        "%(number)s new versions are here. They are not in force yet.",
        len(made),
    )
    messages.success(request, words % {"number": len(made)})
    return redirect("country_form", edition_id=made[0].pk) if len(made) == 1 else redirect("country_forms")


@needs(Purpose.ADMINISTRATION, policies.may_administer)
@require_safe
def edition(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """One version: what it asks, how it differs from the one before, when it begins and ends."""
    found = queries.get_edition(request.member, edition_id)
    return _page(request, found)


def _page(
    request: HttpRequest,
    found: Edition,
    *,
    activating: ActivateForm | None = None,
    retiring: RetireForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    context = showing.page_of(found, on=today, tag=request.GET.get("language", ""))
    initial = {"version": found.version}
    is_over = found.retired_from is not None
    context |= {
        "activating": activating or (None if is_over else ActivateForm(prefix="activate", initial=initial)),
        "retiring": retiring or (RetireForm(prefix="retire", initial=initial) if found.active_from and not is_over else None),
    }
    return render(request, "questions/edition.html", context, status=status)


@needs(Purpose.ADMINISTRATION, policies.may_administer, fresh=True)
@require_POST
def activate(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """Set a version in force from a day."""
    found = queries.get_edition(request.member, edition_id)
    form = ActivateForm(request.POST, prefix="activate")
    if form.is_valid():
        try:
            actions.activate(edition=found, by=request.member, on=form.cleaned_data["on"], version=form.cleaned_data["version"])
            messages.success(request, _("This version is in force from that day."))
            return redirect("country_form", edition_id=edition_id)
        except Denied as denied:
            _say(form, denied)
    return _page(request, found, activating=form, status=422)


@needs(Purpose.ADMINISTRATION, policies.may_administer, fresh=True)
@require_POST
def retire(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """Retire a version from a day."""
    found = queries.get_edition(request.member, edition_id)
    form = RetireForm(request.POST, prefix="retire")
    if form.is_valid():
        try:
            actions.retire(edition=found, by=request.member, on=form.cleaned_data["on"], version=form.cleaned_data["version"])
            messages.success(request, _("This version is retired from that day. What was answered stays readable."))
            return redirect("country_form", edition_id=edition_id)
        except Denied as denied:
            _say(form, denied)
    return _page(request, found, retiring=form, status=422)


def _say(form: ActivateForm, denied: Denied) -> None:
    """Put a refusal that a person can mend into the form; any other goes on to the page of refusals."""
    if denied.reason not in ("day_is_past", "day_too_far", "edition_not_begun"):
        raise denied
    form.add_error("on", str(say_refusal(denied.reason)))


@needs(Purpose.ADMINISTRATION, policies.may_administer)
@require_safe
def workbook(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """Take a form as an XLSForm workbook."""
    found = queries.get_edition(request.member, edition_id)
    if found.kind != Kind.FORM:
        raise Http404
    content = xlsform.write(found.form, version=str(found.number))
    return download([content], name=f"{found.code}-{found.number}.xlsx", media_type=SHEET)


@needs(Purpose.OWN_ACCOUNT)
@require_safe
def blank(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """The empty form on paper, in any of its languages: it tells of nobody."""
    found = queries.get_edition(request.member, edition_id)
    if found.kind != Kind.FORM:
        raise Http404
    language = showing.chosen(found.form, request.GET.get("language", ""))
    context = {
        "edition": found,
        "tongue": language,
        "languages": showing.languages_of(found.form),
        "title": found.title_in(language.tag),
        "rows": list(showing.blank_rows(found.form, language.tag)),
    }
    return render(request, "questions/blank.html", context)
