"""R2, R3, R17: where a visitor stands, and what a read of a stage is answered. Submits are in test_submit."""

from __future__ import annotations

import pytest

from navstate.flow import Flow, Stage
from navstate.rules.arrival import Arrival, Kind, Site
from navstate.rules.machine import (
    Verdict,
    advance,
    close,
    decide,
    decide_on_outcome,
    frontier,
    is_done,
    is_passed,
    opened,
    touched,
)
from navstate.rules.state import Kept, NavState
from tests.navstate.flows import (
    ACCOUNT,
    FORMS,
    NAV_ID,
    OFFICE,
    PURCHASE,
    has_consented,
    is_signed_in,
    purchase_facts,
    run,
)


def read(flow, state, facts, stage, **known):
    return decide(flow, state, facts, Arrival(stage=stage, **known))


# --- R3: a stage is done by its facts -------------------------------------------------------------------------------


def test_a_gate_is_done_while_it_holds():
    assert is_done(PURCHASE["cart"], run(), purchase_facts())
    assert not is_done(PURCHASE["cart"], run(), purchase_facts(lines=[]))


def test_a_form_is_done_from_its_acceptance_on():
    assert not is_done(PURCHASE["address"], run(), purchase_facts())
    assert is_done(PURCHASE["address"], run("address"), purchase_facts())


def test_a_form_is_done_no_more_when_what_it_reads_has_changed_and_again_when_that_is_changed_back():
    state = run("address")
    assert not is_done(PURCHASE["address"], state, purchase_facts(country="AT"))
    assert is_done(PURCHASE["address"], state, purchase_facts(country="DE"))


@pytest.mark.parametrize(
    ("changed", "still_done"),
    [
        ({}, {"address", "shipping", "payment", "review"}),
        ({"cart": "cart-2"}, {"address", "shipping", "payment", "review"}),
        ({"lines": [["BOOT-42", 2]]}, {"address", "shipping", "payment"}),
        ({"country": "AT"}, set()),
        ({"email": "b@example.org"}, {"shipping", "payment"}),
        ({"method": "express"}, {"address", "payment"}),
        ({"paid_by": "invoice"}, {"address", "shipping"}),
    ],
    ids=["nothing", "what no stage reads", "lines", "country", "email", "method", "paid_by"],
)
def test_a_changed_fact_lapses_the_stages_that_read_it_and_no_other(changed, still_done):
    state, facts = run(*FORMS), purchase_facts(**changed)
    assert {name for name in FORMS if is_done(PURCHASE[name], state, facts)} == still_done


def test_another_country_in_the_address_lapses_shipping_and_payment_by_comparison():
    state = run("address", "shipping", "payment")
    facts = purchase_facts(country="AT")
    state = advance(PURCHASE, state, facts, "address", payload="p2", led_to="/shipping/")
    assert is_done(PURCHASE["address"], state, facts)
    assert frontier(PURCHASE, state, facts).name == "shipping"
    assert not is_done(PURCHASE["payment"], state, facts)


def test_going_back_and_sending_the_same_again_lapses_nothing():
    state, facts = run("address", "shipping", "payment"), purchase_facts()
    assert read(PURCHASE, state, facts, "address", kind=Kind.BACK).verdict is Verdict.SERVE
    again = advance(PURCHASE, state, facts, "address", payload="payload of address", led_to="after address")
    assert frontier(PURCHASE, again, facts).name == "review"


# --- The frontier ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "changed", "name"),
    [
        ((), {"lines": []}, "cart"),
        ((), {}, "address"),
        (("address",), {}, "shipping"),
        (("address",), {"download": True}, "payment"),
        (("address", "shipping"), {}, "payment"),
        (("address", "payment"), {}, "shipping"),
        (("address", "shipping", "payment"), {}, "review"),
        (("address", "shipping", "payment"), {"lines": []}, "cart"),
        (FORMS, {}, "review"),
    ],
    ids=str,
)
def test_the_frontier_is_the_first_stage_that_applies_and_is_not_done(done, changed, name):
    assert frontier(PURCHASE, run(*done), purchase_facts(**changed)).name == name


