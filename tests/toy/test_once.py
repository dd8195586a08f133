"""R20: one drawn form has one effect; what leads nowhere leaves no trace. The same in SQL and in Redis."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from navstate.sessions.middleware import SessionMiddleware
from tests.toy import pressed
from tests.toy.once import BROWSER, Presser
from tests.toy.visitor import hidden_fields, proof

STORES = ["navstate.once.sql.SqlClaims", pytest.param("navstate.once.redis.RedisClaims", marks=pytest.mark.services)]
EFFECTS = pressed.EFFECTS


@pytest.fixture(autouse=True, params=STORES, ids=["sql", "redis"])
def _once(settings, request):
    settings.ROOT_URLCONF = "tests.toy.pressed"
    settings.NAVSTATE_ONCE_STORAGE = request.param
    settings.NAVSTATE_ONCE_WAIT = 0.1
    settings.NAVSTATE_ONCE_WINDOW = settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 120  # the machine may be busy
    pressed.reset()


@pytest.fixture
def presser() -> Presser:
    return Presser()


# --- Forms with a token ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/send/", "/later/", "/classy/", "/write/"])
def test_a_form_pressed_again_goes_where_the_first_press_led(presser, url) -> None:
    twin = presser.twin()
    answers = [each.press(url, what="boat") for each in (presser, twin, presser)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(answers[0].status_code, "/done/")] * 3
    assert EFFECTS == ["boat"]


def test_control_without_the_guard_each_press_has_its_effect(presser) -> None:
    presser.press("/unguarded/")
    presser.twin().press("/unguarded/")
    assert len(EFFECTS) == 2


def test_a_form_that_was_drawn_anew_is_another(presser) -> None:
    presser.press()
    presser.draw()
    presser.press()
    assert len(EFFECTS) == 2


def test_other_input_another_address_and_another_browser_are_other_presses(presser) -> None:
    presser.press(what="a")
    presser.press(what="b")
    presser.press("/send/?x=1", what="a")
    presser.press("/classy/", what="a")
    other = Presser()
    other.press(what="a")
    assert len(EFFECTS) == 5


@pytest.mark.parametrize("entered", [{"how": "invalid"}, {"how": "error"}, {"how": "status", "status": 404}])
def test_an_answer_that_leads_nowhere_leaves_no_trace(presser, entered) -> None:
    first = presser.press(**entered)
    assert first.status_code == {"invalid": 200, "error": 500, "status": 404}[entered["how"]]
    before = len(EFFECTS)
    assert presser.press(**entered).status_code == first.status_code
    assert len(EFFECTS) == 2 * before
    assert presser.press(how="").status_code == 303


def test_a_file_is_part_of_what_was_sent(presser) -> None:
    for text in ("one", "one", "two"):
        presser.press(proof=proof(text))
    assert len(EFFECTS) == 2


def test_reading_is_never_held_up(presser) -> None:
    assert presser.get("/classy/").status_code == 405
    assert presser.get("/classy/").status_code == 405


def test_a_page_that_came_back_gets_a_new_token_for_its_forms(presser) -> None:
    """From the browser's memory, and unchanged: a press of it is meant."""
    (shown,) = re.findall(r'data-nav-shown="([^"]+)"', presser.get("/done/").content.decode())
    asked = {"rid": "/done/", "rev": shown}
    tokens = [presser.client.get("/api/route", asked) for _ in range(2)]
    assert {answer.status_code for answer in tokens} == {204}
    for answer in tokens:
        presser.form_fields = {"csrfmiddlewaretoken": answer["X-Nav-Token"]}
        presser.press()
    assert len(EFFECTS) == 2
    assert "Set-Cookie" not in tokens[0].headers
    assert "X-Nav-Token" not in Client().get("/api/route", asked).headers  # it holds no token yet


# --- A lost answer --------------------------------------------------------------------------------------------------
def test_the_twin_is_given_the_session_that_the_first_answer_brought(presser) -> None:
    twin = presser.twin()
    presser.press(how="session")
    assert twin.press(how="session")["Location"] == "/done/"
    assert twin.client.cookies["sessionid"].value == presser.client.cookies["sessionid"].value
    assert len(EFFECTS) == 1


def test_the_twin_is_given_cookies_and_messages_too(presser) -> None:
    twin = presser.twin()
    presser.press(how="cookie")
    assert twin.press(how="cookie").cookies["own"].value == "x"
    other = presser.twin()
    presser.press(how="told")
    other.press(how="told")
    for each in (presser, other):
        assert "taken" in str(list(each.client.session.values()))
    assert len(EFFECTS) == 2


