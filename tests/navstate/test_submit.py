"""R4: every column of the table, and what is looked at first. R15: what is refused before anything else is asked."""

from __future__ import annotations

import pytest

from navstate.flow import Flow, Stage
from navstate.rules.arrival import Arrival, Kind, Site
from navstate.rules.machine import Verdict, advance, close, decide, is_refused, opened, predecessors
from tests.navstate.flows import ACCOUNT, FORMS, NAV_ID, OFFICE, PURCHASE, is_signed_in, purchase_facts, run


def submit(flow, state, facts, stage, *, seen=None, attempt=None, payload="new payload", **known):
    """Send the form of ``stage`` as it was rendered under the facts ``seen`` (default: those of now)."""
    return decide(
        flow,
        state,
        facts,
        Arrival(
            stage=stage,
            submit=True,
            attempt=state.attempt if attempt is None else attempt,
            seen=flow[stage].fingerprint(facts if seen is None else seen),
            payload=payload,
            **known,
        ),
    )


# --- Column 1: the fingerprint is current ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", FORMS)
def test_a_form_that_shows_what_is_true_is_applied(stage):
    done = FORMS[: FORMS.index(stage)]
    decision = submit(PURCHASE, run(*done), purchase_facts(), stage)
    assert (decision.verdict, decision.stage) == (Verdict.APPLY, stage)


@pytest.mark.parametrize("stage", FORMS)
def test_a_form_before_the_frontier_is_an_amendment_and_is_applied(stage):
    assert submit(PURCHASE, run(*FORMS), purchase_facts(), stage).verdict is Verdict.APPLY


def test_only_what_the_stage_itself_showed_is_compared():
    """The address form was opened, then delivery and payment were chosen in another tab: no conflict."""
    shown = purchase_facts()
    now = purchase_facts(method="express", paid_by="invoice", lines=[["BOOT-42", 3]])
    assert submit(PURCHASE, run(*FORMS, facts=now), now, "address", seen=shown).verdict is Verdict.APPLY


def test_the_same_payload_with_a_current_fingerprint_is_applied_again_and_changes_nothing_but_the_revision():
    decision = submit(PURCHASE, run("address"), purchase_facts(), "address", payload="payload of address")
    assert decision.verdict is Verdict.APPLY


# --- Column 2: it differs, the same payload was accepted already ----------------------------------------------------


@pytest.mark.parametrize("stage", FORMS)
def test_a_double_submit_goes_where_the_first_one_led(stage):
    decision = submit(PURCHASE, run(*FORMS), purchase_facts(), stage, seen=blank(stage), payload=f"payload of {stage}")
    assert (decision.verdict, decision.led_to, decision.kind) == (Verdict.REPLAY, f"after {stage}", Kind.REPLAY)


def blank(stage):
    """The facts as they were before ``stage`` was filled in."""
    empty = {"address": "email", "shipping": "method", "payment": "paid_by", "review": "lines"}
    return purchase_facts(**{empty[stage]: None})


def test_a_payload_that_was_accepted_for_another_stage_is_no_replay():
    decision = submit(PURCHASE, run(*FORMS), purchase_facts(), "payment", seen={}, payload="payload of shipping")
    assert decision.verdict is Verdict.CONFLICT


def test_a_payload_that_was_amended_since_is_no_replay():
    state = advance(PURCHASE, run("address"), purchase_facts(), "address", payload="amended", led_to="/")
    assert submit(PURCHASE, state, purchase_facts(), "address", seen={}, payload="amended").verdict is Verdict.REPLAY
    decision = submit(PURCHASE, state, purchase_facts(), "address", seen={}, payload="payload of address")
    assert decision.verdict is Verdict.CONFLICT


def test_a_replay_is_told_even_where_the_stage_has_come_to_lie_ahead():
    facts = purchase_facts(country="AT")
    decision = submit(PURCHASE, run(*FORMS), facts, "payment", seen={}, payload="payload of payment")
    assert (decision.verdict, decision.frontier) == (Verdict.REPLAY, "address")


# --- Column 3: it differs, the payload is new -----------------------------------------------------------------------


@pytest.mark.parametrize("stage", FORMS)
def test_a_form_that_shows_what_is_no_longer_true_is_a_conflict(stage):
    decision = submit(PURCHASE, run(*FORMS), purchase_facts(), stage, seen=blank(stage))
    assert (decision.verdict, decision.stage, decision.kind) == (Verdict.CONFLICT, stage, Kind.STALE)


def test_a_cart_changed_in_another_tab_is_a_conflict_of_the_review():
    now = purchase_facts(lines=[["BOOT-42", 2]])
    state = run("address", "shipping", "payment")
    assert submit(PURCHASE, state, now, "review", seen=purchase_facts()).verdict is Verdict.CONFLICT
    assert submit(PURCHASE, state, now, "review").verdict is Verdict.APPLY, "confirmed: it carries what is true now"


