"""Pages of a country's own questions about a case: what was answered, answering, changing, answering anew; documents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from amparo.desk.access.guard import needs, require, require_fresh
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases import readings
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.exports import ExportForm
from amparo.desk.files.responses import download
from amparo.desk.questions import filling as pure
from amparo.desk.questions import queries as editions
from amparo.desk.questions import showing as forms_showing
from amparo.desk.questions.choices import Kind
from amparo.desk.questions.expressions import Value
from amparo.desk.questions.models import Edition

from . import actions, documents, exporting, policies, queries, showing
from .forms import FILES, REASONS, FillForm
from .models import Filling

form_page = require_http_methods(["GET", "HEAD", "POST"])
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "json": "application/json"}


@needs(Purpose.CASEWORK, may_list)
@require_safe
def listing(request: HttpRequest, number: str) -> HttpResponse:
    """What was answered for a case, and which forms can be asked."""
    case = get_case(request.member, number, part="questions")
    today = timezone.localdate()
    in_force = {one.code: one for one in queries.forms_to_ask(case, on=today)}
    found = [_line(filling, in_force) for filling in queries.fillings_of(case)]
    answered = {line["filling"].edition.code for line in found}
    language = forms_showing.reader()
    context = {
        "lines": found,
        "to_ask": [(one, one.title_in(language), one.code in answered) for one in in_force.values()],
        "documents": [(one, one.title_in(language)) for one in queries.documents_to_make(case, on=today)],
    }
    return _page(request, case, "answers/list.html", context)


def _line(filling: Filling, in_force: Mapping[str, Edition]) -> dict[str, Any]:
    now = in_force.get(filling.edition.code)
    return {
        "filling": filling,
        "title": filling.edition.title_in(forms_showing.reader()),
        "is_older": now is None or now.pk != filling.edition_id,
        "is_followed": bool(filling.followed_by.all()),
    }


@needs(Purpose.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str, edition_id: uuid.UUID) -> HttpResponse:
    """Answer a form that is in force."""
    case = get_case(request.member, number, part="questions")
    edition = _in_force(request, edition_id)
    require(policies.may_fill(request.member.facts, case.facts))
    return _fill(request, case, edition)


def _in_force(request: HttpRequest, edition_id: uuid.UUID) -> Edition:
    edition = editions.get_edition(request.member, edition_id)
    if edition.kind != Kind.FORM:
        raise Http404
    now = editions.current(edition, on=timezone.localdate())
    require(policies.may_ask(is_in_force=now is not None and now.pk == edition.pk))
    return edition


@needs(Purpose.CASEWORK, may_list)
@form_page
def anew(request: HttpRequest, number: str, filling_id: uuid.UUID) -> HttpResponse:
    """Answer anew, under the version in force: what the older one asked under the same names is filled in to be looked at."""
    case = get_case(request.member, number, part="questions")
    before = queries.get_filling(case, filling_id)
    require(policies.may_fill(request.member.facts, case.facts))
    now = editions.current(before.edition, on=timezone.localdate())
    require(policies.may_ask(is_in_force=now is not None))
    assert now is not None
    taken = pure.again(before.edition.form, now.form, queries.answers_of(before))
    return _fill(request, case, now, answers=taken, follows=before)


def _fill(
    request: HttpRequest,
    case: Case,
    edition: Edition,
    *,
    answers: Mapping[str, Value] | None = None,
    follows: Filling | None = None,
) -> HttpResponse:
    form = _form(request, edition, answers=answers)
    if request.method == "POST" and form.is_valid():
        act = partial(
            actions.fill,
            case=case,
            edition=edition,
            by=request.member,
            asked_on=form.cleaned_data["asked_on"],
            answers=form.answers,
            language=form.language.tag,
            follows=follows,
            row_id=form.cleaned_data["row_id"],
        )
        made = attempt(form, act)
        if made is not None:
            return _go_on(request, case, form, made)
    return _form_page(request, case, edition, form, {"follows": follows})


@needs(Purpose.CASEWORK, may_list)
@form_page
def change(request: HttpRequest, number: str, filling_id: uuid.UUID) -> HttpResponse:
    """Change what was answered, while the version that asked is in force."""
    case = get_case(request.member, number, part="questions")
    filling = queries.get_filling(case, filling_id)
    require(policies.may_fill(request.member.facts, case.facts))
    _in_force(request, filling.edition_id)
    form = _form(request, filling.edition, answers=queries.answers_of(filling), filling=filling)
    if request.method == "POST" and form.is_valid():
        act = partial(
            actions.change,
            filling=filling,
            by=request.member,
            answers=form.answers,
            asked_on=form.cleaned_data["asked_on"],
            language=form.language.tag,
            version=form.cleaned_data["version"],
        )
        if attempt(form, act) is not None:
            return _go_on(request, case, form, filling)
    return _form_page(request, case, filling.edition, form, {"filling": filling})


def _form(
    request: HttpRequest, edition: Edition, *, answers: Mapping[str, Value] | None = None, filling: Filling | None = None
) -> FillForm:
    wanted = request.POST.get("language", "") or request.GET.get("language", "") or (filling.language if filling else "")
    return FillForm(
        edition,
        request.member,
        data=request.POST if request.method == "POST" else None,
        answers=answers,
        language=forms_showing.chosen(edition.form, wanted),
        asked_on=filling.asked_on if filling else None,
        version=filling.version if filling else None,
    )


def _go_on(request: HttpRequest, case: Case, form: FillForm, filling: Filling) -> HttpResponse:
    """Show the questions that follow from the answers, or what was answered."""
    for label in form.left_out:
        messages.warning(request, _("No longer asked, so its answer was not kept: %(question)s") % {"question": label})
    more = form.newly_asked
    if more:
        words = ngettext(
            "Saved. %(count)s more question follows from the answers.",
            "Saved. %(count)s more questions follow from the answers.",
            more,
        )
        messages.success(request, words % {"count": more})
        return redirect("case_answers_change", number=case.number, filling_id=filling.pk)
    messages.success(request, _("The answers are recorded."))
    return redirect("case_answers", number=case.number, filling_id=filling.pk)


def _form_page(request: HttpRequest, case: Case, edition: Edition, form: FillForm, more: dict[str, Any]) -> HttpResponse:
    closed = any(one.is_asked and not form.opens(one) for one in form.form.questions)
    context = {
        "form": form,
        "edition": edition,
        "title": edition.title_in(form.language.tag),
        "tongue": form.language,
        "languages": forms_showing.languages_of(form.form),
        "has_closed": closed,
        **more,
    }
    return _page(request, case, "answers/fill.html", context, form)


@needs(Purpose.CASEWORK, may_list)
@require_safe
def read(request: HttpRequest, number: str, filling_id: uuid.UUID) -> HttpResponse:
    """Read what was answered, as the version that asked has it, for ever."""
    case = get_case(request.member, number, part="questions")
    filling = queries.get_filling(case, filling_id)
    now = editions.current(filling.edition, on=timezone.localdate())
    language = forms_showing.chosen(filling.edition.form, request.GET.get("language", ""))
    may_fill = bool(policies.may_fill(request.member.facts, case.facts))
    context = {
        "filling": filling,
        "edition": filling.edition,
        "title": filling.edition.title_in(language.tag),
        "tongue": language,
        "languages": forms_showing.languages_of(filling.edition.form),
        "lines": list(showing.lines(filling, language.tag)),
        "versions": showing.history(filling, language.tag),
        "may_change": may_fill and now is not None and now.pk == filling.edition_id,
        "may_answer_anew": may_fill and now is not None,
        "now": now,
    }
    return _page(request, case, "answers/read.html", context)


@needs(Purpose.CASEWORK, may_list, fresh=True)
@form_page
def export(request: HttpRequest, number: str) -> HttpResponse:
    """Take what was answered out as a file, with the standard's fields that it fills; the reason is recorded as a code."""
    case = get_case(request.member, number, part="questions")
    form = ExportForm(request.POST or None, reasons=REASONS, kinds=FILES)
    language = forms_showing.reader()
    if request.method == "POST" and form.is_valid():
        require_fresh(request.member)
        kind = form.cleaned_data["kind"]
        content = exporting.as_json(case, language) if kind == "json" else exporting.as_workbook(case, language)
        audit.record("answers.exported", case, by=request.member, details={"kind": kind, "reason": form.cleaned_data["reason"]})
        readings.told(case)
        return download([content], name=f"{case.number}-answers.{kind}", media_type=TYPES[kind])
    mapped = showing.mapped_lines(queries.mapped([case.pk]).get(case.pk, {}), language)
    return _page(request, case, "answers/export.html", {"form": form, "mapped": mapped}, form)


