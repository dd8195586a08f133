"""An account, and browsers that are or are not logged in to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse

from shop.accounts.models import User
from tests.shopper import Shopper

EMAIL = "ada@example.org"
PASSWORD = "seven-larks-9"


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user(EMAIL, PASSWORD)


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


def log_in(shopper: Shopper, email: str = EMAIL, password: str = PASSWORD, url: str = "/login/") -> HttpResponse:
    """Fill the login form as a shopper does."""
    return shopper.send(shopper.open(url, "login-form"), {"login": email, "password": password})


@pytest.fixture
def signed_in(ada: User, shopper: Shopper) -> Shopper:
    assert log_in(shopper).status_code == 303
    return shopper


@pytest.fixture
def text() -> Callable[[HttpResponse], str]:
    return lambda response: response.content.decode()