def test_a_form_without_any_fingerprint_is_a_conflict():
    state = run("address")
    arrival = Arrival(stage="shipping", submit=True, attempt=state.attempt, payload="p")
    assert decide(PURCHASE, state, purchase_facts(), arrival).verdict is Verdict.CONFLICT


# --- Column 4: the attempt is closed --------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [None, {}], ids=["current", "stale"])
@pytest.mark.parametrize("stage", FORMS)
def test_a_form_of_a_closed_attempt_leads_to_its_outcome(stage, seen):
    state = close(run(*FORMS), outcome="order-1", subject="cart-1")
    for payload in ("new payload", f"payload of {stage}"):
        decision = submit(PURCHASE, state, purchase_facts(), stage, seen=seen, payload=payload)
        assert (decision.verdict, decision.outcome, decision.kind) == (Verdict.CLOSED, "order-1", Kind.REPLAY)


@pytest.mark.parametrize("stage", FORMS)
def test_a_form_of_an_older_attempt_leads_to_the_outcome_of_that_attempt(stage):
    first = close(run(*FORMS), outcome="order-1", subject="cart-1")
    facts = purchase_facts(cart="cart-2")
    second = opened(PURCHASE, first, facts, NAV_ID)
    decision = submit(PURCHASE, second, facts, stage, attempt=first.attempt)
    assert (decision.verdict, decision.outcome) == (Verdict.CLOSED, "order-1")
    closed = close(second, outcome="order-2", subject="cart-2")
    assert submit(PURCHASE, closed, facts, stage, attempt=first.attempt).outcome == "order-1"
    assert submit(PURCHASE, closed, facts, stage, attempt=second.attempt).outcome == "order-2"


def test_an_attempt_that_only_the_project_knows_to_have_ended_leads_to_its_outcome():
    decision = submit(PURCHASE, run(), purchase_facts(), "review", attempt="long ago", outcome="order-1")
    assert (decision.verdict, decision.outcome) == (Verdict.CLOSED, "order-1")


# --- Column 5: the session is gone ----------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", ["", "of another session"])
@pytest.mark.parametrize("stage", FORMS)
def test_a_form_whose_attempt_nobody_knows_is_gone(stage, attempt):
    decision = submit(PURCHASE, run(*FORMS), purchase_facts(), stage, attempt=attempt)
    assert (decision.verdict, decision.stage, decision.kind) == (Verdict.GONE, stage, Kind.STALE)


def test_the_attempt_is_looked_up_before_anything_is_compared():
    state, facts = run(*FORMS), purchase_facts()
    stale = {"seen": {}, "payload": "payload of review"}
    assert submit(PURCHASE, state, facts, "review", attempt="unknown", **stale).verdict is Verdict.GONE
    ahead = submit(PURCHASE, run(), facts, "review", attempt="unknown")
    assert ahead.verdict is Verdict.GONE, "a form that belongs to nobody is not even ahead"


# --- Ahead of the frontier ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [None, {}], ids=["current", "stale"])
@pytest.mark.parametrize("stage", ["payment", "review"])
def test_a_form_ahead_of_the_frontier_is_not_taken(stage, seen):
    decision = submit(PURCHASE, run("address"), purchase_facts(), stage, seen=seen)
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "shipping", "The delivery comes first.")
    assert decision.kind is Kind.STALE


def test_a_form_of_a_stage_that_does_not_apply_is_not_taken():
    facts = purchase_facts(download=True)
    decision = submit(PURCHASE, run("address", "payment", facts=facts), facts, "shipping")
    assert (decision.verdict, decision.stage) == (Verdict.LEAD, "payment")


def test_a_form_is_not_taken_where_no_stage_applies():
    flow = Flow(name="f", stages=(Stage(name="a", url="a", applies=is_signed_in),))
    decision = submit(flow, run(flow=flow), {}, "a")
    assert (decision.verdict, decision.stage) == (Verdict.LEAD, "a"), "the page is shown again, the form is not taken"


# --- Gates and outcomes ---------------------------------------------------------------------------------------------


def test_the_form_of_a_gate_is_applied_whatever_it_showed():
    facts = purchase_facts()
    assert submit(PURCHASE, run(), facts, "cart", seen={}, attempt="").verdict is Verdict.APPLY
    assert submit(PURCHASE, close(run(), outcome="order-1"), facts, "cart").verdict is Verdict.APPLY


def test_a_login_form_is_applied_without_an_attempt_and_not_once_signed_in():
    assert submit(ACCOUNT, run(), {}, "login", attempt="").verdict is Verdict.APPLY
    decision = submit(ACCOUNT, run(), {"user": "ann", "consent": True}, "login", attempt="")
    assert (decision.verdict, decision.stage, decision.kind) == (Verdict.LEAD, "dashboard", Kind.STALE)
    alone = Flow(name="f", stages=(ACCOUNT["login"],))
    assert submit(alone, run(), {"user": "ann"}, "login", attempt="").verdict is Verdict.LEAD


