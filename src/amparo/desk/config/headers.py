"""What stands on every answer, files and errors included: a passkey is all that is asked of a device, no other site embeds."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

DEVICES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "usb", "browsing-topics"),
)
PERMISSIONS = ", ".join(
    [
        *(f"{device}=()" for device in DEVICES),
        *(f"publickey-credentials-{use}=(self)" for use in ("create", "get")),
    ]
)
"""What pages may ask of a device: a passkey, and nothing that sees, hears or finds its holder."""


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Put the headers on that no library puts on."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return respond
