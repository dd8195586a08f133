"""What is remembered of a visitor: attempts, outcomes, kept input, and its stored form across releases (R17)."""

import json

import pytest

from navstate.rules.machine import close
from navstate.rules.state import (
    MAX_CLOSED,
    SCHEMA,
    Accepted,
    Kept,
    NavState,
    Note,
    attempt_id,
    read_note,
    read_state,
)
from tests.navstate.flows import NAV_ID, run


def test_a_visitor_of_whom_nothing_is_stored_has_the_same_attempt_on_every_read():
    assert NavState.virtual(NAV_ID, "purchase") == NavState.virtual(NAV_ID, "purchase")


def test_attempts_differ_by_visitor_flow_and_serial():
    attempts = {
        attempt_id("visitor-1", "purchase", 0),
        attempt_id("visitor-2", "purchase", 0),
        attempt_id("visitor-1", "account", 0),
        attempt_id("visitor-1", "purchase", 1),
    }
    assert len(attempts) == 4
    assert all(len(attempt) == 32 for attempt in attempts)


def test_an_open_attempt_has_no_outcome():
    assert run("address").outcome_of(run().attempt) == ""


def test_the_outcome_of_this_and_of_older_attempts_is_known():
    first = close(run(), outcome="order-1")
    second = close(first.reopened(NAV_ID, "purchase"), outcome="order-2")
    assert second.outcome_of(first.attempt) == "order-1"
    assert second.outcome_of(second.attempt) == "order-2"
    assert second.outcome_of("never seen") == ""


def test_knows_its_own_and_older_attempts_only():
    first = close(run(), outcome="order-1")
    second = first.reopened(NAV_ID, "purchase")
    assert second.knows(first.attempt)
    assert second.knows(second.attempt)
    assert not second.knows(attempt_id(NAV_ID, "purchase", 2))
    assert not second.knows("")


def test_a_reopened_attempt_starts_afresh_under_a_new_id():
    first = close(run("address", "shipping").keeping("review", Kept({"a": ["b"]})), outcome="order-1", subject="cart-1")
    second = first.reopened(NAV_ID, "purchase")
    assert second.attempt == attempt_id(NAV_ID, "purchase", 1) != first.attempt
    assert (second.serial, second.revision, second.outcome, second.subject) == (1, 0, "", "")
    assert second.accepted == {}
    assert second.kept == {}
    assert second.closed == ((first.attempt, "order-1"),)


def test_only_the_latest_older_attempts_are_remembered():
    state = NavState.virtual(NAV_ID, "purchase")
    attempts = []
    for number in range(MAX_CLOSED + 2):
        attempts.append(state.attempt)
        state = close(state, outcome=f"order-{number}").reopened(NAV_ID, "purchase")
    assert len(state.closed) == MAX_CLOSED
    assert [state.outcome_of(attempt) for attempt in attempts[:2]] == ["", ""]
    assert state.outcome_of(attempts[2]) == "order-2"
    assert state.outcome_of(attempts[-1]) == f"order-{MAX_CLOSED + 1}"
    assert len(set(attempts)) == MAX_CLOSED + 2


def test_kept_input_is_held_per_stage_and_replaced_by_later_input():
    state = run().keeping("address", Kept({"email": ["a"]})).keeping("payment", Kept({"paid_by": ["card"]}))
    state = state.keeping("address", Kept({"email": ["b"]}, owner="somebody"))
    assert state.kept["address"] == Kept({"email": ["b"]}, owner="somebody")
    assert state.dropping("address").kept == {"payment": Kept({"paid_by": ["card"]})}
    assert state.dropping("review").kept == state.kept


def full_state() -> NavState:
    older = close(run("address"), outcome="order-1", subject="cart-0").reopened(NAV_ID, "purchase")
    return NavState(
        attempt=older.attempt,
        serial=older.serial,
        revision=7,
        accepted={"address": Accepted("f" * 22, "p" * 22, "/checkout/shipping/")},
        outcome="Bestellung-ß",
        subject="cart-1",
        closed=older.closed,
        kept={"payment": Kept({"note": ['"; DROP', "渡"], "empty": []}, owner="somebody")},
        seal="s" * 32,
    )


@pytest.mark.parametrize("state", [run(), run("address", "shipping"), full_state()], ids=["virtual", "open", "full"])
def test_a_stored_state_is_read_back_as_it_was(state):
    assert NavState.from_json(state.to_json()) == state
    assert NavState.from_json(state.to_json()).to_json() == state.to_json()


def test_the_stored_form_carries_its_schema_number():
    assert json.loads(run().to_json())["schema"] == SCHEMA


def test_an_older_schema_with_fewer_names_is_read():
    state = NavState.from_json('{"schema": 0, "attempt": "a", "revision": 3}')
    assert state == NavState(attempt="a", revision=3)


def test_what_a_newer_release_added_is_left_out():
    stored = {
        **json.loads(full_state().to_json()),
        "schema": SCHEMA + 1,
        "colour": "blue",
        "accepted": {"address": ["f", "p", "/next/", 3, "c", "something new"]},
        "kept": {"payment": [{"note": ["n"]}, "owner", "p", "something new"]},
    }
    state = NavState.from_json(json.dumps(stored))
    assert state.accepted == {"address": Accepted("f", "p", "/next/", 3, "c")}
    assert state.kept == {"payment": Kept({"note": ["n"]}, "owner", "p")}


def test_what_an_older_release_stored_is_read():
    stored = {"attempt": "a", "accepted": {"address": ["f", "p", "/"]}, "kept": {"payment": [{"note": ["n"]}, "owner"]}}
    state = NavState.from_json(json.dumps(stored))
    assert state.accepted["address"] == Accepted("f", "p", "/", 0, "")
    assert state.kept["payment"] == Kept({"note": ["n"]}, "owner", "")
    assert state.taken_to("payment") == state.taken_to("address") == ""


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"attempt": "a"}', '{"attempt": "a", "accepted": []}', '{"attempt":"a","accepted":{}}}'],
)
def test_n6_what_is_no_note_is_none(text):
    assert read_note(text) is None


def test_n6_a_note_is_read_back_as_it_was():
    note = Note("a", {"address": Accepted("f", "p", "/next/", 3, "c")})
    assert read_note(note.to_json()) == note


def test_a_stage_that_no_flow_has_any_more_is_read_without_harm():
    state = NavState.from_json('{"attempt": "a", "accepted": {"gift-wrap": ["f", "p", "/"]}}')
    assert state.accepted["gift-wrap"].led_to == "/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        '"text"',
        "{",
        "{}",
        full_state().to_json() + "}",
        full_state().to_json() + full_state().to_json(),
        '{"attempt": "a", "revision": "many"}',
        '{"attempt": "a", "revision": null}',
        '{"attempt": "a", "accepted": []}',
        '{"attempt": "a", "accepted": {"address": ["f"]}}',
        '{"attempt": "a", "accepted": {"address": 1}}',
        '{"attempt": "a", "closed": [["one"]]}',
        '{"attempt": "a", "closed": 1}',
        '{"attempt": "a", "kept": {"address": []}}',
    ],
)
def test_what_is_no_state_is_a_value_error(text):
    with pytest.raises(ValueError):
        NavState.from_json(text)


@pytest.mark.parametrize("text", ["", "no state", "x" * 3000])
def test_nothing_and_nonsense_is_no_state(text):
    assert read_state(text) is None
