"""Counting how often something is done, on whatever cache the project has (issue 8, O8)."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from navstate import throttle
from navstate.throttle import network_of, spend
from tests.parallel import in_parallel


def test_o8_lets_through_as_many_as_said() -> None:
    assert [spend("knock", "door", limit=2, seconds=60) for _ in range(4)] == [True, True, False, False]


def test_o8_each_part_is_counted_on_its_own() -> None:
    assert spend("knock", "door", limit=1, seconds=60)
    assert spend("knock", "window", limit=1, seconds=60)
    assert spend("ring", "door", limit=1, seconds=60)
    assert not spend("knock", "door", limit=1, seconds=60)


def test_o8_nothing_at_all_may_be_allowed() -> None:
    assert not spend("knock", limit=0, seconds=60)


def test_o8_any_text_can_be_counted() -> None:
    assert spend("knock", "a b\x00é" * 200, "\ud800", limit=1, seconds=60)


def test_o8_begins_anew_when_forgotten() -> None:
    assert spend("knock", "door", limit=1, seconds=60)
    throttle.forget("knock", "door")
    assert spend("knock", "door", limit=1, seconds=60)


def test_o8_what_turned_out_to_be_none_is_taken_back() -> None:
    throttle.take_back("knock", "door")
    for _ in range(3):
        assert spend("knock", "door", limit=1, seconds=60)
        throttle.take_back("knock", "door")


def test_o8_a_count_that_ends_in_between_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "add", lambda *_, **__: False)
    assert spend("knock", "door", limit=1, seconds=60)


def test_o8_all_at_once_are_all_counted() -> None:
    taken = in_parallel([lambda: spend("knock", "door", limit=5, seconds=60)] * 20)
    assert taken.count(True) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_o8_addresses_of_one_subscriber_count_as_one(rf, settings, address: str, network: str) -> None:
    settings.NAVSTATE_CLIENT_ADDRESS = ""
    assert network_of(rf.get("/", REMOTE_ADDR=address)) == network


def test_o8_the_project_knows_its_proxies(rf, settings) -> None:
    settings.BEHIND_PROXY = True
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "203.0.113.9"})
    assert network_of(request) == "203.0.113.9"
