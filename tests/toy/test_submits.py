"""R4 over HTTP: every cell of the table, a form answered as a document, to htmx and as JSON."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model

from tests.toy.flows import APPLICATIONS, TERMS, change
from tests.toy.visitor import CHANNELS, LOAN, Visitor, hidden_fields, proof

every_channel = pytest.mark.parametrize("channel", CHANNELS)


def went_to(answer, channel):
    """Where an answer that goes on leads: ``(url, push, replace or full)``."""
    if channel == "document":
        assert answer.status_code == 303
        return answer.headers["Location"]
    if channel == "json":
        assert answer.status_code in {200, 201}
        return answer.json()["url"]
    assert answer.status_code == 200
    return json.loads(answer.headers["HX-Location"])["path"]


# --- The fingerprint is current -------------------------------------------------------------------------------------


@every_channel
def test_a_current_form_is_applied_and_leads_on(visitor, channel):
    visitor.start()
    before = visitor.form("/loan/form/")
    answer = visitor.send("/loan/form/", {**before, **LOAN}, channel)
    assert went_to(answer, channel) == "/loan/upload/"
    assert (APPLICATIONS["a0"].amount, APPLICATIONS["a0"].purpose) == (2000, "a boat")
    assert visitor.get("/loan/upload/").status_code == 200
    assert 'data-nav-rev="2"' in visitor.get("/loan/form/").content.decode()


def test_an_applied_form_pushes_for_htmx_and_is_201_for_json(visitor):
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **LOAN}
    location = json.loads(visitor.send("/loan/form/", sent, "htmx").headers["HX-Location"])
    assert (location["push"], "replace" in location) == ("true", False)
    assert (location["target"], location["select"]) == ("#main", "#main")
    again = {**visitor.form("/loan/form/"), **LOAN}
    assert visitor.send("/loan/form/", again, "json").status_code == 201


@pytest.mark.parametrize("channel", ["document", "htmx"])
def test_an_invalid_form_is_kept_and_shown_again_at_the_same_address(visitor, channel):
    visitor.start()
    sent = {**visitor.form("/loan/form/"), "amount": "-5", "purpose": "a <boat>"}
    assert went_to(visitor.send("/loan/form/", sent, channel), channel) == "/loan/form/"
    page = visitor.get("/loan/form/").content.decode()
    assert 'value="-5"' in page
    assert 'value="a &lt;boat&gt;"' in page
    assert "greater than or equal to 1" in page
    assert APPLICATIONS["a0"].amount == 0


def test_json_that_is_invalid_is_told_so_and_not_kept(visitor):
    visitor.start()
    answer = visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "-5", "purpose": "a boat"}, "json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert [error["code"] for error in answer.json()["errors"]["amount"]] == ["min_value"]
    assert 'value="-5"' not in visitor.get("/loan/form/").content.decode()


def test_inside_a_stage_htmx_replaces_the_entry(visitor):
    visitor.start()
    answer = visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "-5"}, "htmx")
    location = json.loads(answer.headers["HX-Location"])
    assert (location["replace"], "push" in location) == ("true", False)


def test_kept_input_goes_once_the_form_was_taken(visitor):
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "-5"})
    assert 'class="kept"' in visitor.get("/loan/form/").content.decode()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **LOAN})
    assert 'class="kept"' not in visitor.get("/loan/form/").content.decode()


# --- It differs, the same payload was accepted ----------------------------------------------------------------------


@every_channel
def test_a_double_submit_leads_where_the_first_one_led_and_does_nothing(visitor, channel):
    sent = visitor.ask()
    change("a0", purpose="a bigger boat")
    assert went_to(visitor.send("/loan/form/", sent, channel), channel) == "/loan/upload/"
    assert APPLICATIONS["a0"].purpose == "a bigger boat"


def test_a_retried_json_request_has_the_same_body_and_200(visitor):
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **LOAN}
    first, second = visitor.send("/loan/form/", sent, "json"), visitor.send("/loan/form/", sent, "json")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content


def test_the_same_file_twice_is_a_replay_and_another_file_is_not(visitor):
    visitor.ask()
    carried = visitor.form("/loan/upload/")
    send = {"first": proof("one"), "same": proof("one"), "other": proof("two"), "renamed": proof("one", "b.txt")}
    answers = {what: visitor.send("/loan/upload/", {**carried, "document": file}) for what, file in send.items()}
    assert {what: answer.status_code for what, answer in answers.items()} == {
        "first": 303,
        "same": 303,
        "other": 409,
        "renamed": 409,
    }
    assert APPLICATIONS["a0"].document == "proof.txt: one"


# --- It differs, the payload is new ---------------------------------------------------------------------------------


def conflict(visitor, channel):
    """The rate changes after the page was shown."""
    visitor.ask(amount="500")
    sent = visitor.form("/loan/confirm/")
    TERMS["rate"] = 7
    return visitor.send("/loan/confirm/", {**sent, "remark": 'be "quick"'}, channel)


@pytest.mark.parametrize("channel", ["document", "htmx"])
def test_a_conflict_names_what_changed_and_keeps_the_input(visitor, channel):
    answer = conflict(visitor, channel)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'data-testid="conflict"' in page
    assert '<th scope="row">rate</th><td><del>5</del></td><td><ins>7</ins></td>' in page
    assert "<del>500</del>" not in page, "what has not changed is not named"
    assert hidden_fields(answer)["remark"] == 'be "quick"'
    assert APPLICATIONS["a0"].attempt == ""


@pytest.mark.parametrize("channel", ["document", "htmx"])
def test_one_button_confirms_a_conflict(visitor, channel):
    fields = hidden_fields(conflict(visitor, channel))
    assert went_to(visitor.send("/loan/confirm/", fields), "document") == "/loan/done/a0/"
    assert APPLICATIONS["a0"].attempt == fields["nav_attempt"]


def test_a_conflict_tells_htmx_to_show_it_in_place_and_not_to_make_an_entry(visitor):
    answer = conflict(visitor, "htmx")
    names = ("HX-Replace-Url", "HX-Retarget", "HX-Reselect", "HX-Reswap")
    assert [answer.headers[name] for name in names] == ["/loan/confirm/", "#main", "#main", "outerHTML"]
    assert 'id="main"' in answer.content.decode()


def test_a_conflict_is_a_problem_document_for_json_and_can_be_confirmed(visitor):
    answer = conflict(visitor, "json")
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert problem["changes"] == [{"label": "rate", "was": "5", "now": "7"}]
    confirmed = visitor.send("/loan/confirm/", {name: problem[name] for name in ("nav_attempt", "nav_seen")}, "json")
    assert (confirmed.status_code, confirmed.json()) == (201, {"url": "/loan/done/a0/"})


def test_only_what_the_stage_itself_showed_is_compared(visitor):
    visitor.ask()
    stale = visitor.form("/loan/form/")
    visitor.prove()
    TERMS["rate"] = 9
    answer = visitor.send("/loan/form/", {**stale, "amount": "2500", "purpose": "a boat"})
    assert went_to(answer, "document") == "/loan/upload/", "an amendment, no conflict"


@pytest.mark.parametrize("was", ["", "null", "{", '{"rate": 1}'], ids=["none", "null", "broken", "made up"])
def test_a_conflict_that_cannot_say_what_the_form_showed_asks_to_look_again(visitor, was):
    visitor.ask(amount="500")
    sent = {**visitor.form("/loan/confirm/"), "nav_was": was}
    TERMS["rate"] = 7
    page = visitor.send("/loan/confirm/", sent).content.decode()
    assert "<del>1</del>" not in page
    assert "<del>5</del>" not in page


def test_what_was_empty_before_is_named_by_a_dash(visitor):
    visitor.ask()
    sent = visitor.form("/loan/upload/")
    change("a0", document="a.txt: from another tab")
    page = visitor.send("/loan/upload/", {**sent, "document": proof()}).content.decode()
    assert "<del>–</del></td><td><ins>a.txt: from another tab</ins>" in page


def test_a_conflict_where_nothing_can_be_named_says_so(visitor):
    visitor.ask(amount="500")
    sent = {**visitor.form("/loan/confirm/"), "nav_seen": "made up"}
    page = visitor.send("/loan/confirm/", sent)
    assert page.status_code == 409


# --- The attempt is closed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["form", "confirm"])
@every_channel
def test_a_form_of_a_closed_attempt_leads_to_its_outcome(visitor, channel, stage):
    sent = {**visitor.finish(), **LOAN}
    answer = visitor.send(f"/loan/{stage}/", sent, channel)
    if channel == "document":
        assert (answer.status_code, answer.headers["Location"]) == (303, "/loan/done/a0/")
    elif channel == "htmx":
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/loan/done/a0/")
        assert "HX-Location" not in answer.headers
    else:
        assert (answer.status_code, answer.json()["url"]) == (409, "/loan/done/a0/")
    assert APPLICATIONS["a0"].amount == 500


def test_a_form_of_the_attempt_before_leads_to_the_outcome_of_that_one(visitor):
    old = visitor.finish()
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "700", "purpose": "a sail"})
    assert went_to(visitor.send("/loan/confirm/", old), "document") == "/loan/done/a0/"
    assert APPLICATIONS["a1"].attempt == ""


def test_a_form_of_an_attempt_that_only_the_project_remembers_leads_to_its_outcome(visitor):
    sent = visitor.finish()
    stranger = Visitor()
    stranger.start()
    assert went_to(stranger.send("/loan/confirm/", sent), "document") == "/loan/done/a0/"


# --- The session is gone --------------------------------------------------------------------------------------------


def after_the_session(visitor, channel):
    """The session is gone and nothing that the browser holds names the visitor any more."""
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **LOAN}
    visitor.lose_session()
    change("a0", nav_id="")
    return visitor.send("/loan/form/", sent, channel)


def test_a_form_of_a_session_that_is_gone_comes_back_with_its_input(visitor):
    answer = after_the_session(visitor, "document")
    assert went_to(answer, "document") == "/loan/form/"
    page = visitor.get("/loan/form/").content.decode()
    assert "Your visit had ended." in page
    assert 'value="2000"' in page
    assert 'value="a boat"' in page
    assert APPLICATIONS["a0"].amount == 0
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), **LOAN})
    assert APPLICATIONS["a0"].amount == 2000


def test_htmx_is_told_401_and_leaves_the_page(visitor):
    answer = after_the_session(visitor, "htmx")
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.content) == (401, "/loan/form/", b"")
    assert 'value="a boat"' in visitor.get("/loan/form/").content.decode()


def test_json_is_told_401_in_a_problem_document(visitor):
    answer = after_the_session(visitor, "json")
    assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 'value="a boat"' in visitor.get("/loan/form/").content.decode()


@every_channel
def test_what_the_browser_still_holds_spares_it_the_loss(visitor, channel):
    """The application's cookie names the visitor, so the same attempt goes on under a new session."""
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **LOAN}
    visitor.lose_session()
    assert went_to(visitor.send("/loan/form/", sent, channel), channel) == "/loan/upload/"


