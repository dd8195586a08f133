"""``manage.py demo``: everything that makes an empty shop one to try out."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Loads the demo catalogue (democatalog) and the demo's ways of delivery (democheckout)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="Leave the catalogue alone when there is any product."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("democatalog", if_empty=options["if_empty"], verbosity=options["verbosity"], stdout=self.stdout)
        call_command("democheckout", verbosity=options["verbosity"], stdout=self.stdout)
