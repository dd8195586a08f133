"""Below a prefix: the other language of a page, and where a visitor is led who belongs nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import set_script_prefix

from navstate.flow import Flow, Page
from navstate.registry import outcome_url_of
from navstate.templatetags.nav import other_language_url


@pytest.fixture(autouse=True, params=["/", "/shop/"])
def prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    set_script_prefix(request.param)
    yield request.param
    set_script_prefix("/")


def test_prefix_the_same_page_in_the_other_language(prefix: str) -> None:
    assert other_language_url("zh-hans", f"{prefix}cart/") == f"{prefix}zh-hans/cart/"
    assert other_language_url("zh-hans", f"{prefix}search/?q=a%20b") == f"{prefix}zh-hans/search/?q=a%20b"


def test_prefix_a_page_that_is_none_leads_to_itself(prefix: str) -> None:
    assert other_language_url("zh-hans", f"{prefix}nothing/x") == f"{prefix}nothing/x"


def test_prefix_the_top_of_the_site(prefix: str) -> None:
    assert outcome_url_of(Flow(name="f", stages=(Page("a"),)), "") == prefix
