"""What another site may send to views that declare nothing: what Django itself would take."""

from __future__ import annotations

import pytest


def test_a_view_that_is_exempt_from_the_csrf_check_is_open_to_other_sites(visitor):
    """A bank sends the shopper back by POST (3-D Secure), to an app that knows nothing of navstate."""
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://bank.example"}
    assert visitor.send("/guestbook/returned/", {}, **headers).status_code == 302
    assert visitor.send("/guestbook/write/", {"text": "x"}, **headers).status_code == 403


@pytest.mark.parametrize(
    ("trusted", "status"),
    [("https://till.example", 302), ("https://*.till.example", 302), ("http://till.example", 403), ("", 403)],
)
def test_a_trusted_origin_is_ours(visitor, settings, trusted, status):
    settings.CSRF_TRUSTED_ORIGINS = [trusted] if trusted else []
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://till.example"}
    assert visitor.send("/guestbook/write/", {"text": "x"}, **headers).status_code == status


def test_a_domain_of_trusted_origins_has_its_subdomains(visitor, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org"]
    headers = {"Sec-Fetch-Site": "same-site", "Origin": "https://till.example.org"}
    assert visitor.send("/guestbook/write/", {"text": "x"}, **headers).status_code == 302
