"""O9: no line of a log lets its reader open what only a shopper may."""

from __future__ import annotations

import io
import logging
import sys
from datetime import datetime

import pytest
from daphne.access import AccessLogGenerator
from django.conf import settings
from django.test import Client
from django.urls import reverse

from checkout.logs import CutTokens, cut, cut_in_access_logs

TOKEN = "Zx81-_kV9sT0kenThatNobodyMaySee"


def secret_addresses() -> list[str]:
    """From the URLconf itself, so that an address that changes is noticed here."""
    return [
        reverse("receipt", args=[TOKEN]),
        reverse("pay", args=[TOKEN]),
        reverse("demo-gateway-pay", args=[TOKEN]),
        reverse("account_reset_password_from_key", kwargs={"uidb36": "1a", "key": "abc-ThatNobodyMaySee"}),
    ]


FORMS = (
    "GET {}",
    "/zh-hans{}?x=1",
    "/shop{}",
    "Not Found: {}",
    "https://shop.example{}#top",
    'File "x.py", line 1, in get("{}")',
    "/login/?redirect={}",
    '"GET {} HTTP/1.1" 200 12',
)


@pytest.mark.parametrize("form", FORMS)
def test_o9_a_token_is_cut_wherever_its_address_stands(form: str) -> None:
    for address in secret_addresses():
        line = form.format(address)
        assert "NobodyMaySee" not in cut(line)
        assert cut(line).count("[cut]") == 1
        assert cut(line).startswith(line[: line.index(address)])


def test_o9_also_in_an_address_within_an_address() -> None:
    assert cut(f"/login/?redirect=%2Forder%2F{TOKEN}%2F&x=1") == "/login/?redirect=%2Forder%2F[cut]%2F&x=1"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "/pay/webhook/demo/",
            "/pay/callback/demo/",
            "/password/reset/key/done/",
            "/dashboard/orders/",
            "/order/",
            "/pay/",
        ),
        *("/checkout/payment/", "/category/boots/", "12 orders/second", "/admin/checkout/order/"),
    ],
)
def test_o9_whatever_is_no_secret_stays(line: str) -> None:
    assert cut(line) == line


def handled(logger: str, *words: object, **options: object) -> str:
    """One line, as a handler with the filter writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(CutTokens())
    own = logging.getLogger(logger)
    own.addHandler(handler)
    try:
        own.error(*words, **options)
    finally:
        own.removeHandler(handler)
    return stream.getvalue()


def test_o9_message_arguments_traceback_and_stack() -> None:
    try:
        raise ValueError(f"cannot read /order/{TOKEN}/")
    except ValueError:
        written = handled("django.request", "%s: %s", "Not Found", f"/pay/{TOKEN}/", exc_info=True, stack_info=True)
    assert "Not Found: /pay/[cut]/" in written
    assert "ValueError: cannot read /order/[cut]/" in written
    assert "Stack (most recent call last)" in written
    assert TOKEN not in written


def test_o9_the_shop_s_own_handler_cuts() -> None:
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["cut tokens"]
    assert settings.LOGGING["filters"]["cut tokens"]["()"] == "checkout.logs.CutTokens"
    assert any(isinstance(each, CutTokens) for handler in logging.getLogger().handlers for each in handler.filters)


@pytest.mark.django_db
def test_o9_what_is_not_found_is_not_told(capfd: pytest.CaptureFixture[str]) -> None:
    Client().get(f"/order/{TOKEN}/")
    Client().get(f"/zh-hans/order/{TOKEN}/nothing/")
    Client().get(f"/pay/{TOKEN}/", headers={"Host": "elsewhere.example"})
    written = "".join(capfd.readouterr())
    assert TOKEN not in written


def test_o9_the_servers_access_logs_are_cut() -> None:
    cut_in_access_logs()
    cut_in_access_logs()
    logger, stream = logging.getLogger("granian.access"), io.StringIO()
    assert len([each for each in logger.filters if isinstance(each, CutTokens)]) == 1
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        logger.warning("%(path)s %(status)d", {"path": f"/order/{TOKEN}/", "status": 200})
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "/order/[cut]/ 200\n"


def test_o9_so_is_what_daphne_writes_by_itself() -> None:
    assert "daphne.access" in sys.modules
    cut_in_access_logs()
    stream = io.StringIO()
    AccessLogGenerator(stream).write_entry(
        host="127.0.0.1", date=datetime(2026, 1, 1), request=f"GET /pay/{TOKEN}/", status=200, length=1
    )
    assert "GET /pay/[cut]/" in stream.getvalue()
