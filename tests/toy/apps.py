from django.apps import AppConfig

from tests.toy.flows import register_flows


class ToyConfig(AppConfig):
    name = "tests.toy"

    def ready(self) -> None:
        register_flows()
