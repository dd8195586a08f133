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
