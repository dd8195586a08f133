"""/password/reset/: a link by mail, and not a word about who has an account."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django_tasks_db.models import DBTaskResult

from shop.accounts.models import User
from shop.accounts.tasks import send_password_reset
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db

NEW = "eleven-herons-3"


def work_off() -> None:
    """Run what the worker would run."""
    for waiting in DBTaskResult.objects.filter(status="READY"):
        send_password_reset.func(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
    DBTaskResult.objects.all().delete()


def ask(shopper: Shopper, email: str = EMAIL, url: str = "/password/reset/"):
    return shopper.send(shopper.open(url, "reset-form"), {"email": email})


def link_for(shopper: Shopper, **options: str) -> str:
    ask(shopper, **options)
    work_off()
    found = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def test_sends_a_link_that_sets_a_new_password(ada: User, shopper: Shopper) -> None:
    response = ask(shopper, "ADA@example.org")
    assert (response.status_code, response["Location"]) == (303, "/password/reset/done/")
    assert not mail.outbox
    work_off()
    [message] = mail.outbox
    assert message.to == [EMAIL]
    assert message.alternatives[0].mimetype == "text/html"
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    assert link in message.alternatives[0].content
    response = shopper.send(shopper.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
    assert (response.status_code, response["Location"]) == (303, "/password/reset/key/done/")
    assert shopper.get("/password/reset/key/done/").status_code == 200
    assert log_in(shopper, password=PASSWORD)["Location"] == "/login/"
    assert log_in(shopper, password=NEW)["Location"] == "/dashboard/"


def test_an_unknown_address_is_answered_the_same_and_gets_nothing(ada: User, shopper: Shopper) -> None:
    known, unknown = ask(shopper), ask(shopper, "nobody@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    work_off()
    assert [message.to for message in mail.outbox] == [[EMAIL]]


def test_the_answer_does_the_same_work_either_way(
    ada: User, shopper: Shopper, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    form, other = shopper.open("/password/reset/", "reset-form"), Shopper()
    same = other.open("/password/reset/", "reset-form")
    with django_assert_max_num_queries(8) as known:
        shopper.send(form, {"email": EMAIL})
    with django_assert_num_queries(len(known.captured_queries)):
        other.send(same, {"email": "nobody@example.org"})


def test_no_key_waits_in_the_table_of_tasks(ada: User, shopper: Shopper) -> None:
    ask(shopper)
    assert DBTaskResult.objects.get().args_kwargs["kwargs"] == {
        "email": EMAIL,
        "language": "en",
        "root": "http://testserver/",
    }


def test_the_address_of_the_shop_can_be_set(ada: User, shopper: Shopper, settings) -> None:
    settings.SHOP_URL = "https://shop.example/"
    ask(shopper)
    work_off()
    assert "https://shop.example/password/reset/key/" in mail.outbox[0].body


def test_a_link_in_chinese_leads_to_the_chinese_page(ada: User, shopper: Shopper) -> None:
    assert link_for(shopper, url="/zh-hans/password/reset/").startswith("/zh-hans/password/reset/key/")


def test_a_closed_account_gets_nothing(ada: User, shopper: Shopper) -> None:
    User.objects.update(is_active=False)
    ask(shopper)
    work_off()
    assert not mail.outbox


def test_looking_at_the_link_changes_nothing(ada: User, shopper: Shopper, django_assert_num_queries) -> None:
    link = link_for(shopper)
    reader = Shopper()
    response = reader.get(link)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert "sessionid" not in reader.client.cookies
    assert reader.get(link).status_code == 200


def test_the_link_works_once(ada: User, shopper: Shopper) -> None:
    link = link_for(shopper)
    form = shopper.open(link, "new-password-form")
    shopper.send(form, {"password1": NEW, "password2": NEW})
    again = shopper.send(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert again.status_code == 410
    assert "This link has lapsed" in again.content.decode()
    assert User.objects.get().check_password(NEW)


def test_the_link_lapses(ada: User, shopper: Shopper, settings) -> None:
    link = link_for(shopper)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert shopper.get(link).status_code == 410


@pytest.mark.parametrize("key", ["1-x", "zzzzzzzzzzzzzz-abc-def", "0-0", "1-" + "a" * 120])
def test_a_made_up_link_is_refused(ada: User, shopper: Shopper, key: str) -> None:
    assert shopper.get(f"/password/reset/key/{key}/").status_code == 410


def test_a_poor_password_is_told_and_the_link_still_works(ada: User, shopper: Shopper) -> None:
    link = link_for(shopper)
    response = shopper.send(shopper.open(link, "new-password-form"), {"password1": "12345678", "password2": "12345678"})
    assert (response.status_code, response["Location"]) == (303, link)
    page = shopper.get(link).content.decode()
    assert 'id="id_password1_error"' in page
    assert "12345678" not in page


def test_logs_out_every_other_device(signed_in: Shopper, ada: User) -> None:
    reader = Shopper()
    link = link_for(reader)
    reader.send(reader.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
    assert signed_in.get("/dashboard/").status_code == 303


def test_asking_over_and_over_is_slowed_down(ada: User, shopper: Shopper) -> None:
    codes = [ask(shopper).status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]


def test_a_refused_address_comes_back(shopper: Shopper) -> None:
    assert ask(shopper, "not an address")["Location"] == "/password/reset/"
    page = shopper.get("/password/reset/").content.decode()
    assert 'value="not an address"' in page
    assert 'id="id_email_error"' in page


def test_an_address_that_staff_took_away_opens_nothing(ada: User, shopper: Shopper, admin_client) -> None:
    log_in(shopper)  # allauth notes the address now
    form = {"email": "ada@new.example", "is_active": "on"}
    inline = {f"profile-{name}": value for name, value in {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}.items()}
    response = admin_client.post(f"/admin/accounts/user/{ada.pk}/change/", {**form, **inline})
    assert response.status_code == 302
    assert log_in(Shopper(), EMAIL)["Location"] == "/login/"
    ask(Shopper(), EMAIL)
    work_off()
    assert not mail.outbox
