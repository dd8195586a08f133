"""Staff in the admin, and the page of a visitor's trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.walker import Walker
from tests.fixtures_shop import STAFF_EMAIL, STAFF_PASSWORD

FETCH = "const [url, done] = arguments; fetch(url).then((answer) => answer.text()).then(done);"


@dataclass(frozen=True)
class Row:
    """One moment: what stands in each track, and between them."""

    browser: str
    between: str
    server: str
    has_parted: bool
    is_side_by_side: bool


class Staff(Walker):
    @property
    def main_text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def log_in(self) -> None:
        self.go("/admin/login/?next=/admin/navstate/navtrace/")
        self.type("username", STAFF_EMAIL)
        self.type("password", STAFF_PASSWORD)
        self.driver.find_element(By.CSS_SELECTOR, "#login-form [type=submit]").click()
        self.until_path("/admin/navstate/navtrace/")

    def find_trace(self, number: str, whole: Callable[[], bool]) -> None:
        """Look for the number of an order until its trace is ``whole``: it is written half a second later."""

        def is_found() -> bool:
            self.go("/admin/navstate/navtrace/")
            self.type("sought", number)
            self.driver.find_element(By.CSS_SELECTOR, ".trace-find [type=submit]").click()
            self.until(lambda: "/navtrace/" in self.path)
            return bool(self.driver.find_elements(By.CSS_SELECTOR, "table.trace")) and whole()

        self.until(is_found)

    @property
    def rows(self) -> list[Row]:
        return [_row(element) for element in self.driver.find_elements(By.CSS_SELECTOR, "table.trace tbody tr")]

    def export(self) -> str:
        link = self.driver.find_element(By.CSS_SELECTOR, ".trace-summary a").get_attribute("href")
        return str(self.driver.execute_async_script(FETCH, link))


def _row(element: WebElement) -> Row:
    browser, between, server = element.find_elements(By.TAG_NAME, "td")
    return Row(
        browser=browser.text,
        between=between.text,
        server=server.text,
        has_parted="trace-parted" in (element.get_attribute("class") or ""),
        is_side_by_side=browser.rect["y"] == server.rect["y"] and browser.rect["x"] < server.rect["x"],
    )
