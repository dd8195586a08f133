"""Who renews a session (R12), and how long one lives at most. In the toy, on the engine of the run."""

from __future__ import annotations

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.contrib.messages import get_messages
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connections
from django.test import AsyncClient, Client, RequestFactory

from navstate.expiry import renewal
from navstate.request.nav import Nav
from navstate.rules.arrival import Position, is_navigation, position_of
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.limits import BEGAN_KEY
from tests.toy.visitor import HTMX, Visitor
from tests.visits import NAVIGATION, key_of, seconds_left, set_left

pytestmark = pytest.mark.django_db
DAY = 24 * 3600
FORTNIGHT = 14 * DAY
POLL = {"HX-Request": "true"}
SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
BACKGROUND = {
    "a poll": POLL,
    "a script": SCRIPT,
    "a prefetch": {**NAVIGATION, "Sec-Purpose": "prefetch;prerender"},
    "a prefetch by htmx": {**HTMX, "Sec-Purpose": "prefetch"},
    "a frame": {**NAVIGATION, "Sec-Fetch-Dest": "iframe"},
    "a picture": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Accept": "text/html,*/*"},
    "a robot": {"Accept": "*/*"},
    "a made-up sequence": {**POLL, "X-Nav-Seq": "many"},
}
SHOPPERS = {
    "a document": NAVIGATION,
    "an old browser": {"Accept": "text/html,application/xhtml+xml"},
    "htmx with a sequence": HTMX,
    "Back by htmx": {"HX-History-Restore-Request": "true", **SCRIPT},
}
PAGES = ["/loan/start/", "/mine/", "/undeclared/"]


@pytest.fixture
def idler(visitor: Visitor) -> Client:
    """A browser whose shopper has been away for half of the idle time."""
    visitor.start()
    set_left(visitor.client, FORTNIGHT / 2)
    return visitor.client


def is_renewed(client: Client) -> bool:
    return seconds_left(client) > FORTNIGHT - 60


@pytest.mark.parametrize("headers", SHOPPERS.values(), ids=SHOPPERS)
@pytest.mark.parametrize("url", PAGES)
def test_the_shopper_renews(idler: Client, url: str, headers: dict[str, str]) -> None:
    answer = idler.get(url, headers=headers)
    assert answer.status_code == 200
    assert is_renewed(idler)
    assert "sessionid" not in answer.cookies  # the browser has the key for as long as the session may live at all


@pytest.mark.parametrize("headers", BACKGROUND.values(), ids=BACKGROUND)
@pytest.mark.parametrize("url", PAGES)
def test_s42_what_runs_by_itself_does_not(idler: Client, url: str, headers: dict[str, str]) -> None:
    answer = idler.get(url, headers=headers)
    assert answer.status_code == 200
    assert not is_renewed(idler)
    assert "sessionid" not in answer.cookies


def test_s42_with_polls_alone_the_session_ends(idler: Client) -> None:
    set_left(idler, 0.02)
    ends = time.monotonic() + 5
    while idler.session.get(NAV_ID_KEY):
        idler.get("/mine/", headers=POLL)
        assert time.monotonic() < ends
    assert seconds_left(idler) <= 0


def test_a_public_page_reads_no_session_and_renews_none(idler: Client) -> None:
    assert idler.get("/", headers=NAVIGATION).status_code == 200
    assert not is_renewed(idler)


def test_nor_does_a_hook(idler: Client) -> None:
    assert idler.post("/hook/", headers=NAVIGATION).status_code == 200
    assert not is_renewed(idler)


