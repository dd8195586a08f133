"""R20 in an async stack: coroutines all the way, and a press goes on to its end though its browser has gone."""

from __future__ import annotations

import asyncio
import logging

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory

from navstate.middleware import NavMiddleware
from navstate.once import settling
from navstate.once.base import get_claims
from navstate.storage.lua import close_async_client
from tests.toy import pressed
from tests.toy.once import BROWSER, Presser
from tests.toy.visitor import proof

pytestmark = pytest.mark.django_db(transaction=True)
STORES = ["navstate.once.sql.SqlClaims", pytest.param("navstate.once.redis.RedisClaims", marks=pytest.mark.services)]
EFFECTS = pressed.EFFECTS


@pytest.fixture(autouse=True, params=STORES, ids=["sql", "redis"])
def _once(settings, request):
    settings.ROOT_URLCONF = "tests.toy.pressed"
    settings.NAVSTATE_ONCE_STORAGE = request.param
    # The machine may be busy.
    settings.NAVSTATE_ONCE_WAIT = settings.NAVSTATE_ONCE_WINDOW = settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 120
    pressed.reset()


class AsyncPresser:
    """As :class:`Presser`, which has drawn the form."""

    def __init__(self, presser: Presser):
        self.fields, self.cookies = presser.form_fields, presser.client.cookies

    def client(self) -> AsyncClient:
        """A tab that has heard of no answer yet."""
        client = AsyncClient(enforce_csrf_checks=True, raise_request_exception=False)
        for name, morsel in self.cookies.items():
            client.cookies[name] = morsel.value
        return client

    async def press(self, url, client=None, headers=BROWSER, **entered):
        return await (client or self.client()).post(url, {**self.fields, **entered}, headers=headers)


@pytest.fixture
def run():
    """One event loop for a whole story."""
    presser = AsyncPresser(Presser())

    def whole(story):
        async def told():
            try:
                await story(presser)
            finally:
                await close_async_client()
                await sync_to_async(connections.close_all)()

        asyncio.run(told())

    return whole


@pytest.mark.parametrize("url", ["/later/", "/send/", "/classy/"])
@pytest.mark.parametrize("apart", [0, 0.03])
def test_presses_together_have_one_effect(run, url, apart):
    async def story(presser):
        async def press(number):
            await asyncio.sleep(number * apart)
            return await presser.press(url, takes="0.1")

        answers = await asyncio.gather(*(press(number) for number in range(4)))
        assert {answer["Location"] for answer in answers} == {"/done/"}
        assert len(EFFECTS) == 1

    run(story)


def test_control_without_the_guard_they_all_count(run):
    async def story(presser):
        await asyncio.gather(*(presser.press("/unguarded/") for _ in range(4)))
        assert len(EFFECTS) == 4

    run(story)


def test_what_leads_nowhere_leaves_no_trace(run):
    async def story(presser):
        assert (await presser.press("/later/", how="invalid")).status_code == 200
        assert (await presser.press("/later/", how="invalid")).status_code == 200
        assert (await presser.press("/later/", proof=proof())).status_code == 302

    run(story)


def test_the_first_answer_is_lost_with_its_session_and_its_message(run):
    async def story(presser):
        first, second = [await presser.press("/later/", how="session") for _ in range(2)]
        assert second.cookies["sessionid"].value == first.cookies["sessionid"].value
        first, second = [await presser.press("/later/", how="told") for _ in range(2)]
        assert "sessionid" in second.cookies  # its message lies there
        client = presser.client()
        client.cookies["sessionid"] = first.cookies["sessionid"].value
        assert [(await presser.press("/later/", client, how="ended")).status_code for _ in range(2)] == [302, 302]
        assert len(EFFECTS) == 3

    run(story)


def test_a_public_form_counts_again_once_its_result_was_served(run, monkeypatch):
    monkeypatch.setattr(settling, "GRACE", 0)

    async def story(presser):
        client = presser.client()
        await presser.press("/later/", client, how="session")
        presser.fields = {}
        await presser.press("/subscribe/", client)
        await presser.press("/subscribe/", client)
        assert len(EFFECTS) == 2
        await presser.press("/subscribe/", client, headers={"Sec-Fetch-Site": "same-origin"}, what="by a script")
        assert EFFECTS.pop() == "by a script"
        await client.get("/done/")
        await presser.press("/subscribe/", client)
        assert len(EFFECTS) == 3

    run(story)


def test_strangers_each_have_a_session_of_their_own(run):
    async def story(presser):
        presser.fields = {}
        for how in ("session", "cookie"):
            clients = [AsyncClient(), AsyncClient()]
            answers = [await presser.press("/subscribe/", client, how=how) for client in clients]
            if how == "session":
                assert len({answer.cookies["sessionid"].value for answer in answers}) == 2
        assert len(EFFECTS) == 4

    run(story)


def test_a_program_and_a_browser_are_told_that_it_is_still_being_done(run, settings, monkeypatch):
    settings.NAVSTATE_ONCE_WAIT = 0.05

    async def never(request, claimed, response):
        return response

    monkeypatch.setattr(settling, "_asettle", never)

    async def story(presser):
        statuses = [(await presser.press("/later/")).status_code for _ in range(2)]
        key = {"Idempotency-Key": "k"}
        statuses += [(await presser.press("/api/things/", headers=key)).status_code for _ in range(2)]
        statuses.append((await presser.press("/api/things/", headers={"Idempotency-Key": ""})).status_code)
        assert statuses == [302, 503, 201, 409, 400]

    run(story)


def test_a_store_that_is_away_by_then_does_not_change_the_answer(run, monkeypatch, caplog):
    async def away(self, *_, **__):
        raise OSError("away")

    for name in ("afinish", "arelease", "ashorten"):
        monkeypatch.setattr(type(get_claims()), name, away)

    async def story(presser):
        assert (await presser.press("/later/")).status_code == 302
        assert (await presser.press("/later/", how="invalid")).status_code == 200

    with caplog.at_level(logging.ERROR, "navstate.once"):
        run(story)
    assert caplog.text.count("could not be kept") == 2


def test_a_press_goes_on_to_its_end_though_its_browser_has_gone(run):
    async def story(presser):
        task = asyncio.ensure_future(presser.press("/later/", takes="0.2"))
        while not pressed.BEGUN.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answer = await presser.press("/later/", takes="0.2")
        assert (answer["Location"], len(EFFECTS)) == ("/done/", 1)

    run(story)


def test_who_took_too_long_is_told_in_the_log(run, settings, caplog):
    settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 0.05

    async def story(presser):
        await asyncio.gather(*(presser.press("/later/", takes="0.4") for _ in range(2)))
        assert len(EFFECTS) == 2

    run(story)
    assert "a twin ran" in caplog.text


def test_an_exception_that_ends_a_thread_passes_through():
    def die(request):
        raise SystemExit

    with pytest.raises(SystemExit):
        NavMiddleware(die)(AsyncRequestFactory().post("/"))


def test_reading_costs_no_task():
    """A safe request runs where it is: only an unsafe one outlives its browser."""

    async def story():
        began = asyncio.current_task()
        tasks = []

        async def view(request):
            tasks.append(asyncio.current_task())
            return HttpResponse()

        for method in ("get", "post"):
            await NavMiddleware(view)(getattr(AsyncRequestFactory(), method)("/"))
        assert tasks[0] is began
        assert tasks[1] is not began

    asyncio.run(story())
