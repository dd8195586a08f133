"""The same promises in an async stack, and that the middleware itself costs it no thread."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory

from navstate.middleware import LanguageFromPathMiddleware, NavMiddleware
from navstate.request import stored_state
from navstate.request.stored_state import Contended
from navstate.storage.sql import SqlStorage
from tests.toy import views
from tests.toy.flows import APPLICATIONS, LOAN, NOTES, TERMS, change
from tests.toy.visitor import CHANNELS, hidden_fields, proof
from tests.visits import NAVIGATION

pytestmark = pytest.mark.django_db(transaction=True)
ENTERED = {"amount": "500", "purpose": "a boat"}


class AsyncVisitor:
    def __init__(self):
        self.client = AsyncClient()

    async def get(self, url, **headers):
        return await self.client.get(url, headers=headers)

    async def form(self, url):
        page = await self.client.get(url)
        assert page.status_code == 200, (url, page.status_code, page.headers.get("Location"))
        return hidden_fields(page)

    async def send(self, url, data, channel="document", **headers):
        kind = {"content_type": "application/json"} if channel == "json" else {}
        return await self.client.post(url, data, headers={**CHANNELS[channel], **headers}, **kind)

    async def start(self):
        await self.send("/loan/start/", {})
        return {**await self.form("/loan/form/"), **ENTERED}


def run(story):
    """One event loop for a whole story; the connection of its thread is given back."""

    async def whole():
        try:
            await story(AsyncVisitor())
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(whole())


def status_and_place(answer):
    return answer.status_code, answer.headers.get("Location", "")


# --- R2 -------------------------------------------------------------------------------------------------------------


def test_ahead_leads_to_the_frontier_and_back_is_served():
    async def story(visitor):
        assert status_and_place(await visitor.get("/loan/confirm/")) == (303, "/loan/start/")
        assert "Please start here." in (await visitor.get("/loan/start/")).content.decode()
        sent = await visitor.start()
        assert status_and_place(await visitor.send("/loan/form/", sent)) == (303, "/loan/confirm/")
        for stage in ("start", "form", "confirm"):
            answer = await visitor.get(f"/loan/{stage}/")
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
        assert (await visitor.get("/")).headers["Cache-Control"] == "public, no-cache"
        assert (await visitor.get("/undeclared/")).content == b"undeclared"

    run(story)


# --- R4 -------------------------------------------------------------------------------------------------------------

APPLIED = {"document": 303, "htmx": 200, "json": 201}
CONFLICT = {"document": 409, "htmx": 409, "json": 409}
CLOSED = {"document": 303, "htmx": 200, "json": 409}
GONE = {"document": 303, "htmx": 401, "json": 401}
every_channel = pytest.mark.parametrize("channel", CHANNELS)


@every_channel
def test_a_form_is_applied_once_and_its_double_led_on(channel):
    async def story(visitor):
        sent = await visitor.start()
        assert (await visitor.send("/loan/form/", sent, channel)).status_code == APPLIED[channel]
        change("a0", purpose="untouched")
        again = await visitor.send("/loan/form/", sent, channel)
        assert again.status_code == {**APPLIED, "json": 200}[channel]
        assert APPLICATIONS["a0"].purpose == "untouched"

    run(story)


@every_channel
def test_a_form_that_shows_what_has_changed_is_a_conflict_and_can_be_confirmed(channel):
    async def story(visitor):
        await visitor.send("/loan/form/", await visitor.start())
        sent = await visitor.form("/loan/confirm/")
        TERMS["rate"] = 8
        answer = await visitor.send("/loan/confirm/", sent, channel)
        assert answer.status_code == CONFLICT[channel]
        now = answer.json() if channel == "json" else hidden_fields(answer)
        confirmed = {name: now[name] for name in ("nav_attempt", "nav_seen")}
        assert (await visitor.send("/loan/confirm/", confirmed)).headers["Location"] == "/loan/done/a0/"

    run(story)


def test_a_browser_is_led_to_the_page_of_what_changed():
    async def story(visitor):
        await visitor.send("/loan/form/", await visitor.start())
        sent = await visitor.form("/loan/confirm/")
        TERMS["rate"] = 8
        answer = await visitor.send("/loan/confirm/", sent, **NAVIGATION)
        assert status_and_place(answer) == (303, "/loan/confirm/?changed=1")
        assert (await visitor.get("/loan/confirm/?changed=1")).status_code == 409

    run(story)


@every_channel
def test_a_closed_attempt_leads_to_its_outcome(channel):
    async def story(visitor):
        sent = await visitor.start()
        await visitor.send("/loan/form/", sent)
        await visitor.send("/loan/confirm/", await visitor.form("/loan/confirm/"))
        assert status_and_place(await visitor.get("/loan/form/")) == (303, "/loan/done/a0/")
        answer = await visitor.send("/loan/form/", sent, channel)
        assert answer.status_code == CLOSED[channel]
        assert "/loan/done/a0/" in str(answer.headers) + answer.content.decode()

    run(story)


@every_channel
def test_a_form_of_a_session_that_is_gone_comes_back_with_its_input(channel):
    async def story(visitor):
        sent = await visitor.start()
        visitor.client.cookies.pop("sessionid")
        change("a0", nav_id="")
        assert (await visitor.send("/loan/form/", sent, channel)).status_code == GONE[channel]
        assert 'value="a boat"' in (await visitor.get("/loan/form/")).content.decode()

    run(story)


def test_a_form_of_another_site_is_refused():
    async def story(visitor):
        for channel in CHANNELS:
            answer = await visitor.send("/loan/start/", {}, channel, **{"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403
        assert not APPLICATIONS

    run(story)


@pytest.mark.parametrize("channel", ["document", "htmx", "json"])
def test_o2_a_request_that_does_not_say_where_it_is_from_is_asked_back(channel):
    """With a session of its own: what was sent is kept in it, and the page that asks is drawn for whose it is."""

    async def story(visitor):
        manager, field = get_user_model().objects, get_user_model().USERNAME_FIELD
        await visitor.client.aforce_login(await sync_to_async(manager.create_user)(**{field: "ann@example.org"}))
        strict = AsyncClient(enforce_csrf_checks=True)
        strict.cookies.update(visitor.client.cookies)
        for headers in ({}, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}):
            answer = await strict.post("/subscribe/", {"email": "a"}, headers={**CHANNELS[channel], **headers})
            assert answer.status_code in {303, 403}

    run(story)


# --- Asynchronous views ---------------------------------------------------------------------------------------------


def test_the_desk_from_the_login_to_the_signature():
    async def story(visitor):
        assert status_and_place(await visitor.get("/desk/note/")) == (303, "/desk/login/")
        await visitor.send("/desk/login/", {"name": "carl"})
        empty = {**await visitor.form("/desk/note/"), "note": "", "more": "kept"}
        assert status_and_place(await visitor.send("/desk/note/", empty)) == (303, "/desk/note/")
        assert "more=kept" in (await visitor.get("/desk/note/")).content.decode()
        sent = {**await visitor.form("/desk/note/"), "note": "all quiet"}
        assert status_and_place(await visitor.send("/desk/note/", sent)) == (303, "/desk/sign/")
        assert NOTES == {"carl": "all quiet"}
        signed = await visitor.send("/desk/sign/", await visitor.form("/desk/sign/"))
        assert signed.headers["Location"].startswith("/desk/signed/")
        assert (await visitor.get(signed.headers["Location"])).content.startswith(b"signed: ")
        assert (await visitor.get("/desk/note/")).headers["Location"] == signed.headers["Location"]

    run(story)


def test_somebody_with_an_account_is_known_in_the_event_loop():
    async def story(visitor):
        manager, field = get_user_model().objects, get_user_model().USERNAME_FIELD
        await visitor.client.aforce_login(await sync_to_async(manager.create_user)(**{field: "ann@example.org"}))
        await visitor.send("/desk/login/", {"name": "carl"})
        assert (await visitor.form("/desk/note/"))["nav_owner"]

    run(story)


def test_a_file_is_taken():
    async def story(visitor):
        sent = await visitor.start()
        await visitor.send("/loan/form/", {**sent, "amount": "5000"})
        carried = await visitor.form("/loan/upload/")
        answer = await visitor.send("/loan/upload/", {**carried, "document": proof()})
        assert status_and_place(answer) == (303, "/loan/confirm/")

    run(story)


@pytest.fixture
def contended(monkeypatch):
    """Somebody else's write always comes first."""

    async def lost(*args, **kwargs):
        return False

    monkeypatch.setattr(stored_state, "get_storage", lambda: storage)
    storage = SqlStorage()
    monkeypatch.setattr(storage, "acompare_and_set", lost)


