"""The content policy: django-csp's own text with every answer, and what asks for another one gets it."""

from __future__ import annotations

import pytest
from csp.constants import HEADER, NONCE, NONE, SELF
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from config.policy import PolicyMiddleware


def plain(request):
    return HttpResponse("")


def with_nonce(request):
    return HttpResponse(str(request.csp_nonce))


def of_its_own(request):
    return HttpResponse("", headers={HEADER: "sandbox"})


VIEWS = {
    "plain": plain,
    "its own header": of_its_own,
    "exempt": csp_exempt()(plain),
    "updated": csp_update({"img-src": [SELF, "https://example.org"]})(plain),
    "replaced": csp_replace({"script-src": [NONE]})(plain),
    "missing": lambda request: HttpResponse("", status=404),
}


@pytest.mark.parametrize("debug", [False, True], ids=["production", "development"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_answer_has_the_policy_that_django_csp_gives_it(settings, view, debug):
    settings.DEBUG = debug
    ours, theirs = (kind(view)(RequestFactory().get("/")) for kind in (PolicyMiddleware, CSPMiddleware))
    assert ours.headers == theirs.headers


def test_a_nonce_that_was_asked_for_is_in_the_policy(settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [SELF, NONCE]}}
    response = PolicyMiddleware(with_nonce)(RequestFactory().get("/"))
    assert f"'nonce-{response.content.decode()}'" in response.headers[HEADER]


def test_a_policy_is_built_once(monkeypatch):
    middleware = PolicyMiddleware(plain)
    first = middleware(RequestFactory().get("/")).headers[HEADER]
    monkeypatch.setattr("config.policy.build_policy", lambda **parts: pytest.fail("built again"))
    assert middleware(RequestFactory().get("/")).headers[HEADER] == first
    assert "default-src 'none'" in first
