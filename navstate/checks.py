"""What must hold of a project before it may serve: a bad graph, an unknown stage or a wrong middleware order stop the start.

``runserver`` and every management command run these through Django's check framework. A WSGI or ASGI server does not:
there the middleware runs them when it is made (:func:`check_start`).

What is decidable is checked. ``applies`` and ``holds`` are code, so whether a gate can ever hold is not; a stage counts as
reachable when it lies before every outcome (the path leaves outcomes out, and a closed attempt answers all the rest with
one), its URL name stands in the URLconf, and the view behind that name declares it.

======  =========================================================================================
E001    two stages of a flow share a URL name
E002    a stage lies behind an outcome
E003    a flow has outcomes only
E004    a stage's URL name is not in the URLconf
E005/6  a view declares an unknown flow / an unknown stage
E007    no view declares a stage: the one behind its URL name declares something else
E012    ``NAVSTATE`` has a key that is none, or names a URL that is not in the URLconf
E008    the view behind a stage's URL name declares something else
E009    the middleware is missing, and there are flows
E010    something that has to look at a request first comes after it
E011    sessions or messages are missing
W001    a flow with an outcome but no subject: each visitor can run it only once
W002    a form that reads no facts: it never lapses and never conflicts
W003    Django's own session middleware with our session engine: overlapping requests end in a 400
W004    ``navstate.urls`` is not in the URLconf: no page can ask whether it is still true
W005    no template engine has Django's context processor ``request``: the tags of ``{% load nav %}`` find no visitor
W006    ``django.contrib.staticfiles`` is missing: the scripts are put into pages, and nothing serves them
======  =========================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from django.apps import apps
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Warning, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string

from navstate.conf import setting
from navstate.declarations import KINDS, declaration_for
from navstate.decorators import Declaration
from navstate.flow import Flow
from navstate.registry import flows

TAG = "navstate"
NAV = "navstate.middleware.NavMiddleware"
OWN_SESSIONS = "navstate.sessions.middleware.SessionMiddleware"
NEEDED_BEFORE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
"""Without them the middleware cannot work: it reads the session and tells a visitor why they were led elsewhere."""
BEFORE = (
    *NEEDED_BEFORE,
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
)
"""What has to have looked at a request first, where it is installed."""
DJANGO_TEMPLATES = "django.template.backends.django.DjangoTemplates"
CONTEXT = ("django.template.context_processors.request", "navstate.context_processors.nav")
"""Either gives the tags what they need."""


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the URLconf. ``name``: with its namespaces (``admin:index``), empty for none."""

    name: str
    view: Callable[..., Any]

    @property
    def declared(self) -> Declaration:
        return declaration_for(self.view, self.name)

    @property
    def label(self) -> str:
        view = getattr(self.view, "view_class", self.view)
        return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}"


