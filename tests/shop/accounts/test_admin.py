"""Staff add accounts, find them, change their password."""

from __future__ import annotations

import pytest
from django.test import Client

from shop.accounts.models import Profile, User

pytestmark = pytest.mark.django_db

NEW = "eleven-herons-3"


def test_adds_an_account_in_lower_case(admin_client: Client) -> None:
    assert admin_client.get("/admin/accounts/user/add/").status_code == 200
    sent = {"email": "New@Example.org", "usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin_client.post("/admin/accounts/user/add/", sent).status_code == 302
    assert User.objects.get(email="new@example.org").check_password(NEW)


def test_refuses_a_taken_address_in_any_case(admin_client: Client, ada: User) -> None:
    sent = {"email": "ADA@example.org", "usable_password": "true", "password1": NEW, "password2": NEW}
    response = admin_client.post("/admin/accounts/user/add/", sent)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["email"]


def test_changes_a_password(admin_client: Client, ada: User) -> None:
    url = f"/admin/accounts/user/{ada.pk}/password/"
    assert admin_client.get(url).status_code == 200
    sent = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin_client.post(url, sent).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_finds_by_address_and_by_name(admin_client: Client, ada: User) -> None:
    Profile.objects.create(user=ada, name="Ada Wanderer")
    for words in ("ada@", "Wanderer"):
        page = admin_client.get("/admin/accounts/user/", {"q": words}).content.decode()
        assert f"/admin/accounts/user/{ada.pk}/change/" in page


def test_shows_rights_and_address(admin_client: Client, ada: User) -> None:
    page = admin_client.get(f"/admin/accounts/user/{ada.pk}/change/").content.decode()
    assert 'name="is_staff"' in page
    assert 'name="profile-0-line1"' in page


def test_allauth_s_own_addresses_are_not_offered(admin_client: Client) -> None:
    assert admin_client.get("/admin/account/emailaddress/").status_code == 404


def test_j_what_staff_paste_into_an_address_is_put_in_order(ada: User) -> None:
    profile = Profile(user=ada, name="Jose\u0301\u202c ", city="Fre\u00adiburg", country="DE")
    profile.full_clean()
    assert (profile.name, profile.city, profile.country.code) == ("José", "Freiburg", "DE")