def test_where_no_stage_applies_the_entry_is_the_frontier_and_is_shown():
    flow = Flow(
        name="f", stages=(Stage(name="a", url="a", applies=is_signed_in), Stage(name="b", url="b", outcome=True))
    )
    assert frontier(flow, run(), {}).name == "a"
    assert read(flow, run(), {}, "a").verdict is Verdict.SERVE


def test_a_flow_of_outcomes_only_shows_them():
    flow = Flow(name="f", stages=(Stage(name="a", url="a", outcome=True),))
    assert read(flow, run(), {}, "a").verdict is Verdict.SERVE


# --- R2: back is always allowed, ahead never ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.ENTER, Kind.BACK, Kind.FORWARD, Kind.RELOAD, Kind.PREFETCH, Kind.BACKGROUND])
@pytest.mark.parametrize("stage", ["cart", "address", "shipping"])
def test_a_stage_at_or_before_the_frontier_is_served_however_one_came(stage, kind):
    decision = read(PURCHASE, run("address"), purchase_facts(), stage, kind=kind)
    assert (decision.verdict, decision.stage, decision.frontier, decision.kind) == (
        Verdict.SERVE,
        stage,
        "shipping",
        kind,
    )


@pytest.mark.parametrize("kind", [Kind.ENTER, Kind.FORWARD, Kind.RELOAD, Kind.PREFETCH])
@pytest.mark.parametrize("stage", ["payment", "review"])
def test_a_stage_ahead_leads_to_the_frontier_and_says_why(stage, kind):
    decision = read(PURCHASE, run("address"), purchase_facts(), stage, kind=kind)
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "shipping", "The delivery comes first.")
    assert decision.kind is kind


def test_a_stage_behind_that_does_not_apply_any_more_leads_to_the_one_that_follows_it():
    facts = purchase_facts(download=True)
    decision = read(PURCHASE, run("address", "payment", facts=facts), facts, "shipping")
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "payment", "")


def test_a_stage_ahead_that_does_not_apply_leads_to_the_frontier():
    decision = read(PURCHASE, run(), purchase_facts(download=True), "shipping")
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "address", "The address comes first.")


def test_the_outcome_is_guarded_by_its_own_token_and_not_by_the_frontier():
    assert read(PURCHASE, run(), purchase_facts(lines=[]), "receipt").verdict is Verdict.SERVE
    assert read(PURCHASE, close(run(), outcome="order-1"), purchase_facts(), "receipt").verdict is Verdict.SERVE


def test_a_gate_in_the_middle_ahead_of_the_frontier_leads_there_too():
    assert read(ACCOUNT, run(), {}, "dashboard").stage == "login"
    assert read(ACCOUNT, run(), {}, "dashboard").why == "Please log in."


# --- A gate that is shown once --------------------------------------------------------------------------------------


def test_a_once_gate_is_shown_until_it_holds():
    assert read(ACCOUNT, run(), {}, "login").verdict is Verdict.SERVE
    assert not is_passed(ACCOUNT["login"], {})


@pytest.mark.parametrize(
    ("facts", "stage", "target"),
    [
        ({"user": "ann"}, "login", "consent"),
        ({"user": "ann", "consent": True}, "login", "dashboard"),
        ({"user": "ann", "consent": True}, "consent", "dashboard"),
    ],
)
def test_a_once_gate_that_holds_leads_past_itself_to_a_stage_that_is_shown(facts, stage, target):
    decision = read(ACCOUNT, run(), facts, stage)
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, target, "")
    assert read(ACCOUNT, run(), facts, decision.stage).verdict is Verdict.SERVE


def test_a_gate_that_is_not_once_is_shown_again_while_it_holds():
    facts = {"user": "ann", "consent": True}
    assert not is_passed(ACCOUNT["dashboard"], facts)
    assert read(ACCOUNT, run(), facts, "dashboard").verdict is Verdict.SERVE


def test_once_gates_with_nothing_behind_them_do_not_lead_in_a_circle():
    login = Stage(name="login", url="login", holds=is_signed_in, once=True)
    consent = Stage(name="consent", url="consent", holds=has_consented, once=True)
    flow, facts = Flow(name="f", stages=(login, consent)), {"user": "ann", "consent": True}
    assert read(flow, run(), facts, "login").stage == "consent"
    assert read(flow, run(), facts, "consent").verdict is Verdict.SERVE


