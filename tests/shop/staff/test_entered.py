"""What staff enter: refused with a sentence where shoppers would be misled; a chosen picture survives other errors."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from shop.catalog import admin_forms
from shop.catalog.models import Category, Image, Product, Variant
from shop.staff import files
from shop.staff.texts import is_visible
from tests.factories import make_shipping, make_variant
from tests.shop.staff.pages import Opened, member, text

pytestmark = pytest.mark.django_db


def png(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.fixture
def staff(db) -> Client:
    return member("ann")


@pytest.fixture
def boot(media) -> Variant:
    return make_variant("BOOT", price="20.00", title="Rain Boot")


@pytest.fixture
def page(staff, boot) -> Opened:
    return Opened(staff, f"/admin/catalog/product/{boot.product_id}/change/")


# --- what shoppers would be misled by ------------------------------------------------------------------------------
@pytest.mark.parametrize("before", ["19.99", "0", "0.01"])
def test_h_a_price_before_below_the_price(page, before: str) -> None:
    refused = page.send(variants__0__compare_at_0=before, variants__0__compare_at_1="EUR", title="Other")
    assert "The price before is below the price" in text(refused)
    assert f'value="{before}"' in text(refused)
    assert Product.objects.get().title == "Rain Boot"


def test_h_also_where_somebody_else_raised_the_price_meanwhile(page) -> None:
    Variant.objects.update(price="40.00")
    refused = page.send(variants__0__compare_at_0="30.00", variants__0__compare_at_1="EUR")
    assert "The price before is below the price" in text(refused)


def test_h_a_higher_price_before_is_fine(page) -> None:
    assert page.send(variants__0__compare_at_0="25.00", variants__0__compare_at_1="EUR").status_code == 302


MISMATCHES = [
    ('["Size"]', "[]", "The product has the options Size: write one value for each."),
    ('["Size", "Colour"]', '["42"]', "The product has the options Size, Colour: write one value for each."),
    ("[]", '["42"]', "The product has no options"),
    ('["Size"]', '["\\u200b"]', "Each of these texts has to be visible."),
    ('["\\u3164"]', '["42"]', "Each of these texts has to be visible."),
    ('["Size", "size"]', '["42", "43"]', "Each option needs a name of its own."),
    ('{"Size": 1}', "[]", "Write a list of texts"),
]


@pytest.mark.parametrize(("options", "values", "sentence"), MISMATCHES)
def test_h_options_and_values_that_do_not_match(page, options: str, values: str, sentence: str) -> None:
    refused = page.send(options=options, variants__0__values=values)
    assert refused.status_code == 200
    assert sentence in text(refused)
    assert Product.objects.get().options == []
    assert page.send(options='["Size"]', variants__0__values='["42"]').status_code == 302


def test_h_two_variants_that_nobody_could_tell_apart(staff, boot) -> None:
    Product.objects.update(options=["Size"])
    Variant.objects.update(values=["42"])
    make_variant("OTHER", title="Rain Boot", values=["43"])
    page = Opened(staff, f"/admin/catalog/product/{boot.product_id}/change/")
    other = next(number for number in "01" if page.fields[f"variants-{number}-sku"] == "OTHER")
    values = f"variants-{other}-values"
    assert "Another variant has the same values" in text(page.send(**{values: '["42"]'}))
    assert page.send(**{values: '["42"]', f"variants-{other}-is_active": None}).status_code == 302
    assert page.send(**{f"variants-{other}-DELETE": "on"}).status_code == 200  # it changed meanwhile


INVISIBLE = ["\u200b", "\u200b\u2060\ufeff", "\u3164", "\u2800\u2800", "\u00ad", "\u0301", "\u202e\u202c"]


@pytest.mark.parametrize("title", INVISIBLE)
def test_h_an_invisible_title(staff, page, title: str) -> None:
    assert not is_visible(title)
    sentence = "Nothing of this can be seen on the page"
    assert sentence in text(page.send(title=title))
    category, method = Category.objects.get(), make_shipping()
    for other in (category, method):
        url = f"/admin/{other._meta.app_label}/{other._meta.model_name}/{other.pk}/change/"
        assert sentence in text(Opened(staff, url).send(name=title))
    assert sentence in text(page.send(variants__0__sku=title))


@pytest.mark.parametrize("title", ["A", "雨靴", "ญ", "नमस्ते", "👢", "№ 1", "e\u0301", "—"])
def test_h_any_script_is_visible(page, title: str) -> None:
    assert page.send(title=title).status_code == 302
    assert Product.objects.get().title == unicodedata.normalize("NFC", title)


# --- pictures -----------------------------------------------------------------------------------------------------
def with_picture(page: Opened, content: bytes, name: str = "new.png", **changes: object):
    picture = SimpleUploadedFile(name, content)
    row = {"images-TOTAL_FORMS": "1", "images-0-file": picture, "images-0-position": "1", "images-0-id": ""}
    return page.send(**{**row, **changes})


BOMBS = [
    (png(20_000, 20_000), "20000 × 20000 pixels"),
    (png(19_999, 2_001), "19999 × 2001 pixels"),
    (png(30_000, 2, b"\0" * 10_000_000), "30000 × 2 pixels"),
    (b"GIF89a" + struct.pack("<HH", 65_535, 65_535), "65535 × 65535 pixels"),
    (b"<svg onload=alert(1)>", "no JPEG, PNG, WebP or GIF"),
]


@pytest.mark.parametrize(("content", "sentence"), BOMBS, ids=[words for _, words in BOMBS])
def test_l_a_picture_that_is_too_much_gets_a_sentence_and_the_form_stays(page, content: bytes, sentence: str) -> None:
    refused = with_picture(page, content, title="Rain Boot II")
    assert refused.status_code == 200
    assert sentence in text(refused)
    assert 'value="Rain Boot II"' in text(refused)
    assert "is kept and is saved with the form" not in text(refused)
    assert not Image.objects.exists()


def test_l_a_file_that_is_too_large_is_not_even_read(page, monkeypatch) -> None:
    monkeypatch.setattr(admin_forms, "MAX_BYTES", 1000)
    assert "at most 1000\xa0bytes can be taken" in text(with_picture(page, png(3, 2) + b"\0" * 1000))


def test_f_a_chosen_file_is_not_lost_by_an_error_elsewhere(staff, page, media) -> None:
    refused = with_picture(page, png(30, 20), title="")
    assert "“new.png” is kept and is saved with the form." in text(refused)
    again = Opened(staff, page.url, refused)
    refused = again.send(slug="")  # a second error keeps it as well
    again = Opened(staff, page.url, refused)
    assert again.send(title="Rain Boot", slug="rain-boot").status_code == 302
    image = Image.objects.get()
    assert (image.width, image.height) == (30, 20)
    assert default_storage.size(image.file.name) == len(png(30, 20))
    assert image.file.name == "products/new.png"


def test_f_another_file_may_be_chosen_instead(staff, page) -> None:
    again = Opened(staff, page.url, with_picture(page, png(30, 20), title=""))
    assert again.send(title="T", **{"images-0-file": SimpleUploadedFile("b.png", png(5, 5))}).status_code == 302
    assert Image.objects.get().width == 5


@pytest.mark.parametrize("token", ["x", "x:y:z", ""])
def test_f_a_kept_file_is_nobodys_invention(staff, page, token: str) -> None:
    again = Opened(staff, page.url, with_picture(page, png(30, 20), title=""))
    assert again.send(**{"title": "T", "images-0-file-kept": token}).status_code == 302
    assert not any(image.file for image in Image.objects.all())


def test_f_two_choose_a_picture_for_the_same_row(staff, boot) -> None:
    Image.objects.create(product=boot.product, file=SimpleUploadedFile("old.png", png(2, 2)))
    url = f"/admin/catalog/product/{boot.product_id}/change/"
    first, second = Opened(staff, url), Opened(staff, url)
    assert first.send(**{"images-0-file": SimpleUploadedFile("a.png", png(3, 3))}).status_code == 302
    refused = second.send(**{"images-0-file": SimpleUploadedFile("b.png", png(4, 4))})
    assert "products/old.png → products/a.png" in text(refused)
    assert Opened(staff, url, refused).send().status_code == 302
    assert Image.objects.get().width == 4


def test_f_files_of_forms_that_nobody_saved_go(page, monkeypatch, capsys) -> None:
    with_picture(page, png(30, 20), title="")
    now = timezone.now()
    assert files.prune_kept(now - timedelta(hours=1)) == 0
    assert files.prune_kept(now + timedelta(hours=1), dry_run=True) == 1
    assert len(default_storage.listdir(files.FOLDER)[1]) == 1
    monkeypatch.setattr("checkout.management.commands.cleanup.KEPT_FOR", timedelta(seconds=-60))
    call_command("cleanup")
    assert "chosen files of forms never saved: 1 deleted" in capsys.readouterr().out
    assert default_storage.listdir(files.FOLDER)[1] == []
