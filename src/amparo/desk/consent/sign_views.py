"""Pages of signing, of refusing in one step, of rights, of who must stop, and the sheets to print."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose as Why
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt

from . import actions, choices, forms, leaflets, papers, policies, queries, sign_forms, signing, stopping, summary
from .models import Consent, Signature
from .rules import Data

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    refused = form is not None and form.is_bound and form.errors
    return render(request, template, {"case": case, "tab": "consent", **context}, status=422 if refused else 200)


def _case(request: HttpRequest, number: str) -> Case:
    case = get_case(request.member, number, part="consent")  # type: ignore[attr-defined]
    require(policies.may_record(request.member.facts, case.facts))  # type: ignore[attr-defined]
    return case


@needs(Why.CASEWORK, may_list)
@form_page
def sign(request: HttpRequest, number: str, consent_id: Any) -> HttpResponse:
    """Let the person sign an answer on the screen, by their typed name, on paper, or before a witness."""
    case = _case(request, number)
    chosen = get_object_or_404(Consent, pk=consent_id, case=case)
    unsigned = [one for one in queries.of_case(case) if one.signature_id is None and one.decided_on is not None]
    if chosen.signature_id is not None and request.method != "POST":
        return redirect("consent", number=number)
    form = sign_forms.SignForm(unsigned or [chosen], chosen, request.POST or None, request.FILES or None)
    if chosen.signature_id is not None:
        form.fields["consents"].choices = [(str(one.pk), "") for one in queries.of_case(case)]
    act = partial(_sign, request, case, form)
    if request.method == "POST" and form.is_valid() and attempt(form, act, sign_forms.SIGN_REASONS) is not None:
        messages.success(request, _("The signature is kept, sealed under the person’s key."))
        return redirect("consent", number=number)
    return _page(request, case, "consent/sign.html", {"form": form, "told": summary.signed_words(chosen)}, form)


def _sign(request: HttpRequest, case: Case, form: sign_forms.SignForm) -> Signature:
    wanted = set(form.cleaned_data["consents"])
    with papers.keeping(case, form.paper_to_keep) as paper:
        return signing.sign(
            case=case,
            by=request.member,  # type: ignore[attr-defined]
            consents=[one for one in queries.of_case(case) if str(one.pk) in wanted],
            values=form.values,
            paper=paper,
            row_id=form.cleaned_data["row_id"],
        )


@needs(Why.CASEWORK, may_list)
@require_safe
def signature(request: HttpRequest, number: str, consent_id: Any) -> HttpResponseBase:
    """Hand out the drawn or scanned signature of an answer."""
    case = get_case(request.member, number, part="consent")  # type: ignore[attr-defined]
    found = get_object_or_404(Consent.objects.select_related("signature__paper"), pk=consent_id, case=case)
    answer = papers.handed_out(found.signature.paper if found.signature else None, f"signature-{case.number}")
    if answer is None:
        raise Http404
    return answer


@needs(Why.CASEWORK, may_list)
@form_page
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Write down a no in one step."""
    case = get_case(request.member, number, part="consent")  # type: ignore[attr-defined]
    require(policies.may_refuse(request.member.facts, case.facts))  # type: ignore[attr-defined]
    form = sign_forms.RefuseForm(request.POST or None, known=queries.recipients(case))
    if request.method == "POST" and form.is_valid():
        act = partial(actions.refuse, case=case, by=request.member, **form.values)  # type: ignore[attr-defined]
        if attempt(form, act, forms.REASONS) is not None:
            messages.success(request, _("The no is recorded. It works at once, and nothing changes for the help."))
            return redirect("consent", number=number)
    may_record = bool(policies.may_record(request.member.facts, case.facts))  # type: ignore[attr-defined]
    return _page(request, case, "consent/refuse.html", {"form": form, "may_record": may_record}, form)


@needs(Why.CASEWORK, may_list)
@require_POST
def stopped(request: HttpRequest, number: str) -> HttpResponse:
    """Write down that the member has seen what to stop."""
    case = get_case(request.member, number, part="consent")  # type: ignore[attr-defined]
    if stopping.seen(case=case, by=request.member):  # type: ignore[attr-defined]
        messages.success(request, _("Written down: you have seen what to stop."))
    return redirect("consent", number=number)


@needs(Why.CASEWORK, may_list)
@require_safe
def to_stop(request: HttpRequest) -> HttpResponse:
    """Show what a member must stop, until they have seen it."""
    rows = stopping.waiting_for(request.member)  # type: ignore[attr-defined]
    return render(request, "consent/to_stop.html", {"rows": [(row, summary.of(row.notice.consent)) for row in rows]})


@needs(Why.CASEWORK, may_list)
@form_page
def tell_rights(request: HttpRequest, number: str) -> HttpResponse:
    """Write down which rights were explained."""
    case = _case(request, number)
    form = sign_forms.RightsForm(request.POST or None, spoken=(case.person.languages or [""])[0])
    if request.method == "POST" and form.is_valid():
        row_id = form.cleaned_data["row_id"]
        act = partial(signing.tell_rights, case=case, by=request.member, values=form.values, row_id=row_id)  # type: ignore[attr-defined]
        if attempt(form, act, sign_forms.RIGHTS_REASONS) is not None:
            messages.success(request, _("Recorded."))
            return redirect("consent", number=number)
    return _page(request, case, "consent/tell_rights.html", {"form": form}, form)


@needs(Why.CASEWORK, may_list)
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """Show the leaflet and a blank sheet of consent in one language, to print: it is about nobody yet."""
    leaflet, asked = leaflets.current(), request.GET.get("language", "")
    offered = [code for code in leaflet.languages if code in dict(settings.LANGUAGES)]
    language = asked if asked in offered else (translation.get_language() or "en")[:2]
    with translation.override(language):
        context = {
            "language": language,
            "languages": [(code, name) for code, name in settings.LANGUAGES if code in offered],
            "leaflet": leaflet.title[language],
            "key": leaflet.key,
            "rights": [(one.name[language], one.words[language]) for one in leaflet.rights],
            "purposes": list(choices.PURPOSES.values()),
            "data": [words for kind, words in choices.DATA.items() if kind is not Data.STATISTICAL],
            "office": request.member.organisation.name,  # type: ignore[attr-defined]
            "today": timezone.localdate(),
        }
        return render(request, "consent/sheet.html", context)
