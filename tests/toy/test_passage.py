"""What views do with a passage while other requests do the same; what a project registers."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse

from navstate import registry
from navstate.answers import decide_again
from navstate.request import stored_state
from navstate.request.kept import MAX_KEPT_CHARS
from navstate.request.nav import Nav
from navstate.request.passage import Passage
from navstate.request.stored_state import Contended
from navstate.rules.state import NavState
from navstate.sessions import NAV_ID_KEY
from navstate.storage import prefetched
from navstate.storage.base import Stored, get_storage
from tests.toy import views
from tests.toy.flows import APPLICATIONS, LOAN, change
from tests.toy.visitor import LOAN as ENTERED
from tests.toy.visitor import proof

NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def passage_of(rf, visitor, stage="form", data=None):
    """The passage of one more request of this visitor, at the moment when its view runs."""
    request = rf.post("/loan/form/", data or ENTERED)
    request.COOKIES = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    request.session = visitor.client.session
    request.nav = Nav(request)
    nav_id = request.session[NAV_ID_KEY]
    return Passage(request.nav, registry.get("loan"), LOAN[stage], nav_id, get_storage().load(nav_id, "loan"))


def stored(visitor):
    return NavState.from_json(get_storage().load(visitor.client.session[NAV_ID_KEY], "loan").state)


def test_two_stages_accepted_at_once_are_both_accepted(rf, visitor):
    visitor.ask()
    first, second = passage_of(rf, visitor, "form"), passage_of(rf, visitor, "upload")
    first.accept(led_to="/a/")
    second.accept(led_to="/b/")
    assert {name: accepted.led_to for name, accepted in stored(visitor).accepted.items()} == {
        "form": "/a/",
        "upload": "/b/",
    }
    assert stored(visitor).revision == 4


def test_an_attempt_closed_twice_at_once_keeps_its_first_outcome(rf, visitor):
    visitor.ask()
    first, second = passage_of(rf, visitor), passage_of(rf, visitor)
    first.close(outcome="one")
    second.close(outcome="two")
    assert stored(visitor).outcome == "one"


def test_a_late_write_never_lands_in_the_next_attempt(rf, visitor):
    visitor.ask(amount="500")
    late_accept, late_close = passage_of(rf, visitor), passage_of(rf, visitor)
    visitor.send("/loan/confirm/", visitor.form("/loan/confirm/"))
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "7", "purpose": "x"})
    before = stored(visitor)
    change("a0", attempt="")  # as the slow requests read it
    late_accept.accept(led_to="/late/")
    late_close.close(outcome="late")
    assert (stored(visitor).outcome, stored(visitor).accepted) == ("", before.accepted)


@pytest.fixture
def lost_writes(monkeypatch):
    """The first writes lose, as many as are put in here; somebody else's came first."""
    left = []
    storage = get_storage()
    write = storage.compare_and_set
    monkeypatch.setattr(storage, "compare_and_set", lambda *a, **k: False if left and left.pop() else write(*a, **k))
    return left


def test_a_write_that_lost_is_tried_again(visitor, lost_writes):
    visitor.start()
    lost_writes += [True] * (stored_state.MAX_TRIES - 1)
    assert visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **ENTERED}).status_code == 303
    assert visitor.get("/loan/upload/").status_code == 200


def test_a_write_that_always_loses_gives_up_with_an_error(visitor, lost_writes):
    visitor.start()
    lost_writes += [True] * stored_state.MAX_TRIES
    with pytest.raises(Contended, match="loan: 8 writes lost in a row"):
        visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **ENTERED})


def test_s30_a_twin_that_is_accepted_between_the_look_and_the_refusal_is_no_conflict(rf, visitor, monkeypatch):
    """Two clicks: the first one's facts are written, and it is accepted while the second one is being refused for them."""
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **ENTERED}
    twin = passage_of(rf, visitor, data=sent)
    change("a0", amount=int(ENTERED["amount"]), purpose=ENTERED["purpose"])
    storage = get_storage()
    write = storage.compare_and_set

    def after_the_twin(*args, **kwargs):
        monkeypatch.setattr(storage, "compare_and_set", write)
        twin.accept(led_to="/loan/upload/")
        return write(*args, **kwargs)

    monkeypatch.setattr(storage, "compare_and_set", after_the_twin)
    answer = visitor.send("/loan/form/", sent, **NAVIGATES)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/loan/upload/")
    assert not stored(visitor).kept


