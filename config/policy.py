"""The content policy's header, built once instead of with every answer: it is the same for all of them."""

from __future__ import annotations

from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

OF_ITS_OWN = frozenset({"_csp_exempt", "_csp_config", "_csp_update", "_csp_replace"})
"""What decorators of ``csp`` leave on a response that is to have another policy, or none."""


def content_policy() -> str:
    return str(build_policy(**vars(PolicyParts())))


class PolicyMiddleware(CSPMiddleware):  # type: ignore[misc]
    """Django-csp's own for whatever asks for another policy, for a nonce, or for a page that Django shows developers."""

    @cached_property
    def policy(self) -> str:
        return content_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        wants_nonce = getattr(request, "_csp_nonce", None) is not None
        if wants_nonce or settings.DEBUG or not OF_ITS_OWN.isdisjoint(vars(response)):
            return super().process_response(request, response)  # type: ignore[no-any-return]
        if HEADER not in response.headers:
            response.headers[HEADER] = self.policy
        return response
