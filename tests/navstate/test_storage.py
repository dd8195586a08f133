"""The contract of a store of navigation state: one suite for both backends, by synchronous and asynchronous methods."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from navstate.models import NavRecord
from navstate.storage.base import Stored, get_storage
from navstate.storage.lua import async_redis_client, close_async_client, redis_client
from navstate.storage.redis import RedisStorage, nav_key
from navstate.storage.sql import SqlStorage
from tests.navstate.stores import Driver, commands_sent, finish, in_threads

BACKENDS = [
    pytest.param(SqlStorage, id="sql"),
    pytest.param(RedisStorage, id="redis", marks=pytest.mark.services),
]
RACERS = 12


@pytest.fixture(params=BACKENDS)
def storage(request, db):
    return request.param()


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


def seconds_left(storage, nav_id: str, flow: str) -> float:
    if isinstance(storage, RedisStorage):
        return redis_client().pttl(nav_key(nav_id, flow)) / 1000
    return (NavRecord.objects.get(nav_id=nav_id, flow=flow).expires_at - timezone.now()).total_seconds()


def expire(storage, nav_id: str, flow: str) -> None:
    if isinstance(storage, RedisStorage):
        redis_client().pexpire(nav_key(nav_id, flow), 0)
    else:
        NavRecord.objects.filter(nav_id=nav_id, flow=flow).update(expires_at=timezone.now())


# --- one contract -------------------------------------------------------------------------------------------------
def test_nothing_is_stored_of_a_stranger(storage, call):
    assert call(storage, "load", "stranger", "checkout") is None


def test_what_was_written_is_read(storage, call):
    text = '{"kept":{"name":"Jürgen 山"}}'
    assert call(storage, "compare_and_set", "ada", "checkout", expected=None, state=text, ttl=60) is True
    assert call(storage, "load", "ada", "checkout") == Stored(version=1, state=text)


def test_each_write_is_the_next_version(storage, call):
    for expected in (None, 1, 2):
        assert call(storage, "compare_and_set", "ada", "checkout", expected=expected, state=f"after {expected}", ttl=60)
    assert call(storage, "load", "ada", "checkout") == Stored(3, "after 2")


@pytest.mark.parametrize("expected", [None, 1, 3])
def test_a_write_made_from_another_version_changes_nothing(storage, call, expected):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="one", ttl=60)
    call(storage, "compare_and_set", "ada", "checkout", expected=1, state="two", ttl=60)
    assert call(storage, "compare_and_set", "ada", "checkout", expected=expected, state="late", ttl=9999) is False
    assert call(storage, "load", "ada", "checkout") == Stored(2, "two")
    assert seconds_left(storage, "ada", "checkout") <= 60


def test_nothing_can_be_replaced_that_was_never_written(storage, call):
    assert call(storage, "compare_and_set", "ada", "checkout", expected=1, state="late", ttl=60) is False
    assert call(storage, "load", "ada", "checkout") is None


def test_visitors_and_flows_do_not_meet(storage, call):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=60)
    call(storage, "compare_and_set", "ada", "account", expected=None, state="b", ttl=60)
    call(storage, "compare_and_set", "bob", "checkout", expected=None, state="c", ttl=60)
    call(storage, "delete", "ada", "checkout")
    assert call(storage, "load", "ada", "checkout") is None
    assert call(storage, "load", "ada", "account") == Stored(1, "b")
    assert call(storage, "load", "bob", "checkout") == Stored(1, "c")


def test_deleting_what_is_not_there_is_no_error(storage, call):
    call(storage, "delete", "stranger", "checkout")


def test_a_write_renews_the_expiry(storage, call):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=60)
    assert 50 < seconds_left(storage, "ada", "checkout") <= 60
    call(storage, "compare_and_set", "ada", "checkout", expected=1, state="b", ttl=6000)
    assert 5990 < seconds_left(storage, "ada", "checkout") <= 6000


def test_an_expired_record_reads_as_none(storage, call):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=60)
    expire(storage, "ada", "checkout")
    assert call(storage, "load", "ada", "checkout") is None


def test_an_expired_record_is_replaced_as_if_it_were_absent(storage, call):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=60)
    call(storage, "compare_and_set", "ada", "checkout", expected=1, state="b", ttl=60)
    expire(storage, "ada", "checkout")
    assert call(storage, "compare_and_set", "ada", "checkout", expected=2, state="late", ttl=60) is False
    assert call(storage, "compare_and_set", "ada", "checkout", expected=None, state="new", ttl=60) is True
    assert call(storage, "load", "ada", "checkout") == Stored(1, "new")
    assert 50 < seconds_left(storage, "ada", "checkout") <= 60


def test_a_record_born_expired_is_never_read(storage, call):
    call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=0)
    assert call(storage, "load", "ada", "checkout") is None


# --- which store --------------------------------------------------------------------------------------------------
def test_the_setting_names_the_store(settings):
    settings.NAVSTATE_STORAGE = "navstate.storage.redis.RedisStorage"
    assert isinstance(get_storage(), RedisStorage)
    assert get_storage() is get_storage()


def test_the_store_is_sql_unless_told_otherwise(settings):
    del settings.NAVSTATE_STORAGE
    assert isinstance(get_storage(), SqlStorage)


# --- SQL ----------------------------------------------------------------------------------------------------------
def test_sql_takes_one_query_to_load_and_at_most_two_to_write(db):
    storage = SqlStorage()

    def statements(run) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            run()
        return [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]

    write = storage.compare_and_set
    assert statements(lambda: write("ada", "checkout", expected=None, state="a", ttl=60)) == ["INSERT"]
    assert statements(lambda: write("ada", "checkout", expected=None, state="a", ttl=60)) == ["INSERT", "UPDATE"]
    assert statements(lambda: write("ada", "checkout", expected=1, state="b", ttl=60)) == ["UPDATE"]
    assert statements(lambda: storage.load("ada", "checkout")) == ["SELECT"]
    assert statements(lambda: storage.delete("ada", "checkout")) == ["DELETE"]


def test_sql_opens_a_savepoint_only_inside_a_transaction(transactional_db):
    storage = SqlStorage()
    with CaptureQueriesContext(connection) as outside:
        assert storage.compare_and_set("ada", "checkout", expected=None, state="a", ttl=60) is True
        assert storage.compare_and_set("ada", "checkout", expected=None, state="b", ttl=60) is False
    assert not any("SAVEPOINT" in query["sql"] for query in outside)
    with transaction.atomic():
        assert storage.compare_and_set("ada", "checkout", expected=None, state="b", ttl=60) is False
        assert NavRecord.objects.get().state == "a"  # the refused insert did not spoil the transaction


def test_a_record_names_its_flow_and_version_and_no_visitor():
    assert str(NavRecord(nav_id="secret", flow="checkout", version=3)) == "checkout (3)"


# --- Redis --------------------------------------------------------------------------------------------------------
@pytest.mark.services
def test_redis_takes_one_round_trip_for_everything(call):
    storage = RedisStorage()
    call(storage, "compare_and_set", "eve", "checkout", expected=None, state="a", ttl=60)  # the script is known now
    for name, args, options in [
        ("load", (), {}),
        ("compare_and_set", (), {"expected": 1, "state": "b", "ttl": 60}),
        ("delete", (), {}),
    ]:
        with commands_sent() as sent:
            call(storage, name, "eve", "checkout", *args, **options)
        ours = [command for command in sent if command not in {"HELLO", "CLIENT", "SELECT", "AUTH"}]
        assert len(ours) == 1, sent


@pytest.mark.services
def test_redis_sends_the_script_again_to_a_server_that_forgot_it(call):
    storage = RedisStorage()
    redis_client().script_flush()
    assert call(storage, "compare_and_set", "ada", "checkout", expected=None, state="a", ttl=60) is True
    assert call(storage, "compare_and_set", "ada", "checkout", expected=1, state="b", ttl=60) is True


@pytest.mark.services
def test_redis_keys_carry_the_prefix_and_share_a_slot(settings):
    settings.NAVSTATE_KEY_PREFIX = "mine:"
    RedisStorage().compare_and_set("ada", "checkout", expected=None, state="a", ttl=60)
    assert redis_client().hgetall("mine:nav:{ada}:checkout") == {b"v": b"1", b"s": b"a"}


@pytest.mark.services
def test_redis_asks_a_server_with_a_password_asynchronously(settings):
    """The async client connects as django-redis does: the first of several servers, with the options given there."""
    redis_client().execute_command("ACL", "SETUSER", "reader", "on", ">word", "~*", "&*", "+@all")
    cache = settings.CACHES["default"]
    options = {**cache["OPTIONS"], "USERNAME": "reader", "PASSWORD": "word", "SOCKET_TIMEOUT": 5}
    settings.CACHES = {"default": {**cache, "LOCATION": [cache["LOCATION"], "redis://replica"], "OPTIONS": options}}

    async def who() -> bytes:
        return await async_redis_client().acl_whoami()

    assert finish(who()) in (b"reader", "reader")


@pytest.mark.services
def test_redis_keeps_one_async_client_per_event_loop():
    async def clients():
        return async_redis_client(), async_redis_client()

    first, again = finish(clients())
    other, _ = finish(clients())
    assert first is again
    assert first is not other
    finish(close_async_client())  # closing where nothing is open is no error


# --- races --------------------------------------------------------------------------------------------------------
class CheckThenWrite:
    """The control: a store that compares, and then writes without a condition."""

    def __init__(self, storage) -> None:
        self.storage, self.barrier = storage, Barrier(RACERS)
        self.load = storage.load

    def compare_and_set(self, nav_id: str, flow: str, *, expected, state: str, ttl: int) -> bool:
        stored = self.storage.load(nav_id, flow)
        self.barrier.wait(30)
        if (stored.version if stored else None) != expected:
            return False
        if isinstance(self.storage, RedisStorage):
            redis_client().hset(nav_key(nav_id, flow), mapping={"v": (expected or 0) + 1, "s": state})
        else:
            fields = {"state": state, "version": (expected or 0) + 1, "expires_at": timezone.now()}
            NavRecord.objects.update_or_create(nav_id=nav_id, flow=flow, defaults=fields)
        return True


def winners(storage, expected) -> int:
    """How many of twelve threads, which all made their state from ``expected``, are told that theirs was written."""
    barrier = Barrier(RACERS)

    def race(number: int) -> bool:
        storage.load("ada", "checkout")
        barrier.wait(30)
        return storage.compare_and_set("ada", "checkout", expected=expected, state=f"{number}", ttl=60)

    outcomes = in_threads(race, RACERS)
    assert set(outcomes) <= {True, False}, outcomes
    return sum(outcomes)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", [SqlStorage, RedisStorage])
@pytest.mark.parametrize("expected", [None, 1])
def test_of_twelve_writers_at_once_one_wins(backend, expected):
    storage = backend()
    if expected:
        storage.compare_and_set("ada", "checkout", expected=None, state="first", ttl=60)
    assert winners(storage, expected) == 1
    assert storage.load("ada", "checkout").version == (expected or 0) + 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", [SqlStorage, RedisStorage])
def test_control_without_the_condition_several_win(backend):
    storage = backend()
    storage.compare_and_set("ada", "checkout", expected=None, state="first", ttl=60)
    assert winners(CheckThenWrite(storage), 1) > 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", [SqlStorage, RedisStorage])
def test_writers_that_try_again_lose_no_write(backend):
    storage = backend()
    storage.compare_and_set("ada", "checkout", expected=None, state="0", ttl=60)

    def count_up(number: int) -> None:
        done = 0
        while done < 5:
            stored = storage.load("ada", "checkout")
            state = str(int(stored.state) + 1)
            done += storage.compare_and_set("ada", "checkout", expected=stored.version, state=state, ttl=60)

    assert in_threads(count_up, 6) == [None] * 6
    assert storage.load("ada", "checkout") == Stored(31, "30")
