"""A walker who looks at what the browser's history gives back: address, title, products, controls, scroll."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.browser.watched import Watched
from tests.servers import Shop

WITHIN = 50
"""Pixels that a list may stand off where it was left."""

LONG = "/category/boots/"
LONG_COUNT = 65
"""Products that :func:`fill_shelf` adds: four pages together with those of the demo catalogue."""

NOTES = """
window.testErrors = [];
addEventListener("error", ({ message }) => testErrors.push(message));
addEventListener("unhandledrejection", ({ reason }) => /view transition/.test(reason) || testErrors.push(`${reason}`));
window.testGot = [];
const ask = window.fetch;
window.fetch = async (...what) => {
  const answer = await ask(...what);
  const note = () => testGot.push(`${what[0]}`);
  answer.clone().text().then(() => requestAnimationFrame(() => requestAnimationFrame(note)), note);
  return answer;
};
"""
"""Errors, and answers that were there long enough to be seen. Kept in the page: some tests fill or take away its storage."""

FILL = """
from shop.catalog.models import Category, Product, Variant
from shop.catalog.services import bump_catalog_version
boots = Category.objects.get(slug="boots")
for number in range({count}):
    product = Product.objects.create(
        title=f"Path Boot {{number:03}}", slug=f"path-boot-{{number}}", brand="Path", category=boots,
        description="Leather.\\n\\n" * (number % 7))
    Variant.objects.create(product=product, sku=f"PATH-{{number}}", price=50 + number * 7 % 40, price_currency="EUR")
bump_catalog_version()
"""


def fill_shelf(shop: Shop) -> None:
    """So many boots that their list has four pages."""
    shop.script(FILL.format(count=LONG_COUNT))


@dataclass(frozen=True)
class Sight:
    """What a shopper can compare: the address says what the page shows."""

    url: str
    title: str
    heading: str
    products: tuple[str, ...]
    controls: tuple[str, ...]


class Historian(Watched):
    """What is painted is not watched; errors of the page that is shown are in :attr:`errors`."""

    # --- seeing ---

    @property
    def url(self) -> str:
        """Path and query."""
        parts = urlsplit(self.driver.current_url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def cards(self) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, "#results .product-card a")

    @property
    def count(self) -> int:
        return len(self.cards)

    def look(self) -> Sight:
        self.until_shown()
        texts = "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent.trim())"
        heading, products = (self.driver.execute_script(texts, each) for each in ("h1", ".product-card a"))
        return Sight(self.url, self.driver.title, " ".join(heading), tuple(products), self.controls())

    def controls(self) -> tuple[str, ...]:
        """``sort`` and ``in stock`` as they are set; nothing where there are no filters."""
        return tuple(
            self.driver.execute_script(
                "return [...document.querySelectorAll('#filters select, #filters input[type=checkbox]')]"
                ".map((each) => each.type === 'checkbox' ? `${each.checked}` : each.value)"
            )
        )

    @property
    def scroll(self) -> float:
        return float(self.driver.execute_script("return scrollY"))

    @property
    def errors(self) -> list[str]:
        return list(self.driver.execute_script("return window.testErrors ?? []"))

    def has_got(self, part: str, times: int = 1) -> bool:
        """Whether scripts of the page have had so many answers to addresses with this in them, and done what they do."""
        return sum(part in name for name in self.driver.execute_script("return testGot")) >= times

    def stored(self) -> str:
        """All that this origin keeps in this tab's web storage."""
        return str(self.driver.execute_script("return JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"))

    # --- moving ---

    def press(self, selector: str) -> None:
        """A real click; what follows is waited for by whoever asks."""
        self.in_sight(self.driver.find_element(By.CSS_SELECTOR, selector)).click()

    def follow(self, selector: str) -> None:
        """A real click on a link, until its document is there."""
        self.follow_element(self.in_sight(self.driver.find_element(By.CSS_SELECTOR, selector)))

    def follow_element(self, link: WebElement) -> None:
        """The same, without scrolling more than the browser does itself."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        link.click()
        self.until(lambda: self.driver.find_element(By.TAG_NAME, "html") != old and self.is_loaded)

    @property
    def is_loaded(self) -> bool:
        return self.driver.execute_script("return document.readyState") == "complete"

    def sort_by(self, name: str) -> None:
        """Choose an order, and wait until the list says that it has it.

        The label is pressed first, as WebKit's driver chooses by script, and Back skips what nobody pressed anything for.
        """
        self.press("label[for=sort]")
        Select(self.driver.find_element(By.ID, "sort")).select_by_value(name)
        self.until(lambda: self.shown("sort") == name and f"sort={name}" in f"{self.url}&sort=featured")

    def shown(self, name: str) -> str | None:
        """``data-nav-<name>`` of ``<html>``."""
        return self.driver.find_element(By.TAG_NAME, "html").get_attribute(f"data-nav-{name}")

    def show_more(self) -> None:
        before = self.count
        self.press("[data-testid=show-more]")
        self.until(lambda: self.count > before and self.is_loaded)

    def scroll_to(self, place: int) -> None:
        self.driver.execute_script("scrollTo(0, arguments[0])", place)
        self.until(lambda: abs(self.scroll - place) < 1)

    def follow_in_view(self) -> None:
        """Follow a product link that is to be seen, without scrolling: as a shopper does."""
        link = self.driver.execute_script(
            "return [...document.querySelectorAll('#results .product-card a')].find((each) => {"
            " const box = each.getBoundingClientRect(); return box.top > 100 && box.bottom < innerHeight - 50; })"
        )
        assert link is not None, "no product is in view"
        self.follow_element(link)


def until_seen(walker: Historian, sight: Sight) -> None:
    """Wait until all that was seen is to be seen again; the difference if it does not come."""
    walker.until(lambda: walker.url == sight.url)
    try:
        walker.until(lambda: walker.look() == sight)
    except TimeoutException:
        assert walker.look() == sight
        raise
