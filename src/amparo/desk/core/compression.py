"""Smaller answers for bad lines, without telling by their size what they hold."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressionMiddleware(GZipMiddleware):
    """Compresses what answers a plain address; never what answers a form or an address with a query.

    The size of a compressed page tells whether two of its parts are alike (the BREACH attack): a secret,
    and something that an attacker may put there. What was typed comes back only in answers to a form,
    and a filter or a way back only where an address has a query: both leave as they are. The token
    against forged forms is masked anew in every answer, and a random number of bytes is added.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or request.META.get("QUERY_STRING"):
            return response
        return super().process_response(request, response)