# --- A closed attempt -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", FORMS)
def test_a_closed_attempt_answers_its_stages_with_its_outcome(stage):
    state = close(run(*FORMS), outcome="order-1", subject="cart-1")
    decision = read(PURCHASE, state, purchase_facts(lines=[]), stage, kind=Kind.BACK)
    assert (decision.verdict, decision.outcome, decision.kind) == (Verdict.CLOSED, "order-1", Kind.BACK)


def test_the_cart_of_a_closed_attempt_is_simply_a_new_empty_cart():
    state = close(run(*FORMS), outcome="order-1", subject="cart-1")
    assert read(PURCHASE, state, purchase_facts(lines=[], cart="cart-2"), "cart").verdict is Verdict.SERVE


def test_an_entry_that_is_a_form_or_was_passed_is_answered_with_the_outcome_like_any_stage():
    form = Flow(name="f", stages=(Stage(name="a", url="a"), Stage(name="b", url="b", outcome=True)))
    closed = close(run(), outcome="order-1")
    assert read(form, closed, {}, "a").verdict is Verdict.CLOSED
    assert read(ACCOUNT, closed, {"user": "ann"}, "login").verdict is Verdict.CLOSED
    assert read(ACCOUNT, closed, {}, "login").verdict is Verdict.SERVE


def test_an_attempt_is_closed_once_with_one_outcome():
    state = close(run("address").keeping("payment", Kept({"a": ["b"]})), outcome="order-1", subject="cart-1")
    assert (state.outcome, state.subject, state.revision, state.kept) == ("order-1", "cart-1", 2, {})
    assert close(state, outcome="order-2", subject="cart-2") is state


# --- The next attempt -----------------------------------------------------------------------------------------------


def test_an_open_attempt_stays_as_it_is_whatever_it_is_about():
    state = run("address")
    assert opened(PURCHASE, state, purchase_facts(cart="cart-9"), NAV_ID) is state


@pytest.mark.parametrize(
    "facts",
    [
        purchase_facts(cart="cart-1"),
        purchase_facts(cart="cart-2", lines=[]),
        purchase_facts(cart=""),
        purchase_facts(cart=None),
        {"lines": [1]},
    ],
    ids=["same subject", "nothing in the new cart", "empty subject", "no subject", "subject not among the facts"],
)
def test_a_closed_attempt_stays_closed(facts):
    state = close(run(*FORMS), outcome="order-1", subject="cart-1")
    assert opened(PURCHASE, state, facts, NAV_ID) is state


def test_a_closed_attempt_gives_way_to_the_next_when_there_is_a_new_cart_with_something_in_it():
    state = close(run(*FORMS), outcome="order-1", subject="cart-1")
    facts = purchase_facts(cart="cart-2")
    after = opened(PURCHASE, state, facts, NAV_ID)
    assert after.attempt != state.attempt
    assert after.outcome_of(state.attempt) == "order-1"
    assert frontier(PURCHASE, after, facts).name == "address"
    assert opened(PURCHASE, state, facts, NAV_ID) == after, "every read sees the same next attempt"


def test_a_flow_that_begins_with_a_form_is_open_again_as_soon_as_there_is_a_new_subject():
    flow = Flow(name="f", subject="loan", stages=(Stage(name="a", url="a"), Stage(name="b", url="b", outcome=True)))
    state = close(run(flow=flow), outcome="loan-1", subject="loan-1")
    assert opened(flow, state, {"loan": "loan-1"}, NAV_ID) is state
    assert opened(flow, state, {"loan": "loan-2"}, NAV_ID).serial == 1


def test_a_flow_without_subject_is_closed_for_good():
    state = close(run(flow=ACCOUNT), outcome="gone")
    assert opened(ACCOUNT, state, {"user": "ann"}, NAV_ID) is state


# --- R17: stages that came and went ---------------------------------------------------------------------------------


@pytest.mark.parametrize("submit", [False, True])
def test_an_unknown_stage_leads_to_the_frontier(submit):
    decision = read(PURCHASE, run("address"), purchase_facts(), "gift-wrap", submit=submit)
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "shipping", "The delivery comes first.")


