"""The system checks: what stops the start, and that the shop itself passes them."""

from __future__ import annotations

import functools

import pytest
from django.core.checks import registry as check_registry
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View

from navstate import checks, registry
from navstate.decorators import private, stage
from navstate.flow import Flow, Stage

SESSION = "navstate.sessions.middleware.SessionMiddleware"
DJANGOS_SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
MESSAGES = "django.contrib.messages.middleware.MessageMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
AUTH = "django.contrib.auth.middleware.AuthenticationMiddleware"
HTMX = "django_htmx.middleware.HtmxMiddleware"
NAV = "navstate.middleware.NavMiddleware"


@pytest.fixture
def registered(monkeypatch):
    """No flow but those that the test hands in."""
    monkeypatch.setattr(registry, "_registered", {})

    def register(*flows):
        for flow in flows:
            registry.register(flow, facts=lambda request: {})

    return register


def urlconf(*patterns):
    return override_settings(ROOT_URLCONF=patterns)


def ids(problems):
    return [problem.id for problem in problems]


def form(name, **known):
    return Stage(name=name, url=name, reads=("a",), **known)


def plain(request):
    return HttpResponse()


def view_of(flow, name):
    @stage(flow, name)
    def view(request):
        return HttpResponse()

    return view


# --- The graphs -------------------------------------------------------------------------------------------------------


def test_a_sound_flow_has_no_problem(registered):
    registered(Flow(name="f", subject="a", stages=(form("a"), form("b"), Stage(name="c", url="c", outcome=True))))
    assert checks.check_flows() == []


def test_two_stages_of_one_address_are_an_error(registered):
    registered(Flow(name="f", stages=(form("a"), Stage(name="b", url="a", reads=("x",)))))
    (problem,) = checks.check_flows()
    assert (problem.id, problem.msg) == ("navstate.E001", "Flow 'f': 2 stages share the URL name 'a'.")


def test_a_stage_behind_an_outcome_is_an_error(registered):
    done = Stage(name="done", url="done", outcome=True)
    registered(Flow(name="f", subject="a", stages=(form("a"), done, form("b"), form("c"))))
    problems = checks.check_flows()
    assert ids(problems) == ["navstate.E002", "navstate.E002"]
    assert problems[0].msg == "Flow 'f': stage 'b' lies behind an outcome and is never reached."


def test_a_flow_that_begins_with_its_outcome_is_an_error(registered):
    registered(Flow(name="f", subject="a", stages=(Stage(name="done", url="done", outcome=True), form("a"))))
    assert ids(checks.check_flows()) == ["navstate.E002"]


def test_a_flow_of_outcomes_only_is_an_error(registered):
    registered(Flow(name="f", subject="a", stages=(Stage(name="done", url="done", outcome=True),)))
    assert ids(checks.check_flows()) == ["navstate.E003"]


def test_a_flow_that_ends_without_a_subject_is_doubtful(registered):
    registered(Flow(name="f", stages=(form("a"), Stage(name="done", url="done", outcome=True))))
    assert ids(checks.check_flows()) == ["navstate.W001"]


def test_a_form_that_reads_nothing_is_doubtful_and_a_gate_is_not(registered):
    gate = Stage(name="gate", url="gate", holds=lambda facts: True)
    registered(Flow(name="f", stages=(gate, Stage(name="a", url="a"))))
    (problem,) = checks.check_flows()
    assert problem.id == "navstate.W002"
    assert "'a'" in problem.msg


# --- The URLconf ------------------------------------------------------------------------------------------------------


def test_stages_with_address_and_view_have_no_problem(registered):
    registered(Flow(name="f", stages=(form("a"), form("b"))))
    with urlconf(path("a/", view_of("f", "a"), name="a"), path("b/<int:pk>/", view_of("f", "b"), name="b")):
        assert checks.check_routes() == []


def test_a_stage_in_a_namespace_is_found(registered):
    registered(Flow(name="f", stages=(Stage(name="a", url="loans:inner:a"),)))
    inner = ([path("a/", view_of("f", "a"), name="a")], "inner")
    with urlconf(path("x/", include(([path("y/", include(inner))], "loans")))):
        assert checks.check_routes() == []


