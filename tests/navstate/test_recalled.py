"""What a project noted beside its data counts as accepted, as far as the store knows nothing better (issue 8, N6)."""

from __future__ import annotations

from dataclasses import replace

from navstate.rules.machine import acceptance, frontier, is_done, recalled
from navstate.rules.state import NavState, Note
from tests.navstate.flows import NAV_ID, PURCHASE, purchase_facts, run

FLOW = replace(PURCHASE, recalls="noted")


def noted(*stages: str, attempt: str, **facts: str) -> str:
    """A note that these stages accepted the facts."""
    given = purchase_facts(**facts)
    state = run()
    taken = {
        name: acceptance(FLOW[name], state, given, payload="p", led_to="/noted/") for name in stages if name in FLOW
    }
    return Note(attempt, taken | {name: taken["address"] for name in stages if name not in FLOW}).to_json()


def joined(state: NavState, note: str, *, is_new: bool = False) -> NavState:
    return recalled(FLOW, state, purchase_facts(noted=note), is_new=is_new)


def test_n6_what_was_noted_is_accepted_where_nothing_is_stored():
    state = joined(run(), noted("address", "shipping", attempt=run().attempt))
    assert frontier(FLOW, state, purchase_facts()).name == "payment"
    assert state.accepted["address"].led_to == "/noted/"


def test_n6_a_note_of_another_attempt_counts_for_somebody_of_whom_nothing_is_known_only():
    note = noted("address", attempt="another")
    assert joined(run(), note).accepted == {}
    assert set(joined(run(), note, is_new=True).accepted) == {"address"}
    ended = run()._replace(outcome="order-1").reopened(NAV_ID, FLOW.name)
    assert joined(ended, note, is_new=True).accepted == {}


def test_n6_without_a_note_or_a_flow_that_recalls_the_state_is_as_it_is():
    state = run("address")
    assert joined(state, "") is state
    assert (
        recalled(PURCHASE, state, purchase_facts(noted=noted("address", attempt=state.attempt)), is_new=True) is state
    )


def test_n6_a_stage_that_is_gone_is_left_out_and_the_same_once_more_changes_nothing():
    state = run("address")
    assert joined(state, noted("address", "gone", attempt=state.attempt)).accepted.keys() == {"address"}
    note = Note(state.attempt, state.accepted).to_json()
    assert joined(state, note) is state


def test_n6_what_still_holds_counts_whoever_knows_it():
    """An older process accepted a form and noted nothing: what it stored holds, and the note has lapsed."""
    state = run("address")
    old = noted("address", attempt=state.attempt, country="AT")
    assert joined(state, old) is state
    lapsed = run("address", facts=purchase_facts(country="AT"))
    new = joined(lapsed, noted("address", attempt=lapsed.attempt))
    assert is_done(FLOW["address"], new, purchase_facts())


def test_n3_an_acceptance_names_its_choice_where_it_depends_on_less_than_it_shows():
    stage = replace(PURCHASE["shipping"], depends=("method",))
    flow = replace(PURCHASE, stages=tuple(stage if each.name == "shipping" else each for each in PURCHASE.stages))
    taken = acceptance(stage, run(), purchase_facts(), payload="p", led_to="/")
    state = run()._replace(accepted={"shipping": taken})
    assert is_done(flow["shipping"], state, purchase_facts(country="AT")), "which it shows and does not depend on"
    assert not is_done(flow["shipping"], state, purchase_facts(method="express"))
    old = state._replace(accepted={"shipping": taken._replace(choice="")})
    assert is_done(flow["shipping"], old, purchase_facts())
    assert not is_done(flow["shipping"], old, purchase_facts(country="AT"))
