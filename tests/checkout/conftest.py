import pytest

from tests.checkout import fake_gateway


@pytest.fixture
def provider(settings):
    """The fake provider, offered beside the demo one, without a past."""
    settings.PAYMENT_GATEWAYS = {
        "fake": "tests.checkout.fake_gateway.FakeGateway",
        "demo": "checkout.payments.demo_adapter.DemoGateway",
    }
    return fake_gateway.new_provider()
