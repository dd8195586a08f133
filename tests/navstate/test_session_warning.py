"""The page warns before its session ends, and one click keeps it (R11): what the server sends and answers."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.template import Context, Template

from tests.factories import make_variant
from tests.shopper import Form, Shopper, form_with
from tests.visits import NAVIGATION, seconds_left, set_left

pytestmark = pytest.mark.django_db
ALIVE_JS = Path(__file__).resolve().parents[2] / "navstate/static/navstate/alive.js"
FORTNIGHT = 14 * 24 * 3600


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42")
    shopper = Shopper()
    shopper.add("BOOT-42")
    return shopper


def warning_form(page: HttpResponse) -> Form:
    return form_with(page, "session-renew")


class TestThePage:
    @pytest.mark.parametrize("url", ["/cart/", "/checkout/address/", "/login/", "/password/reset/"])
    def test_that_read_the_session_carries_the_warning_hidden(self, shopper: Shopper, url: str) -> None:
        page = shopper.get(url, headers={**NAVIGATION, "Accept": "text/html"}).content.decode()
        (warning,) = re.findall(r'<div class="session-warning"[^>]*>', page)
        assert 'data-testid="session-warning"' in warning
        assert 'role="alert"' in warning
        assert warning.endswith(" hidden>")
        (left,) = re.findall(r'data-left="(\d+)"', warning)
        assert int(left) / 1000 == pytest.approx(FORTNIGHT, abs=60)
        assert 'data-before="300000"' in warning
        assert re.search(r'<html[^>]* data-nav-session-expires="\d{13}"', page)
        assert "navstate/alive.js" in page

    @pytest.mark.parametrize("url", ["/", "/category/boots/", "/product/trail-boot/", "/search/?q=boot"])
    def test_public_has_nothing_of_it(self, shopper: Shopper, url: str) -> None:
        page = shopper.get(url, headers=NAVIGATION).content.decode()
        assert "session-warning" not in page
        assert "alive.js" not in page
        assert "session-expires" not in page

    def test_nor_has_one_without_a_session(self) -> None:
        page = Shopper().get("/cart/", headers=NAVIGATION).content.decode()
        assert "session-warning" not in page
        assert "session-expires" not in page

    def test_tells_the_new_end_when_it_has_just_renewed(self, shopper: Shopper) -> None:
        set_left(shopper.client, 100)
        page = shopper.get("/cart/", headers=NAVIGATION).content.decode()
        (left,) = re.findall(r'data-left="(\d+)"', page)
        assert int(left) / 1000 == pytest.approx(FORTNIGHT, abs=60)

    def test_speaks_chinese(self, shopper: Shopper) -> None:
        assert "继续访问" in shopper.get("/zh-hans/cart/", headers=NAVIGATION).content.decode()

    def test_a_template_without_navstate_s_context_has_none(self) -> None:
        assert Template("{% load nav %}{% nav_session_warning %}").render(Context()) == ""

    def test_the_script_is_small(self) -> None:
        assert len(gzip.compress(ALIVE_JS.read_bytes(), 9, mtime=0)) <= 1024


class TestOneClick:
    def test_without_a_script_leads_back_to_the_page(self, shopper: Shopper) -> None:
        form = warning_form(shopper.get("/cart/?from=cart"))
        set_left(shopper.client, 100)
        answer = shopper.send(form, headers={**NAVIGATION, "Accept": "text/html"})
        assert (answer.status_code, answer["Location"]) == (303, "/cart/?from=cart")
        assert seconds_left(shopper.client) > FORTNIGHT - 60

    def test_with_one_is_told_the_new_end(self, shopper: Shopper) -> None:
        form = warning_form(shopper.get("/cart/"))
        set_left(shopper.client, 100)
        answer = shopper.send(form, headers={"Accept": "application/json"})
        assert answer.status_code == 204
        assert int(answer["X-Session-Left"]) / 1000 == pytest.approx(FORTNIGHT, abs=60)
        assert answer["Cache-Control"] == "private, no-store"
        assert django_settings.SESSION_COOKIE_NAME not in answer.cookies
        assert seconds_left(shopper.client) > FORTNIGHT - 60

    def test_too_late_is_401_and_makes_no_session(self, shopper: Shopper) -> None:
        form = warning_form(shopper.get("/cart/"))
        shopper.client.session.delete()
        answer = shopper.send(form, headers={"Accept": "application/json"})
        assert answer.status_code == 401
        assert seconds_left(shopper.client) <= 0
        assert shopper.send(form)["Location"] == "/cart/"

    @pytest.mark.parametrize(
        "back", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil", ""]
    )
    def test_never_leads_elsewhere(self, shopper: Shopper, back: str) -> None:
        form = warning_form(shopper.get("/cart/"))
        assert shopper.send(form, {"back": back})["Location"] == "/"

    def test_another_site_keeps_nobody_here(self, shopper: Shopper) -> None:
        form = warning_form(shopper.get("/cart/"))
        set_left(shopper.client, 100)
        assert shopper.send(form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert seconds_left(shopper.client) <= 100

    def test_looking_does_not_renew(self, shopper: Shopper) -> None:
        assert shopper.get("/api/session/renew").status_code == 405
