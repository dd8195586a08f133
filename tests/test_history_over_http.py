"""What history needs of the server, without a browser: whole pages for restored entries, no swapping caches, a way back."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.http import HttpResponse

from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper, text_of

ROOT = Path(__file__).resolve().parent.parent
HTMX = {"HX-Request": "true"}
RESTORE = {**HTMX, "HX-History-Restore-Request": "true"}
WRITES_ADDRESS = re.compile(r"<(?:a|form)\b[^>]*\shx-(?:push|replace)-url=[^>]*>")
WAY_BACK = re.compile(r'<a\b(?=[^>]*data-testid="way-back")[^>]*\shref="([^"]*)"')
LEAVES_TO_CHANCE = re.compile(
    r"history\s*\.\s*(?:back|go)\b|history\s*\.\s*length|document\s*\.\s*referrer|javascript:"
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> Shopper:
    """At the review; the list of boots has three pages."""
    make_shipping()
    for number in range(44):
        make_variant(f"LIST-{number}", title=f"Trail Boot {number:02}")
    make_variant("BOOT-42", values=["42"], options=["Size"])
    make_variant("BOOT-43", values=["43"], options=["Size"])
    shopper = Shopper()
    shopper.go_to_review("BOOT-42")
    return shopper


def written_by(shopper: Shopper, url: str) -> set[str]:
    """Addresses that htmx controls of this page write into the history."""
    found = set()
    for tag in WRITES_ADDRESS.findall(text_of(shopper.get(url))):
        asked = re.search(r'\shx-get="([^"]*)"', tag)
        assert asked, tag
        found.add(urljoin(url, unescape(asked[1])))
    return found


def assert_whole(url: str, response: HttpResponse) -> None:
    page = text_of(response)
    assert response.status_code == 200, url
    assert page.startswith("<!doctype html>"), url
    assert page.count("<title>") == page.count("<main") == page.count("</html>") == 1, url
    assert 'rel="stylesheet"' in page, url
    assert 'class="brand"' in page, url


def test_s03_every_address_in_the_history_is_a_whole_page_when_restored(shopper: Shopper) -> None:
    lists = [
        "/category/boots/",
        "/category/boots/?sort=price&in_stock=1",
        "/search/?q=trail",
        "/category/boots/?page=2",
    ]
    written = {url for page in [*lists, "/product/trail-boot/"] for url in written_by(shopper, page)}
    kinds = ("page=1", "page=2", "page=3", "pages=2", "variant=")
    assert all(any(kind in url for url in written) for kind in kinds), written
    controls = {
        f"{path}?{query}" for path in ("/category/boots/", "/search/") for query in ("q=trail&sort=name", "in_stock=1")
    }
    for url in written | controls:
        assert not text_of(shopper.get(url, headers=HTMX)).startswith("<!doctype"), "else nothing is told apart"
        assert_whole(url, shopper.get(url, headers=RESTORE))
        assert_whole(url, shopper.get(url, headers={"HX-History-Restore-Request": "true"}))


def test_s03_so_are_the_stages_that_the_server_puts_there(shopper: Shopper) -> None:
    order = make_order(sku="BOOT-7")
    stages = ["/cart/", *(f"/checkout/{name}/" for name in ("address", "shipping", "payment", "review"))]
    for url in [*stages, "/dashboard/", "/login/", f"/pay/{order.token}/", f"/order/{order.token}/"]:
        assert_whole(url, shopper.get(url, headers=RESTORE, follow=True))


class Cache:
    """A shared cache that does what headers allow and no more: keeps what may be kept, by address and ``Vary``."""

    def __init__(self, shopper: Shopper) -> None:
        self.shopper = shopper
        self.kept: dict[str, list[tuple[dict[str, str], HttpResponse]]] = {}

    def get(self, url: str, headers: dict[str, str]) -> HttpResponse:
        for varied, response in self.kept.get(url, []):
            if all(headers.get(name, "") == value for name, value in varied.items()):
                return response
        response = self.shopper.get(url, headers=headers)
        if "no-store" not in response["Cache-Control"] and "private" not in response["Cache-Control"]:
            names = [name.strip() for name in response["Vary"].split(",")]
            varied = {name: headers.get(name, "") for name in names}
            self.kept.setdefault(url, []).append((varied, response))
        return response


@pytest.mark.parametrize("first", ["page", "fragment"])
def test_s02_no_cache_swaps_page_and_fragment(shopper: Shopper, first: str) -> None:
    cache = Cache(shopper)
    order = (HTMX, {}) if first == "fragment" else ({}, HTMX)
    for url in ("/category/boots/", "/category/boots/?pages=2", "/search/?q=trail", "/product/trail-boot/"):
        for headers in (*order, *order):
            is_page = text_of(cache.get(url, headers)).startswith("<!doctype html>")
            assert is_page is (not headers), (url, headers)
    assert cache.kept, "else nothing could have been swapped"


def way_back(page: str) -> str:
    """Where the page's own way back leads; there is one, and it is plain."""
    (found,) = WAY_BACK.findall(page)
    return unescape(found)


def test_s16_every_page_has_a_way_up_that_is_ours_and_there(shopper: Shopper) -> None:
    order = make_order(sku="BOOT-7")
    parents = {
        "/category/boots/": "/",
        "/product/trail-boot/": "/category/boots/",
        "/product/trail-boot/?variant=BOOT-43": "/category/boots/",
        "/search/?q=trail": "/",
        "/search/?q=nothing-like-it": "/",
        "/cart/": "/",
        "/checkout/address/": "/cart/",
        "/checkout/shipping/": "/checkout/address/",
        "/checkout/payment/": "/checkout/shipping/",
        "/checkout/review/": "/checkout/payment/",
        f"/pay/{order.token}/": "/",
        f"/order/{order.token}/": "/",
        "/login/": "/",
        "/register/": "/",
    }
    for url, parent in parents.items():
        response = shopper.get(url, headers={"Referer": "https://elsewhere.example/"})
        assert response.status_code == 200, url
        assert way_back(text_of(response)) == parent, url
        assert shopper.get(parent).status_code == 200


def test_s16_in_the_account_as_well(shopper: Shopper) -> None:
    form = shopper.open("/register/", "register-form")
    shopper.send(form, {"email": "ada@example.org", "password1": "seven-larks-9", "password2": "seven-larks-9"})
    for url, parent in {"/dashboard/": "/", "/dashboard/orders/": "/dashboard/", "/profile/": "/dashboard/"}.items():
        assert way_back(text_of(shopper.get(url))) == parent, url


def test_s16_in_the_language_of_the_page(shopper: Shopper) -> None:
    assert way_back(text_of(shopper.get("/zh-hans/product/trail-boot/"))) == "/zh-hans/category/boots/"


def test_s16_nothing_of_ours_leaves_the_way_back_to_chance() -> None:
    rooms = ("templates", "static/js", "navstate/templates", "navstate/static", "checkout", "shop")
    paths = [path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in {".html", ".js"}]
    assert len(paths) > 60
    found = {path.name for path in paths if LEAVES_TO_CHANCE.search(path.read_text(encoding="utf-8"))}
    assert found == {"past.js"}  # which goes to an entry that it knows, or not at all (R6)


def test_s16_the_pattern_would_notice() -> None:
    for slip in (
        "history.back()",
        "history.go(-1)",
        "if (history.length > 1)",
        "document.referrer",
        'href="javascript:',
    ):
        assert LEAVES_TO_CHANCE.search(slip), slip
