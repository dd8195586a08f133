"""config.start and config.staticfiles: what a server process does once, and what it need not look at."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders
from django.urls import get_resolver
from django.utils import translation

from config.start import COLLECT_AFTER, starting


@pytest.fixture(autouse=True)
def gc_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_at_start_is_never_looked_through_again() -> None:
    with starting():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == COLLECT_AFTER


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(SystemExit), starting():
        raise SystemExit("a bad graph")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_page_finds_its_addresses_ready(language: str) -> None:
    get_resolver()._reverse_dict.clear()
    with starting():
        pass
    with translation.override(language):
        assert language in get_resolver()._reverse_dict


def test_collected_are_our_files_and_those_of_the_admin_but_no_flags_and_no_second_htmx() -> None:
    ignored = apps.get_app_config("staticfiles").ignore_patterns
    found = {path.split("/")[0] for finder in get_finders() for path, _storage in finder.list(ignored)}
    assert {"css", "js", "vendor", "fonts", "admin", "demo_gateway"} <= found
    assert not {"flags", "django_htmx"} & found