@needs(Purpose.CASEWORK, may_list)
@require_safe
def document(request: HttpRequest, number: str, edition_id: uuid.UUID) -> HttpResponse:
    """Make a document from a template that is in force: a page to read and to print."""
    case = get_case(request.member, number, part="made_document")
    edition = editions.get_edition(request.member, edition_id)
    now = editions.current(edition, on=timezone.localdate())
    if edition.kind != Kind.TEMPLATE or now is None or now.pk != edition.pk:
        raise Http404
    template = edition.template
    wanted = [tag for tag in (request.GET.get("language", ""), forms_showing.reader()) if tag in template.languages]
    tag = wanted[0] if wanted else template.languages[0]
    context = {
        "edition": edition,
        "title": edition.title_in(tag),
        "pieces": list(documents.made(template, case, request.member, tag)),
        "tongue": forms_showing.Language(tag, forms_showing.language_name(tag), forms_showing.direction(tag)),
        "languages": [
            forms_showing.Language(one, forms_showing.language_name(one), forms_showing.direction(one))
            for one in template.languages
        ],
    }
    return _page(request, case, "answers/document.html", context)


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    refused = form is not None and form.is_bound and form.errors
    may = bool(policies.may_fill(request.member.facts, case.facts))
    shown = {"case": case, "tab": "questions", "may_fill": may, **context}
    return render(request, template, shown, status=422 if refused else 200)
