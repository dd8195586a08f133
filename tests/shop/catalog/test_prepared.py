from decimal import Decimal

import pytest

from shop.catalog.models import Category
from shop.catalog.money import money_of
from shop.catalog.prepared import Prepared, from_json

pytestmark = pytest.mark.django_db


def test_values_take_the_place_of_marks(tree) -> None:
    named = Prepared(Category.objects.filter(slug="@").values_list("name"), "@")
    assert named.rows("boots") == [("Boots",)]
    assert named.rows("packs") == [("Packs",)]
    assert named.rows("'; DROP TABLE catalog_category; --") == []


def test_count_and_part(tree) -> None:
    prepared = Prepared(Category.objects.filter(path__startswith="@").order_by("name").values_list("name"), "@%")
    assert prepared.count("0001%") == 3
    assert prepared.rows("0001%", limit=1, offset=1) == [("Footwear",)]


def test_a_mark_without_a_place_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no place for"):
        Prepared(Category.objects.filter(slug="@").values_list("name"), "@", "#")


@pytest.mark.parametrize("stored", [129, 129.0, Decimal("129.00"), "129"])
def test_amounts(stored) -> None:
    assert str(money_of(stored, "EUR").amount) == "129.00"
    assert str(money_of(stored, "JPY").amount) == "129"


def test_json_as_text_or_as_it_is() -> None:
    assert from_json('["a"]') == from_json(["a"]) == ["a"]
