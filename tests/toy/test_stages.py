"""R1-R3, R17 over HTTP: what a GET of a stage is answered, and that reading changes nothing."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.models import Session

from navstate.models import NavRecord
from navstate.sessions import NAV_ID_KEY
from navstate.storage.base import get_storage
from tests.toy.flows import APPLICATIONS, change
from tests.toy.visitor import Visitor


@pytest.mark.parametrize("stage", ["form", "upload", "confirm"])
def test_ahead_of_the_frontier_leads_there_and_says_why(visitor, stage):
    answer = visitor.get(f"/loan/{stage}/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/loan/start/")
    assert "Please start here." in visitor.get("/loan/start/").content.decode()


def test_what_is_told_is_told_once(visitor):
    visitor.get("/loan/form/")
    assert "Please start here." in visitor.get("/loan/start/").content.decode()
    assert "Please start here." not in visitor.get("/loan/start/").content.decode()


def test_each_stage_is_served_as_the_frontier_and_stays_open_behind_it(visitor):
    visitor.ask()
    visitor.prove()
    for stage in ("start", "form", "upload", "confirm"):
        assert visitor.get(f"/loan/{stage}/").status_code == 200


def test_a_stage_that_does_not_apply_is_passed_over(visitor):
    visitor.ask(amount="500")
    assert visitor.get("/loan/upload/").headers["Location"] == "/loan/confirm/"
    assert visitor.get("/loan/confirm/").status_code == 200


def test_a_changed_amount_lapses_the_upload_by_comparison(visitor):
    visitor.ask()
    visitor.prove()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "3000", "purpose": "a boat"})
    assert visitor.get("/loan/confirm/").headers["Location"] == "/loan/upload/"
    change("a0", amount=2000)
    assert visitor.get("/loan/confirm/").headers["Location"] == "/loan/form/", "the form lapsed instead"


def test_going_back_and_sending_the_same_again_lapses_nothing(visitor):
    visitor.ask()
    visitor.prove()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "2000", "purpose": "a boat"})
    assert visitor.get("/loan/confirm/").status_code == 200


def test_a_closed_attempt_answers_its_stages_with_its_outcome_until_a_new_one_is_open(visitor):
    visitor.finish()
    for stage in ("form", "upload", "confirm"):
        assert visitor.get(f"/loan/{stage}/").headers["Location"] == "/loan/done/a0/"
    assert visitor.get("/loan/done/a0/").content == b"done: 500"
    assert visitor.get("/loan/start/").status_code == 200, "the entry shows a new beginning"
    visitor.start()
    assert visitor.get("/loan/confirm/").headers["Location"] == "/loan/form/"


def test_reading_writes_nothing_and_sets_no_session(visitor):
    for stage in ("start", "start", "done/a0"):
        if stage != "done/a0":
            visitor.get(f"/loan/{stage}/")
    assert not NavRecord.objects.exists()
    assert "sessionid" not in visitor.client.cookies
    assert "navrev" not in visitor.client.cookies


def stored_bytes():
    return [*NavRecord.objects.values_list("version", "state"), *Session.objects.values_list("session_data")]


def test_reading_in_the_middle_of_a_flow_changes_nothing_that_is_stored(visitor):
    visitor.ask()
    before = stored_bytes()
    for stage in ("start", "form", "upload"):
        visitor.get(f"/loan/{stage}/")
        visitor.client.head(f"/loan/{stage}/")
    assert stored_bytes() == before


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose", "X-Moz"])
@pytest.mark.parametrize("stage", ["form", "confirm"])
def test_a_prefetch_writes_nothing_not_even_the_sentence_that_says_why(visitor, stage, header):
    visitor.ask()
    before = stored_bytes()
    answer = visitor.get(f"/loan/{stage}/", **{header: "prefetch"})
    assert answer.status_code == (200 if stage == "form" else 303)
    assert stored_bytes() == before
    assert "sessionid" not in answer.cookies


def test_an_accepted_change_changes_the_revision_cookie_and_a_read_does_not(visitor):
    visitor.start()
    first = visitor.client.cookies["navrev"]
    assert (first["httponly"], first["samesite"]) == (True, "Lax")
    value = first.value
    visitor.get("/loan/form/")
    assert visitor.client.cookies["navrev"].value == value
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "5", "purpose": "x"})
    assert visitor.client.cookies["navrev"].value != value


def test_the_page_says_where_it_stands(visitor):
    visitor.ask()
    page = visitor.get("/loan/upload/").content.decode()
    attempt = visitor.form("/loan/upload/")["nav_attempt"]
    assert f'data-nav-flow="loan" data-nav-stage="upload" data-nav-attempt="{attempt}" data-nav-rev="2"' in page
    assert 'data-nav-session-expires="' in page
    assert page.count('data-state="done"') == 2
    assert page.count('data-state="here"') == 1
    assert page.count('data-state="ahead"') == 1


# --- R17 ------------------------------------------------------------------------------------------------------------


def rewrite(visitor, **changes):
    """What another release of the project stored."""
    nav_id = visitor.client.session[NAV_ID_KEY]
    stored = get_storage().load(nav_id, "loan")
    state = {**json.loads(stored.state), **changes}
    assert get_storage().compare_and_set(nav_id, "loan", expected=stored.version, state=json.dumps(state), ttl=1000)


def test_a_stored_stage_that_is_no_more_maps_to_the_frontier(visitor):
    visitor.ask()
    rewrite(visitor, accepted={"gift-wrap": ["f", "p", "/"]})
    assert visitor.get("/loan/upload/").headers["Location"] == "/loan/form/"
    assert visitor.get("/loan/form/").status_code == 200


def test_an_older_schema_is_read(visitor):
    visitor.ask()
    nav_id = visitor.client.session[NAV_ID_KEY]
    stored = get_storage().load(nav_id, "loan")
    old = {name: json.loads(stored.state)[name] for name in ("attempt", "accepted")}
    get_storage().compare_and_set(nav_id, "loan", expected=stored.version, state=json.dumps(old), ttl=1000)
    assert visitor.get("/loan/upload/").status_code == 200


def test_a_state_that_cannot_be_read_makes_the_visitor_new(visitor):
    visitor.ask()
    nav_id = visitor.client.session[NAV_ID_KEY]
    stored = get_storage().load(nav_id, "loan")
    get_storage().compare_and_set(nav_id, "loan", expected=stored.version, state="{", ttl=1000)
    assert visitor.get("/loan/upload/").headers["Location"] == "/loan/form/"
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "2000", "purpose": "a boat"})
    assert visitor.get("/loan/upload/").status_code == 200


# --- An end that was not noted --------------------------------------------------------------------------------------


def crash_at_the_end(visitor):
    visitor.ask(amount="500")
    sent = visitor.form("/loan/confirm/")
    visitor.client.raise_request_exception = False
    assert visitor.send("/loan/confirm/", sent, **{"X-Crash": "1"}).status_code == 500
    assert APPLICATIONS["a0"].attempt == sent["nav_attempt"]
    return sent


def test_the_retry_of_a_request_whose_worker_died_leads_to_what_it_did(visitor):
    sent = crash_at_the_end(visitor)
    assert visitor.send("/loan/confirm/", sent).headers["Location"] == "/loan/done/a0/"
    assert visitor.get("/loan/form/").headers["Location"] == "/loan/done/a0/"


def test_an_attempt_that_ended_unnoticed_does_not_catch_the_next_application(visitor):
    crash_at_the_end(visitor)
    visitor.start()
    sent = {**visitor.form("/loan/form/"), "amount": "700", "purpose": "a sail"}
    assert sent["nav_attempt"] != APPLICATIONS["a0"].attempt
    assert visitor.send("/loan/form/", sent).headers["Location"] == "/loan/confirm/"
    visitor.send("/loan/confirm/", visitor.form("/loan/confirm/"))
    assert visitor.get("/loan/done/a1/").content == b"done: 700"
    assert visitor.get("/loan/form/").headers["Location"] == "/loan/done/a1/"


def test_a_lost_state_does_not_catch_the_next_application_either(visitor):
    visitor.finish()
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "600", "purpose": "a"})
    visitor.send("/loan/confirm/", visitor.form("/loan/confirm/"))
    get_storage().delete(visitor.client.session[NAV_ID_KEY], "loan")
    APPLICATIONS["a2"] = type(APPLICATIONS["a0"])(token="a2", nav_id=APPLICATIONS["a0"].nav_id)
    visitor.client.cookies["application"] = "a2"
    attempt = visitor.form("/loan/form/")["nav_attempt"]
    assert attempt not in {APPLICATIONS["a0"].attempt, APPLICATIONS["a1"].attempt}


# --- Outside the stages ---------------------------------------------------------------------------------------------


def test_another_page_can_look_at_a_flow(visitor):
    assert visitor.get("/elsewhere/").content == b"/loan/start/ 0"
    visitor.ask()
    assert visitor.get("/elsewhere/").content == b"/loan/upload/ 2"
    visitor = Visitor()
    visitor.finish()
    assert visitor.get("/elsewhere/").content.startswith(b"/loan/done/a")


@pytest.mark.parametrize("is_state_lost", [False, True], ids=["", "state lost"])
def test_another_page_knows_of_an_end_that_was_not_noted(visitor, is_state_lost):
    crash_at_the_end(visitor)
    if is_state_lost:
        get_storage().delete(visitor.client.session[NAV_ID_KEY], "loan")
    assert visitor.get("/elsewhere/").content.startswith(b"/loan/done/a0/")


def test_a_passage_outside_a_stage_is_an_error_that_says_so(visitor):
    with pytest.raises(RuntimeError, match=r"/outside/ declares no stage; use @stage\(flow, stage\)"):
        visitor.get("/outside/")