def test_what_a_background_request_writes_is_written_and_the_end_stays(idler: Client) -> None:
    before = seconds_left(idler)
    answer = idler.post("/subscribe/", headers={**POLL, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    assert "subscribed" in str(idler.session.items())
    assert before - 60 < seconds_left(idler) <= before


class TestASequence:
    def renews(self, client: Client, **headers: str) -> bool:
        set_left(client, FORTNIGHT / 2)
        client.get("/mine/", headers={**POLL, **{name.replace("_", "-"): value for name, value in headers.items()}})
        return is_renewed(client)

    def test_goes_on_and_not_back(self, idler: Client) -> None:
        assert self.renews(idler, X_Nav_Seq="3", X_Nav_Tab="a")
        assert not self.renews(idler, X_Nav_Seq="3", X_Nav_Tab="a")
        assert not self.renews(idler, X_Nav_Seq="2", X_Nav_Tab="a")
        assert self.renews(idler, X_Nav_Seq="4", X_Nav_Tab="a")

    def test_is_counted_for_each_tab(self, idler: Client) -> None:
        assert self.renews(idler, X_Nav_Seq="9", X_Nav_Tab="a")
        assert self.renews(idler, X_Nav_Seq="1", X_Nav_Tab="b")
        assert not self.renews(idler, X_Nav_Seq="9", X_Nav_Tab="a")

    def test_of_few_tabs_is_remembered(self, idler: Client) -> None:
        for tab in range(12):
            assert self.renews(idler, X_Nav_Seq="1", X_Nav_Tab=f"tab{tab}")
        assert list(idler.session[renewal.SEQUENCES_KEY]) == [f"tab{tab}" for tab in range(4, 12)]


class TestItIsCheap:
    def test_a_fresh_session_is_not_written_again(self, visitor: Visitor) -> None:
        visitor.start()
        set_left(visitor.client, FORTNIGHT * 0.95)
        assert not visitor.get("/mine/", **NAVIGATION).cookies
        assert not is_renewed(visitor.client)

    def test_the_share_is_a_setting(self, visitor: Visitor, settings) -> None:
        settings.NAVSTATE_RENEWAL_SHARE = 0.01
        visitor.start()
        set_left(visitor.client, FORTNIGHT * 0.95)
        visitor.get("/mine/", **NAVIGATION)
        assert is_renewed(visitor.client)

    def test_nobody_without_a_session_gets_one(self, visitor: Visitor) -> None:
        for url in PAGES:
            assert "sessionid" not in visitor.get(url, **NAVIGATION).cookies
        visitor.client.cookies["sessionid"] = "gone" * 8
        for url in PAGES:
            assert "sessionid" not in visitor.get(url, **NAVIGATION).cookies

    def test_an_engine_that_does_not_tell_the_end_is_left_alone(self) -> None:
        request = RequestFactory().get("/", headers=NAVIGATION)
        request.session = DatabaseStore()
        renewal._renew_if_due(request)
        assert not request.session.modified


class TestLimits:
    def test_idle_time_is_a_setting(self, idler: Client, settings) -> None:
        settings.NAVSTATE_IDLE_AGE = 600
        set_left(idler, 100)
        idler.get("/mine/", headers=NAVIGATION)
        assert seconds_left(idler) == pytest.approx(600, abs=5)

    def test_the_absolute_limit_holds_however_busy_the_shopper_is(self, visitor: Visitor, settings) -> None:
        settings.NAVSTATE_ABSOLUTE_AGE = 1000
        visitor.start()
        session = visitor.client.session
        assert session[BEGAN_KEY] == pytest.approx(time.time(), abs=5)
        assert visitor.client.cookies["sessionid"]["max-age"] == pytest.approx(1000, abs=5)
        assert seconds_left(visitor.client) == pytest.approx(1000, abs=5)
        session[BEGAN_KEY] -= 900
        session.save()
        for _ in range(3):
            visitor.get("/mine/", **NAVIGATION)
            assert seconds_left(visitor.client) == pytest.approx(100, abs=5)

    def test_past_it_the_session_is_gone(self, visitor: Visitor, settings) -> None:
        settings.NAVSTATE_ABSOLUTE_AGE = 1000
        visitor.start()
        session = visitor.client.session
        session[BEGAN_KEY] -= 1001
        session.save()
        assert seconds_left(visitor.client) <= 0

    def test_a_login_begins_anew(self, visitor: Visitor, settings) -> None:
        settings.NAVSTATE_ABSOLUTE_AGE = 1000
        visitor.start()
        request = RequestFactory().post("/")
        request.session = visitor.client.session
        Nav(request).begin_session()
        assert BEGAN_KEY not in request.session

    def test_asked_asynchronously_they_are_the_same(self, settings) -> None:
        settings.NAVSTATE_IDLE_AGE = 600
        session = Client().session
        session[BEGAN_KEY] = time.time()

        async def story() -> None:
            assert await session.aget_expiry_age() == session.get_expiry_age() == 600
            assert (await session.aget_expiry_date() - session.get_expiry_date()).total_seconds() < 5

        asyncio.run(story())

    def test_without_the_limit_nothing_is_noted(self, visitor: Visitor, settings) -> None:
        settings.NAVSTATE_ABSOLUTE_AGE = None
        visitor.start()
        assert BEGAN_KEY not in visitor.client.session

    @pytest.mark.parametrize(("asked", "idle", "warned"), [(300, 1209600, 300), (300, 200, 100), (30, None, 30)])
    def test_a_page_warns_at_half_time_at_the_earliest(
        self, settings, asked: int, idle: int | None, warned: int
    ) -> None:
        settings.NAVSTATE_WARNING, settings.NAVSTATE_IDLE_AGE = asked, idle
        assert renewal.warning_ms() == warned * 1000


class TestAPrefetch:
    def test_leaves_notices_unread(self, visitor: Visitor) -> None:
        visitor.start()
        visitor.send("/subscribe/", {}, **{"Sec-Fetch-Site": "same-origin"})
        assert "subscribed" in visitor.get("/loan/form/", **{"Sec-Purpose": "prefetch"}).content.decode()
        answer = visitor.get("/loan/form/")
        assert "subscribed" in answer.content.decode()
        assert not list(get_messages(visitor.get("/loan/form/").wsgi_request))


@pytest.mark.parametrize(
    ("headers", "position"),
    [
        ({}, None),
        ({"X-Nav-Seq": "7"}, Position("", 7)),
        ({"X-Nav-Seq": "7", "X-Nav-Tab": "t" * 50}, Position("t" * 40, 7)),
        ({"X-Nav-Seq": "-1"}, None),
        ({"X-Nav-Seq": "²"}, None),
        ({"X-Nav-Seq": "1" * 10}, None),
    ],
)
def test_where_a_request_stands(headers: dict[str, str], position: Position | None) -> None:
    assert position_of(headers) == position


@pytest.mark.parametrize(("headers", "expected"), [({}, False), ({"Sec-Fetch-Mode": "navigate"}, True)])
def test_a_navigation_is_what_a_browser_calls_one(headers: dict[str, str], expected: bool) -> None:
    assert is_navigation(headers) is expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("headers", "renewed"), [(NAVIGATION, True), (POLL, False), ({**POLL, "X-Nav-Seq": "1"}, True)]
)
@pytest.mark.parametrize("url", ["/loan/start/", "/desk/login/"])
def test_in_an_async_stack_as_well(visitor: Visitor, url: str, headers: dict[str, str], renewed: bool) -> None:
    visitor.start()
    set_left(visitor.client, FORTNIGHT / 2)
    client = AsyncClient()
    client.cookies["sessionid"] = key_of(visitor.client)

    async def story() -> None:
        try:
            assert (await client.get(url, headers=headers)).status_code == 200
            await client.get("/quick/", headers=headers)
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(story())
    assert is_renewed(visitor.client) is renewed
