"""R1: a prefetch leaves notices and session as they were; a session with a new key is not kept from the browser."""

from __future__ import annotations

from types import SimpleNamespace

from django.conf import settings
from django.test import RequestFactory

from navstate.finalizing import leave_no_trace


def prefetch(*, shown: str, key: str, notices: SimpleNamespace | None = None):
    request = RequestFactory().get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = shown
    request.session = SimpleNamespace(session_key=key, modified=True)
    if notices is not None:
        request._messages = notices
    return request


def test_notices_stay_unread_and_the_session_unsaved():
    request = prefetch(shown="a", key="a", notices=SimpleNamespace(used=True, added_new=True))
    leave_no_trace(request)
    assert not request.session.modified
    assert (request._messages.used, request._messages.added_new) == (False, False)


def test_without_notices_there_is_only_the_session():
    request = prefetch(shown="a", key="a")
    leave_no_trace(request)
    assert not request.session.modified


def test_a_session_that_got_another_key_is_saved():
    request = prefetch(shown="a", key="b")
    leave_no_trace(request)
    assert request.session.modified
