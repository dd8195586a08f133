"""Settings are looked up once, and anew when a test changes them."""

from __future__ import annotations

import pytest

from navstate.conf import DEFAULTS, setting


def test_what_a_project_does_not_say_is_the_default(settings) -> None:
    del settings.NAVSTATE_TRACE
    assert setting("NAVSTATE_TRACE") == DEFAULTS["NAVSTATE_TRACE"] == 1.0


@pytest.mark.parametrize("name", ["NAVSTATE_TRACE", "SESSION_COOKIE_NAME"])
def test_what_a_test_sets_is_seen_at_once(settings, name: str) -> None:
    before = setting(name)
    setattr(settings, name, "another")
    assert setting(name) == "another" != before


def test_what_is_made_of_settings_is_made_once_for_them(settings) -> None:
    made: list[str] = []

    def make(name: str) -> int:
        made.append(name)
        return len(made)

    assert [setting("made of some", make) for _ in range(3)] == [1, 1, 1]
    settings.NAVSTATE_TRACE = 0.25
    assert [setting("made of some", make) for _ in range(2)] == [2, 2]


def test_one_that_a_test_takes_away_is_the_default_again(settings) -> None:
    settings.NAVSTATE_TRACE = 0.5
    assert setting("NAVSTATE_TRACE") == 0.5
    del settings.NAVSTATE_TRACE
    assert setting("NAVSTATE_TRACE") == 1.0


def test_one_of_djangos_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AttributeError):
        setting("NO_SUCH_SETTING")
