"""What is too long is refused by the length that it announces, before anything of it is read."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from navstate.dualmode import DualMode
from navstate.error_pages import error_page


class BodyLimitMiddleware(DualMode):
    def __call__(self, request: HttpRequest) -> Any:
        status = refusal_of(request)
        if not status:
            return self.get_response(request)
        return self._arefuse(request, status) if self.is_async else refuse(request, status)

    async def _arefuse(self, request: HttpRequest, status: int) -> HttpResponse:
        return await sync_to_async(refuse)(request, status)


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    response = error_page(request, status)
    response.headers["Connection"] = "close"  # the rest is not waited for
    return response


def refusal_of(request: HttpRequest) -> int:
    """413 for a length that is too much, 400 for one that is none; 0 for any other.

    Where none is given the server has bounded the body (``checkout.server``) or nothing of it is read.
    """
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        return 400
    return 413 if int(text[:20]) > settings.MAX_BODY_BYTES else 0
