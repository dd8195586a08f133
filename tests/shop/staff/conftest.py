"""Two members of staff, and something that both have open."""

from __future__ import annotations

import pytest
from django.test import Client

from shop.catalog.models import Product, Variant
from tests.factories import make_variant
from tests.shop.staff.pages import member


@pytest.fixture
def ann(db) -> Client:
    return member("ann")


@pytest.fixture
def ben(db) -> Client:
    return member("ben")


@pytest.fixture
def boot(db) -> Variant:
    variant = make_variant("BOOT", price="20.00", title="Rain Boot")
    Product.objects.update(description="One.\n\nTwo.", brand="Old", is_featured=False)
    return variant
