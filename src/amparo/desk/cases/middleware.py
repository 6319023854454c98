"""Every answer that shows a case is recorded, once, whatever was asked and however it ended."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from amparo.desk.core import withholding

from . import actions, readings, secrecy

SHOWS_NOTHING = frozenset({403, 404, 405})
"""Answers that are the same whether or not there is a case."""


class ReadingMiddleware:
    """Opens what is sealed to whoever asks, as far as they are cleared, and records a reading of each case that a view fetched.

    A form that is refused (422) or meets somebody else's change (409) shows the record as well; a
    redirect shows nothing, and what it did has an event of its own. Where the event cannot be
    written, the page is not shown.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        readings.begin()
        try:
            reader = secrecy.reader_of(request)
            with withholding.reading(reader):
                response = self.get_response(request)
            if response.streaming:
                response.streaming_content = withholding.carried(reader, response.streaming_content)  # type: ignore[attr-defined]
        finally:
            fetched = readings.end()
        if _shows(response.status_code):
            for case, part in fetched:
                actions.record_reading(case=case, by=request.member, part=part)  # type: ignore[attr-defined]
        return response


def _shows(status: int) -> bool:
    return not 300 <= status < 400 and status not in SHOWS_NOTHING and status < 500