def test_what_is_too_long_to_be_kept_is_answered_with_the_changes_at_once(visitor):
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **ENTERED, "purpose": "x" * MAX_KEPT_CHARS}
    change("a0", amount=7)
    answer = visitor.send("/loan/form/", sent, **NAVIGATES)
    assert answer.status_code == 409
    assert not stored(visitor).kept


# --- A conditional write that came too late ---------------------------------------------------------------------------

LOST = {"X-Lost": "1"}


def test_a_submit_that_lost_its_write_and_sees_no_difference_asks_to_look_again(visitor):
    visitor.start()
    answer = visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **ENTERED}, **LOST)
    assert answer.status_code == 409
    assert "Please look at it again" in answer.content.decode()


def test_twins_a_submit_that_lost_to_one_that_changed_nothing_goes_where_that_one_led(visitor):
    visitor.ask()
    again = {**visitor.form("/loan/form/"), **ENTERED}
    assert visitor.send("/loan/form/", again, **LOST).headers["Location"] == "/loan/upload/"


def test_twins_where_nothing_that_was_shown_changed_the_form_is_taken_once_more(visitor, monkeypatch):
    visitor.start()
    again = lambda request: decide_again(request, lambda: HttpResponse("taken once more"))  # noqa: E731
    monkeypatch.setattr(views, "decide_again", again)
    answer = visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **ENTERED}, **LOST)
    assert answer.content == b"taken once more"


def test_twins_the_page_of_a_refusal_leads_on_once_its_twin_was_accepted(rf, visitor):
    """The first one is between writing and being accepted while the second is refused for what it wrote."""
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **ENTERED}
    twin = passage_of(rf, visitor, data=sent)
    change("a0", amount=int(ENTERED["amount"]), purpose=ENTERED["purpose"])
    refused = visitor.send("/loan/form/", sent, **NAVIGATES).headers["Location"]
    assert refused == "/loan/form/?changed=1"
    twin.accept(led_to="/loan/upload/")
    answer = visitor.get(refused)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/loan/upload/")
    assert b"kept" not in visitor.get("/loan/form/").content


def test_a_submit_that_lost_to_the_end_of_the_attempt_leads_to_its_outcome(visitor, monkeypatch):
    visitor.ask(amount="500")
    sent = {**visitor.form("/loan/form/"), **ENTERED}

    def ended(request):
        passage = request.nav.passage
        APPLICATIONS["a0"].attempt = passage.attempt
        passage.close(outcome="a0")
        return decide_again(request)

    decide_again = views.decide_again
    monkeypatch.setattr(views, "decide_again", ended)
    assert visitor.send("/loan/form/", sent, **LOST).headers["Location"] == "/loan/done/a0/"


def test_a_submit_that_lost_its_ground_is_led_back_and_its_input_kept(visitor, monkeypatch):
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **ENTERED}

    def withdrawn(request):
        change("a0", token="")
        return decide_again(request)

    decide_again = views.decide_again
    monkeypatch.setattr(views, "decide_again", withdrawn)
    assert visitor.send("/loan/form/", sent, **LOST).headers["Location"] == "/loan/start/"
    change("a0", token="a0")
    assert 'value="a boat"' in visitor.get("/loan/form/").content.decode()


# --- State that came along with the session ---------------------------------------------------------------------------


class Prefetching(SessionBase):
    """A session that has read the state of its visitor in the same round trip."""

    def __init__(self, nav_id, read):
        super().__init__()
        self._session_cache = {NAV_ID_KEY: nav_id}
        self.nav_prefetched = read


@pytest.fixture
def no_storage(monkeypatch):
    monkeypatch.setattr(prefetched, "get_storage", lambda: pytest.fail("the store was asked"))


def asking(rf, session):
    request = rf.get("/")
    request.session = session
    return request


def test_state_read_with_the_session_is_not_read_again(rf, no_storage):
    read = Stored(3, "{}")
    request = asking(rf, Prefetching("me", {"loan": read, "desk": None}))
    assert prefetched.stored_of(request, "me", "loan") is read
    assert prefetched.stored_of(request, "me", "desk") is None


