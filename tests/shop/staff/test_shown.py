"""Two members of staff, one thing: each writes what they changed, and who comes second is told (R4)."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory
from djmoney.money import Money

from checkout.models import ShippingMethod
from shop.accounts.models import Profile, User
from shop.catalog.models import Category, Image, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.staff.admin import StaffAdmin
from shop.staff.shown import ShownForm
from shop.stock.models import Stock
from tests.factories import make_category, make_shipping, make_variant
from tests.shop.staff.pages import Opened, text, told

pytestmark = pytest.mark.django_db
OURS = ("shop.", "checkout.", "navstate.", "django.contrib.auth")
LIST = "/admin/catalog/product/"


def page_of(thing) -> str:
    return f"/admin/{thing._meta.app_label}/{thing._meta.model_name}/{thing.pk}/change/"


def price() -> str:
    return str(Variant.objects.get().price.amount)


# --- every page ---------------------------------------------------------------------------------------------------
def test_f_every_staff_page_that_writes_compares_with_what_it_showed(admin_user) -> None:
    """Whoever registers a page that writes in another way is told here."""
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    looked_at = set()
    for model, page in admin.site._registry.items():
        if not model.__module__.startswith(OURS) or not page.has_change_permission(request):
            continue
        writes = [page, *page.get_inline_instances(request, model())]
        if model._meta.label == "checkout.Order":  # nothing of it can be typed
            assert not page.get_form(request, model()).base_fields
            continue
        assert isinstance(page, StaffAdmin), model
        for each in writes:
            if each.has_change_permission(request):
                assert issubclass(each.form, ShownForm), each
        if page.list_editable:
            assert issubclass(page.get_changelist_form(request), ShownForm), model
        looked_at.add(model._meta.label)
    assert looked_at >= {"catalog.Product", "catalog.Category", "stock.Stock", "accounts.User", "auth.Group"}


# --- a product ----------------------------------------------------------------------------------------------------
def test_f_case_stale_staff_form(ann, ben, boot, client) -> None:
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    assert first.send(variants__0__price_0="35.00").status_code == 302
    response = second.send(brand="New")
    assert "Somebody changed price of BOOT while you had it open: 20.00 EUR → 35.00 EUR. That stays." in told(
        ben, response
    ).replace("Price", "price")
    assert price() == "35.00"
    assert Product.objects.get().brand == "New"
    assert "35.00" in text(client.get("/product/rain-boot/"))


def test_f_both_change_the_same_the_second_is_told_and_may_insist(ann, ben, boot) -> None:
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    first.send(variants__0__price_0="35.00", title="Rain Boot II")
    refused = second.send(variants__0__price_0="18.00", brand="New")
    assert refused.status_code == 200
    assert "20.00 EUR → 35.00 EUR" in text(refused)
    assert "Not saved: somebody changed Price of BOOT while you had it open: 20.00 EUR → 35.00 EUR." in text(refused)
    assert 'value="18.00"' in text(refused)
    assert 'value="New"' in text(refused)
    assert 'value="Rain Boot II"' in text(refused)
    assert (price(), Product.objects.get().brand) == ("35.00", "Old")
    again = Opened(ben, second.url, refused)
    assert again.fields["initial-variants-0-price"] == '["35.00", "EUR"]'
    assert again.send().status_code == 302
    assert price() == "18.00"
    assert Product.objects.get().title == "Rain Boot II"


def test_f_both_change_it_in_the_same_way(ann, ben, boot) -> None:
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    for page in (first, second):
        assert page.send(variants__0__price_0="35.00").status_code == 302
    assert price() == "35.00"


FIELDS = {
    "title": ("title", "Other", "Third"),
    "description": ("description", "Three.\r\n\r\nFour.", "Five."),
    "options": ("options", '["Size"]', '["Colour"]'),
    "is_published": ("is_published", None, None),
    "is_featured": ("is_featured", "on", "on"),
}


@pytest.mark.parametrize("name", [*FIELDS, "category"])
def test_f_each_field_by_itself(ann, ben, boot, name: str) -> None:
    Variant.objects.update(is_active=False)  # so that options may be anything
    other = make_category("Other")
    key, value, _ = FIELDS.get(name, ("category", str(other.pk), ""))
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    assert first.send(**{key: value}).status_code == 302
    wanted = Product.objects.values().get()
    assert wanted[f"{name}_id" if name == "category" else name] != getattr(boot.product, name)
    assert second.send(brand="New").status_code == 302
    now = Product.objects.values().get()
    mine = {"updated_at": 0, "brand": "", "folded_text": ""}
    assert {**now, **mine} == {**wanted, **mine}
    assert now["folded_text"].startswith("new")


@pytest.mark.parametrize("name", ["title", "description"])
def test_f_the_same_field_names_old_and_new(ann, ben, boot, name: str) -> None:
    key, value, other = FIELDS[name]
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    first.send(**{key: value})
    refused = second.send(**{key: other})
    assert "Somebody changed this while you had it open" in text(refused)
    assert other in text(refused)
    assert getattr(Product.objects.get(), name).splitlines() == value.splitlines()


def test_f_what_an_import_wrote_meanwhile_stays(ben, boot) -> None:
    page = Opened(ben, page_of(boot.product))
    Variant.objects.update(price=Money(66, "EUR"), barcode="4006381333931")
    Product.objects.update(description="By the file.")
    assert page.send(variants__0__grams="400").status_code == 302
    now = Variant.objects.get()
    assert (str(now.price.amount), now.barcode, now.grams) == ("66.00", "4006381333931", 400)
    assert Product.objects.get().description == "By the file."


def test_f_only_what_changed_is_written(ben, boot, django_assert_num_queries, monkeypatch) -> None:
    written = []
    save = Variant.save
    monkeypatch.setattr(Variant, "save", lambda self, **named: (written.append(named), save(self, **named)))
    Opened(ben, page_of(boot.product)).send(variants__0__grams="7")
    assert written == [{"update_fields": {"grams"}}]


def test_f_without_what_was_shown_it_is_as_ever(ben, boot) -> None:
    page = Opened(ben, page_of(boot.product))
    page.fields = {name: value for name, value in page.fields.items() if not name.startswith("initial-")}
    assert page.send(brand="New").status_code == 302
    assert Product.objects.get().brand == "New"


@pytest.mark.parametrize("made_up", ["", "[", "{}", '["x"]', "[1,2,3]", "null"])
def test_f_what_was_shown_is_made_up(ben, boot, made_up: str) -> None:
    page = Opened(ben, page_of(boot.product))
    page.fields["initial-variants-0-price"] = page.fields["initial-category"] = made_up
    assert page.send(brand="New", variants__0__price_0="21.00").status_code in {200, 302}
    assert price() in {"20.00", "21.00"}


# --- its rows -----------------------------------------------------------------------------------------------------
def test_f_a_row_that_somebody_changed_is_not_deleted_unasked(ann, ben, boot) -> None:
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    first.send(variants__0__price_0="35.00")
    refused = second.send(variants__0__DELETE="on")
    assert "It was not deleted: somebody changed it while you had it open (Price: 20.00 EUR → 35.00 EUR)." in text(
        refused
    )
    assert Variant.objects.exists()
    assert Opened(ben, second.url, refused).send().status_code == 302
    assert not Variant.objects.exists()


def test_f_a_sale_counts_as_a_change_of_its_row(ben, boot) -> None:
    page = Opened(ben, page_of(boot.product))
    Stock.objects.update(available=7)
    assert "Available: 10 → 7" in text(page.send(variants__0__DELETE="on"))
    assert Variant.objects.exists()


def test_f_a_row_that_is_gone_is_told_where_it_was_changed(ann, ben, boot) -> None:
    make_variant("SOCK", title="Rain Boot", values=["Wide"])
    Variant.objects.filter(sku="SOCK").update(is_active=False, position=5)
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    assert first.send(variants__0__DELETE="on").status_code == 302
    refused = second.send(variants__0__price_0="22.00", variants__1__grams="9")
    page = text(refused)
    assert "Somebody deleted this row while you had it open." in page
    assert 'value="22.00"' in page
    assert 'name="variants-1-sku" value="SOCK"' in page
    assert Opened(ben, second.url, refused).send(variants__0__DELETE="on").status_code == 302
    assert Variant.objects.get().grams == 9


def test_f_a_row_that_is_gone_and_was_not_touched_hinders_nobody(ann, ben, boot) -> None:
    first, second = (Opened(who, page_of(boot.product)) for who in (ann, ben))
    first.send(variants__0__DELETE="on")
    assert second.send(brand="New").status_code == 302
    assert Product.objects.get().brand == "New"
    assert not Variant.objects.exists()


def test_f_rows_stay_beside_their_own_pictures(ann, ben, boot, media) -> None:
    for place, name in enumerate(("a", "b")):
        Image.objects.create(product=boot.product, file=f"products/{name}.svg", alt=name, position=place)
    page = Opened(ben, page_of(boot.product))
    Image.objects.create(product=boot.product, file="products/new.svg", position=0)
    Image.objects.filter(alt="a").delete()
    shown = text(page.send(title="", images__1__alt="bee"))
    row = shown[shown.index('id="images-1"') :]
    assert row.index("products/b.svg") < row.index('value="bee"')


# --- lists --------------------------------------------------------------------------------------------------------
def test_f_a_list_writes_what_was_ticked_there(ann, ben, boot) -> None:
    first, second = Opened(ann, LIST), Opened(ben, LIST)
    first.save_list(**{"form-0-is_published": None})
    assert second.save_list(**{"form-0-is_featured": "on"}).status_code == 302
    now = Product.objects.get()
    assert (now.is_published, now.is_featured) == (False, True)


def test_f_a_list_of_numbers(ann, ben) -> None:
    method = make_shipping()
    url = "/admin/checkout/shippingmethod/"
    first, second, third = Opened(ann, url), Opened(ben, url), Opened(ben, page_of(method))
    first.save_list(**{"form-0-position": "4"})
    refused = second.save_list(**{"form-0-position": "7"})
    assert "0 → 4" in text(refused)
    assert 'value="7"' in text(refused)
    assert third.send(name="Slow").status_code == 302
    now = ShippingMethod.objects.get()
    assert (now.position, now.name) == (4, "Slow")


def test_f_a_row_of_a_list_is_gone(ann, ben, boot) -> None:
    make_variant("SOCK", title="Sock")
    make_variant("TENT", title="Tent")
    page = Opened(ben, LIST)
    Product.objects.filter(title="Sock").delete()
    names = {page.fields[f"form-{number}-id"]: number for number in range(3)}
    tent = Product.objects.get(title="Tent")
    response = page.save_list(**{f"form-{names[str(tent.pk)]}-is_featured": "on"})
    assert "Somebody deleted 1 row while you had the list open." in told(ben, response)
    tent.refresh_from_db()
    assert tent.is_featured
    assert not Product.objects.get(title="Rain Boot").is_featured


@pytest.mark.parametrize("pk", ["x", "", "9" * 40])
def test_f_a_row_of_a_list_is_made_up(ben, boot, pk: str) -> None:
    page = Opened(ben, LIST)
    assert page.save_list(**{"form-0-id": pk, "form-0-is_featured": "on"}).status_code in {200, 302}
    assert not Product.objects.get().is_featured


def test_f_a_list_with_an_error_shows_each_form_beside_its_row(ben) -> None:
    for code in ("a", "b", "c"):
        make_shipping(code, position=1)
    url = "/admin/checkout/shippingmethod/"
    page = Opened(ben, url)
    ShippingMethod.objects.filter(code="c").update(position=0)  # comes first from now on
    refused = page.save_list(**{"form-1-position": "x"})
    rows = text(refused).split("<tr")
    row = next(row for row in rows if 'name="form-1-position"' in row)
    assert ">B<" in row


# --- other things -------------------------------------------------------------------------------------------------
def test_f_a_category_is_moved_and_renamed_at_once(ann, ben, boot) -> None:
    packs = make_category("Packs")
    boots = Category.objects.get(slug="boots")
    first, second = Opened(ann, page_of(boots)), Opened(ben, page_of(boots))
    assert first.send(treebeard_position="first-child", treebeard_ref_node=str(packs.pk)).status_code == 302
    assert second.send(name="Wellingtons").status_code == 302
    boots = Category.objects.get(pk=boots.pk)
    assert (boots.name, boots.depth) == ("Wellingtons", 2)
    third = Opened(ann, page_of(boots))
    Category.objects.filter(pk=boots.pk).update(name="Boots")
    assert "Wellingtons → Boots" in text(third.send(name="Shoes"))


def test_f_a_category_moved_by_two_names_where_it_was_and_is(ann, ben, boot) -> None:
    packs, tents = make_category("Packs"), make_category("Tents")
    boots = Category.objects.get(slug="boots")
    first, second = Opened(ann, page_of(boots)), Opened(ben, page_of(boots))
    first.send(treebeard_position="first-child", treebeard_ref_node=str(packs.pk))
    refused = second.send(treebeard_position="first-child", treebeard_ref_node=str(tents.pk))
    assert "– → Packs" in text(refused)
    assert Category.objects.get(pk=boots.pk).depth == 2
    assert Opened(ben, second.url, refused).send().status_code == 302
    assert Category.objects.find_problems() == ([], [], [], [], [])
    assert Category.objects.get_parent(Category.objects.get(pk=boots.pk)) == tents


def test_f_stock_is_counted_where_it_did_not_move(ann, ben, boot) -> None:
    stock = Stock.objects.get()
    first, second, third = (Opened(who, page_of(stock)) for who in (ann, ben, ben))
    first.send(available="4")
    assert "10 → 4" in text(second.send(available="12"))
    assert third.send(sells_without="on").status_code == 302
    now = Stock.objects.get()
    assert (now.available, now.sells_without) == (4, True)


def test_f_an_account_and_its_address(ann, ben) -> None:
    ada = User.objects.create_user("ada@example.org", "x")
    Profile.objects.create(user=ada, name="Ada", city="Ulm", country="DE", version=3)
    first, second = Opened(ann, page_of(ada)), Opened(ben, page_of(ada))
    assert first.send(profile__0__city="Bonn", is_staff="on").status_code == 302
    assert Profile.objects.get().version == 4
    refused = second.send(profile__0__city="Kiel", profile__0__name="Ada W.")
    assert "Ulm → Bonn" in text(refused)
    assert second.send(profile__0__name="Ada W.").status_code == 302
    ada.refresh_from_db()
    assert (ada.profile.city, ada.profile.name, ada.profile.version, ada.is_staff) == ("Bonn", "Ada W.", 5, True)


def test_f_a_password_is_on_no_page(ann, admin_user) -> None:
    assert admin_user.password.rpartition("$")[2] not in text(ann.get(page_of(admin_user)))


def test_f_rights_of_a_group(ann, ben) -> None:
    packers = Group.objects.create(name="Packers")
    see, do = Permission.objects.filter(codename__in=["view_order", "change_order"]).order_by("pk")
    packers.permissions.set([see])
    first, second, third = (Opened(who, page_of(packers)) for who in (ann, ben, ben))
    first.send(permissions=[see.pk, do.pk])
    assert second.send(name="Packing", permissions=[see.pk]).status_code == 302
    assert set(packers.permissions.all()) == {see, do}
    assert "Somebody changed this" in text(third.send(permissions=[]))
    assert set(packers.permissions.all()) == {see, do}


# --- deleting -----------------------------------------------------------------------------------------------------
def test_f_what_changed_since_the_question_is_not_deleted(ann, ben, boot) -> None:
    bump_catalog_version()
    url = f"{LIST}{boot.product_id}/delete/"
    question = Opened(ben, url)
    Opened(ann, page_of(boot.product)).send(variants__0__price_0="35.00", title="Rain Boot II")
    again = question.send()
    assert again.status_code == 200
    assert "It changed since this page was shown. Nothing was deleted" in text(again)
    assert "<del>Rain Boot</del> → <ins>Rain Boot II</ins>" in text(again)
    assert Product.objects.exists()
    assert Opened(ben, url, again).send().status_code == 302
    assert not Product.objects.exists()


def test_f_nor_are_many(ann, ben, boot) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [boot.product_id]}
    question = Opened(ben, LIST, ben.post(LIST, chosen))
    Opened(ann, page_of(boot.product)).send(brand="New")
    again = question.send()
    assert "<del>Old</del> → <ins>New</ins>" in text(again)
    assert Product.objects.exists()
    assert Opened(ben, LIST, again).send().status_code == 302
    assert not Product.objects.exists()


def test_n8_a_category_with_products_says_what_to_do(ann, boot) -> None:
    url = f"/admin/catalog/category/{boot.product.category_id}/delete/"
    for response in (ann.get(url), ann.post(url, {"post": "yes"})):
        assert "Move them to another category first." in text(response)
    assert Category.objects.exists()
