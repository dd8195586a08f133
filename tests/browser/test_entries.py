"""What a tab knows of its history, and what it tells: entries, direction, sequence, its own name, and other tabs (R9).

In every engine that runs scripts.
"""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.conftest import IN_CHROMIUM
from tests.browser.watched import WATCH, Watched
from tests.gate import Passed
from tests.servers import Shop

pytestmark = pytest.mark.browser

LIST = "/category/boots/"

PUSHES = """
const push = history.pushState;
history.pushState = function (...what) {
  localStorage.setItem("test-pushed", JSON.stringify([...JSON.parse(localStorage.getItem("test-pushed") ?? "[]"), what[2]]));
  return push.apply(this, what);
};
"""
"""Notes every entry that a script makes."""

NO_STORAGE = """
for (const name of ["sessionStorage", "localStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("not here", "SecurityError"); } });
"""
FULL_STORAGE = """
const full = () => { throw new DOMException("full", "QuotaExceededError"); };
const read = (store, key) => (typeof store[key] === "function" ? store[key].bind(store) : store[key]);
Storage.prototype.setItem = full;
for (const name of ["sessionStorage", "localStorage"])
  Object.defineProperty(window, name, { value: new Proxy(window[name], { get: read, set: full }) });
"""
ERRORS = """
window.testErrors = [];
addEventListener("error", ({ message }) => testErrors.push(message));
addEventListener("unhandledrejection", ({ reason }) => /view transition/.test(reason) || testErrors.push(`${reason}`));
"""
ABORTS = """
window.testAborts = [];
const plain = window.fetch;
window.fetch = (what, options) => {
  if (`${what}`.includes("/api/route")) options.signal.addEventListener("abort", () => testAborts.push(`${what}`));
  return plain(what, options);
};
"""
HIDDEN = """(page) => [...page.querySelectorAll("main input[type=hidden]")]
  .filter(({ name }) => name !== "csrfmiddlewaretoken")  // another mask each time
  .map(({ name, value }) => [name, value])"""
SERVERS = f"""
const done = arguments[arguments.length - 1];
fetch(location.href, {{ cache: "no-store" }}).then((answer) => answer.text())
  .then((text) => done(({HIDDEN})(new DOMParser().parseFromString(text, "text/html"))));
"""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


def state(walker: Watched) -> dict:
    return walker.driver.execute_script("return history.state") or {}


def tab(walker: Watched) -> str:
    return walker.driver.execute_script("return sessionStorage.getItem('nav-tab')")


def filter_in_stock(walker: Watched) -> None:
    """A choice that htmx sends, and that pushes an entry."""
    old = walker.driver.current_url
    walker.click_on(walker.driver.find_element(By.ID, "in-stock"))
    walker.until(lambda: walker.driver.current_url != old)


def back_to(walker: Watched, path: str) -> None:
    """Back, entry by entry; each has another address than the one before, and is there before the next press."""
    while walker.path != path:
        walker.until(lambda: not walker.driver.find_elements(By.CLASS_NAME, "htmx-request") and walker.gate.is_quiet)
        before = walker.driver.current_url
        walker.back()
        walker.until(lambda before=before: walker.driver.current_url != before)


def hidden_fields(walker: Watched) -> list[list[str]]:
    return walker.driver.execute_script(f"return ({HIDDEN})(document)")


def last(walker: Watched, path: str, header: str) -> Passed:
    """The last request for ``path`` that carried this header."""
    return [passed for passed in walker.gate.asked(path) if header in passed.headers][-1]


def entry_of(passed: Passed) -> tuple[str, int]:
    name, _, index = passed.headers["x-nav-entry"].partition(".")
    return name, int(index)