def test_state_of_another_visitor_or_flow_is_read_from_the_store(rf):
    request = asking(rf, Prefetching("me", {"loan": Stored(3, "{}")}))
    assert prefetched.stored_of(request, "you", "loan") is None
    assert prefetched.stored_of(request, "me", "desk") is None


def test_the_same_in_an_async_stack(rf, no_storage):
    read = Stored(3, "{}")
    request = asking(rf, Prefetching("me", {"loan": read}))
    coroutine = prefetched.astored_of(request, "me", "loan")
    with pytest.raises(StopIteration) as done:
        while True:
            coroutine.send(None)
    assert done.value.value is read


def test_what_was_read_with_the_session_is_forgotten_once_it_was_written(rf, visitor):
    visitor.start()
    passage = passage_of(rf, visitor)
    passage.nav.request.session.nav_prefetched = {"loan": None, "desk": None}
    passage.touch()
    assert passage.nav.request.session.nav_prefetched == {"desk": None}


def test_a_view_of_a_stage_asks_for_its_own_flow_without_reading_it_twice(rf, visitor):
    visitor.start()
    passage = passage_of(rf, visitor)
    passage.nav.passage = passage
    assert passage.nav.flow("loan") is passage
    assert passage.nav.flow("desk").flow.name == "desk"


def test_issue8_a_flow_that_nothing_was_decided_about_decides_when_it_is_asked(rf, visitor):
    visitor.start()
    nav = passage_of(rf, visitor).nav
    assert (nav.flow("loan").may_run, nav.flow("loan").decision.frontier) == (True, "form")
    assert nav.flow("desk").decision.stage == "login"


# --- What was sent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"text"', "[" * 100_000], ids=lambda body: body[:6])
def test_a_body_that_is_no_json_object_counts_as_nothing_sent(rf, body):
    request = rf.post("/", body, content_type="application/json")
    assert Nav(request).payload == {}


def test_json_comes_as_the_fields_of_a_form(rf):
    sent = {"a": 1, "b": [1, "two", None], "c": None, "d": True, "nav_seen": "x", "e": "\ud800", "f": {"g": 1}}
    request = rf.post("/", json.dumps(sent), content_type="application/json")
    assert Nav(request).posted["nav_seen"] == "x"
    assert Nav(request).payload == {
        "a": ["1"],
        "b": ["1", "two", ""],
        "c": [""],
        "d": ["True"],
        "e": ["?"],
        "f": ["{'g': 1}"],
    }


def test_a_file_is_left_as_if_nobody_had_read_it(rf):
    request = rf.post("/", {"document": proof("text")})
    assert Nav(request).payload_digest != Nav(rf.post("/", {})).payload_digest
    assert request.FILES["document"].read() == b"text"


# --- What a project registers -----------------------------------------------------------------------------------------


def test_an_unknown_flow_is_named_beside_the_known_ones():
    with pytest.raises(LookupError, match="no flow 'lone' is registered; known: loan, desk"):
        registry.get("lone")
    registry.unregister("loan")
    registry.unregister("desk")
    registry.unregister("desk")
    with pytest.raises(LookupError, match="known: none"):
        registry.get("loan")


def test_a_project_that_answers_little_gets_plain_answers(rf):
    registry.register(LOAN, facts=lambda request: {})
    plain = registry.get("loan")
    assert registry.flow_names() == ("loan", "desk")
    assert (plain.find_outcome("x"), plain.outcome_url(rf.get("/"), "x")) == ("", "/loan/done/x/")
    assert registry.needed_attempts("loan", ["a"]) == set()
    assert registry.needed_attempts("gone", ["a"]) == set()


def test_what_must_not_be_pruned_is_the_project_s_to_say():
    registry.register(LOAN, facts=lambda request: {}, needed=lambda attempts: set(attempts) & {"a"})
    assert registry.needed_attempts("loan", ["a", "b"]) == {"a"}


def test_changes_are_named_in_the_order_they_were_shown():
    was, now = {"a": 1, "long_name": None, "b": 2}, {"a": 1, "long_name": "x", "b": [], "c": {}}
    assert [(change.label, change.was, change.now) for change in registry.describe_by_labels(LOAN, was, now)] == [
        ("long name", "–", "x"),
        ("b", "2", "–"),
        ("c", "–", "–"),
    ]
