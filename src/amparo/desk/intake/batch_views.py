"""Pages of people registered together: the list, the table to type, who is how far, and the numbers to print."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.cases.policies import may_open_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.cases.stages import Stage
from amparo.desk.core import drafts
from amparo.desk.core.pagination import paginate

from . import batches, queries
from .batch_forms import LINES, MORE, MOST, BatchForm

NOT_COMPARED = gettext_lazy(
    "Some of them were compared with nobody: that was asked very often in the last hour. Look later, under What is known of "
    "each, whether somebody is recorded twice."
)


@needs(Purpose.CASEWORK, may_open_case)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the landings and raids whose people were registered together, newest first."""
    page = paginate(request, queries.batches_for(request.member), ("-id",), size=25)
    audit.record("batches.listed", by=request.member, details={"shown": len(page)})
    return render(request, "intake/batches.html", {"page": page})


@needs(Purpose.CASEWORK, may_open_case)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Type everybody into one table and register them."""
    if request.method != "POST":
        return render(request, "intake/batch_new.html", {"form": BatchForm(lines=_drafted(request)), "most": MOST})
    go, count = request.POST.get("go", "register"), _whole(request.POST.get("lines", ""))
    if go == "more":
        return _with_more_lines(request, count)
    form = BatchForm(request.POST, lines=count)
    form.is_valid()
    row_id = form.cleaned_data["row_id"]
    if batches.is_registered(request.member, row_id):
        form.answer_as_before(request.member)
    else:
        form.look(request.member)
    if form.is_valid() and go == "check":
        return render(request, "intake/batch_new.html", {"form": form, "most": MOST, "checked": len(form.people)})
    if go != "check":
        form.ask()
    if form.is_valid():
        held = form.cleaned_data
        act = partial(
            batches.register,
            by=request.member,
            values=form.event_values,
            people=form.people,
            stage=Stage(held["stage"]),
            row_id=row_id,
            compared=form.compared,
        )
        if (made := attempt(form, act)) is not None:
            told = ngettext("%(count)s person is registered.", "%(count)s people are registered.", made.people)
            messages.success(request, told % {"count": made.people})
            if form.looked.not_compared:
                messages.warning(request, NOT_COMPARED)
            return redirect(made.address)
    return render(request, "intake/batch_new.html", {"form": form, "most": MOST}, status=422)


def _with_more_lines(request: HttpRequest, count: int) -> HttpResponse:
    """Show the table as it was typed, ten lines longer; what was asked about a line stays, nothing new is."""
    data = request.POST.copy()
    data["lines"] = str(min(count + MORE, MOST))
    form = BatchForm(data, lines=count + MORE)
    form.is_valid()
    form.look(request.member, only=form.asked_about)
    return render(request, "intake/batch_new.html", {"form": form.unjudged(), "most": MOST})


@needs(Purpose.CASEWORK, may_open_case)
@require_POST
def same_line(request: HttpRequest) -> HttpResponse:
    """Answer a line that was just typed with who it may be; nothing where there is nobody."""
    form = BatchForm(request.POST, lines=_whole(request.POST.get("lines", "")))
    form.is_valid()
    number = _whole(request.POST.get("line", ""))
    form.look(request.member, only=[number])
    shown = {"mark": form.looked.marks.get(number, ""), "number": number, "doubt": form.doubt(number)}
    return render(request, "intake/batch_line.html", shown, status=429 if form.looked.not_compared else 200)


def _drafted(request: HttpRequest) -> int:
    """Return how many lines the page needs so that a draft finds its own again."""
    draft = drafts.load(request.user.pk, request.path)
    return _whole(draft.typed.get("lines", "")) if draft else LINES


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else LINES


@needs(Purpose.CASEWORK, may_open_case)
@require_safe
def batch(request: HttpRequest, batch_number: str) -> HttpResponse:
    """Who was registered together, and how far each is since."""
    found = batches.get_batch(request.member, batch_number)
    return render(request, "intake/batch.html", {"batch": found, "progress": batches.progress(found, request.member)})


@needs(Purpose.CASEWORK, may_open_case)
@require_safe
def numbers(request: HttpRequest, batch_number: str) -> HttpResponse:
    """The numbers to print and cut: line, pseudonym and case number, and no name."""
    found = batches.get_batch(request.member, batch_number, prints=True)
    return render(request, "intake/batch_numbers.html", {"batch": found, "progress": batches.progress(found, request.member)})
