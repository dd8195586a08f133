"""The toy runs on the stores of the test run, inside the process of the tests; ``test_alone`` runs it by itself."""

from __future__ import annotations

import pytest

from navstate import registry
from tests.toy import flows
from tests.toy import settings as toy
from tests.toy.visitor import Visitor

NAMES = ("ROOT_URLCONF", "MIDDLEWARE", "TEMPLATES", "CSRF_FAILURE_VIEW", "MESSAGE_STORAGE")


@pytest.fixture(autouse=True)
def _toy(settings, monkeypatch, db):
    for name in NAMES:
        setattr(settings, name, getattr(toy, name))
    monkeypatch.setattr(registry, "_registered", {})
    flows.register_flows()
    flows.forget_everything()


@pytest.fixture
def visitor():
    return Visitor()
