"""Which tests ``make test-fast`` runs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests import choice

HERE = {"a": False, "b": False, "c": True, "d": False}
KNOWN = {"a": 1.0, "b": 1.0, "c": 2.0, "d": 1.0}


def test_what_changed_comes_first_and_the_rest_as_far_as_it_fits():
    assert choice.choose(HERE, KNOWN, seconds=2, number=1) == {"c"}
    chosen = choice.choose(HERE, KNOWN, seconds=3.5, number=1)
    assert len(chosen) == 2
    assert "c" in chosen
    assert choice.choose(HERE, KNOWN, seconds=5, number=1) == set(HERE)
    assert choice.choose(HERE, KNOWN, seconds=1, number=1) == set(), "nor does it run over its time"


def test_other_ones_each_time_and_the_same_for_the_same_number():
    many = {str(number): False for number in range(1000)}
    first, again, other = (choice.choose(many, {}, seconds=10, number=number) for number in (1, 1, 2))
    assert first == again != other
    assert len(first) == int(10 / choice.SECONDS)


@pytest.mark.parametrize(
    ("changed", "test", "is_meant"),
    [
        ("shop/cart/services.py", "tests/shop/cart/test_services.py", True),
        ("shop/cart/services.py", "tests/shop/cart/test_services_together.py", True),
        ("shop/cart/services.py", "tests/shop/cart/test_serv.py", False),
        ("shop/cart/services.py", "tests/checkout/test_services.py", False),
        ("navstate/once/settling.py", "tests/toy/test_settling.py", True),
        ("tests/test_face.py", "tests/test_face.py", True),
        ("tests/shop/cart/conftest.py", "tests/shop/cart/test_views.py", False),
        ("docs/testing.md", "tests/shop/test_testing.py", False),
        ("manage.py", "tests/config/test_manage.py", False),
    ],
)
def test_a_test_is_of_the_module_that_it_is_named_after(changed, test, is_meant):
    assert choice.is_of([PurePosixPath(changed)], Path(test)) is is_meant


def test_what_has_changed_is_asked_of_git(monkeypatch, tmp_path):
    assert all(isinstance(path, PurePosixPath) for path in choice.changed_files())
    monkeypatch.setattr(choice, "ROOT", tmp_path)
    assert choice.changed_files() == []
