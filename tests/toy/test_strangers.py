"""What a form leaves behind that comes from nobody known: little, for an hour, and not for everybody (issue 8, O8)."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test import AsyncClient, Client

from navstate.expiry.strangers import MAX_STRANGER_CHARS, PER_SECONDS, STRANGER_AGE, STRANGER_KEY
from navstate.rules.state import NavState
from navstate.sessions import NAV_ID_KEY
from navstate.storage import base
from navstate.storage.base import get_storage
from tests.toy.visitor import LOAN, Visitor
from tests.visits import NAVIGATION

FORM = "/loan/form/"


@pytest.fixture
def ages(monkeypatch) -> list[int]:
    """How long the store was told to keep navigation state, write by write."""
    told: list[int] = []
    storage = get_storage()
    write = storage.compare_and_set

    def noting(*args, ttl, **kwargs):
        told.append(ttl)
        return write(*args, ttl=ttl, **kwargs)

    monkeypatch.setattr(storage, "compare_and_set", noting)
    return told


def session_age(visitor: Visitor) -> int:
    return visitor.client.session.get_expiry_age()


def kept(visitor: Visitor) -> dict[str, list[str]]:
    stored = get_storage().load(visitor.client.session[NAV_ID_KEY], "loan")
    return dict(NavState.from_json(stored.state).kept["form"].fields) if stored else {}


def test_o8_a_stranger_s_input_is_kept_for_an_hour(visitor: Visitor, ages: list[int]) -> None:
    assert visitor.send(FORM, LOAN).status_code == 303
    assert kept(visitor) == {"amount": ["2000"], "purpose": ["a boat"]}
    assert (session_age(visitor), ages) == (STRANGER_AGE, [STRANGER_AGE])


def test_o8_and_still_for_an_hour_when_more_is_sent(visitor: Visitor, ages: list[int]) -> None:
    for _ in range(3):
        visitor.send(FORM, LOAN)
    assert (session_age(visitor), ages) == (STRANGER_AGE, [STRANGER_AGE] * 3)


def test_o8_once_something_is_accepted_it_is_a_visitor_like_any_other(visitor: Visitor, ages: list[int]) -> None:
    visitor.send(FORM, LOAN)
    visitor.start()
    assert session_age(visitor) > STRANGER_AGE
    assert ages[-1] == base.time_to_live()
    assert STRANGER_KEY not in visitor.client.session
    visitor.send(FORM, {**visitor.form(FORM), "amount": "", "purpose": "x" * 3 * MAX_STRANGER_CHARS})
    assert ages[-1] == base.time_to_live()


@pytest.mark.parametrize("session", ["", "made up"])
def test_o8_no_more_than_a_little_is_kept(visitor: Visitor, session: str, ages: list[int]) -> None:
    if session:
        visitor.client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    answer = visitor.send(FORM, {**LOAN, "purpose": "x" * MAX_STRANGER_CHARS})
    assert answer.status_code == 303
    assert ages == []
    assert NAV_ID_KEY not in visitor.client.session


def test_o8_nor_in_pieces(visitor: Visitor) -> None:
    visitor.send(FORM, LOAN)
    visitor.send(FORM, {**LOAN, "purpose": "x" * MAX_STRANGER_CHARS})
    assert kept(visitor) == {"amount": ["2000"], "purpose": ["a boat"]}


@pytest.mark.parametrize("channel", ["document", "htmx", "json"])
def test_o8_one_address_has_only_so_many(settings, channel: str, ages: list[int]) -> None:
    settings.NAVSTATE_STRANGERS = 3
    answers = [Visitor().send(FORM, LOAN, channel) for _ in range(5)]
    assert [answer.status_code == 429 for answer in answers] == [False] * 3 + [True] * 2
    assert answers[-1]["Retry-After"] == str(PER_SECONDS)
    assert len(ages) == 3
    assert not answers[-1].cookies


def test_o8_who_is_known_is_not_counted(settings, visitor: Visitor) -> None:
    settings.NAVSTATE_STRANGERS = 0
    visitor.start()
    wrong = {**visitor.form(FORM), "amount": "", "purpose": ""}
    assert [visitor.send(FORM, wrong).status_code for _ in range(3)] == [303] * 3


def test_o8_where_a_stranger_s_form_is_refused_by_its_view_it_is_counted_as_well(settings, visitor: Visitor) -> None:
    """A stranger who got as far as a form without anything being accepted."""
    visitor.start()
    session = visitor.client.session
    session[STRANGER_KEY] = True
    session.save()
    settings.NAVSTATE_STRANGERS = 0
    assert visitor.send(FORM, {**visitor.form(FORM), "amount": "", "purpose": ""}).status_code == 429


@pytest.mark.parametrize(("length", "words"), [(10, "is kept: check it"), (17_000, "too long to be kept")])
def test_n8_what_is_not_kept_is_not_said_to_be(visitor: Visitor, length: int, words: str) -> None:
    visitor.start()
    sent = {**visitor.form(FORM), **LOAN, "purpose": "x" * length, "nav_attempt": "of another visit"}
    answer = visitor.send(FORM, sent, "json")
    assert answer.status_code == 401
    assert words in answer.json()["title"]


def test_o8_what_a_form_without_its_token_leaves_is_counted(settings) -> None:
    settings.NAVSTATE_STRANGERS = 1
    answers = []
    for _ in range(2):
        stranger = Client(enforce_csrf_checks=True)
        stranger.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
        answers.append(stranger.post(FORM, LOAN, headers=NAVIGATION))
    assert (answers[0].status_code, answers[0]["Location"]) == (303, "/api/unsent")
    key = answers[0].cookies[settings.SESSION_COOKIE_NAME].value
    session = Client()
    session.cookies[settings.SESSION_COOKIE_NAME] = key
    assert session.session.get_expiry_age() == STRANGER_AGE
    assert answers[1].status_code == 403
    assert settings.SESSION_COOKIE_NAME not in answers[1].cookies


def test_o8_and_what_is_too_long_stays_nowhere() -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    answer = stranger.post(FORM, {**LOAN, "purpose": "x" * MAX_STRANGER_CHARS}, headers=NAVIGATION)
    assert answer.status_code == 403
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


@pytest.mark.django_db(transaction=True)
def test_o8_in_an_async_stack_as_well(settings, monkeypatch) -> None:
    settings.NAVSTATE_STRANGERS = 2
    ages: list[int] = []
    storage = get_storage()
    write = storage.acompare_and_set

    async def noting(*args, ttl, **kwargs):
        ages.append(ttl)
        return await write(*args, ttl=ttl, **kwargs)

    monkeypatch.setattr(storage, "acompare_and_set", noting)

    async def story() -> None:
        try:
            answers = [await AsyncClient().post("/desk/note/", {"note": "x"}) for _ in range(3)]
            writes = len(ages)
            long = await AsyncClient().post("/desk/note/", {"note": "x" * MAX_STRANGER_CHARS})
        finally:
            await sync_to_async(connections.close_all)()
        assert [answer.status_code for answer in answers] == [303, 303, 429]
        assert (long.status_code, ages[writes:], writes) == (303, [], 2)

    asyncio.run(story())
