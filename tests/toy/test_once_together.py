"""R20 with real threads: presses at the same moment and 30 ms apart, in autocommit and in ``ATOMIC_REQUESTS``."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from navstate.once import settling
from tests.parallel import in_parallel
from tests.toy import pressed
from tests.toy.once import Presser

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
STORES = ["navstate.once.sql.SqlClaims", "navstate.once.redis.RedisClaims"]


@pytest.fixture(autouse=True, params=STORES, ids=["sql", "redis"])
def _once(settings, request):
    settings.ROOT_URLCONF = "tests.toy.pressed"
    settings.NAVSTATE_ONCE_STORAGE = request.param
    # The machine may be busy.
    settings.NAVSTATE_ONCE_WAIT = settings.NAVSTATE_ONCE_WINDOW = settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 120
    pressed.reset()


@pytest.fixture
def presser() -> Presser:
    return Presser()


@pytest.fixture(params=[False, True], ids=["autocommit", "atomic"])
def is_atomic(request, settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", request.param)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", request.param)
    return request.param


def press_all(presser: Presser, url: str, apart: float, count: int = 4, **entered):
    def press(number: int, each: Presser):
        time.sleep(number * apart)
        return each.press(url, **entered)

    twins = [presser.twin() for _ in range(count)]
    return in_parallel([lambda n=n, each=each: press(n, each) for n, each in enumerate(twins)])


@pytest.mark.parametrize("apart", [0, 0.03])
def test_control_without_the_guard_every_press_counts(presser, apart) -> None:
    press_all(presser, "/unguarded/", apart, takes="0.1")
    assert len(pressed.EFFECTS) == 4


@pytest.mark.parametrize("apart", [0, 0.03])
@pytest.mark.parametrize("url", ["/send/", "/write/", "/write/apart/", "/later/", "/subscribe/"])
def test_any_number_of_presses_has_one_effect(presser, is_atomic, url, apart) -> None:
    if url == "/later/" and is_atomic:
        pytest.skip("Django runs no asynchronous view in ATOMIC_REQUESTS")
    answers = press_all(presser, url, apart, takes="0.1")
    assert {answer["Location"] for answer in answers} == {"/done/"}
    assert len(pressed.EFFECTS) == 1
    assert Group.objects.count() == url.startswith("/write/")


def test_twins_of_what_fails_run_one_after_the_other(presser, is_atomic) -> None:
    answers = press_all(presser, "/write/", 0, how="error", takes="0.05")
    assert {answer.status_code for answer in answers} == {500}
    assert Group.objects.count() == (0 if is_atomic else 4)
    answers = press_all(presser, "/write/", 0, how="invalid", takes="0.05")
    assert {answer.status_code for answer in answers} == {200}
    assert Group.objects.count() == (4 if is_atomic else 8)


def test_strangers_at_the_same_moment_each_begin_a_session_of_their_own() -> None:
    pressers = [Presser() for _ in range(3)]
    for each in pressers:
        each.client.cookies.clear()
        each.form_fields = {}
    in_parallel([lambda each=each: each.press("/subscribe/", how="session", takes="0.05") for each in pressers])
    assert len({each.client.cookies["sessionid"].value for each in pressers}) == 3


# --- In one transaction with the view -------------------------------------------------------------------------------
class Killed(BaseException):
    """Ends the thread that it is raised in, as a signal ends a worker."""


@pytest.mark.parametrize("is_atomic", [True], indirect=True)
@pytest.mark.parametrize("where", ["in the view", "before the outcome is written"])
def test_a_process_that_dies_before_the_end_has_done_nothing(presser, is_atomic, settings, monkeypatch, where) -> None:
    settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 0.3
    settings.NAVSTATE_ONCE_STORAGE = STORES[0]

    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*((pressed, "act") if where == "in the view" else (settling, "_write")), die)
        with pytest.raises(Killed):
            presser.press("/write/")
    assert Group.objects.count() == 0
    assert presser.press("/write/")["Location"] == "/done/"
    assert Group.objects.count() == 1


@pytest.mark.parametrize("is_atomic", [True], indirect=True)
def test_who_was_given_up_and_still_lives_is_rolled_back(presser, is_atomic, settings) -> None:
    settings.NAVSTATE_ONCE_STORAGE = STORES[0]
    settings.NAVSTATE_ONCE_LOCK_TIMEOUT = 0.2
    slow, quick = presser.twin(), presser.twin()
    pressed.GO_ON.clear()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(in_parallel([lambda: slow.press("/write/")])[0]))
    thread.start()
    pressed.BEGUN.wait(10)
    time.sleep(0.3)
    second = threading.Thread(target=lambda: answers.append(in_parallel([lambda: quick.press("/write/")])[0]))
    second.start()
    time.sleep(0.3)
    pressed.GO_ON.set()
    thread.join()
    second.join()
    assert Group.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {302, 503}
    assert presser.press("/write/")["Location"] == "/done/"
    assert Group.objects.count() == 1
