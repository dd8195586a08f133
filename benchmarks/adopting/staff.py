"""What staff do beside the browser, by the project's own models: run with the project's own Python.

    python staff.py <folder of the project> <settings>

Reads a line of JSON (``{"do": name, …}``), answers with one (``{"done": …}`` or ``{"error": …}``).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def make_customer(email: str, password: str) -> int:
    from django.contrib.auth.models import User

    return int(User.objects.create_user(email, email=email, password=password).pk)


# --- Oscar ---
def price(sku: str, price: str) -> None:
    from oscar.core.loading import get_model

    record = get_model("partner", "StockRecord").objects.get(partner_sku=sku)
    record.price = price
    record.save()


def stock(sku: str, number: int) -> None:
    """``number``: how many can be sold beyond those that are ordered already."""
    from oscar.core.loading import get_model

    record = get_model("partner", "StockRecord").objects.get(partner_sku=sku)
    record.num_in_stock = number + (record.num_allocated or 0)
    record.save()


def orders() -> int:
    from oscar.core.loading import get_model

    return int(get_model("order", "Order").objects.count())


# --- the plain site ---
def copies(number: int) -> None:
    """Of the first book there is."""
    from library.models import Book

    book = Book.objects.order_by("title")[0]
    book.copies = number
    book.save()


def add_books(number: int) -> None:
    from library.models import Book

    Book.objects.bulk_create(Book(title=f"Year {year}", author="The library", copies=1) for year in range(number))


ACTS = (make_customer, price, stock, orders, copies, add_books)
DOES: dict[str, Callable[..., Any]] = {each.__name__: each for each in ACTS}


def main() -> None:
    folder, settings = sys.argv[1:]
    sys.path[:0] = [folder, str(ROOT)]
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    from django.db import connection

    django.setup()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"done": DOES[asked.pop("do")](**asked)}
        except Exception as wrong:
            answer = {"error": f"{type(wrong).__name__}: {wrong}"}
        connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