def test_cookies_of_great_length_are_not_kept(presser) -> None:
    twin = presser.twin()
    presser.press(how="cookie", length=5000)
    assert "own" not in twin.press(how="cookie", length=5000).cookies


def test_the_same_form_sent_in_another_way_is_answered_in_that(presser) -> None:
    presser.press()
    answer = presser.press(channel="htmx")
    assert '"path": "/done/"' in answer["HX-Location"]
    presser.draw()
    presser.press(channel="htmx")
    assert presser.press()["Location"] == "/done/"
    assert len(EFFECTS) == 2


def test_a_session_that_was_ended_meanwhile_spoils_nothing(presser) -> None:
    presser.press(how="session")
    presser.draw()
    twin = presser.twin()
    assert [each.press(how="ended").status_code for each in (presser, twin)] == [303, 303]
    assert len(EFFECTS) == 2


def test_a_session_that_cannot_be_saved_does_not_have_the_press_made_again(presser, monkeypatch, caplog) -> None:
    def fail(self):
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(SessionMiddleware(lambda _: None).SessionStore, "save", fail)
        presser.press(how="session")
    assert "could not be saved" in caplog.text
    assert presser.press(how="session").status_code == 303
    assert len(EFFECTS) == 1


# --- Public forms ---------------------------------------------------------------------------------------------------
@pytest.fixture
def visitor(presser) -> Presser:
    """Known by a session, on a page without a token."""
    presser.press(how="session")
    presser.form_fields = {}
    EFFECTS.clear()
    return presser


def test_a_public_form_is_pressed_once_within_the_window(visitor, settings) -> None:
    assert visitor.press("/subscribe/", what="a")["Location"] == "/done/"
    assert visitor.press("/subscribe/", what="a")["Location"] == "/done/"
    visitor.press("/subscribe/", what="b")
    assert EFFECTS == ["a", "b"]
    settings.NAVSTATE_ONCE_WINDOW = 0
    visitor.press("/subscribe/", what="c")
    visitor.press("/subscribe/", what="c")
    assert EFFECTS == ["a", "b", "c", "c"]


@pytest.mark.parametrize(
    ("url", "headers", "counts"),
    [
        ("/done/", {}, 2),
        ("/open/", {}, 1),
        ("/done/?status=404", {}, 1),
        ("/done/", {"Sec-Purpose": "prefetch"}, 1),
    ],
)
def test_a_press_after_its_result_was_served_is_meant(visitor, monkeypatch, url, headers, counts) -> None:
    monkeypatch.setattr("navstate.once.settling.GRACE", 0)
    visitor.press("/subscribe/")
    visitor.get(url, **headers)
    visitor.press("/subscribe/")
    assert len(EFFECTS) == counts


def test_a_twin_that_lost_the_first_answer_can_tell_too_that_its_result_was_served(visitor, monkeypatch) -> None:
    monkeypatch.setattr("navstate.once.settling.GRACE", 0)
    twin = visitor.twin()
    twin.form_fields = {}
    visitor.press("/subscribe/")
    twin.press("/subscribe/")
    twin.get("/done/")
    twin.press("/subscribe/")
    assert len(EFFECTS) == 2


def test_a_result_on_its_way_to_the_screen_was_not_seen_yet(visitor) -> None:
    visitor.press("/subscribe/")
    visitor.get("/done/")
    visitor.press("/subscribe/")
    assert len(EFFECTS) == 1


@pytest.mark.parametrize(
    "mark", ["x", "a.1.b", "a.x.b", "\x00.99999999999999.b", "a.99999999999999.b", "..", "a.²." + "c"]
)
def test_a_mark_that_is_none_does_nothing(visitor, mark) -> None:
    visitor.press("/subscribe/")
    sent = {name: cookie.value for name, cookie in visitor.client.cookies.items()} | {"navonce": mark}
    header = "; ".join(f"{name}={value}" for name, value in sent.items())
    assert visitor.get("/done/", Cookie=header.encode().decode("latin-1")).status_code == 200, (
        "as it comes off the wire"
    )


def test_strangers_at_one_address_who_begin_a_session_each_have_their_own() -> None:
    one, other = Presser(), Presser()
    for each in (one, other):
        each.client.cookies.clear()
        each.form_fields = {}
        each.press("/subscribe/", how="session")
    assert one.client.cookies["sessionid"].value != other.client.cookies["sessionid"].value
    one.press("/subscribe/", how="session")
    assert len(EFFECTS) == 2


