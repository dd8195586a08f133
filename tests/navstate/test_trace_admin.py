"""The page for staff: finds a visitor, shows both tracks, marks where they parted, exports them."""

from __future__ import annotations

import asyncio
import json
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import AsyncRequestFactory, Client

from navstate import admin
from navstate.tracing.base import Line, trace_of
from navstate.tracing.entry import (
    Action,
    BrowserReport,
    Divergence,
    Entry,
    ServerState,
    attempt_digest,
    encode,
    visitor_digest,
)
from navstate.tracing.sql import SqlTraces
from shop.accounts.models import User
from tests.checkout.factories import make_order

pytestmark = pytest.mark.django_db
URL = "/admin/navstate/navtrace/"
ADA = visitor_digest("nav-id-of-ada")
VISITOR = f"{URL}{ADA}/"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "trace.md"


@pytest.fixture(autouse=True)
def _sql(settings):
    settings.NAVSTATE_TRACE_STORAGE = "navstate.tracing.sql.SqlTraces"


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("staff@waymark.test", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client(headers={"Sec-Fetch-Site": "same-origin"})
    client.force_login(user)
    return client


@pytest.fixture
def clerk():
    return staff("view_navtrace", "view_order")


def keep(*steps: tuple[BrowserReport, ServerState], attempt: str = "") -> None:
    now = time.time_ns() // 1_000_000
    entries = [Entry(now - 1000 * (len(steps) - number), said, held) for number, (said, held) in enumerate(steps)]
    SqlTraces().append([Line(ADA, entry.at, encode(entry), True, attempt) for entry in entries])


def step(asked: str = "cart", verdict: str = "serve", stage: str = "", **said) -> tuple[BrowserReport, ServerState]:
    held = ServerState("checkout", stage or asked, "address", verdict, "enter", 0, 4, False, 200, 1.5, 42)
    return BrowserReport(**{"kind": "enter", "asked": asked, **said}), held


def text_of(response) -> str:
    return response.content.decode()


class Rows(HTMLParser):
    """The cells of the table's rows, as text, and each row's class."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self._is_in_body = self._is_in_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._is_in_body = self._is_in_body or tag == "tbody"
        if self._is_in_body and tag == "tr":
            self.rows.append((dict(attrs).get("class", ""), []))
        if self._is_in_body and tag in {"td", "th"}:
            self._is_in_cell = True
            self.rows[-1][1].append("")

    def handle_endtag(self, tag):
        if tag == "tbody":
            self._is_in_body = False
        if tag in {"td", "th"}:
            self._is_in_cell = False

    def handle_data(self, data):
        if self._is_in_cell:
            self.rows[-1][1][-1] = " ".join(f"{self.rows[-1][1][-1]} {data}".split())


# --- who may ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", [URL, VISITOR, f"{VISITOR}trace.json", f"{URL}run/{attempt_digest('a')}/"])
def test_it_takes_the_permission(url):
    keep(step(), attempt=attempt_digest("a"))
    assert Client().get(url).headers["Location"].startswith("/admin/login/")
    assert staff("view_order").get(url).status_code == 403


def test_whoever_has_it_sees_it_and_can_change_nothing(clerk):
    keep(step())
    assert clerk.get(VISITOR).status_code == 200
    assert "/admin/navstate/navtrace/" in text_of(clerk.get("/admin/"))
    for path in ("add/", "1/change/", "1/delete/"):
        assert clerk.get(URL + path).status_code == 404


# --- finding ------------------------------------------------------------------------------------------------------
def test_a_visitor_is_found_by_digest(clerk):
    keep(step())
    assert 'name="sought"' in text_of(clerk.get(URL))
    found = clerk.post(URL, {"sought": f" {ADA} "})
    assert (found.status_code, found.headers["Location"]) == (303, VISITOR)


def test_a_visitor_is_found_by_the_number_of_an_order(clerk):
    order = make_order()
    keep(step(), attempt=attempt_digest(order.attempt))
    assert clerk.post(URL, {"sought": order.number.lower()}).headers["Location"] == VISITOR


@pytest.mark.parametrize("sought", ["W-0000-0000", "f" * 32, "", "\x00", "x" * 500])
def test_what_is_not_found_is_said(clerk, sought):
    page = clerk.post(URL, {"sought": sought})
    assert page.status_code == 200
    assert ("No trace of that." in text_of(page)) == bool(sought)


def test_an_order_leads_to_the_trace_of_its_visitor(clerk):
    order = make_order()
    page = text_of(clerk.get(f"/admin/checkout/order/{order.pk}/change/"))
    link = f"{URL}run/{attempt_digest(order.attempt)}/"
    assert link in page
    assert order.attempt not in page
    assert clerk.get(link).headers["Location"] == URL
    assert "No trace of that." in text_of(clerk.get(URL))
    keep(step(), attempt=attempt_digest(order.attempt))
    assert clerk.get(link).headers["Location"] == VISITOR


def test_an_order_shows_no_link_to_whoever_may_not_follow_it():
    order = make_order()
    assert "navtrace" not in text_of(staff("view_order").get(f"/admin/checkout/order/{order.pk}/change/"))


@pytest.mark.parametrize("visitor", ["f" * 32, "nothing", "F" * 32])
def test_there_is_no_page_without_a_trace(clerk, visitor):
    assert clerk.get(f"{URL}{visitor}/").status_code == 404
    assert clerk.get(f"{URL}{visitor}/trace.json").status_code == 404


# --- the timeline -------------------------------------------------------------------------------------------------
def test_both_tracks_stand_side_by_side_newest_first(clerk):
    keep(
        step("cart", "apply", deed=Action.SUBMIT),
        step("review", "lead", "address", kind="back", seq=7, tab="ab12cd34", position=3),
        step("address"),
        step("address", shown=4, deed=Action.CHECK, kind="return"),
        (BrowserReport("odd", asked="cart-add"), ServerState(changed=True, status=303)),
    )
    page = text_of(clerk.get(VISITOR))
    rows = Rows(page).rows
    assert [(row[1][1], row[1][2]) for row in rows] == [
        ("odd cart-add", "together again"),
        ("came back to address showed revision 4", "parted the page on the screen was out of date"),
        ("went to address", "together again"),
        ("went back to review tab ab12cd34 step 7 entry 3", "parted asked for one stage, another one was due"),
        ("sent the form of cart", "yes"),
    ]
    assert rows[3][1][3].startswith("led to address revision 4 · run 0 · frontier address")
    assert "changed" in rows[0][1][3]
    assert "the tracks parted 2 times" in page


def test_what_parted_is_marked_in_words_and_in_colour(clerk):
    keep(step(), step("pay", "lead", "cart"), step())
    assert [row[0] for row in Rows(text_of(clerk.get(VISITOR))).rows] == ["trace-rejoined", "trace-parted", ""]


def test_the_partings_are_named_above_and_lead_to_their_place(clerk):
    keep(step("pay", "lead", "cart"), *(step() for _ in range(30)), step("form", "conflict"))
    page = text_of(clerk.get(VISITOR))
    links = page.partition('class="trace-partings"')[2].partition("</section>")[0]
    assert links.count("<li>") == 2
    newest, oldest = (part.partition('"')[0] for part in links.split('<a href="')[1:])
    assert newest.startswith("?p=1#")
    assert oldest.startswith("?p=2#")
    assert f'id="{oldest.partition("#")[2]}"' in text_of(clerk.get(f"{VISITOR}?p=2"))


def test_a_trace_that_never_parted_names_none(clerk):
    keep(step())
    assert "trace-partings" not in text_of(clerk.get(VISITOR))


def test_what_a_form_led_to_was_not_loaded_again(clerk):
    sent = step("address", "apply", deed=Action.SUBMIT)
    led = step("shipping", kind="reload")
    keep((sent[0], sent[1]._replace(status=303)), led, led)
    said = [row[1][1] for row in Rows(text_of(clerk.get(VISITOR))).rows]
    assert said == ["loaded again shipping", "was led on to shipping", "sent the form of address"]


def test_there_are_words_for_everything():
    assert set(admin.WHY) == set(Divergence)


def test_long_traces_have_pages(clerk):
    keep(*(step(seq=number, tab="t") for number in range(60)), step(seq=3, tab="t"))
    first, last = text_of(clerk.get(VISITOR)), text_of(clerk.get(f"{VISITOR}?p=3"))
    assert len(Rows(first).rows) == 25
    assert len(Rows(last).rows) == 11
    assert 'rel="next" href="?p=2"' in first
    assert 'rel="prev" href="?p=2"' in last
    # Its own page, and the parting is seen from the whole trace.
    assert "not the next step of its tab" in first


def test_the_page_can_be_read_and_obeys_the_policy(clerk):
    keep(step("pay", "lead", "cart"))
    response = clerk.get(VISITOR)
    page = text_of(response)
    table = page.partition('<table class="trace">')[2].partition("</table>")[0]
    assert "<caption>" in table
    assert table.count('scope="col"') == 4
    assert table.count('scope="row"') == 1
    assert "style=" not in table
    assert "<script" not in table
    assert "navstate/trace.css" in page
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


# --- the export ---------------------------------------------------------------------------------------------------
def export(client: Client) -> dict:
    response = client.get(f"{VISITOR}trace.json")
    assert response.streaming
    assert response.headers["Content-Type"] == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    return json.loads(b"".join(response.streaming_content))


def test_the_export_has_every_entry_oldest_first(clerk):
    keep(*(step(seq=number) for number in range(40)))
    exported = export(clerk)
    assert (exported["visitor"], len(exported["entries"])) == (ADA, 40)
    assert [entry["history"]["seq"] for entry in exported["entries"]] == list(range(40))


def test_the_export_is_as_documented(clerk):
    """Every member has its line in the table of the document, and the other way round."""
    keep(step("pay", "lead", "cart"))
    exported = export(clerk)
    (entry,) = exported["entries"]
    members = {*exported, *(f"entries[].{name}" for name in entry)}
    members |= {f"entries[].{track}.{name}" for track in ("history", "session") for name in entry[track]}
    documented = {
        line.split("`")[1]
        for line in DOCUMENT.read_text().splitlines()
        if line.startswith(("| `entries", "| `v", "| `s"))
    }
    assert documented == members
    for parting in Divergence:
        assert f"`{parting}`" in DOCUMENT.read_text()


def test_an_asynchronous_server_is_given_an_asynchronous_stream():
    keep(step())
    request = AsyncRequestFactory().get(f"{VISITOR}trace.json")
    request.user = User.objects.create_superuser("root@waymark.test", "x")
    response = admin.TraceAdmin(admin.NavTrace, admin.admin.site).export(request, ADA)
    assert response.is_async

    async def whole() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    assert len(json.loads(asyncio.run(whole()))["entries"]) == len(trace_of(ADA))
