"""Addresses of all countries at the address stage (issue 8, I and J): what is taken, how it is kept, what is refused."""

from __future__ import annotations

import pytest

from checkout.models import CheckoutDraft
from shop.accounts.addressing import country_options
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper, leads_to, text_of

pytestmark = pytest.mark.django_db

EMPTY = {"line1": "1 Test Street", "line2": "", "region": "", "phone": "", "name": "Ada Byron"}
CASES = [
    ("BQ", "", "Kralendijk", "", ""),
    ("IE", "", "Ballina", "", ""),
    ("IE", "F26 X0X0", "Ballina", "", ""),
    ("HK", "", "Kowloon", "", ""),
    ("DE", "10115", "Berlin", "\u202a+49 30 5550100\u202c", "+49 30 5550100"),
    ("DE", "10115", "Berlin", "+49\u00a030\u00a05550100", "+49 30 5550100"),
    ("DE", "10115", "Berlin", "030\u20115550100", "030-5550100"),
    ("JP", "100-0001", "Tokyo", "\uff10\uff13-\uff15\uff15\uff15\uff10-\uff11\uff10\uff10\uff10", "03-5550-1000"),
    ("US", "10001", "New York", "+1 212 555 0100 ext. 12", "+1 212 555 0100 ext. 12"),
]


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42")
    make_shipping("standard")
    shopper = Shopper()
    shopper.add()
    return shopper


def told(shopper: Shopper) -> str:
    return text_of(shopper.get("/checkout/address/"))


@pytest.mark.parametrize(("country", "postcode", "city", "phone", "kept"), CASES)
def test_case_i_goes_on_and_is_kept_as_written(
    shopper: Shopper, country: str, postcode: str, city: str, phone: str, kept: str
) -> None:
    changes = {**EMPTY, "country": country, "postcode": postcode, "city": city, "phone": phone}
    assert leads_to(shopper.give_address(**changes), "/checkout/shipping/")
    draft = CheckoutDraft.objects.get()
    assert (draft.country.code, draft.postcode, draft.city, draft.phone) == (country, postcode, city, kept)


def test_case_i_a_postcode_is_needed_in_germany(shopper: Shopper) -> None:
    assert leads_to(shopper.give_address(country="DE", postcode="", city="Berlin"), "/checkout/address/")
    page = told(shopper)
    assert 'id="id_postcode_error"' in page
    assert 'value="Berlin"' in page


def test_case_i_words_are_no_phone_number_and_stay_in_the_form(shopper: Shopper) -> None:
    assert leads_to(shopper.give_address(phone="call me"), "/checkout/address/")
    page = told(shopper)
    assert "Please enter a phone number, such as +49 30 123456." in page
    assert 'value="call me"' in page


@pytest.mark.parametrize(
    ("country", "postcode", "example"),
    [("DE", "999999", "26133"), ("CN", "abc", "266033"), ("IE", "abc", "A65 F4E2"), ("GB", "12345", "EC1Y 8SY")],
)
def test_i_a_wrong_postcode_is_refused_with_an_example(
    shopper: Shopper, country: str, postcode: str, example: str
) -> None:
    assert leads_to(shopper.give_address(country=country, postcode=postcode), "/checkout/address/")
    page = told(shopper)
    assert f"One looks like this: {example}" in page
    assert f'value="{postcode}"' in page


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("DE", " D-10115 ", "10115"),
        ("DE", "10 115", "10115"),
        ("JP", "〒１００ー０００１", "100-0001"),
        ("GB", "ec1y 8sy", "EC1Y 8SY"),
        ("PT", "2725079", "2725-079"),
        ("LV", "1073", "LV-1073"),
        ("CH", "CH-8001", "8001"),
        ("IR", "۱۱۹۳۶-۱۲۳۴۵", "11936-12345"),
        ("CA", "k1a0b1", "K1A0B1"),
        ("HK", "999077", "999077"),
    ],
)
def test_i_a_postcode_is_read_as_its_country_writes_it(shopper: Shopper, country: str, typed: str, kept: str) -> None:
    assert leads_to(shopper.give_address(country=country, postcode=typed), "/checkout/shipping/")
    assert CheckoutDraft.objects.get().postcode == kept


@pytest.mark.parametrize(("country", "right"), [("SG", True), ("JP", False), ("DE", False)])
def test_i_a_town_is_needed_where_the_country_has_them(shopper: Shopper, country: str, right: bool) -> None:
    postcode = {"SG": "546080", "JP": "100-0001", "DE": "10115"}[country]
    sent = shopper.give_address(country=country, postcode=postcode, city="")
    assert leads_to(sent, "/checkout/shipping/" if right else "/checkout/address/")


def test_i_a_region_stands_for_the_town_where_the_country_says_so(shopper: Shopper) -> None:
    sent = shopper.give_address(country="JP", postcode="100-0001", city="", region="Tokyo")
    assert leads_to(sent, "/checkout/shipping/")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Nguyễn Thị Minh Khai", "line1": "Đường Lê Lợi 1", "city": "Huế"},
        {"name": "محمد بن سلمان", "line1": "شارع الملك فهد", "city": "الرياض"},
        {"name": "अशोक कुमार", "line1": "मुख्य सड़क ५", "city": "दिल्ली"},
        {"name": "𠮷野家", "line1": "千代田区１−１", "city": "東京都"},
        {"name": "می‌خواهم", "line1": "O’Connell Street 1/2 #3", "city": "St. John's"},
        {"name": "ኣበበ", "line1": "ᏣᎳᎩ 5", "city": "ᐃᖃᓗᐃᑦ"},
    ],
)
def test_j_any_letter_of_any_script_is_an_address(shopper: Shopper, fields: dict[str, str]) -> None:
    assert leads_to(shopper.give_address(**fields), "/checkout/shipping/")
    assert {name: getattr(CheckoutDraft.objects.get(), name) for name in fields} == fields


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jose\u0301 A\u0308rger", "José Ärger"),
        ("\u202eAda\u202c\u200f By\u00adron\ufeff", "Ada Byron"),
        ("Ada\u0000\u0007 \tByron", "Ada  Byron"),
        ("Ada\u00a0Byron", "Ada Byron"),
        ("Ada\u2028Byron", "Ada Byron"),
        ("가", "가"),
    ],
)
def test_j_text_is_kept_in_nfc_without_what_cannot_be_seen(shopper: Shopper, typed: str, kept: str) -> None:
    assert leads_to(shopper.give_address(name=typed, city=typed), "/checkout/shipping/")
    draft = CheckoutDraft.objects.get()
    assert (draft.name, draft.city) == (kept, kept)


