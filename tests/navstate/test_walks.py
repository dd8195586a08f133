"""Random walks over the pure machine: several tabs with stale forms, edits, Back, double submits, ends and new beginnings.

The bulk is plain seeded chance, the same on every run. A walk that fails names its seed: ``replay(seed)`` walks it again.
Hypothesis walks fewer steps, but finds the shortest walk that fails.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.navstate.walker import PAYLOADS, TABS, VALUES, begin, step

STEPS = 100_000
STEPS_A_WALK = 125
WALKS = STEPS // STEPS_A_WALK
PARTS = 4
"""The walks run as so many tests, so that they share the cores."""


def replay(seed: int) -> Counter[str]:
    """Walk ``STEPS_A_WALK`` steps by the chance of ``seed``; the verdicts met."""
    chance = random.Random(seed)
    walk = begin(chance)
    for number in range(STEPS_A_WALK):
        try:
            step(walk, chance)
        except Exception as error:
            error.add_note(f"replay({seed}), step {number}, flow {walk.flow.name}, facts {walk.facts}")
            raise
    return walk.seen


@pytest.mark.parametrize("part", range(PARTS))
def test_the_invariants_hold_on_100_000_steps(part):
    seen: Counter[str] = Counter()
    for seed in range(part, WALKS, PARTS):
        seen += replay(seed)
    rare = {verdict: seen[verdict] for verdict in MET if seen[verdict] < 20}
    assert not rare, f"walks that hardly meet a verdict prove nothing of it: {rare} of {dict(seen)}"


MET = (
    *("read serve", "read lead", "read closed", "read refuse"),
    *("submit apply", "submit replay", "submit conflict", "submit closed", "submit gone", "submit lead"),
    "submit refuse",
)


def test_a_walk_is_the_same_on_every_run():
    assert replay(1) == replay(1)


def test_a_failing_walk_names_its_seed_and_step(monkeypatch):
    monkeypatch.setattr("tests.navstate.test_walks.step", lambda walk, chance: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        replay(7)
    assert caught.value.__notes__[0].startswith("replay(7), step 0, flow ")


class Walking(RuleBasedStateMachine):
    """The same walk, each step chosen by hypothesis."""

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed):
        self.walk = begin(random.Random(seed))

    @rule(tab=st.integers(0, TABS - 1), number=st.integers(0, 7), came_from=st.sampled_from([None, "", "here"]))
    def read(self, tab, number, came_from):
        names = [*self.walk.flow.index, "unknown"]
        stage = names[number % len(names)]
        came_from = stage if came_from == "here" else came_from
        is_asked = self.walk.flow.policy == "strict" and stage in self.walk.flow
        self.walk.read(tab, stage, came_from if is_asked else None)

    @rule(tab=st.integers(0, TABS - 1))
    def read_the_frontier(self, tab):
        self.walk.read(tab, self.walk.frontier().name)

    @precondition(lambda self: any(self.walk.forms))
    @rule(
        tab=st.integers(0, TABS - 1),
        back=st.integers(0, 5),
        payload=st.sampled_from(PAYLOADS),
        kind=st.sampled_from(["", "is_cross", "is_kept", "crashes"]),
        clicks=st.integers(1, 3),
    )
    def submit(self, tab, back, payload, kind, clicks):
        for _ in range(clicks):
            self.walk.submit(tab, back, payload, **({kind: True} if kind else {}))

    @rule(number=st.integers(0, 20), value=st.sampled_from(VALUES))
    def edit(self, number, value):
        names = sorted(self.walk.facts.keys() - {"cart", "subject"})
        self.walk.edit(names[number % len(names)], value)

    @rule()
    def shop_again(self):
        self.walk.shop_again()
        self.walk.facts["cart"] = self.walk.facts["subject"]

    @rule()
    def lose_session(self):
        self.walk.lose_session()


TestWalking = Walking.TestCase
TestWalking.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
