"""Settings: the project's value, else the default."""

from __future__ import annotations

import pytest

from navstate.conf import DEFAULTS, set_defaults, setting


def test_the_default_where_a_project_sets_nothing(settings) -> None:
    del settings.NAVSTATE_TRACE
    assert setting("NAVSTATE_TRACE") == DEFAULTS["NAVSTATE_TRACE"] == 1.0


def test_a_value_that_is_set_is_seen_at_once(settings) -> None:
    settings.NAVSTATE_TRACE = 0.5
    assert setting("NAVSTATE_TRACE") == 0.5
    settings.NAVSTATE_TRACE = 0
    assert setting("NAVSTATE_TRACE") == 0


def test_a_name_that_is_no_setting_of_navstate_is_an_error() -> None:
    with pytest.raises(KeyError):
        setting("SESSION_COOKIE_NAME")


def test_what_a_project_sets_stays_when_the_defaults_are_set(settings) -> None:
    settings.NAVSTATE_TRACE = 0
    del settings.NAVSTATE_WARNING
    set_defaults()
    assert (0, DEFAULTS["NAVSTATE_WARNING"]) == (settings.NAVSTATE_TRACE, settings.NAVSTATE_WARNING)
