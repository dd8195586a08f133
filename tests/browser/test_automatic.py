"""R9 on a site that declares nothing: a plain Django project with the three lines, and not a word in its templates."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from benchmarks.adopting.sites import PLAIN, Site, running
from tests import environment
from tests.fixtures_browser import ENGINES, lend_browser
from tests.servers import wait_until

pytestmark = pytest.mark.browser

SCRIPTED = [kind for kind in ENGINES if kind != "no-javascript"] if environment.STORES == "plain" else ["bfcache"]
FROM_MEMORY = ("bfcache", "webkit")
LOOK = """
const main = document.querySelector("main");
const seen = main?.checkVisibility({ opacityProperty: true, visibilityProperty: true });
return document.readyState === "complete" && seen ? [location.pathname, document.body.innerText] : ["", ""];
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running(PLAIN, "three", Path(sys.executable)) as site:
        yield site


@pytest.fixture(scope="module")
def cached_site() -> Iterator[Site]:
    """One whose pages may stay in the browser's caches."""
    with running(PLAIN, "cached", Path(sys.executable)) as site:
        yield site


@pytest.fixture
def driver(request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    yield from lend_browser(request, request.param)


class Reader:
    """Somebody at the library. What can be seen is all that they know."""

    def __init__(self, driver: WebDriver, site: Site) -> None:
        self.driver, self.site = driver, site

    def see(self) -> tuple[str, str]:
        """Path and text of the page; empty while nothing of it is in sight."""
        path, text = self.driver.execute_script(LOOK)
        return path, text

    def until(self, path: str, *texts: str) -> None:
        def is_so() -> bool:
            at, text = self.see()
            return at == path and all(each in text for each in texts)

        wait_until(is_so, 15, f"{path} with {texts}, instead of {self.see()}")

    def go(self, path: str, *texts: str) -> None:
        self.driver.get(self.site.origin + path)
        self.until(path, *texts)

    def click(self, selector: str, path: str, *texts: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()
        self.until(path, *texts)

    def type(self, name: str, text: str) -> None:
        field = self.driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)

    def value(self, name: str) -> str:
        return self.driver.find_element(By.NAME, name).get_attribute("value") or ""

    def back(self, path: str, *texts: str) -> None:
        self.driver.back()
        self.until(path, *texts)

    def log_in(self) -> None:
        self.go("/login/")
        self.type("username", "staff")
        self.type("password", "staff")
        self.click("main button", "/account/", "Private to staff")

    def mark(self) -> None:
        """Note something in the page that is lost when it is loaded again, as the scripts of a site make things."""
        self.driver.execute_script(
            """document.querySelector("main").append(Object.assign(document.createElement("p"), { id: "widget" }));
            document.body.classList.add("lively");"""
        )

    @property
    def is_marked(self) -> bool:
        return bool(self.driver.execute_script("return !!document.querySelector('body.lively #widget')"))

    def come_to_the_front(self) -> None:
        self.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def reader(driver: WebDriver, site: Site) -> Reader:
    site.begin_again()
    return Reader(driver, site)


def in_kinds(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("driver", [kind for kind in SCRIPTED if kind in (kinds or SCRIPTED)], indirect=True)


@in_kinds()
def test_back_after_the_logout_shows_nothing_private(reader: Reader) -> None:
    reader.log_in()
    reader.click("nav a", "/", "Account of staff")
    reader.click("#logout button", "/", "Log in")
    reader.driver.back()
    wait_until(lambda: reader.see()[0] and "Account of staff" not in reader.see()[1], 15, "a page for nobody")
    reader.driver.back()
    wait_until(lambda: reader.see()[0] in {"/login/", "/"}, 15, "what anybody may see")
    assert "Private to" not in reader.driver.page_source


@in_kinds()
def test_back_after_a_row_was_edited_shows_what_holds(reader: Reader) -> None:
    reader.log_in()
    reader.click("nav a", "/", "Atlas")
    reader.click("a.edit", "/books/1/edit/")
    reader.type("copies", "77")
    reader.click("#book button", "/", "Atlas was changed.", "77")
    reader.back("/books/1/edit/")
    wait_until(lambda: reader.value("copies") == "77", 15, "the copies that there are now")
    reader.back("/", "77")


@in_kinds()
def test_back_after_a_row_was_added_shows_it(reader: Reader) -> None:
    reader.log_in()
    reader.click("nav a", "/", "Atlas")
    reader.click("a.add", "/books/add/")
    reader.type("title", "Kalendar")
    reader.type("author", "Anon")
    reader.click("#book button", "/", "Kalendar was added.")
    reader.back("/books/add/")
    wait_until(lambda: reader.value("title") == "", 15, "an empty form")
    reader.back("/", "Kalendar")


@in_kinds(*FROM_MEMORY)
def test_a_page_that_holds_comes_back_from_memory_as_it_was_left(reader: Reader, site: Site) -> None:
    """And asks once. Its cookies are there before: a new one throws the pages out of Chromium's memory."""
    reader.go("/books/1/", "Author 1")
    reader.go("/", "Atlas")
    reader.mark()
    reader.click("a.book", "/books/1/", "Author 1")
    log = (site.folder / "log").read_text().count('"GET / HTTP/1.1" 304')
    reader.back("/", "Atlas")
    assert reader.is_marked
    assert (site.folder / "log").read_text().count('"GET / HTTP/1.1" 304') == log + 1


@in_kinds()
def test_what_changed_meanwhile_is_taken_over_in_place(reader: Reader, site: Site) -> None:
    """What the site's own scripts made stays, and so does what was typed."""
    reader.log_in()
    reader.go("/", "Atlas")
    reader.mark()
    site.ask_staff("copies", number=55)
    reader.come_to_the_front()
    reader.until("/", "55")
    assert reader.is_marked
    reader.go("/books/1/edit/", "Edit Atlas")
    reader.type("title", "Atlas of")
    site.ask_staff("copies", number=56)
    reader.come_to_the_front()
    reader.until("/books/1/edit/")
    assert reader.value("title") == "Atlas of"


ROW = '<p>{0} <input name="of-{0}" type="number" value="1"></p>'
TAKE_OVER = """
const [text, done] = arguments;
const answer = { ok: true, redirected: false };
import("/static/navstate/refresh.js").then(({ takeOver }) => {
  done(takeOver(answer, `<!doctype html><body><div id="basket">${text}</div>`, "#basket"));
});
"""


@in_kinds("bfcache")
@pytest.mark.parametrize(
    ("rows", "left", "numbers"),
    [
        ("Atlas Bestiary", "Atlas Bestiary", {"of-Atlas": "5", "of-Bestiary": "1"}),
        ("Atlas Bestiary", "Bestiary", {"of-Bestiary": "1"}),
        ("Atlas", "", {}),
    ],
)
def test_a_number_typed_for_a_row_goes_with_the_row(
    reader: Reader, rows: str, left: str, numbers: dict[str, str]
) -> None:
    """It would stand beside another one, or keep a basket on the screen that is empty. Words stay in either case."""

    def form(names: str, *, note: str = "") -> str:
        inside = "".join(ROW.format(name) for name in names.split())
        return f'<form id="rows">{inside}{note}</form>' if inside else "<p>It is empty.</p>"

    def take(names: str, *, note: str = "") -> dict[str, str]:
        assert reader.driver.execute_async_script(TAKE_OVER, form(names, note=note))
        fields = reader.driver.find_elements(By.CSS_SELECTOR, "#basket input, #basket textarea")
        return {field.get_attribute("name") or "": field.get_attribute("value") or "" for field in fields}

    reader.go("/", "Atlas")
    place = "document.body.insertAdjacentHTML('beforeend', '<div id=\"basket\"></div>')"
    reader.driver.execute_script(place)
    take(rows)
    reader.type("of-Atlas", "5")
    assert take(left) == numbers
    note = '<textarea name="note"></textarea>'
    take(rows, note=note)
    reader.type("note", "a gift")
    assert take(left, note=note)["note"] == "a gift"


@in_kinds("bfcache")
def test_words_that_the_server_has_no_place_for_stay_without_what_stood_around_them(reader: Reader) -> None:
    """A voucher typed beside a basket that has been emptied elsewhere."""
    reader.go("/", "Atlas")
    reader.driver.execute_script("document.body.insertAdjacentHTML('beforeend', '<div id=\"basket\"></div>')")
    voucher = '<form id="voucher"><input name="code"></form>'
    for text in (f'<section id="full"><p>Two tents</p>{voucher}</section>', "<p>It is empty.</p>"):
        assert reader.driver.execute_async_script(TAKE_OVER, text)
        basket = reader.driver.find_element(By.ID, "basket")
        if "Two tents" in basket.text:
            reader.type("code", "SPRING")
    assert basket.text == "It is empty."
    assert reader.value("code") == "SPRING"


@in_kinds(*FROM_MEMORY)
def test_a_page_whose_form_was_sent_is_loaded_anew(reader: Reader) -> None:
    """Many sites switch a button off when it is pressed, and leave it so."""
    reader.log_in()
    reader.go("/books/1/edit/", "Edit Atlas")
    reader.driver.execute_script(
        "document.querySelector('#book').onsubmit = ({ target }) => { target.querySelector('button').disabled = true; };"
    )
    reader.click("#book button", "/")
    reader.back("/books/1/edit/")
    wait_until(lambda: reader.driver.find_element(By.CSS_SELECTOR, "#book button").is_enabled(), 15, "a living button")


PAINTED = """
const look = () => {
  const main = document.querySelector("main");
  const seen = main?.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  if (seen) localStorage["test-painted"] = (localStorage["test-painted"] ?? "") + document.body.innerText;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@in_kinds("bfcache", "no-bfcache")
def test_a_page_that_may_be_kept_is_not_painted_before_it_is_known(driver: WebDriver, cached_site: Site) -> None:
    """Looked at in every frame: out of the memory of the browser, and out of its HTTP cache."""
    cached_site.begin_again()
    cached_site.ask_staff("add_books", number=500)  # so that it takes a moment to read all of it
    reader = Reader(driver, cached_site)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": PAINTED})  # type: ignore[attr-defined]
    reader.log_in()
    reader.click("nav a", "/", "Atlas\tAuthor 1\t1\t")
    reader.click("a.book", "/books/1/", "Account of staff")
    driver.execute_script("localStorage.removeItem('test-painted')")
    cached_site.ask_staff("copies", number=77)
    reader.back("/", "Atlas\tAuthor 1\t77\t")
    painted = driver.execute_script("return localStorage['test-painted']")
    assert "Author 1\t77" in painted
    assert "Author 1\t1\t" not in painted


@in_kinds("bfcache")
def test_another_tab_that_logs_out_is_heard_of(reader: Reader) -> None:
    reader.log_in()
    first = reader.driver.current_window_handle
    reader.driver.switch_to.new_window("tab")
    reader.go("/", "Account of staff")
    reader.click("#logout button", "/", "Log in")
    reader.driver.switch_to.window(first)
    reader.until("/login/", "Log in")


@in_kinds("bfcache")
def test_scripts_say_nothing_in_the_console(reader: Reader) -> None:
    reader.log_in()
    reader.go("/admin/", "Site administration")
    reader.driver.back()
    reader.until("/account/", "Private to staff")
    said = [entry["message"] for entry in reader.driver.get_log("browser")]  # type: ignore[attr-defined]
    assert [text for text in said if "favicon" not in text] == []
