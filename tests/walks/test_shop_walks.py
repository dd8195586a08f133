"""Random walks over the real shop, in this process. Each is the same on every run; ``replay(seed)`` walks one again."""

from __future__ import annotations

import pytest
from django.test import Client

from navstate.testing.engines import FIREFOX, WEBKIT
from navstate.testing.fetching import through_client
from navstate.testing.returning import check_route
from tests.walks.model import Device, Model
from tests.walks.stores import Stores
from tests.walks.walk import Walk

STEPS = 80
SEEDS = (1, 2)

pytestmark = pytest.mark.django_db


def replay(seed: int, steps: int = STEPS, **options) -> Walk:
    """Walk by the chance of ``seed``. ``AssertionError`` with seed and step where something is not so."""
    fetch = through_client(Client(enforce_csrf_checks=True))
    walk = Walk(seed, fetch, Stores(), **{"on_return": check_route, **options})
    for number in range(steps):
        said = walk.step()
        assert not said, f"replay({seed}), step {number}, {walk.last}: {'; '.join(said)}"
    return walk


@pytest.mark.parametrize("seed", SEEDS)
def test_url_page_cart_and_orders_agree_after_each_operation(seed):
    replay(seed)


@pytest.mark.parametrize("engine", [FIREFOX, WEBKIT])
def test_so_they_do_in_browsers_that_keep_more_or_less(engine):
    replay(5, 40, engine=engine)


def test_without_the_check_a_page_that_comes_back_is_not_so():
    """The control: these walks find it."""
    with pytest.raises(AssertionError, match=r"replay\(1\), step \d+, \w+: "):
        replay(1, engine=WEBKIT, on_return=None)


def test_a_walk_is_the_same_on_every_run():
    first, second = (replay(6, 25) for _ in range(2))
    assert first.done == second.done
    assert first.model.lines == second.model.lines


def test_two_devices_that_know_the_same_are_two():
    """Once the walk took the wrong one in hand."""
    model = Model({}, {})
    model.devices.append(Device())
    model.device = model.devices[1]
    assert model.devices.index(model.device) == 1
