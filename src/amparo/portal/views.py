"""The pages. Each reads the request, asks once, and chooses a template."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from amparo.portal import pages
from amparo.portal.explorer import explore as explored
from amparo.portal.middleware import language_of, shelf_of
from amparo.portal.parts import parts_of
from amparo.portal.selection import FROM, TO, Problem, Selection, parse
from amparo.portal.shelf import Release

View = Callable[..., HttpResponse]


def reading(view: View) -> View:
    """Let a view answer GET and HEAD only; other methods get a page that says so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        response = render(request, "portal/error.html", {"kind": "method"}, status=405)
        response.headers["Allow"] = "GET, HEAD"
        return response

    return guarded


def release_or_404(request: HttpRequest, name: str) -> Release:
    """Return a release that stands on the shelf, or a page that says there is none of that name."""
    release = shelf_of(request).find(name)
    if release is None:
        raise Http404
    return release


def explorable_or_404(request: HttpRequest, name: str) -> Release:
    """Return a release of invented rows; other kinds have no explorer, and their page says so."""
    release = release_or_404(request, name)
    if not release.is_explorable:
        raise Http404
    return release


def selection_of(request: HttpRequest, release: Release) -> tuple[Selection, tuple[Problem, ...]]:
    """Read the filters of an address; an address beyond all measure is one problem, not an error."""
    query = request.META.get("QUERY_STRING", "")
    if len(query) > settings.LARGEST_QUERY:
        return Selection(), (Problem("too_many", ""),)
    description = release.bundle.description
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
    return parse(pairs, description, parts_of(description, release.token))


@reading
def root(request: HttpRequest) -> HttpResponse:
    """Send a reader to the language that their browser asks for, without a cookie."""
    return HttpResponseRedirect(reverse("home", args=[language_of(request)]))


@reading
def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; nothing about what it holds."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@reading
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether the folder of releases can be read; nothing about what it holds."""
    failing = [] if os.access(settings.BUNDLES, os.R_OK | os.X_OK) else ["bundles"]
    told = {"ready": not failing, "failing": failing}
    return JsonResponse(told, status=503 if failing else 200, headers={"Cache-Control": "no-store"})


@reading
def home(request: HttpRequest, language: str) -> HttpResponse:
    """The front page: what this is about, the newest release, its large facts, how people are protected."""
    shelf = shelf_of(request)
    release = shelf.newest
    if release is None:
        return render(request, "portal/home.html", {"section": "home", "others": shelf.releases})
    context = {
        "release": release,
        "facts": pages.facts(release),
        "panels": pages.home_panels(release),
        "section": "home",
        "has_ledger": pages.has_ledger(release),
    }
    return render(request, "portal/home.html", context)


@reading
def releases(request: HttpRequest, language: str) -> HttpResponse:
    """All releases, newest first."""
    return render(request, "portal/releases.html", {"releases": shelf_of(request).releases, "section": "data"})


@reading
def release(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """One release: what it is, how protected, what it may not be used for, and its files."""
    found = release_or_404(request, name)
    context = {
        "release": found,
        "description": found.bundle.description,
        "certificate": pages.certificate(found),
        "report": f"report.{language}.html",
        "has_ledger": pages.has_ledger(found),
        "link": request.build_absolute_uri(request.path),
        "section": "data",
    }
    return render(request, "portal/release.html", context)


@reading
def explore(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """The explorer: filters as chips, pictures with tables, and the address that shows the same again."""
    found = explorable_or_404(request, name)
    selection, problems = selection_of(request, found)
    here = reverse("explore", args=[language, name])
    if problems:
        context = {"release": found, "problems": [pages.problem_words(one) for one in problems], "again": here + selection.query}
        return render(request, "portal/problem.html", context | {"section": "data"}, status=400)
    asked = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    if any(not value for _, value in asked):
        return HttpResponseRedirect(here + selection.query)
    shown = explored(found, selection)
    context = {
        "release": found,
        "description": found.bundle.description,
        "selection": selection,
        "explored": shown,
        "chips": pages.chips(found, selection),
        "filters": pages.filters(found, selection),
        "years": pages.years(found, selection),
        "from_name": FROM,
        "to_name": TO,
        "here": here,
        "query": selection.query,
        "link": request.build_absolute_uri(here + selection.query),
        "has_ledger": pages.has_ledger(found),
        "section": "data",
    }
    return render(request, "portal/explore.html", context)


@reading
def methods(request: HttpRequest, language: str) -> HttpResponse:
    """How the numbers are made and how far they carry."""
    return render(request, "portal/methods.html", {"section": "methods"})


@reading
def about(request: HttpRequest, language: str) -> HttpResponse:
    """What this site is, and how well it can be used by everybody."""
    return render(request, "portal/about.html", {"section": "about"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that cannot be read at all."""
    return render(request, "portal/error.html", {"kind": "bad"}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing stands at this address."""
    return render(request, "portal/error.html", {"kind": "missing"}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """A defect of ours."""
    return render(request, "portal/error.html", {"kind": "broken"}, status=500)