def test_the_form_of_a_gate_ahead_of_the_frontier_is_not_taken():
    decision = submit(ACCOUNT, run(), {}, "dashboard")
    assert (decision.verdict, decision.stage, decision.why) == (Verdict.LEAD, "login", "Please log in.")


def test_the_form_of_a_gate_inside_a_closed_attempt_leads_to_the_outcome():
    decision = submit(ACCOUNT, close(run(), outcome="left"), {"user": "ann"}, "dashboard")
    assert (decision.verdict, decision.outcome) == (Verdict.CLOSED, "left")


def test_a_form_on_the_outcome_is_the_outcome_s_own_matter():
    assert submit(PURCHASE, close(run(), outcome="order-1"), {"lines": []}, "receipt").verdict is Verdict.APPLY


# --- R15 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["cart", *FORMS, "receipt", "unknown"])
def test_a_form_sent_by_another_site_is_refused_whatever_it_carries(stage):
    state = run(*FORMS)
    arrival = Arrival(stage=stage, submit=True, site=Site.CROSS, attempt=state.attempt)
    assert decide(PURCHASE, state, purchase_facts(), arrival).verdict is Verdict.REFUSE


@pytest.mark.parametrize("site", [Site.OURS, Site.UNKNOWN])
def test_a_form_of_ours_or_of_a_browser_that_does_not_say_is_taken(site):
    assert submit(PURCHASE, run(), purchase_facts(), "address", site=site).verdict is Verdict.APPLY


def test_a_link_from_another_site_is_no_reason_to_refuse():
    arrival = Arrival(stage="cart", site=Site.CROSS)
    assert decide(PURCHASE, run(), purchase_facts(), arrival).verdict is Verdict.SERVE


@pytest.mark.parametrize("came_from", [None, "", "cart", "review", "unknown"])
def test_a_guiding_flow_never_looks_at_the_referer(came_from):
    arrival = Arrival(stage="payment", came_from=came_from)
    assert decide(PURCHASE, run(), purchase_facts(), arrival).verdict is Verdict.LEAD


SIGNED_IN = {"user": "ann", "name": "n"}


@pytest.mark.parametrize(
    ("stage", "legal", "illegal"),
    [
        ("login", {"", "login", "list", "edit", "check", "done"}, set()),
        ("list", {"", "login", "list", "edit", "check", "done"}, set()),
        ("edit", {"login", "list", "edit", "check", "done"}, {""}),
        ("check", {"login", "edit", "check", "done"}, {"", "list"}),
        ("done", {"", "login", "list", "edit", "check", "done"}, set()),
    ],
)
def test_the_legal_predecessors_in_a_strict_flow(stage, legal, illegal):
    assert predecessors(OFFICE, OFFICE[stage], SIGNED_IN) == legal
    for came_from in legal | illegal:
        arrival = Arrival(stage=stage, came_from=came_from)
        assert is_refused(OFFICE, SIGNED_IN, arrival) is (came_from in illegal)


def test_a_gate_that_is_not_passed_yet_counts_as_a_step():
    assert predecessors(OFFICE, OFFICE["list"], {}) == {"login", "list", "edit", "check", "done"}
    assert "login" not in predecessors(OFFICE, OFFICE["edit"], {})


def test_a_stage_that_does_not_apply_is_no_step():
    assert "list" in predecessors(OFFICE, OFFICE["check"], {**SIGNED_IN, "download": True})


def test_a_strict_flow_refuses_an_illegal_predecessor_and_guides_without_a_referer():
    state = run(flow=OFFICE)
    refused = decide(OFFICE, state, SIGNED_IN, Arrival(stage="check", came_from="list"))
    assert (refused.verdict, refused.stage, refused.frontier) == (Verdict.REFUSE, "check", "list")
    assert decide(OFFICE, state, SIGNED_IN, Arrival(stage="check")).verdict is Verdict.LEAD
    assert decide(OFFICE, state, SIGNED_IN, Arrival(stage="unknown", came_from="list")).verdict is Verdict.LEAD


def test_whoever_is_led_on_in_a_strict_flow_is_not_refused_there():
    led = decide(OFFICE, run(flow=OFFICE), SIGNED_IN, Arrival(stage="login", came_from=""))
    assert (led.verdict, led.stage) == (Verdict.LEAD, "list")
    assert decide(OFFICE, run(flow=OFFICE), SIGNED_IN, Arrival(stage="list", came_from="")).verdict is Verdict.SERVE


def test_a_strict_flow_holds_a_form_to_its_predecessors_too():
    arrival = Arrival(stage="edit", submit=True, came_from="")
    assert decide(OFFICE, run(flow=OFFICE), SIGNED_IN, arrival).verdict is Verdict.REFUSE
