"""What requests leave in the trace of their visitor: every decision, nothing typed, and nothing of whoever only reads."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.http import HttpResponse
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from navstate.decorators import private
from navstate.models import NavTrace
from navstate.sessions import NAV_ID_KEY
from navstate.tracing import observe, recorder
from navstate.tracing.base import get_traces, trace_of
from navstate.tracing.entry import Divergence, attempt_digest, visitor_digest
from navstate.tracing.recorder import Recorder
from tests.toy.flows import TERMS
from tests.toy.urls import urlpatterns as toy_patterns
from tests.toy.visitor import LOAN, Visitor, hidden_fields


@private
def beside(request):
    """No stage; a POST changes the flow all the same, a GET reads the session."""
    passage = request.nav.flow("loan")
    if request.method == "POST":
        passage.touch()
    return HttpResponse(passage.attempt)


urlpatterns = [*toy_patterns, path("beside/", beside, name="beside"), path("", include("navstate.urls"))]
PREFETCH = {"Sec-Purpose": "prefetch"}
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(autouse=True)
def _traced(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    settings.NAVSTATE_TRACE_STORAGE = "navstate.tracing.sql.SqlTraces"
    settings.NAVSTATE_TRACE = 1
    monkeypatch.setattr(recorder, "recorder", Recorder(has_thread=False))


def digest_of(visitor) -> str:
    return visitor_digest(visitor.client.session[NAV_ID_KEY])


def trace(visitor):
    recorder.recorder.flush()
    return trace_of(digest_of(visitor))


def steps(visitor) -> list[tuple[str, str, str, str]]:
    """Of each entry: what the browser did, the stage asked for, the verdict, the stage decided for."""
    entries = [compared.entry for compared in trace(visitor)]
    return [(entry.said.deed, entry.said.asked, entry.held.verdict, entry.held.stage) for entry in entries]


# --- every decision -----------------------------------------------------------------------------------------------
def test_a_way_through_a_flow(visitor):
    visitor.finish()
    visitor.get("/loan/form/")
    assert steps(visitor) == [
        ("submit", "start", "apply", "start"),
        ("read", "form", "serve", "form"),
        ("submit", "form", "apply", "form"),
        ("read", "confirm", "serve", "confirm"),
        ("submit", "confirm", "apply", "confirm"),
        ("read", "form", "closed", "form"),
    ]
    held = [compared.entry.held for compared in trace(visitor)]
    assert [each.revision for each in held] == [1, 1, 2, 2, 3, 3]
    assert [each.changed for each in held] == [True, False, True, False, True, False]
    assert [each.status for each in held] == [303, 200, 303, 200, 303, 303]
    assert {each.flow for each in held} == {"loan"}
    assert all(each.ms > 0 and each.process > 0 for each in held)


def test_where_the_tracks_part(visitor):
    sent = visitor.ask(amount="500")
    visitor.send("/loan/form/", {**sent, "nav_seen": "older"})
    from_form = visitor.form("/loan/confirm/")
    TERMS["rate"] = 6
    visitor.send("/loan/confirm/", from_form)
    visitor.get("/loan/confirm/", **{"X-Nav-Seq": "4", "X-Nav-Tab": "a"})
    visitor.get("/loan/confirm/", **{"X-Nav-Seq": "4", "X-Nav-Tab": "a"})
    partings = [compared.partings for compared in trace(visitor)][3:]
    assert partings == [(Divergence.REPEATED,), (), (Divergence.CHANGED,), (), (Divergence.ORDER,)]
    assert [compared.rejoined for compared in trace(visitor)][3:] == [False, True, False, True, False]


def test_ahead_is_elsewhere(visitor):
    visitor.start()
    visitor.get("/loan/confirm/")
    assert steps(visitor)[-1] == ("read", "confirm", "lead", "form")
    assert trace(visitor)[-1].partings == (Divergence.ELSEWHERE,)


def test_the_next_run_is_told_apart(visitor):
    visitor.finish()
    visitor.start()
    runs = [compared.entry.held.run for compared in trace(visitor)]
    assert (runs[0], runs[-1]) == (0, 1)


def test_a_run_leads_to_its_visitor(visitor):
    sent = visitor.finish()
    recorder.recorder.flush()
    assert get_traces().visitor_of(attempt_digest(sent["nav_attempt"])) == digest_of(visitor)


def test_a_page_that_came_back_and_asked(visitor):
    visitor.ask(amount="500")
    page = visitor.get("/loan/form/").content.decode()
    shown = page.partition('data-nav-shown="')[2].partition('"')[0]
    told = {"X-Nav-Direction": "back", "X-Nav-Entry": "tab1.3"}

    def ask(stage: str, revision: str) -> int:
        query = {"rid": f"/loan/{stage}/", "rev": revision}
        return visitor.client.get("/api/route", query, headers=told).status_code

    assert (ask("form", shown), ask("form", "0.a.b."), ask("upload", shown), ask("form", "x")) == (204, 200, 200, 200)
    found = trace(visitor)[-4:]
    assert [compared.partings for compared in found] == [
        (),
        (Divergence.OLD,),
        (Divergence.ELSEWHERE,),
        (Divergence.OLD,),
    ]
    assert [compared.entry.said.shown for compared in found] == [2, 0, 2, None]
    assert {(compared.entry.said.kind, compared.entry.said.position) for compared in found} == {("back", 3)}
    assert {compared.entry.said.deed for compared in found} == {"check"}


def test_n14_a_page_that_asks_while_something_is_under_way_is_no_moment_of_the_visit(visitor):
    visitor.ask(amount="500")
    page = visitor.get("/loan/form/").content.decode()
    shown = page.partition('data-nav-shown="')[2].partition('"')[0]
    before = len(trace(visitor))
    answers = [visitor.client.head("/api/route", {"rid": "/loan/form/", "rev": rev}) for rev in (shown, "0.a.b.")]
    assert [answer.status_code for answer in answers] == [204, 200]
    assert len(trace(visitor)) == before


def test_an_asynchronous_stage_is_traced_alike(transactional_db):
    async def story() -> str:
        client = AsyncClient()
        await client.post("/desk/login/", {"name": "ada"})
        page = await client.get("/desk/note/")
        await client.post("/desk/note/", {**hidden_fields(page), "note": "seen"})
        session = await client.asession()
        digest = visitor_digest(await session.aget(NAV_ID_KEY))
        await sync_to_async(connections.close_all)()
        return digest

    digest = asyncio.run(story())
    recorder.recorder.flush()
    assert [compared.entry.held.verdict for compared in trace_of(digest)] == ["apply"]


# --- who only reads -----------------------------------------------------------------------------------------------
def test_reading_begins_no_trace(visitor):
    for url in ("/loan/start/", "/", "/mine/", "/desk/login/", "/beside/"):
        visitor.get(url)
    recorder.recorder.flush()
    assert not NavTrace.objects.exists()
    assert not Session.objects.exists()


def test_reading_goes_on_with_one_and_writes_nothing_itself(visitor):
    visitor.start()
    before = Session.objects.values().get()
    with CaptureQueriesContext(connection) as captured:
        visitor.get("/loan/form/")
    assert [query["sql"] for query in captured if query["sql"].startswith(WRITES)] == []
    assert Session.objects.values().get() == before
    assert len(trace(visitor)) == 2


@pytest.mark.parametrize("headers", [PREFETCH, {"HX-Request": "true"}], ids=["prefetch", "background"])
def test_what_no_visitor_did_is_left_out(visitor, headers):
    visitor.start()
    visitor.get("/loan/form/", **headers)
    assert len(trace(visitor)) == 1


def test_an_htmx_request_of_the_visitor_is_their_own(visitor):
    visitor.start()
    visitor.get("/loan/form/", **{"HX-Request": "true", "X-Nav-Seq": "3", "X-Nav-Entry": "t.5"})
    said = trace(visitor)[-1].entry.said
    assert (said.seq, said.position, said.asked) == (3, 5, "form")


# --- how much -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rate", [0, {"private": 1}, {}])
def test_off_is_off(visitor, settings, rate):
    settings.NAVSTATE_TRACE = rate
    visitor.finish()
    visitor.client.get("/api/route", {"rid": "loan.form", "rev": "0"})
    recorder.recorder.flush()
    assert not NavTrace.objects.exists()


def test_a_share_of_the_visitors_is_traced_whole(settings):
    settings.NAVSTATE_TRACE = 0.5
    visitors = [Visitor() for _ in range(16)]
    for visitor in visitors:
        visitor.start()
        visitor.get("/loan/form/")
    assert {len(trace(visitor)) for visitor in visitors} == {0, 2}


def test_other_pages_are_left_out_unless_asked_for(visitor, settings):
    visitor.ask()
    for url in ("/", "/mine/", "/undeclared/", "/beside/"):
        visitor.get(url)
    assert len(trace(visitor)) == 3
    settings.NAVSTATE_TRACE = {"stage": 1, "private": 1, "public": 1}
    for url in ("/", "/mine/", "/undeclared/", "/beside/"):
        visitor.get(url)
    # Of the private pages, the one that has read the session anyway.
    assert [step[1] for step in steps(visitor)[3:]] == ["beside"]


def test_a_change_outside_the_stages_is_one_of_the_flow(visitor):
    visitor.send("/beside/", {}, **{"Sec-Fetch-Site": "same-origin"})
    visitor.get("/beside/")
    (found,) = trace(visitor)
    assert (found.entry.said.deed, found.entry.said.asked) == ("submit", "beside")
    assert (found.entry.held.changed, found.entry.held.revision) == (True, None)


def test_off_the_flows_nothing_is_even_looked_at(visitor, monkeypatch):
    monkeypatch.setattr(observe, "_taken", lambda *args: pytest.fail("looked at"))
    assert visitor.get("/").status_code == 200
    assert visitor.get("/undeclared/").status_code == 200


# --- no harm ------------------------------------------------------------------------------------------------------
def test_a_trace_never_fails_a_request(visitor, monkeypatch, caplog):
    visitor.start()
    monkeypatch.setattr(recorder.recorder, "put", lambda taken: 1 / 0)
    assert visitor.get("/loan/form/").status_code == 200
    assert visitor.client.get("/api/route", {"rid": "loan.form", "rev": "1"}).status_code in {200, 204}
    assert "could not be traced" in caplog.text


def test_a_view_that_fails_is_traced(visitor):
    visitor.ask(amount="500")
    sent = visitor.form("/loan/confirm/")
    visitor.client.raise_request_exception = False
    assert visitor.send("/loan/confirm/", sent, **{"X-Crash": "1"}).status_code == 500
    assert trace(visitor)[-1].entry.held.status == 500


def test_an_arrival_that_nothing_was_decided_on_is_traced(visitor, monkeypatch):
    visitor.start()
    visitor.client.raise_request_exception = False
    monkeypatch.setattr("navstate.request.passage.Passage.decide", lambda self, arrival: 1 / 0)
    assert visitor.get("/loan/form/").status_code == 500
    assert steps(visitor)[-1] == ("read", "form", "", "form")


@examples(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=3, max_size=40))
def test_nothing_typed_is_ever_in_a_trace(typed):
    typed = f"Typed~{typed}"
    visitor = Visitor()
    visitor.start()
    header = typed.encode("latin-1", "ignore").decode("latin-1")
    hints = dict.fromkeys(("X-Nav-Entry", "X-Nav-Tab", "X-Nav-Direction", "X-Nav-Seq", "Referer"), header)
    sent = {**visitor.form("/loan/form/"), **LOAN, "purpose": typed}
    visitor.send("/loan/form/", {**sent, "amount": typed})
    visitor.send("/loan/form/", {**sent, "nav_attempt": typed, "nav_seen": typed})
    visitor.send("/loan/form/", sent, **hints)
    visitor.client.get("/loan/form/", {"ref": typed, "from": typed}, headers=hints)
    visitor.client.get("/api/route", {"rid": f"/loan/form/?{typed}", "rev": typed}, headers=hints)
    recorder.recorder.flush()
    kept = list(NavTrace.objects.filter(visitor=digest_of(visitor)).values_list("entry", flat=True))
    secrets = [visitor.client.session[NAV_ID_KEY], visitor.client.session.session_key, sent["nav_attempt"]]
    assert len(kept) == 7
    assert not any(text in entry for entry in kept for text in ("Typed", *secrets))
