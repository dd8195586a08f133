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
        }

    @cached_property
    def policy(self) -> str:
        return content_policy()

    def complete(self, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if not getattr(response, "xframe_options_exempt", False):
            response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        if not settings.DEBUG and OF_ITS_OWN.isdisjoint(vars(response)):
            response.headers.setdefault(HEADER, self.policy)
        return response
