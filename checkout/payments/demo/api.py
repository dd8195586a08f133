"""What merchants call when the provider is another process: ``POST /demo-gateway/api/<call>/``, signed."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checkout.payments.demo import client
from checkout.payments.demo.answers import money_of, to_json
from checkout.payments.demo.signing import HEADER, signature_of

MAX_BODY = 64 * 1024
TOLERANCE = 300
"""Seconds between the signature of a call and its arrival."""
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
CALLS: dict[str, Callable[..., client.SessionView]] = {
    call.__name__: call for call in (client.create_session, client.get, client.capture, client.void, client.refund)
}


@csrf_exempt
@require_POST
def api(request: HttpRequest, name: str) -> HttpResponse:
    """Answer 200 with the session, 422 with why not, 400 for no call of a merchant, 503 while the books are away."""
    # A provider that has another provider is none: it would only pass its merchants on.
    if not settings.DEMO_GATEWAY or not client.runs_here() or name not in CALLS:
        raise Http404
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY or not is_signed(request.headers.get(HEADER, ""), body):
        return _answer({"error": "not signed"}, 400)
    try:
        arguments, named = _asked(json.loads(body))
        return _answer(to_json(CALLS[name](*arguments, **named)), 200)
    except (ValueError, TypeError, RecursionError):
        return _answer({"error": "not a call"}, 400)
    except client.DemoError as refusal:
        return _answer({"error": str(refusal)}, 422)
    except client.Unreachable:
        return _answer({"error": "try again"}, 503)


def is_signed(header: str, body: bytes) -> bool:
    signed = SIGNATURE.fullmatch(header)
    if signed is None or abs(timezone.now().timestamp() - int(signed[1])) > TOLERANCE:
        return False
    return hmac.compare_digest(signature_of(int(signed[1]), body), signed[2])


def _asked(told: Any) -> tuple[list[Any], dict[str, Any]]:
    if not isinstance(told, Mapping):
        raise ValueError("not an object")
    named = {name: _value(value) for name, value in told.items() if name != "arguments"}
    return [_value(value) for value in told.get("arguments", [])], named


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return money_of(value)
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("neither a text nor an amount")
    return value


def _answer(told: Mapping[str, Any], status: int) -> HttpResponse:
    return JsonResponse(told, status=status, headers={"Cache-Control": "no-store"})
