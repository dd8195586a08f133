"""Traces for staff: a visitor's two tracks side by side, and where they diverged. Loaded only with Django's admin."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from json import dumps
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from navstate.http import SeeOther
from navstate.models import NavTrace
from navstate.registry import find_attempt
from navstate.tracing.base import get_traces, trace_of
from navstate.tracing.entry import SCHEMA, Action, Compared, Divergence, Entry, as_document, attempt_digest

# Django's classes take type arguments in its stubs only; navstate does not require a package that patches them.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[NavTrace]
else:
    ModelAdmin = admin.ModelAdmin

PER_PAGE = 25
MAX_DIVERGENCES = 8  # the newest, linked above the tracks
DIGEST = re.compile(r"[0-9a-f]{32}")

WHY = {
    Divergence.ELSEWHERE: _("asked for one stage, another one was due"),
    Divergence.ENDED: _("this run had ended already"),
    Divergence.CHANGED: _("the form showed what had changed since"),
    Divergence.GONE: _("the session of the form was gone"),
    Divergence.REPEATED: _("the same form was taken before"),
    Divergence.REFUSED: _("refused"),
    Divergence.OLD: _("the page on the screen was out of date"),
    Divergence.ORDER: _("not the next step of its tab"),
}
KINDS = {
    "enter": _("went to"),
    "back": _("went back to"),
    "forward": _("went forward to"),
    "reload": _("loaded again"),
    "return": _("came back to"),
}
VERDICTS = {
    "serve": _("shown"),
    "lead": _("led to %(stage)s"),
    "apply": _("taken"),
    "replay": _("taken before: led on"),
    "conflict": _("asked again: it had changed"),
    "closed": _("ended already: led to what came of it"),
    "gone": _("kept for the session that follows"),
    "refuse": _("refused"),
}


class Moment:
    """An entry in words. ``said``, ``held``: a sentence for each track. ``before``: the entry before it."""

    def __init__(self, compared: Compared, before: Entry | None) -> None:
        self.entry = compared.entry
        # Chromium follows the redirect after a form with the headers of a reload.
        self.was_led = before is not None and before.held.status == 303 and self.entry.said.kind == "reload"
        self.rejoined = compared.rejoined
        self.why = [WHY[parting] for parting in compared.partings]
        self.at = datetime.fromtimestamp(self.entry.at / 1000, UTC)
        self.anchor = self.entry.at  # ms; two entries of the same ms stand beside each other

    @property
    def said(self) -> str:
        said = self.entry.said
        if said.deed == Action.SUBMIT:
            return gettext("sent the form of %(stage)s") % {"stage": said.asked}
        if self.was_led:
            return gettext("was led on to %(stage)s") % {"stage": said.asked}
        return f"{KINDS.get(said.kind, said.kind)} {said.asked}"

    @property
    def held(self) -> str:
        held = self.entry.held
        return str(VERDICTS.get(held.verdict, _("not decided"))) % {"stage": held.stage}


@admin.register(NavTrace)
class TraceAdmin(ModelAdmin):
    """Lists nothing: staff look for one visitor, by an order's number or by the visitor's digest."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.find), name="navstate_navtrace_changelist"),
            path("run/<str:attempt>/", wrap(self.run), name="navstate_navtrace_run"),
            path("<str:visitor>/", wrap(self.timeline), name="navstate_navtrace_visitor"),
            path("<str:visitor>/trace.json", wrap(self.export), name="navstate_navtrace_export"),
        ]

    def find(self, request: HttpRequest) -> HttpResponse:
        """Find a visitor, by POST: what staff look for must not appear in a URL."""
        self._check_permission(request)
        sought = request.POST.get("sought", "").strip()[:200]
        if sought and (visitor := visitor_sought(sought)):
            return SeeOther(reverse("admin:navstate_navtrace_visitor", args=[visitor]))
        if sought:
            messages.warning(request, gettext("No trace of that. It was not kept, or its time is over."))
        return self._page(request, "find.html", title=_("Find the trace of a visitor"))

    def run(self, request: HttpRequest, attempt: str) -> HttpResponse:
        """Redirect to the visitor of a run, by the run's digest, so that other admin pages can link here."""
        self._check_permission(request)
        if visitor := get_traces().visitor_of(attempt):
            return SeeOther(reverse("admin:navstate_navtrace_visitor", args=[visitor]))
        messages.warning(request, gettext("No trace of that. It was not kept, or its time is over."))
        return SeeOther(reverse("admin:navstate_navtrace_changelist"))

    def timeline(self, request: HttpRequest, visitor: str) -> HttpResponse:
        """Show a page of the trace, newest first. Divergences are found over the whole trace."""
        trace = self._trace(request, visitor)
        before = [None, *(compared.entry for compared in trace[:-1])]
        moments = [Moment(*each) for each in zip(reversed(trace), reversed(before), strict=True)]
        partings = [(1 + place // PER_PAGE, moment) for place, moment in enumerate(moments) if moment.why]
        return self._page(
            request,
            "timeline.html",
            title=_("Trace of a visitor"),
            visitor=visitor,
            page=Paginator(moments, PER_PAGE).get_page(request.GET.get("p")),
            partings=partings[:MAX_DIVERGENCES],
            parted=len(partings),
        )

    def export(self, request: HttpRequest, visitor: str) -> StreamingHttpResponse:
        chunks = document(visitor, self._trace(request, visitor))
        body: Any = _in_the_loop(chunks) if isinstance(request, ASGIRequest) else chunks
        headers = {"Content-Disposition": f'attachment; filename="trace-{visitor}.json"'}
        return StreamingHttpResponse(body, content_type="application/json", headers=headers)

    def _trace(self, request: HttpRequest, visitor: str) -> list[Compared]:
        self._check_permission(request)
        trace = trace_of(visitor) if DIGEST.fullmatch(visitor) else []
        if not trace:
            raise Http404(gettext("No trace of that. It was not kept, or its time is over."))
        return trace

    def _check_permission(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/navstate/{template}", context)


def visitor_sought(text: str) -> str:
    """Return the digest of a visitor with a trace, by the digest itself or by what a flow knows (an order's number)."""
    if DIGEST.fullmatch(text) and get_traces().read(text):
        return text
    attempt = find_attempt(text)
    return get_traces().visitor_of(attempt_digest(attempt)) if attempt else ""


def document(visitor: str, trace: list[Compared]) -> Iterator[str]:
    """Yield the JSON export in pieces; ``docs/trace.md`` describes it."""
    yield f'{{"schema": {SCHEMA}, "visitor": {dumps(visitor)}, "entries": ['
    for number, compared in enumerate(trace):
        yield (",\n" if number else "\n") + dumps(as_document(compared))
    yield "\n]}\n"


async def _in_the_loop(chunks: Iterator[str]) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
