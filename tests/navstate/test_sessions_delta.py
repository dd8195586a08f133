"""The part of a session that a save sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from navstate.sessions.delta import Delta, delta

SESSIONS = st.dictionaries(st.sampled_from("abcdef"), st.binary(max_size=2))


def applied(change: Delta, to: dict[str, bytes]) -> dict[str, bytes]:
    kept = {key: value for key, value in to.items() if key not in change.removed}
    return kept | change.changed


def test_nothing_changed_is_nothing_to_send():
    assert delta({"a": b"1"}, {"a": b"1"}) == Delta({}, [])


def test_changed_new_and_removed_keys():
    change = delta({"a": b"1", "b": b"2", "c": b"3"}, {"a": b"1", "b": b"0", "d": b"4"})
    assert change == Delta({"b": b"0", "d": b"4"}, ["c"])


@given(SESSIONS, SESSIONS)
def test_applied_to_what_was_read_it_gives_what_is_meant(before, after):
    assert applied(delta(before, after), before) == after


@given(SESSIONS, SESSIONS, SESSIONS)
def test_it_leaves_alone_what_others_wrote_elsewhere(before, after, stored):
    change = delta(before, after)
    untouched = {key for key in "abcdef" if before.get(key) == after.get(key)}
    result = applied(change, stored)
    assert all(result.get(key) == stored.get(key) for key in untouched)
