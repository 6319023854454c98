"""Two people at one row: the second is told, and nothing of theirs is lost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import drafts


def moved(request: HttpRequest, path: str) -> HttpResponse:
    """Say that somebody else saved first; what was typed comes back beside what is saved now."""
    kept = drafts.save(request.user.pk, path, request.POST)
    return render(request, "core/conflict.html", {"path": path, "is_kept": kept}, status=409)
