from django.template import Context, Template

from shop.catalog.templatetags import remembered


def test_remembered_parts_see_what_they_are_given_and_nothing_else(settings) -> None:
    template = Template('{% load remembered %}{% remembered "_partials/notice.html" text=text kind="info" %}')
    assert "one &amp; only" in template.render(Context({"text": "one & only", "user": "ada"}))
    assert "another" in template.render(Context({"text": "another"}))


def test_remembered_is_read_anew_while_developing(settings, monkeypatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(remembered, "_remembered", None)
    template = Template('{% load remembered %}{% remembered "_partials/notice.html" text="x" %}')
    assert "x" in template.render(Context({}))
