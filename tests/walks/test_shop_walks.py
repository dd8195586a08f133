"""Random walks over the real shop, in this process. Each is the same on every run; ``replay(seed)`` walks one again."""

from __future__ import annotations

import pytest
from django.test import Client

from navstate.testing.fetching import through_client
from navstate.testing.returning import check_route
from tests.walks.stores import Stores
from tests.walks.walk import Walk

STEPS = 100
SEEDS = (1, 2, 3, 4)

pytestmark = pytest.mark.django_db(transaction=True)


def replay(seed: int, steps: int = STEPS, **options) -> Walk:
    """Walk by the chance of ``seed``. ``AssertionError`` with seed and step where something is not so."""
    fetch = through_client(Client(enforce_csrf_checks=True))
    walk = Walk(seed, fetch, Stores(), on_return=check_route, **options)
    for number in range(steps):
        said = walk.step()
        assert not said, f"replay({seed}), step {number}, {walk.last}: {'; '.join(said)}"
    return walk


@pytest.mark.parametrize("seed", SEEDS)
def test_url_page_cart_and_orders_agree_after_each_operation(seed):
    replay(seed)
