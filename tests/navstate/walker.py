"""A visitor who walks through a flow in several tabs, and a plain model that says what must be true after each step.

The model keeps what it saw as plain values (the facts shown, not their digests), so that it agrees with the machine only
when the machine is right. Every step checks every invariant; a broken one is an ``AssertionError``.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from navstate.flow import Flow, Stage
from navstate.rules.arrival import Arrival, Site
from navstate.rules.machine import Decision, Verdict, advance, close, decide, opened, touched
from navstate.rules.state import MAX_CLOSED, Kept, NavState
from tests.navstate.flows import ACCOUNT, OFFICE, PURCHASE

TABS = 3
PAYLOADS = "abc"
VALUES = (None, 1, 2)
"""What a fact of a made-up flow can be."""


@dataclass(slots=True)
class Form:
    """A stage's form as it stands in a tab: what it was rendered from, and the facts that it shows."""

    stage: str
    attempt: str
    seen: str
    shown: dict[str, Any]


@dataclass(slots=True)
class Taken:
    """What the model remembers of an accepted form: the facts right after it, what was sent, where it led."""

    shown: dict[str, Any]
    payload: str
    led_to: str


@dataclass
class Walk:
    """One visitor in one flow; its steps are ``read submit edit lose_session shop_again``."""

    flow: Flow
    facts: dict[str, Any]
    visitor: int = 0
    stored: str = ""
    forms: list[list[Form]] = field(default_factory=lambda: [[] for _ in range(TABS)])
    taken_in: dict[str, dict[str, Taken]] = field(default_factory=lambda: defaultdict(dict))
    """Accepted forms by attempt and stage."""
    orders: dict[str, str] = field(default_factory=dict)
    """The project's own table: outcome by attempt, unique."""
    own: list[str] = field(default_factory=list)
    """Attempts of this visitor that ended, in order."""
    kept_in: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Input that was not taken, by attempt and stage. An attempt that nobody wrote to yet can still give way again."""
    attempt: str = ""
    revision: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    # --- the visitor's steps ---

    def read(self, tab: int, stage: str, came_from: str | None = None) -> Decision:
        """Open a stage in a tab. A read changes nothing that is stored."""
        state, before = self.state(), dict(self.facts)
        decision = self.decide(state, Arrival(stage=stage, came_from=came_from))
        assert self.facts == before
        assert self.state() == state
        if decision.verdict is Verdict.SERVE and stage in self.flow:
            self.check_served(state, self.flow[stage])
            self.forms[tab].append(self.form(state, stage))
        elif decision.verdict is Verdict.CLOSED:
            assert decision.outcome == self.orders[state.attempt]
        self.check_lead(state, decision, came_from)
        return decision

    def submit(
        self, tab: int, back: int, payload: str, *, is_cross: bool = False, is_kept: bool = False, crashes: bool = False
    ) -> Decision | None:
        """Send the form that stands ``back`` entries back in a tab's history (0: the one shown), however old it is.

        ``is_kept``: the project finds it invalid. ``crashes``: the worker dies between the order and the note of it.
        """
        if back >= len(self.forms[tab]):
            return None
        form = self.forms[tab][-1 - back]
        state = self.state()
        arrival = Arrival(
            stage=form.stage,
            submit=True,
            attempt=form.attempt,
            seen=form.seen,
            payload=payload,
            site=Site.CROSS if is_cross else Site.OURS,
            came_from=form.stage if self.flow.policy == "strict" else None,
            outcome="" if state.knows(form.attempt) else self.orders.get(form.attempt, ""),
        )
        decision = self.decide(state, arrival)
        self.check_submitted(state, form, payload, decision)
        self.answer(state, form, payload, decision, is_kept=is_kept, crashes=crashes)
        return decision

    def edit(self, fact: str, value: Any) -> None:
        """A fact changes outside the flow: another device, staff, stock."""
        self.facts[fact] = value
        self.check()

    def lose_session(self) -> None:
        """The session ends; its tabs stay open with their forms."""
        self.visitor += 1
        self.stored, self.attempt, self.revision = "", "", 0
        self.own = []
        self.check()

    def shop_again(self) -> None:
        """A new subject: a new cart after the order."""
        self.facts["subject"] = f"cart-{len(self.orders)}"
        self.check()

    # --- what a project does ---

    def answer(
        self, state: NavState, form: Form, payload: str, decision: Decision, *, is_kept: bool, crashes: bool
    ) -> None:
        stage = self.flow[form.stage]
        keeps = decision.verdict in {Verdict.GONE, Verdict.LEAD, Verdict.CONFLICT} and stage.holds is None
        if keeps or (decision.verdict is Verdict.APPLY and is_kept):
            self.kept[form.stage] = payload
            self.write(state.keeping(form.stage, Kept({"payload": [payload]})))
        elif decision.verdict is Verdict.APPLY and not stage.outcome:
            self.apply(state, stage, payload, crashes=crashes)

    def apply(self, state: NavState, stage: Stage, payload: str, *, crashes: bool) -> None:
        if stage.holds is None and stage is [*self.flow.path(self.facts)][-1] and self.flow.stages[-1].outcome:
            return self.order(state, crashes=crashes)
        for fact in stage.reads[-1:]:  # a form fills in the last of the facts it shows
            self.facts[fact] = VALUES[PAYLOADS.index(payload)]
        if stage.holds is not None:
            return self.write(touched(state))
        self.taken[stage.name] = Taken(stage.shown(self.facts), payload, f"{stage.name}>{len(self.taken)}")
        self.kept.pop(stage.name, None)
        led_to = self.taken[stage.name].led_to
        answers = state.kept.get(stage.name)
        self.write(advance(self.flow, state, self.facts, stage.name, payload=payload, led_to=led_to, answers=answers))
        assert self.revision == state.revision + 1
        return None

    def order(self, state: NavState, *, crashes: bool) -> None:
        assert state.attempt not in self.orders, "an attempt ended twice"
        self.orders[state.attempt] = f"order-{len(self.orders)}"
        if not crashes:
            self.write(self.ended(state))

    def ended(self, state: NavState) -> NavState:
        self.own.append(state.attempt)
        self.kept_in[state.attempt].clear()
        subject = str(self.facts.get(self.flow.subject) or "")
        closed = close(state, outcome=self.orders[state.attempt], subject=subject)
        assert close(closed, outcome="another", subject="another") == closed, "closed twice"
        return closed

    def write(self, state: NavState) -> None:
        self.stored = state.to_json()
        assert NavState.from_json(self.stored) == state
        assert NavState.from_json(self.stored).to_json() == self.stored
        self.check()

    def state(self) -> NavState:
        """The state to decide on, as the middleware finds it: an end that was not noted is noted first."""
        state = NavState.from_json(self.stored) if self.stored else NavState.virtual(self.nav_id, self.flow.name)
        state = opened(self.flow, state, self.facts, self.nav_id)
        if not state.outcome and state.attempt in self.orders:
            state = self.ended(state)
            self.stored = state.to_json()
            state = opened(self.flow, state, self.facts, self.nav_id)
        if state.attempt != self.attempt:
            assert state.outcome or self.flow.entry.holds is None or self.is_done(self.flow.entry) or not state.serial
            self.attempt, self.revision = state.attempt, 0
        return state

    @property
    def taken(self) -> dict[str, Taken]:
        return self.taken_in[self.attempt]

    @property
    def kept(self) -> dict[str, str]:
        return self.kept_in[self.attempt]

    @property
    def nav_id(self) -> str:
        return f"visitor-{self.visitor}"

    def form(self, state: NavState, stage: str) -> Form:
        return Form(stage, state.attempt, self.flow[stage].fingerprint(self.facts), self.flow[stage].shown(self.facts))

    def decide(self, state: NavState, arrival: Arrival) -> Decision:
        decision = decide(self.flow, state, self.facts, arrival)
        self.seen[f"{'submit' if arrival.submit else 'read'} {decision.verdict}"] += 1
        assert decision.frontier == self.frontier().name
        return decision

    # --- what must be true ---

    def is_done(self, stage: Stage) -> bool:
        if stage.holds is not None:
            return stage.holds(self.facts)
        taken = self.taken.get(stage.name)
        return taken is not None and taken.shown == stage.shown(self.facts)

    def frontier(self) -> Stage:
        path = list(self.flow.path(self.facts))
        return next((stage for stage in path if not self.is_done(stage)), (path or [self.flow.entry])[-1])

    def position(self, stage: Stage) -> int:
        return [other.name for other in self.flow.stages].index(stage.name)

    def check(self) -> None:
        """Revisions grow within an attempt, outcomes stay, what was entered is still there."""
        state = self.state()
        assert state.revision >= self.revision, "the revision fell"
        self.revision = state.revision
        for attempt in self.own[-MAX_CLOSED:]:
            assert state.outcome_of(attempt) == self.orders[attempt], "an outcome changed"
        assert {name: kept.fields["payload"] for name, kept in state.kept.items()} == {
            name: [payload] for name, payload in self.kept.items()
        }, "input was lost"

    def check_served(self, state: NavState, stage: Stage) -> None:
        if stage.outcome:
            return
        assert self.position(stage) <= self.position(self.frontier()), "served ahead of the frontier"
        assert not state.outcome or (stage is self.flow.entry and stage.holds is not None), "served a closed attempt"

    def check_lead(self, state: NavState, decision: Decision, came_from: str | None) -> None:
        """Whoever is led somewhere finds the stage there, at once."""
        if decision.verdict is not Verdict.LEAD:
            return
        led = decide(self.flow, state, self.facts, Arrival(stage=decision.stage, came_from=came_from))
        assert led.verdict is Verdict.SERVE, f"led to {decision.stage}, which answers {led.verdict}"

    def check_submitted(self, state: NavState, form: Form, payload: str, decision: Decision) -> None:
        stage, taken = self.flow[form.stage], self.taken.get(form.stage)
        is_current = form.shown == stage.shown(self.facts)
        self.check_lead(state, decision, form.stage if self.flow.policy == "strict" else None)
        if decision.verdict is Verdict.APPLY:
            self.check_served(state, stage)
            if stage.holds is None and not stage.outcome:
                assert form.attempt == state.attempt
                assert is_current
                assert not state.outcome
        elif decision.verdict is Verdict.REPLAY:
            assert taken is not None
            assert (taken.payload, taken.led_to, is_current) == (payload, decision.led_to, False)
        elif decision.verdict is Verdict.CONFLICT:
            assert form.attempt == state.attempt
            assert not is_current
        elif decision.verdict is Verdict.GONE:
            assert form.attempt != state.attempt
            assert form.attempt not in self.orders
        elif decision.verdict is Verdict.CLOSED:
            gate = stage.holds is not None
            assert decision.outcome == self.orders[state.attempt if gate else form.attempt]


# --- Walks by chance ---


def begin(chance: random.Random) -> Walk:
    """A walk through one of the flows of the tests or, more often, through a flow that nobody thought of."""
    flow = chance.choice((PURCHASE, ACCOUNT, OFFICE, *[None] * 5)) or make_flow(chance)
    facts: dict[str, Any] = {name: chance.choice(VALUES) for stage in flow.stages for name in stage.reads}
    facts |= {name: chance.choice(VALUES) for name in ("f0", "f1", "f2", "f3")}
    return Walk(flow, facts | {"lines": 1, "user": 1, "cart": "cart", "subject": "cart"})


def make_flow(chance: random.Random) -> Flow:
    count = chance.randint(1, 6)
    stages = [make_stage(chance, f"s{number}") for number in range(count)]
    outcome = [Stage(name="end", url="end", outcome=True)] if chance.random() < 0.7 else []
    policy = "strict" if chance.random() < 0.3 else "guide"
    return Flow(name="made", stages=(*stages, *outcome), subject="subject", policy=policy)  # type: ignore[arg-type]


def make_stage(chance: random.Random, name: str) -> Stage:
    names = ["f0", "f1", "f2", "f3"]
    reads = tuple(chance.sample(names, chance.randint(1, 3)))
    open_by, off_by = chance.choice(names), chance.choice(names)
    is_gate = chance.random() < 0.4
    return Stage(
        name=name,
        url=name,
        reads=reads,
        why=name,
        applies=(lambda facts: facts[off_by] != 2) if chance.random() < 0.3 else (lambda facts: True),
        holds=(lambda facts: bool(facts[open_by])) if is_gate else None,
        once=is_gate and chance.random() < 0.5,
    )


def step(walk: Walk, chance: random.Random) -> None:
    """One step of a shopper who reads most, sends often, and does everything that can go wrong now and then."""
    dice, tab = chance.random(), chance.randrange(TABS)
    names = [*walk.flow.index, "unknown"]
    if dice < 0.2:
        name = chance.choice(names)
        walk.read(tab, name, came_from(walk, tab, chance) if name in walk.flow else None)
    elif dice < 0.5:
        walk.read(tab, walk.frontier().name)
    elif dice < 0.9:
        submit_by_chance(walk, tab, chance)
    elif dice < 0.96:
        walk.edit(chance.choice(sorted(walk.facts.keys() - {"cart", "subject"})), chance.choice(VALUES))
    elif dice < 0.995:
        walk.shop_again()
        walk.facts["cart"] = walk.facts["subject"]
    else:
        walk.lose_session()


def submit_by_chance(walk: Walk, tab: int, chance: random.Random) -> None:
    back, payload = chance.choice((0, 0, 0, 0, 1, 2, 5)), chance.choice(PAYLOADS)
    cross, invalid, crash = (chance.random() < share for share in (0.02, 0.1, 0.05))
    walk.submit(tab, back, payload, is_cross=cross, is_kept=invalid, crashes=crash)
    if chance.random() < 0.2:  # the double click
        walk.submit(tab, back, payload)


def came_from(walk: Walk, tab: int, chance: random.Random) -> str | None:
    if walk.flow.policy != "strict":
        return None
    last = walk.forms[tab][-1].stage if walk.forms[tab] else ""
    return chance.choice((None, "", last))
