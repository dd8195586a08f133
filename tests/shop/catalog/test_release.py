"""A page that a browser remembers from before a release is never answered 304 after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import start
from shop.catalog import release
from shop.catalog.services import bump_catalog_version
from tests.servers import ROOT


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    release.build_id.cache_clear()
    yield
    release.build_id.cache_clear()


def build_id() -> str:
    release.build_id.cache_clear()
    return release.build_id()


def test_another_setting_that_pages_show_is_another_release(settings) -> None:
    before = build_id()
    settings.SHOP_NAME = "Other"
    assert build_id() != before


@pytest.mark.parametrize(
    "changed",
    [
        *("templates/base.html", "static/favicon.svg", "static/fonts/national-park-latin.woff2", "static/js/places.js"),
        *("locale/zh_Hans/LC_MESSAGES/django.mo", "navstate/locale/zh_Hans/LC_MESSAGES/django.mo", "requirements.txt"),
        *(
            "navstate/templatetags/nav.py",
            "shop/cart/models.py",
            "checkout/payments/demo/static/demo_gateway/gateway.css",
        ),
        *("config/urls.py", "navstate/templates/navstate/scripts.html", "shop/stock/services.py"),
    ],
)
def test_every_file_that_can_change_a_page_is_in_it(settings, tmp_path: Path, changed: str) -> None:
    assert ROOT / changed in set(release.sources())
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_bytes((ROOT / changed).read_bytes())
    settings.BASE_DIR = tmp_path
    before = build_id()
    (tmp_path / changed).write_bytes(b"another")
    assert build_id() != before


def test_so_are_the_names_under_which_pages_call_collected_files(settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    before = build_id()
    (tmp_path / "staticfiles.json").write_text("{}")
    assert build_id() != before


def test_a_release_named_by_the_environment_stands_for_all_files(settings, monkeypatch) -> None:
    settings.RELEASE = "2026-11-30"
    monkeypatch.setattr(release, "sources", lambda: pytest.fail("files were read"))
    first = build_id()
    settings.RELEASE = "2026-12-01"
    assert build_id() != first


def test_a_process_knows_at_its_start_what_it_runs(monkeypatch) -> None:
    with start.starting():
        pass
    monkeypatch.setattr(release, "sources", lambda: pytest.fail("files were read after the start"))
    assert release.build_id()


@pytest.mark.django_db
def test_a_remembered_page_of_an_earlier_release_is_sent_anew(client, settings) -> None:
    bump_catalog_version()
    remembered = client.get("/")["ETag"]
    assert client.get("/", headers={"If-None-Match": remembered}).status_code == 304
    settings.RELEASE = "the next one"
    release.build_id.cache_clear()
    assert client.get("/", headers={"If-None-Match": remembered}).status_code == 200
