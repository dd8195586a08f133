"""``request.nav``: what a view may read and do about navigation. All of it is lazy, so a public page pays nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property

from navstate import registry
from navstate.expiry.strangers import is_stranger, keep_briefly
from navstate.request.headers import Headers, key_of
from navstate.request.kept import drop_for_page, kept_for_page
from navstate.request.passage import Passage
from navstate.request.payload import entered_in, payload_digest, posted_in
from navstate.request.query_context import read_context
from navstate.rules.arrival import (
    UNUSUAL,
    Kind,
    is_shoppers,
    kind_of,
    usual_kind,
    wants_document,
    wants_fragment,
)
from navstate.rules.state import Kept
from navstate.sessions.limits import BEGAN_KEY

IS_HTMX = key_of("HX-Request")
IS_CHECK = key_of("X-Nav-Check")
UNUSUAL_KEYS = tuple(key_of(name) for name in UNUSUAL)


class NavRequest(HttpRequest):
    """A request that has passed ``NavMiddleware``; for annotations only."""

    nav: Nav


class NoPassage(RuntimeError):
    """``request.nav.passage`` was read in a view that declares no stage."""


class Nav:
    """Navigation as one request sees it.

    ``attributes``: what a list view puts on ``<html>`` as ``data-nav-*``. ``has_changed``: a change was accepted, so
    the response changes the ``navrev`` cookie. ``is_check``: a script compares the response with the page on the screen
    and nobody sees it, so a view whose GET counts, records or mails something must skip that.
    ``claimed``: the press that this request carries out (:mod:`navstate.once`).
    """

    # Class attributes, since a public page leaves most of them unchanged.
    cache_class = ""
    is_passive = False
    has_changed = False
    is_check = False
    is_by_name = False
    is_cross_site = False
    claimed: Any = None
    _passage: Passage | None = None
    _kind: Kind | None = None

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def headers(self) -> Headers:
        return Headers(self.request.META)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        return {}

    @cached_property
    def closing(self) -> dict[str, str]:
        """Return the outcomes, by flow, of the attempts that a signal ended in this request (``Flow.closes_on``)."""
        return {}

    @property
    def kind(self) -> Kind:
        """Return how the visitor came here, as far as the request says; computed once."""
        if self._kind is None:
            how = usual_kind if self.is_usual else kind_of
            self._kind = how(self.request.method or "GET", self.headers)
        return self._kind

    @cached_property
    def is_usual(self) -> bool:
        """Return True for a request without any header of :data:`UNUSUAL`."""
        return self.request.META.keys().isdisjoint(UNUSUAL_KEYS)

    @property
    def is_shoppers(self) -> bool:
        """Return True for a request that only a visitor's own act causes, as far as its headers say."""
        return (wants_document if self.is_usual else is_shoppers)(self.headers)

    @property
    def passage(self) -> Passage:
        if self._passage is None:
            raise NoPassage(f"{self.request.path} declares no stage; use @stage(flow, stage)")
        return self._passage

    @passage.setter
    def passage(self, passage: Passage) -> None:
        self._passage = passage

    @property
    def has_passage(self) -> bool:
        return self._passage is not None

    @property
    def wants_fragment(self) -> bool:
        return IS_HTMX in self.request.META and wants_fragment(self.headers)

    @cached_property
    def context(self) -> dict[str, str | int]:
        stages = frozenset(stage.name for flow in registry.flows().values() for stage in flow.stages)
        return read_context(self.request.GET.dict(), stages)

    @cached_property
    def posted(self) -> QueryDict:
        """Return the fields that were sent, from a form or a JSON object."""
        return posted_in(self.request)

    @cached_property
    def payload(self) -> dict[str, list[str]]:
        """Return what the visitor entered: ``posted`` without navstate's and Django's hidden fields."""
        return entered_in(self.posted)

    @cached_property
    def payload_digest(self) -> str:
        return payload_digest(self.payload, self.request.FILES)

    @property
    def kept(self) -> Kept | None:
        """Return the input refused on this page a short while ago (``answers.refuse_on_page``); not that of a stage."""
        return kept_for_page(self.request)

    def drop_kept(self) -> None:
        """Drop the input refused on this page, after a later submit of its form was accepted."""
        drop_for_page(self.request)

    def begin_session(self) -> None:
        """After a login, count the session's absolute age from now, and renew its end."""
        session: Any = self.request.session
        session.keeps_expiry = False
        session.pop(BEGAN_KEY, None)

    def keep_session_briefly(self) -> None:
        """Have a session that this request begins end after an hour, unless something is accepted until then."""
        if is_stranger(self.request.session):
            keep_briefly(self.request.session)

    def flow(self, name: str) -> Passage:
        """Return the visitor's passage through a flow, for a view that changes it without being one of its stages."""
        if self._passage is not None and self._passage.flow.name == name:
            return self._passage
        return Passage.opened(self, name)
