"""Pages of a case's course, of family and papers, and of documents."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.core.forms import renew
from amparo.desk.files.responses import download, picture
from amparo.desk.files.uploads import SealedUpload

from . import courses, filing, kin, life_forms, policies, queries, staffing
from .life_choices import DocumentKind
from .models import Case, Document, IdentityPaper, Relative, Transfer
from .reasons import attempt
from .views import page

form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOULDER = "is_shoulder"
"""The session's word for the mode in which nobody beside the desk is to see who this is."""


@needs(Purpose.CASEWORK)
@form_page
def open_again(request: HttpRequest, number: str) -> HttpResponse:
    """Open a new case for a person whose earlier case has ended."""
    case = queries.get_case(request.member, number, part="overview")
    is_open = courses.has_open_case(case.person_id, besides=case.pk)
    form = life_forms.OpenAgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(courses.open_again, earlier=case, by=request.member, **form.cleaned_data))
        if made is not None:
            messages.success(request, _("The new case is open. Its number is %(number)s.") % {"number": made.number})
            return redirect(made.address)
    else:
        require(policies.may_open_again(request.member.facts, case.facts, another_is_open=is_open))
    return page(request, case, "cases/open_again.html", {"form": form, "tab": "overview"}, form)


@needs(Purpose.CASEWORK)
@form_page
def offer(request: HttpRequest, number: str) -> HttpResponse:
    """Offer one's place on the team to a colleague."""
    case, member = queries.get_case(request.member, number, part="team"), request.member
    require(policies.may_change(member.facts, case.facts))
    takers = [one for one in staffing.colleagues(member) if one.pk != member.pk and one.pk not in case.facts.shut_out]
    form = life_forms.OfferForm(takers, request.POST or None)
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        act = partial(courses.offer, case=case, by=member, taker=held["to"], words=held["words"], row_id=held["row_id"])
        if attempt(form, act) is not None:
            messages.success(request, _("Offered. Until it is taken over, the case stays with you."))
            return redirect("case_team", number=number)
    return page(request, case, "cases/offer.html", {"form": form, "tab": "overview"}, form)


@needs(Purpose.CASEWORK)
@require_POST
def take_back(request: HttpRequest, number: str, offer_id: uuid.UUID) -> HttpResponse:
    """Take back an offer that nobody answered."""
    case = queries.get_case(request.member, number, part="team")
    found = get_object_or_404(Transfer, pk=offer_id, case=case)
    courses.take_back(offer=found, by=request.member)
    messages.success(request, _("The offer is taken back."))
    return redirect("case_team", number=number)