def test_strangers_without_anything_of_their_own_are_told_by_address_and_browser() -> None:
    one, other = Client(), Client()
    for client, agent in ((one, "a"), (other, "a"), (other, "b")):
        client.post("/subscribe/", headers={**BROWSER, "User-Agent": agent})
    assert len(EFFECTS) == 2
    for client in (one, other):
        client.post("/subscribe/", {"how": "cookie"}, headers=BROWSER)
    assert len(EFFECTS) == 4


def test_a_token_that_a_script_took_from_the_cookie_names_no_form(presser, settings) -> None:
    presser.form_fields = {"csrfmiddlewaretoken": presser.client.cookies["csrftoken"].value}
    presser.press()
    presser.press()
    settings.NAVSTATE_ONCE_WINDOW = 0
    presser.press(what="x")
    presser.press(what="x")
    assert len(EFFECTS) == 3


def test_tokens_that_lie_in_the_session_do_as_well(settings) -> None:
    settings.CSRF_USE_SESSIONS = True
    presser = Presser()
    presser.press()
    presser.twin().press()
    assert len(EFFECTS) == 1


def test_what_a_script_or_a_program_sends_without_a_word_is_meant_each_time(visitor) -> None:
    for _ in range(2):
        visitor.press("/subscribe/", channel="htmx")
        visitor.client.post("/subscribe/", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"})
    assert len(EFFECTS) == 4


# --- Programs -------------------------------------------------------------------------------------------------------
def call(key: str, body: str = '{"n": [1, {"deep": 2}]}', **headers: str):
    return Client(raise_request_exception=False).post(
        "/api/things/", body, content_type="application/json", headers={"Idempotency-Key": key, **headers}
    )


def test_the_same_key_and_body_get_the_first_answer() -> None:
    first, second = call("k1"), call("k1")
    assert (first.status_code, first.json()["number"], first["Location"]) == (201, 1, "/api/1/")
    assert (second.status_code, second.content, second["Location"]) == (201, first.content, "/api/1/")
    assert second["Content-Type"] == first["Content-Type"]
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert call("k2").json()["number"] == 2


def test_another_body_under_the_same_key_is_refused() -> None:
    call("k1")
    answer = call("k1", '{"n": [1, {"deep": 3}]}')
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert len(EFFECTS) == 1


def test_the_body_of_any_method_counts() -> None:
    def put(body: str):
        kind = "application/x-www-form-urlencoded"
        return Client().put("/api/things/", body, content_type=kind, headers={"Idempotency-Key": "k1"})

    assert [put(body).status_code for body in ("a=1", "a=1", "a=2")] == [201, 201, 422]


@pytest.mark.parametrize("headers", [{"X-Size": "20000"}, {"X-Binary": "1"}])
def test_a_body_that_cannot_be_kept_is_told_again_without_it(headers) -> None:
    call("k1", **headers)
    again = call("k1", **headers)
    assert (again.status_code, again.content, len(EFFECTS)) == (201, b"", 1)


def test_a_refusal_leaves_no_trace() -> None:
    assert call("k1", **{"X-Refuse": "1"}).status_code == 422
    assert call("k1", "{}").status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_a_sensible_length(key) -> None:
    assert call(key).status_code == 400
    assert not EFFECTS


def test_whoever_has_credentials_is_told_by_them() -> None:
    call("k1", Authorization="Bearer a")
    call("k1", Authorization="Bearer a", **{"User-Agent": "moved"})
    call("k1", Authorization="Bearer b")
    assert len(EFFECTS) == 2


# --- Still running --------------------------------------------------------------------------------------------------
@pytest.fixture
def running(monkeypatch):
    """The first one is never done."""
    monkeypatch.setattr("navstate.once.settling._settle", lambda request, claimed, response: response)


def test_a_browser_is_told_that_it_is_still_being_done(presser, running) -> None:
    presser.press(what="<a>")
    answer = presser.press(what="<a>")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "2", "private, no-store")
    assert hidden_fields(answer) == {**presser.form_fields, "what": "<a>"}
    assert len(EFFECTS) == 1
    assert presser.press(channel="json").status_code in {409, 422, 403}


def test_a_form_with_a_password_is_not_written_into_a_page(presser, running) -> None:
    for _ in range(2):
        answer = presser.press(password="secret")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


def test_a_program_is_told_to_come_again(running) -> None:
    call("k1")
    answer = call("k1")
    assert (answer.status_code, answer["Retry-After"]) == (409, "2")
    assert call("k1", "{}").status_code == 422


def test_what_a_killed_process_left_behind_ends_with_the_lock_timeout(presser, running, settings) -> None:
    settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 0.05
    settings.NAVSTATE_ONCE_WAIT = 2
    presser.press()
    assert presser.press().status_code == 303
    assert len(EFFECTS) == 2