def test_r9_htmx_requests_say_where_in_its_history_the_tab_stands(walker: Watched) -> None:
    walker.go(LIST)
    walker.until(lambda: "nav" in state(walker))
    index = state(walker)["nav"]["index"]
    filter_in_stock(walker)
    chosen = last(walker, LIST, "x-nav-seq").headers
    assert chosen["x-nav-tab"] == tab(walker)
    walker.gate.until_asked("/cart/badge/")
    assert "x-nav-seq" not in walker.gate.asked("/cart/badge/")[-1].headers, "nobody asked for it"
    assert entry_of(last(walker, LIST, "x-nav-seq")) == (tab(walker), index)
    assert state(walker)["nav"]["index"] == index + 1
    walker.back()
    walker.until(lambda: walker.gate.asked(LIST)[-1].headers.get("x-nav-direction") == "back")
    back = last(walker, LIST, "x-nav-direction")
    assert back.headers["hx-history-restore-request"] == "true"
    assert entry_of(back) == (tab(walker), index)
    assert int(back.headers["x-nav-seq"]) > int(chosen["x-nav-seq"])
    walker.forward()
    walker.until(lambda: walker.gate.asked(LIST)[-1].headers.get("x-nav-direction") == "forward")
    forward = last(walker, LIST, "x-nav-direction")
    assert entry_of(forward) == (tab(walker), index + 1)
    assert int(forward.headers["x-nav-seq"]) > int(back.headers["x-nav-seq"])


def test_r12_the_sequence_of_a_tab_goes_on_when_a_page_comes_back_from_memory(walker: Watched) -> None:
    """A page out of Firefox's bfcache sees sessionStorage as it was when it left."""
    walker.go(LIST)
    walker.follow(".brand")
    walker.go(LIST)
    filter_in_stock(walker)  # and no further: Firefox keeps what is three entries away
    before = int(last(walker, LIST, "x-nav-seq").headers["x-nav-seq"])
    back_to(walker, "/")
    walker.look_away()
    back_to(walker, LIST)
    walker.until(lambda: walker.came_from_memory(LIST) is walker.has_memory)
    filter_in_stock(walker)
    assert int(last(walker, LIST, "x-nav-seq").headers["x-nav-seq"]) > before


def test_r9_what_others_keep_in_the_state_of_an_entry_stays(walker: Watched) -> None:
    walker.go(LIST)
    walker.until(lambda: "nav" in state(walker))
    walker.driver.execute_script("history.replaceState({ ...history.state, mine: 1 }, '')")
    filter_in_stock(walker)
    walker.until(lambda: "nav" in state(walker))
    assert state(walker)["htmx"] is True
    pushed = state(walker)["nav"]
    walker.driver.execute_script("history.replaceState({ theirs: 2 }, '')")  # somebody who does not look what is there
    walker.back()
    walker.until(lambda: state(walker).get("mine") == 1)
    assert state(walker)["nav"]["id"] != pushed["id"]
    walker.forward()
    walker.until(lambda: state(walker).get("theirs") == 2 and "nav" in state(walker))


@IN_CHROMIUM
def test_r9_no_entry_is_made_but_by_the_shopper(walker: Watched, wares: list[str]) -> None:
    walker.gate.first += PUSHES
    walker.click_through(wares[0])
    walker.order()
    walker.pay()
    for move in (walker.back, walker.back, walker.forward, walker.reload):
        move()
        walker.until_shown()
    walker.go(LIST)
    assert walker.item("pushed") == []
    filter_in_stock(walker)
    assert walker.item("pushed") == [f"{LIST}?sort=featured&in_stock=1"]


def test_r9_a_duplicated_tab_takes_a_name_of_its_own(walker: Watched) -> None:
    walker.go(LIST)
    walker.until(lambda: tab(walker))
    first, name, index = walker.driver.current_window_handle, tab(walker), state(walker)["nav"]["index"]
    link = walker.driver.find_element(By.CSS_SELECTOR, ".brand")  # one that copies sessionStorage, as duplicating does
    walker.driver.execute_script("Object.assign(arguments[0], { href: '', target: '_blank', rel: 'opener' })", link)
    walker.click_on(link)
    walker.until(lambda: len(walker.driver.window_handles) == 2)
    (second,) = set(walker.driver.window_handles) - {first}
    walker.driver.switch_to.window(second)
    walker.until(lambda: tab(walker) not in {None, name})
    copy = tab(walker)
    filter_in_stock(walker)
    assert last(walker, LIST, "x-nav-seq").headers["x-nav-tab"] == copy
    walker.reload()
    walker.driver.switch_to.window(first)
    filter_in_stock(walker)
    assert last(walker, LIST, "x-nav-seq").headers["x-nav-tab"] == name == tab(walker)
    assert state(walker)["nav"]["index"] == index + 1


