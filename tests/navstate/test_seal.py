"""One comparison that tells of all accepted stages, and says what comparing each of them says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from navstate.flow import fingerprint_of
from navstate.rules.machine import advance, frontier, seal_of
from tests.navstate.flows import FORMS, PURCHASE, purchase_facts, run


def test_accepted_stages_are_sealed_while_each_is_as_it_was_accepted():
    assert run().seal == ""
    assert run("address", "shipping").seal == fingerprint_of(purchase_facts(), ("country", "email", "method"))
    lapsed = advance(PURCHASE, run("shipping"), purchase_facts(country="AT"), "address", payload="p", led_to="/")
    assert lapsed.seal == ""
    again = advance(PURCHASE, lapsed, purchase_facts(country="AT"), "shipping", payload="p", led_to="/")
    assert again.seal != ""


def test_a_seal_with_a_stage_that_is_gone_is_none():
    state = run("address")
    state = state._replace(accepted={**state.accepted, "gone": state.accepted["address"]})
    assert seal_of(PURCHASE, state.accepted, purchase_facts()) == ""
    assert frontier(PURCHASE, state, purchase_facts()).name == "shipping"


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "lines": st.sampled_from([[], [["BOOT-42", 1]], [["BOOT-42", 2]]]),
        "email": st.sampled_from(["a@example.org", "b@example.org"]),
        "country": st.sampled_from(["DE", "AT"]),
        "method": st.sampled_from(["parcel", "express"]),
        "download": st.booleans(),
    },
)


@given(st.lists(st.tuples(st.sampled_from(FORMS), CHANGES), max_size=6), CHANGES)
def test_with_a_seal_the_frontier_is_where_it_is_without(taken, changed):
    state, facts = run(), purchase_facts()
    for name, change in taken:
        facts = {**facts, **change}
        state = advance(PURCHASE, state, facts, name, payload="p", led_to="/")
    for now in (facts, {**facts, **changed}):
        assert frontier(PURCHASE, state, now) is frontier(PURCHASE, state._replace(seal=""), now)
