"""Run as a program: a project that takes the sessions of navstate and nothing else, and has no Redis installed."""
# ruff: noqa: E402  (what is absent and the settings have to be there before the imports)

from __future__ import annotations

import sys

for absent in ("redis", "django_redis", "tqdm", "hypothesis", "django_htmx"):
    sys.modules[absent] = None  # type: ignore[assignment]

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="constant-and-no-secret-constant-and-no-secret-constant",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.sessions", "navstate"],
    SESSION_ENGINE="navstate.sessions.sql",
    MIDDLEWARE=["navstate.sessions.middleware.SessionMiddleware"],
)
django.setup()

from django.test import Client


def visits(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


urlpatterns = [path("", visits)]


def main() -> None:
    call_command("check", fail_level="WARNING")
    call_command("migrate", verbosity=0)
    client = Client()
    print([client.get("/").content.decode() for _ in range(3)])  # noqa: T201
    call_command("clearsessions")


if __name__ == "__main__":
    main()