def test_a_stage_whose_url_name_is_not_there_is_an_error(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", view_of("f", "a"), name="other"), path("b/", plain)):
        (problem,) = checks.check_routes()
    assert problem.id == "navstate.E004"
    assert problem.msg == "The URL name 'a' of stage 'a' of flow 'f' is not in the URLconf."


def test_a_view_of_an_unknown_flow_is_an_error(registered):
    with urlconf(path("a/", view_of("gone", "a"), name="a")):
        (problem,) = checks.check_routes()
    assert problem.id == "navstate.E005"
    assert "test_checks.view_of.<locals>.view declares the unknown flow 'gone'" in problem.msg


def test_a_view_of_an_unknown_stage_is_an_error(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", view_of("f", "a"), name="a"), path("b/", view_of("f", "b"), name="b")):
        (problem,) = checks.check_routes()
    assert problem.id == "navstate.E006"
    assert "declares the unknown stage 'b' of flow 'f'" in problem.msg


def test_a_stage_that_no_view_declares_is_an_error(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", private(plain), name="a")):
        (problem,) = checks.check_routes()
    assert (problem.id, problem.msg) == ("navstate.E007", "No view declares stage 'a' of flow 'f'.")


def test_a_stage_whose_address_shows_another_view_is_an_error(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", plain, name="a"), path("b/", view_of("f", "a"), name="b")):
        (problem,) = checks.check_routes()
    assert problem.id == "navstate.E008"
    assert "test_checks.plain, the view of 'a', does not declare stage 'a' of flow 'f'" in problem.msg


def test_a_second_address_of_a_stage_is_no_problem(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    view = view_of("f", "a")
    with urlconf(path("a/", plain, name="old"), path("a/", view, name="a"), path("b/", view, name="b")):
        assert checks.check_routes() == []


@method_decorator(stage("f", "a"), name="dispatch")
class Decorated(View):
    pass


def keeping(view):
    @functools.wraps(view)
    def wrapper(request):
        return view(request)

    return wrapper


@pytest.mark.parametrize(
    "view",
    [
        Decorated.as_view(),
        stage("f", "a")(View.as_view()),
        keeping(view_of("f", "a")),
        functools.wraps(view_of("f", "a"))(functools.partial(plain)),
    ],
    ids=["class, dispatch decorated", "class, as_view() decorated", "wrapped", "partial"],
)
def test_views_of_every_make_are_seen(registered, view):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", view, name="a")):
        assert checks.check_routes() == []


def test_a_stage_declares_the_view_behind_its_url_name(registered):
    """Nothing stands on the view: it may be somebody else's, a class, or hidden behind a wrapper."""
    registered(Flow(name="f", stages=(form("a"),)))
    hidden = view_of("f", "a")
    with urlconf(path("a/", lambda request: hidden(request), name="a")):
        assert checks.check_routes() == []


def test_a_view_that_declares_something_else_than_the_stage_of_its_url_is_an_error_with_a_hint(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(path("a/", private(lambda request: HttpResponse()), name="a")):
        (problem,) = checks.check_routes()
    assert problem.id == "navstate.E007"
    assert "@private" in problem.hint


def test_a_view_without_a_name_of_its_own_is_called_by_its_type(registered):
    with urlconf(path("a/", stage("gone", "a")(functools.partial(plain)))):
        (problem,) = checks.check_routes()
    assert "View functools.partial declares" in problem.msg


# --- The middleware -----------------------------------------------------------------------------------------------------


def middleware(*paths):
    return override_settings(MIDDLEWARE=list(paths))


def test_the_right_order_has_no_problem():
    with middleware(SESSION, CSRF, AUTH, MESSAGES, HTMX, NAV):
        assert checks.check_middleware() == []
    with middleware(SESSION, MESSAGES, NAV):
        assert checks.check_middleware() == []


def test_a_missing_middleware_is_an_error():
    with middleware(SESSION, MESSAGES):
        assert ids(checks.check_middleware()) == ["navstate.E009"]


def test_a_project_that_takes_the_sessions_only_needs_no_more(registered, settings):
    registered()
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    with middleware(SESSION):
        assert checks.check_middleware() == []
    with middleware(DJANGOS_SESSION):
        assert ids(checks.check_middleware()) == ["navstate.W003"]


@pytest.mark.parametrize("late", [SESSION, CSRF, AUTH, MESSAGES, HTMX])
def test_whatever_it_builds_on_must_come_first(late):
    first = [name for name in (SESSION, CSRF, AUTH, MESSAGES, HTMX) if name != late]
    with middleware(*first, NAV, late):
        (problem,) = checks.check_middleware()
    name = DJANGOS_SESSION if late == SESSION else late
    assert (problem.id, problem.msg) == ("navstate.E010", f"{name} has to come before {NAV} in MIDDLEWARE.")


def test_sessions_and_messages_are_needed():
    with middleware(NAV):
        problems = checks.check_middleware()
    assert [(problem.id, problem.msg) for problem in problems] == [
        ("navstate.E011", f"{NAV} needs {DJANGOS_SESSION} in MIDDLEWARE."),
        ("navstate.E011", f"{NAV} needs {MESSAGES} in MIDDLEWARE."),
    ]


def test_our_engine_asks_for_our_session_middleware(settings):
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    with middleware(DJANGOS_SESSION, MESSAGES, NAV):
        (problem,) = checks.check_middleware()
    assert (problem.id, problem.hint) == ("navstate.W003", f"Put {SESSION} in its place.")
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    with middleware(DJANGOS_SESSION, MESSAGES, NAV):
        assert checks.check_middleware() == []


def test_a_derived_middleware_counts_as_the_middleware():
    with middleware(SESSION, MESSAGES, "tests.navstate.derived.DerivedNavMiddleware"):
        assert checks.check_middleware() == []


# --- The start ------------------------------------------------------------------------------------------------------------


def test_the_shop_passes_its_own_checks():
    assert run_checks(tags=[checks.TAG]) == []
    checks.refuse_bad_start()


def test_the_checks_run_with_django_s_own():
    names = {check.__name__ for check in check_registry.registry.get_checks()}
    assert {"check_flows", "check_routes", "check_middleware"} <= names


def test_a_server_refuses_to_start_and_names_every_error(registered):
    registered(Flow(name="f", stages=(form("a"),)))
    with urlconf(), pytest.raises(ImproperlyConfigured) as refused:
        checks.refuse_bad_start()
    assert "navstate.E004" in str(refused.value)
    assert "navstate.E007" in str(refused.value)


def test_a_doubt_or_a_silenced_error_does_not_stop_the_start(registered):
    registered(Flow(name="f", stages=(Stage(name="a", url="a"),)))
    with urlconf(), override_settings(SILENCED_SYSTEM_CHECKS=["navstate.E004", "navstate.E007"]):
        checks.refuse_bad_start()


def test_a_server_checks_once_however_many_stacks_it_makes(monkeypatch):
    runs = []
    monkeypatch.setattr(checks, "refuse_bad_start", lambda: runs.append(1))
    checks.check_start.cache_clear()
    for _ in range(2):
        checks.check_start()
    checks.check_start.cache_clear()
    assert runs == [1]


# --- What a project may have left out --------------------------------------------------------------------------------


def doubts():
    return [problem.id for problem in checks.check_project()]


def test_without_its_urls_no_page_can_ask(settings):
    assert doubts() == []
    settings.ROOT_URLCONF = "tests.navstate.no_urls"
    assert doubts() == ["navstate.W004"]


def test_the_tags_need_the_request(settings):
    options = {"context_processors": ["django.contrib.auth.context_processors.auth"]}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]
    assert doubts() == ["navstate.W005"]
    options["context_processors"].append("django.template.context_processors.request")
    assert doubts() == []
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.jinja2.Jinja2"}]
    assert doubts() == []


def test_somebody_has_to_serve_the_scripts(settings):
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if "staticfiles" not in name]
    settings.NAVSTATE_SCRIPTS = True
    assert doubts() == ["navstate.W006"]
    settings.NAVSTATE_SCRIPTS = False
    assert doubts() == []


def test_a_project_without_the_middleware_is_asked_nothing(settings):
    settings.ROOT_URLCONF = "tests.navstate.no_urls"
    with middleware(SESSION, MESSAGES):
        assert doubts() == []
