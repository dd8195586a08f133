"""One contract for all stores of claims: one owner each, an outcome that stays, and nothing for ever."""

from __future__ import annotations

import time

import pytest

from navstate.models import NavOnce
from navstate.once import sql
from navstate.once.base import Found
from navstate.once.redis import RedisClaims
from navstate.once.sql import SqlClaims
from tests.navstate.stores import Driver, in_threads

pytestmark = pytest.mark.django_db(transaction=True)
STORES = [SqlClaims, pytest.param(RedisClaims, marks=pytest.mark.services)]
NAME, OTHER = "a" * 40, "b" * 40


@pytest.fixture(params=STORES)
def claims(request):
    return request.param()


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


def take(call, claims, owner: str, *, name: str = NAME, seconds: float = 30) -> Found | None:
    return call(claims, "claim", name, owner=owner, payload=f"of {owner}", seconds=seconds)


def test_one_owner_and_the_others_find_what_it_sent(claims, call) -> None:
    assert take(call, claims, "one") is None
    assert take(call, claims, "two") == Found("of one", "")
    assert take(call, claims, "three", name=OTHER) is None


def test_an_outcome_stays_for_as_long_as_it_was_said(claims, call) -> None:
    take(call, claims, "one")
    assert call(claims, "finish", NAME, owner="one", outcome="{}", seconds=1.5)
    assert take(call, claims, "two") == Found("of one", "{}")
    time.sleep(1.6)
    assert take(call, claims, "two") is None


def test_what_is_released_can_be_taken_by_another(claims, call) -> None:
    take(call, claims, "one")
    call(claims, "release", NAME, owner="two")
    assert take(call, claims, "two") == Found("of one", "")
    call(claims, "release", NAME, owner="one")
    assert take(call, claims, "two") is None


def test_a_claim_lapses_and_its_former_owner_writes_nothing_any_more(claims, call) -> None:
    take(call, claims, "one", seconds=0.05)
    time.sleep(0.1)
    assert take(call, claims, "two") is None
    assert not call(claims, "finish", NAME, owner="one", outcome="{}", seconds=30)
    call(claims, "release", NAME, owner="one")
    assert take(call, claims, "three") == Found("of two", "")


def test_only_an_outcome_is_shortened_and_never_lengthened(claims, call) -> None:
    take(call, claims, "one")
    call(claims, "shorten", NAME, seconds=0)
    assert take(call, claims, "two") == Found("of one", "")
    call(claims, "finish", NAME, owner="one", outcome="{}", seconds=0.1)
    call(claims, "shorten", NAME, seconds=60)
    time.sleep(0.15)
    assert take(call, claims, "two") is None
    call(claims, "finish", NAME, owner="two", outcome="{}", seconds=60)
    call(claims, "shorten", NAME, seconds=0)
    time.sleep(0.02)
    assert take(call, claims, "three") is None


@pytest.mark.services
def test_of_many_at_once_one_is_first(claims) -> None:
    for number in range(10):
        name = f"{number:040}"
        found = in_threads(lambda n, name=name: claims.claim(name, owner=f"{n}", payload="", seconds=30), 8)
        assert found.count(None) == 1
        assert set(found) == {None, Found("", "")}


def test_a_twin_that_was_quicker_is_found(monkeypatch) -> None:
    """Between the look and the insert, and once more after the row that was seen has gone."""
    claims, inserted = SqlClaims(), sql._inserted
    NavOnce.objects.create(name=OTHER, owner="lapsed", payload="", expires_at="2020-01-01T00:00:00Z")

    def too_late(name, ends, row):
        inserted(name, ends, {**row, "owner": "twin", "payload": "of twin"})
        return inserted(name, ends, row)

    monkeypatch.setattr(sql, "_inserted", too_late)
    assert claims.claim(NAME, owner="one", payload="of one", seconds=30) == Found("of twin", "")
    monkeypatch.setattr(sql, "_inserted", lambda *_: False)
    assert claims.claim("c" * 40, owner="one", payload="mine", seconds=30) == Found("mine", "")
    assert claims.claim(OTHER, owner="one", payload="", seconds=30) is None


def test_a_lapsed_claim_is_taken_once(monkeypatch) -> None:
    NavOnce.objects.create(name=NAME, owner="lapsed", payload="", expires_at="2020-01-01T00:00:00Z")
    rows, looks = sql._rows, []

    def with_a_twin(name):
        looks.append(name)
        if len(looks) == 2:  # before the update
            rows(name).update(owner="twin", payload="of twin", expires_at="2099-01-01T00:00:00Z")
        return rows(name)

    monkeypatch.setattr(sql, "_rows", with_a_twin)
    assert SqlClaims().claim(NAME, owner="one", payload="", seconds=30) == Found("of twin", "")


def test_a_row_is_shown_by_its_name() -> None:
    assert str(NavOnce(name=NAME)) == NAME
