"""The adapter that makes the demo provider one of ours: states, errors and signatures in the words of our protocol."""

import json

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from djmoney.money import Money

from checkout.payments.base import (
    BadSignature,
    GatewayRefused,
    GatewayState,
    GatewayUnavailable,
    StaleEvent,
    StartRequest,
)
from checkout.payments.demo import client, services, signing
from checkout.payments.demo.models import Session
from checkout.payments.demo_adapter import DemoGateway

pytestmark = pytest.mark.django_db

FIFTY = Money("50.00", "EUR")
RETURN_URL = "http://testserver/pay/callback/demo/"


class TestAdapter:
    request = StartRequest(
        key="a:1",
        amount=FIFTY,
        order_number="W-1",
        return_url=RETURN_URL,
        webhook_url="http://testserver/pay/webhook/demo/",
        language="en",
        email="ada@example.org",
    )

    @pytest.mark.parametrize("state", list(Session.State))
    def test_every_state_of_the_provider_has_a_word_of_ours(self, state):
        started = DemoGateway().start(self.request)
        Session.objects.update(state=state)
        status = DemoGateway().status(started.reference)
        assert status.state in GatewayState
        assert status.amount == FIFTY
        assert bool(status.message) is (state == "declined")

    def test_its_page_lives_at_the_shops_address_or_its_own(self, settings):
        started = DemoGateway().start(self.request)
        assert started.redirect_url == f"http://testserver/demo-gateway/pay/{started.reference}/"
        settings.DEMO_GATEWAY_ORIGIN = "http://quaypay.example"
        assert DemoGateway().start(self.request).redirect_url.startswith("http://quaypay.example/demo-gateway/")

    def test_the_settings_choose_return_and_capture(self, settings):
        settings.DEMO_GATEWAY_RETURN, settings.DEMO_GATEWAY_CAPTURE = "POST", "manual"
        started = DemoGateway().start(self.request)
        session = Session.objects.get()
        assert (session.return_method, session.capture) == ("POST", "manual")
        services.pay(session)
        assert DemoGateway().status(started.reference).state is GatewayState.AUTHORISED
        assert DemoGateway().capture(started.reference, key="c").state is GatewayState.CAPTURED
        assert DemoGateway().void(started.reference, key="v").state is GatewayState.CAPTURED
        assert DemoGateway().refund(started.reference, FIFTY, key="r").state is GatewayState.REFUNDED

    def test_no_and_silence_are_told_apart(self, monkeypatch):
        with pytest.raises(GatewayRefused):
            DemoGateway().status("dp_nobody")

        def broken(_):
            raise DatabaseError("gone")

        monkeypatch.setattr(client, "find_session", broken)
        with pytest.raises(GatewayUnavailable):
            DemoGateway().status("dp_nobody")

    def signed(self, body, timestamp=None):
        stamp = int(timezone.now().timestamp()) if timestamp is None else timestamp
        return {"Demo-Signature": signing.header_of(stamp, body)}

    BODY = json.dumps({"id": "e", "reference": "r", "kind": "k", "sequence": 1}).encode()

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=1",
            "v1=00",
            "t=1,v1=zz",
            f"t=1,v1={'0' * 64}",
            f"t=99999999999999,v1={'0' * 64}",
            "t=٣,v1=" + "0" * 64,
        ],
    )
    def test_s62_a_bad_signature_is_refused(self, header):
        with pytest.raises(BadSignature):
            DemoGateway().parse_webhook({"Demo-Signature": header}, self.BODY)

    def test_s62_a_changed_body_or_time_is_refused(self):
        headers = self.signed(self.BODY)
        with pytest.raises(BadSignature):
            DemoGateway().parse_webhook(headers, self.BODY.replace(b'"r"', b'"s"'))
        now = int(timezone.now().timestamp())
        forged = {"Demo-Signature": f"t={now + 9},v1={signing.signature_of(now, self.BODY)}"}
        with pytest.raises(BadSignature):
            DemoGateway().parse_webhook(forged, self.BODY)

    @pytest.mark.parametrize(("age", "is_stale"), [(290, False), (-290, False), (310, True), (-310, True)])
    def test_s62_an_old_one_is_stale(self, age, is_stale):
        headers = self.signed(self.BODY, int(timezone.now().timestamp()) - age)
        if is_stale:
            with pytest.raises(StaleEvent):
                DemoGateway().parse_webhook(headers, self.BODY)
        else:
            assert DemoGateway().parse_webhook(headers, self.BODY).id == "e"

    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"\xff", b"[]", b"null", b"{}", b'{"id":1,"reference":2,"kind":3,"sequence":"x"}'),
            *(b"[" * 60_000, b'{"a":' * 60_000, b"1" * 60_000, b'"\\ud800"'),
            *(
                json.dumps({"id": "e", "reference": "r", "kind": "k", "sequence": 1} | wrong).encode()
                for wrong in (
                    *({"id": 1}, {"id": ["e"]}, {"id": "\ud800"}, {"reference": None}, {"reference": "a\x00"}),
                    *({"kind": {}}, {"kind": ""}, {"sequence": True}, {"sequence": "1"}, {"sequence": 1.0}),
                    *({"sequence": float("nan")}, {"sequence": float("inf")}, {"sequence": None}, {"sequence": [1]}),
                )
            ),
            b'{"id":"e","reference":"r","kind":"k","sequence":1e400}',
            b'{"id":"e","reference":"r","kind":"k","sequence":-1e400}',
        ],
        ids=lambda body: repr(body[:60]),
    )
    def test_o6_signed_garbage_is_refused(self, body):
        with pytest.raises(BadSignature):
            DemoGateway().parse_webhook(self.signed(body), body)

    @pytest.mark.parametrize("number", ["-1", "9" * 30, "9" * 4000, "1e400", "NaN", "Infinity", "true"])
    def test_o6_a_signed_number_that_is_none_is_400_over_http(self, number):
        body = f'{{"id":"e","reference":"r","kind":"k","sequence":{number}}}'.encode()
        answer = Client().post("/pay/webhook/demo/", body, content_type="application/json", headers=self.signed(body))
        assert answer.status_code == 400

    def test_a_return_has_to_be_signed(self):
        gateway = DemoGateway()
        fields = {"reference": "dp_1", "signature": signing.return_signature("dp_1")}
        assert gateway.parse_return(fields) == "dp_1"
        for forged in ({}, {"reference": "dp_1"}, {**fields, "reference": "dp_2"}, {**fields, "signature": "ü\ud800"}):
            with pytest.raises((BadSignature, SuspiciousOperation)):
                gateway.parse_return(forged)
