"""The registry of gateways, and that what is configured keeps the protocol."""

from inspect import signature

import pytest

from checkout.payments import registry
from checkout.payments.base import Gateway, GatewayUnavailable

METHODS = ("start", "status", "capture", "void", "refund", "parse_return", "parse_webhook")


def test_offered_lists_the_configured_gateways_in_order(settings):
    settings.PAYMENT_GATEWAYS = {
        "fake": "tests.checkout.fake_gateway.FakeGateway",
        "demo": "checkout.payments.demo_adapter.DemoGateway",
    }
    assert [offer.code for offer in registry.offered()] == ["fake", "demo"]
    assert all(offer.label and offer.description for offer in registry.offered())


def test_nothing_configured_offers_nothing(settings):
    settings.PAYMENT_GATEWAYS = {}
    assert registry.offered() == []


def test_an_unknown_gateway_is_unavailable(settings):
    settings.PAYMENT_GATEWAYS = {}
    with pytest.raises(GatewayUnavailable, match="'gone'"):
        registry.gateway("gone")


def test_the_label_of_a_gateway_that_is_gone_is_its_code(settings):
    settings.PAYMENT_GATEWAYS = {"fake": "tests.checkout.fake_gateway.FakeGateway"}
    assert registry.label_of("fake") == "Fake card"
    assert registry.label_of("gone") == "gone"


def test_a_wrong_path_stops_the_start(settings):
    settings.PAYMENT_GATEWAYS = {"wrong": "checkout.payments.nowhere.Gateway"}
    with pytest.raises(ImportError):
        registry.gateways()


def test_one_instance_serves_all():
    assert registry.gateway("demo") is registry.gateway("demo")


@pytest.mark.parametrize(
    "path", ["tests.checkout.fake_gateway.FakeGateway", "checkout.payments.demo_adapter.DemoGateway"]
)
def test_a_gateway_has_the_methods_of_the_protocol_with_their_parameters(settings, path):
    settings.PAYMENT_GATEWAYS = {"it": path}
    gateway = registry.gateway("it")
    for name in METHODS:
        wanted = list(signature(getattr(Gateway, name)).parameters)[1:]
        assert list(signature(getattr(gateway, name)).parameters) == wanted, name
