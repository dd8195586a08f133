"""A form that came back out of the browser's memory gets a new token (R20): asked for and put in by scripts of the page."""

from __future__ import annotations

import pytest

from tests.browser.watched import Watched
from tests.servers import Shop
from tests.shopper import ADDRESS

pytestmark = pytest.mark.browser

TOKENS = """
return [...document.getElementsByName("csrfmiddlewaretoken")].map(({ value }) => value);
"""
COMES_BACK = """
const done = arguments[0], { navShown, navRoute } = document.documentElement.dataset;
const asked = new URLSearchParams({ rid: location.pathname, rev: navShown });
fetch(`${navRoute}?${asked}`).then((answer) => {
  dispatchEvent(new CustomEvent("nav-current", { detail: answer }));
  done(answer.status);
});
"""


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


def test_a_page_that_is_current_gets_new_tokens_and_its_form_is_taken(watched: Watched, wares: list[str]) -> None:
    watched.add(wares[0])
    watched.go("/checkout/address/")
    watched.until(lambda: watched.is_read())
    before = watched.driver.execute_script(TOKENS)
    assert watched.driver.execute_async_script(COMES_BACK) == 204
    after = watched.driver.execute_script(TOKENS)
    assert len(before) == len(after) > 0
    assert not set(before) & set(after)
    for name, value in ADDRESS.items():
        watched.type(name, value)
    watched.follow("[data-testid=stage-submit]")
    watched.until(lambda: watched.path == "/checkout/shipping/")
