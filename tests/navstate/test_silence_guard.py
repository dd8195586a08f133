"""O3: while a store is away, one thread waits for it and the others are told at once."""

from __future__ import annotations

import threading

import pytest

from navstate.outages import SilenceGuard


class Away(Exception):
    pass


def away() -> None:
    raise Away("no answer")


def test_o3_what_answers_is_asked_by_everybody() -> None:
    watch = SilenceGuard(Away)
    assert [watch.call(lambda: 1), watch.call(lambda: 2)] == [1, 2]


def test_o3_one_finds_out_and_the_others_do_not_wait() -> None:
    watch, asked, answered, found = SilenceGuard(Away), threading.Event(), threading.Event(), []
    with pytest.raises(Away, match="no answer"):
        watch.call(away)

    def slow() -> str:
        asked.set()
        answered.wait(10)
        return "back"

    thread = threading.Thread(target=lambda: found.append(watch.call(slow)))
    thread.start()
    assert asked.wait(10)
    with pytest.raises(Away, match="somebody is asking"):
        watch.call(lambda: pytest.fail("it was asked"))
    answered.set()
    thread.join(10)
    assert found == ["back"]
    assert watch.call(lambda: "for everybody") == "for everybody"


def test_o3_who_comes_while_it_is_found_to_be_back_is_answered() -> None:
    watch, found = SilenceGuard(Away), []
    with pytest.raises(Away):
        watch.call(away)
    threads = [threading.Thread(target=lambda: found.append(watch.call(lambda: "back"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 4


def test_o3_while_it_stays_away_each_in_turn_finds_out() -> None:
    watch = SilenceGuard(Away)
    for _ in range(3):
        with pytest.raises(Away, match="no answer"):
            watch.call(away)


def test_o3_a_mistake_says_nothing_about_the_store() -> None:
    watch = SilenceGuard(Away)
    with pytest.raises(KeyError):
        watch.call(lambda: {}["x"])
    assert not watch.is_silent
