"""axe finds nothing on any page, in light and in dark, wide and on a phone; nothing sticks out sideways, and the browser's
console stays silent, so the content policy drops nothing of ours."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.staff import Staff
from tests.browser.walker import Walker
from tests.fixtures_browser import lend_browser
from tests.servers import ROOT, Shop

pytestmark = pytest.mark.browser

AXE = (ROOT / "tests/vendor/axe.min.js").read_text(encoding="utf-8")
RUN = """
const done = arguments[0];
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => done(
  violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))));
"""
BREAK = """
const broken = "<img src=/static/favicon.svg><input><pre>" + "x".repeat(999);
document.querySelector("main").insertAdjacentHTML("beforeend", broken);
"""
# The browser itself reports an answer above 399, which is what those pages are.
EXPECTED = "Failed to load resource: the server responded with a status of"
# The demo provider's pages are another company's and take part in no transition; Chromium says so.
ELSEWHERE = "ViewTransition opt-in disabled"
LOOKS = {"light-wide": ("light", "bfcache"), "dark-phone": ("dark", "phone")}
PASSWORD = "blaze-on-a-tree-7"


class Examiner(Walker):
    """Walks, and notes what is wrong with each page it stands on."""

    def __init__(self, driver: webdriver.Chrome, shop: Shop) -> None:
        super().__init__(driver, shop)
        self.faults: dict[str, list[str]] = {}

    def look(self, name: str) -> None:
        self.driver.execute_script(AXE)
        faults = list(self.driver.execute_async_script(RUN))
        if self.driver.execute_script("return document.documentElement.scrollWidth > innerWidth + 1"):
            faults.append("wider than the window")
        lines = [entry["message"] for entry in self.driver.get_log("browser")]
        faults += [line for line in lines if EXPECTED not in line and ELSEWHERE not in line]
        if faults:
            self.faults[name] = faults

    def visit(self, path: str) -> None:
        self.go(path)
        self.look(path)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.type(name, value)

    def press(self) -> None:
        """The form's own button."""
        self.in_sight(self.driver.find_element(By.CSS_SELECTOR, "main form button")).click()


@pytest.fixture(params=LOOKS)
def examiner(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Examiner]:
    scheme, kind = LOOKS[request.param]
    for driver in lend_browser(request, kind):
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        yield Examiner(driver, shop)


def test_axe_finds_what_is_wrong(examiner: Examiner) -> None:
    """The control: a page with three faults of our making."""
    examiner.go("/")
    examiner.driver.execute_script(BREAK)
    examiner.look("broken")
    found = " ".join(examiner.faults["broken"])
    assert "image-alt" in found
    assert "label" in found
    assert "wider than the window" in found


def test_the_shelves(examiner: Examiner) -> None:
    slugs = examiner.shop.rows("SELECT slug FROM catalog_category WHERE depth = 1 ORDER BY path")
    for path in ["/", "/search/", "/search/?q=boot", "/search/?q=zzzz", f"/category/{slugs[0][0]}/", "/zh-hans/"]:
        examiner.visit(path)
    examiner.go("/search/?q=waymark")
    examiner.in_sight(examiner.find("show-more")).click()
    examiner.until(lambda: examiner.driver.current_url.endswith("pages=2") and not examiner.sees("show-more"))
    examiner.look("more shown")
    for path in ["/category/nowhere/", "/product/nothing/", "/cart/", "/zh-hans/cart/"]:
        examiner.visit(path)
    assert examiner.faults == {}


def test_the_way_to_a_receipt(examiner: Examiner, wares: list[str]) -> None:
    examiner.add(wares[1])
    examiner.look("cart")
    examiner.go("/checkout/review/")  # ahead: led to the address
    examiner.look("address")
    examiner.click("stage-submit")
    examiner.look("address with errors")
    examiner.give_address(email=f"a{uuid.uuid4().hex[:10]}@example.org")
    examiner.look("shipping")
    examiner.choose("shipping_method")
    examiner.look("payment")
    examiner.choose("payment_method", "demo")
    examiner.look("review")
    examiner.order()
    examiner.look("provider")
    examiner.click("gateway-decline")
    examiner.until(lambda: examiner.path.startswith("/pay/"))
    examiner.look("declined")
    examiner.click("resume-payment")
    examiner.pay()
    examiner.look("receipt")
    number, receipt = examiner.text("order-number"), examiner.path
    examiner.driver.delete_all_cookies()
    examiner.go(receipt)
    examiner.look("receipt in another browser")
    examiner.type("proof", "10115")
    examiner.click("proof-submit")
    examiner.until(lambda: examiner.sees("notice"))
    examiner.look("wrong postcode")
    look_at_the_trace(examiner, number)
    assert examiner.faults == {}


def look_at_the_trace(examiner: Examiner, number: str) -> None:
    """The pages for staff: of the visitor who has just bought, with a step ahead that was led back."""
    staff = Staff(examiner.driver, examiner.shop)
    staff.log_in()
    examiner.look("find a trace")
    staff.find_trace(number, whole=lambda: "led to" in staff.main_text)
    assert any(row.has_parted for row in staff.rows)
    examiner.look("trace")


def test_a_conflict(examiner: Examiner, wares: list[str]) -> None:
    examiner.go_to_review(wares[0])
    old = examiner.text("order-total")
    examiner.driver.switch_to.new_window("tab")
    examiner.add(wares[1])
    examiner.driver.close()
    examiner.driver.switch_to.window(examiner.driver.window_handles[0])
    examiner.until(lambda: examiner.text("order-total") not in {"", old})
    examiner.click("place-order")
    examiner.until(lambda: examiner.sees("conflict"))
    examiner.look("conflict")
    assert examiner.faults == {}


def test_the_account(examiner: Examiner) -> None:
    for path in ("/login/", "/register/", "/password/reset/", "/password/reset/done/", "/password/reset/key/1-abc/"):
        examiner.visit(path)
    examiner.go("/register/")
    examiner.press()
    examiner.until(lambda: examiner.driver.find_elements(By.CSS_SELECTOR, ".field__error"))
    examiner.look("register with errors")
    examiner.fill(email=f"b{uuid.uuid4().hex[:10]}@example.org", password1=PASSWORD, password2=PASSWORD)
    examiner.press()
    examiner.until_path("/dashboard/")
    examiner.look("dashboard")
    for path in ("/profile/", "/dashboard/orders/", "/logout/"):
        examiner.visit(path)
    assert examiner.faults == {}
