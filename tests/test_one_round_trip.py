"""What a page asks Redis about its visitor: a stage page one thing, a public page nothing (navigation.md, section 4)."""

from __future__ import annotations

import pytest

from navstate.tracing import recorder
from navstate.tracing.recorder import Recorder
from tests.factories import make_shipping, make_variant
from tests.navstate.stores import commands_sent
from tests.shopper import Shopper

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def shopper(settings, monkeypatch) -> Shopper:
    """Who has gone as far as the review, and is traced."""
    settings.NAVSTATE_TRACE = 1.0
    monkeypatch.setattr(recorder, "recorder", Recorder(has_thread=False))
    make_variant("BOOT-42", price="129.00", values=["42"])
    make_shipping("standard", price="4.90")
    shopper = Shopper()
    shopper.add()
    shopper.give_address()
    shopper.choose_shipping()
    shopper.choose_payment()
    return shopper


OPENING = {"HELLO", "CLIENT", "SELECT", "AUTH"}  # what opens a connection, which others use then
STAGES = ["/cart/", "/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/"]


def asked(sent: list[str]) -> list[str]:
    return [command for command in sent if command not in OPENING]


@pytest.mark.parametrize("url", STAGES)
def test_a_stage_reads_session_and_state_in_one_round_trip(shopper: Shopper, url: str) -> None:
    shopper.get(url)  # its notices are read and the parts of its page are drawn now
    with commands_sent() as sent:
        assert shopper.get(url).status_code == 200
    assert asked(sent) == ["EVALSHA"]


def test_a_stage_that_leads_on_takes_no_more(shopper: Shopper) -> None:
    shopper.get("/cart/")
    ahead = Shopper()
    ahead.add()
    with commands_sent() as sent:
        assert ahead.get("/checkout/review/").status_code == 303
    assert asked(sent) == ["EVALSHA"]


def test_whether_the_session_lives_is_one_question(shopper: Shopper) -> None:
    with commands_sent() as sent:
        assert shopper.client.head("/api/session/valid").status_code == 204
    assert asked(sent) == ["PTTL"]


@pytest.mark.parametrize("url", ["/", "/search/"])
def test_a_public_page_asks_nothing_about_its_visitor(shopper: Shopper, url: str) -> None:
    """It comes from the cache, which is the same for everybody."""
    shopper.get(url)
    with commands_sent() as sent:
        assert shopper.get(url).status_code == 200
    assert set(asked(sent)) <= {"GET", "MGET"}
