"""Run as a program, with the toy's settings: the way through the loan in a process that has nothing but Django."""

from __future__ import annotations

import sys

import django
from django.core.management import call_command

STRANGERS = ("shop", "checkout", "config", "allauth", "django_htmx", "redis", "django_redis", "django_stubs_ext")


def main() -> None:
    django.setup()
    call_command("check", fail_level="WARNING")
    call_command("migrate", verbosity=0)
    call_command("navgraph", "loan", format="mermaid")
    walk()
    look_at_the_admin()
    call_command("clearnavstate")
    strangers = sorted(name for name in sys.modules if name.partition(".")[0] in STRANGERS)
    print(f"strangers: {strangers}")  # noqa: T201


def walk() -> None:
    """Imported here: it needs the apps."""
    from tests.toy.visitor import Visitor

    visitor = Visitor(checks_csrf=False)
    visitor.ask()
    visitor.prove()
    visitor.send("/loan/confirm/", visitor.form("/loan/confirm/"))
    answer = visitor.get("/loan/form/")
    print(answer.status_code, answer.headers["Location"])  # noqa: T201


def look_at_the_admin() -> None:
    """Its log-in, and as staff the page that finds traces."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    print("log-in of the admin:", client.get("/admin/login/").status_code)  # noqa: T201
    client.force_login(get_user_model().objects.create_superuser("ada", "ada@example.org", "x"))
    print("traces:", client.get("/admin/navstate/navtrace/").status_code)  # noqa: T201


if __name__ == "__main__":
    main()
