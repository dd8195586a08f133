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

FRAMES = "X-Frame-Options"
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
    def headers(self) -> dict[str, str]:
        return {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
            FRAMES: settings.X_FRAME_OPTIONS,
            **({} if settings.DEBUG else {HEADER: content_policy()}),
        }

    def complete(self, response: HttpResponseBase) -> HttpResponseBase:
        left_out = {FRAMES} if getattr(response, "xframe_options_exempt", False) else set()
        if not OF_ITS_OWN.isdisjoint(vars(response)):
            left_out.add(HEADER)
        for name, value in self.headers.items():
            if name not in left_out:
                response.headers.setdefault(name, value)
        return response
