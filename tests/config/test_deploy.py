"""Production settings: Django's own deployment check finds nothing, and every answer carries the security headers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from tests.servers import ROOT

PRODUCTION = {
    "SECRET_KEY": "tests-only-k8Jq2Vx5Bn7Mz1Lp4Wd9Rt6Yh3Gf0Sc-long-enough-for-the-check-and-no-secret",
    "ENV_FILE": os.devnull,
    "HTTPS": "1",
    "DEBUG": "0",
    "DEMO_GATEWAY": "0",
    "ALLOWED_HOSTS": "shop.example",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def test_check_deploy_is_silent() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"],
        cwd=ROOT,
        env={**os.environ, **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues (0 silenced)" in done.stdout
    assert not done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/", "/cart/", "/login/", "/search/?q=boot", "/nothing-here/"])
def test_every_page_carries_the_security_headers(url: str) -> None:
    response = Client().get(url)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


REFUSED = {
    "no key": {"SECRET_KEY": ""},
    "a key of blanks": {"SECRET_KEY": "  "},
    "money that is none": {"DEMO_GATEWAY": "1"},
}
STARTS = {
    "check --deploy": [sys.executable, "manage.py", "check", "--deploy"],
    "wsgi": [sys.executable, "-c", "import config.wsgi"],
    "asgi": [sys.executable, "-c", "import config.asgi"],
    "a command": [sys.executable, "manage.py", "cleanup", "--dry-run"],
}


def run(command: list[str], where: object = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **PRODUCTION, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=str(where), env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("variables", REFUSED.values(), ids=REFUSED)
def test_o9_what_must_never_serve_is_refused(command: list[str], variables: dict[str, str]) -> None:
    done = run(command, **variables)
    assert done.returncode != 0
    assert "ImproperlyConfigured: " in done.stderr
    assert next(iter(variables)) in done.stderr.splitlines()[-1]


def test_o9_paths_are_below_the_project_wherever_a_command_is_called_from(tmp_path) -> None:
    show = "from config.settings import *; print(EMAIL_FILE_PATH, VAR_DIR, MEDIA_ROOT, DATABASES['default']['NAME'])"
    own = {
        "EMAIL_URL": "filemail:///var/mail",
        "VAR_DIR": "there",
        "MEDIA_ROOT": "pictures",
        "DATABASE_URL": "sqlite:///a.db",
    }
    found = run([sys.executable, "-c", show], tmp_path, **own).stdout.split()
    assert found == [f"{ROOT}/{name}" for name in ("var/mail", "there", "pictures", "a.db")]
    whole = {"EMAIL_URL": f"filemail:///{tmp_path}/mail", "VAR_DIR": f"{tmp_path}/v", "MEDIA_ROOT": f"{tmp_path}/m"}
    found = run(
        [sys.executable, "-c", show], tmp_path, **whole, DATABASE_URL=f"sqlite:///{tmp_path}/a.db"
    ).stdout.split()
    assert found == [f"{tmp_path}/{name}" for name in ("mail", "v", "m", "a.db")]