def routes(patterns: Sequence[URLPattern | URLResolver], namespace: str = "") -> Iterator[Route]:
    """Every entry below ``patterns``, those of included modules too."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        else:
            yield Route(f"{namespace}{pattern.name}" if pattern.name else "", pattern.callback)


def check_flows(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    """The graphs by themselves."""
    return [problem for flow in flows().values() for problem in _problems_of(flow)]


def check_routes(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    """The graphs against the URLconf: each stage has its address and its view, each view a stage that exists."""
    found = list(routes(get_resolver().url_patterns))
    known = flows()
    problems = [problem for route in found for problem in _problems_of_view(route, known)]
    problems += [problem for flow in known.values() for problem in _problems_of_stages(flow, found)]
    return problems + list(_problems_of_names({route.name for route in found}))


def check_middleware(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    """The middleware is there, after everything it builds on."""
    names = [_names_of(path) for path in settings.MIDDLEWARE]
    position = next((place for place, known in enumerate(names) if NAV in known), None)
    if position is None and not flows():  # a project that takes the sessions only
        return list(_doubts_of_sessions(names))
    if position is None:
        return [Error(f"{NAV} is not in MIDDLEWARE: no stage is enforced.", id="navstate.E009")]
    wrong = [name for name in BEFORE if any(name in known for known in names[position:])]
    missing = [name for name in NEEDED_BEFORE if not any(name in known for known in names)]
    return [
        *(Error(f"{name} has to come before {NAV} in MIDDLEWARE.", id="navstate.E010") for name in wrong),
        *(Error(f"{NAV} needs {name} in MIDDLEWARE.", id="navstate.E011") for name in missing),
        *_doubts_of_sessions(names),
    ]


def refuse_bad_start() -> None:
    """Run the checks of navstate now. Raises ``ImproperlyConfigured`` with every error that is not silenced."""
    errors = [problem for problem in run_checks(tags=[TAG]) if problem.level >= ERROR and not problem.is_silenced()]
    if errors:
        raise ImproperlyConfigured("\n".join(str(problem) for problem in errors))


@cache
def check_start() -> None:
    """The same once for each process, however many stacks it makes."""
    refuse_bad_start()


def check_project(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    """What a project may have left out that nobody would miss until a page came back."""
    return list(_doubts_of_project())


def _problems_of(flow: Flow) -> Iterator[CheckMessage]:
    for url, count in Counter(stage.url for stage in flow.stages).items():
        if count > 1:
            yield Error(f"Flow {flow.name!r}: {count} stages share the URL name {url!r}.", id="navstate.E001")
    is_over = False
    for stage in flow.stages:
        if is_over and not stage.outcome:
            hint = "Put the stages that show an outcome last."
            yield Error(
                f"Flow {flow.name!r}: stage {stage.name!r} lies behind an outcome and is never reached.",
                hint=hint,
                id="navstate.E002",
            )
        is_over = is_over or stage.outcome
    if all(stage.outcome for stage in flow.stages):
        yield Error(f"Flow {flow.name!r} has outcomes only: nothing leads to them.", id="navstate.E003")
    yield from _doubts_of(flow)


def _doubts_of(flow: Flow) -> Iterator[CheckMessage]:
    if not flow.subject and any(stage.outcome for stage in flow.stages):
        yield Warning(
            f"Flow {flow.name!r} has an outcome and no subject: each visitor can run it only once.",
            hint="Name the fact that an attempt is about, so that a new one opens the next attempt.",
            id="navstate.W001",
        )
    for stage in flow.stages:
        if stage.holds is None and not stage.outcome and not stage.reads:
            yield Warning(
                f"Flow {flow.name!r}: the form of stage {stage.name!r} reads no facts, so it never lapses or conflicts.",
                id="navstate.W002",
            )


def _problems_of_view(route: Route, known: dict[str, Flow]) -> Iterator[CheckMessage]:
    declared = route.declared
    if not declared.flow:
        return
    if declared.flow not in known:
        yield Error(f"View {route.label} declares the unknown flow {declared.flow!r}.", id="navstate.E005")
    elif declared.stage not in known[declared.flow]:
        yield Error(
            f"View {route.label} declares the unknown stage {declared.stage!r} of flow {declared.flow!r}.",
            id="navstate.E006",
        )


def _problems_of_stages(flow: Flow, found: Sequence[Route]) -> Iterator[CheckMessage]:
    for stage in flow.stages:
        name = f"stage {stage.name!r} of flow {flow.name!r}"
        named = [route for route in found if route.name == stage.url]
        declaring = [route for route in found if (route.declared.flow, route.declared.stage) == (flow.name, stage.name)]
        if not named:
            yield Error(f"The URL name {stage.url!r} of {name} is not in the URLconf.", id="navstate.E004")
        if not declaring:
            yield Error(
                f"No view declares {name}.",
                hint="The view behind its URL name is marked @private or @public: take that away.",
                id="navstate.E007",
            )
        elif named and not any(route in declaring for route in named):
            yield Error(f"{named[0].label}, the view of {stage.url!r}, does not declare {name}.", id="navstate.E008")


def _problems_of_names(known: set[str]) -> Iterator[CheckMessage]:
    for kind, names in setting("NAVSTATE").items():
        if kind not in KINDS:
            yield Error(f"NAVSTATE has no key {kind!r}; there are {', '.join(KINDS)}.", id="navstate.E012")
            continue
        for name in names:
            if not any(fnmatchcase(each, name) for each in known):
                yield Error(f"NAVSTATE[{kind!r}] names {name!r}, which is not in the URLconf.", id="navstate.E012")


def _doubts_of_sessions(names: Sequence[frozenset[str]]) -> Iterator[CheckMessage]:
    is_ours = settings.SESSION_ENGINE.startswith("navstate.sessions.")
    if is_ours and any(NEEDED_BEFORE[0] in known and OWN_SESSIONS not in known for known in names):
        yield Warning(
            f"{NEEDED_BEFORE[0]} answers overlapping requests with a 400.",
            hint=f"Put {OWN_SESSIONS} in its place.",
            id="navstate.W003",
        )


def _doubts_of_project() -> Iterator[CheckMessage]:
    if NAV not in {name for path in settings.MIDDLEWARE for name in _names_of(path)}:
        return
    try:
        reverse("nav-route")
    except NoReverseMatch:
        yield Warning(
            "navstate.urls is not in the URLconf: no page can ask whether it is still true.",
            hint='Add path("", include("navstate.urls")) to urlpatterns.',
            id="navstate.W004",
        )
    templates: list[dict[str, Any]] = settings.TEMPLATES
    engines = [each.get("OPTIONS", {}) for each in templates if each["BACKEND"] == DJANGO_TEMPLATES]
    if engines and not any(set(CONTEXT) & set(each.get("context_processors", ())) for each in engines):
        yield Warning(
            "The tags of {% load nav %} need the request.",
            hint=f"Add {CONTEXT[0]} to the context processors in TEMPLATES.",
            id="navstate.W005",
        )
    if setting("NAVSTATE_SCRIPTS") and not apps.is_installed("django.contrib.staticfiles"):
        yield Warning(
            "django.contrib.staticfiles is not installed: nothing serves the scripts that are put into pages.",
            hint="Install it, or set NAVSTATE_SCRIPTS = False and serve navstate/static yourself.",
            id="navstate.W006",
        )


def _names_of(path: str) -> frozenset[str]:
    """The dotted paths that a middleware counts as: its own, and those of the classes it is derived from."""
    bases = getattr(import_string(path), "__mro__", ())
    return frozenset({path, *(f"{base.__module__}.{base.__qualname__}" for base in bases)})
