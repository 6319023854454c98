"""Handing files out so that no browser runs them: a download, never a page; and pictures that were painted anew."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store, private",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def download(pieces: Iterable[bytes], *, name: str, media_type: str = "application/octet-stream") -> StreamingHttpResponse:
    """Return a download; the browser may not guess its type, run it, or keep it."""
    response = StreamingHttpResponse(pieces, content_type=media_type, headers=HEADERS)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return response


def picture(painted: bytes) -> HttpResponse:
    """Return a picture that this desk painted itself (`painting.paint`), for an image on one of its own pages."""
    return HttpResponse(painted, content_type="image/jpeg", headers=HEADERS | {"Content-Disposition": "inline"})
