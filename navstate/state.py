"""What is remembered of one visitor's run through one flow. Pure, no Django; stored as one small JSON text.

A run that nobody wrote yet is *virtual*: its attempt id follows from the visitor's ``nav_id`` and a counter, so that a
GET can show a form with its attempt without writing anything (rule R1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from navstate.flow import digest

SCHEMA = 1
"""Number of the stored form. A reader accepts every number up to its own and ignores names it does not know (R17)."""

NONE: Mapping[str, Any] = MappingProxyType({})

CLOSED_KEPT = 8
"""How many older attempts of a visitor are remembered with their outcome; still older ones are asked of the project."""


class Accepted(NamedTuple):
    """A form that was accepted: the fingerprint right after it, a digest of what was sent, and where it led."""

    fingerprint: str
    payload: str
    led_to: str


class Kept(NamedTuple):
    """Input that was sent but not accepted (invalid, session gone, too far ahead), to be shown again in its form.

    ``fields``: values by field name. ``owner``: digest of the account it was typed under, empty for a guest.
    """

    fields: Mapping[str, list[str]]
    owner: str = ""


class NavState(NamedTuple):
    """One visitor's state in one flow.

    ``attempt``: unguessable id of this run. ``revision``: +1 with each accepted change. ``outcome``: set once, closes the
    attempt. ``subject``: what the attempt was about when a form was last accepted, or when it ended. ``closed``: older
    ``(attempt, outcome)``, oldest first.
    """

    attempt: str
    serial: int = 0
    revision: int = 0
    accepted: Mapping[str, Accepted] = NONE
    outcome: str = ""
    subject: str = ""
    closed: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Kept] = NONE

    @classmethod
    def virtual(cls, nav_id: str, flow: str, serial: int = 0) -> NavState:
        """The state of a visitor of whom nothing is stored. ``nav_id`` is a secret, so the attempt is unguessable."""
        return cls(attempt=attempt_id(nav_id, flow, serial), serial=serial)

    def outcome_of(self, attempt: str) -> str:
        """The outcome of this or an older attempt; empty when it is open or unknown."""
        if attempt == self.attempt:
            return self.outcome
        return dict(self.closed).get(attempt, "")

    def knows(self, attempt: str) -> bool:
        return attempt == self.attempt or any(attempt == older for older, _ in self.closed)

    def reopened(self, nav_id: str, flow: str) -> NavState:
        """The next, open attempt after a closed one."""
        closed = (*self.closed, (self.attempt, self.outcome))[-CLOSED_KEPT:]
        return NavState.virtual(nav_id, flow, self.serial + 1)._replace(closed=closed)

    def keeping(self, stage: str, kept: Kept) -> NavState:
        return self._replace(kept={**self.kept, stage: kept})

    def dropping(self, stage: str) -> NavState:
        return self._replace(kept={name: kept for name, kept in self.kept.items() if name != stage})

    def to_json(self) -> str:
        return json.dumps(
            {
                "schema": SCHEMA,
                "attempt": self.attempt,
                "serial": self.serial,
                "revision": self.revision,
                "accepted": {name: [a.fingerprint, a.payload, a.led_to] for name, a in self.accepted.items()},
                "outcome": self.outcome,
                "subject": self.subject,
                "closed": self.closed,
                "kept": {name: [dict(k.fields), k.owner] for name, k in self.kept.items()},
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> NavState:
        """Read a stored state of this or an older schema.

        Raises ``ValueError`` where the text is no state: the caller treats the visitor as new.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            return cls(
                attempt=stored["attempt"],
                serial=int(stored.get("serial", 0)),
                revision=int(stored.get("revision", 0)),
                accepted={name: Accepted(*entry[:3]) for name, entry in stored.get("accepted", {}).items()},
                outcome=stored.get("outcome", ""),
                subject=stored.get("subject", ""),
                closed=tuple((attempt, outcome) for attempt, outcome in stored.get("closed", ())),
                kept={name: Kept(*entry[:2]) for name, entry in stored.get("kept", {}).items()},
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a navigation state: {error!r}") from error


def read_state(text: str) -> NavState | None:
    """``None`` for nothing, and for what is no state."""
    try:
        return NavState.from_json(text) if text else None
    except ValueError:
        return None


def attempt_id(nav_id: str, flow: str, serial: int) -> str:
    return digest(["attempt", nav_id, flow, serial])
