"""``request.nav``: what a view may know and do about navigation. Everything in it is lazy, so a public page pays nothing."""

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
    """A request that has passed ``NavMiddleware``; only for annotations."""

    nav: Nav


class NoPassage(RuntimeError):
    """``request.nav.passage`` was asked for in a view that declares no stage."""


class Nav:
    """Navigation as one request sees it.

    ``attributes``: what a list view puts on ``<html>`` as ``data-nav-*``. ``has_changed``: a change was accepted, so
    the answer changes the ``navrev`` cookie. ``is_check``: nobody will see the answer as a page; a script compares it with
    the page on the screen. A view whose GET counts, notes or mails something leaves that out then.
    ``claimed``: the press that this request carries out (``navstate.once``).
    """

    # On the class, since a public page leaves most of them as they are.
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
        """Outcomes by flow of the attempts that this request has ended, as a signal told (``Flow.closes_on``)."""
        return {}

    @property
    def kind(self) -> Kind:
        """How the visitor came here, as far as the request says; read once."""
        if self._kind is None:
            how = usual_kind if self.is_usual else kind_of
            self._kind = how(self.request.method or "GET", self.headers)
        return self._kind

    @cached_property
    def is_usual(self) -> bool:
        """True without any of the headers that :data:`UNUSUAL` names."""
        return self.request.META.keys().isdisjoint(UNUSUAL_KEYS)

    @property
    def is_shoppers(self) -> bool:
        """True for what only a shopper causes, as far as the request itself says."""
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
        """What was sent, from a form or from a JSON object, by field name."""
        return posted_in(self.request)

    @cached_property
    def payload(self) -> dict[str, list[str]]:
        """What the shopper entered: ``posted`` without the fields that a form carries about itself."""
        return entered_in(self.posted)

    @cached_property
    def payload_digest(self) -> str:
        return payload_digest(self.payload, self.request.FILES)

    @property
    def kept(self) -> Kept | None:
        """What was refused on this page a short while ago (``answers.refuse_on_page``). A stage's is the passage's."""
        return kept_for_page(self.request)

    def drop_kept(self) -> None:
        """Drop what was refused on this page: a later submit of its form was taken."""
        drop_for_page(self.request)

    def begin_session(self) -> None:
        """After a login: count the absolute age of the session from now on. The session is the shopper's own."""
        session: Any = self.request.session
        session.keeps_expiry = False
        session.pop(BEGAN_KEY, None)

    def keep_session_briefly(self) -> None:
        """Have a session that begins with this write end after an hour, unless something is accepted until then."""
        if is_stranger(self.request.session):
            keep_briefly(self.request.session)

    def flow(self, name: str) -> Passage:
        """The visitor's passage through a flow, for a view that changes it without being one of its stages."""
        if self._passage is not None and self._passage.flow.name == name:
            return self._passage
        return Passage.opened(self, name)
