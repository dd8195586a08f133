"""A session that another tab ends while a stage's form is being taken: the shopper is led on, and nothing is lost."""

from __future__ import annotations

import pytest

from navstate.rules.state import NavState
from navstate.sessions import NAV_ID_KEY
from navstate.storage.base import get_storage
from tests.toy import views
from tests.toy.visitor import LOAN, Visitor


@pytest.fixture
def ends_meanwhile(monkeypatch):
    """From now on the session is written and ended by another tab, while the named view of the toy runs."""

    def end(name: str) -> None:
        runs = getattr(views, name)

        def during(request, *arguments, **options):
            request.session["written"] = 1
            type(request.session)(request.session.session_key).flush()
            return runs(request, *arguments, **options)

        monkeypatch.setattr(views, name, during)

    return end


def kept(nav_id: str) -> dict[str, list[str]]:
    state = NavState.from_json(get_storage().load(nav_id, "loan").state)
    return {name: dict(kept.fields) for name, kept in state.kept.items()}


def test_what_was_taken_stays_taken_and_leads_on(visitor: Visitor, ends_meanwhile) -> None:
    visitor.start()
    sent = {**visitor.form("/loan/form/"), **LOAN}
    ends_meanwhile("redirect_with_history")
    answer = visitor.send("/loan/form/", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/loan/upload/")
    assert "sessionid" not in answer.cookies
    assert visitor.get("/loan/upload/").status_code == 200


@pytest.mark.parametrize(
    ("channel", "status", "header"),
    [("document", 303, "Location"), ("htmx", 401, "HX-Redirect"), ("json", 401, "")],
)
def test_what_was_not_taken_is_kept(visitor: Visitor, ends_meanwhile, channel, status, header) -> None:
    visitor.ask()
    sent = {**visitor.form("/loan/upload/"), "remark": "without a document"}
    nav_id = visitor.client.session[NAV_ID_KEY]
    ends_meanwhile("page")
    answer = visitor.send("/loan/upload/", sent, channel)
    assert answer.status_code == status
    assert (answer.headers[header] if header else answer.json()["url"]) == "/loan/upload/"
    assert kept(nav_id)["upload"] == {"remark": ["without a document"]}
