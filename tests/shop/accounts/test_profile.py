"""/profile/: the address of an account, a stage like those of the checkout."""

from __future__ import annotations

import pytest
from django.conf import settings

from shop.accounts.models import Profile, User
from shop.accounts.services import save_profile
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db

ADDRESS = {
    "name": "Ada Wanderer",
    "line1": "Waldweg 3",
    "line2": "",
    "city": "Freiburg",
    "region": "",
    "postcode": "79098",
    "country": "DE",
    "phone": "+49 761 1234",
}


def saved(user: User) -> dict:
    return Profile.objects.values(*ADDRESS, "version").get(pk=user.pk)


def test_saves_and_leads_to_the_dashboard(signed_in: Shopper, ada: User) -> None:
    response = signed_in.fill("/profile/", **ADDRESS)
    assert (response.status_code, response["Location"]) == (303, "/dashboard/")
    assert "navrev" in response.cookies
    assert saved(ada) == {**ADDRESS, "version": 1}
    page = signed_in.get("/dashboard/").content.decode()
    assert "Your details are saved." in page
    assert "Waldweg 3" in page


def test_shows_what_is_saved_and_the_address_of_the_account(signed_in: Shopper, ada: User) -> None:
    Profile.objects.create(user=ada, **ADDRESS)
    response = signed_in.get("/profile/")
    fields = form_with(response, "stage-submit").fields
    assert response["Cache-Control"] == "private, no-store"
    assert {name: fields[name] for name in ADDRESS} == ADDRESS
    assert EMAIL in response.content.decode()
    assert {"nav_attempt", "nav_seen", "csrfmiddlewaretoken"} <= fields.keys()


def test_the_next_checkout_starts_with_it(signed_in: Shopper, ada: User) -> None:
    from tests.factories import make_variant

    make_variant("BOOT-42")
    signed_in.fill("/profile/", **ADDRESS)
    signed_in.add("BOOT-42")
    assert signed_in.open("/checkout/address/").fields["line1"] == "Waldweg 3"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"country": "XX"}, "country"), ({"phone": "call me"}, "phone"), ({"name": "x" * 121}, "name")],
)
def test_what_is_wrong_is_told_at_its_field_and_the_rest_kept(
    signed_in: Shopper, ada: User, changes: dict, field: str
) -> None:
    response = signed_in.fill("/profile/", **{**ADDRESS, **changes})
    assert (response.status_code, response["Location"]) == (303, "/profile/")
    page = signed_in.get("/profile/").content.decode()
    assert f'id="id_{field}_error"' in page
    assert "Please check what is marked below." in page
    assert "Waldweg 3" in page
    assert saved_or_none(ada) is None


def saved_or_none(user: User) -> dict | None:
    return Profile.objects.filter(pk=user.pk).values().first()


def test_sent_twice_it_is_saved_once(signed_in: Shopper, ada: User) -> None:
    form = signed_in.open("/profile/")
    first, second = signed_in.send(form, ADDRESS), signed_in.send(form, ADDRESS)
    assert first["Location"] == second["Location"] == "/dashboard/"
    assert saved(ada)["version"] == 1


