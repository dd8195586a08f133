"""Lists and Back in a real browser: what is shown is what the address says, where it was left. Scenarios of history (S)."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.historian import LONG, LONG_COUNT, WITHIN, Historian, Sight, fill_shelf, until_seen
from tests.servers import Shop

pytestmark = pytest.mark.browser

SORTS = ("price", "-price", "name", "newest")


@pytest.fixture(scope="module")
def shelf(gated_shop: Shop) -> int:
    """How many boots there are."""
    fill_shelf(gated_shop)
    ((count,),) = gated_shop.rows(
        "SELECT COUNT(*) FROM catalog_product p JOIN catalog_category c ON c.id = p.category_id WHERE c.slug = 'boots'"
    )
    assert count > LONG_COUNT
    return int(count)


@pytest.fixture
def walker(historian: Historian, shelf: int) -> Historian:
    return historian


@pytest.fixture
def in_memory(historian_memory: Historian, shelf: int) -> Historian:
    return historian_memory


@pytest.fixture
def chromium(historian_chromium: Historian, shelf: int) -> Historian:
    return historian_chromium


def test_s11_a_list_comes_back_where_it_was_left(walker: Historian) -> None:
    walker.go(LONG)
    walker.scroll_to(1500)
    left = walker.look()
    walker.follow_in_view()
    walker.back()
    walker.until(lambda: walker.url == LONG and abs(walker.scroll - 1500) <= WITHIN)
    assert walker.look() == left


def test_s11_from_a_short_page_of_a_list_back_to_a_long_one(walker: Historian) -> None:
    """The entries share one document: the browser scrolls before the long page is there again."""
    walker.go(f"{LONG}?page=3")
    walker.until(lambda: walker.is_loaded)
    left = walker.look()
    link = walker.driver.find_element(By.CSS_SELECTOR, "[data-testid=page-next]")
    walker.in_sight(link)
    place = walker.scroll
    assert place > 1000
    link.click()
    walker.until(lambda: walker.shown("page") == "4")
    assert walker.count < 10
    walker.back()
    walker.until(lambda: walker.look() == left and abs(walker.scroll - place) <= WITHIN)


def test_s12_what_was_shown_more_is_there_again(walker: Historian, shelf: int) -> None:
    walker.go("/")
    walker.go(LONG)
    for pages in (2, 3, 4):
        walker.show_more()
        assert walker.url == f"{LONG}?pages={pages}"
        assert walker.shown("pages") == str(pages)
    assert walker.count == shelf
    assert not walker.sees("show-more")
    walker.in_sight(walker.cards[shelf - 12])
    left, place = walker.look(), walker.scroll
    assert len(set(left.products)) == shelf
    assert place > 3000
    walker.follow_in_view()
    walker.back()
    walker.until(lambda: walker.count == shelf and abs(walker.scroll - place) <= WITHIN)
    assert walker.look() == left
    walker.back()
    walker.until_path("/")


def test_s12_reloaded_or_opened_anew_it_shows_as_much(in_memory: Historian, shelf: int) -> None:
    walker = in_memory
    walker.go(LONG)
    walker.show_more()
    walker.show_more()
    left = walker.look()
    walker.reload()
    assert walker.look() == left
    walker.driver.switch_to.new_window("tab")
    walker.go(left.url)
    assert walker.look() == left


def test_s12_the_first_new_product_has_the_focus_and_the_rest_is_said(in_memory: Historian, shelf: int) -> None:
    walker = in_memory
    walker.go(LONG)
    walker.in_sight(walker.find("show-more"))
    place = walker.scroll
    walker.show_more()
    focused = "return document.activeElement.textContent"
    walker.until(lambda: walker.driver.execute_script(focused) == walker.cards[20].text)
    assert abs(walker.scroll - place) <= WITHIN
    live = walker.driver.find_element(By.ID, "live")
    walker.until(lambda: live.get_attribute("textContent") == f"40 of {shelf} products are shown.")


def test_s12_nothing_is_swapped_when_the_shopper_stays(in_memory: Historian, shelf: int) -> None:
    """The page is node by node what its address gives: looking away and back leaves the focus where it is."""
    walker = in_memory
    walker.go(LONG)
    walker.show_more()
    walker.until(lambda: walker.driver.switch_to.active_element == walker.cards[20])
    walker.driver.execute_script("window.testCards = [...document.querySelectorAll('.product-card')]")
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    walker.driver.close()
    walker.driver.switch_to.window(first)
    before = len(walker.shop.requests())
    walker.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    walker.until(lambda: any("GET /cart/badge/" in line for line in walker.shop.requests()[before:]))
    assert walker.driver.execute_script("return testCards.every((each) => each.isConnected)")
    assert walker.driver.switch_to.active_element == walker.cards[20]


def test_s04_s15_more_states_than_fit_anywhere(walker: Historian) -> None:
    """Filters by htmx, pages, products and another list: Back to the start and Forward to the end, each step true."""
    seen = [walk_on(walker, step) for step in range(16)]
    assert len({sight.url for sight in seen}) > 10
    for sight in reversed(seen[:-1]):
        walker.back()
        until_seen(walker, sight)
    for sight in seen[1:]:
        walker.forward()
        until_seen(walker, sight)


def walk_on(walker: Historian, step: int) -> Sight:
    """One step of a long walk; what is to be seen after it. Each makes one entry."""
    if step == 0:
        walker.go(LONG)
    elif step == 6:
        walker.press("[data-testid=page-next]")
        walker.until(lambda: walker.shown("page") == "2")
    elif step == 7:
        walker.follow_element(walker.cards[3])
    elif step == 8:
        walker.go("/search/?q=path")
    elif step == 14:
        walker.press("#in-stock")
        walker.until(lambda: walker.shown("in_stock") == "1" and "in_stock=1" in walker.url)
    elif step == 15:
        walker.follow(".brand")
    else:
        walker.sort_by(SORTS[step % 4])
    walker.until(lambda: walker.is_loaded)
    return walker.look()


def test_s15_controls_are_what_the_address_says(chromium: Historian) -> None:
    """Also where a control was moved and not sent."""
    walker = chromium
    walker.go(LONG)
    walker.sort_by("price")
    left = walker.look()
    walker.driver.execute_script("document.getElementById('sort').value = 'name'")
    walker.driver.execute_script("document.getElementById('in-stock').checked = true")
    walker.follow_element(walker.cards[1])
    walker.back()
    until_seen(walker, left)
    assert walker.controls() == ("price", "false")


WRITTEN = {
    "utm": "history.replaceState(null, '', location.pathname + '?sort=price')",
    "tab": "history.replaceState({ tab: 2 }, '', location.pathname + '?sort=price&in_stock=1')",
    "hash": "history.replaceState({}, '', location.pathname + '?sort=price#results')",
    "pushed": "history.pushState(null, '', '#main')",
    "jumped": "location.hash = 'results'",
}


def test_s09_content_follows_the_address_that_a_script_wrote(in_memory: Historian) -> None:
    walker = in_memory
    for script in WRITTEN.values():
        walker.go(f"{LONG}?sort=price&utm_source=letter")
        walker.driver.execute_script(script)
        written = walker.driver.current_url
        expected = seen_anew(walker, written)
        walker.sort_by("name")
        walker.back()
        walker.until(lambda written=written: walker.driver.current_url == written)
        until_seen(walker, expected)
        walker.forward()
        walker.until(lambda: walker.shown("sort") == "name" and "sort=name" in walker.url)
        assert walker.controls()[0] == "name"


def seen_anew(walker: Historian, url: str) -> Sight:
    """What a new tab shows at this address."""
    first = walker.driver.current_window_handle
    walker.driver.switch_to.new_window("tab")
    walker.driver.get(url)
    sight = walker.look()
    walker.driver.close()
    walker.driver.switch_to.window(first)
    return sight
