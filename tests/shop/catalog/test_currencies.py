"""A currency without decimals, or with three: from the import to the receipt, or no start at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import translation
from djmoney.money import Money

from config.currency import known_currency
from shop.catalog.fields import validate_digits
from shop.money import is_sign_of, like_euros, money_fact, money_of, money_text

ROOT = Path(__file__).resolve().parents[3]
FANS = """Handle,Title,Type,Published,Option1 Name,Option1 Value,Variant Price,Variant Compare At Price
paper-fan,Paper fan,Fans,true,Title,Default Title,199.5555,
silk-fan,Silk fan,Fans,true,Title,Default Title,{price},{before}
linen-fan,Linen fan,Fans,true,Title,Default Title,199.50,
"""


def shop_in(currency: str, folder: Path, price: str, before: str) -> dict:
    """What the shop showed; see ``tests/currencies.py``."""
    (folder / "fans.csv").write_text(FANS.format(price=price, before=before))
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "SECRET_KEY", "VIRTUAL_ENV")
        },
        "ENV_FILE": os.devnull,
        "HTTPS": "0",
        "DEMO_GATEWAY": "1",
        "EMAIL_URL": "memorymail://",
        "VAR_DIR": str(folder),
        "DEFAULT_CURRENCY": currency,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tests.currencies", str(folder / "fans.csv")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check_everywhere(shown: dict, once: str, twice: str, total: str, printed: str) -> None:
    for page in ("product", "list", "cart", "review", "receipt"):
        assert once in shown[page], page
    for page in ("cart", "shipping", "review", "receipt"):
        assert twice in shown[page], page
    assert f"Order and pay {total}" in shown["review"]
    assert f"Pay {printed}" in shown["provider"]
    assert f"Total {total}" in shown["receipt"]
    assert f"Total: {total}" in shown["mails"][0].replace("\u00a0", " ")
    assert (shown["status"], shown["printed"]) == ("paid", printed)
    assert "Nothing had to be changed." in shown["again"]
    assert (shown["same"], shown["same_changed"]) == ([], [])


def test_case_l_yen_have_no_fraction_anywhere(tmp_path) -> None:
    shown = shop_in("JPY", tmp_path, "1980.00", "2500")
    assert "line 2: Variant Price '199.5555' is not a price" in shown["import"]
    assert "line 4: Variant Price '199.50' is not a price" in shown["import"]
    check_everywhere(shown, "1,980 ¥", "3,960 ¥", "4,550 ¥", "¥4,550")
    assert "before: 2,500 ¥" in shown["product"]
    assert "Standard delivery 590 ¥" in shown["shipping"]
    assert shown["amounts"] == {"subtotal": "3960", "shipping_price": "590", "total": "4550"}
    assert shown["shown_in_form"] == "1980"
    assert shown["fraction"] == ["Ensure that there are no more than 0 decimal places."]


def test_case_l_dinars_have_three_digits_everywhere(tmp_path) -> None:
    shown = shop_in("kwd", tmp_path, "1.275", "1.5")
    assert "line 2: Variant Price '199.5555' is not a price" in shown["import"]
    assert "line 4" not in shown["import"]
    check_everywhere(shown, "1.275 KWD", "2.550 KWD", "8.450 KWD", "KWD8.450")
    assert "before: 1.500 KWD" in shown["product"]
    assert shown["amounts"] == {"subtotal": "2.550", "shipping_price": "5.900", "total": "8.450"}
    assert shown["shown_in_form"] == "1.275"
    assert shown["fraction"] == []
    assert shown["fine"] == ["Ensure that there are no more than 3 decimal places."]


@pytest.mark.parametrize("code", ["", "EURO", "€", "CLF"])
def test_case_l_what_is_no_currency_for_a_shop_stops_the_start(code) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEFAULT_CURRENCY="):
        known_currency(code)


@pytest.mark.parametrize(
    ("amount", "currency", "fact", "english", "chinese"),
    [
        ("129", "EUR", "129.00 EUR", "129.00 €", "€129.00"),
        ("1980", "JPY", "1980 JPY", "1,980 ¥", "JP¥1,980"),
        ("1.5", "KWD", "1.500 KWD", "1.500 KWD", "KWD1.500"),
        ("199.5", "JPY", "199.5 JPY", "199.5 ¥", "JP¥199.5"),  # of an older release: told as it is
        ("0", "KWD", "0.000 KWD", "0.000 KWD", "KWD0.000"),
    ],
)
def test_case_l_amounts_as_they_are_written(amount, currency, fact, english, chinese) -> None:
    money = money_of(Decimal(amount), currency)
    assert money_fact(money) == fact
    assert money_text(money).replace("\u00a0", " ") == english
    with translation.override("zh-hans"):
        assert money_text(money).replace("\u00a0", " ") == chinese


def test_case_l_a_fraction_that_the_currency_has_not_is_invalid() -> None:
    validate_digits(Money("199", "JPY"))
    validate_digits(Money("1.275", "KWD"))
    for money in (Money("199.5", "JPY"), Money("1.275", "EUR")):
        with pytest.raises(ValidationError, match="digits behind the point"):
            validate_digits(money)


def test_case_l_demo_prices_are_like_euros() -> None:
    assert [str(like_euros(Decimal("5.90"), code)) for code in ("EUR", "JPY", "KWD")] == ["5.90", "590", "5.900"]


@pytest.mark.parametrize(
    ("mark", "currency", "is_own"),
    [
        *(("€", "EUR", True), ("EUR", "EUR", True), ("$", "EUR", False), ("USD", "EUR", False), ("¥", "JPY", True)),
        *(("kr", "SEK", True), ("US$", "USD", True), ("円", "JPY", True), ("Rs.", "INR", True)),
    ],
)
def test_case_l_signs_of_a_currency(mark, currency, is_own) -> None:
    assert is_sign_of(mark, currency) is is_own
