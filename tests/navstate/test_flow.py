"""What a flow is made of, and what makes one fingerprint differ from another."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navstate.flow import Flow, ReadFacts, Stage, always, digest
from tests.navstate.flows import PURCHASE, purchase_facts

FACT = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5)


def test_a_digest_is_32_characters_that_fit_a_url():
    assert len(digest({"a": 1})) == 32
    assert digest("x").isalnum()


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert digest({"a": 1, "b": [2, 3]}) == digest({"b": [2, 3], "a": 1})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": ""}, {"a": None}),
        ({"a": "\u00e9"}, {"a": "e\u0301"}),
    ],
    ids=["value", "name", "type", "missing", "order of a list", "empty", "characters that look the same"],
)
def test_different_facts_have_different_digests(one, other):
    assert digest(one) != digest(other)


def test_a_digest_takes_what_the_database_gives():
    assert digest({"price": Decimal("1.10"), "day": datetime.date(2026, 11, 1)}) == digest(
        {"price": "1.10", "day": "2026-11-01"}
    )


def test_a_fingerprint_covers_what_the_stage_reads_and_nothing_else():
    stage = PURCHASE["shipping"]
    before = stage.fingerprint(purchase_facts())
    assert stage.fingerprint(purchase_facts(paid_by="invoice", email="b@example.org", lines=[])) == before
    assert stage.fingerprint(purchase_facts(country="AT")) != before
    assert stage.fingerprint(purchase_facts(method="express")) != before


def test_what_several_stages_lapse_with_is_each_name_once_in_any_order():
    assert PURCHASE.lapse_with(["shipping", "address"]) == PURCHASE.lapse_with(["address", "shipping"])
    assert PURCHASE.lapse_with(["shipping", "address", "gone"]) == ("country", "email", "method")
    assert PURCHASE.lapse_with([]) == ()


def test_n3_a_stage_lapses_with_what_its_choice_depends_on_where_that_is_not_all_it_reads():
    stage = Stage(name="shipping", url="shipping", reads=("options", "method"), depends=("choice",))
    assert (stage.lapses_with, PURCHASE["shipping"].lapses_with) == (("choice",), PURCHASE["shipping"].reads)
    flow = Flow(name="f", stages=(stage,))
    assert flow.lapse_with(["shipping"]) == ("choice",)


@given(st.dictionaries(st.text(), FACT), st.lists(st.text(), unique=True))
def test_facts_that_were_read_have_the_same_fingerprints(facts, names):
    stage, read = Stage(name="a", url="a", reads=(*facts, *names)), ReadFacts(facts)
    assert stage.fingerprint(read) == stage.fingerprint(facts) == digest(stage.shown(facts))
    assert stage.fingerprint(read) == stage.fingerprint(facts)  # remembered
    assert dict(read) == facts
    assert len(read) == len(facts)


def test_facts_are_not_worked_out_before_they_are_asked_for():
    asked = []

    class Lazy(dict):
        def __getitem__(self, name):
            asked.append(name)
            return super().__getitem__(name)

        def get(self, name, default=None):
            return self[name]

    read = ReadFacts(Lazy(a=1, b=2))
    assert read["a"] == read.get("a") == 1
    read.fingerprint(("a",))
    assert set(asked) == {"a"}


def test_a_stage_shows_what_it_reads_with_none_for_what_is_not_known_yet():
    assert PURCHASE["shipping"].shown({"country": "DE", "email": "a@example.org"}) == {"country": "DE", "method": None}


def test_a_stage_that_says_nothing_about_it_always_applies():
    assert always({}) is True
    assert Stage(name="a", url="a").applies({}) is True


def test_stages_are_found_by_name_and_position():
    assert "shipping" in PURCHASE
    assert "unknown" not in PURCHASE
    assert PURCHASE["shipping"].url == "shipping"
    assert PURCHASE.index == {"cart": 0, "address": 1, "shipping": 2, "payment": 3, "review": 4, "receipt": 5}
    assert PURCHASE.entry.name == "cart"


def test_the_path_leaves_out_outcomes_and_what_does_not_apply():
    assert [stage.name for stage in PURCHASE.path(purchase_facts())] == [
        "cart",
        "address",
        "shipping",
        "payment",
        "review",
    ]
    assert [stage.name for stage in PURCHASE.path(purchase_facts(download=True))] == [
        "cart",
        "address",
        "payment",
        "review",
    ]


def test_a_flow_without_stages_is_refused():
    with pytest.raises(ValueError, match="'empty' has no stages"):
        Flow(name="empty", stages=())


def test_a_flow_that_names_a_stage_twice_is_refused():
    with pytest.raises(ValueError, match="'twice' names a stage twice"):
        Flow(name="twice", stages=(Stage(name="a", url="a"), Stage(name="a", url="b")))


def test_a_form_cannot_be_shown_only_once_since_back_is_always_allowed():
    with pytest.raises(ValueError, match="stage 'a' of flow 'f': only a gate can be shown once"):
        Flow(name="f", stages=(Stage(name="a", url="a", once=True),))


def test_n8_a_stage_says_why_by_the_facts_where_they_tell() -> None:
    gone = Stage(name="cart", url="cart", why="The cart first.", because=lambda facts: facts.get("gone", ""))
    assert gone.reason({"gone": "The lamp is gone."}) == "The lamp is gone."
    assert gone.reason({}) == "The cart first."
    assert Stage(name="cart", url="cart", why="The cart first.").reason({"gone": "x"}) == "The cart first."
