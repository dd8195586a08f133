from decimal import Decimal

import pytest
from django.db.models import Q

from shop.catalog.models import Category
from shop.money import money_of
from shop.sql.reads import CompiledQuery, from_json
from shop.sql.slots import Slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> None:
    for path, name in (("0001", "Footwear"), ("00010001", "Boots"), ("00010002", "Shoes"), ("0002", "Packs")):
        Category.objects.create(path=path, depth=len(path) // 4, name=name, slug=name.lower())


def test_values_go_into_slots(tree) -> None:
    named = CompiledQuery(Category.objects.filter(slug=Slot("slug")).values_list("name"))
    assert named.rows(slug="boots") == [("Boots",)]
    assert named.rows(slug="packs") == [("Packs",)]
    assert named.rows(slug="'; DROP TABLE catalog_category; --") == []


def test_a_slot_may_stand_twice_and_in_a_list(tree) -> None:
    either = Category.objects.filter(Q(slug=Slot("a")) | Q(slug__in=[Slot("a"), Slot("b")])).order_by("name")
    assert CompiledQuery(either.values_list("name")).rows(a="boots", b="packs") == [("Boots",), ("Packs",)]


def test_count_and_part_of_a_prefix(tree) -> None:
    query = CompiledQuery(Category.objects.filter(path__startswith=Slot("path")).order_by("name").values_list("name"))
    assert query.count(path="0001") == 3
    assert query.rows(path="0001", limit=1, offset=1) == [("Footwear",)]
    assert query.rows(path="%") == []


@pytest.mark.parametrize("values", [{}, {"slug": "boots", "name": "Boots"}, {"name": "Boots"}])
def test_a_value_for_each_slot_and_no_other(values: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="slug"):
        CompiledQuery(Category.objects.filter(slug=Slot("slug")).values_list("name")).rows(**values)


@pytest.mark.parametrize("stored", [129, 129.0, Decimal("129.00"), "129"])
def test_amounts(stored) -> None:
    assert str(money_of(stored, "EUR").amount) == "129.00"
    assert str(money_of(stored, "JPY").amount) == "129"


def test_json_as_text_or_as_it_is() -> None:
    assert from_json('["a"]') == from_json(["a"]) == ["a"]