def test_changed_in_another_tab_it_is_asked_again(signed_in: Shopper, ada: User) -> None:
    stale = signed_in.open("/profile/")
    signed_in.fill("/profile/", **ADDRESS)
    response = signed_in.send(stale, {**ADDRESS, "line1": "Bergstr. 1"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Street and number" in page
    assert "Waldweg 3" in page
    assert "Germany" in page
    assert saved(ada)["line1"] == "Waldweg 3"
    confirmed = signed_in.send(form_with(response, "conflict-confirm"))
    assert confirmed["Location"] == "/dashboard/"
    assert saved(ada)["line1"] == "Bergstr. 1"


def test_written_between_decision_and_write_it_is_asked_again(signed_in: Shopper, ada: User, monkeypatch) -> None:
    def beaten(user_id: int, fields: dict, *, version: int, accepted: str) -> bool:
        assert save_profile(user_id, {**ADDRESS, "line1": "First"}, version=version)
        return save_profile(user_id, fields, version=version, accepted=accepted)

    form = signed_in.open("/profile/")
    monkeypatch.setattr("shop.accounts.views.save_profile", beaten)
    response = signed_in.send(form, ADDRESS)
    assert response.status_code == 409
    assert "First" in response.content.decode()
    assert saved(ada)["line1"] == "First"


def test_changed_on_two_devices_the_second_is_asked(signed_in: Shopper, ada: User) -> None:
    phone = Shopper()
    log_in(phone)
    stale = phone.open("/profile/")
    signed_in.fill("/profile/", **ADDRESS)
    assert phone.send(stale, {"name": "Somebody"}).status_code == 409


def test_r4_a_session_that_ended_keeps_the_input(signed_in: Shopper, ada: User) -> None:
    form = signed_in.open("/profile/")
    del signed_in.client.cookies[settings.SESSION_COOKIE_NAME]
    response = signed_in.send(form, ADDRESS)
    assert (response.status_code, response["Location"]) == (303, "/profile/")
    login_url = signed_in.get("/profile/")["Location"]
    assert login_url == "/login/?redirect=/profile/"
    assert "Waldweg 3" not in signed_in.get(login_url).content.decode()
    assert log_in(signed_in, url=login_url)["Location"] == "/profile/"
    page = signed_in.get("/profile/").content.decode()
    assert "Waldweg 3" in page
    assert "not saved yet" in page
    assert signed_in.fill("/profile/")["Location"] == "/dashboard/"
    assert saved(ada)["line1"] == "Waldweg 3"


def test_r4_what_one_typed_is_not_shown_to_another_who_logs_in(signed_in: Shopper) -> None:
    User.objects.create_user("ben@example.org", PASSWORD)
    form = signed_in.open("/profile/")
    del signed_in.client.cookies[settings.SESSION_COOKIE_NAME]
    signed_in.send(form, ADDRESS)
    log_in(signed_in, "ben@example.org")
    assert "Waldweg 3" not in signed_in.get("/profile/").content.decode()


def test_whoever_came_in_by_the_staff_login_saves_at_once(shopper: Shopper) -> None:
    User.objects.create_superuser("staff@example.org", PASSWORD)
    token = shopper.get("/admin/login/").context["csrf_token"]
    sent = {"username": "Staff@Example.org", "password": PASSWORD, "csrfmiddlewaretoken": str(token)}
    assert shopper.client.post("/admin/login/?next=/admin/", sent)["Location"] == "/admin/"
    assert shopper.fill("/profile/", **ADDRESS)["Location"] == "/dashboard/"


def test_json_is_answered_in_json(signed_in: Shopper, ada: User) -> None:
    form = signed_in.open("/profile/")
    headers = {"Accept": "application/json", "X-CSRFToken": form.fields["csrfmiddlewaretoken"]}
    wrong = signed_in.client.post(
        "/profile/", {**form.fields, "country": "XX"}, content_type="application/json", headers=headers
    )
    assert wrong.status_code == 422
    assert "country" in wrong.json()["errors"]
    right = signed_in.client.post(
        "/profile/", {**form.fields, **ADDRESS}, content_type="application/json", headers=headers
    )
    assert (right.status_code, right.json()) == (200, {"url": "/dashboard/"})
    assert saved(ada)["city"] == "Freiburg"


def test_costs_at_most_six_queries(signed_in: Shopper, ada: User, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        signed_in.get("/profile/")


class TestSaveProfile:
    def test_false_when_somebody_was_quicker(self, ada: User) -> None:
        assert save_profile(ada.pk, ADDRESS, version=0)
        assert not save_profile(ada.pk, {**ADDRESS, "name": "Late"}, version=0)
        assert saved(ada) == {**ADDRESS, "version": 1}
