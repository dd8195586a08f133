"""The pages of the toy: synchronous for the loan, asynchronous for the desk."""

from __future__ import annotations

import secrets

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from navstate.answers import decide_again, refuse
from navstate.decorators import cross_site, private, public, public_form, stage
from navstate.http import redirect_with_history
from tests.toy.flows import APPLICATIONS, COOKIE, NOTES, Application, application_of


class LoanForm(forms.Form):
    amount = forms.IntegerField(min_value=1, max_value=100_000)
    purpose = forms.CharField(max_length=80)


class ProofForm(forms.Form):
    document = forms.FileField()


def page(request: HttpRequest, form: forms.Form | None = None) -> HttpResponse:
    template = "toy/_stage.html" if request.nav.wants_fragment else "toy/stage.html"
    return render(request, template, {"form": form})


def kept_form(request: HttpRequest, form: type[forms.Form]) -> forms.Form:
    kept = request.nav.passage.kept
    return form() if kept is None else form(kept)


@stage("loan", "start")
def start(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    passage = request.nav.passage
    made = Application(token=f"a{len(APPLICATIONS)}", nav_id=passage.ensure_visitor())
    APPLICATIONS[made.token] = made
    request.application = made.token
    passage.touch()
    response = redirect_with_history(request, "/loan/form/", state={"from": "start", "step": 1})
    response.set_cookie(COOKIE, made.token)
    return response


@stage("loan", "form")
def form(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, kept_form(request, LoanForm))
    passage, sent = request.nav.passage, LoanForm(request.nav.posted)
    if not sent.is_valid():
        return refuse(request, sent)
    if "X-Lost" in request.headers:  # a conditional write found that somebody else's came first
        return decide_again(request)
    vars(application_of(request)).update(sent.cleaned_data)
    led_to = "/loan/upload/" if sent.cleaned_data["amount"] > 1000 else "/loan/confirm/"
    passage.accept(led_to=led_to)
    return redirect_with_history(request, led_to, created=True)


@stage("loan", "upload")
def upload(request: HttpRequest) -> HttpResponse:
    sent = ProofForm(request.POST or None, request.FILES or None)
    if not sent.is_valid():
        return page(request, sent)
    file = sent.cleaned_data["document"]
    application_of(request).document = f"{file.name}: {file.read().decode()}"
    request.nav.passage.accept(led_to="/loan/confirm/")
    return redirect_with_history(request, "/loan/confirm/")


@stage("loan", "confirm")
def confirm(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, forms.Form())
    passage, found = request.nav.passage, application_of(request)
    found.attempt = passage.attempt
    if request.headers.get("X-Crash"):
        raise RuntimeError("the worker died between the order and the note of it")
    passage.close(outcome=found.token)
    return redirect_with_history(request, f"/loan/done/{found.token}/", replace=True, full=True, created=True)


@stage("loan", "done")
def done(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(f"done: {APPLICATIONS[token].amount}")


@stage("desk", "login")
async def login(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    await request.session.aset("clerk", request.nav.posted.get("name", ""))
    return redirect_with_history(request, "/desk/note/", replace=True)


@stage("desk", "note")
async def note(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    passage, text = request.nav.passage, request.nav.posted.get("note", "")
    if not text:
        await passage.akeep()
        return redirect_with_history(request, request.path, replace=True)
    NOTES[passage.facts["clerk"]] = text
    await passage.aaccept(led_to="/desk/sign/")
    return redirect_with_history(request, "/desk/sign/")


@stage("desk", "sign")
async def sign(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    token = secrets.token_hex(4)
    await request.nav.passage.aclose(outcome=token)
    return redirect_with_history(request, f"/desk/signed/{token}/", replace=True, full=True)


@stage("desk", "signed")
async def signed(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(f"signed: {token}")


@public
def home(request: HttpRequest) -> HttpResponse:
    request.nav.attributes = {"sort": "<name>", "page": 2}
    if request.nav.wants_fragment:
        return HttpResponse("<p>fragment</p>")
    return render(request, "toy/home.html", status=int(request.GET.get("status", 200)))


@public
async def quick(request: HttpRequest) -> HttpResponse:
    return HttpResponse("quick")


@private
def mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine")


@private
def own(request: HttpRequest) -> HttpResponse:
    """A whole document, which says on ``<html>`` whose it is."""
    return render(request, "toy/home.html")


@private
@public_form
def subscribe(request: HttpRequest) -> HttpResponse:
    messages.success(request, "subscribed")
    return redirect_with_history(request, "/")


@private
def plain_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("taken")


@cross_site
def hook(request: HttpRequest) -> HttpResponse:
    return HttpResponse("heard")


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("undeclared")


def outside(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.nav.passage.attempt)


def elsewhere(request: HttpRequest) -> HttpResponse:
    """A page that is no stage and looks at the loan all the same."""
    passage = request.nav.flow("loan")
    assert request.nav.flow("loan").state == passage.state
    return HttpResponse(f"{passage.way_on()} {passage.state.revision}")
