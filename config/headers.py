"""The same security headers on whatever is answered: pages, static files, pictures, errors of every layer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from csp.constants import HEADER
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.policy import OF_ITS_OWN, content_policy
from navstate.dualmode import DualMode
from navstate.http import Line, lines_of

UNUSED = (
    *(
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
    ),
    *("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
"""What no page of the shop asks a browser for."""


class HeadersMiddleware(DualMode):
    """The outermost of all. What a view has set stays as it is."""

    def __call__(self, request: HttpRequest) -> Any:
        return self._acall(request) if self.is_async else self.complete(self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        return self.complete(await self.get_response(request))

    @cached_property
    def lines(self) -> tuple[tuple[str, Line], ...]:
        """Constants, kept as Django keeps headers: to write them by name takes ten times as long, with every answer."""
        values = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
        }
        return tuple((name.lower(), (name, value)) for name, value in values.items())

    @cached_property
    def policy(self) -> Line:
        return HEADER, content_policy()

    def complete(self, response: HttpResponseBase) -> HttpResponseBase:
        lines = lines_of(response)
        for key, line in self.lines:
            lines.setdefault(key, line)
        if not getattr(response, "xframe_options_exempt", False):
            lines.setdefault("x-frame-options", ("X-Frame-Options", settings.X_FRAME_OPTIONS))
        if not settings.DEBUG and OF_ITS_OWN.isdisjoint(vars(response)):
            lines.setdefault(HEADER.lower(), self.policy)
        return response