@needs(Purpose.CASEWORK, policies.may_list)
@form_page
def answer_offer(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    """Take over a place that a colleague offers, or leave it; before that nothing of the record is shown."""
    found = next((one for one in courses.offers_to(request.member) if one.pk == offer_id), None)
    if found is None:
        raise Http404
    form = life_forms.DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if "take" in request.POST:
            case = attempt(form, partial(courses.accept, offer=found, by=request.member))
            if case is not None:
                messages.success(request, _("The case is yours now."))
                return redirect("case_team", number=case.number)
        else:
            courses.decline(offer=found, by=request.member, words=form.cleaned_data["words"])
            messages.success(request, _("The case stays where it is; your colleague is told."))
            return redirect("/")
    return render(request, "cases/answer_offer.html", {"form": form, "offer": found}, status=422 if form.errors else 200)


def _about_person(request: HttpRequest, number: str) -> Case:
    """Return a case whose person's family and papers the member may change."""
    case = queries.get_case(request.member, number, part="person")
    require(policies.may_change(request.member.facts, case.facts))
    require(policies.may_see_name(request.member.facts, case.facts))
    return case


@needs(Purpose.CASEWORK)
@form_page
def relative(request: HttpRequest, number: str, relative_id: uuid.UUID | None = None) -> HttpResponse:
    """Record somebody of the person's family, or change what is recorded."""
    case = _about_person(request, number)
    row = get_object_or_404(Relative, pk=relative_id, person=case.person_id, removed_at=None) if relative_id else None
    form = life_forms.RelativeForm(request.member, case, row, request.POST or None)
    return _kin_page(request, case, row, form, Relative)


@needs(Purpose.CASEWORK)
@form_page
def paper(request: HttpRequest, number: str, paper_id: uuid.UUID | None = None) -> HttpResponse:
    """Record an identity document, or change what is recorded of it."""
    case = _about_person(request, number)
    row = get_object_or_404(IdentityPaper, pk=paper_id, person=case.person_id, removed_at=None) if paper_id else None
    form = life_forms.PaperForm(row, request.POST or None)
    return _kin_page(request, case, row, form, IdentityPaper)


def _kin_page(request: HttpRequest, case: Case, row: Any, form: Any, model: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        given = {"case": case, "by": request.member, "values": form.row_values}
        if row is None:
            act = partial(kin.record, model=model, row_id=form.cleaned_data["row_id"], **given)
        else:
            act = partial(kin.change, row=row, version=form.cleaned_data["version"], **given)
        if attempt(form, act) is not None:
            messages.success(request, _("Saved."))
            return redirect("case_known", number=case.number)
    template = "cases/relative.html" if model is Relative else "cases/paper.html"
    return page(request, case, template, {"form": form, "row": row, "tab": "known"}, form)


@needs(Purpose.CASEWORK)
@form_page
def remove_relative(request: HttpRequest, number: str, relative_id: uuid.UUID) -> HttpResponse:
    """Take somebody off the person's family, with the reason."""
    case = _about_person(request, number)
    row = get_object_or_404(Relative, pk=relative_id, person=case.person_id, removed_at=None)
    form = life_forms.RemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kin.remove(case=case, row=row, by=request.member, why=form.cleaned_data["why"])
        messages.success(request, _("Removed from the record; earlier versions keep what stood there."))
        return redirect("case_known", number=number)
    what = row.get_relation_display()
    return page(request, case, "cases/remove.html", {"form": form, "what": what, "tab": "known", "back": "case_known"}, form)


@needs(Purpose.CASEWORK)
@form_page
def relative_contact(request: HttpRequest, number: str, relative_id: uuid.UUID) -> HttpResponse:
    """Show how to reach a relative, to somebody who has just read the rule; the showing is recorded."""
    case = queries.get_case(request.member, number, part="contact")
    row = get_object_or_404(Relative, pk=relative_id, person=case.person_id, removed_at=None)
    if request.method != "POST":
        messages.info(request, _("Read the rule on safe contact once more, then ask for the number."))
        return redirect("case_known", number=number)
    kin.show_contact(case=case, by=request.member)
    return page(request, case, "cases/relative_contact.html", {"row": row, "tab": "known"})


@needs(Purpose.CASEWORK)
@require_POST
def remove_paper(request: HttpRequest, number: str, paper_id: uuid.UUID) -> HttpResponse:
    """Take an identity document off the record."""
    case = _about_person(request, number)
    row = get_object_or_404(IdentityPaper, pk=paper_id, person=case.person_id, removed_at=None)
    kin.remove(case=case, row=row, by=request.member)
    messages.success(request, _("Removed from the record; earlier versions keep what stood there."))
    return redirect("case_known", number=number)


@needs(Purpose.CASEWORK)
@form_page
def documents(request: HttpRequest, number: str) -> HttpResponse:
    """Read which documents are kept, and file one; the photograph is shown when it is asked for."""
    case, member = queries.get_case(request.member, number, part="documents"), request.member
    may_file = bool(policies.may_file(member.facts, case.facts))
    problem = getattr(request, "upload_problem", "")
    bound = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = life_forms.DocumentForm(member, *bound, problem=problem) if may_file else None
    if request.method == "POST":
        require(policies.may_file(member.facts, case.facts))
        if form is not None and form.is_valid() and (done := _filed(request, case, form)) is not None:
            messages.success(request, _("Filed: %(what)s.") % {"what": done.get_kind_display()})
            return redirect("case_documents", number=number)
    is_shoulder = bool(request.session.get(SHOULDER))
    photo = filing.photo_of(case, member)
    context = {
        "form": form,
        "documents": filing.documents_of(case, member),
        "photo": photo,
        "shows_photo": photo is not None and not is_shoulder and request.GET.get("photo") == "1",
        "is_hidden": is_shoulder,
        "may_remove": bool(policies.may_unfile(member.facts, case.facts, reason="x")),
        "tab": "documents",
    }
    return page(request, case, "cases/documents.html", context, form)


def _filed(request: HttpRequest, case: Case, form: life_forms.DocumentForm) -> Document | None:
    held = form.cleaned_data
    file: SealedUpload = held["file"]
    act = partial(filing.add, case=case, by=request.member, name=file.name or "", pieces=file.chunks())
    made: Document | None = attempt(form, partial(act, **{key: value for key, value in held.items() if key != "file"}))
    if made is None:
        renew(form)
    return made


def _document(request: HttpRequest, number: str, document_id: uuid.UUID) -> tuple[Case, Document]:
    """Return a case and a document of its person that opens for the member; any other looks like none."""
    case = queries.get_case(request.member, number, part="documents")
    rows = Document.objects.select_related("file", "picture").filter(person_id=case.person_id, removed_at=None)
    row: Document = get_object_or_404(rows, pk=document_id)
    is_photo = row.kind == DocumentKind.PHOTO
    if not filing.may_open(request.member, row) or (row.case_id != case.pk and not is_photo) or row.file.is_erased:
        raise Http404
    return case, row


@needs(Purpose.CASEWORK)
@require_safe
def document(request: HttpRequest, number: str, document_id: uuid.UUID) -> HttpResponse:
    """Hand a document out as a download, never as a page; it is recorded."""
    case, row = _document(request, number, document_id)
    name = f"{case.number}-{row.kind}.{filing.TAKEN.get(filing.Kind((row.picture or row.file).kind), 'bin')}"
    return download(filing.opened(row=row, case=case, by=request.member), name=name)


@needs(Purpose.CASEWORK)
@require_safe
def photo(request: HttpRequest, number: str, document_id: uuid.UUID) -> HttpResponse:
    """Show the photograph, painted anew; not in shoulder mode; it is recorded."""
    case, row = _document(request, number, document_id)
    if row.picture is None or request.session.get(SHOULDER):
        raise Http404
    return picture(filing.shown(row=row, case=case, by=request.member))


@needs(Purpose.CASEWORK)
@form_page
def remove_document(request: HttpRequest, number: str, document_id: uuid.UUID) -> HttpResponse:
    """Remove a document for good, with the reason."""
    case, row = _document(request, number, document_id)
    require(policies.may_unfile(request.member.facts, case.facts, reason="x"))
    form = life_forms.RemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(_removed, row, case, request, form.cleaned_data["why"])
        if attempt(form, act):
            messages.success(request, _("Removed for good. The reason stands on the record."))
            return redirect("case_documents", number=number)
    context = {"form": form, "what": row.get_kind_display(), "tab": "documents", "back": "case_documents", "is_for_good": True}
    return page(request, case, "cases/remove.html", context, form)


def _removed(row: Document, case: Case, request: HttpRequest, why: str) -> bool:
    filing.remove(row=row, case=case, by=request.member, why=why)
    return True
