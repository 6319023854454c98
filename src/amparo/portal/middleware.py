"""What happens to every request: the language of its address, strict headers, and no work for what a reader has already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers

from amparo.portal.shelf import Keeper, Shelf
from amparo.standard.reasons import LANGUAGES

Responder = Callable[[HttpRequest], HttpResponse]
FRESH_SECONDS = 300
PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


@cache
def keeper() -> Keeper:
    """Return the one keeper of this process."""
    return Keeper(settings.BUNDLES, settings.SIGNER)


def shelf_of(request: HttpRequest) -> Shelf:
    """Return the releases as they stood when this request came in."""
    if not hasattr(request, "shelf"):
        request.shelf = keeper().shelf()  # type: ignore[attr-defined]
    return request.shelf  # type: ignore[attr-defined, no-any-return]


def language_of(request: HttpRequest) -> str:
    """Return the language that the address names, or else the one the reader's browser asks for."""
    first = request.path_info.split("/", 2)[1] if request.path_info.startswith("/") else ""
    return first if first in LANGUAGES else _wanted(request.headers.get("Accept-Language", ""))


def _wanted(header: str) -> str:
    """Return the best of our languages for an Accept-Language header; English when it names none."""
    offered = []
    for place, part in enumerate(header[:200].split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        short = tag.strip().lower().split("-")[0]
        if short in LANGUAGES and quality > 0:
            offered.append((-quality, place, short))
    return min(offered)[2] if offered else "en"


def language(get_response: Responder) -> Responder:
    """Speak the language of the address."""

    def respond(request: HttpRequest) -> HttpResponse:
        spoken = language_of(request)
        with translation.override(spoken):
            response = get_response(request)
        response.headers.setdefault("Content-Language", spoken)
        return response

    return respond


def headers(get_response: Responder) -> Responder:
    """Ask for no device, and let nobody else embed what is served here."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return respond


def unchanged(get_response: Responder) -> Responder:
    """Answer 304 where nothing changed: a page depends on the releases, this software, the host and the address only.

    Only who names a version is spared the page. `*` asks for any that there is, which cannot be said before the page is
    made: answered early it would say of a page that does not exist that it may be kept.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or request.path_info == "/health":
            return get_response(request)
        facts = "\n".join(
            (shelf_of(request).token, version(), request.headers.get("Host", ""), request.get_full_path(), language_of(request))
        )
        etag = f'"{hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()[:32]}"'
        names_one = request.headers.get("If-None-Match", "*").strip() != "*"
        early = get_conditional_response(request, etag=etag) if names_one else None
        response = early if early is not None and early.status_code == 304 else get_response(request)
        if response.status_code in (200, 304):
            response.headers["ETag"] = etag
            response.headers.setdefault("Cache-Control", f"public, max-age={FRESH_SECONDS}")
        elif response.status_code != 302:
            response.headers.setdefault("Cache-Control", "no-store")
        if not request.path_info.startswith(tuple(f"/{one}/" for one in LANGUAGES)):
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return respond


@cache
def version() -> str:
    """Return a checksum of everything in this software that a page is made of."""
    digest = hashlib.sha256()
    for room in ("amparo.portal", "amparo.pictures", "amparo.bundle"):
        for one in sorted(_files(files(room)), key=str):
            digest.update(one.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable) -> list[Traversable]:
    kept = (".py", ".html", ".css", ".mo", ".toml", ".json")
    found = []
    for one in folder.iterdir():
        if one.is_dir() and one.name not in ("tests", "__pycache__"):
            found += _files(one)
        elif one.name.endswith(kept):
            found.append(one)
    return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what every page shows around its content."""
    spoken = language_of(request)
    path = request.get_full_path()
    rest = path.split("/", 2)[2] if path.startswith(tuple(f"/{one}/" for one in LANGUAGES)) else ""
    shelf = shelf_of(request)
    return {
        "language": spoken,
        "languages": [(code, name, f"/{code}/{rest}") for code, name in settings.LANGUAGES],
        "latest": shelf.releases[0] if shelf.releases else None,
        "withheld": shelf.withheld,
        "is_demo": settings.DEMO,
    }