def test_input_longer_than_anybody_types_is_not_kept(visitor):
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "-1", "purpose": "x" * 20_000})
    assert 'class="kept"' not in visitor.get("/loan/form/").content.decode()


# --- Ahead of the frontier ------------------------------------------------------------------------------------------


@every_channel
def test_a_form_ahead_of_the_frontier_is_not_taken_and_its_input_kept(visitor, channel):
    visitor.ask(amount="500")
    sent = visitor.form("/loan/confirm/")
    change("a0", amount=5000)
    answer = visitor.send("/loan/confirm/", {**sent, "remark": "hello"}, channel)
    if channel == "json":
        assert (answer.status_code, answer.json()["stage"], answer.json()["url"]) == (409, "form", "/loan/form/")
    else:
        assert went_to(answer, channel) == "/loan/form/"
    if channel == "htmx":
        assert json.loads(answer.headers["HX-Location"])["replace"] == "true"
    assert APPLICATIONS["a0"].attempt == ""
    change("a0", amount=500)
    assert "remark=hello" in visitor.get("/loan/confirm/").content.decode()


# --- Whose input it is ----------------------------------------------------------------------------------------------


def person(name):
    manager = get_user_model().objects
    field = get_user_model().USERNAME_FIELD
    return manager.create_user(**{field: f"{name}@example.org"})


def test_input_typed_under_an_account_is_shown_to_that_account_only(visitor):
    ann, bob = person("ann"), person("bob")
    visitor.start()
    visitor.client.force_login(ann)
    sent = {**visitor.form("/loan/form/"), "amount": "-1", "purpose": "secret"}
    assert sent["nav_owner"]
    visitor.send("/loan/form/", sent)
    assert "secret" in visitor.get("/loan/form/").content.decode()
    session = visitor.client.session
    session["_auth_user_id"], session["_auth_user_hash"] = str(bob.pk), bob.get_session_auth_hash()
    session.save()
    assert "secret" not in visitor.get("/loan/form/").content.decode()


def test_a_guest_s_input_survives_the_login(visitor):
    visitor.start()
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "-1", "purpose": "mine"})
    visitor.client.force_login(person("ann"))
    assert "mine" in visitor.get("/loan/form/").content.decode()