def test_an_unknown_stage_of_a_closed_attempt_leads_to_its_outcome():
    decision = read(PURCHASE, close(run(*FORMS), outcome="order-1"), purchase_facts(), "gift-wrap")
    assert (decision.verdict, decision.outcome) == (Verdict.CLOSED, "order-1")


def test_a_stored_stage_that_the_flow_has_no_more_counts_for_nothing():
    stored = run("address").to_json().replace('"address"', '"gift-wrap"')
    state, facts = NavState.from_json(stored), purchase_facts()
    assert frontier(PURCHASE, state, facts).name == "address"
    after = advance(PURCHASE, state, facts, "address", payload="p", led_to="/")
    assert after.accepted["gift-wrap"] == state.accepted["gift-wrap"], (
        "an older release serves the same visitor in turn"
    )


def test_a_stage_that_a_release_put_in_is_the_frontier_and_those_behind_it_stay_done():
    gift = Stage(name="gift", url="gift", reads=("country",), why="One more thing.")
    newer = Flow(name="purchase", subject="cart", stages=(*PURCHASE.stages[:2], gift, *PURCHASE.stages[2:]))
    state, facts = run("address", "shipping"), purchase_facts()
    assert frontier(newer, state, facts).name == "gift"
    assert read(newer, state, facts, "payment").stage == "gift"
    assert is_done(newer["shipping"], state, facts)


# --- advance, touched -----------------------------------------------------------------------------------------------


def test_an_accepted_form_counts_one_and_drops_the_input_kept_for_it():
    state = run("address").keeping("shipping", Kept({"method": [""]})).keeping("payment", Kept({"paid_by": [""]}))
    answers = state.kept["shipping"]
    after = advance(PURCHASE, state, purchase_facts(), "shipping", payload="p", led_to="/payment/", answers=answers)
    assert after.revision == state.revision + 1
    assert set(after.kept) == {"payment"}
    assert (after.accepted["shipping"].payload, after.accepted["shipping"].led_to) == ("p", "/payment/")
    assert after.accepted["address"] == state.accepted["address"]
    assert after.attempt == state.attempt


def test_twins_what_another_request_kept_meanwhile_is_not_dropped():
    state = run("address").keeping("shipping", Kept({"method": ["express"]}, payload="q"))
    after = advance(PURCHASE, state, purchase_facts(), "shipping", payload="p", led_to="/payment/")
    assert after.kept == state.kept
    assert after.taken_to("shipping") == ""
    twin = state.keeping("shipping", Kept({"method": ["parcel"]}, payload="p"))
    after = advance(PURCHASE, twin, purchase_facts(), "shipping", payload="p", led_to="/payment/")
    assert after.taken_to("shipping") == "/payment/"


def test_an_accepted_form_says_what_the_attempt_is_about():
    state = run("address")
    assert state.subject == "cart-1"
    joined = advance(PURCHASE, state, purchase_facts(cart="cart-2"), "shipping", payload="p", led_to="/")
    assert joined.subject == "cart-2"
    assert advance(PURCHASE, state, purchase_facts(cart=""), "shipping", payload="p", led_to="/").subject == "cart-1"
    assert run("profile", facts={"user": "ann"}, flow=ACCOUNT).subject == ""


def test_a_change_inside_a_gate_counts_one_and_accepts_nothing():
    state = run("address")
    assert touched(state).revision == state.revision + 1
    assert touched(state).accepted == state.accepted


class TestOutcomeWithoutFacts:
    """A receipt is decided without state and facts, and the same as with them."""

    @pytest.mark.parametrize("submit", [False, True])
    @pytest.mark.parametrize("site", Site)
    def test_same_verdict_as_with_facts(self, submit: bool, site: Site) -> None:
        arrival = Arrival(stage="receipt", submit=submit, site=site)
        quick = decide_on_outcome(PURCHASE, arrival)
        assert quick is not None
        full = decide(PURCHASE, run(), purchase_facts(), arrival)
        assert (quick.verdict, quick.kind, quick.stage) == (full.verdict, full.kind, full.stage)

    @pytest.mark.parametrize(("flow", "stage"), [(PURCHASE, "review"), (PURCHASE, "unknown"), (OFFICE, "done")])
    def test_any_other_stage_and_a_strict_flow_need_them(self, flow: Flow, stage: str) -> None:
        assert decide_on_outcome(flow, Arrival(stage=stage)) is None
