"""O9: the same security headers on pages, static files, pictures and errors, whichever layer answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.views.decorators.clickjacking import xframe_options_exempt

from config.headers import HeadersMiddleware
from config.settings import MIDDLEWARE

NAMES = (
    *("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"),
    *("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"),
)


@pytest.fixture
def files(media: Path, settings) -> None:
    media.mkdir(parents=True)
    (media / "boot.svg").write_text("<svg/>")
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    (Path(settings.STATIC_ROOT) / "o9.css").write_text("a{}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "status"),
    [
        *(("/", 200), ("/cart/", 200), ("/static/o9.css", 200), ("/media/boot.svg", 200), ("/nothing/", 404)),
        *(("/media/nothing.svg", 404), ("/static/nothing.css", 404), ("/healthz", 200), ("/api/session/valid", 401)),
        *(("/checkout/address/", 303), ("/admin/login/", 200), ("/cart/add/", 405)),
    ],
)
def test_o9_every_answer_has_them_all(files, url: str, status: int) -> None:
    answer = Client().get(url)
    answer.close()
    assert answer.status_code == status
    assert [name for name in NAMES if name not in answer.headers] == []
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
def test_o9_an_error_of_the_outermost_layers_too(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert [name for name in NAMES if name not in answer.headers] == []


@pytest.mark.django_db(transaction=True)
def test_o9_in_an_async_stack_as_well() -> None:
    answer = asyncio.run(AsyncClient().get("/healthz"))
    assert [name for name in NAMES if name not in answer.headers] == []


def test_o9_what_a_view_says_stays() -> None:
    @xframe_options_exempt
    def framed(request):
        return HttpResponse("", headers={"Content-Security-Policy": "sandbox", "Referrer-Policy": "no-referrer"})

    answer = HeadersMiddleware(framed)(RequestFactory().get("/"))
    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in answer


def test_o9_nothing_stands_outside_of_it() -> None:
    assert MIDDLEWARE[0] == "config.headers.HeadersMiddleware"
