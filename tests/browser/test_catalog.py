"""Lists and products in a real browser: the address, the controls and the content agree, Back included."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.browser.conftest import in_these, walk
from tests.browser.walker import Walker
from tests.servers import Shop

pytestmark = pytest.mark.browser

CATEGORY = "/category/clothing/"


def query(walker: Walker) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(walker.driver.current_url).query).items()}


def shown(walker: Walker) -> dict[str, str | None]:
    """What ``<html>`` says the list shows."""
    root = walker.driver.find_element(By.TAG_NAME, "html")
    return {name: root.get_attribute(f"data-nav-{name}") for name in ("sort", "in_stock", "page")}


def cards(walker: Walker) -> list[str]:
    found = walker.driver.find_elements(By.CSS_SELECTOR, "[data-testid=product-card] a")
    return [card.text for card in found]


def controls(walker: Walker) -> dict[str, object]:
    select = Select(walker.driver.find_element(By.ID, "sort"))
    is_on = walker.driver.find_element(By.ID, "in-stock").is_selected()
    return {"sort": select.first_selected_option.get_attribute("value"), "in_stock": is_on}


def has_scripts(walker: Walker) -> bool:
    return bool(walker.driver.execute_script("return typeof htmx === 'object'"))


def ask(walker: Walker, *, sort: str = "", in_stock: bool = False) -> None:
    """Change the filters. With scripts the list follows by itself; without, the button sends them.

    The label is pressed first: WebKit's driver chooses by script, and Back skips what nobody pressed anything for.
    """
    if sort:
        walker.press("label[for=sort]")
        Select(walker.driver.find_element(By.ID, "sort")).select_by_value(sort)
    if in_stock:
        walker.press("#in-stock")
    if not has_scripts(walker):
        walker.press("#filters button")


def test_filters_and_back(walker: Walker) -> None:
    walker.go(CATEGORY)
    featured = cards(walker)
    ask(walker, sort="price")
    walker.until(lambda: query(walker).get("sort") == "price" and shown(walker)["sort"] == "price")
    by_price = cards(walker)
    assert sorted(by_price) == sorted(featured)
    assert by_price != featured
    ask(walker, in_stock=True)
    walker.until(lambda: query(walker).get("in_stock") == "1" and shown(walker)["in_stock"] == "1")
    assert query(walker)["sort"] == "price"
    for expected, names in (
        ({"sort": "price", "in_stock": False}, by_price),
        ({"sort": "featured", "in_stock": False}, featured),
    ):
        walker.back()
        walker.until(lambda names=names: cards(walker) == names)
        if has_scripts(walker):  # without, bfcache shows the box as it was ticked before the form was sent
            walker.until(lambda expected=expected: controls(walker) == expected)
        assert shown(walker)["sort"] == expected["sort"]


def test_pages_products_and_back(walker: Walker) -> None:
    walker.go("/search/?q=waymark")
    first = cards(walker)
    walker.press("[data-testid=page-next]")
    walker.until(lambda: query(walker).get("page") == "2" and shown(walker)["page"] == "2")
    second = cards(walker)
    assert not set(first) & set(second)
    assert walker.driver.title.startswith("Search: waymark")
    walker.press("[data-testid=product-card] a")
    walker.until(lambda: walker.path.startswith("/product/"))
    walker.back()
    walker.until(lambda: cards(walker) == second)
    assert walker.driver.find_elements(By.CSS_SELECTOR, "header [data-testid=search-box]")
    walker.back()
    walker.until(lambda: cards(walker) == first)


@in_these("walker", "bfcache", "no-javascript", "webkit", "firefox")
def test_variants_change_in_place_and_back_leads_to_the_list(walker: Walker) -> None:
    walker.go("/category/boots/")
    walker.press("Ridge Boot", By.LINK_TEXT)
    walker.until(lambda: walker.path == "/product/ridge-boot/")
    walker.press("Charcoal", By.LINK_TEXT)
    walker.until(lambda: "CHARCOAL" in query(walker).get("variant", ""))
    chosen = query(walker)["variant"]
    walker.until(lambda: walker.driver.find_element(By.NAME, "sku").get_attribute("value") == chosen)
    assert walker.sees("stock")
    walker.back()
    if not has_scripts(walker):  # a plain link made an entry of its own
        walker.back()
    walker.until_path("/category/boots/")


@in_these("walker", "bfcache", "no-javascript")
def test_adding_says_so(walker: Walker) -> None:
    walker.go("/product/ridge-boot/")
    walker.press("[data-testid=add-to-cart]")
    walker.until(lambda: "Ridge Boot" in walker.main and "in your cart" in walker.main)


MOVES = """
addEventListener("pagereveal", ({ viewTransition }) => {
  const note = (what) => sessionStorage.setItem("test-moves", [sessionStorage.getItem("test-moves") ?? "", what].join(" "));
  if (viewTransition) viewTransition.ready.then(() => note("moved"), () => note("skipped"));
  else note("none");
});
"""


@pytest.fixture(params=["moving", "bfcache"])
def looker(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Walker]:
    """With and without anything against movement."""
    yield from walk(request, shop, request.param)


def test_the_picture_moves_between_list_and_product_and_nothing_else_does(
    request: pytest.FixtureRequest, looker: Walker
) -> None:
    looker.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": MOVES})
    looker.go("/category/boots/")
    looker.until(lambda: moves(looker) == ["none"])  # a page is revealed with its first frame, which may be late
    looker.press(".product-card a")
    looker.until(lambda: looker.path.startswith("/product/") and len(moves(looker)) == 2)
    looker.back()
    looker.until(lambda: looker.path == "/category/boots/" and len(moves(looker)) == 3)
    looker.press(".brand")
    looker.until(lambda: looker.path == "/" and len(moves(looker)) == 4)
    is_moving = request.node.callspec.params["looker"] == "moving"
    assert moves(looker)[1:] == (["moved", "moved", "none"] if is_moving else ["none"] * 3)


def moves(walker: Walker) -> list[str]:
    return (walker.driver.execute_script("return sessionStorage['test-moves']") or "").split()
