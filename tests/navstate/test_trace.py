"""The two tracks of an entry: what is read from a request, how they part, what is kept of it. Pure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navstate.rules.arrival import SAFE_METHODS, Kind, kind_of
from navstate.rules.machine import Verdict
from navstate.tracing import entry as trace
from navstate.tracing.entry import (
    Action,
    BrowserReport,
    Compared,
    Divergence,
    Entry,
    ServerState,
    compare,
    decode,
    encode,
    hints_in,
    understood,
)

NUMBERS = st.none() | st.integers(0, 10**9)
SAID = st.builds(
    BrowserReport, st.sampled_from([*Kind, "return"]), st.sampled_from(Action), seq=NUMBERS, position=NUMBERS
)
HELD = st.builds(
    ServerState, verdict=st.sampled_from(Verdict), revision=NUMBERS, changed=st.booleans(), ms=st.floats(0, 1e6)
)


def entry(at: int = 1, *, seq: int | None = None, tab: str = "", verdict: str = "serve", **fields) -> Entry:
    said = BrowserReport(kind="enter", seq=seq, tab=tab, asked="address", shown=fields.pop("shown", None))
    return Entry(at, said._replace(deed=fields.pop("deed", Action.READ)), ServerState(verdict=verdict, **fields))


def partings(*entries: Entry) -> list[tuple[Divergence, ...]]:
    return [compared.partings for compared in compare(entries)]


def read_history(method: str, headers: dict[str, str], asked: str) -> BrowserReport:
    """What is taken from a request while it is answered, and understood afterwards."""
    deed = Action.READ if method in SAFE_METHODS else Action.SUBMIT
    return understood(hints_in(kind_of(method, headers).value, deed.value, headers), asked=asked)


# --- the history track --------------------------------------------------------------------------------------------
def test_what_the_browser_says():
    headers = {"X-Nav-Seq": "7", "X-Nav-Entry": "k3abc.12", "X-Nav-Tab": "k3abc", "X-Nav-Direction": "back"}
    said = read_history("GET", headers, "address")
    assert said._replace(tab="") == BrowserReport("enter", Action.READ, "back", 7, 12, "", "address")
    assert len(said.tab) == 8
    assert said.tab == read_history("GET", {"X-Nav-Entry": "k3abc.1"}, "cart").tab
    assert said.tab != read_history("GET", {"X-Nav-Entry": "other.1"}, "cart").tab


def test_a_browser_that_says_nothing():
    assert read_history("POST", {}, "address") == BrowserReport("enter", Action.SUBMIT, asked="address")


@pytest.mark.parametrize("text", ["-1", "1.5.2", "seven", "9" * 30, "٣", "a b.3", "name@example.org.3", ".3", "a.", ""])
def test_what_is_no_number_and_no_entry_counts_as_absent(text):
    said = read_history("GET", {"X-Nav-Seq": text, "X-Nav-Entry": text, "X-Nav-Direction": text}, "cart")
    assert (said.seq, said.position, said.tab, said.direction) == (None, None, "", "")


@given(st.text(st.characters(codec="utf-8"), min_size=4), st.sampled_from(["GET", "POST"]))
def test_no_text_of_a_header_is_kept(typed, method):
    names = (
        "X-Nav-Entry",
        "X-Nav-Direction",
        "X-Nav-Tab",
        "Referer",
        "Cookie",
        "User-Agent",
        "Sec-Purpose",
        "HX-Boosted",
    )
    without = encode(Entry(1, read_history(method, {}, "cart"), ServerState()))
    kept = encode(Entry(1, read_history(method, dict.fromkeys(names, typed), "cart"), ServerState()))
    assert typed in without or typed not in kept or typed.strip("0123456789") == ""


# --- the stored form ----------------------------------------------------------------------------------------------
@given(st.integers(0, 2**50), SAID, HELD)
def test_what_is_stored_is_read(at, said, held):
    assert decode(encode(Entry(at, said, held))) == Entry(at, said, held)


def test_what_a_later_release_adds_is_passed_over():
    schema, at, said, held = json.loads(encode(entry(5)))
    later = [schema + 1, at, [*said, "new"], [*held, "new", 2], {"more": 1}]
    assert decode(json.dumps(later)) == entry(5)


def test_what_an_earlier_release_did_not_know_has_its_default():
    assert decode('[1,5,["enter"],["checkout"]]') == Entry(5, BrowserReport("enter"), ServerState("checkout"))


@pytest.mark.parametrize("text", ["", "{", "1", "[]", "{}", "null", "[1,2,3,4]", '[1,"x",["enter"],[]]', "[1,2,[],[]]"])
def test_what_is_no_entry_is_refused(text):
    with pytest.raises(ValueError):
        decode(text)


# --- where the tracks part ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verdict", "parting"),
    [
        ("serve", None),
        ("apply", None),
        ("", None),
        ("lead", Divergence.ELSEWHERE),
        ("closed", Divergence.ENDED),
        ("conflict", Divergence.CHANGED),
        ("gone", Divergence.GONE),
        ("replay", Divergence.REPEATED),
        ("refuse", Divergence.REFUSED),
    ],
)
def test_a_decision_against_what_the_browser_wanted_parts_them(verdict, parting):
    assert partings(entry(verdict=verdict)) == [(parting,) if parting else ()]


@pytest.mark.parametrize(
    ("deed", "status", "shown", "is_old"),
    [
        (Action.CHECK, 204, 3, False),
        (Action.CHECK, 204, None, False),
        (Action.CHECK, 204, 2, True),
        (Action.CHECK, 200, 3, True),
        (Action.READ, 200, 2, False),
    ],
)
def test_a_page_that_came_back_old_parts_them(deed, status, shown, is_old):
    found = partings(entry(deed=deed, status=status, shown=shown, revision=3))
    assert found == [(Divergence.OLD,) if is_old else ()]


def test_a_number_that_is_not_the_next_of_its_tab_parts_them():
    numbered = [entry(seq=1, tab="a"), entry(seq=1, tab="b"), entry(seq=2, tab="a"), entry(seq=2, tab="a")]
    overtaken = [entry(), entry(seq=1, tab="a"), entry(seq=9, tab="a")]
    assert partings(*numbered, *overtaken) == [(), (), (), (Divergence.ORDER,), (), (Divergence.ORDER,), ()]


def test_where_they_agree_again_is_marked_once():
    tracks = [entry(verdict=verdict) for verdict in ("serve", "lead", "lead", "serve", "serve")]
    assert [compared.rejoined for compared in compare(tracks)] == [False, False, False, True, False]


# --- who ----------------------------------------------------------------------------------------------------------
def test_a_trace_is_filed_under_a_digest():
    assert trace.visitor_digest("secret") == trace.visitor_digest("secret")
    assert len({trace.visitor_digest("secret"), trace.visitor_digest("other"), trace.attempt_digest("secret")}) == 3
    assert "secret" not in trace.visitor_digest("secret")


def test_a_share_of_the_visitors_is_sampled_whole():
    visitors = [trace.visitor_digest(str(number)) for number in range(1000)]
    assert [sum(trace.is_sampled(visitor, rate) for visitor in visitors) for rate in (0, 1)] == [0, 1000]
    half = {visitor for visitor in visitors if trace.is_sampled(visitor, 0.5)}
    assert 400 < len(half) < 600
    assert {visitor for visitor in visitors if trace.is_sampled(visitor, 0.25)} < half


def test_an_entry_of_the_export():
    said = BrowserReport("enter", seq=4, position=2, tab="ab12cd34", asked="review")
    held = ServerState("checkout", "address", "address", "lead", "enter", 0, 3, False, 303, 1.5, 42)
    assert trace.as_document(Compared(Entry(99, said, held), (Divergence.ELSEWHERE,), False)) == {
        "at": 99,
        "history": {
            "kind": "enter",
            "deed": "read",
            "direction": "",
            "seq": 4,
            "position": 2,
            "tab": "ab12cd34",
            "asked": "review",
            "shown": None,
        },
        "session": {
            "flow": "checkout",
            "from": "review",
            "to": "address",
            "frontier": "address",
            "verdict": "lead",
            "kind": "enter",
            "run": 0,
            "revision": 3,
            "changed": False,
            "status": 303,
            "ms": 1.5,
            "process": 42,
        },
        "parted": ["elsewhere"],
        "rejoined": False,
    }
