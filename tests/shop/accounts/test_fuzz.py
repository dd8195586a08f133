"""Anything at all is sent to every form of the account pages: never a 500, nothing half-written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.accounts.models import Profile, User
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shop.accounts.test_reset import link_for
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db

fuzzed = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SPECIAL = [
    "",
    " ",
    "\x00",
    "a@b.c",
    EMAIL,
    PASSWORD,
    "ä" * 300,
    "'; --",
    "<b>",
    "\u202e",
    "9" * 400,
    "DE",
    "../..",
    "[]",
]
texts = st.one_of(st.sampled_from(SPECIAL), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
NAMES = [
    *("login", "password", "email", "password1", "password2", "redirect", "next", "username", "remember"),
    *("name", "line1", "line2", "city", "region", "postcode", "country", "phone"),
    *("nav_attempt", "nav_seen", "nav_was", "nav_owner"),
]
sent = st.dictionaries(st.one_of(st.sampled_from(NAMES), texts), texts, max_size=12)


def shows_itself_again(shopper: Shopper, url: str, fields: dict[str, str]) -> None:
    """Send the fields with a valid token; then look at the page that follows."""
    cache.clear()  # the limits on tries are tested elsewhere
    token = shopper.get("/login/?").cookies.get("csrftoken") or shopper.client.cookies["csrftoken"]
    response = shopper.client.post(url, {**fields, "csrfmiddlewaretoken": token.value})
    assert response.status_code < 500
    assert shopper.get(url).status_code in {200, 303, 410}


@pytest.fixture
def prepared() -> Callable[[], Shopper]:
    """A browser with a token, for each example anew."""

    def make() -> Shopper:
        shopper = Shopper()
        shopper.get("/login/")
        return shopper

    return make


@pytest.mark.parametrize("url", ["/login/", "/register/", "/password/reset/", "/logout/", "/zh-hans/login/"])
@fuzzed
@given(fields=sent)
def test_open_forms(ada: User, prepared: Callable[[], Shopper], url: str, fields: dict[str, str]) -> None:
    shows_itself_again(prepared(), url, fields)
    assert not User.objects.exclude(email=EMAIL).filter(password="").exists()


@fuzzed
@given(fields=sent)
def test_new_password(ada: User, shopper: Shopper, fields: dict[str, str]) -> None:
    shows_itself_again(shopper, link_for(Shopper()), fields)


@fuzzed
@given(fields=sent)
def test_profile(signed_in: Shopper, ada: User, fields: dict[str, str]) -> None:
    form = signed_in.open("/profile/")
    before = Profile.objects.filter(pk=ada.pk).values().first()
    response = signed_in.client.post("/profile/", {**form.fields, **fields})
    assert response.status_code in {303, 403, 409}
    if response.get("Location") != "/dashboard/":
        assert Profile.objects.filter(pk=ada.pk).values().first() == before
    assert signed_in.get("/profile/").status_code == 200


@fuzzed
@given(query=st.dictionaries(st.sampled_from(["redirect", "next", "page", "from", "step", "ref"]), texts, max_size=4))
@pytest.mark.parametrize("url", ["/login/", "/register/", "/logout/", "/dashboard/", "/profile/", "/dashboard/orders/"])
def test_queries(signed_in: Shopper, prepared: Callable[[], Shopper], url: str, query: dict[str, str]) -> None:
    for shopper in (signed_in, prepared()):
        response = shopper.get(url, data=query)
        assert response.status_code in {200, 303}
        if response.status_code == 303:
            assert response["Location"].startswith("/")
            assert not response["Location"].startswith(("//", "/\\"))


@fuzzed
@given(body=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
@pytest.mark.parametrize("url", ["/login/", "/register/", "/password/reset/"])
def test_bodies_that_are_no_json(prepared: Callable[[], Shopper], url: str, body: bytes) -> None:
    cache.clear()
    shopper = prepared()
    headers = {"X-CSRFToken": shopper.client.cookies["csrftoken"].value, "Accept": "application/json"}
    response = shopper.client.post(url, body, content_type="application/json", headers=headers)
    assert response.status_code < 500


def test_login_still_works_afterwards(ada: User, shopper: Shopper) -> None:
    assert log_in(shopper)["Location"] == "/dashboard/"