def test_a_write_that_always_loses_gives_up(contended):
    async def story(visitor):
        await visitor.send("/desk/login/", {"name": "carl"})
        with pytest.raises(Contended, match="desk: 8 writes lost in a row"):
            await visitor.send("/desk/note/", {**await visitor.form("/desk/note/"), "note": "x"})

    run(story)


# --- No thread ------------------------------------------------------------------------------------------------------


async def answers(request):
    return HttpResponse(threading.current_thread().name)


@pytest.mark.parametrize("middleware", [NavMiddleware, LanguageFromPathMiddleware])
def test_the_middleware_is_a_coroutine_in_an_async_stack_and_plain_in_another(middleware):
    assert (middleware.sync_capable, middleware.async_capable) == (True, True)
    assert iscoroutinefunction(middleware(answers))
    assert not iscoroutinefunction(middleware(views.home))


def test_its_hook_is_a_coroutine_too_so_that_django_adapts_nothing():
    assert iscoroutinefunction(NavMiddleware(answers).process_view)
    assert not iscoroutinefunction(NavMiddleware(views.home).process_view)


@pytest.fixture
def no_threads(monkeypatch):
    """A thread that the middleware asks for is an error."""

    def refuse(function, *args, **kwargs):
        raise AssertionError(f"a thread for {function}")

    monkeypatch.setattr("navstate.middleware.sync_to_async", refuse)
    monkeypatch.setattr("navstate.request.passage.sync_to_async", refuse)


def test_a_page_without_a_stage_stays_in_the_thread_of_the_event_loop(no_threads):
    async def story(visitor):
        middleware = LanguageFromPathMiddleware(NavMiddleware(answers))
        inner = middleware.get_response
        request = AsyncRequestFactory().get("/quick/")
        answer = await middleware(request)
        assert await inner.process_view(request, views.quick, (), {}) is None
        assert answer.content.decode() == threading.current_thread().name

    run(story)


def test_a_stage_takes_a_thread_for_what_the_project_answers_only(monkeypatch):
    """Facts and decision: one call into synchronous code for a visitor whom the session knows, none around the view."""
    calls = []

    def counted(function, *args, **kwargs):
        calls.append(function.__name__)
        return sync_to_async(function, *args, **kwargs)

    async def story(visitor):
        await visitor.start()
        for module in ("navstate.middleware", "navstate.request.passage"):
            monkeypatch.setattr(f"{module}.sync_to_async", counted)
        assert (await visitor.get("/loan/form/")).status_code == 200
        assert calls == ["decide_in_thread"]
        assert LOAN.name == "loan"

    run(story)