def test_j_a_name_of_invisible_signs_alone_is_missing(shopper: Shopper) -> None:
    assert leads_to(shopper.give_address(name="\u200e\u202a\u202c"), "/checkout/address/")
    assert 'id="id_name_error"' in told(shopper)


def test_j_letters_count_once_they_are_put_together(shopper: Shopper) -> None:
    assert leads_to(shopper.give_address(name="e\u0301" * 120), "/checkout/shipping/")
    assert CheckoutDraft.objects.get().name == "é" * 120


def test_j_an_e_mail_address_is_pasted_with_marks(shopper: Shopper) -> None:
    assert leads_to(shopper.give_address(email="\u200bada@example.org\u00a0"), "/checkout/shipping/")
    assert CheckoutDraft.objects.get().email == "ada@example.org"


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("DE", "+49 (0)30 5550100", "+49 (0)30 5550100"),
        ("US", "0049 30 5550100", "0049 30 5550100"),
        ("US", "1-800-FLOWERS", "1-800-FLOWERS"),
        ("DE", "030 5550100 Durchwahl 12", "030 5550100 Durchwahl 12"),
        ("CN", "010 1234 5678 转 12", "010 1234 5678 转 12"),
        ("DE", "030 5550100x12", "030 5550100x12"),
        ("EG", "٠٢ ٢٣٤٥٦٧٨٩", "02 23456789"),
        ("DE", "＋４９ ３０ ５５５０１００", "+49 30 5550100"),
        ("DE", "030\u2212555\u20130100", "030-555-0100"),
        ("DE", "030/555\u200b01\u206900", "030/5550100"),
    ],
)
def test_i_a_phone_number_is_kept_as_it_was_written_in_plain_signs(
    shopper: Shopper, country: str, typed: str, kept: str
) -> None:
    postcode = {"DE": "10115", "US": "10001", "CN": "266033", "EG": "12411"}[country]
    assert leads_to(shopper.give_address(country=country, postcode=postcode, phone=typed), "/checkout/shipping/")
    assert CheckoutDraft.objects.get().phone == kept


@pytest.mark.parametrize(
    "typed", ["12", "12345678901234567890", "+999 123456", "call me 030 5550100", "---", "0" * 300]
)
def test_i_what_nobody_can_dial_is_refused(shopper: Shopper, typed: str) -> None:
    assert leads_to(shopper.give_address(phone=typed), "/checkout/address/")
    assert 'id="id_phone_error"' in told(shopper)


class TestDestinations:
    def options(self, shopper: Shopper, url: str = "/checkout/address/") -> list[str]:
        page = text_of(shopper.get(url))
        select = page.split('name="country"')[1].split("</select>")[0]
        return [part.split('"')[0] for part in select.split('<option value="')[1:]]

    def test_i_only_countries_that_can_be_delivered_to_are_offered(self, shopper: Shopper) -> None:
        make_shipping("standard", countries=["DE", "AT"])
        make_shipping("express", countries=["CH"])
        make_shipping("gone", countries=["FR"], is_active=False)
        assert self.options(shopper) == ["", "AT", "DE", "CH"]
        sent = shopper.give_address(country="FR", postcode="75001")
        assert leads_to(sent, "/checkout/address/")
        assert "We do not deliver to France at present." in told(shopper)

    def test_i_all_are_offered_where_one_way_serves_all(self, shopper: Shopper) -> None:
        make_shipping("express", countries=["DE"])
        assert len(self.options(shopper)) > 240

    def test_i_the_likeliest_come_first(self, shopper: Shopper, settings) -> None:
        settings.SHOP_COUNTRY = "NL"
        make_shipping("express", countries=["DE", "AT"])
        assert self.options(shopper)[:5] == ["", "NL", "AT", "DE", "AF"]
        assert self.options(shopper, "/zh-hans/checkout/address/")[:3] == ["", "NL", "CN"]
        assert len(set(self.options(shopper))) == len(self.options(shopper))

    def test_i_what_staff_change_is_offered_at_once(self, shopper: Shopper) -> None:
        method = make_shipping("standard", countries=["DE"])
        assert self.options(shopper) == ["", "DE"]
        method.countries = ["DE", "FR"]
        method.save()
        assert self.options(shopper) == ["", "FR", "DE"]

    def test_i_an_address_that_is_not_served_any_more_is_told_at_the_delivery(self, shopper: Shopper) -> None:
        shopper.give_address(country="FR", postcode="75001")
        make_shipping("standard", countries=["DE"])
        assert "We do not deliver to France" in text_of(shopper.get("/checkout/shipping/"))


def test_i_options_are_written_once_for_each_language() -> None:
    country_options.cache_clear()
    make_variant("BOOT-42")
    make_shipping("standard")
    for _ in range(2):
        shopper = Shopper()
        shopper.add()
        shopper.get("/checkout/address/")
    assert country_options.cache_info().misses == 1