def test_r9_other_tabs_hear_of_each_change_at_once(walker: Watched, wares: list[str]) -> None:
    """Without being looked at, and of a change that htmx made as of one by a document."""
    walker.go(LIST)
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    walker.put_in(wares[0])
    walker.gate.until_asked(LIST, 2)
    walker.go("/product/ridge-boot/")
    walker.gate.passed.clear()
    walker.click_on(walker.find("add-to-cart"))
    walker.gate.until_asked(LIST)
    walker.driver.switch_to.window(first)
    walker.until(lambda: walker.text("cart-count").startswith("2"))


@IN_CHROMIUM
def test_r9_an_older_check_is_given_up_for_a_newer_one(walker: Watched, wares: list[str]) -> None:
    walker.add(wares[0])
    walker.gate.first += ABORTS
    walker.go("/checkout/address/")
    walker.driver.execute_script("history.pushState({}, '', '?step=1'); history.pushState({}, '', '?step=2')")
    walker.gate.hold("/api/route")
    walker.driver.execute_script("history.back()")
    walker.gate.until_asked("rid=%2Fcheckout%2Faddress%2F%3Fstep%3D1")
    assert walker.is_hidden
    walker.driver.execute_script("history.back()")
    walker.gate.until_asked("rid=%2Fcheckout%2Faddress%2F&")
    walker.until(lambda: len(walker.driver.execute_script("return testAborts")) == 1)
    assert "step%3D1" in walker.driver.execute_script("return testAborts")[0]
    assert walker.is_hidden
    walker.gate.open()
    walker.until(lambda: not walker.is_hidden)
    assert walker.path == "/checkout/address/"


@IN_CHROMIUM
def test_r9_holds_without_htmx(walker: Watched, wares: list[str]) -> None:
    walker.do_without("htmx")
    walker.put_in(wares[0])
    walker.go("/checkout/address/")
    assert not walker.driver.execute_script("return 'htmx' in window")
    old = walker.main
    walker.follow(".brand")
    walker.put_in(wares[1])
    back_to(walker, "/checkout/address/")
    walker.until(lambda: not walker.is_hidden and walker.main != old)
    assert state(walker)["nav"]


@IN_CHROMIUM
@pytest.mark.parametrize("storage", [NO_STORAGE, FULL_STORAGE], ids=["blocked", "full"])
def test_s18_storage_that_takes_nothing_stops_nothing(walker: Watched, wares: list[str], storage: str) -> None:
    def no_errors() -> bool:
        return walker.driver.execute_script("return testErrors") == []

    walker.gate.first = ERRORS + storage
    walker.go(LIST)
    filter_in_stock(walker)
    assert no_errors()
    walker.back()
    walker.until(lambda: not walker.driver.find_element(By.ID, "in-stock").is_selected())
    walker.add(wares[0])
    walker.go("/checkout/address/")
    walker.type("city", "Ulm")
    walker.follow(".brand")
    assert no_errors()
    walker.back()
    walker.until(lambda: walker.path == "/checkout/address/" and not walker.is_hidden)
    assert no_errors()
    walker.gate.first = WATCH
    walker.go("/")


def test_s28_a_form_that_is_reloaded_or_comes_back_holds_what_the_server_put_in(
    walker: Watched, wares: list[str]
) -> None:
    """Firefox keeps what fields held over a soft reload; and here they held what another tab made out of date."""
    walker.add(wares[0])
    walker.driver.find_element(By.NAME, "quantity").send_keys("2")
    walker.reload()
    assert walker.driver.find_element(By.NAME, "quantity").get_attribute("value") == "1"
    walker.go_to_review(wares[1])
    first, old = walker.driver.current_window_handle, hidden_fields(walker)
    walker.driver.switch_to.new_window("tab")
    walker.add(wares[2])
    walker.driver.close()
    walker.driver.switch_to.window(first)
    walker.reload()
    assert hidden_fields(walker) == walker.driver.execute_async_script(SERVERS) != old
    walker.follow(".brand")
    walker.back()
    walker.until(lambda: walker.path == "/checkout/review/" and not walker.is_hidden)
    assert hidden_fields(walker) == walker.driver.execute_async_script(SERVERS)
    walker.order()
