"""The price that a product's page showed, when it is another one by the time the button is pressed (N12)."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import in_these
from tests.browser.walker import Walker
from tests.servers import Shop

pytestmark = pytest.mark.browser


def price(shop: Shop, sku: str, amount: str) -> None:
    shop.script(
        "from shop.catalog.models import Variant; from shop.catalog.services import bump_catalog_version; "
        f"Variant.objects.filter(sku={sku!r}).update(price={amount!r}); bump_catalog_version()"
    )


def shown(walker: Walker) -> str:
    return walker.driver.find_element(By.CSS_SELECTOR, "#product .price__now").text


def page_of(shop: Shop, sku: str) -> str:
    ((slug,),) = shop.rows(
        f"SELECT p.slug FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id WHERE v.sku = '{sku}'"
    )
    return f"/product/{slug}/?variant={sku}"


@in_these("walker", "bfcache", "no-javascript")
def test_n12_the_answer_names_old_and_new_and_the_page_shows_todays(walker: Walker, wares: list[str]) -> None:
    sku = wares[2]
    price(walker.shop, sku, "31.66")
    walker.go(page_of(walker.shop, sku))
    walker.until(lambda: shown(walker) == "31.66 €")
    price(walker.shop, sku, "66.24")
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: walker.sees("notice"))
    walker.until(lambda: "31.66 € → 66.24 €" in walker.main)
    if walker.has_scripts:
        walker.until(lambda: shown(walker) == "66.24 €")
        assert "31.66 € → 66.24 €" in walker.text("notice"), "the page took the answer away"
    walker.go("/cart/")
    walker.until(lambda: "The price went from 31.66 € to 66.24 € since you saw it." in walker.main)
    walker.go(page_of(walker.shop, sku))
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: walker.path == "/cart/" or walker.sees("notice"))
    walker.go("/cart/")
    walker.until(lambda: walker.driver.find_element(By.NAME, "quantity").get_property("value") == "2")
    assert "since you saw it" not in walker.main


def test_n12_who_stays_on_the_page_has_seen_the_answer(browser, shop: Shop, wares: list[str]) -> None:
    walker, sku = Walker(browser, shop), wares[2]
    price(shop, sku, "31.66")
    walker.go(page_of(shop, sku))
    price(shop, sku, "66.24")
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "→" in walker.text("notice"))
    walker.until(lambda: shown(walker) == "66.24 €")
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "→" not in walker.text("notice"))
    assert "is in your cart." in walker.text("notice")


def test_n12_what_is_sold_out_meanwhile_is_told_beside_a_page_that_says_so(
    browser, shop: Shop, wares: list[str]
) -> None:
    walker, sku = Walker(browser, shop), wares[3]
    walker.go(page_of(shop, sku))
    assert walker.text("stock") == "In stock"
    shop.script(
        "from shop.catalog.services import bump_catalog_version; from shop.stock.models import Stock; "
        f"Stock.objects.filter(variant__sku={sku!r}).update(available=0, sells_without=False); bump_catalog_version()"
    )
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: walker.text("stock") == "Sold out")
    assert "is sold out. Your cart is as it was." in walker.text("notice")
    assert not walker.sees("add-to-cart")
